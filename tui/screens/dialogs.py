"""The dialogs of an action: its form, and its plan with the confirmation. They stand in the bottom third (SCREENS rule 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.screen import ModalScreen

from tui.actions.base import Action, Danger, Plan
from tui.actions.base import Field as ActionField
from tui.actions.command_files import copy_text
from tui.actions.rowwise import names_of
from tui.model import Row
from tui.model.errors import ApiError
from tui.screens.console import Console
from tui.screens.document import DocumentScreen
from widgets.confirm import Change, ConfirmDialog, PlanView
from widgets.form import Choice, Field, Form

#: how long a key is thrown away after a dialog was written where the terminal does not say that it was seen
UNSEEN_SECONDS = 0.5


def armed_after(console: Console, app: object) -> Callable[[], bool]:
    """Whether keys may count: the dialog's frame was acknowledged, or long enough ago written; at once without a terminal."""
    if getattr(app, "is_headless", False):
        return lambda: True
    written = console.clock.monotonic()
    acknowledged = getattr(app, "frame_acknowledged", None)
    mark = acknowledged() if callable(acknowledged) else None

    def armed() -> bool:
        if mark is not None and callable(acknowledged):
            return bool(mark())
        return console.clock.monotonic() - written >= UNSEEN_SECONDS

    return armed


AT_FAILURE = {
    "stop": "stop there: what was not tried yet is left as it is",
    "go on": "go on with the rest",
}


def plan_view(plan: Plan, action: Action | None, note: str = "") -> PlanView:
    """A plan in the dialog's words."""
    names = sorted(names_of(plan))
    subject = names[0] if len(names) == 1 else f"{len(names)} rows: {', '.join(names[:6])}{' …' if len(names) > 6 else ''}"
    warnings = [*([note] if note else []), *plan.warnings]
    warnings += [f"{right.name} is denied: {right.denied}" for right in plan.rights if right.denied]
    word = (action.confirm_title or action.title) if action is not None else "Do it"
    return PlanView(
        title=plan.title,
        subject="" if subject in plan.title else subject,
        place=plan.place,
        changes=[Change(*(getattr(change, name) for name in ("label", "old", "new", "note"))) for change in plan.changes],
        effects=plan.effects,
        warnings=warnings,
        undo=plan.undo,
        command="; ".join(plan.commands[:3]) + (f"; … {len(plan.commands) - 3} more" if len(plan.commands) > 3 else ""),
        rights=", ".join(right.name for right in plan.rights),
        at_failure=AT_FAILURE[plan.on_failure] if len(plan.rows) > 1 and not plan.refusal else "",
        refusal=plan.refusal,
        action="Undo" if plan.undoes else word,
        safe=plan.danger is Danger.SAFE,
        typed=plan.typed,
        has_diff=bool(plan.diff),
    )


class ConfirmScreen(ModalScreen[Plan | None]):
    """A plan; as it was confirmed, or None where it was left."""

    DEFAULT_CSS = """
    ConfirmScreen { background: $background 0%; }
    ConfirmDialog { background: $surface; }
    """

    def __init__(self, plan: Plan, console: Console, note: str = "") -> None:
        super().__init__()
        self.plan = plan
        self.console_ = console
        self.note = note

    def compose(self) -> ComposeResult:
        self.dialog = ConfirmDialog(self.view(), armed=armed_after(self.console_, self.app))
        yield self.dialog

    def view(self) -> PlanView:
        """The plan in the dialog's words."""
        return plan_view(self.plan, self.console_.actions.get(self.plan.action), self.note)

    def on_mount(self) -> None:
        self.dialog.focus()

    def on_confirm_dialog_confirmed(self, event: ConfirmDialog.Confirmed) -> None:
        self.dismiss(self.plan)

    def on_confirm_dialog_cancelled(self, event: ConfirmDialog.Cancelled) -> None:
        self.dismiss(None)

    def on_confirm_dialog_failure_choice_changed(self, event: ConfirmDialog.FailureChoiceChanged) -> None:
        self.plan = replace(self.plan, on_failure="go on" if self.plan.on_failure == "stop" else "stop")
        self.dialog.amend(self.view())

    def on_confirm_dialog_copy_requested(self, event: ConfirmDialog.CopyRequested) -> None:
        self.run_worker(self._copy())

    async def _copy(self) -> None:
        """The commands, after writing the 0600 file that a new revision's command names."""
        runner = self.console_.runner
        try:
            text = await copy_text(self.plan, runner.context) if runner is not None else "\n".join(self.plan.commands)
        except (ApiError, OSError) as error:
            self.app.copy_to_clipboard("\n".join(self.plan.commands))
            self.dialog.tell(f"copied, but its file could not be written: {error}")
            return
        self.app.copy_to_clipboard(text)
        self.dialog.tell("copied" if len(self.plan.commands) == 1 else f"{len(self.plan.commands)} commands copied")

    def on_confirm_dialog_diff_requested(self, event: ConfirmDialog.DiffRequested) -> None:
        text = "\n".join(self.plan.diff)
        self.app.push_screen(DocumentScreen(f"Diff  {self.plan.title}", lambda: text, console=self.console_, language="diff"))

    def key_ctrl_c(self) -> None:
        """As Escape."""
        self.dismiss(None)


def form_field(field: ActionField, value: str) -> Field:
    """An action's field as the form's; a text with suggestions is a choice that may also be typed."""
    suggested = field.kind in ("text", "int") and bool(field.choices)
    return Field(
        id=field.id,
        label=field.label,
        kind="choice" if suggested else field.kind,
        value=value in ("yes", "true", "1") if field.kind == "bool" else value,
        choices=[Choice(value, label) for value, label in field.choices],
        minimum=field.minimum,
        maximum=field.maximum,
        help=field.help,
        free=suggested,
        required=field.kind != "text",
    )


def text_of(value: object) -> str:
    """A form's value as actions take it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def placed_name(row: Row) -> str:
    """``shop/checkout``, ``payments/cart``: as the plan names it."""
    place = getattr(row, "namespace", "") or getattr(row, "cluster", "")
    return f"{place}/{row.name}" if place else row.name


class FormScreen(ModalScreen[dict[str, str] | None]):
    """An action's form; the values, or None where it was left."""

    DEFAULT_CSS = """
    FormScreen { background: $background 0%; }
    Form { background: $surface; }
    """

    def __init__(
        self, action: Action, rows: Sequence[Row], fields: Sequence[ActionField], values: Mapping[str, str], error: str = ""
    ) -> None:
        super().__init__()
        self.action = action
        self.rows = rows
        self.fields = fields
        self.values = values
        self.error = error

    def compose(self) -> ComposeResult:
        names = placed_name(self.rows[0]) if len(self.rows) == 1 else f"{len(self.rows)} rows"
        fields = [form_field(field, self.values.get(field.id, field.default)) for field in self.fields]
        self.dialog = Form(self.action.title, fields, subject=names, place=self.error)
        yield self.dialog

    def on_mount(self) -> None:
        self.dialog.focus()

    def on_form_submitted(self, event: Form.Submitted) -> None:
        self.dismiss({name: text_of(value) for name, value in event.values.items()})

    def on_form_cancelled(self, event: Form.Cancelled) -> None:
        self.dismiss(None)

    def key_ctrl_c(self) -> None:
        """As Escape."""
        self.dismiss(None)


class AskScreen(ModalScreen[str | None]):
    """One text, for example an MFA code; None where it was left."""

    DEFAULT_CSS = """
    AskScreen > Form { background: $surface; }
    """

    def __init__(self, title: str, label: str) -> None:
        super().__init__()
        self.form = Form(title, [Field(id="answer", label=label)])

    def compose(self) -> ComposeResult:
        yield self.form

    def on_mount(self) -> None:
        self.form.focus()

    def on_form_submitted(self, event: Form.Submitted) -> None:
        self.dismiss(str(event.values["answer"]))

    def on_form_cancelled(self, event: Form.Cancelled) -> None:
        self.dismiss(None)
