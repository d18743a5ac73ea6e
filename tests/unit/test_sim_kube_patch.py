"""The embedded API server's patches and selectors, against facts of the API conventions and RFC examples."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.errors import StatusError
from tui.simulator.kubernetes.facts import PodFacts
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.patch import json_patch, merge, strategic
from tui.simulator.kubernetes.quantity import parse, percent
from tui.simulator.kubernetes.selectors import FieldSelector, label_match, object_match, selector_text

POD = {
    "spec": {
        "containers": [
            {"name": "web", "image": "web:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"name": "envoy", "image": "envoy:1", "ports": [{"containerPort": 80}, {"containerPort": 90}]},
        ],
        "tolerations": [{"key": "a"}],
        "nodeSelector": {"zone": "a"},
    }
}


def patched(change: dict[str, Any]) -> dict[str, Any]:
    before = copy.deepcopy(POD)
    result = strategic(before, change)
    assert before == POD, "the patched object itself must not change"
    return dict(result["spec"])


def test_strategic_merges_containers_by_name() -> None:
    spec = patched({"spec": {"containers": [{"name": "web", "image": "web:2"}]}})
    assert [(c["name"], c["image"]) for c in spec["containers"]] == [("web", "web:2"), ("envoy", "envoy:1")]
    assert len(spec["containers"][0]["env"]) == 2


def test_strategic_merges_within_merged_lists() -> None:
    spec = patched({"spec": {"containers": [{"name": "web", "env": [{"name": "B", "value": "9"}, {"name": "C", "value": "3"}]}]}})
    assert spec["containers"][0]["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "9"}, {"name": "C", "value": "3"}]


def test_strategic_replaces_lists_without_a_key() -> None:
    assert patched({"spec": {"tolerations": [{"key": "b"}]}})["tolerations"] == [{"key": "b"}]


def test_strategic_directives() -> None:
    gone = patched({"spec": {"containers": [{"$patch": "delete", "name": "envoy"}]}})
    assert [c["name"] for c in gone["containers"]] == ["web"]
    assert patched({"spec": {"nodeSelector": {"$patch": "replace", "disk": "ssd"}}})["nodeSelector"] == {"disk": "ssd"}
    ordered = patched({"spec": {"$setElementOrder/containers": [{"name": "envoy"}, {"name": "web"}]}})
    assert [c["name"] for c in ordered["containers"]] == ["envoy", "web"]
    assert strategic({"finalizers": ["a", "b"]}, {"$deleteFromPrimitiveList/finalizers": ["a"]}) == {"finalizers": ["b"]}
    kept = strategic(
        {"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}}, {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}
    )
    assert kept == {"strategy": {"type": "Recreate"}}


def test_strategic_ports_and_nulls() -> None:
    spec = patched(
        {"spec": {"containers": [{"name": "envoy", "ports": [{"containerPort": 90, "name": "admin"}]}], "nodeSelector": None}}
    )
    assert spec["containers"][1]["ports"] == [{"containerPort": 80}, {"containerPort": 90, "name": "admin"}]
    assert "nodeSelector" not in spec


def test_strategic_refuses_an_item_without_its_key() -> None:
    with pytest.raises(StatusError, match="does not contain declared merge key: name"):
        patched({"spec": {"containers": [{"image": "x"}]}})


# the test cases of RFC 7396, appendix A
@pytest.mark.parametrize(
    ("target", "change", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch(target: Any, change: Any, result: Any) -> None:
    assert merge(target, change) == result


@pytest.mark.parametrize(
    ("target", "operations", "result"),
    [
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
        ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
        ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc"]}], {"foo": ["bar", ["abc"]]}),
        ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
        ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
        ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
        (
            {"foo": {"bar": "baz"}, "qux": {}},
            [{"op": "move", "from": "/foo/bar", "path": "/qux/thud"}],
            {"foo": {}, "qux": {"thud": "baz"}},
        ),
        ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
        ({"a/b": 1}, [{"op": "replace", "path": "/a~1b", "value": 2}], {"a/b": 2}),
    ],
)
def test_json_patch(target: Any, operations: Any, result: Any) -> None:
    assert json_patch(target, operations) == result


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "test", "path": "/spec/replicas", "value": 3}],
        [{"op": "remove", "path": "/spec/nothing"}],
        [{"op": "replace", "path": "/spec/nothing", "value": 1}],
        [{"op": "add", "path": "/a/b/c", "value": 1}],
    ],
)
def test_a_json_patch_that_does_not_fit_is_refused_whole(operations: Any) -> None:
    target = {"spec": {"replicas": 2}}
    with pytest.raises(StatusError) as caught:
        json_patch(target, [{"op": "add", "path": "/done", "value": True}, *operations])
    assert caught.value.code == 422
    assert target == {"spec": {"replicas": 2}}


names = st.sampled_from(["app", "tier", "a.b/c", "x-y"])
values = st.sampled_from(["web", "db", "1", "2", ""])
labels = st.dictionaries(names, values, max_size=4)


@given(labels, names, st.lists(values, min_size=1, max_size=3))
def test_label_selectors_agree_with_their_meaning(found: dict[str, str], name: str, listed: list[str]) -> None:
    text = ",".join(listed)
    expected = {
        f"{name} in ({text})": found.get(name) in listed,
        f"{name} notin ({text})": found.get(name) not in listed,
        f"{name}={listed[0]}": found.get(name) == listed[0],
        f"{name}=={listed[0]}": found.get(name) == listed[0],
        f"{name}!={listed[0]}": found.get(name) != listed[0],
        f"{name}": name in found,
        f"!{name}": name not in found,
    }
    for selector, holds in expected.items():
        match = label_match(selector)
        assert match is not None
        assert match(found) is holds, selector
    everything = label_match(",".join(selector for selector, holds in expected.items() if holds))
    assert everything is None or everything(found)


@pytest.mark.parametrize("text", ["app in web", "=web", "app=a=b", "a,,b", "app in (a", "app ! = b"])
def test_selectors_that_do_not_parse_are_bad_requests(text: str) -> None:
    with pytest.raises(StatusError) as caught:
        label_match(text)
    assert caught.value.code == 400


def test_selector_objects() -> None:
    selector = {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["b", "a"]}]}
    match = object_match(selector)
    assert match({"app": "web"})
    assert not match({"app": "web", "tier": "a"})
    assert selector_text(selector) == "app=web,tier notin (a,b)"
    assert not object_match(None)({})
    assert object_match({})({})


def stored(facts: PodFacts) -> Stored:
    return Stored("shop", "one", "u", 1, b"", {}, "", 0.0, False, facts)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("status.phase=Running", True),
        ("status.phase!=Running", False),
        ("spec.nodeName=n1,status.phase==Running", True),
        ("metadata.name=one", True),
        ("metadata.namespace!=shop", False),
        ("", True),
    ],
)
def test_field_selectors(text: str, holds: bool) -> None:
    one = stored(PodFacts(node="n1", phase="Running"))
    assert FieldSelector(api.PODS, text).matches(one, one.facts) is holds


def test_unknown_fields_are_refused_in_the_apis_words() -> None:
    with pytest.raises(StatusError, match=r"field label not supported: spec\.color"):
        FieldSelector(api.PODS, "spec.color=red")


@pytest.mark.parametrize(
    ("text", "number"), [("500m", 0.5), ("2", 2), ("1Gi", 2**30), ("128Mi", 2**27), ("1k", 1000), ("250000000n", 0.25)]
)
def test_quantities(text: str, number: float) -> None:
    assert parse(text) == pytest.approx(number)


@pytest.mark.parametrize(
    ("value", "total", "up", "number"), [("25%", 14, True, 4), ("25%", 14, False, 3), (2, 10, True, 2), ("0%", 9, True, 0)]
)
def test_percentages(value: int | str, total: int, up: bool, number: int) -> None:
    assert percent(value, total, up=up) == number
