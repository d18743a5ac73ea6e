"""Which driver runs and what it thinks of the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
import textual

from tui.terminal import choose, private
from tui.terminal.abilities import KNOWN, Abilities, from_environment, with_answer


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"TERM": "xterm-256color"}, "unknown"),
        ({"TERM": "xterm-256color", "XTERM_VERSION": "XTerm(390)"}, "xterm"),
        ({"TERM": "xterm-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, "tmux"),
        ({"TERM": "tmux-256color"}, "tmux"),
        ({"TERM": "screen.xterm-256color", "STY": "1.pts"}, "screen"),
        ({"TERM": "screen-256color", "TMUX": "x"}, "tmux"),
        ({"TERM": "linux"}, "Linux console"),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, "Windows Terminal"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "macOS Terminal"),
        ({"TERM": "putty-256color"}, "PuTTY"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "VTE"),
    ],
)
def test_the_environment_names_the_terminal(environment: dict[str, str], name: str) -> None:
    assert from_environment(environment).name == name


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        (["\x1bP>|XTerm(390)\x1b\\", "\x1b[>41;390;0c"], "xterm"),
        (["\x1bP>|kitty(0.35.2)\x1b\\"], "kitty"),
        (["\x1bP>|tmux 3.4\x1b\\", "\x1b[>84;0;0c"], "tmux"),
        (["\x1b[>0;136;0c"], "PuTTY"),
        (["\x1b[>0;10;1c"], "Windows Terminal"),
        (["\x1b[>1;95;0c"], "macOS Terminal"),
        (["\x1b[>83;40900;0c"], "screen"),
        (["\x1b[>1;10;0c"], "mosh"),
        (["\x1b[>99;1;0c"], "unknown"),
        (["\x1bP>|something new\x1b\\"], "unknown"),
    ],
)
def test_the_terminal_names_itself(answers: list[str], name: str) -> None:
    now = Abilities()
    for answer in answers:
        now = with_answer(now, answer)
    assert now.name == name


def test_margins_are_used_only_where_they_were_answered_or_are_known() -> None:
    assert not Abilities().margins
    assert with_answer(Abilities(), "\x1b[?69;2$y").margins
    assert not with_answer(KNOWN["xterm"], "\x1b[?69;0$y").margins
    assert with_answer(with_answer(Abilities(), "\x1b[?69;2$y"), "\x1bP>|foot(1.16)\x1b\\").margins


def test_a_multiplexer_stays_one_whatever_the_terminal_behind_it_says() -> None:
    assert with_answer(KNOWN["tmux"], "\x1bP>|XTerm(390)\x1b\\") == KNOWN["tmux"]
    assert with_answer(KNOWN["screen"], "\x1bP>|tmux 3.4\x1b\\") == KNOWN["tmux"]
    for name in ("tmux", "screen", "mosh"):
        assert KNOWN[name].answers_itself


def test_what_is_not_known_is_not_used() -> None:
    unknown = Abilities()
    assert (unknown.repeat, unknown.margins, unknown.sync) == ("", False, False)


TERMINAL = {"TERM": "xterm-256color"}


@pytest.fixture
def any_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    import os

    monkeypatch.setattr(choose, "open_terminal", lambda _: os.open(os.devnull, os.O_WRONLY))


@pytest.mark.usefixtures("any_terminal")
def test_the_thin_driver_is_chosen_with_its_settings() -> None:
    chosen, why = choose.driver_class("auto", 9600, False, TERMINAL)
    assert why == ""
    assert chosen is not None
    assert (chosen.rate, chosen.measure, chosen.abilities.name) == (9600.0, False, "unknown")  # type: ignore[attr-defined]
    unlimited, _ = choose.driver_class("thin", "unlimited", True, TERMINAL)
    assert unlimited is not None
    assert unlimited.rate is None  # type: ignore[attr-defined]


@pytest.mark.usefixtures("any_terminal")
def test_unknown_terminals_get_textuals_driver_unless_asked_otherwise() -> None:
    chosen, why = choose.driver_class("auto", environment={"TERM": "hp2392"})
    assert chosen is None
    assert "hp2392" in why
    assert choose.driver_class("thin", environment={"TERM": "hp2392"})[0] is not None
    assert choose.driver_class("plain", environment=TERMINAL) == (None, "asked for")
    assert choose.driver_class("auto", environment={**TERMINAL, "TEXTUAL_DRIVER": "x:Y"})[0] is None


def test_this_textual_is_the_one_that_was_read() -> None:
    assert private.why_not() == ""


@pytest.mark.usefixtures("any_terminal")
def test_another_textual_runs_on_its_own_driver_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert private.installed_version() == textual.__version__
    monkeypatch.setattr(private, "installed_version", lambda: "9.0.0")
    chosen, why = choose.driver_class("thin", environment=TERMINAL)
    assert chosen is None
    assert "9.0.0" in why


@pytest.mark.usefixtures("any_terminal")
def test_a_textual_without_a_part_that_is_needed_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from textual._xterm_parser import XTermParser

    monkeypatch.delattr(XTermParser, "_sequence_to_key_events")
    assert "_sequence_to_key_events" in private.why_not()


def test_a_terminal_that_cannot_be_opened_again_is_left_to_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> int:
        raise PermissionError(13, "Permission denied", "/dev/tty")

    monkeypatch.setattr(choose, "open_terminal", refuse)
    chosen, why = choose.driver_class("auto", environment=TERMINAL)
    assert chosen is None
    assert "Permission denied" in why


def test_the_documented_table_is_what_is_used() -> None:
    def row(one: Abilities) -> str:
        said = [one.scroll, one.margins, one.repeat, one.erase_colour, one.sync, one.clipboard, one.links, not one.answers_itself]
        words = [value if isinstance(value, str) and value else ("yes" if value else "-") for value in said]
        return f"| {' | '.join([one.name, one.colours, *words])} |"

    documented = (Path(__file__).parents[2] / "docs" / "terminals.md").read_text(encoding="utf-8")
    for name, abilities in KNOWN.items():
        assert name == "unknown" or row(abilities) in documented


FAR = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}


@pytest.mark.parametrize("term", ["tmux-256color", "screen-256color"])
def test_a_multiplexer_at_the_other_end_of_ssh_answers_over_the_line(term: str) -> None:
    near = from_environment({"TERM": term})
    far = from_environment({"TERM": term, **FAR})
    assert near.answers_itself and not near.far
    assert not far.answers_itself and far.far
    assert far.erase_colour == near.erase_colour
    beside = {"TMUX": "/tmp/tmux-0/default,1,0"} if term.startswith("tmux") else {"STY": "1.pts-0.host"}
    assert from_environment({"TERM": term, **FAR, **beside}).answers_itself


def test_what_a_far_multiplexer_says_does_not_make_it_near() -> None:
    far = from_environment({"TERM": "screen-256color", **FAR})
    said = with_answer(far, "\x1bP>|tmux 3.4\x1b\\")
    assert said.name == "tmux" and said.sync
    assert not said.answers_itself
    assert with_answer(said, "\x1b[>84;0;0c") == said
    found = with_answer(from_environment({"TERM": "xterm-256color", **FAR}), "\x1bP>|tmux 3.4\x1b\\")
    assert found.name == "tmux" and not found.answers_itself
    assert with_answer(from_environment({"TERM": "xterm-256color", **FAR}), "\x1b[>1;10;0c").answers_itself  # mosh
