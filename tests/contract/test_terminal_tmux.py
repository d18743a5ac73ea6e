"""tmux as a judge of the emulator that judges the driver. Of each golden picture too: ``tests/interface/side_by_side.py``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract import tmux
from tests.unit.terminal_emulator import Emulator
from tui.terminal.abilities import KNOWN
from tui.terminal.engine import Engine
from tui.terminal.pace import Pace

needs_tmux = pytest.mark.skipif(not tmux.present(), reason="there is no tmux")


#: what the driver may send, and what tmux knows of it
SEQUENCES = {
    "repeat": "\x1b[2;3Hx\x1b[5b\x1b[31;44m \x1b[4b",
    "scroll up in a region": "\x1b[2;6r\x1b[2S\x1b[r",
    "scroll down in a region": "\x1b[2;6r\x1b[T\x1b[r",
    "delete lines": "\x1b[2;6r\x1b[3;1H\x1b[2M\x1b[r",
    "insert lines": "\x1b[2;6r\x1b[3;1H\x1b[L\x1b[r",
    "erase characters": "\x1b[3;2H\x1b[4X",
    "erase to the end": "\x1b[4;5H\x1b[K",
    "erase from the start": "\x1b[4;5H\x1b[1K",
    "erase below": "\x1b[5;3H\x1b[J",
    "half of a wide character": "\x1b[2;1H文文文\x1b[2;2Hx\x1b[2;5Hy",
    "a wide character over two halves": "\x1b[2;1H文文文\x1b[2;2H界",
    "the last column": "\x1b[3;19Habcdef",
    "tabs": "\x1b[2;3H\ta\tb",
    "backspace and return": "\x1b[2;3Habc\b\bx\rstart",
    "marks": "\x1b[2;1H\x1b[1ma\x1b[22;4mb\x1b[24;7mc\x1b[27;9md\x1b[29;3me\x1b[0;2mf\x1b[22mg",
    "colours": "\x1b[2;1H\x1b[31ma\x1b[92mb\x1b[38;5;100mc\x1b[38;2;1;2;3md\x1b[39me\x1b[44mf\x1b[104mg\x1b[48;2;3;2;1mh",
    "combining": "\x1b[2;1He\u0301x",
}


@needs_tmux
def test_the_emulator_draws_as_tmux_does() -> None:
    columns, rows = 20, 7
    base = "".join(f"\x1b[{y + 1};1H{chr(97 + y) * columns}" for y in range(rows))
    with tmux.pane(columns, rows) as pane:
        for name, sequence in SEQUENCES.items():
            emulator = Emulator(columns, rows, margins_known=False)
            emulator.feed("\x1b[?7l" + base + "\x1b[H" + sequence)
            pane.clear()
            pane.write(base + "\x1b[H" + sequence)
            shown = pane.shown()
            assert shown.text() == emulator.text(), name
            assert shown.picture() == emulator.picture(), name


def drawing() -> tuple[str, str]:
    """A frame with every kind of sequence, and the sequence that repaints it whole."""
    engine = Engine(40, 8, replace(KNOWN["xterm"], margins=False), Pace(None))
    engine.write("\x1b[?25l" + "".join(f"\x1b[{y + 1};1H\x1b[3{y % 7}mrow {y} {'=' * 20} \x1b[0m" for y in range(8)))
    engine.next_frame(0.0)
    engine.replied("\x1b[8;40R", 0.1)
    link = "\x1b]8;id=1;https://a.example\x1b\\linked\x1b]8;;\x1b\\"
    engine.write("".join(f"\x1b[{y + 1};1H\x1b[3{(y + 1) % 7}mrow {y + 1} {'=' * 20} \x1b[0m" for y in range(8)))
    engine.write(f"\x1b[8;1H\x1b[38;2;1;2;3;44m文字 ✖ é\x1b[0m{link}\x1b]2;a title\x07\x1b[1;1H")
    frame = engine.next_frame(1.0)
    engine.replied("\x1b[8;3R", 1.1)
    engine.repaint_all()
    return frame, engine.next_frame(2.0)


@needs_tmux
def test_output_that_was_cut_anywhere_is_painted_over() -> None:
    frame, again = drawing()
    assert all(part in frame for part in ("\x1b[M", "\x1b]8;", "\x1b]2;", "38;2;", "文")), repr(frame)
    data = frame.encode()
    with tmux.pane(40, 8) as pane:
        pane.write(again)
        whole = pane.shown()
        assert whole.text()[0].startswith("row 1 ===")
        for cut in range(1, len(data), 7):
            pane.send(data[:cut])
            pane.write(again)
            shown = pane.shown()
            assert shown.text() == whole.text(), data[:cut]
            assert shown.picture() == whole.picture(), data[:cut]
