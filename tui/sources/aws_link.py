"""The way to AWS: opened in the background, tried again until it works, left when the user switches.

While there is no connection, the freshness of every kind that AWS would bring says why.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from config import Settings
from tui.model import Scope
from tui.model.errors import ApiError
from tui.sources.aws.connection import AwsConnection, Hook
from tui.sources.aws.guard import ReadGuard
from tui.sources.aws.identity import identify
from tui.sources.aws.limits import Priority
from tui.sources.aws.loading import load_next
from tui.sources.aws.session import SessionPlan
from tui.sources.backoff import Backoff
from tui.sources.base import Source, SourceContext, discover
from tui.sources.head_start import FIRST_KINDS, FIRST_MODULES, HeadStart
from tui.sources.polling import STATES
from tui.sources.supervisor import Supervisor, fault
from tui.sources.waiting import woken
from tui.store.freshness import Freshness, FreshState
from tui.store.interest import InterestNews

PACKAGE = "tui.sources.aws"
NAME = "aws"
Ask = Callable[[str], Awaitable[str | None]]


def plan_of(settings: Settings, *, loopback_only: bool) -> SessionPlan:
    """How to sign in, by the settings; in the demo from the world's own environment, and nothing else."""
    aws = settings.aws
    if loopback_only:
        return SessionPlan(
            region=aws.region or os.environ.get("AWS_REGION", ""),
            endpoint_url=os.environ.get("AWS_ENDPOINT_URL", ""),
            access=(os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")),
            loopback_only=True,
            connect_timeout=aws.connect_timeout_s,
            read_timeout=aws.read_timeout_s,
        )
    return SessionPlan(
        profile=aws.profile or os.environ.get("AWS_PROFILE", ""),
        region=aws.region,
        role_arn=aws.role_arn,
        role_session_name=aws.role_session_name,
        external_id=aws.external_id,
        endpoint_url=aws.endpoint_url,
        connect_timeout=aws.connect_timeout_s,
        read_timeout=aws.read_timeout_s,
    )


class AwsLink:
    """One at a time; the hub makes a new one to switch. ``opened``: set after the first try, whatever came of it."""

    def __init__(
        self,
        settings: Settings,
        context: SourceContext,
        guard: ReadGuard,
        *,
        loopback_only: bool,
        clock: Any,
        head_start: HeadStart,
        hooks: tuple[Hook, ...] = (),
        ask: Ask | None = None,
    ) -> None:
        self.settings = settings
        self.error: ApiError | None = None
        self.alias = ""
        self.on_open: Callable[[AwsConnection], None] | None = None
        self.opened = asyncio.Event()
        self.connected = asyncio.Event()
        self._context = context
        self._head_start = head_start
        self._clock = clock
        self._supervisor = Supervisor()
        plan = plan_of(settings, loopback_only=loopback_only)
        self.connection = AwsConnection(plan, clock=clock, guard=guard, share=settings.refresh.rate_share, ask=ask, hooks=hooks)
        self.connection.gate.on_recovered = context.store.interest.refresh
        self._wake = asyncio.Event()

    async def open(self) -> None:
        """Sign in once. Raises ApiError."""
        await self.connection.sign_in()
        wanted = self._context.store.interest.kinds() & FIRST_KINDS
        await identify(self.connection, self._clock, by_clusters=bool(wanted))
        self.error = None

    async def run(self) -> None:
        """Open, trying again until it works; then run the sources until cancelled."""
        subscription = self._context.store.interest.subscribe(self._heard)
        backoff = Backoff(self._context.random, ceiling=20.0)
        try:
            while not await self._try(backoff):
                pass
            self._start_sources()
            await asyncio.Event().wait()
        finally:
            subscription.close()
            await self._supervisor.stop()

    def _heard(self, news: InterestNews) -> None:
        if news.refresh:
            self.connection.retry_now()
            self._wake.set()

    async def _try(self, backoff: Backoff) -> bool:
        """One try; waits after a failure, cut short by ``ctrl-r``."""
        try:
            if not self.connection.account:
                await self.open()
        except ApiError as error:
            return await self._failed(error, backoff)
        except Exception as error:  # noqa: BLE001 - nothing may end the tries: shown, logged, tried again
            return await self._failed(fault(self._context, NAME, error), backoff)
        self.error = None
        self._context.store.freshness.drop(source=NAME)
        return True

    async def _failed(self, error: ApiError, backoff: Backoff) -> bool:
        self.error = error
        wait = backoff.next(error)
        self._say(error, wait)
        self.opened.set()
        await woken(self._context.clock, wait, self._wake)
        return False

    def _start_sources(self) -> None:
        if self.on_open is not None:
            self.on_open(self.connection)
        first = discover(PACKAGE, FIRST_MODULES)
        self._run_sources(first)
        self._supervisor.spawn(self._start_others(first), name="the other sources")
        self.connected.set()
        self.opened.set()

    async def _start_others(self, first: Iterable[type[Source]]) -> None:
        """What the first list does not need: its rows come first."""
        await self._head_start.over()
        self._run_sources([source for source in discover(PACKAGE) if source not in first])
        self._supervisor.spawn(asyncio.to_thread(load_next), name="service models")
        self._supervisor.spawn(self._read_names(), name="caller and account alias")

    def _run_sources(self, found: Iterable[type[Source]]) -> None:
        for source in found:
            self._supervisor.start(source(self._with_connection()), self.connection.scope)

    def _with_connection(self) -> SourceContext:
        context = self._context
        return SourceContext(
            store=context.store,
            clock=context.clock,
            settings=self.settings,
            aws=self.connection,
            log=context.log.getChild("aws"),
            random=context.random,
            failures=context.failures,
        )

    async def _read_names(self) -> None:
        """Who calls and the account's alias, for the header; not having the right is fine."""
        try:
            if not self.connection.caller:
                await self.connection.who()
            answer = await self.connection.call("iam", "ListAccountAliases", priority=Priority.BACKGROUND)
        except ApiError as error:
            self._context.log.info("no names for the header: %s", error)
            return
        self.alias = next(iter(answer.get("AccountAliases") or ()), "")

    def _say(self, error: ApiError, wait: float) -> None:
        """Why there is nothing, in the place of everything that AWS would bring."""
        store, clock = self._context.store, self._context.clock
        now = clock.now()
        self._context.failures.error(now, NAME, error)
        scope = Scope(self.connection.owner)
        for kind in kinds_of(discover(PACKAGE)):
            store.freshness.set(
                Freshness(
                    source=NAME,
                    kind=kind,
                    scope=scope,
                    state=STATES.get(error.trouble, FreshState.ERROR),
                    since=now,
                    message=str(error),
                    hint=error.hint,
                    next_try=now + wait,
                )
            )

    async def stop(self) -> None:
        """End the sources; the connection stays for plans that still name it."""
        await self._supervisor.stop()


def kinds_of(sources: Iterable[type[Source]]) -> list[str]:
    """The kinds that ``sources`` write."""
    return sorted({kind for source in sources for kind in source.kinds})
