"""tmux as a second judge: of the emulator that judges the driver, and of every golden picture."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.contract import tmux
from tests.unit.terminal_emulator import Emulator
from tui.terminal.abilities import KNOWN, Abilities
from tui.terminal.engine import Engine
from tui.terminal.pace import Pace

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
RECT = re.compile(r'<rect fill="#(\w{6})" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"')
TEXT = re.compile(r'<text class="terminal-r(\d+)" x="([\d.]+)" [^>]*clip-path="url\(#terminal-line-(\d+)\)">(.*?)</text>')
RULE = re.compile(r"\.terminal-r(\d+) \{ fill: #(\w{6});?([^}]*)\}")
CELL = (12.2, 24.4)
MARKS = {"font-weight: bold": "1", "font-style: italic": "3", "text-decoration: underline": "4", "line-through": "9"}

needs_tmux = pytest.mark.skipif(not tmux.present(), reason="there is no tmux")


def colour(code: str) -> str:
    return ";".join(str(int(code[at : at + 2], 16)) for at in (0, 2, 4))


def golden(name: str) -> tuple[int, int, str]:
    """A golden picture as columns, rows and what Textual's driver writes for it."""
    svg = (SCREENSHOTS / f"{name}.svg").read_text(encoding="utf-8")
    styles = {
        number: ";".join([f"38;2;{colour(fill)}", *(code for word, code in MARKS.items() if word in rest)])
        for number, fill, rest in RULE.findall(svg)
    }
    group = svg[svg.index('clip-path="url(#terminal-clip-terminal)"') :]
    texts = {
        (round(float(x) / CELL[0]), int(line)): (styles[rule], html.unescape(text)) for rule, x, line, text in TEXT.findall(group)
    }
    cells: dict[tuple[int, int], tuple[str, int]] = {}
    for fill, x, y, size in RECT.findall(group):
        cells[round(float(x) / CELL[0]), round((float(y) - 1.5) / CELL[1])] = (colour(fill), round(float(size) / CELL[0]))
    columns = max(x + size for (x, _), (_, size) in cells.items())
    rows = max(y for _, y in cells) + 1
    written = []
    for (x, y), (background, size) in sorted(cells.items(), key=lambda item: (item[0][1], item[0][0])):
        style, text = texts.get((x, y), ("", ""))
        text = text.replace("\xa0", " ").ljust(size)
        written.append(f"\x1b[{y + 1};{x + 1}H\x1b[{style + ';' if style else ''}48;2;{background}m{text}\x1b[0m")
    return columns, rows, "".join(written)


NAMES = sorted(path.stem for path in SCREENSHOTS.glob("*.svg"))
SIZES = sorted({(int(match[1]), int(match[2])) for name in NAMES if (match := re.search(r"(\d+)x(\d+)$", name))})


def test_every_golden_picture_is_drawn_here() -> None:
    assert NAMES
    assert {name for columns, rows in SIZES for name in NAMES if name.endswith(f"{columns}x{rows}")} == set(NAMES)
    for name in NAMES:
        assert golden(name)[:2] == tuple(map(int, name.rpartition("-")[2].split("x"))), name


def sent(engine: Engine, frame: str, now: float) -> str:
    """What the thin driver sends for a frame, its request answered at once."""
    engine.write(frame + "\x1b[1;1H")
    text = engine.next_frame(now)
    engine.replied(f"\x1b[{engine.wanted.height};{1 + engine.number % 16}R", now)
    return text


@pytest.mark.parametrize(
    "abilities", [Abilities(), KNOWN["xterm"], KNOWN["tmux"], KNOWN["screen"], KNOWN["Linux console"]], ids=lambda a: a.name
)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_from_each_golden_picture_to_the_next_in_the_emulator(size: tuple[int, int], abilities: Abilities) -> None:
    columns, rows = size
    thin = Emulator(columns, rows, margins_known=abilities.margins, background=abilities.erase_colour)
    engine = Engine(columns, rows, abilities, Pace(None))
    for turn, name in enumerate(name for name in NAMES if name.endswith(f"{columns}x{rows}")):
        _, _, frame = golden(name)
        thin.feed(sent(engine, frame, turn * 1.0))
        plain = Emulator(columns, rows)
        plain.feed("\x1b[?7l" + frame)
        assert thin.text() == plain.text(), name
        assert thin.picture() == plain.picture(), name


@needs_tmux
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_picture_from_tmux_equals_one_from_the_plain_driver(size: tuple[int, int]) -> None:
    columns, rows = size
    names = [name for name in NAMES if name.endswith(f"{columns}x{rows}")]
    engine = Engine(columns, rows, KNOWN["tmux"], Pace(None))
    with tmux.pane(columns, rows) as pane:
        plain = {}
        for name in names:
            pane.clear()
            pane.write(golden(name)[2])
            plain[name] = pane.shown()
        pane.write("\x1b[44mleft over")
        for turn, name in enumerate(names):
            pane.write(sent(engine, golden(name)[2], turn * 1.0))
            shown = pane.shown()
            assert shown.text() == plain[name].text(), name
            assert shown.picture() == plain[name].picture(), name


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
