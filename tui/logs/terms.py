"""What a line may be asked: text, patterns, levels, sources and fields, and their combinations."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from tui.logs.levels import Level, level_of
from tui.logs.patterns import Pattern

_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")
_LOGFMT = re.compile(r'([A-Za-z_@][\w.@-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))')


class Line:
    """What a query looks at; level and fields are worked out when asked for, once."""

    __slots__ = ("_fields", "_level", "_lower", "source", "text")

    def __init__(self, text: str, source: str = "", level: Level | None = None) -> None:
        self.text = text
        self.source = source
        self._level = level
        self._lower: str | None = None
        self._fields: dict[str, Any] | None = None

    @property
    def lower(self) -> str:
        """The text in small letters."""
        if self._lower is None:
            self._lower = self.text.lower()
        return self._lower

    @property
    def level(self) -> Level:
        """Its level."""
        if self._level is None:
            self._level = level_of(self.text)
        return self._level

    @property
    def fields(self) -> dict[str, Any]:
        """Its JSON object's members, or its ``key=value`` pairs."""
        if self._fields is None:
            self._fields = fields_of(self.text)
        return self._fields


def fields_of(text: str) -> dict[str, Any]:
    """The members of the JSON object in ``text``, else its logfmt pairs; empty where there are none."""
    start = text.find("{")
    if start >= 0 and text.rstrip().endswith("}"):
        try:
            found = msgspec.json.decode(text[start:])
        except msgspec.DecodeError:
            found = None
        if isinstance(found, dict):
            return found
    return {key: quoted or plain for key, quoted, plain in _LOGFMT.findall(text)} if "=" in text else {}


class Term(ABC):
    """A condition on a line."""

    @abstractmethod
    def matches(self, line: Line) -> bool:
        """Whether the line fulfils it."""

    def needle(self) -> str:
        """Text that each matching line has for sure, in its letters or other ones; empty where there is none."""
        return ""


class Text(Term):
    """Text anywhere in the line; small letters match both cases."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.case = text != text.lower()

    def matches(self, line: Line) -> bool:
        return self.text in (line.text if self.case else line.lower)

    def needle(self) -> str:
        return self.text


class Regex(Term):
    """``/…/`` or ``/…/i``. May raise TooSlow."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern

    def matches(self, line: Line) -> bool:
        return self.pattern.search(line.text)


class LevelIs(Term):
    """``level>=warn``."""

    def __init__(self, holds: Callable[[int, int], bool], level: Level) -> None:
        self.holds = holds
        self.level = level

    def matches(self, line: Line) -> bool:
        return line.level is not Level.NONE and self.holds(line.level, self.level)


class Source(Term):
    """``source:name``: part of the label, or a pattern with ``*``."""

    def __init__(self, text: str) -> None:
        self.text = text.lower()

    def matches(self, line: Line) -> bool:
        return _like(self.text, line.source.lower(), part=True)


class Field(Term):
    """``status:500``, ``user.name:ann*``, ``took>250``."""

    def __init__(self, name: str, operator: str, value: str) -> None:
        self.path = name.split(".")
        self.name = name
        self.operator = operator
        self.value = value
        self.number = number_of(value)
        self._logfmt = re.compile(rf'(?<![\w.@-]){re.escape(name)}=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))')

    def matches(self, line: Line) -> bool:
        if "{" in line.text:
            found = self._value(line.fields)
        else:
            # one pair of a plain line is found without taking the whole line apart
            pair = self._logfmt.search(line.text)
            found = (pair[1] or pair[2]) if pair is not None else None
        if found is None:
            return False
        if self.operator in (":", "="):
            return _like(self.value.lower(), _text(found).lower(), part=False)
        number = number_of(_text(found))
        if number is None or self.number is None:
            return False
        return COMPARE[self.operator](number, self.number)

    def needle(self) -> str:
        # a plain value stands in the line as it is; a number that is compared does not
        exact = self.operator in (":", "=") and _PLAIN.fullmatch(self.value) is not None
        return max(self.value, self.path[-1], key=len) if exact else self.path[-1]

    def _value(self, fields: dict[str, Any]) -> Any:
        if self.name in fields:
            return fields[self.name]
        value: Any = fields
        for step in self.path:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value


class Not(Term):
    """``-term``."""

    def __init__(self, term: Term) -> None:
        self.term = term

    def matches(self, line: Line) -> bool:
        return not self.term.matches(line)


class All(Term):
    """Terms side by side."""

    def __init__(self, terms: list[Term]) -> None:
        self.terms = terms

    def matches(self, line: Line) -> bool:
        return all(term.matches(line) for term in self.terms)

    def needle(self) -> str:
        return max((term.needle() for term in self.terms), key=len, default="")


class Either(Term):
    """Alternatives."""

    def __init__(self, terms: list[Term]) -> None:
        self.terms = terms

    def matches(self, line: Line) -> bool:
        return any(term.matches(line) for term in self.terms)


def _above(a: float, b: float) -> bool:
    return a > b


def _at_least(a: float, b: float) -> bool:
    return a >= b


def _below(a: float, b: float) -> bool:
    return a < b


def _at_most(a: float, b: float) -> bool:
    return a <= b


def _equal(a: float, b: float) -> bool:
    return a == b


COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": _at_least,
    "<=": _at_most,
    ">": _above,
    "<": _below,
    ":": _equal,
    "=": _equal,
}


def _like(wanted: str, found: str, *, part: bool) -> bool:
    if "*" in wanted:
        return fnmatchcase(found, wanted)
    return wanted in found if part else wanted == found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def number_of(text: str) -> float | None:
    """``250``, ``1.5``, ``250ms`` (the unit must be the same on both sides, so it is left out)."""
    found = re.match(r"-?\d+(?:\.\d+)?", text)
    return float(found[0]) if found else None
