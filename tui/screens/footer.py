"""The last line and the help, made from the live keys, so that neither can lie."""

from __future__ import annotations

from tui.panes.keys import Command, key_name
from tui.screens.console import Console
from tui.screens.pane_view import PaneView
from widgets.status_bar import KeyHint


def disabled_reason(command: Command, console: Console, view: PaneView) -> str:
    """Why a key would be refused on the row under the cursor, empty where it can be tried."""
    row = view.cursor_row()
    if command.handler != "act":
        return ""
    if console.facts().read_only:
        return "read-only: nothing is changed in this session"
    if row is None:
        return "no row"
    target = view.pane.target(row, console.context())
    action = console.actions[command.argument]
    if target is None or target.key.kind not in action.kinds:
        return "not for this row"
    if console.runner is not None:
        return str(console.runner.unavailable(action, [target]))
    return action.unavailable([target])


def footer_hints(console: Console, view: PaneView) -> list[KeyHint]:
    """The keys that work here and now; those that may not are greyed."""
    row = view.cursor_row()
    target = view.pane.target(row, console.context()) if row is not None else None
    kind = target.key.kind if target is not None else ""
    hints = []
    for command in sorted((c for c in console.keys.listed(view.pane, kind) if c.footer), key=lambda c: c.footer):
        keys = console.keys.keys_of(command)
        if not keys:
            continue
        if command.handler == "act" and kind and kind not in console.actions[command.argument].kinds:
            continue
        reason = disabled_reason(command, console, view)
        word = console.actions[command.argument].title if command.handler == "act" else command.title
        # the way to all keys is the last to go
        priority = 1 if command.id == "view.help" else 1 + command.footer // 10
        hints.append(KeyHint(key_name(keys[0]), word.split(" (")[0].split(" the ")[0].lower(), not reason, priority))
    return hints


def help_sections(console: Console, view: PaneView) -> list[tuple[str, str, str, str]]:
    """(group, keys, what it does, why not) for ``?``, with the table's own keys."""
    rows = [
        ("Moving", "j k ↓ ↑", "down, up", ""),
        ("Moving", "g G", "first, last", ""),
        ("Moving", "ctrl-f ctrl-b", "a page down, up", ""),
        ("Looking", "space", "mark", ""),
        ("Looking", "ctrl-space", "mark a range", ""),
        ("Looking", "shift-← shift-→", "select a column", ""),
    ]
    row = view.cursor_row()
    target = view.pane.target(row, console.context()) if row is not None else None
    for command in console.keys.listed(view.pane, target.key.kind if target is not None else ""):
        if command.hidden:
            continue
        keys = " ".join(key_name(key) for key in console.keys.keys_of(command)) or "(no key)"
        title = "one cluster or namespace (1 to 9), 0 all" if command.id == "place.0" else command.title
        rows.append((command.group, "0-9" if command.id == "place.0" else keys, title, disabled_reason(command, console, view)))
        if command.id == "place.1":
            rows.pop()
    order = ["Moving", "Looking", "Acting", "Places", "Program", "Sorting"]
    return sorted(rows, key=lambda entry: order.index(entry[0]) if entry[0] in order else 9)
