"""Palette: from theme tokens to styles, with and without a theme, with and without colour."""

from __future__ import annotations

from rich.color import ColorType
from textual.color import Color

from widgets.palette import FALLBACKS, Palette

DARK, LIGHT = Color.parse("#101010"), Color.parse("#eeeeee")


def palette(variables: dict[str, str] | None = None, no_color: bool = False) -> Palette:
    return Palette(variables or {}, DARK, LIGHT, no_color)


def test_tokens_come_from_the_theme_and_are_looked_up_once():
    colors = palette({"state-bad": "#ff0000", "accent-bar": "#0000ff"})
    style = colors.style("state-bad bold")
    assert style.color.triplet == (255, 0, 0) and style.bold and style.bgcolor.triplet == (16, 16, 16)
    assert colors.style("state-bad bold") is style
    assert colors.style("state-bad", "cursor").bgcolor.triplet == (0, 0, 255)


def test_without_a_theme_the_terminals_own_colours_stand_in():
    assert palette().style("state-bad").color.type is ColorType.STANDARD
    assert all(palette().color(token) is not None for token in FALLBACKS)
    assert palette({"state-bad": "auto 87%"}).style("state-bad").color.type is ColorType.STANDARD
    assert palette().style("no-such-token").color.triplet == (238, 238, 238)


def test_without_a_bar_or_without_colour_the_cursor_is_reverse_video():
    for colors in (palette(), palette({"accent-bar": "ansi_blue"}), palette({"accent-bar": "#0000ff"}, no_color=True)):
        style = colors.style("state-bad", "cursor")
        assert style.reverse and style.color is None


def test_grey_rows_have_no_other_colour_and_keep_their_weight():
    style = palette({"muted": "#888888"}).style("state-bad strike", "grey")
    assert style.color.triplet == (136, 136, 136) and style.strike


def test_equal_palettes_paint_alike():
    assert palette({"a": "red"}).same_as(palette({"a": "red"}))
    assert not palette({"a": "red"}).same_as(palette({"a": "red"}, no_color=True))
