"""The ``/`` line: words to a test of rows.

``text`` (a regular expression where it is one, else plain, without regard to case), ``!text`` inverse, ``-f text`` fuzzy,
``-l name=value`` labels and tags, ``column:value`` one column; several are joined by blanks and all must hold.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from tui.model import Row
from tui.panes.base import Pane, PaneColumn, PaneContext

Test = Callable[[Row], bool]


class FilterError(ValueError):
    """A filter that cannot be; ``str()`` is the sentence for the prompt."""


def words_of(text: str) -> list[str]:
    """Split at blanks, quotes kept together; an open quote is taken as it is."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def parse(text: str, pane: Pane, context: Callable[[], PaneContext]) -> Test | None:
    """The test that ``text`` means on rows of ``pane``; None where it is empty. Raises FilterError."""
    words = words_of(text.strip())
    tests: list[Test] = []
    while words:
        word = words.pop(0)
        if word in ("-l", "-f"):
            if not words:
                raise FilterError(f"{word} wants a word after it: {'-l app=web' if word == '-l' else '-f chkout'}")
            value = words.pop(0)
            tests.append(label_test(value, pane) if word == "-l" else fuzzy_test(value, pane, context))
            continue
        inverse = word.startswith("!") and len(word) > 1
        test = word_test(word[1:] if inverse else word, pane, context)
        tests.append(negated(test) if inverse else test)
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def negated(test: Test) -> Test:
    """The inverse of ``test``."""
    return lambda row: not test(row)


def word_test(word: str, pane: Pane, context: Callable[[], PaneContext]) -> Test:
    """One word: ``column:value`` where there is such a column, else text anywhere in the row."""
    name, colon, value = word.partition(":")
    column = find_column(name, pane) if colon else None
    if column is not None:
        match = matcher(value)
        return lambda row: match(cell_text(column, row, context()))
    match = matcher(word)
    return lambda row: match(haystack(row, pane, context()))


def find_column(name: str, pane: Pane) -> PaneColumn | None:
    """The column whose id or title begins with ``name``, exact ones first."""
    wanted = name.lower()
    exact = next((c for c in pane.columns if wanted in (c.id, c.title.lower())), None)
    return exact or next((c for c in pane.columns if len(wanted) > 1 and c.title.lower().startswith(wanted)), None)


def matcher(text: str) -> Callable[[str], bool]:
    """A regular expression where it is one, else plain text; without regard to case."""
    if not set(text) & set("\\^$.|?*+()[]{}"):
        lower = text.lower()
        return lambda hay: lower in hay.lower()
    import regex  # the first frame has no filter

    try:
        pattern = regex.compile(text, regex.IGNORECASE)
    except regex.error:
        lower = text.lower()
        return lambda hay: lower in hay.lower()

    def match(hay: str) -> bool:
        try:
            return pattern.search(hay, timeout=0.05) is not None
        except TimeoutError:
            return False

    return match


def label_test(text: str, pane: Pane) -> Test:
    """``name=value``, ``name!=value`` or ``name``; several with commas."""
    wanted: list[tuple[str, str, str]] = []
    for part in text.split(","):
        for sign in ("!=", "==", "="):
            if sign in part:
                name, value = part.split(sign, 1)
                wanted.append((name, "!=" if sign == "!=" else "=", value))
                break
        else:
            wanted.append((part, "has", ""))

    def test(row: Row) -> bool:
        labels = pane.labels(row)
        return all(
            (name in labels) if sign == "has" else (labels.get(name) == value) is (sign == "=") for name, sign, value in wanted
        )

    return test


def fuzzy_test(text: str, pane: Pane, context: Callable[[], PaneContext]) -> Test:
    """The letters of ``text`` in this order, anything between."""
    import regex

    pattern = regex.compile(".*?".join(regex.escape(letter) for letter in text), regex.IGNORECASE)
    return lambda row: pattern.search(f"{pane.scope_name(row)}/{row.name}") is not None


def cell_text(column: PaneColumn, row: Row, context: PaneContext) -> str:
    """A cell's text."""
    cell: Any = column.cell(row, context)
    return cell if isinstance(cell, str) else str(cell.text)


def haystack(row: Row, pane: Pane, context: PaneContext) -> str:
    """What plain text is looked for in: scope, name, status, tags, image, reason."""
    parts = [pane.scope_name(row), row.name]
    for field in ("status", "last_status", "sentence", "message", "group", "node", "event_reason"):
        value = getattr(row, field, "")
        if value:
            parts.append(str(value))
    parts += getattr(row, "image_tags", ())
    parts += [ref.short for ref in getattr(row, "images", ())]
    reason = context.store.reason(row)
    if reason:
        parts.append(reason)
    return "/".join(parts[:2]) + " " + " ".join(parts[2:])
