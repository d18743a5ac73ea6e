"""Whatever is drawn, however slowly it is taken: the terminal shows exactly what Textual's plain driver makes it show."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.unit.terminal_emulator import Emulator
from tui.terminal.abilities import Abilities
from tui.terminal.engine import Engine
from tui.terminal.pace import Pace

EXAMPLES = examples(200, 4000)
#: one choice each: a list of characters would be many, and drawing is most of what an example costs
ACCENTED = "ê"
TEXTS = st.text(f"abcXYZ01 é─●│文界😀▶한{ACCENTED}", min_size=1, max_size=12).map(lambda text: text.replace(ACCENTED, "e\u0301"))
RUNS = st.sampled_from(["", "", "", "", " ", "─", "x", "文"])
STYLES = (
    "", "1", "2", "3", "4", "7", "9", "53", "31", "38;2;1;2;3", "44", "48;2;9;9;9", "1;31;44", "4;48;2;9;9;9", "2;38;5;12", "1;2",
)  # fmt: skip
LINKS = ("", "", "", "id=1;https://a.example", "id=2;https://b.example/x")
LOOKS = st.sampled_from([(style, link) for link in LINKS for style in STYLES])
KINDS = st.lists(st.sampled_from(["lines", "lines", "scroll", "scroll pane", "other"]), min_size=1, max_size=6)


@dataclass
class Strip:
    """Cells of one style that fit a width."""

    text: str
    style: str
    link: str

    def render(self) -> str:
        """As Textual's ``Strip.render_style`` writes it."""
        text = f"\x1b[{self.style}m{self.text}\x1b[0m" if self.style else self.text
        return f"\x1b]8;{self.link}\x1b\\{text}\x1b]8;;\x1b\\" if self.link else text


def width(text: str) -> int:
    return sum(2 if char in "文界😀한" else (0 if char == "\u0301" else 1) for char in text)


@st.composite
def lines(draw: st.DrawFn, room: int) -> str:
    """Strips that fill ``room`` cells or fewer."""
    parts: list[str] = []
    while room > 0 and (not parts or draw(st.booleans())):
        same = draw(RUNS)
        text = same * draw(st.integers(1, room)) if same else draw(TEXTS)
        while width(text) > room:
            text = text[:-1]
        room -= width(text)
        if text:
            parts.append(Strip(text, *draw(LOOKS)).render())
    return "".join(parts)


@st.composite
def frames(draw: st.DrawFn) -> tuple[int, int, list[str]]:
    """A size and frames: lines anywhere, blocks that move, erasing, cursor movement."""
    columns, rows = draw(st.integers(4, 24)), draw(st.integers(2, 8))
    places = st.integers(0, columns * rows - 1).map(lambda place: divmod(place, columns))
    drawn: list[str] = []
    kinds = draw(KINDS)
    left = draw(st.integers(0, columns - 1))
    size = draw(st.integers(0, rows + 3))
    blocks = {
        kind: (x, draw(st.lists(lines(columns - x), min_size=size, max_size=size)))
        for kind, x in (("scroll", 0), ("scroll pane", left))
        if kind in kinds
    }
    for kind in kinds:
        if kind == "lines":
            frame = ""
            for y, x in draw(st.lists(places, min_size=1, max_size=4)):
                frame += f"\x1b[{y + 1};{x + 1}H" + draw(lines(columns - x)) + "\n"
        elif kind in blocks:
            x, source = blocks[kind]
            top, start = draw(st.integers(0, rows - 1)), draw(st.integers(0, max(size - 1, 0)))
            frame = "\n".join(
                f"\x1b[{y + 1};{x + 1}H{line}\x1b[0m" for y, line in zip(range(top, rows), source[start:], strict=False)
            )
        else:
            y, x = draw(places)
            frame = f"\x1b[{y + 1};{x + 1}H" + draw(OTHERS)
        y, x = draw(places)
        drawn.append(frame + f"\x1b[{y + 1};{x + 1}H")
    return columns, rows, drawn


OTHERS = st.sampled_from(
    ["\x1b[2J", "\x1b[44m\x1b[K\x1b[0m", "\x1b[?25h", "\x1b[?25l", "a\tb", "\x1b]0;title\x07", "\x07", "ab\bc\r"]
)
ABILITIES = st.builds(
    Abilities,
    scroll=st.booleans(),
    margins=st.booleans(),
    repeat=st.sampled_from(["", "ascii", "any"]),
    erase_colour=st.booleans(),
    sync=st.booleans(),
)


class Line:
    """A terminal behind a slow line: takes what a test lets through, answers what it has read."""

    def __init__(self, engine: Engine, terminal: Emulator) -> None:
        self.engine, self.terminal = engine, terminal
        self.now = 0.0
        self.on_the_way = ""

    def turn(self, characters: int) -> None:
        """The driver may send, some of it arrives, answers come back."""
        self.now += 0.1
        if not self.on_the_way:
            self.on_the_way = self.engine.next_frame(self.now)
        part, self.on_the_way = self.on_the_way[:characters], self.on_the_way[characters:]
        self.terminal.feed(part)
        answers, self.terminal.answers = self.terminal.answers, []
        for answer in answers:
            self.engine.replied(answer, self.now)

    def settle(self) -> None:
        """Everything arrives."""
        for _ in range(200):
            self.turn(1 << 20)
            if not self.engine.due and not self.on_the_way:
                return
        raise AssertionError("the driver never comes to rest")


@settings(max_examples=EXAMPLES)
@given(frames(), ABILITIES, st.lists(st.integers(0, 300), min_size=6, max_size=6), st.booleans())
def test_the_terminal_shows_what_the_plain_driver_makes_it_show(
    drawn: tuple[int, int, list[str]], abilities: Abilities, arriving: list[int], dirty: bool
) -> None:
    columns, rows, writes = drawn
    plain = Emulator(columns, rows)
    plain.feed("\x1b[?7l" + "".join(writes))

    terminal = Emulator(columns, rows, margins_known=abilities.margins, background=abilities.erase_colour)
    if dirty:
        terminal.feed("\x1b[44;1mwhat was here before 文文文\r\n" * rows + "\x1b[2;3r")
    engine = Engine(columns, rows, abilities, Pace(None))
    line = Line(engine, terminal)
    for write, characters in zip(writes, arriving, strict=False):
        engine.write(write)
        line.turn(characters)
    line.settle()

    assert terminal.text() == plain.text()
    assert terminal.picture() == plain.picture()
    assert terminal.title == plain.title
    if plain.cursor.hidden is False:
        assert (min(terminal.cursor.x, columns - 1), terminal.cursor.y) == (min(plain.cursor.x, columns - 1), plain.cursor.y)
    assert terminal.cursor.hidden == plain.cursor.hidden
    assert terminal.margins is None and terminal.sides is None


@settings(max_examples=EXAMPLES)
@given(frames(), st.lists(st.tuples(st.integers(4, 40), st.integers(2, 12), st.integers(0, 80)), max_size=8))
def test_any_resizes_between_frames_end_in_the_right_picture(
    drawn: tuple[int, int, list[str]], sizes: list[tuple[int, int, int]]
) -> None:
    columns, rows, writes = drawn
    terminal = Emulator(columns, rows)
    engine = Engine(columns, rows, Abilities(margins=True, repeat="any"), Pace(None))
    line = Line(engine, terminal)
    for (width_, height, characters), write in zip(sizes, writes * 8, strict=False):
        engine.write(write)
        line.turn(characters)
        terminal.margins = None  # a new size does that; written, it would end up within a string that is cut open
        terminal.resize(height, width_)
        engine.resize(width_, height)
    terminal.resize(rows, columns)
    engine.resize(columns, rows)
    whole = "\x1b[0m\x1b[2J" + "".join(writes)
    engine.write(whole)
    line.settle()
    plain = Emulator(columns, rows)
    plain.feed("\x1b[?7l" + whole)
    assert terminal.picture() == plain.picture()


@settings(max_examples=EXAMPLES)
@given(frames(), ABILITIES, st.integers(0, 6), st.integers(0, 3))
def test_a_terminal_smaller_than_it_says_shows_what_it_has_room_for(
    drawn: tuple[int, int, list[str]], abilities: Abilities, narrower: int, lower: int
) -> None:
    columns, rows, writes = drawn
    width_, height = max(4, columns - narrower), max(2, rows - lower)
    plain = Emulator(columns, rows)
    plain.feed("\x1b[?7l" + "".join(writes))
    terminal = Emulator(width_, height, margins_known=abilities.margins, background=abilities.erase_colour)
    engine = Engine(columns, rows, abilities, Pace(None))
    line = Line(engine, terminal)
    for write in writes:
        engine.write(write)
        line.turn(1 << 20)
    line.settle()
    shown, wanted = terminal.picture(), plain.picture()
    # what has no room is written over the last row and column, a wide character over two
    last = rows if height == rows else height - 1
    edge = columns if width_ == columns else width_ - 3
    for y in range(last):
        assert shown[y][:edge] == wanted[y][:edge]
