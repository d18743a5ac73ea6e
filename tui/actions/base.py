"""What an action is: a form, a plan, a run, an undo (DESIGN section 5). No Textual, no client library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, ClassVar, Literal

from msgspec import Struct

from tui.actions.ports import Clients
from tui.model.clock import Clock
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.state import State


class Danger(IntEnum):
    """SAFE: Enter runs. CAUTION: the action must be reached first. DESTRUCTIVE: a name must be typed."""

    SAFE = 0
    CAUTION = 1
    DESTRUCTIVE = 2


class Field(Struct, frozen=True, kw_only=True):
    """One field of an action's form.

    ``choices``: (value, label) pairs; for ``choice`` the only ones, for ``text`` and ``int`` suggestions beside typing.
    """

    id: str
    label: str
    kind: Literal["int", "text", "choice", "bool"] = "text"
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    help: str = ""


class Change(Struct, frozen=True):
    """One line of a plan: ``label  old → new  note``."""

    label: str
    old: str
    new: str
    note: str = ""


class Right(Struct, frozen=True):
    """A right that the plan needs; ``denied`` holds the reason where it is known to be missing."""

    name: str
    denied: str = ""


class Plan(Struct, frozen=True, kw_only=True):
    """What will happen, before anything does. Nothing is written without one that was shown and confirmed.

    ``typed``: what must be typed (DESTRUCTIVE or a protected context). ``refusal``: why it cannot be done at all, with
    nothing to confirm. ``depends``: the fields read when planning, by object; the runner reads them afresh and compares.
    ``steps``: what run() needs, opaque to the screens.
    """

    action: str
    title: str
    rows: tuple[Row, ...]
    scope: Scope
    place: str = ""  # account, region, cluster in full, for the title
    changes: tuple[Change, ...] = ()
    effects: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()  # unified diff lines (the whole revision, a manifest)
    refusal: str = ""
    danger: Danger = Danger.CAUTION
    typed: str = ""
    rights: tuple[Right, ...] = ()
    undo: str = ""  # what U would do, or why there is no way back
    undoes: Mapping[str, str] = {}  # row's key id -> the record that this plan takes back
    commands: tuple[str, ...] = ()  # aws / kubectl, to copy
    input: Mapping[str, str] = {}
    depends: Mapping[str, Any] = {}
    steps: Mapping[str, Any] = {}
    on_failure: Literal["stop", "go on"] = "stop"


class Step(Struct, frozen=True, kw_only=True):
    """Progress of a running plan, streamed. ``bars``: (label, done, of, words) for a rollout's picture. ``reason``: why it
    does not get on, as of this step."""

    time: float
    text: str
    target: Key | None = None
    state: State = State.CHANGING
    bars: tuple[tuple[str, int, int, str], ...] = ()
    status: str = ""  # IN_PROGRESS, COMPLETED, FAILED, ROLLED_BACK …
    final: bool = False
    offer: str = ""  # the id of an action that fits now: ``ecs.rollback`` while tasks fail
    reason: str = ""


class Record(Struct, frozen=True, kw_only=True):
    """One line of the journal. ``outcome``: intent, done, failed, unknown. Values of secrets are never in it.

    ``before`` and ``after``: the fields that were to change, under the API's names. ``locator``: what finds the object again
    (cluster and service; namespace, name and uid). ``pid`` and ``born`` (its start, where the system tells): the console that
    wrote it. ``undoes``: the id of the record that
    this one takes back.
    """

    id: str
    time: float
    outcome: str
    action: str
    title: str
    who: str
    where: str
    target: Key
    target_name: str
    scope: Scope
    before: Mapping[str, Any] = {}
    after: Mapping[str, Any] = {}
    commands: tuple[str, ...] = ()
    detail: str = ""
    undoes: str = ""
    locator: Mapping[str, str] = {}
    pid: int = 0
    born: int = 0


class Denial(Struct, frozen=True):
    """A real AccessDenied: its words, and when it came."""

    text: str
    time: float


class Context(Struct, frozen=True, kw_only=True):
    """What an action works with."""

    clients: Clients
    clock: Clock
    store: Any  # tui.store.Store, to read joins (autoscaling, owners, target health)
    settings: Any  # config.Settings, for protected contexts
    journal: Any = None  # tui.actions.journal.Journal, for what U takes back
    registry: Mapping[str, Action] = {}  # all actions by id
    callers: Mapping[str, str] = {}  # scope identity -> caller, as the runner found it before a run
    denied: dict[tuple[str, str], Denial] = {}  # (scope identity, right) -> how it was really denied in this session
    explain: Callable[[str], str] = str  # a task's stopped reason in words


class Action(ABC):
    """One thing that can be done to rows. Found by scanning ``tui.actions``; instances hold no state."""

    id: ClassVar[str]
    title: ClassVar[str]
    key: ClassVar[str]  # default key in Textual's spelling: ``s``, ``ctrl+d``
    kinds: ClassVar[tuple[str, ...]]
    danger: ClassVar[Danger] = Danger.CAUTION
    writes: ClassVar[tuple[str, ...]] = ()  # ``ecs:UpdateService``; ``k8s:patch apps/deployments/scale``
    needs: ClassVar[tuple[str, ...] | None] = None  # the writes without which nothing of it can be done; all, unless said
    reads: ClassVar[tuple[str, ...]] = ()
    bulk: ClassVar[bool] = True
    reversible: ClassVar[bool] = True  # False: ``U`` passes over it to what was done before
    confirm_title: ClassVar[str] = ""  # the button's word: ``Scale``

    def unavailable(self, rows: Sequence[Row]) -> str:
        """Why it cannot be done on these rows (for the greyed key and ``?``), empty where it can be tried."""
        return ""

    async def form(self, rows: Sequence[Row], context: Context) -> tuple[Field, ...]:
        """Fields with defaults from the rows; empty where the plan needs no input."""
        return ()

    @abstractmethod
    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        """Raises ``InputError`` for a value that cannot be, ``ApiError`` where a read fails."""

    @abstractmethod
    def run(self, plan: Plan, context: Context) -> AsyncIterator[Step | Record]:
        """Do it: yields Records (one a row, intent first, through the runner's journal) and Steps until it has settled."""

    async def undo(self, record: Record, context: Context) -> Plan | str:
        """The plan that takes ``record`` back, or why there is none."""
        return "this cannot be undone"


class InputError(ValueError):
    """A form's value that cannot be; ``field`` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
