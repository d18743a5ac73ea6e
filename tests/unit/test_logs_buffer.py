"""The buffer keeps lines as they came within its bounds; searches find what a plain loop finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tui.logs.base import LogLine
from tui.logs.buffer import LogBuffer
from tui.logs.filtered import FilteredLines
from tui.logs.levels import Level, level_of
from tui.logs.patterns import TooSlow
from tui.logs.query import Line, QueryError, parse
from tui.logs.search import Search, find_all

SECOND = 1_000_000_000


def line(text: str, time: int = 0, source: str = "cart x2k1b", kind: str = "line") -> LogLine:
    return LogLine(time, source, text, "", kind)  # type: ignore[arg-type]


texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x1e"), max_size=40)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**60), st.sampled_from(["a", "b"]), texts), max_size=60), st.data())
def test_lines_come_back_as_they_went_in(items: list[tuple[int, str, str]], data: st.DataObject) -> None:
    buffer = LogBuffer()
    at = 0
    while at < len(items):
        count = data.draw(st.integers(1, 20))
        buffer.append(LogLine(t, s, x) for t, s, x in items[at : at + count])
        at += count
    assert [buffer.line(n) for n in range(len(buffer))] == [(t, s, x, "line") for t, s, x in items]


def test_the_oldest_go_first_and_numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.logs.buffer.BLOCK", 1000)
    buffer = LogBuffer(limit=100)
    buffer.append(line(f"line {n:04}", n) for n in range(500))
    assert len(buffer) <= 100 + 100 and buffer.end == 500 and buffer.dropped == buffer.first == 500 - len(buffer)
    assert buffer.line(499)[2] == "line 0499" and buffer.line(buffer.first)[0] == buffer.first
    for gone in (buffer.first - 1, 500, -1):
        with pytest.raises(IndexError):
            buffer.line(gone)
    assert buffer.number_at(450) == 450 and buffer.number_at(10_000) == 500
    buffer.clear()
    assert len(buffer) == 0 and buffer.first == 500


def test_bytes_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.logs.buffer.BLOCK", 1000)
    buffer = LogBuffer(size=10_000)
    buffer.append(line("x" * 200) for _ in range(1000))
    assert len(buffer) * 201 <= 10_000 + 2_000


def test_a_line_of_ten_megabytes_is_cut_and_says_so() -> None:
    buffer = LogBuffer()
    buffer.append([line("y" * 10_000_000), line("next")])
    assert buffer.line(0)[2].endswith("characters more") and buffer.line(1)[2] == "next"


def test_strange_text_survives() -> None:
    strange = "\x1b[31mred\x00 ‮rtl 👩‍👩‍👧 \udcff half"
    buffer = LogBuffer()
    buffer.append([line(strange), line("two\nlines")])
    assert buffer.line(0)[2] == strange.replace("\udcff", "?") and buffer.line(1)[2] == "two\nlines"


async def collected(buffer: LogBuffer, search: Search) -> list[int]:
    return [number async for batch in find_all(buffer, search) for number in batch]


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(st.text("abAB ä\n.", max_size=12), max_size=40),
    st.text("abAB ä.", min_size=1, max_size=3),
    st.booleans(),
    st.integers(0, 40),
)
async def test_search_finds_what_a_loop_finds(lines: list[str], needle: str, case: bool, start: int) -> None:
    buffer = LogBuffer()
    buffer.append(line(text) for text in lines)
    flags = 0 if case else re.IGNORECASE
    expected = [n for n, text in enumerate(lines) if re.search(re.escape(needle), text, flags)]
    assert await collected(buffer, Search(needle, case=case)) == expected
    pattern = re.compile(re.escape(needle), flags)
    after = [n for n in expected if n >= start]
    before = [n for n in expected if n <= start]
    if start < len(lines):
        assert buffer.find(pattern, start, 1) == (after[0] if after else None)
        assert buffer.find(pattern, start, -1) == (before[-1] if before else None)


async def test_regular_expressions_do_not_cross_lines() -> None:
    buffer = LogBuffer()
    buffer.append(line(text) for text in ("end a", "b start", "a b", "took=97ms"))
    assert await collected(buffer, Search(r"a\sb", regex=True)) == [2]
    assert await collected(buffer, Search(r"took=\d{2}ms", regex=True)) == [3]
    with pytest.raises(re.error):
        Search("(", regex=True)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2026-11-23T14:03:58Z ERROR payment refused", Level.ERROR),
        ("14:03:58.340 FATAL REDIS_URL is not set", Level.FATAL),
        ('{"level":"warn","msg":"slow"}', Level.WARN),
        ('{"severity": "INFO", "message": "x"}', Level.INFO),
        ('{"level":50,"msg":"x"}', Level.ERROR),
        ("level=debug msg=x", Level.DEBUG),
        ("E1123 14:03:58.1 1 main.go:7] failed", Level.ERROR),
        ("W1123 14:03:58.1 1 main.go:7] slow", Level.WARN),
        ("Traceback (most recent call last):", Level.ERROR),
        ("java.lang.IllegalStateException: x", Level.ERROR),
        ("[WARNING] deprecated", Level.WARN),
        ("GET /errors 200 no errors found", Level.NONE),
        ("Everything is fine", Level.NONE),
        ("INFORMATION desk", Level.NONE),
    ],
)
def test_levels(text: str, level: Level) -> None:
    assert level_of(text) is level


def test_histogram_counts_by_minute_even_what_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.logs.buffer.BLOCK", 100)
    buffer = LogBuffer(limit=10)
    buffer.append(line("ERROR x", m * 60 * SECOND) for m in (5, 5, 6, 8))
    buffer.append([line("WARN y", 8 * 60 * SECOND), line("fine", 8 * 60 * SECOND), line("gap", 0, kind="gap")])
    assert buffer.histogram.last(4) == [(2, 0, 2), (1, 0, 1), (0, 0, 0), (3, 1, 1)]
    assert buffer.histogram.span == (5, 8)


async def test_a_pattern_that_takes_too_long_stops_nobody_and_hides_nothing() -> None:
    buffer = LogBuffer()
    buffer.append([line("first"), line("a" * 60 + "!"), line("last")])
    with pytest.raises(TooSlow, match="takes too long"):
        buffer.find(re.compile("(a|a)+$"), 2, -1)
    assert buffer.find(re.compile("f.*s.*t"), 2, -1) == 0
    view = FilteredLines(buffer, parse("-/(a|aa)+(a|a)*$/"))
    await view.fill()
    assert "takes too long" in view.too_slow and [view.original(n) for n in range(len(view))] == [0, 1, 2]
    long = LogBuffer()
    long.append([line("x" * 300_000)])
    with pytest.raises(TooSlow):
        long.find(re.compile("x.*y.*z.*"), 0, 1)


QUERIES = [
    ("refused", "payment refused", True),
    ("Refused", "payment refused", False),
    ("refused", "Payment REFUSED", True),
    ("payment refused", "refused payment", True),
    ('"payment refused"', "refused payment", False),
    ("-refused", "payment refused", False),
    ("payment -refused", "payment taken", True),
    ("/ref.sed$/", "payment refused", True),
    ("/REF.sed/", "payment refused", False),
    ("/REF.sed/i", "payment refused", True),
    ("-/ref.sed/", "payment refused", False),
    ("alpha or beta", "beta", True),
    ("alpha or beta gamma", "beta", False),
    ("(alpha or beta) gamma", "beta gamma", True),
    ("-(alpha or beta)", "beta", False),
    ("alpha and beta", "alpha beta", True),
    ("level>=warn", "x ERROR y", True),
    ("level>=warn", "x INFO y", False),
    ("level>=warn", "says nothing", False),
    ("level:error", "x ERROR y", True),
    ("level<warn", "x INFO y", True),
    ("source:cart", "anything", True),
    ("source:checkout*", "anything", False),
    ("status:500", '{"status":500}', True),
    ("status>=500", '{"status":503}', True),
    ("status>=500", "GET / status=404", False),
    ("took>250", "done took=251ms", True),
    ("user.name:ann*", '{"user":{"name":"Anna"}}', True),
    ("code:insufficient_funds", "refused code=insufficient_funds", True),
    ('msg:"two words"', 'level=info msg="two words"', True),
    ("ok:true", '{"ok":true}', True),
    ("http://x/y", "see http://x/y now", False),
    ("14:03", "at 14:03:58", True),
    ("/api/v1", "GET /api/v1 200", True),
    ("", "anything", True),
    ("origin", "the origin or other", True),
]


@pytest.mark.parametrize(("query", "text", "matches"), QUERIES, ids=[f"{q!r} {t!r}" for q, t, _ in QUERIES])
def test_query(query: str, text: str, matches: bool) -> None:
    assert parse(query).matches(Line(text, "cart x2k1b")) is matches


@pytest.mark.parametrize(
    ("query", "position", "words"),
    [
        ("(alpha", 0, "parenthesis"),
        ("alpha)", 5, "parenthesis"),
        ("x level>=loud", 2, "no level"),
        ("a /[/", 2, "regular expression"),
        ("took>much", 0, "number"),
    ],
)
def test_query_errors_say_where(query: str, position: int, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        parse(query)
    assert caught.value.position == position


@given(st.text(max_size=40))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        parse(text).matches(Line('{"a":1} level=info x', "s"))
    except QueryError as error:
        assert 0 <= error.position <= len(text)


async def test_filtered_lines_grow_and_forget_with_the_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.logs.buffer.BLOCK", 200)
    buffer = LogBuffer(limit=50)
    buffer.append(line(f"{'odd' if n % 2 else 'even'} {n}", n) for n in range(20))
    view = FilteredLines(buffer, parse("odd"))
    await view.fill()
    assert [view.line(n)[2] for n in range(len(view))] == [f"odd {n}" for n in range(1, 20, 2)]
    buffer.append([line("gap", 20, kind="gap"), line("odd 21", 21)])
    assert view.grow() == 2 and view.line(view.first + len(view) - 2)[3] == "gap"
    assert view.find(re.compile("21"), view.first, 1) == view.first + len(view) - 1
    buffer.append(line("even", 30) for _ in range(200))
    view.grow()
    assert view.first == view.dropped == 12 and len(view) == 0 and view.whole


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.text("ab ERROR1=", max_size=12), max_size=50), st.sampled_from(["a", "-a", "a b", "a=1", "/a+b/", "level:error"])
)
async def test_filtered_lines_are_those_that_match(lines: list[str], query: str) -> None:
    buffer = LogBuffer()
    buffer.append(line(text) for text in lines)
    term = parse(query)
    view = FilteredLines(buffer, term)
    await view.fill()
    numbers = [n for n, text in enumerate(lines) if term.matches(Line(text, "cart x2k1b"))]
    assert [view.original(n) for n in range(len(view))] == numbers
    pattern = re.compile("a|R")
    for start in range(len(numbers)):
        hits = [at for at, n in enumerate(numbers) if pattern.search(lines[n])]
        assert view.find(pattern, start, 1) == next((at for at in hits if at >= start), None)
        assert view.find(pattern, start, -1) == next((at for at in reversed(hits) if at <= start), None)
