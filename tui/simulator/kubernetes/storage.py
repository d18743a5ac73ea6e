"""The cluster's memory: every object as bytes in the order of its key, one running resourceVersion, one log a resource."""

from __future__ import annotations

import random
import uuid
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.json import Decoder, encode

from tui.simulator.kubernetes import errors
from tui.simulator.kubernetes.facts import Object, facts_of
from tui.simulator.kubernetes.history import Entry, EventLog, Stored
from tui.simulator.kubernetes.resources import EVENTS, PODS, REPLICA_SETS, STORED, Resource
from tui.simulator.kubernetes.times import seconds, stamp

FIRST_VERSION = 91_200_000
POD_HISTORY = 32 << 20  # bytes
OTHER_HISTORY = 4 << 20
LEAVES = (PODS, EVENTS)
Key = tuple[str, str]
_decoder: Decoder[Object] = Decoder(Object)


class Change(Struct, frozen=True, gc=False):
    """What a listener hears: ADDED, MODIFIED or DELETED, the object after it (before it when deleted) and before it."""

    resource: Resource
    type: str
    stored: Stored
    previous: Stored | None


class Table:
    """The objects of one resource, by (namespace, name), in that order."""

    def __init__(self, resource: Resource, budget: int) -> None:
        self.resource = resource
        self.objects: dict[Key, Stored] = {}
        self.keys: list[Key] = []
        self.log = EventLog(budget)

    def within(self, namespace: str, after: Key = ("", "")) -> list[Key]:
        """The keys of a namespace (all with ``""``) that come after ``after``."""
        start = bisect_left(self.keys, (after[0], after[1] + "\0") if after != ("", "") else ("", ""))
        if not namespace:
            return self.keys[start:]
        start = max(start, bisect_left(self.keys, (namespace, "")))
        return self.keys[start : bisect_left(self.keys, (namespace + "\0", ""))]


class Storage:
    """Create, read, update and remove objects. Everything above (defaults, admission, patches) is the API's affair."""

    def __init__(self, now: Callable[[], float], rng: random.Random) -> None:
        self.now = now
        self._rng = rng
        self.version = FIRST_VERSION
        self.tables = {r: Table(r, POD_HISTORY if r is PODS else OTHER_HISTORY) for r in STORED}
        self.listeners: list[Callable[[Change], None]] = []
        self._children: dict[str, dict[tuple[Resource, str, str], None]] = {}
        self._places: dict[str, tuple[Resource, str, str]] = {}  # of what may own something, by uid
        self._orphans: dict[Resource, dict[Key, None]] = {PODS: {}, REPLICA_SETS: {}}
        self._labels: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}

    # reading

    def find(self, resource: Resource, namespace: str, name: str) -> Stored | None:
        """The object at rest."""
        return self.tables[resource].objects.get((namespace, name))

    def get(self, resource: Resource, namespace: str, name: str) -> Stored:
        """``find``, or 404."""
        found = self.find(resource, namespace, name)
        if found is None:
            raise errors.not_found(resource, name)
        return found

    def read(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """The object as a dictionary of the caller's own."""
        found = self.find(resource, namespace, name)
        return decode(found) if found else None

    def all(self, resource: Resource, namespace: str = "") -> Iterator[Stored]:
        """Every object of a resource (of one namespace), in key order."""
        table = self.tables[resource]
        if not namespace:
            return iter([table.objects[key] for key in table.keys])
        return iter([table.objects[key] for key in table.within(namespace)])

    def owned(self, uid: str, resource: Resource | None = None) -> list[Stored]:
        """The objects whose controller has this uid."""
        found = []
        for kind, namespace, name in self._children.get(uid, ()):
            if resource is None or kind is resource:
                found.append(self.tables[kind].objects[namespace, name])
        return found

    def children(self, uid: str) -> list[tuple[Resource, str, str]]:
        """Resource, namespace and name of what this uid controls."""
        return list(self._children.get(uid, ()))

    def place(self, uid: str) -> tuple[Resource, str, str] | None:
        """Where the owner with this uid is (pods and events own nothing and are not known here)."""
        return self._places.get(uid)

    def orphans(self, resource: Resource, namespace: str) -> list[Stored]:
        """Pods or replica sets of a namespace that no controller owns."""
        objects = self.tables[resource].objects
        return [objects[key] for key in self._orphans[resource] if key[0] == namespace]

    def _note_owner(self, resource: Resource, key: Key, before: str, after: str | None) -> None:
        """Keep the indexes of owners: ``before`` and ``after`` are uids, ``""`` nobody, ``None`` the object is gone."""
        if before:
            self._children.get(before, {}).pop((resource, *key), None)
        if after:
            self._children.setdefault(after, {})[resource, *key] = None
        if resource in self._orphans:
            if after == "":
                self._orphans[resource][key] = None
            else:
                self._orphans[resource].pop(key, None)

    # writing

    def new_uid(self) -> str:
        """A random uid from the world's seed."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def create(self, resource: Resource, obj: Object, *, quiet: bool = False) -> Stored:
        """Store a new object: gives it uid, creation time (when they are missing) and resourceVersion.

        ``quiet``: no log entry and no listener, for the world's first objects.
        """
        metadata = obj.setdefault("metadata", {})
        key = (metadata.get("namespace", "") if resource.namespaced else "", metadata["name"])
        table = self.tables[resource]
        if key in table.objects:
            raise errors.exists(resource, key[1])
        metadata.setdefault("uid", self.new_uid())
        metadata.setdefault("creationTimestamp", stamp(self.now()))
        stored = self._seal(resource, obj)
        table.objects[key] = stored
        insort(table.keys, key)
        self._note_owner(resource, key, "", stored.owner)
        if resource not in LEAVES:
            self._places[stored.uid] = (resource, *key)
        if not quiet:
            self._tell(resource, "ADDED", stored, None)
        return stored

    def update(self, resource: Resource, obj: Object) -> Stored:
        """Replace an object; nothing happens when nothing differs."""
        metadata = obj["metadata"]
        key = (metadata.get("namespace", "") if resource.namespaced else "", metadata["name"])
        table = self.tables[resource]
        previous = table.objects.get(key)
        if previous is None:
            raise errors.not_found(resource, key[1])
        metadata["resourceVersion"] = str(previous.version)
        if encode({"kind": resource.kind, "apiVersion": resource.api_version, **obj}) == previous.body:
            return previous
        stored = self._seal(resource, obj)
        table.objects[key] = stored
        if stored.owner != previous.owner:
            self._note_owner(resource, key, previous.owner, stored.owner)
        self._tell(resource, "MODIFIED", stored, previous)
        return stored

    def remove(self, resource: Resource, namespace: str, name: str) -> Stored:
        """Take an object out at once; the last state, with the resourceVersion of its removal, is what watches get."""
        table = self.tables[resource]
        previous = self.get(resource, namespace, name)
        obj = decode(previous)
        last = self._seal(resource, obj)
        del table.objects[namespace, name]
        del table.keys[bisect_left(table.keys, (namespace, name))]
        self._note_owner(resource, (namespace, name), previous.owner, None)
        self._places.pop(previous.uid, None)
        self._tell(resource, "DELETED", last, previous)
        return last

    def bookmark(self, resources: Iterable[Resource] = STORED) -> int:
        """Write a BOOKMARK into the logs: open watches that asked for bookmarks pass it on. Its resourceVersion is new."""
        self.version += 1
        for resource in resources:
            self.tables[resource].log.append(Entry(self.version, "BOOKMARK", None))
        return self.version

    def compact(self) -> None:
        """Forget all history, as etcd's compaction does: watches and pages from before answer 410."""
        for table in self.tables.values():
            table.log.expire(self.version)

    def settle_history(self) -> None:
        """The world's first objects are in: nothing before now can be replayed."""
        for table in self.tables.values():
            table.log.floor = self.version

    def _seal(self, resource: Resource, obj: Object) -> Stored:
        self.version += 1
        metadata = obj["metadata"]
        metadata["resourceVersion"] = str(self.version)
        head = {"kind": resource.kind, "apiVersion": resource.api_version}  # first, so that a list can cut them off
        owner = next((ref["uid"] for ref in metadata.get("ownerReferences") or () if ref.get("controller")), "")
        return Stored(
            metadata.get("namespace", "") if resource.namespaced else "",
            metadata["name"],
            metadata["uid"],
            self.version,
            encode({**head, **obj}),
            self._shared(metadata.get("labels")),
            owner,
            seconds(metadata["creationTimestamp"]),
            "deletionTimestamp" in metadata,
            facts_of(resource, obj),
        )

    def _shared(self, labels: Mapping[str, str] | None) -> Mapping[str, str]:
        items = tuple(labels.items()) if labels else ()
        known = self._labels.get(items)
        if known is None:
            if len(self._labels) > 50_000:
                self._labels.clear()
            known = self._labels[items] = dict(items)
        return known

    def _tell(self, resource: Resource, kind: str, stored: Stored, previous: Stored | None) -> None:
        before = (previous.labels, previous.facts) if previous else (None, None)
        self.tables[resource].log.append(Entry(stored.version, kind, stored, *before))
        change = Change(resource, kind, stored, previous)
        for listener in self.listeners:
            listener(change)


def decode(stored: Stored) -> Object:
    """The object as a dictionary of the caller's own."""
    return _decoder.decode(stored.body)
