"""One row as bytes: style by style where that is shorter, whatever stands behind an unsure cluster after it."""

from __future__ import annotations

import pytest

from tests.unit.terminal_emulator import Emulator
from tui.terminal.abilities import KNOWN, Abilities
from tui.terminal.engine import Engine
from tui.terminal.pace import Pace

TEXT, BAD, MUTED = "38;2;215;221;230", "38;2;255;138;128", "38;2;160;171;186"
GROUND, BAR = "48;2;18;22;28", "48;2;43;58;79"
#: a row of the list of pods at 200 columns: texts and their colours
POD = (
    (" ", TEXT), ("✖ ", BAD), ("cart          cart-84bbb9d857-fm5kn       ", TEXT), ("  0/1  CrashLoopBackOff   ", BAD),
    ("  14  ", TEXT), ("    -     -      -     -  ", MUTED),
    ("10.0.32.22       ip-10-0-1-14.eu-west-1.compute.internal  365d  ", TEXT), ('exit 1: "REDIS_URL is not set", …', TEXT),
)  # fmt: skip


def row(y: int, ground: str, sign: str = " ") -> str:
    """The row as Textual writes it, each style set anew."""
    pieces = ((sign, "1;" + TEXT), *POD[1:]) if sign != " " else POD
    return f"\x1b[{y};1H" + "".join(f"\x1b[{style};{ground}m{text}\x1b[0m" for text, style in pieces)


class Line:
    """An engine and what its bytes make a terminal show."""

    def __init__(self, columns: int, rows: int, abilities: Abilities) -> None:
        self.engine = Engine(columns, rows, abilities, Pace(None))
        self.thin = Emulator(columns, rows, margins_known=abilities.margins, background=abilities.erase_colour)
        self.plain = Emulator(columns, rows)
        self.plain.feed("\x1b[?7l")
        self.now = 0.0

    def draw(self, text: str) -> str:
        """One frame, answered at once; what was sent."""
        self.now += 1
        self.engine.write(text)
        self.plain.feed(text)
        sent = self.engine.next_frame(self.now)
        self.thin.feed(sent)
        for answer in self.thin.answers:
            self.engine.replied(answer, self.now)
        self.thin.answers.clear()
        return sent


@pytest.mark.parametrize("abilities", KNOWN.values(), ids=KNOWN)
def test_the_cursor_one_row_down_sets_each_style_once_and_draws_the_same(abilities: Abilities) -> None:
    line = Line(200, 12, abilities)
    line.draw("\x1b[?25l" + "".join(row(y, GROUND) for y in range(1, 13)) + "\x1b[1;1H")
    line.draw(row(4, BAR, "›") + "\x1b[1;1H")
    for y in range(5, 10):
        sent = line.draw(row(y - 1, GROUND) + row(y, BAR, "›") + "\x1b[1;1H")
        assert line.thin.text() == line.plain.text()
        assert line.thin.picture() == line.plain.picture()
        # red and grey once for each of the two rows, the text's colour once more at most
        assert (sent.count(BAD), sent.count(MUTED)) in ((2, 1), (1, 2), (2, 2), (1, 1))
        assert sent.count("\x1b[38;2") + sent.count(";38;2") <= 5
        if abilities.repeat == "any" and abilities.erase_colour:
            assert len(sent.encode()) <= 600


def test_what_stands_behind_an_unsure_cluster_is_written_after_it() -> None:
    line = Line(80, 3, KNOWN["xterm"])
    styles = [f"38;2;{n};0;0" for n in (1, 2)]
    parts = [("abcdefgh", 0), ("▶", 1), ("ijklmnop", 0), ("▶", 1), ("qrstuvwx", 0), ("end", 1)]
    frame = "\x1b[1;1H" + "".join(f"\x1b[{styles[style]}m{text}\x1b[0m" for text, style in parts)
    line.draw("\x1b[?25l" + "\x1b[2;1Hx\x1b[1;1H")
    sent = line.draw(frame + "\x1b[1;1H")
    assert line.thin.text() == line.plain.text()
    places = [sent.index(text) for text in ("abcdefgh", "ijklmnop", "qrstuvwx")]
    assert places[0] < sent.index("▶") < places[1] < sent.rindex("▶") < places[2]


def test_a_changed_unsure_cluster_brings_its_neighbour_along() -> None:
    line = Line(20, 2, KNOWN["xterm"])
    line.draw("\x1b[?25l\x1b[1;1Ha ▶bcd\x1b[1;1H")
    sent = line.draw("\x1b[1;1Ha ◀bcd\x1b[1;1H")
    assert "b" in sent and "d" not in sent.replace("\x1b[", "")
    assert line.thin.text()[0] == "a ◀bcd"


def test_where_the_styles_are_short_nothing_is_torn_apart() -> None:
    line = Line(80, 3, KNOWN["xterm"])
    line.draw("\x1b[?25l\x1b[1;1Hx\x1b[1;1H")
    words = [f"w{n}, ten long" for n in range(6)]
    sent = line.draw("\x1b[1;1H" + "".join(f"\x1b[{31 + n % 2}m{word} \x1b[0m" for n, word in enumerate(words)) + "\x1b[1;1H")
    places = [sent.index(word) for word in words]
    assert places == sorted(places)
    assert line.thin.picture() == line.plain.picture()
