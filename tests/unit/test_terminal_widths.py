"""Clusters that terminals give other widths than Textual: everything around them stays in its place."""

from __future__ import annotations

import pytest

from tests.unit.terminal_emulator import Emulator
from tui.terminal.abilities import KNOWN
from tui.terminal.cells import PLAIN, Sureness, cells_of
from tui.terminal.engine import Engine
from tui.terminal.pace import Pace

CLUSTERS = {
    "joined": "👩\u200d🚀",  # the emulator draws both persons, Textual counts one
    "emoji by selector": "▶\ufe0f",  # the emulator draws one cell, Textual counts two
    "flag": "🇩🇪",
    "skin": "👍🏽",
    "combining": "e\u0301",
    "keycap": "1\ufe0f\u20e3",
}


def send(engine: Engine, terminal: Emulator, text: str, now: float) -> str:
    engine.write(text)
    frame = engine.next_frame(now)
    terminal.feed(frame)
    engine.replied(terminal.answers.pop(), now)
    terminal.answers.clear()
    return frame


@pytest.mark.parametrize("name", CLUSTERS)
@pytest.mark.parametrize("abilities", [KNOWN["unknown"], KNOWN["xterm"]], ids=lambda one: one.name)
def test_what_stands_around_an_unsure_cluster_is_right(name: str, abilities: object) -> None:
    cluster = CLUSTERS[name]
    size = len(cells_of(cluster, PLAIN))
    terminal = Emulator(20, 3)
    terminal.feed("#" * 60)
    engine = Engine(20, 3, abilities, Pace(None))  # type: ignore[arg-type]
    row = f"[{cluster}]{cluster}| after"
    send(engine, terminal, f"\x1b[?25l\x1b[1;1H{row}\x1b[1;1H", 0.0)
    shown = terminal.buffer[0]
    behind = 2 + size
    assert (shown[0].data, shown[behind - 1].data) == ("[", "]")
    assert "".join(shown[x].data for x in range(behind + size, 20)).rstrip() == "| after"
    # and a change beside it touches nothing else
    frame = send(engine, terminal, f"\x1b[1;1H({cluster})\x1b[1;1H", 1.0)
    assert cluster not in frame
    assert (shown[0].data, shown[behind - 1].data) == ("(", ")")


def test_widths_that_every_terminal_agrees_on_are_sure() -> None:
    sure = Sureness()
    assert all(sure[text] for text in "aé─│●▲░█▁文가…·→")
    assert not any(sure[text] for text in ("😀", "▶", "e\u0301", "👩\u200d🚀", "\u0300"))
    assert not Sureness(ambiguous=False)["─"]
    assert Sureness(ambiguous=False)["a"]


def test_a_blank_looks_the_same_in_any_foreground() -> None:
    terminal = Emulator(20, 1)
    engine = Engine(20, 1, KNOWN["unknown"], Pace(None))
    engine.write("\x1b[?25l\x1b[1;1H\x1b[31ma b\x1b[0m\x1b[32m \x1b[0m\x1b[31mc\x1b[0m\x1b[1;1H")
    frame = engine.next_frame(0.0)
    terminal.feed(frame)
    assert terminal.text() == ["a b c"]
    assert frame.count("31") == 1
    assert "32" not in frame
