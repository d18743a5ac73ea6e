"""What the screens work with: the store, the panes, the keys, and (once connected) the clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from config import Settings
from tui.actions.base import Action, Context
from tui.actions.ports import Clients
from tui.logs.base import LogProvider
from tui.model import Clock
from tui.model.facts import Facts
from tui.panes import Pane, PaneContext, pane_named
from tui.panes.keys import KeyTable
from tui.store import Store


class Connection(Protocol):
    """What the sources' hub offers to the screens."""

    @property
    def clients(self) -> Clients: ...

    @property
    def logs(self) -> LogProvider: ...

    def facts(self) -> Facts: ...

    def calls(self) -> Sequence[Mapping[str, Any]]:
        """API calls by family: budget, throttles, latency."""
        ...

    def errors(self) -> Sequence[Mapping[str, Any]]:
        """All failures, newest first: time, source, sentence, hint."""
        ...

    def choices(self, what: str) -> Sequence[tuple[str, str]]:
        """(value, label) for ``profile``, ``region`` and ``context``."""
        ...

    async def switch(self, *, profile: str | None = None, region: str | None = None, context: str | None = None) -> None: ...


class Console:
    """One for the app. ``connection`` is None until the sources have been started after the first frame."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        clock: Clock,
        panes: Mapping[str, Pane],
        find_actions: Callable[[], Sequence[Action]] | None = None,
        ascii: bool = False,
        runner: Any = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.panes = panes
        self._find_actions = find_actions
        self._know(())
        self.ascii = ascii
        self.calm: Callable[[], bool] = lambda: False  # whether the line to the terminal is slow; the app knows
        self.runner = runner
        self.connection: Connection | None = None
        self.failed = ""
        #: when the rows of a kind that are still of the last session were live; None where there are none
        self.saved_at: Callable[[str], float | None] = lambda kind: None
        self._clusters: Mapping[str, str] = {}
        self._clusters_at = -1
        self.cluster_filter = settings.aws.cluster.rsplit("/", 1)[-1]
        self.namespace_filter = settings.kubernetes.namespace

    def learn(self) -> None:
        """Find the actions, with their keys: not for the first frame, in which none can be used, but by the first key."""
        if self._find_actions is not None:
            self._know(self._find_actions())
            self._find_actions = None

    def _know(self, actions: Sequence[Action]) -> None:
        self.actions = {action.id: action for action in actions}
        self.keys = KeyTable(self.panes, actions, self.settings.keys)

    def context(self) -> PaneContext:
        """What cells look at, now. Asked for each row that is drawn or sorted, so the clusters' names are kept."""
        version = self.store.table("clusters").version
        if version != self._clusters_at:
            self._clusters_at = version
            self._clusters = {row.key.id: row.name for row in self.store.rows("clusters")}
        now = self.clock.now()
        return PaneContext(store=self.store, now=now, ascii=self.ascii, calm=self.calm(), clusters=self._clusters)

    def facts(self) -> Facts:
        """The header's facts, before the connection those of the settings."""
        if self.connection is not None:
            return self.connection.facts()
        aws = self.settings.aws
        return Facts(profile=aws.profile, region=aws.region, read_only=self.settings.safety.read_only)

    def action_context(self) -> Context | None:
        """What actions work with; None until connected."""
        if self.connection is None:
            return None
        return Context(clients=self.connection.clients, clock=self.clock, store=self.store, settings=self.settings)

    def pane_of(self, word: str) -> Pane | None:
        """The pane that a word of the ``:`` line means."""
        return pane_named(word, self.panes)
