"""The words of the log filter: text, ``/regex/``, ``-exclude``, ``field:value``, ``level>=warn``, ``source:name``, ``or``.

Terms side by side must all hold; ``or`` separates alternatives; ``( )`` groups. Text in small letters matches both cases.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from tui.logs.levels import Level, level_of, named

_OPERATORS = (">=", "<=", ">", "<", ":", "=")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\()
    | (?P<close>\))
    | (?P<minus>-)?(?:
        (?P<regex>/(?:[^/\\]|\\.)+/i?)(?=$|[\s)])
      | "(?P<quoted>[^"]*)"
      | (?P<field>[A-Za-z_@][\w.@-]*)(?P<op>>=|<=|>|<|:|=)(?:"(?P<qvalue>[^"]*)"|(?P<value>[^\s()"]+))
      | (?P<word>[^\s()]+)
      )
    )""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")
_LOGFMT = re.compile(r'([A-Za-z_@][\w.@-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))')


class QueryError(ValueError):
    """A filter that cannot be read; ``position`` is where in its text."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


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
    """``/…/`` or ``/…/i``."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def matches(self, line: Line) -> bool:
        return self.pattern.search(line.text) is not None


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
        self.number = _number(value)
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
        number = _number(_text(found))
        if number is None or self.number is None:
            return False
        return _COMPARE[self.operator](number, self.number)

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


class Any_(Term):
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


_COMPARE: dict[str, Callable[[float, float], bool]] = {
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


def _number(text: str) -> float | None:
    """``250``, ``1.5``, ``250ms`` (the unit must be the same on both sides, so it is left out)."""
    found = re.match(r"-?\d+(?:\.\d+)?", text)
    return float(found[0]) if found else None


def parse(text: str) -> Term:
    """The condition that ``text`` means; an empty one holds always. Raises QueryError."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def parse(self) -> Term:
        term = self._alternatives(0)
        self._skip()
        if self._at < len(self._text):
            raise QueryError("a closing parenthesis without its opening one", self._at)
        return term

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _alternatives(self, depth: int) -> Term:
        found = [self._all(depth)]
        while self._take_word("or"):
            found.append(self._all(depth))
        return found[0] if len(found) == 1 else Any_(found)

    def _all(self, depth: int) -> Term:
        terms: list[Term] = []
        while True:
            self._skip()
            if self._at >= len(self._text) or self._text[self._at] == ")" or self._is_word("or"):
                break
            if terms and self._take_word("and"):
                continue
            terms.append(self._term(depth))
        return terms[0] if len(terms) == 1 else All(terms)

    def _is_word(self, word: str) -> bool:
        end = self._at + len(word)
        return self._text[self._at : end].lower() == word and (end == len(self._text) or self._text[end] in " \t(")

    def _take_word(self, word: str) -> bool:
        self._skip()
        if not self._is_word(word):
            return False
        self._at += len(word)
        return True

    def _term(self, depth: int) -> Term:
        start = self._at
        if self._text.startswith(("(", "-("), start):
            negated = self._text[start] == "-"
            self._at += 2 if negated else 1
            inner = self._alternatives(depth + 1)
            self._skip()
            if self._at >= len(self._text):
                raise QueryError("an opening parenthesis without its closing one", start)
            self._at += 1
            return Not(inner) if negated else inner
        token = _TOKEN.match(self._text, start)
        if token is None:
            raise QueryError("this is no filter", start)
        self._at = token.end()
        term = self._made(token, start)
        return Not(term) if token["minus"] else term

    def _made(self, token: re.Match[str], start: int) -> Term:
        if token["regex"]:
            source = token["regex"]
            flags = re.IGNORECASE if source.endswith("i") and not source.endswith("/") else 0
            try:
                return Regex(re.compile(source[1 : source.rindex("/")], flags))
            except re.error as error:
                raise QueryError(f"not a regular expression: {error}", start) from error
        if token["quoted"] is not None:
            return Text(token["quoted"])
        if token["field"]:
            value = token["qvalue"] if token["qvalue"] is not None else token["value"]
            return self._field(token["field"], token["op"], value, start)
        return Text(token["word"])

    def _field(self, name: str, operator: str, value: str, start: int) -> Term:
        if name.lower() in ("level", "lvl", "severity"):
            level = named(value)
            if level is Level.NONE:
                raise QueryError(f"{value} is no level: trace, debug, info, warn, error, fatal", start)
            return LevelIs(_COMPARE[operator], level)
        if name.lower() == "source" and operator in (":", "="):
            return Source(value)
        if operator not in (":", "=") and _number(value) is None:
            raise QueryError(f"{name} is compared with a number, and {value} is none", start)
        return Field(name, operator, value)
