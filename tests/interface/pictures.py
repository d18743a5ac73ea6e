"""Golden pictures: SVG in ``screenshots/`` that the tests compare and the README shows. ``make pictures`` writes them."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

from textual.app import App

from tests.interface.side_by_side import Frames, Terminals

FOLDER = Path(__file__).parents[2] / "screenshots"
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
#: the terminals that each picture is also drawn in, and what the app wrote; None where there is no tmux
drivers: tuple[Terminals, Frames] | None = None
_TEXT = re.compile(r'<text [^>]*y="([\d.]+)"[^>]*>(.*?)</text>')


def drawn(app: App[int], title: str) -> str:
    """The screen as SVG, without addresses of fonts."""
    svg = app.export_screenshot(title=title)
    svg = _FONT.sub("", svg).replace("Fira Code, monospace", "monospace")
    return re.sub(r"terminal-\d+", "terminal", svg)


def words(svg: str) -> list[str]:
    """The text of a picture, line by line."""
    lines: dict[float, list[str]] = {}
    for y, text in _TEXT.findall(svg):
        lines.setdefault(float(y), []).append(html.unescape(text).replace("\xa0", " "))
    return ["".join(parts).rstrip() for _, parts in sorted(lines.items())]


def picture(app: App[int], name: str) -> None:
    """Compare the screen with ``screenshots/NAME.svg``, or write it; and what both drivers make of it with each other."""
    if drivers is not None:
        both, frames = drivers
        written = frames.taken()
        both.compare(name, frames.size, written)
        frames.emulated.compare(name, written)
    svg = drawn(app, "pierhead")
    path = FOLDER / f"{name}.svg"
    if os.environ.get("PIERHEAD_PICTURES") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(svg, encoding="utf-8")
        return
    assert path.exists(), f"there is no {path.name}: make pictures writes it"
    kept = path.read_text(encoding="utf-8")
    if kept != svg:
        old, new = words(kept), words(svg)
        different = [f"- {a}\n+ {b}" for a, b in zip(old, new, strict=False) if a != b]
        told = "\n".join(different[:12]) or "the words are the same: colours or sizes differ"
        raise AssertionError(f"{path.name} is another picture now (make pictures, then look at it):\n{told}")
