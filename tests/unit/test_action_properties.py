"""Properties: no cut of the journal loses an earlier line, no document leaks an environment value, no request loses a member."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.unit.action_fakes import definition
from tests.unit.test_action_journal import record
from tui.actions.journal import FILE_NAME, Journal
from tui.actions.redact import difference, redacted
from tui.actions.revisions import READ_ONLY, registration, with_image

NAMES = st.text("abcdefghij", min_size=1, max_size=6)
PLAIN = st.none() | st.booleans() | st.integers(-9, 9) | NAMES
DOCUMENTS = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
SECRET = st.text("XYZ0123456789", min_size=8, max_size=12)


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(1, 4), st.floats(0, 1))
def test_cut_anywhere_keeps_every_line_before_the_cut(count: int, share: float) -> None:
    with TemporaryDirectory() as directory:
        journal = Journal(Path(directory))
        for number in range(count):
            journal.write(record(str(number)))
        path = Path(directory) / FILE_NAME
        whole = path.read_bytes()
        cut = int(len(whole) * share)
        path.write_bytes(whole[:cut])
        again = Journal(Path(directory))
        kept = whole[:cut].count(b"\n")
        assert [r.id for r in again.records[:kept]] == [str(n) for n in range(kept)]
        again.write(record("after"))
        assert Journal(Path(directory)).records[-1].id == "after"
        assert len(Journal(Path(directory)).records) >= kept + 1


@given(DOCUMENTS, SECRET, SECRET, st.sampled_from(["environment", "env"]))
def test_environment_values_leak_nowhere(around: Any, one: str, other: str, member: str) -> None:
    document = {"deep": [{"around": around, member: [{"name": "A", "value": one}, {"name": "B", "value": other}]}]}
    changed = {"deep": [{"around": around, member: [{"name": "A", "value": other}, {"name": "C", "value": one}]}]}
    shown = json.dumps(redacted(document)) + "".join(difference(document, changed, "a", "b"))
    assert one not in shown
    assert other not in shown


@given(DOCUMENTS)
def test_redacting_changes_nothing_but_secrets(document: Any) -> None:
    assert json.dumps(redacted(document)) == json.dumps(document)


@given(st.dictionaries(NAMES, DOCUMENTS, max_size=5), st.dictionaries(NAMES, DOCUMENTS, max_size=5))
def test_request_is_the_answer_without_what_only_aws_writes(members: dict[str, Any], of_container: dict[str, Any]) -> None:
    whole = definition("checkout:42", "checkout:1.8.3")
    whole["taskDefinition"] = {**members, **whole["taskDefinition"]}
    container = whole["taskDefinition"]["containerDefinitions"][0]
    container.update({name: value for name, value in of_container.items() if name not in container})
    request = with_image(registration(whole), "checkout", container["image"])
    expected = {name: value for name, value in whole["taskDefinition"].items() if name not in READ_ONLY}
    assert request == {**expected, "tags": whole["tags"]}
