"""What stands in one cell of a table, and how it is made to fit: names lose their middle, numbers lose nothing."""

from __future__ import annotations

from typing import NamedTuple

from widgets.text import cell_width, cut, pad

__all__ = ["Cell", "as_cell", "fit", "shorten_end", "shorten_middle"]


class Cell(NamedTuple):
    """A text and how it looks: theme tokens without the dollar sign, separated by spaces, e.g. ``"state-bad bold"``."""

    text: str
    style: str = ""


def as_cell(value: str | Cell) -> Cell:
    """A plain string is a cell without a style of its own."""
    return value if isinstance(value, Cell) else Cell(value)


def shorten_end(text: str, width: int, ellipsis: str = "…") -> str:
    """At most ``width`` cells; where something is lost the last one is the ellipsis."""
    if cell_width(text) <= width:
        return text
    return cut(text, width - 1) + ellipsis if width > 0 else ""


def shorten_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """At most ``width`` cells; the beginning and the end stay (``checkout-…-7f9c``), since both tell names apart."""
    if cell_width(text) <= width:
        return text
    if width < 5:
        return shorten_end(text, width, ellipsis)
    tail_width = (width - 1) * 2 // 5
    tail = cut(text[::-1], tail_width)[::-1]
    return cut(text, width - 1 - cell_width(tail)) + ellipsis + tail


def fit(text: str, width: int, align: str, shorten: str, ellipsis: str = "…") -> str:
    """``text`` made exactly ``width`` cells wide."""
    if cell_width(text) > width:
        text = shorten_middle(text, width, ellipsis) if shorten == "middle" else shorten_end(text, width, ellipsis)
    return pad(text, width, align)
