"""The dialog before anything is written: what will change, what it will cause, how it is undone, the command; then a choice.

It stands in the bottom third and never takes a key for granted: Cancel is highlighted unless the plan is safe, Enter does
only what is highlighted, and keys that were pressed before the dialog was seen are thrown away (``armed``).
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from widgets.line import Manner, Piece, arrange
from widgets.line_edit import LineEdit
from widgets.plan_view import Change, PlanView, plan_lines
from widgets.rows import Drawn, Rows
from widgets.text import cell_width, clean

__all__ = ["Change", "ConfirmDialog", "PlanView"]

_TITLE = Manner("─ ", "  ", " ─", "─", "rule")


class ConfirmDialog(Rows, can_focus=True):
    """Shows a ``PlanView`` and reports the choice. It takes every key while it has the focus."""

    DEFAULT_CSS = """
    ConfirmDialog { dock: bottom; width: 1fr; height: auto; max-height: 70%; min-height: 3; }
    """

    highlighted: reactive[str] = reactive("cancel", repaint=False)
    """``cancel`` or ``action``: what Enter would do."""

    class Confirmed(Message):
        """The action was chosen (and its text typed)."""

        def __init__(self, dialog: ConfirmDialog) -> None:
            super().__init__()
            self.dialog, self.plan = dialog, dialog.plan

    class Cancelled(Message):
        """Cancel or Escape."""

        def __init__(self, dialog: ConfirmDialog) -> None:
            super().__init__()
            self.dialog, self.plan = dialog, dialog.plan

    class CopyRequested(Message):
        """``c``: the command should go to the clipboard."""

        def __init__(self, dialog: ConfirmDialog, text: str) -> None:
            super().__init__()
            self.dialog, self.text = dialog, text

    class FailureChoiceChanged(Message):
        """``f``: the other choice of what becomes of the rest when one of several rows fails."""

        def __init__(self, dialog: ConfirmDialog) -> None:
            super().__init__()
            self.dialog, self.plan = dialog, dialog.plan

    class DiffRequested(Message):
        """``D``: the whole difference should be shown."""

        def __init__(self, dialog: ConfirmDialog) -> None:
            super().__init__()
            self.dialog, self.plan = dialog, dialog.plan

    def __init__(
        self,
        plan: PlanView,
        *,
        armed: Callable[[], bool] = lambda: True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.plan = plan
        self.input = LineEdit(limit=300)
        self._armed = armed
        self._wrong = ""
        self._told = ""
        self._lines: list[list[Drawn]] = []
        self._lines_width = -1
        self.set_reactive(ConfirmDialog.highlighted, self._first_highlight())

    def _first_highlight(self) -> str:
        return "action" if self.plan.safe and not self.plan.refusal and not self.plan.typed else "cancel"

    def amend(self, plan: PlanView) -> None:
        """Show the same plan with another choice of its reader's; what was typed and is highlighted stays."""
        self.plan = plan
        self._lines_width = -1
        self.forget()

    def tell(self, text: str) -> None:
        """Say something beside the buttons until the next key."""
        self._told = text
        self._redraw_buttons()

    @property
    def may_act(self) -> bool:
        """Whether the action may be highlighted: not refused, and what must be typed is typed."""
        return not self.plan.refusal and (not self.plan.typed or self.input.text.strip() == self.plan.typed)

    # ---- keys -----------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Every key ends here, so that none reaches the list behind; before the dialog was seen it is thrown away."""
        event.stop()
        event.prevent_default()
        if not self._armed():
            return
        self._wrong = self._told = ""
        key = event.key
        if key in ("escape", "ctrl+c"):
            self.post_message(self.Cancelled(self))
        elif key == "enter":
            self._choose()
        elif key in ("tab", "shift+tab", "left", "right"):
            self._switch()
        elif key in ("up", "down", "pageup", "pagedown", "ctrl+f", "ctrl+b"):
            self._scroll_plan(key)
        elif key == "ctrl+y" and self.plan.command:
            self.post_message(self.CopyRequested(self, self.plan.command))
        elif key == "f" and self.plan.at_failure:
            self.post_message(self.FailureChoiceChanged(self))
        elif self.plan.typed and not self.plan.refusal and self.highlighted == "cancel":
            if self.input.key(key, event.character) and self.may_act:
                self._wrong = "Tab or Enter, then Enter again"
        else:
            self._letter(key, event.character or "")
        self._redraw_buttons()

    def on_paste(self, event: events.Paste) -> None:
        """Nothing is pasted into a confirmation: what must be typed is typed."""
        event.stop()

    def _choose(self) -> None:
        if self.highlighted == "action" and self.may_act:
            self.post_message(self.Confirmed(self))
        elif self.plan.typed and self.input.text:
            if self.may_act:
                self.highlighted = "action"
            else:
                self._wrong = f"that is not {self.plan.typed}"
        else:
            self.post_message(self.Cancelled(self))

    def _switch(self) -> None:
        if self.highlighted == "action":
            self.highlighted = "cancel"
        elif self.may_act:
            self.highlighted = "action"
        elif self.plan.typed and not self.plan.refusal:
            self._wrong = f"type {self.plan.typed} first"

    def _letter(self, key: str, character: str) -> None:
        if character == "c" and self.plan.command:
            self.post_message(self.CopyRequested(self, self.plan.command))
        elif character == "D" and self.plan.has_diff:
            self.post_message(self.DiffRequested(self))
        elif character and character.lower() == self.plan.shortcut and self.may_act:
            self.highlighted = "action"

    def _scroll_plan(self, key: str) -> None:
        step = {"up": -1, "down": 1}.get(key) or (max(1, self.size.height - 3) * (1 if key in ("pagedown", "ctrl+f") else -1))
        self.top += step
        self.refresh()

    # ---- drawing --------------------------------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Title, plan and buttons."""
        return len(self._plan_lines(width)) + 2

    def row_count(self) -> int:
        """All lines, the buttons included, which always stay in view."""
        return len(self._plan_lines(self.size.width)) + 2

    def render_line(self, y: int) -> Strip:
        """Title first, buttons last, the plan between them."""
        index = self.top + y - 1
        lines = self._plan_lines(self.size.width)
        if y == self.size.height - 1:
            pieces = self._buttons()
        elif y == 0:
            pieces = self._title()
        else:
            pieces = lines[index] if index < len(lines) else []
        return self.strip_of(pieces).adjust_cell_length(self.size.width, self.palette.style())

    def _redraw_buttons(self) -> None:
        if self.size.height:
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def watch_highlighted(self) -> None:
        """Draw the buttons."""
        self._redraw_buttons()

    def _title(self) -> list[Drawn]:
        plan = self.plan
        pieces = [Piece(plan.title, "bold"), Piece(clean(plan.subject), "bold"), Piece(clean(plan.place), "muted", 1)]
        hidden = self.row_count() > self.size.height
        if self.place_below(self.size.width):
            pieces.pop()
        return arrange([pieces, [Piece("↑ ↓ more", "state-warn")]] if hidden else [pieces], self.size.width, _TITLE)

    def place_below(self, width: int) -> bool:
        """Whether the place needs a line of its own: it is always said in full."""
        plan = self.plan
        return sum(cell_width(clean(text)) for text in (plan.title, plan.subject, plan.place)) + 22 > width

    def _plan_lines(self, width: int) -> list[list[Drawn]]:
        if self._lines_width != width:
            self._lines_width = width
            self._lines = plan_lines(self.plan, width, place=self.place_below(width))
        return self._lines

    def _buttons(self) -> list[Drawn]:
        plan = self.plan
        pieces: list[Piece] = []
        if plan.typed and not plan.refusal:
            wanted = f"type {clean(plan.typed)} to go on: "
            pieces.append(Piece(wanted, "state-warn", 0))
            pieces.append(Piece(clean(self.input.text) + ("_" if self.highlighted == "cancel" else ""), "bold"))
        if self._wrong:
            pieces.append(Piece(clean(self._wrong), "state-bad"))
        if self._told:
            pieces.append(Piece(clean(self._told), "muted"))
        cancel = self.highlighted == "cancel"
        buttons = [Piece("[ Cancel ]" if cancel else "  Cancel  ", "reverse bold" if cancel else "")]
        if not plan.refusal:
            word = clean(plan.action)
            style = "muted" if not self.may_act else ("" if cancel else "reverse bold")
            buttons.append(Piece(f"  {word}  " if cancel else f"[ {word} ]", style))
        typing = bool(plan.typed) and cancel  # then letters are text, not commands
        if plan.at_failure:
            buttons.append(Piece("f at a failure", "muted", 3))
        if plan.command:
            buttons.append(Piece("ctrl-y copy command" if typing else "c copy command", "muted", 2))
        if plan.has_diff and not typing:
            buttons.append(Piece("D whole diff", "muted", 1))
        return arrange([pieces, buttons] if pieces else [[Piece(" ")], buttons], self.size.width, Manner(" ", "  ", " "))


if __name__ == "__main__":
    from widgets.samples import SAMPLE_PLAN, show

    show(lambda: ConfirmDialog(SAMPLE_PLAN))
