"""Logs of pods, deployments, replica sets and containers: each container followed on its own, pods coming and going.

Who belongs to a deployment is read from the store (owner references), which is watched while logs are open. Follows have
a session of their own, at most 50 at one time; who does not fit is said, never left out silently.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from random import Random

from tui.logs.base import LogLine
from tui.model.clock import Clock
from tui.model.kubernetes import DeploymentRow, PodContainer, PodContainerRow, PodRow, ReplicaSetRow
from tui.model.row import Row
from tui.model.scope import Key
from tui.sources.backoff import Backoff
from tui.sources.kubernetes.connect import KubernetesConnection
from tui.sources.kubernetes.follow import Follower, Target
from tui.store import KindChanges, Store, Urgency

_log = logging.getLogger("pierhead.sources.kubernetes.logs")
LIMIT = 50
#: batches that wait for the screen; then the followers wait, and with them the servers
WAITING = 256
BACKOFF_BASE, BACKOFF_CEILING = 1.0, 15.0


class KubernetesLogs:
    """The LogProvider of one cluster."""

    kinds: tuple[str, ...] = ("pods", "pod-containers", "deployments", "replica-sets")

    def __init__(self, connection: KubernetesConnection, store: Store, clock: Clock, random: Random | None = None) -> None:
        self._connection = connection
        self._store = store
        self._clock = clock
        self._random = random or Random()

    async def follow(
        self, rows: Sequence[Row], *, since: float = 600.0, tail: int = 200, previous: bool = False
    ) -> AsyncIterator[Sequence[LogLine]]:
        """Batches of lines of all containers behind ``rows``; ``previous`` ends by itself, otherwise until closed."""
        tail_of = _Tail(self._connection, self._store, self._clock, self._random, rows, since, tail)
        try:
            async with contextlib.aclosing(tail_of.previous() if previous else tail_of.live()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            await tail_of.close()


class _Tail:
    """One open log view of one cluster."""

    def __init__(
        self,
        connection: KubernetesConnection,
        store: Store,
        clock: Clock,
        random: Random,
        rows: Sequence[Row],
        since: float,
        tail: int,
    ) -> None:
        self._connection = connection
        self._store = store
        self._clock = clock
        self._random = random
        self._rows = rows
        self._since = since
        self._tail = tail
        self._queue: asyncio.Queue[list[LogLine]] = asyncio.Queue(WAITING)
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._done: set[tuple[str, str]] = set()
        self._left_out = 0
        self._changed = asyncio.Event()
        self._pausing: dict[str, set[asyncio.Event]] = {}
        self._started = clock.now()

    async def live(self) -> AsyncGenerator[list[LogLine], None]:
        """Follow for ever."""
        kinds = ("pods", "replica-sets")
        interests = [self._store.interest.register(kind, self._connection.scope, Urgency.BACKGROUND) for kind in kinds]
        subscription = self._store.subscribe(kinds, self._heard)
        self._changed.set()
        joining = asyncio.ensure_future(self._join())
        try:
            while True:
                getting = asyncio.ensure_future(self._batch())
                await asyncio.wait({getting, joining}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    getting.cancel()
                    joining.result()  # it never ends by itself: a fault of ours goes to whoever reads
                yield await getting
        finally:
            joining.cancel()
            await asyncio.gather(joining, return_exceptions=True)
            subscription.close()
            for interest in interests:
                interest.close()

    async def previous(self) -> AsyncGenerator[list[LogLine], None]:
        """The runs before, of all containers that had one; ends when all were read."""
        room = asyncio.Semaphore(LIMIT)

        async def read(target: Target) -> None:
            async with room:
                await self._follower(target).previous(self._tail)

        works = {(t.uid, t.container): asyncio.ensure_future(read(t)) for t in self._targets()}
        self._tasks = works
        pending: set[asyncio.Task[None]] = set(works.values())
        while pending or not self._queue.empty():
            getting = asyncio.ensure_future(self._batch())
            await asyncio.wait({getting, *pending}, return_when=asyncio.FIRST_COMPLETED)
            pending = {work for work in pending if not work.done()}
            if getting.done():
                yield getting.result()
            else:
                getting.cancel()
                await asyncio.gather(getting, return_exceptions=True)
        for work in works.values():
            work.result()

    async def close(self) -> None:
        """End every follow."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _batch(self) -> list[LogLine]:
        """What is there, at least one line."""
        batch = list(await self._queue.get())
        while not self._queue.empty() and len(batch) < 10_000:
            batch += self._queue.get_nowait()
        return batch

    # -- who belongs to it -----------------------------------------------------------------------------------------

    async def _join(self) -> None:
        """Start a follow for each container that joins, as long as there is room."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            targets = [t for t in self._targets() if (t.uid, t.container) not in self._done]
            new = [t for t in targets if (t.uid, t.container) not in self._tasks]
            room = LIMIT - len(self._tasks)
            for target in new[:room]:
                name = (target.uid, target.container)
                task = asyncio.create_task(self._run(target), name=f"log {target.pod}/{target.container}")
                self._tasks[name] = task
            await self._leave_out(len(new) - max(room, 0))

    async def _leave_out(self, count: int) -> None:
        count = max(count, 0)
        if count > self._left_out:
            now = int(self._clock.now() * 1e9)
            words = f"{count} containers are not followed: {LIMIT} at one time; choose pods to see the others"
            await self._queue.put([LogLine(now, self._connection.name, words, "", "note")])
        self._left_out = count

    async def _run(self, target: Target) -> None:
        """Follow one container. A fault of ours is said in its place, leaves the others alone, and is tried again."""
        name = (target.uid, target.container)
        follower, backoff = self._follower(target), Backoff(self._random, ceiling=BACKOFF_CEILING)
        pod = self._pod(target.uid)
        # a pod that was made while we look is read from its beginning
        tail = None if pod is not None and pod.created > self._started else self._tail
        try:
            while True:
                try:
                    await follower.run(self._since + self._clock.now() - self._started, tail)
                    return
                except Exception as error:  # noqa: BLE001 - the one place where a crash of a follow ends
                    _log.exception("the log of %s/%s stopped", target.pod, target.container)
                    words = f"{target.label} stopped on a fault of pierhead: {type(error).__name__}: {error}"
                    await self._queue.put([LogLine(int(self._clock.now() * 1e9), target.label, words, "", "error")])
                    await self._pause(target, backoff.next())
        finally:
            self._done.add(name)
            self._tasks.pop(name, None)
            self._changed.set()

    def _follower(self, target: Target) -> Follower:
        return Follower(
            self._connection.log_requests,
            target,
            self._queue.put,
            self._clock,
            Backoff(self._random, base=BACKOFF_BASE, ceiling=BACKOFF_CEILING),
            lambda: self._alive(target),
            lambda seconds: self._pause(target, seconds),
            lambda: mark[1] if (mark := self._mark(target)) is not None else None,
        )

    def _heard(self, changes: Mapping[str, KindChanges]) -> None:
        self._changed.set()
        pods = changes.get("pods")
        for key in (*pods.changed, *pods.removed) if pods is not None else ():
            for waiting in self._pausing.get(key.id, ()):
                waiting.set()

    async def _pause(self, target: Target, seconds: float) -> None:
        """Wait, but not longer than until the container starts, ends or goes: its next lines are wanted at once."""
        before, changed = self._mark(target), asyncio.Event()
        self._pausing.setdefault(target.uid, set()).add(changed)
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            while not sleeping.done() and self._mark(target) == before:
                changed.clear()
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait((sleeping, waiting), return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
        finally:
            sleeping.cancel()
            await asyncio.gather(sleeping, return_exceptions=True)
            self._pausing[target.uid].discard(changed)

    def _mark(self, target: Target) -> tuple[str, int] | None:
        pod = self._pod(target.uid)
        found = next((c for c in pod.containers if c.name == target.container), None) if pod is not None else None
        return (found.state, found.restarts) if found is not None else None

    def _alive(self, target: Target) -> bool:
        """Whether the container may write again: its pod is there and neither has done its work."""
        pod = self._pod(target.uid)
        if pod is None or pod.phase in ("Succeeded", "Failed"):
            return False
        container = next((c for c in pod.containers if c.name == target.container), None)
        return container is None or not (container.init and not container.sidecar and container.exit_code == 0)

    def _pod(self, uid: str) -> PodRow | None:
        row = self._store.get(Key.of("pods", self._connection.scope, uid))
        return row if isinstance(row, PodRow) else None

    def _targets(self) -> list[Target]:
        """The containers behind the rows, as the store has them now."""
        found: dict[tuple[str, str], Target] = {}
        for row in self._rows:
            for target in self._behind(row):
                found.setdefault((target.uid, target.container), target)
        return list(found.values())

    def _behind(self, row: Row) -> Iterable[Target]:
        if isinstance(row, PodContainerRow):
            pod = self._pod(row.pod.id)
            names = [c for c in pod.containers if c.name == row.container.name] if pod else [row.container]
            return [_target(row.namespace, row.pod_name, row.pod.id, c.name, row.pod_name) for c in names]
        if isinstance(row, PodRow):
            return _containers(self._pod(row.uid) or row)
        if isinstance(row, DeploymentRow | ReplicaSetRow):
            return [target for pod in self._pods_of(row) for target in _containers(pod)]
        return ()

    def _pods_of(self, row: DeploymentRow | ReplicaSetRow) -> list[PodRow]:
        """Pods by their owners; where replica sets may not be read, by the deployment's selector."""
        sets = {row.uid}
        pods = [p for p in self._store.rows("pods") if isinstance(p, PodRow) and p.namespace == row.namespace]
        pods = [p for p in pods if p.key.identity == row.key.identity]
        if isinstance(row, DeploymentRow):
            known = [s for s in self._store.rows("replica-sets") if isinstance(s, ReplicaSetRow)]
            sets = {s.uid for s in known if s.owner is not None and s.owner[2] == row.uid}
            if not sets and row.selector:
                wanted = set(row.selector)
                return sorted((p for p in pods if wanted <= set(p.labels)), key=lambda p: p.name)
        return sorted((p for p in pods if p.owner is not None and p.owner[2] in sets), key=lambda p: p.name)


def _containers(pod: PodRow) -> list[Target]:
    """Every container that has run or runs; init containers only where they did something."""
    chosen = [c for c in pod.containers if not c.init or c.sidecar or c.state in ("running", "terminated")]
    mains = [c for c in chosen if not c.init]
    return [_target(pod.namespace, pod.name, pod.uid, c.name, label_of(pod, c, len(mains))) for c in chosen]


def _target(namespace: str, pod: str, uid: str, container: str, label: str) -> Target:
    return Target(namespace, pod, uid, container, label)


def label_of(pod: PodRow, container: PodContainer, mains: int = 1) -> str:
    """``cart x2k1b`` for pod ``cart-7f9c-x2k1b`` of a deployment; with the container's name where it is not alone."""
    label = pod.name
    if pod.owner is not None and pod.name.startswith(f"{pod.owner[1]}-"):
        template = dict(pod.labels).get("pod-template-hash", "")
        workload = pod.owner[1].removesuffix(f"-{template}") if template else pod.owner[1]
        label = f"{workload} {pod.name[len(pod.owner[1]) + 1 :]}"
    return label if mains < 2 and not container.init else f"{label} {container.name}"
