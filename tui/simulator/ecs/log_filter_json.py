"""JSON filter patterns: ``{ $.level = "ERROR" && ($.ms > 3 || $.user.id IS NULL) }``, parsed by recursive descent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

TOKENS = re.compile(
    r"""\s*(?:(?P<paren>[()])|(?P<logic>&&|\|\|)|(?P<operator>!=|>=|<=|=|>|<)|(?P<selector>\$[\w.\[\]*-]*)"""
    r"""|"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]*)%|(?P<word>[^\s()=<>!&|"%]+))"""
)
MISSING = object()
Node = Callable[[Any], bool]


class PatternError(Exception):
    """The pattern is not valid; the text is what the API answers."""


class JsonPattern:
    """A parsed pattern; ``matches`` takes a decoded JSON value."""

    def __init__(self, text: str) -> None:
        self._tokens = self._split(text)
        self._at = 0
        if not self._tokens:
            raise PatternError("Invalid filter pattern")
        self.matches: Node = self._either()
        if self._at != len(self._tokens):
            raise PatternError("Invalid filter pattern")

    def _split(self, text: str) -> list[tuple[str, str]]:
        found, at, text = [], 0, text.strip()
        while at < len(text):
            match = TOKENS.match(text, at)
            if match is None or match.lastgroup is None:
                raise PatternError("Invalid filter pattern")
            found.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise PatternError("Invalid filter pattern")
        self._at += 1
        return text

    def _either(self) -> Node:
        parts = [self._both()]
        while self._peek() == ("logic", "||"):
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda value: any(part(value) for part in parts)

    def _both(self) -> Node:
        parts = [self._one()]
        while self._peek() == ("logic", "&&"):
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)

    def _one(self) -> Node:
        if self._peek() == ("paren", "("):
            self._at += 1
            inside = self._either()
            if self._take("paren") != ")":
                raise PatternError("Invalid filter pattern")
            return inside
        path = _path(self._take("selector"))
        if self._peek()[0] == "word":
            return self._property(path)
        operator = self._take("operator")
        test = self._value(operator)
        if operator == "!=":
            return lambda value: (found := _find(value, path)) is not MISSING and not test(found)
        return lambda value: (found := _find(value, path)) is not MISSING and test(found)

    def _property(self, path: list[str | int]) -> Node:
        """IS NULL, IS TRUE, IS FALSE, EXISTS, NOT EXISTS."""
        words = [self._take("word").upper()]
        if words[0] in ("IS", "NOT"):
            words.append(self._take("word").upper())
        tests: dict[str, Node] = {
            "IS NULL": lambda value: _find(value, path) is None,
            "IS TRUE": lambda value: _find(value, path) is True,
            "IS FALSE": lambda value: _find(value, path) is False,
            "EXISTS": lambda value: _find(value, path) is not MISSING,
            "NOT EXISTS": lambda value: _find(value, path) is MISSING,
        }
        name = " ".join(words)
        if name not in tests:
            raise PatternError("Invalid filter pattern")
        return tests[name]

    def _value(self, operator: str) -> Node:
        kind, text = self._peek()
        if kind not in ("quoted", "word", "regex"):
            raise PatternError("Invalid filter pattern")
        self._at += 1
        if kind == "regex":
            try:
                expression = re.compile(text)
            except re.error as wrong:
                raise PatternError(f"Invalid regex: {wrong}") from wrong
            return lambda found: isinstance(found, str) and expression.search(found) is not None
        number = _number(text) if kind == "word" else None
        if operator in (">", "<", ">=", "<="):
            if number is None:
                raise PatternError("Invalid filter pattern")
            return _ordered(operator, number)
        if number is not None:
            return lambda found: isinstance(found, (int, float)) and not isinstance(found, bool) and found == number
        glob = re.compile(".*".join(map(re.escape, text.replace('\\"', '"').split("*"))), re.S)
        return lambda found: isinstance(found, str) and glob.fullmatch(found) is not None


def _ordered(operator: str, number: float) -> Node:
    compare: dict[str, Callable[[float], bool]] = {
        ">": lambda v: v > number,
        "<": lambda v: v < number,
        ">=": lambda v: v >= number,
        "<=": lambda v: v <= number,
    }
    test = compare[operator]
    return lambda found: isinstance(found, (int, float)) and not isinstance(found, bool) and test(found)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _path(selector: str) -> list[str | int]:
    """``$.a.b[0]`` as ``["a", "b", 0]``."""
    parts: list[str | int] = []
    for name, index in re.findall(r"([\w-]+)|\[(\d+)\]", selector[1:]):
        parts.append(int(index) if index else name)
    return parts


def _find(value: Any, path: list[str | int]) -> Any:
    for part in path:
        if isinstance(part, int):
            if not isinstance(value, list) or part >= len(value):
                return MISSING
            value = value[part]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return MISSING
    return value
