"""Label selectors (equality and set based) and field selectors, from their text and from ``matchLabels``/``matchExpressions``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tui.simulator.kubernetes import errors
from tui.simulator.kubernetes.facts import PodFacts, field_value, supported
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.resources import Resource

Labels = Mapping[str, str]
Match = Callable[[Labels], bool]
_TERM = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<name0>[\w./-]+)"
    r"|(?P<name1>[\w./-]+)\s+(?P<set>in|notin)\s*\((?P<values>[^)]*)\)"
    r"|(?P<name2>[\w./-]+)\s*(?P<op>==|!=|=|<|>)\s*(?P<value>[\w./-]*)"
    r"|(?P<name3>[\w./-]+))\s*(?:,|$)"
)


def label_match(text: str) -> Match | None:
    """The test for ``app=web,tier in (a,b),!old``; ``None`` for an empty selector; 400 when it does not parse."""
    if not text.strip():
        return None
    terms: list[Match] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if not found or found.end() == position:
            raise errors.bad_request(f"unable to parse requirement: found '{text[position:]}', expected: identifier")
        terms.append(_term(found))
        position = found.end()
    return lambda labels: all(term(labels) for term in terms)


def _term(found: re.Match[str]) -> Match:
    if found["absent"]:
        absent = found["name0"]
        return lambda labels: absent not in labels
    if found["set"]:
        values = frozenset(value.strip() for value in found["values"].split(","))
        return _in(found["name1"], values) if found["set"] == "in" else _not_in(found["name1"], values)
    if found["op"]:
        name, operator, value = found["name2"], found["op"], found["value"]
        if operator == "!=":
            return _not_in(name, frozenset((value,)))
        if operator in "<>":
            return _compare(name, operator, value)
        return lambda labels: labels.get(name) == value
    present = found["name3"]
    return lambda labels: present in labels


def _in(name: str, values: frozenset[str]) -> Match:
    return lambda labels: labels.get(name) in values


def _not_in(name: str, values: frozenset[str]) -> Match:
    return lambda labels: labels.get(name) not in values


def _compare(name: str, operator: str, value: str) -> Match:
    def match(labels: Labels) -> bool:
        try:
            mine, theirs = int(labels[name]), int(value)
        except (KeyError, ValueError):
            return False
        return mine > theirs if operator == ">" else mine < theirs

    return match


def object_match(selector: Mapping[str, Any] | None) -> Match:
    """The test of a ``LabelSelector`` object; a missing selector matches nothing, an empty one everything."""
    if selector is None:
        return lambda labels: False
    wanted = dict(selector.get("matchLabels") or {})
    terms = [_expression(e) for e in selector.get("matchExpressions") or ()]
    return lambda labels: all(labels.get(k) == v for k, v in wanted.items()) and all(term(labels) for term in terms)


def _expression(expression: Mapping[str, Any]) -> Match:
    name, values = expression["key"], frozenset(expression.get("values") or ())
    operator = expression["operator"]
    if operator == "In":
        return _in(name, values)
    if operator == "NotIn":
        return _not_in(name, values)
    if operator == "Exists":
        return lambda labels: name in labels
    return lambda labels: name not in labels


def selector_text(selector: Mapping[str, Any] | None) -> str:
    """A ``LabelSelector`` as kubectl prints it."""
    if not selector:
        return "<none>"
    parts = [f"{k}={v}" for k, v in sorted((selector.get("matchLabels") or {}).items())]
    for expression in selector.get("matchExpressions") or ():
        operator, name = expression["operator"], expression["key"]
        if operator in ("In", "NotIn"):
            parts.append(f"{name} {operator.lower()} ({','.join(sorted(expression.get('values') or ()))})")
        else:
            parts.append(name if operator == "Exists" else f"!{name}")
    return ",".join(parts) or "<none>"


class FieldSelector:
    """``status.phase!=Running,spec.nodeName=ip-10-0-1-12``; 400 for a field the resource does not select by."""

    def __init__(self, resource: Resource, text: str) -> None:
        self._terms: list[tuple[str, bool, str]] = []
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, operator, value = _split(part)
            if not supported(resource, name):
                raise errors.bad_request(
                    f'Unable to find "{resource.api_version}, Resource={resource.plural}" that match '
                    f'label selector "", field selector "{text}": field label not supported: {name}'
                )
            self._terms.append((name, operator != "!=", value))

    def __bool__(self) -> bool:
        return bool(self._terms)

    def matches(self, stored: Stored, facts: PodFacts | Mapping[str, str]) -> bool:
        """Whether the object, with these facts, is selected."""
        for name, equal, value in self._terms:
            if name == "metadata.name":
                actual = stored.name
            elif name == "metadata.namespace":
                actual = stored.namespace
            else:
                actual = field_value(facts, name)
            if (actual == value) is not equal:
                return False
        return True


def _split(part: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        name, found, value = part.partition(operator)
        if found:
            return name.strip(), operator, value.strip()
    raise errors.bad_request(f'invalid selector: "{part}"; can\'t understand "{part}"')
