"""A form: numbers, texts, choices from a list that narrows while typing, yes or no. It says at once what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from widgets.cells import shorten_end, shorten_middle
from widgets.fields import Choice, Field, Value, matching, parse
from widgets.line import Manner, Piece, arrange
from widgets.line_edit import LineEdit
from widgets.rows import Drawn, Rows
from widgets.text import cell_width, clean, pad

__all__ = ["Choice", "Field", "Form"]

_TITLE = Manner("─ ", "  ", " ─", "─", "rule")
_LISTED = 6


class Form(Rows, can_focus=True):
    """Fields one below the other. Up, down and Tab move, Enter on the last field submits, Esc cancels.

    In a choice, typing narrows the list and up and down move in it; left and right step through it. Space turns a bool.
    """

    DEFAULT_CSS = """
    Form { dock: bottom; width: 1fr; height: auto; max-height: 60%; min-height: 3; }
    """

    class Submitted(Message):
        """All fields are valid; ``values`` by field id."""

        def __init__(self, form: Form, values: Mapping[str, Value]) -> None:
            super().__init__()
            self.form, self.values = form, values

    class Cancelled(Message):
        """Escape."""

        def __init__(self, form: Form) -> None:
            super().__init__()
            self.form = form

    class Changed(Message):
        """A field has another value; ``wrong`` says what is wrong with it, "" for nothing."""

        def __init__(self, form: Form, field: str, value: Value, wrong: str) -> None:
            super().__init__()
            self.form, self.field, self.value, self.wrong = form, field, value, wrong

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        *,
        subject: str = "",
        place: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.title, self.subject, self.place = title, subject, place
        self.fields = tuple(fields)
        self.edits = [LineEdit(_text_of(field)) for field in self.fields]
        self.current = 0
        self._listed = -1  # the choice under the cursor of the list, -1: what is typed
        self._fresh = True  # the first key typed replaces the old value
        self._tried = False

    @property
    def values(self) -> dict[str, Value]:
        """The values as they are, valid or not."""
        return {field.id: parse(field, edit.text)[0] for field, edit in zip(self.fields, self.edits, strict=True)}

    @property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by field id."""
        results = {field.id: parse(field, edit.text)[1] for field, edit in zip(self.fields, self.edits, strict=True)}
        return {id: text for id, text in results.items() if text}

    # ---- keys -----------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Every key ends here; ctrl-c leaves as Escape does."""
        event.stop()
        event.prevent_default()
        if not self.fields:
            self.post_message(self.Cancelled(self))
            return
        field = self.fields[self.current]
        key = event.key
        if key in ("escape", "ctrl+c"):
            self.post_message(self.Cancelled(self))
        elif key == "enter":
            self._enter()
        elif key in ("tab", "shift+tab"):
            self._move(1 if key == "tab" else -1)
        elif key in ("up", "down"):
            self._up_or_down(field, 1 if key == "down" else -1)
        elif field.kind == "bool":
            if key in ("space", "left", "right"):
                self._put("no" if self.edits[self.current].text == "yes" else "yes")
        elif field.kind == "choice" and key in ("left", "right") and not field.free:
            self._step_choice(field, 1 if key == "right" else -1)
        else:
            self._type(key, event.character)
        self.forget()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes into the field."""
        event.stop()
        if self.fields and self.fields[self.current].kind != "bool":
            self.edits[self.current].insert(event.text)
            self._changed()
            self.forget()

    def _type(self, key: str, character: str | None) -> None:
        edit = self.edits[self.current]
        if self._fresh and character is not None and character.isprintable() and key not in ("backspace", "delete"):
            edit.set("")
        if edit.key(key, character):
            self._fresh = False
            self._listed = -1
            self._changed()

    def _put(self, text: str) -> None:
        self.edits[self.current].set(text)
        self._fresh = True
        self._changed()

    def _changed(self) -> None:
        field = self.fields[self.current]
        value, wrong = parse(field, self.edits[self.current].text)
        self.post_message(self.Changed(self, field.id, value, wrong))

    def _listing(self) -> list[Choice]:
        """The choices to show under the current field."""
        if not self.fields or self.fields[self.current].kind != "choice":
            return []
        return matching(self.fields[self.current], "" if self._fresh else self.edits[self.current].text)

    def _up_or_down(self, field: Field, by: int) -> None:
        listing = self._listing()
        if field.kind == "choice" and listing and -1 <= self._listed + by < len(listing):
            self._listed += by
        elif field.kind != "choice" or by < 0:
            self._move(by)

    def _step_choice(self, field: Field, by: int) -> None:
        values = [choice.value for choice in field.choices]
        if values:
            value = parse(field, self.edits[self.current].text)[0]
            here = values.index(str(value)) if value in values else -1
            self._put(field.choices[(here + by) % len(values)].shown)

    def _take_listed(self) -> bool:
        """Take the choice under the list's cursor; without one, the only or first that matches what was typed."""
        field, edit = self.fields[self.current], self.edits[self.current]
        listing = self._listing()
        if field.kind != "choice" or not listing:
            return False
        if self._listed < 0 and (self._fresh or field.free or not parse(field, edit.text)[1]):
            return False
        self._put(listing[max(0, self._listed)].shown)
        self._listed = -1
        return True

    def _enter(self) -> None:
        self._take_listed()
        if self.current + 1 < len(self.fields):
            self._move(1)
            return
        self._tried = True
        wrong = self.wrong
        if not wrong:
            self.post_message(self.Submitted(self, self.values))
            return
        self.current = next(index for index, field in enumerate(self.fields) if field.id in wrong)

    def _move(self, by: int) -> None:
        self._take_listed()
        self.current = (self.current + by) % len(self.fields)
        self._listed = -1
        self._fresh = True

    # ---- drawing --------------------------------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Title, fields, room for a list, the line of keys."""
        return self.row_count()

    def row_count(self) -> int:
        """Lines in all."""
        listed = max((min(_LISTED, len(field.choices)) for field in self.fields if field.kind == "choice"), default=0)
        return len(self.fields) + listed + 2

    def render_line(self, y: int) -> Strip:
        """Title, fields with the list under the current one, keys."""
        width, height = self.size
        if y == 0:
            title = [Piece(self.title, "bold"), Piece(clean(self.subject), "bold"), Piece(clean(self.place), "muted", 1)]
            pieces = arrange([title], width, _TITLE)
        elif y == height - 1:
            pieces = self._keys(width)
        else:
            lines = self._lines(width)
            room = max(1, height - 2)
            focus = self.current + max(0, min(_LISTED, self._listed + 1))
            first = max(0, min(focus - room + 1, len(lines) - room)) if len(lines) > room else 0
            index = first + y - 1
            pieces = lines[index] if index < len(lines) else []
        return self.strip_of(pieces).adjust_cell_length(width, self.palette.style())

    def _keys(self, width: int) -> list[Drawn]:
        wrong = self.wrong if self._tried else {}
        left = [Piece(f"{self._label(field)} {wrong[field.id]}", "state-bad") for field in self.fields if field.id in wrong][:1]
        last = self.current + 1 == len(self.fields)
        right = [Piece("Enter go on" if last else "Enter next field", "muted"), Piece("Esc cancel", "muted", 1)]
        return arrange([left or [Piece(" ")], right], width, Manner())

    @staticmethod
    def _label(field: Field) -> str:
        return clean(field.label)

    def _lines(self, width: int) -> list[list[Drawn]]:
        label_width = min(max((cell_width(self._label(field)) for field in self.fields), default=0), max(6, width // 3))
        lines: list[list[Drawn]] = []
        for index, field in enumerate(self.fields):
            lines.append(self._field_line(index, field, label_width, width))
            if index == self.current:
                lines += self._list_lines(label_width, width)
        return lines

    def _field_line(self, index: int, field: Field, label_width: int, width: int) -> list[Drawn]:
        here = index == self.current
        edit = self.edits[index]
        label = pad(shorten_middle(self._label(field), label_width), label_width)
        line: list[Drawn] = [(f"  {label}  ", "bold" if here else "muted")]
        if here and field.kind != "bool":
            before, under = clean(edit.text[: edit.position]), clean(edit.text[edit.position : edit.position + 1])
            line += [(before, ""), (under or " ", "reverse"), (clean(edit.text[edit.position + 1 :]), "")]
        else:
            line.append((clean(edit.text), "reverse" if here else ""))
        wrong = parse(field, edit.text)[1]
        said = wrong if wrong and (not self._fresh or not here or self._tried) else field.help if here else ""
        if said and not (wrong and here and field.kind == "choice" and self._listing()):
            used = sum(cell_width(text) for text, _ in line)
            line.append(("   " + shorten_end(clean(said), max(0, width - used - 4)), "state-bad" if said == wrong else "muted"))
        return line

    def _list_lines(self, label_width: int, width: int) -> list[list[Drawn]]:
        listing = self._listing()
        first = max(0, min(self._listed - _LISTED + 1, len(listing) - _LISTED))
        shown_width = max((cell_width(clean(choice.shown)) for choice in listing[first : first + _LISTED]), default=0)
        shown_width = min(shown_width, max(8, width - label_width - 18))
        lines: list[list[Drawn]] = []
        for index, choice in enumerate(listing[first : first + _LISTED], start=first):
            mark = "› " if index == self._listed else "  "
            shown = pad(shorten_end(clean(choice.shown), shown_width), shown_width)
            line: list[Drawn] = [(" " * (label_width + 2) + mark, "bold"), (shown, "bold" if index == self._listed else "")]
            hidden = len(listing) - first - _LISTED if index == first + _LISTED - 1 else 0
            more = f"  … {hidden} more" if hidden > 0 else ""
            room = max(0, width - label_width - 8 - cell_width(shown) - len(more))
            lines.append([*line, ("  " + shorten_end(clean(choice.note), room), "muted"), (more, "muted")])
        return lines


def _text_of(field: Field) -> str:
    if field.kind == "bool":
        return "yes" if field.value else "no"
    if field.kind == "choice":
        return next((choice.shown for choice in field.choices if choice.value == field.value), str(field.value))
    return str(field.value)


if __name__ == "__main__":
    from widgets.samples import show

    images = [Choice(f"checkout:1.8.{number}", note=f"pushed {30 - number}d ago  amd64") for number in range(30)]
    fields = (
        Field("count", "tasks", "int", 3, "between 0 and 10", minimum=0, maximum=10),
        Field("image", "image", "choice", "checkout:1.8.2", choices=images),
        Field("force", "force", "bool", False, "also when nothing changes"),
    )
    show(lambda: Form("Deploy", fields, subject="shop/checkout", place="prod eu-west-1"))
