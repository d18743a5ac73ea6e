"""What is no drawing goes out whole, in order and before what is drawn; a slow line neither loses nor repeats it."""

from __future__ import annotations

import pytest

from tests.unit.terminal_emulator import Emulator
from tui.terminal.abilities import KNOWN, Abilities
from tui.terminal.engine import ASK, SYNC_BYTES, SYNC_END, SYNC_START, Engine
from tui.terminal.pace import Pace

#: its name and version (XTVERSION, DA2), and whether it has side margins (DECRQM)
NAME, MARGINS = "\x1b[>q\x1b[>c", "\x1b[?69$p"
INLINE = {
    "clipboard": "\x1b]52;c;Y29waWVk\x07",
    "clipboard through screen": "\x1bP\x1b]52;c;Y29waWVk\x07\x1b\\",
    "title": "\x1b]0;pierhead\x07",
    "mouse": "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h",
    "kitty keys": "\x1b[>1u",
    "kitty keys end": "\x1b[<u",
    "cursor shape": "\x1b[4 q",
    "pointer shape": "\x1b]22;pointer\x07",
    "pastes": "\x1b[?2004h",
    "focus reports": "\x1b[?1004h",
    "size reports": "\x1b[?2048h",
    "bell": "\x07",
}


def drawn(abilities: Abilities | None = None) -> Engine:
    """A screen that is shown and answered."""
    engine = Engine(40, 10, abilities or Abilities(), Pace(None))
    engine.write("\x1b[?25l\x1b[1;1Hstart\x1b[1;1H")
    answered(engine, engine.next_frame(0.0), 0.1)
    return engine


def answered(engine: Engine, frame: str, now: float) -> None:
    terminal = Emulator(40, 10)
    terminal.feed(frame)
    for answer in terminal.answers:
        engine.replied(answer, now)


@pytest.mark.parametrize("name", [name for name in INLINE if name != "clipboard through screen"])
def test_it_passes_whole_cut_anywhere_and_draws_nothing(name: str) -> None:
    sequence = INLINE[name]
    for cut in range(1, len(sequence) + 1):
        engine = drawn()
        engine.write("\x1b[3;4Hab" + sequence[:cut])
        engine.write(sequence[cut:] + "cd\x1b[1;1H")
        frame = engine.next_frame(1.0)
        assert frame.startswith(sequence)
        assert frame.count(sequence) == 1 and "abcd" in frame


def test_all_of_it_keeps_its_order_while_no_frame_may_go() -> None:
    engine = drawn()
    engine.write("\x1b[2;1Hon its way\x1b[1;1H")
    first = engine.next_frame(1.0)
    for sequence in INLINE.values():
        engine.pass_on(sequence)
        assert engine.next_frame(1.1) == ""
    answered(engine, first, 1.2)
    frame = engine.next_frame(1.2)
    assert frame.startswith("".join(INLINE.values()))
    assert frame.count(ASK) == 1, "what was passed on may have moved nothing, but is answered for like any frame"
    answered(engine, frame, 1.3)
    assert not engine.due


def test_synchronised_output_is_the_drivers_own() -> None:
    """Textual wraps each update in it; a merged frame needs one, where the terminal has it and the frame is long."""
    engine = drawn(Abilities(sync=True))
    text = "".join(chr(97 + column % 26) for column in range(40))
    for turn in range(3):
        engine.write(
            SYNC_START + "".join(f"\x1b[{y};1H{text[turn:]}{text[:turn]}" for y in range(1, 11)) + "\x1b[1;1H" + SYNC_END
        )
    frame = engine.next_frame(1.0)
    assert len(frame) < SYNC_BYTES and SYNC_START not in frame
    answered(engine, frame, 1.1)
    for y in range(1, 11):
        engine.write(f"{SYNC_START}\x1b[{y};1H" + "".join(f"\x1b[3{n % 8}m{y % 10}{n % 10}\x1b[0m" for n in range(20)) + SYNC_END)
    engine.write("\x1b[1;1H")
    frame = engine.next_frame(2.0)
    assert (frame.count(SYNC_START), frame.count(SYNC_END)) == (1, 1)
    engine = drawn()
    engine.write(f"{SYNC_START}\x1b[2;1Hx\x1b[1;1H{SYNC_END}")
    assert "2026" not in engine.next_frame(1.0)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("unknown", NAME + MARGINS),
        ("xterm", NAME + MARGINS),
        ("PuTTY", NAME + MARGINS),
        ("tmux", NAME),  # whatever stands behind it has no say
        ("screen", NAME),
        ("mosh", NAME),
        ("macOS Terminal", ""),  # these two would draw what they do not understand
        ("Linux console", ""),
    ],
)
def test_a_terminal_is_asked_what_it_can_be_asked_and_each_how_wide_it_draws(name: str, asked: str) -> None:
    greeting = Engine(40, 10, KNOWN[name], Pace(None)).greeting()
    assert greeting.startswith(asked + "\x1b[2;1H●" + ASK)
    assert greeting.endswith("\x1b[2;1H\x1b[K"), "what was measured is wiped away"


def test_tabs_stand_at_every_eighth_column() -> None:
    engine, terminal = drawn(), Emulator(40, 10)
    engine.write("\x1b[2;3H\ta\tb\x1b[1;1H")
    terminal.feed(engine.next_frame(1.0))
    assert terminal.text()[1] == "        a       b"


def test_a_link_ends_where_it_ended_and_is_set_anew_when_only_it_changes() -> None:
    engine, terminal = drawn(), Emulator(40, 10)
    for number in (1, 2):
        address = f"id={number};https://{number}.example"
        engine.write(f"\x1b[2;1H\x1b]8;{address}\x1b\\here\x1b]8;;\x1b\\ there\x1b[1;1H")
        frame = engine.next_frame(float(number))
        assert frame.count(f"\x1b]8;{address}\x1b\\") == 1
        terminal.feed(frame)
        answered(engine, frame, number + 0.5)
        linked, plain = terminal.buffer[1][0], terminal.buffer[1][5]
        assert linked.fg.endswith(address) and "example" not in plain.fg


def test_the_cursor_is_shown_where_textual_left_it() -> None:
    engine, terminal = drawn(), Emulator(40, 10)
    engine.write("\x1b[4;7H\x1b[?25h")
    frame = engine.next_frame(1.0)
    terminal.feed(frame)
    assert (terminal.cursor.x, terminal.cursor.y, terminal.cursor.hidden) == (6, 3, False)
    assert frame.index(ASK) < frame.rindex("\x1b[4;7H"), "it ends where it is wanted, not where the answer was asked from"
