"""Themes: every token in every theme, and contrast that can be read."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

import config
from config.settings import Ui
from config.themes import FRAME_TOKENS, GROUNDS, MONOCHROME, TEXT_TOKENS, THEMES, TOKENS, Theme, chosen, contrast

COLOURED = [theme for theme in THEMES.values() if not theme.ansi]


def test_every_theme_that_may_be_set_is_there() -> None:
    words = get_args(get_type_hints(Ui)["theme"])
    assert set(THEMES) == {*words, "monochrome"}


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_every_token_has_a_colour(theme: Theme) -> None:
    assert set(theme.tokens) == set(TOKENS)


@pytest.mark.parametrize("theme", COLOURED, ids=lambda t: t.name)
def test_text_has_contrast_on_every_ground(theme: Theme) -> None:
    t = theme.tokens
    pairs = [(token, ground) for token in TEXT_TOKENS for ground in ("background", "surface", "cursor")]
    pairs += [(text, ground) for ground, text in GROUNDS]
    assert [pair for pair in pairs if contrast(t[pair[0]], t[pair[1]]) < 4.5] == []
    assert [token for token in FRAME_TOKENS if contrast(t[token], t["background"]) < 3] == []


@pytest.mark.parametrize("theme", [t for t in THEMES.values() if t is not MONOCHROME], ids=lambda t: t.name)
def test_states_that_ask_for_action_do_not_look_alike(theme: Theme) -> None:
    states = [theme.tokens[f"state-{word}"] for word in ("bad", "warn", "change", "ok")]
    assert len(set(states)) == 4


@pytest.mark.parametrize("theme", [t for t in THEMES.values() if t is not MONOCHROME], ids=lambda t: t.name)
def test_a_logs_source_has_no_colour_that_means_a_state(theme: Theme) -> None:
    states = {theme.tokens[f"state-{word}"] for word in ("bad", "warn", "change", "ok")}
    sources = [theme.tokens[f"source-{number}"] for number in range(1, 7)]
    assert len(set(sources)) == 6 and not states & set(sources)


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_toolkit_takes_every_theme() -> None:
    from textual.theme import Theme as Toolkit

    for theme in THEMES.values():
        toolkit = Toolkit(**theme.toolkit())
        assert toolkit.to_color_system().generate()["primary"]
        assert toolkit.variables["state-bad"] == theme.tokens["state-bad"]


def test_no_colour_means_the_monochrome_theme() -> None:
    assert chosen(config.load(environment={"NO_COLOR": "1", "HOME": "/nowhere"})) is MONOCHROME
    assert chosen(config.Settings()).name == "dark"
