"""The fields of a form and what may stand in them. No widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["Choice", "Field", "Value", "matching", "parse"]

Value = int | str | bool


class Choice(NamedTuple):
    """One thing to choose: its value, what is shown, and a word about it (``pushed 3d ago``)."""

    value: str
    label: str = ""
    note: str = ""

    @property
    def shown(self) -> str:
        """The label, else the value."""
        return self.label or self.value


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``minimum`` and ``maximum`` bound an int, ``choices`` are for a choice, ``check`` says what is wrong or ""."""

    id: str
    label: str
    kind: Literal["int", "text", "choice", "bool"] = "text"
    value: Value = ""
    help: str = ""
    choices: Sequence[Choice] = ()
    minimum: int | None = None
    maximum: int | None = None
    required: bool = True
    free: bool = False  # a choice may also be a text that is not in the list
    check: Callable[[Value], str] | None = None


def parse(field: Field, text: str) -> tuple[Value, str]:
    """The value that a typed text means, and what is wrong with it ("" when nothing is)."""
    text = text.strip()
    value: Value = text
    wrong = ""
    if field.kind == "bool":
        value = text == "yes"
    elif field.required and not text:
        wrong = "is needed"
    elif field.kind == "int" and text:
        value, wrong = _whole_number(field, text)
    elif field.kind == "choice" and text:
        found = next((choice for choice in field.choices if text in (choice.value, choice.shown.strip())), None)
        value = found.value if found is not None else text
        wrong = "" if found is not None or field.free else "is not in the list"
    if not wrong and field.check is not None:
        wrong = field.check(value)
    return value, wrong


def _whole_number(field: Field, text: str) -> tuple[Value, str]:
    digits = text.lstrip("+-")
    if not digits.isascii() or not digits.isdigit() or len(text) - len(digits) > 1:
        return text, "is not a whole number"
    # a text of thousands of digits is never made a number
    number = int(text) if len(digits) <= 12 else (-1 if text.startswith("-") else 1) * 10**12
    if field.minimum is not None and number < field.minimum:
        return number, f"must be at least {field.minimum}"
    if field.maximum is not None and number > field.maximum:
        return number, f"must be at most {field.maximum}"
    return number, "is too large" if abs(number) == 10**12 else ""


def matching(field: Field, text: str) -> list[Choice]:
    """The choices in which every word of ``text`` stands, those that begin with it first."""
    words = text.lower().split()
    found = [choice for choice in field.choices if all(word in f"{choice.shown} {choice.note}".lower() for word in words)]
    start = text.strip().lower()
    return sorted(found, key=lambda choice: not choice.shown.lower().startswith(start))
