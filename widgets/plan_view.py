"""A plan as the confirmation shows it: its words, and how they become lines. No widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from widgets.cells import shorten_middle
from widgets.rows import Drawn, word_breaks
from widgets.text import cell_width, clean, pad

__all__ = ["Change", "PlanView", "plan_lines"]


class Change(NamedTuple):
    """One thing that will be another: ``image  checkout:1.8.3  →  checkout:1.8.2   pushed 3d ago``."""

    label: str
    old: str
    new: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """What the dialog shows. All of it is text; the dialog knows nothing of what it is about."""

    title: str  # "Deploy"
    subject: str  # "shop/checkout"
    place: str = ""  # account, region and cluster in full
    changes: Sequence[Change] = ()
    effects: Sequence[str] = ()  # what happens
    warnings: Sequence[str] = ()
    undo: str = ""
    command: str = ""
    rights: str = ""  # what the role must be allowed
    at_failure: str = ""  # what becomes of the rest of several rows, "" for one row
    refusal: str = ""  # why it cannot be done; then there is no action
    action: str = "OK"  # the word on the button
    letter: str = ""  # its letter, by default the word's first
    safe: bool = False  # Enter runs it
    typed: str = ""  # what must be typed before it can be done, "" for nothing
    has_diff: bool = False

    @property
    def shortcut(self) -> str:
        """The letter that moves to the action."""
        return (self.letter or self.action[:1]).lower()


def plan_lines(plan: PlanView, width: int, *, place: bool = False) -> list[list[Drawn]]:
    """The lines between title and buttons: changes with their columns aligned, then effects, warnings, undo, command.

    ``place``: with a line that says where, which the title has no room for.
    """
    labels = [change.label for change in plan.changes] + ["what happens", "at a failure" if plan.at_failure else "command"]
    label_width = min(max(cell_width(clean(label)) for label in labels), max(8, width // 4))
    lines: list[list[Drawn]] = []
    if plan.refusal:
        lines += _said("", "✖ " + plan.refusal, label_width, width, "state-bad")
    if place and plan.place:
        lines += _said("where", plan.place, label_width, width, "")
    lines += _changes(plan.changes, label_width, width)
    for number, effect in enumerate(plan.effects):
        lines += _said("" if number else "what happens", effect, label_width, width, "")
    for warning in plan.warnings:
        lines += _said(None, "▲ " + warning, label_width, width, "state-warn")
    said = {"at a failure": plan.at_failure, "undo": plan.undo, "command": plan.command, "rights": plan.rights}
    for label, text in said.items():
        lines += _said(label, text, label_width, width, "") if text else []
    return lines


def _changes(changes: Sequence[Change], label_width: int, width: int) -> list[list[Drawn]]:
    room = max(6, (width - label_width - 9) // 2)
    old_width = min(max((cell_width(clean(change.old)) for change in changes), default=0), room)
    new_width = min(max((cell_width(clean(change.new)) for change in changes), default=0), room)
    lines: list[list[Drawn]] = []
    for change in changes:
        label = pad(shorten_middle(clean(change.label), label_width), label_width)
        old = pad(shorten_middle(clean(change.old), old_width), old_width)
        new = shorten_middle(clean(change.new), new_width)
        line: list[Drawn] = [(f"  {label}  ", "muted"), (old, ""), ("  →  ", "muted"), (pad(new, new_width), "bold")]
        left = width - sum(cell_width(text) for text, _ in line) - 4
        note = clean(change.note)
        if note and cell_width(note) <= left:
            lines.append([*line, ("    " + note, "muted")])
        else:
            lines.append(line)
            lines += _said("", note, label_width, width, "muted") if note else []
    return lines


def _said(label: str | None, text: str, label_width: int, width: int, token: str) -> list[list[Drawn]]:
    """A label and a text that breaks as often as it must; None for a text that starts where labels do."""
    head = "  " if label is None else f"  {pad(label, label_width)}  "
    text = clean(text)
    starts = word_breaks(text, max(8, width - cell_width(head) - 1))
    lines: list[list[Drawn]] = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        lines.append([(head if number == 0 else " " * len(head), "muted"), (text[start:end].strip(), token)])
    return lines
