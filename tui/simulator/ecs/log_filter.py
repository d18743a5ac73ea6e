"""Filter patterns of CloudWatch Logs: terms, JSON selectors, space-delimited fields, regular expressions.

Source of the facts: "Filter pattern syntax" in the Amazon CloudWatch Logs User Guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tui.simulator.ecs.log_filter_json import JsonPattern, PatternError

Predicate = Callable[[str], bool]
TERM = re.compile(r'\s*(?P<sign>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]*)%|(?P<plain>[^\s"%]+))')
FIELD = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"|[^,\]"]+)+')
CONDITION = re.compile(r"^(?P<name>\w+|\.\.\.)\s*(?:(?P<operator>!=|>=|<=|=|>|<)\s*(?P<value>.+?))?\s*$")
TOKEN = re.compile(r'\[([^\]]*)\]|"([^"]*)"|(\S+)')

__all__ = ["PatternError", "compile_pattern"]


def compile_pattern(pattern: str | None) -> Predicate:
    """A function that says whether a message matches; PatternError where AWS answers InvalidParameterException."""
    text = (pattern or "").strip()
    if not text or text == '" "':
        return lambda message: True
    if text.startswith("{"):
        if not text.endswith("}"):
            raise PatternError("Invalid filter pattern")
        return _json(JsonPattern(text[1:-1]))
    if text.startswith("["):
        if not text.endswith("]"):
            raise PatternError("Invalid filter pattern")
        return _fields(text[1:-1])
    return _terms(text)


def _json(pattern: JsonPattern) -> Predicate:
    def matches(message: str) -> bool:
        if not message.lstrip().startswith("{"):
            return False
        try:
            return pattern.matches(json.loads(message))
        except ValueError:
            return False

    return matches


# Terms


def _terms(text: str) -> Predicate:
    wanted: list[Predicate] = []
    optional: list[Predicate] = []
    unwanted: list[Predicate] = []
    at = 0
    while at < len(text):
        match = TERM.match(text, at)
        if match is None or match.end() == at:
            raise PatternError("Invalid filter pattern")
        at = match.end()
        bucket = {"?": optional, "-": unwanted}.get(match["sign"], wanted)
        bucket.append(_term(match))
    if optional and not wanted and not unwanted:
        return lambda message: any(test(message) for test in optional)
    return lambda message: all(t(message) for t in wanted) and not any(t(message) for t in unwanted)


def _term(match: re.Match[str]) -> Predicate:
    if match["regex"] is not None:
        try:
            expression = re.compile(match["regex"])
        except re.error as wrong:
            raise PatternError(f"Invalid regex: {wrong}") from wrong
        return lambda message: expression.search(message) is not None
    if match["quoted"] is not None:
        word = match["quoted"].replace('\\"', '"').replace("\\\\", "\\")
        return lambda message: word in message
    plain = match["plain"]
    if not re.fullmatch(r"\w+", plain):
        raise PatternError(f"Invalid character(s) in term '{plain}'")
    return lambda message: plain in message


# Space-delimited fields: [ip, user, ..., status = 5*, bytes > 1000]


def _fields(text: str) -> Predicate:
    conditions = []
    for part in FIELD.findall(text):
        match = CONDITION.match(part.strip(" ,"))
        if match is None:
            raise PatternError("Invalid filter pattern")
        conditions.append((match["name"], match["operator"], (match["value"] or "").strip()))
    names = [name for name, _, _ in conditions]
    if names.count("...") > 1:
        raise PatternError("Invalid filter pattern")
    return lambda message: _fields_match(conditions, names, message)


def _fields_match(conditions: list[tuple[str, str | None, str]], names: list[str], message: str) -> bool:
    values = ["".join(groups) for groups in TOKEN.findall(message)]
    if "..." in names:
        missing = len(values) - (len(conditions) - 1)
        if missing < 0:
            return False
        at = names.index("...")
        values = [*values[:at], "", *values[at + missing :]]
    elif len(values) != len(conditions):
        return False
    return all(
        operator is None or _compare(value, operator, wanted)
        for (_, operator, wanted), value in zip(conditions, values, strict=True)
    )


def _compare(value: str, operator: str, wanted: str) -> bool:
    if wanted.startswith("%") and wanted.endswith("%"):
        found = re.search(wanted[1:-1], value) is not None
        return found if operator == "=" else not found
    wanted = wanted.strip('"')
    if operator in ("=", "!="):
        same = re.fullmatch(".*".join(map(re.escape, wanted.split("*"))), value) is not None
        return same if operator == "=" else not same
    try:
        left, right = float(value), float(wanted)
    except ValueError:
        return False
    return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]
