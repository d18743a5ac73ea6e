"""The keys: one table of commands with ids, from which dispatch, footer, help and the docs are made.

Textual's spelling of keys. A user remaps by id (``[keys]``); two commands on one key in one pane are refused by a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from tui.actions.base import Action
from tui.panes.base import Pane, label


class Command(Struct, frozen=True, kw_only=True):
    """One thing a key does. ``kinds``: the panes it works in, empty for all. ``handler``: the screen's method."""

    id: str
    keys: tuple[str, ...]
    title: str
    group: str
    handler: str
    argument: str = ""
    kinds: tuple[str, ...] = ()
    footer: int = 0  # 0: never in the footer, else its order
    hidden: bool = False  # in the help only under "moving"


MOVING = "Moving"
LOOKING = "Looking"
ACTING = "Acting"
PLACES = "Places"
PROGRAM = "Program"

COMMANDS: tuple[Command, ...] = (
    Command(id="view.command", keys=("colon",), title="command", group=PROGRAM, handler="open_command", footer=91),
    Command(id="view.filter", keys=("slash",), title="filter", group=LOOKING, handler="open_filter", footer=90),
    Command(id="view.help", keys=("question_mark",), title="help", group=PROGRAM, handler="open_help", footer=99),
    Command(id="view.drill", keys=("enter",), title="open", group=MOVING, handler="drill"),
    Command(id="view.back", keys=("escape",), title="back, or clear the filter", group=MOVING, handler="back"),
    Command(id="view.quit", keys=("q",), title="back; quits from the first screen", group=PROGRAM, handler="back_or_quit"),
    Command(id="pane.next", keys=("tab",), title="next pane", group=MOVING, handler="next_pane", footer=95),
    Command(id="pane.previous", keys=("shift+tab",), title="previous pane", group=MOVING, handler="previous_pane"),
    Command(id="pane.1", keys=("f1",), title="services", group=MOVING, handler="home_pane", argument="1"),
    Command(id="pane.2", keys=("f2",), title="task definitions", group=MOVING, handler="home_pane", argument="2"),
    Command(id="pane.3", keys=("f3",), title="images", group=MOVING, handler="home_pane", argument="3"),
    Command(id="pane.4", keys=("f4",), title="pods", group=MOVING, handler="home_pane", argument="4"),
    Command(id="pane.zoom", keys=("Z",), title="zoom the pane", group=MOVING, handler="zoom", footer=94),
    Command(id="view.problems", keys=("exclamation_mark",), title="problems", group=LOOKING, handler="open_kind", argument="findings", footer=89),
    Command(id="view.last", keys=("minus",), title="last view", group=MOVING, handler="last_view"),
    Command(id="view.earlier", keys=("left_square_bracket",), title="back in history", group=MOVING, handler="history_back"),
    Command(id="view.later", keys=("right_square_bracket",), title="forward in history", group=MOVING, handler="history_forward"),
    Command(id="row.describe", keys=("d",), title="describe", group=LOOKING, handler="describe", footer=60),
    Command(id="row.yaml", keys=("y",), title="YAML or JSON", group=LOOKING, handler="raw"),
    Command(id="row.logs", keys=("l",), title="logs", group=LOOKING, handler="logs", kinds=("logs",), footer=10),
    Command(id="row.previous-logs", keys=("p",), title="previous logs", group=LOOKING, handler="previous_logs", kinds=("pods", "pod-containers", "deployments", "replica-sets")),
    Command(id="row.why", keys=("x",), title="why", group=LOOKING, handler="why", footer=55),
    Command(id="row.copy", keys=("c",), title="copy the name", group=LOOKING, handler="copy"),
    Command(id="row.compare", keys=("D",), title="compare the two marked, or with the revision before", group=LOOKING, handler="compare"),
    Command(id="row.console", keys=("b",), title="open in the AWS console", group=LOOKING, handler="open_console"),
    Command(id="row.undo", keys=("U",), title="undo the last action on it", group=ACTING, handler="undo", footer=50),
    Command(id="table.save", keys=("ctrl+s",), title="save as CSV", group=LOOKING, handler="save"),
    Command(id="table.wide", keys=("ctrl+w",), title="all columns", group=LOOKING, handler="wide_columns"),
    Command(id="table.sort", keys=("O",), title="sort by the selected column", group=LOOKING, handler="sort_selected"),
    Command(id="view.refresh", keys=("ctrl+r",), title="read again now", group=PROGRAM, handler="refresh_now"),
    Command(id="view.interrupt", keys=("ctrl+c",), title="stop a request; leave: twice within two seconds", group=PROGRAM, handler="interrupt"),
    Command(id="view.repaint", keys=("ctrl+l",), title="repaint", group=PROGRAM, handler="repaint"),
    Command(id="view.kinds", keys=("ctrl+a",), title="all kinds", group=PLACES, handler="all_kinds"),
    Command(id="place.profile", keys=("ctrl+p",), title="profile", group=PLACES, handler="choose_profile"),
    Command(id="view.suspend", keys=("ctrl+z",), title="suspend", group=PROGRAM, handler="suspend"),
    *(
        Command(id=f"place.{n}", keys=(str(n),), title="all clusters or namespaces" if n == 0 else f"cluster or namespace {n}", group=PLACES, handler="scope", argument=str(n), hidden=n > 1)
        for n in range(10)
    ),
)  # fmt: skip


def keys_in(override: str) -> tuple[str, ...]:
    """The keys of one line of ``[keys]``: ``ctrl+t, f5``; none where it is empty."""
    return tuple(part.strip() for part in override.split(",") if part.strip())


class KeyTable:
    """Commands, actions and sort letters by pane and key, with the user's keys laid over."""

    def __init__(self, panes: Mapping[str, Pane], actions: Sequence[Action], overrides: Mapping[str, str]) -> None:
        self.panes = panes
        self.actions = {action.id: action for action in actions}
        self.overrides = overrides
        self._by_pane: dict[str, dict[str, list[Command]]] = {}
        self.commands = (*COMMANDS, *self._action_commands(actions))

    def _action_commands(self, actions: Iterable[Action]) -> Iterable[Command]:
        for order, action in enumerate(sorted(actions, key=lambda a: a.id)):
            if action.key and action.id != "undo":  # U is the screen's: it also takes back what a run did
                yield Command(
                    id=action.id,
                    keys=tuple(action.key.split(",")),
                    title=action.title[:1].lower() + action.title[1:],
                    group=ACTING,
                    handler="act",
                    argument=action.id,
                    kinds=action.kinds,
                    footer=20 + order,
                )

    def keys_of(self, command: Command) -> tuple[str, ...]:
        """The keys that hold: the user's, where ``[keys]`` names the command."""
        override = self.overrides.get(command.id)
        if override is None:
            return command.keys
        return keys_in(override)

    def works_in(self, command: Command, pane: Pane) -> bool:
        """Whether the command belongs to a pane (a problem takes every action: it stands for its row)."""
        if not command.kinds:
            return True
        if command.kinds == ("logs",):
            return pane.logs
        return pane.kind in command.kinds or pane.kind == "findings"

    def bindings(self, pane: Pane) -> dict[str, list[Command]]:
        """All commands by key in ``pane``: two on one key are a fault of ours, or of ``[keys]``."""
        known = self._by_pane.get(pane.kind)
        if known is None:
            known = self._by_pane[pane.kind] = self._bindings(pane)
        return known

    def _bindings(self, pane: Pane) -> dict[str, list[Command]]:
        found: dict[str, list[Command]] = {}
        for command in self.commands:
            if self.works_in(command, pane):
                for key in self.keys_of(command):
                    found.setdefault(key, []).append(command)
        for jump in pane.jumps:
            jumping = Command(
                id=jump.id, keys=(jump.key,), title=jump.title, group=MOVING, handler="jump", argument=jump.id, kinds=(pane.kind,)
            )
            for key in self.keys_of(jumping):
                found.setdefault(key, []).append(jumping)
        for column in pane.columns:
            if column.letter:
                command = Command(
                    id=f"sort.{pane.kind}.{column.id}",
                    keys=(column.letter,),
                    title=f"sort by {sort_word(column.title)}",
                    group="Sorting",
                    handler="sort_by",
                    argument=column.id,
                    kinds=(pane.kind,),
                )
                for key in self.keys_of(command):
                    found.setdefault(key, []).append(command)
        return found

    def lookup(self, pane: Pane, key: str, kind: str = "") -> Command | None:
        """What ``key`` does in ``pane``; ``kind``: the kind of the row meant, where a problem stands for it."""
        options = self.bindings(pane).get(key, [])
        if pane.kind == "findings":
            options = [command for command in options if fits(command, kind)]
        return options[0] if options else None

    def listed(self, pane: Pane, kind: str = "") -> list[Command]:
        """The commands of a pane for the help, in the table's order, sort letters last."""
        seen: dict[str, Command] = {}
        for commands in self.bindings(pane).values():
            for command in commands:
                if pane.kind != "findings" or not kind or fits(command, kind):
                    seen.setdefault(command.id, command)
        return sorted(seen.values(), key=lambda c: (c.group, c.footer or 1000))


def sort_word(title: str) -> str:
    """A column's title within a sentence: ``restarts``, ``CPU m``."""
    word = label(title)
    return word if word[1:] != word[1:].lower() else word.lower()


def fits(command: Command, kind: str) -> bool:
    """Whether a command in the list of problems is for the row of ``kind`` that a problem stands for."""
    return not command.kinds or command.kinds == ("logs",) or kind in command.kinds or "findings" in command.kinds


NAMES = {
    "colon": ":",
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "space": "space",
    "escape": "Esc",
    "enter": "Enter",
    "shift+tab": "shift-tab",
}


def key_name(key: str) -> str:
    """How a key is written on the screen: ``ctrl-d``, ``:``, ``Enter``."""
    return NAMES.get(key) or (key.upper() if key[:1] == "f" and key[1:].isdigit() else key.replace("+", "-"))
