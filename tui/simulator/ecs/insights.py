"""A small Logs Insights: ``fields``, ``filter``, ``sort``, ``limit``, ``stats … by``, ``dedup`` over the lines of groups."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from tui.simulator.ecs.log_streams import Line

Record = dict[str, Any]
WORDS = re.compile(
    r"""\s*(?:(?P<regex>/(?:[^/\\]|\\.)*/i?)|(?P<quoted>"[^"]*"|'[^']*')|(?P<operator>!=|<=|>=|=~|=|<|>|\(|\)|,|\[|\])"""
    r"""|(?P<word>[@\w.`*:-]+))"""
)
AGGREGATE = re.compile(
    r"^(?P<name>count|sum|avg|min|max|count_distinct|pct)\s*\(\s*(?P<field>[^,)]*)(?:,\s*(?P<n>[\d.]+))?\s*\)$"
)
BIN = re.compile(r"^bin\(\s*(\d+)\s*([smhd])[a-z]*\s*\)$")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DEFAULT_LIMIT = 10_000


class QueryError(Exception):
    """The query cannot be parsed; the text goes into MalformedQueryException."""


def record(line: Line, group: str, account: str) -> Record:
    """A line with its discovered fields: JSON members, or ``key=value`` words."""
    found: Record = {
        "@timestamp": line.time,
        "@message": line.text,
        "@logStream": line.stream,
        "@log": f"{account}:{group}",
        "@ingestionTime": line.arrived,
    }
    if line.text.startswith("{"):
        try:
            _flatten(json.loads(line.text), "", found)
        except ValueError:
            return found
    else:
        found |= {k: v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|\S+)', line.text)}
    return found


def _flatten(value: Any, prefix: str, into: Record) -> None:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict):
            _flatten(inner, f"{name}.", into)
        else:
            into[name] = inner


class Query:
    """A parsed query; ``run`` takes records and gives rows of (field, value)."""

    def __init__(self, text: str) -> None:
        self.fields = ["@timestamp", "@message"]
        self.filters: list[Callable[[Record], bool]] = []
        self.order: list[tuple[str, bool]] = []
        self.limit: int | None = None
        self.stats: tuple[list[tuple[str, str, str, float, str]], list[str]] | None = None
        for part in _split(text):
            self._command(part)

    def _command(self, part: str) -> None:
        name, _, rest = part.strip().partition(" ")
        rest = rest.strip()
        if name in ("fields", "display"):
            self.fields = [f.strip().strip("`") for f in rest.split(",") if f.strip()]
        elif name == "filter":
            self.filters.append(_Condition(rest).parse())
        elif name == "sort":
            for one in rest.split(","):
                field, _, direction = one.strip().partition(" ")
                self.order.append((field, direction.strip().lower() != "asc"))
        elif name in ("limit", "head", "tail"):
            if not rest.isdigit():
                raise QueryError(f"limit needs a number, not {rest!r}")
            self.limit = int(rest)
        elif name == "stats":
            self.stats = _stats(rest)
        elif name not in ("dedup", ""):
            raise QueryError(f"unexpected symbol found {name}")

    def run(self, records: Iterable[Record]) -> list[list[tuple[str, str]]]:
        """Rows of (field, value as text), at most the limit."""
        found = [r for r in records if all(test(r) for test in self.filters)]
        if self.stats is not None:
            found = _aggregate(found, *self.stats)
            names = [s[4] for s in self.stats[0]]
            fields = [*self.stats[1], *names]
        else:
            fields = self.fields
        for field, descending in reversed(self.order or [("@timestamp", True)]):
            found.sort(key=lambda r, f=field: _sortable(r.get(f)), reverse=descending)  # type: ignore[misc]
        rows = found[: self.limit or DEFAULT_LIMIT]
        return [[(f, _text(f, r[f])) for f in fields if r.get(f) is not None] for r in rows]


def _split(text: str) -> list[str]:
    """Commands between pipes that are not within quotes or slashes."""
    parts = re.findall(r"(?:\"[^\"]*\"|'[^']*'|/(?:[^/\\]|\\.)*/|[^|])+", re.sub(r"#.*", "", text))
    if not parts:
        raise QueryError("the query is empty")
    return parts


def _sortable(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    try:
        return (1, float(value), "")
    except (TypeError, ValueError):
        return (2, 0.0, str(value))


def _text(field: str, value: Any) -> str:
    if field in ("@timestamp", "@ingestionTime") or field.startswith("bin("):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(value / 1000)) + f".{int(value) % 1000:03d}"
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Condition:
    """A filter by recursive descent: comparisons, ``like``, ``in``, ``ispresent``, and, or, not, brackets."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            match = WORDS.match(text, at)
            if match is None or match.lastgroup is None:
                raise QueryError(f"unexpected symbol found {text[at : at + 10]}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.at = 0

    def parse(self) -> Callable[[Record], bool]:
        test = self._either()
        if self.at != len(self.tokens):
            raise QueryError(f"unexpected symbol found {self.tokens[self.at][1]}")
        return test

    def _next(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        if self.at >= len(self.tokens):
            raise QueryError("unexpected end of the filter")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _either(self) -> Callable[[Record], bool]:
        parts = [self._both()]
        while self._next().lower() == "or":
            self.at += 1
            parts.append(self._both())
        return lambda r: any(p(r) for p in parts)

    def _both(self) -> Callable[[Record], bool]:
        parts = [self._one()]
        while self._next().lower() == "and":
            self.at += 1
            parts.append(self._one())
        return lambda r: all(p(r) for p in parts)

    def _one(self) -> Callable[[Record], bool]:
        word = self._take()
        if word == "(":
            inside = self._either()
            self._expect(")")
            return inside
        if word.lower() == "not":
            test = self._one()
            return lambda r: not test(r)
        if word.lower() == "ispresent":
            self._expect("(")
            field = self._take().strip("`")
            self._expect(")")
            return lambda r: r.get(field) is not None
        return self._comparison(word.strip("`"))

    def _expect(self, symbol: str) -> None:
        if self._take() != symbol:
            raise QueryError(f"{symbol} is missing")

    def _comparison(self, field: str) -> Callable[[Record], bool]:
        operator = self._take().lower()
        negated = operator == "not"
        if negated:
            operator = self._take().lower()
        if operator in ("like", "=~"):
            expression = _pattern(self._take())
            return lambda r: (expression.search(str(r.get(field, ""))) is not None) != negated
        if operator == "in":
            self._expect("[")
            values = []
            while (word := self._take()) != "]":
                if word != ",":
                    values.append(word.strip("\"'"))
            return lambda r: (str(r.get(field)) in values) != negated
        wanted = self._take().strip("\"'")
        return lambda r: _compare(r.get(field), operator, wanted)


def _pattern(word: str) -> re.Pattern[str]:
    if word.startswith("/"):
        ignore = word.endswith("/i")
        try:
            return re.compile(word[1 : -2 if ignore else -1], re.I if ignore else 0)
        except re.error as wrong:
            raise QueryError(f"invalid regular expression {word}: {wrong}") from wrong
    return re.compile(re.escape(word.strip("\"'")))


def _compare(value: Any, operator: str, wanted: str) -> bool:
    if value is None:
        return operator == "!="
    try:
        left, right = float(value), float(wanted)
    except (TypeError, ValueError):
        same = str(value) == wanted
        return same if operator == "=" else not same if operator == "!=" else False
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
    }.get(operator, False)


def _stats(text: str) -> tuple[list[tuple[str, str, str, float, str]], list[str]]:
    """(whole, function, field, number, name) of each aggregate, and the fields to group by."""
    what, _, by = re.split(r"(\bby\b)", text, maxsplit=1) if re.search(r"\bby\b", text) else (text, "", "")
    aggregates = []
    for one in re.findall(r"(?:\([^)]*\)|[^,])+", what):
        call, _, name = re.sub(r"\s+as\s+", "\0", one.strip()).partition("\0")
        match = AGGREGATE.match(call.strip())
        if match is None:
            raise QueryError(f"unexpected symbol found {one.strip()}")
        aggregates.append((call, match["name"], match["field"].strip(), float(match["n"] or 50), name.strip() or call.strip()))
    groups = [g.strip() for g in re.findall(r"(?:\([^)]*\)|[^,])+", by) if g.strip()]
    return aggregates, groups


def _aggregate(records: list[Record], aggregates: list[tuple[str, str, str, float, str]], by: list[str]) -> list[Record]:
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for one in records:
        groups.setdefault(tuple(_group_value(one, field) for field in by), []).append(one)
    rows: list[Record] = []
    for key, members in groups.items():
        row: Record = dict(zip(by, key, strict=True))
        for _, function, field, number, name in aggregates:
            row[name] = _fold(function, [m.get(field) for m in members], number, whole=field in ("*", ""))
        rows.append(row)
    return rows


def _group_value(one: Record, field: str) -> Any:
    match = BIN.match(field)
    if match is None:
        return one.get(field)
    width = int(match[1]) * SECONDS[match[2]] * 1000
    return one["@timestamp"] // width * width


def _fold(function: str, values: list[Any], number: float, *, whole: bool) -> float | int | None:
    present = [v for v in values if v is not None]
    if function == "count":
        return len(values) if whole else len(present)
    if function == "count_distinct":
        return len(set(map(str, present)))
    numbers = sorted(n for v in present if (n := _number(v)) is not None)
    if not numbers:
        return None
    if function == "pct":
        return numbers[min(len(numbers) - 1, int(len(numbers) * number / 100))]
    return {"sum": sum(numbers), "avg": sum(numbers) / len(numbers), "min": numbers[0], "max": numbers[-1]}[function]


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
