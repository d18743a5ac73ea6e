"""How one line of a log becomes rows on the screen: time, source in its colour, text, breaks, search hits. No widget."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import NamedTuple

from widgets.cells import shorten_middle
from widgets.json_line import json_line
from widgets.log_folds import FEWEST, fold_words, has_frame
from widgets.rows import Drawn, marked, part_of, word_breaks, wrapped
from widgets.text import cell_width, clean, clean_line, pad, without_colors

__all__ = ["SOURCE_TOKENS", "LogEntry", "LogLook", "folded_row", "rows_of"]

#: Tokens that sources take in turn; none of them is a state's colour, which a reader would take for a state.
SOURCE_TOKENS = ("source-1", "source-2", "source-3", "source-4", "source-5", "source-6")
_LEVEL = re.compile(r"\b(?:(FATAL|ERROR|CRITICAL|PANIC)|(WARN(?:ING)?))\b", re.IGNORECASE)
_MOST_CHARACTERS = 16_384
_LONGEST_SEARCH_S = 0.02
_WIDEST_SOURCE = 28
_NARROWEST_WITH_TIMES = 48
_MOST_BROKEN_BY_WORDS = 2000


class LogEntry(NamedTuple):
    """One line: epoch nanoseconds, who wrote it, what, and ``line``, ``gap``, ``error`` or ``note``."""

    time: int
    source: str
    text: str
    kind: str = "line"


class LogLook(NamedTuple):
    """What decides how lines are drawn, beside the lines."""

    width: int
    wrap: bool = False
    timestamps: bool = True
    source_width: int = 0
    pattern: re.Pattern[str] | None = None
    zone: tzinfo | None = None
    raw: bool = False
    folded: bool = True


def rows_of(entry: LogEntry, look: LogLook, source_token: Callable[[str], str], *, current: bool = False) -> list[list[Drawn]]:
    """The rows of one line. ``current`` says that the search stands here."""
    if entry.kind == "gap":
        return [_ruled(clean(entry.text), look.width, "muted")]
    prefix = _prefix(entry, look, source_token)
    raw = entry.text[:_MOST_CHARACTERS]
    shown = raw if look.raw else json_line(raw) or raw
    if "\n" not in shown:
        return _shown(entry, prefix, shown, look, current)
    # one event of several lines: a stack trace that its driver has gathered
    head, *rest = shown.rstrip("\n").split("\n")
    rows = _shown(entry, prefix, head, look, current)
    room = [(" " * sum(cell_width(piece) for piece, _ in prefix), "")]
    if look.folded and len(rest) >= FEWEST and not current:
        rows.append([*room, (fold_words(len(rest), trace=any(map(has_frame, rest))), "muted")])
        return rows
    for line in rest:
        rows += _shown(entry, room, line, look, current)
    return rows


def folded_row(count: int, entry: LogEntry, look: LogLook, source_token: Callable[[str], str]) -> list[Drawn]:
    """The row that stands for ``count`` lines of which ``entry`` is the first."""
    prefix = _prefix(entry, look, source_token)
    return [(" " * sum(cell_width(piece) for piece, _ in prefix), ""), (fold_words(count), "muted")]


def _hits(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Where the search matches; nothing where that takes too long, for the screen waits for it."""
    import regex  # only where somebody searches

    try:
        hits = regex.finditer(pattern.pattern, text, pattern.flags & re.IGNORECASE, timeout=_LONGEST_SEARCH_S)
        return [hit.span() for hit in hits if hit.end() > hit.start()]
    except (TimeoutError, regex.error):
        return []


def _shown(entry: LogEntry, prefix: list[Drawn], text: str, look: LogLook, current: bool) -> list[list[Drawn]]:
    text = clean_line(without_colors(text))
    body = _body(entry, text)
    if look.pattern is not None:
        token = "reverse bold" if current else "reverse"
        spans = [(start, end, token) for start, end in _hits(look.pattern, text)]
        body = marked(body, spans) if spans else body
    if not look.wrap:
        return [prefix + body]
    indent = sum(cell_width(piece) for piece, _ in prefix)
    if indent > look.width // 2:
        indent = 0
    return _broken(prefix, body, text, look.width, indent)


def separator(label: str, width: int) -> list[Drawn]:
    """A mark that the reader has set."""
    return _ruled(label, width, "bold")


def _ruled(text: str, width: int, token: str) -> list[Drawn]:
    head = f"── {text} "
    return [(head + "─" * max(2, width - cell_width(head)), token)]


def _prefix(entry: LogEntry, look: LogLook, source_token: Callable[[str], str]) -> list[Drawn]:
    prefix: list[Drawn] = []
    if look.timestamps and look.width >= _NARROWEST_WITH_TIMES:
        prefix.append((clock_text(entry.time, look.zone) + "  ", "muted"))
    if look.source_width:
        width = min(look.source_width, _WIDEST_SOURCE, max(4, look.width // 3))
        source = pad(shorten_middle(clean(entry.source), width), width)
        prefix.append((source + "  ", source_token(entry.source)))
    return prefix


def _body(entry: LogEntry, text: str) -> list[Drawn]:
    """The text, its level coloured: the word alone, since a screen of red lines says no more than one of red words."""
    if entry.kind in ("error", "note"):
        return [(text, "state-bad" if entry.kind == "error" else "muted")]
    level = _LEVEL.search(text[:200])
    if level is None:
        return [(text, "")]
    token = "state-bad" if level.group(1) else "state-warn"
    return [(text[: level.start()], ""), (level.group(), token), (text[level.end() :], "")]


def _broken(prefix: list[Drawn], body: list[Drawn], text: str, width: int, indent: int) -> list[list[Drawn]]:
    """The first row with the prefix, the others indented under the text."""
    first_room = max(1, width - sum(cell_width(piece) for piece, _ in prefix))
    if indent:
        breaks = word_breaks if len(text) < _MOST_BROKEN_BY_WORDS else wrapped
        starts = breaks(text, max(2, first_room))
    else:
        starts = _uneven(text, first_room, width)
    rows: list[list[Drawn]] = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        head = list(prefix) if number == 0 else ([(" " * indent, "")] if indent else [])
        rows.append(head + part_of(body, start, end))
    return rows


def _uneven(text: str, first_room: int, width: int) -> list[int]:
    """Break positions where only the first row has less room."""
    starts = wrapped(text, first_room)[:2]
    if len(starts) < 2:
        return starts
    return [0, *(starts[1] + start for start in wrapped(text[starts[1] :], max(1, width)))]


_seconds: dict[tuple[int, tzinfo | None], str] = {}


def clock_text(time_ns: int, zone: tzinfo | None) -> str:
    """``14:03:58.112`` in ``zone`` (None: the machine's own)."""
    second, rest = divmod(time_ns, 1_000_000_000)
    text = _seconds.get((second, zone))
    if text is None:
        if len(_seconds) > 4096:
            _seconds.clear()
        try:
            text = datetime.fromtimestamp(second, zone).strftime("%H:%M:%S")
        except (ValueError, OverflowError, OSError):  # a time that no calendar has, from a broken source
            text = "--:--:--"
        _seconds[second, zone] = text
    return f"{text}.{rest // 1_000_000:03d}"
