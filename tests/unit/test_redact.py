"""``redact``: no secret value of a whole object is seen before it is revealed, wherever it stands; all else is as it was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.model import Secret
from tui.screens.texts import as_json, as_yaml, plain
from tui.sources.redact import COPY, redact

SECRET = "hunter2"

TASK = {
    "overrides": {"containerOverrides": [{"name": "a", "environment": [{"name": "PASSWORD", "value": SECRET}]}]},
    "containerDefinitions": [
        {
            "environment": [{"name": "A", "value": SECRET}, {"name": "B"}],
            "secrets": [{"name": "C", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/c"}],
            "logConfiguration": {
                "logDriver": "awsfirelens",
                "options": {"Name": "datadog", "apikey": SECRET, "splunk-token": SECRET, "Host": "logs.example"},
                "secretOptions": [{"name": "apikey", "valueFrom": "arn:x"}],
            },
        }
    ],
}
POD = {
    "kind": "Pod",
    "metadata": {"annotations": {COPY: json.dumps({"env": SECRET}), "other": "seen"}},
    "spec": {
        "containers": [{"env": [{"name": "A", "value": SECRET}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}]
    },
}
OBJECTS = [
    ("tasks", TASK),
    ("pods", POD),
    ("secrets", {"data": {"a": SECRET}, "stringData": {"b": SECRET}, "type": "Opaque"}),
    ("anything", {"items": [{"kind": "Secret", "data": {"a": SECRET}}, {"kind": "ConfigMap", "data": {"a": "seen"}}]}),
]


def test_values_are_dots_until_they_are_revealed() -> None:
    for kind, document in OBJECTS:
        found = redact(kind, document)
        assert SECRET not in as_json(found) + as_yaml(found) + repr(found), kind
        assert "•••" in as_json(found), kind
        assert plain(found, True) == document, "revealed it is what the API gave"
    seen = as_json([redact(kind, document) for kind, document in OBJECTS])
    assert all(word in seen for word in ("logs.example", "datadog", "arn:x", "parameter/c", "fieldPath", '"seen"', "Opaque"))


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(documents, st.sampled_from(["environment", "env"]), st.text(min_size=12, max_size=20))
def test_wherever_it_stands(document: Any, name: str, value: str) -> None:
    whole = {"around": [document, {"deep": {name: [{"name": "A", "value": value}, document]}}]}
    found = redact("services", whole)
    assert plain(found, True) == whole
    assert found["around"][1]["deep"][name][0]["value"] == Secret(value)
    assert repr(value)[1:-1] not in repr(found["around"][1]["deep"][name][0])
