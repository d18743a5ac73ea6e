"""Column layout, shortening, sanitised text and lines of pieces: what must hold for any input."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.cells import fit, shorten_end, shorten_middle
from widgets.columns import GAP, LEAD, Column, layout, wide_layout
from widgets.json_line import json_line
from widgets.line import Manner, Piece, arrange
from widgets.rows import in_words, marked, wrapped
from widgets.sparkline import bar, gathered, sparkline
from widgets.symbols import ASCII
from widgets.text import cell_width, clean, clean_line, cut, pad, without_colors

columns = st.lists(
    st.builds(
        Column,
        id=st.text("abc", min_size=1, max_size=3),
        title=st.text("XYZ", max_size=6),
        align=st.sampled_from(["left", "right"]),
        width=st.integers(1, 40),
        min_width=st.integers(0, 40),
        priority=st.integers(0, 4),
        flexible=st.booleans(),
        max_width=st.integers(0, 60),
    ),
    max_size=9,
)
grown = st.dictionaries(st.integers(0, 8), st.integers(1, 30), max_size=4)


@given(columns, st.integers(0, 300), grown)
def test_columns_never_exceed_the_width_and_numbers_keep_theirs(declared, width, seen):
    placed = layout(declared, width, seen)
    end = LEAD - GAP
    for place in placed:
        column = declared[place.column]
        assert place.x == end + GAP
        assert place.width >= 1
        if column.align == "right":
            assert place.width >= max(column.width, seen.get(place.column, 0))
        end = place.x + place.width
    assert not placed or end <= width
    assert [place.column for place in placed] == sorted({place.column for place in placed})


@given(columns, st.integers(1, 300))
def test_the_least_important_columns_go_first(declared, width):
    kept = {place.column for place in layout(declared, width)}
    dropped = [column.priority for index, column in enumerate(declared) if index not in kept]
    if dropped and max(dropped) > 0 and kept:
        assert all(declared[index].priority <= max(dropped) for index in kept)


@given(columns, st.integers(1, 300), grown)
def test_a_wide_layout_has_every_column_and_a_flexible_one_fills_the_line(declared, width, seen):
    assert len(wide_layout(declared, width, seen)) == len(declared)
    placed = layout(declared, width, seen)
    if any(declared[place.column].flexible for place in placed) and len(placed) == len(declared):
        last = placed[-1]
        assert last.x + last.width <= width


@given(st.text(), st.integers(0, 40), st.sampled_from(["left", "right"]), st.sampled_from(["end", "middle"]))
def test_a_fitted_text_is_exactly_as_wide_as_asked(text, width, align, shorten):
    assert cell_len(fit(clean(text), width, align, shorten)) == width


@given(st.text(alphabet=st.characters()))
def test_clean_text_is_harmless_and_cleaning_it_again_changes_nothing(text):
    cleaned = clean(text)
    assert "\n" not in cleaned and "\t" not in cleaned
    for character in cleaned:
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned
    assert sum(cell_len(character) for character in cleaned) == cell_len(cleaned) == cell_width(cleaned)


def test_escape_sequences_go_whole_and_names_stay_readable():
    assert clean("a\x1b[31mb\x1b]0;title\x07c") == "a·b·c"
    assert clean("x\x1b") == "x·"
    assert clean("abc\u202edef") == "abcdef"
    assert clean("名前-é-🐳") == "名前-é-🐳"
    assert without_colors("\x1b[1;31mERROR\x1b[0m x\x1b[2J") == "ERROR x\x1b[2J"
    assert clean_line("a\tb", 4) == "a   b"


def test_names_lose_their_middle():
    assert shorten_middle("checkout-5d9c8b7f6-x2k1b", 14) == "checkout…x2k1b"
    assert shorten_middle("short", 14) == "short"
    assert shorten_end("image 1.8.3 not found", 9) == "image 1.…"
    assert pad("名", 4) == "名  " and cut("名前", 3) == "名"


pieces = st.lists(st.builds(Piece, st.text("abc 名", max_size=12), st.just(""), st.integers(0, 3)), max_size=5)


@given(st.lists(pieces, max_size=3), st.integers(1, 120), st.sampled_from([Manner(), Manner("─ ", " ── ", " ─", "─")]))
def test_a_line_fills_its_width_where_all_fits(groups, width, manner):
    drawn = arrange(groups, width, manner)
    used = sum(cell_len(text) for text, _ in drawn)
    needed = sum(cell_len(piece.text) + 4 for group in groups for piece in group) + 12
    if needed <= width:
        assert used == width
        assert all(piece.text in "".join(text for text, _ in drawn) for group in groups for piece in group)


@given(st.text(alphabet="ab 名é", max_size=80), st.integers(2, 20))
def test_wrapped_rows_fit_and_lose_nothing(text, width):
    starts = wrapped(text, width)
    rows = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert "".join(rows) == text
    assert all(cell_len(row) <= width for row in rows)


@given(st.lists(st.tuples(st.text("ab", max_size=6), st.just("x")), max_size=4), st.integers(0, 12), st.integers(0, 12))
def test_marking_hits_keeps_the_text(drawn, start, length):
    result = marked(drawn, [(start, start + length, "reverse")])
    whole = "".join(text for text, _ in drawn)
    assert "".join(text for text, _ in result) == whole
    assert "".join(text for text, tokens in result if "reverse" in tokens) == whole[start : start + length]


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=True)), max_size=30), st.integers(0, 20))
def test_a_sparkline_is_as_wide_as_asked_and_has_an_ascii_form(values, width):
    line = sparkline(values, width)
    assert len(line) == width
    assert re.fullmatch(r"[ ▁▂▃▄▅▆▇█]*", line)
    assert ASCII.text(line).isascii()


def test_bars_are_full_only_when_all_is_there():
    assert bar(3, 4, 10) == "████████░░"
    assert bar(399, 400, 10) == "█████████░"
    assert bar(1, 400, 10) == "█░░░░░░░░░"
    assert bar(4, 4, 4) == "████" and bar(0, 4, 4) == "░░░░" and bar(1, 0, 3) == "░░░"
    assert gathered([0, 1, 59, 60, 119], 2, 0, 120) == [3, 2]
    assert sparkline([0, 50, 100], 3, high=100) == "▁▅█"


def test_json_lines_are_read_in_words():
    line = '{"time":"2026-11-23T18:01:44Z","level":"error","msg":"payment refused","order":81723,"who":"a b","tags":{"x":[1]}}'
    assert json_line(line) == 'ERROR  payment refused  order=81723 who="a b" tags={"x":[1]}'
    assert json_line('{"level":50,"msg":"x"}') == "ERROR  x"
    assert json_line('{"a":1}') is None
    assert json_line("{not json}") is None and json_line("[1]") is None and json_line("plain") is None
    assert json_line('{"msg":"' + "[" * 5 + '"}') == "[[[[["


@given(st.text(), st.integers(2, 60))
def test_sentences_break_into_rows_that_fit(text, width):
    rows = in_words(clean(text), width)
    assert all(cell_len(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == clean(text).replace(" ", "")
