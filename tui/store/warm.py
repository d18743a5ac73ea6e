"""The warm start: the last session's rows on disk, for a first frame that shows something.

Kept are the rows of kinds whose type marks fields as ``cached``, and of them those fields only: names, states, counts;
never tags, environment, events, free text or log lines. One file for each (profile, region, context), mode 0600, at most
5 MiB, written whole or not at all. A file that is damaged, of another version or too large is left alone, with a reason.

Layout: a MessagePack map ``{version, place, scopes, groups}``; a group is the rows of one kind and scope with the time
they were last live, each row an array of its natural id and its cached fields.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tui.model import ecr, ecs, kubernetes
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.store.freshness import Freshness
from tui.store.stamp import LOWEST
from tui.store.store import Store

VERSION = 1
LIMIT = 5 * 1024 * 1024
"""Bytes that a file may have."""
KEEP = 7 * 86_400.0
"""Seconds after which rows that were not live again are no longer kept."""

_KNOWN = (ecr, ecs, kubernetes)  # their row types exist once they are imported


class Group(Struct, frozen=True):
    """Rows of one kind and scope. ``fields``: what each row has after its id; ``rows``: a MessagePack array of arrays."""

    kind: str
    scope: int
    saved: float
    fields: tuple[str, ...]
    rows: msgspec.Raw


class File(Struct, frozen=True):
    """The whole file. ``place``: profile, region, context, so that a file under a wrong name is not believed."""

    version: int
    place: tuple[str, str, str]
    scopes: tuple[Scope, ...]
    groups: tuple[Group, ...]


class WarmReport(Struct, frozen=True):
    """What a load gave: rows taken, when the oldest of them were live (epoch seconds), or why there are none."""

    rows: int = 0
    saved: float | None = None
    reason: str = ""


class Damaged(ValueError):
    """A file that cannot be used; the text says why."""


def row_types() -> dict[str, type[Row]]:
    """Row types by kind that may be kept: those with cached fields, of all modules that are imported."""
    found: dict[str, type[Row]] = {}
    waiting: list[type[Row]] = [Row]
    while waiting:
        row_type = waiting.pop()
        waiting += row_type.__subclasses__()
        if row_type.kind and row_type.cached:
            found[row_type.kind] = row_type
    return found


class WarmStart:
    """One place's file: ``load`` before the first frame, ``save`` now and then and at the end."""

    def __init__(self, directory: Path, *, profile: str = "", region: str = "", context: str = "", limit: int = LIMIT) -> None:
        self._place = (profile, region, context)
        name = hashlib.sha256("\0".join(self._place).encode()).hexdigest()[:24]
        self.path = directory / f"{name}.warm"
        self._limit = limit
        self._saved: dict[tuple[str, Scope], float] = {}

    def saved(self, kind: str) -> float | None:
        """When the oldest loaded rows of a kind were last live; None where none were loaded."""
        return min((time for (of, _), time in self._saved.items() if of == kind), default=None)

    # -- reading -------------------------------------------------------------------------------------------------

    def load(self, store: Store) -> WarmReport:
        """Put the file's rows into ``store`` with the lowest stamp. Never raises for what the file holds."""
        try:
            file = self._read()
        except FileNotFoundError:
            return WarmReport(reason="there is no earlier session")
        except OSError as error:
            return WarmReport(reason=f"{self.path.name} cannot be read: {error.strerror}")
        except (ValueError, msgspec.MsgspecError) as error:
            return WarmReport(reason=f"{self.path.name} was left alone: {error}")
        rows: list[Row] = []
        try:
            for group in file.groups:
                rows += self._rows(group, file.scopes)
        except (ValueError, msgspec.MsgspecError) as error:
            self._saved.clear()
            return WarmReport(reason=f"{self.path.name} was left alone: {error}")
        store.upsert(rows, LOWEST)
        self._follow(store)
        return WarmReport(len(rows), min(self._saved.values(), default=None))

    def _follow(self, store: Store) -> None:
        """Drop what turns out to be gone: no listing would ever cover the rows of a cluster that is no more."""

        def heard(changed: tuple[Freshness, ...]) -> None:
            read = {entry.kind for entry in changed if entry.last_success is not None}
            if read & set(CLUSTERS):
                forget_gone(store)
            for kind in read:
                if store.warm_count(kind):
                    forget_strangers(store, kind)
            if not store.warm_count():
                subscription.close()

        subscription = store.freshness.subscribe(heard)

    def _read(self) -> File:
        descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if status.st_uid != os.getuid():
                raise Damaged("it belongs to another user")
            if status.st_size > self._limit:
                raise Damaged(f"it has {status.st_size} bytes, more than {self._limit}")
            content = stream.read(self._limit + 1)
        version = msgspec.msgpack.decode(content, type=_Versioned).version
        if version != VERSION:
            raise Damaged(f"it has version {version}, not {VERSION}")
        file = msgspec.msgpack.decode(content, type=File)
        if file.place != self._place:
            raise Damaged("it is of another profile, region or context")
        return file

    def _rows(self, group: Group, scopes: tuple[Scope, ...]) -> Iterator[Row]:
        row_type = row_types().get(group.kind)
        if row_type is None or group.fields != row_type.cached:
            return  # a kind that is gone, or whose fields are others now
        if not 0 <= group.scope < len(scopes):
            raise Damaged("a group has no scope")
        scope = scopes[group.scope]
        identity, kind = scope.identity, group.kind
        self._saved[kind, scope] = group.saved
        fields = group.fields
        astuple = msgspec.structs.astuple
        for line in msgspec.msgpack.decode(group.rows, type=list[_line_type(row_type)]):  # type: ignore[misc]
            natural_id, *values = astuple(line)
            yield row_type(key=Key(kind, identity, natural_id), scope=scope, **dict(zip(fields, values)))  # noqa: B905

    # -- writing -------------------------------------------------------------------------------------------------

    def save(self, store: Store) -> int:
        """Write what is in ``store`` now; gives the bytes written. Raises OSError where that fails; the old file stays."""
        content = self._encode(store)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_suffix(f".{os.getpid()}.tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            draft.replace(self.path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        return len(content)

    def _encode(self, store: Store) -> bytes:
        scopes: dict[Scope, int] = {}
        groups: list[Group] = []
        room = self._limit - 4096
        for (kind, scope, saved), rows in self._gather(store):
            body = _pack(kind, rows)
            while len(body) > room and rows:
                rows = rows[: min(len(rows) - 1, int(len(rows) * room / len(body)))]
                body = _pack(kind, rows)
            if not rows:
                continue
            room -= len(body) + 256
            fields = row_types()[kind].cached
            groups.append(Group(kind, scopes.setdefault(scope, len(scopes)), saved, fields, msgspec.Raw(body)))
        return msgspec.msgpack.encode(File(VERSION, self._place, tuple(scopes), tuple(groups)))

    def _gather(self, store: Store) -> list[tuple[tuple[str, Scope, float], list[Row]]]:
        """Rows by kind, scope and the time they were last live; small groups first, so that a large one is what is cut."""
        now = store.clock.now()
        groups: dict[tuple[str, Scope, float], list[Row]] = defaultdict(list)
        for kind in row_types():
            for row in store.rows(kind):
                scope = row.scope
                saved = now if store.is_live(row.key) else self._saved.get((kind, scope), now)
                if now - saved <= KEEP and row.key.identity == scope.identity:
                    groups[kind, scope, saved].append(row)
        return sorted(groups.items(), key=lambda item: len(item[1]))


CLUSTERS = ("clusters", "eks-clusters")


def forget_gone(store: Store) -> None:
    """Drop warm rows of clusters that a whole listing no longer has, and of another account than its owner's now."""
    for kind, service in (("clusters", ":ecs:"), ("eks-clusters", ":eks:")):
        read = {entry.scope.owner: entry.scope for entry in store.freshness.of(kind) if entry.last_success is not None}
        there = {row.key.id for row in store.rows(kind) if store.is_live(row.key)}

        def gone(row: Row, read: dict[str, Scope] = read, there: set[str] = there, service: str = service) -> bool:
            scope = row.scope
            owner = read.get(scope.owner)
            if owner is not None and scope.account and owner.account and scope.account != owner.account:
                return True
            inside = service in scope.cluster and any(
                (place.account, place.region) == (scope.account, scope.region) for place in read.values()
            )
            return inside and scope.cluster not in there

        store.forget_warm(gone)


def forget_strangers(store: Store, kind: str) -> None:
    """Drop warm rows of a kind whose owner does not read it in this session: another region, another cluster's context."""
    owners = {entry.scope.owner for entry in store.freshness.of(kind)}
    store.forget_warm(lambda row: row.scope.owner not in owners, kind)


class _Versioned(Struct, frozen=True):
    version: int


def _pack(kind: str, rows: Iterable[Row]) -> bytes:
    fields = row_types()[kind].cached
    values = attrgetter("key.id", *fields)
    return msgspec.msgpack.encode([values(row) for row in rows])


_line_types: dict[type[Row], Any] = {}


def _line_type(row_type: type[Row]) -> Any:
    """The array that a row of this type is on disk, with the row's own field types, so that decoding checks them."""
    known = _line_types.get(row_type)
    if known is None:
        types = {field.name: field.type for field in msgspec.structs.fields(row_type)}
        known = _line_types[row_type] = msgspec.defstruct(
            f"{row_type.__name__}Line",
            [("id_", str), *[(name, types[name]) for name in row_type.cached]],
            array_like=True,
            gc=False,
            forbid_unknown_fields=True,
        )
    return known
