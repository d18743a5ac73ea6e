"""Events as controllers and kubelets record them: one object for each repeated message, with its count; gone after an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.times import stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

KEPT = 3600.0  # seconds since an event was last seen


class Recorder:
    """Writes events; knows which ones it can count up instead of writing anew."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self._cluster = cluster
        self._known: dict[tuple[str, ...], tuple[str, str, float]] = {}  # to namespace, name, last seen

    def record(
        self,
        resource: Resource,
        involved: Object,
        kind: str,
        reason: str,
        message: str,
        component: str,
        *,
        host: str = "",
        field_path: str = "",
        first: float = 0.0,
        count: int = 1,
    ) -> None:
        """Note that something happened to ``involved``. ``kind``: Normal or Warning. ``first`` and ``count`` back-date a
        message that the world began with."""
        metadata = involved["metadata"]
        key = (metadata["uid"], reason, message, field_path, component)
        now = self._cluster.now()
        known = self._known.get(key)
        if known is not None and self._again(key, known, now):
            return
        namespace = metadata.get("namespace", "default")
        name = f"{metadata['name']}.{self._cluster.rng.getrandbits(64):016x}"
        source = {"component": component, "host": host} if host else {"component": component}
        event = {
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": stamp(first or now)},
            "involvedObject": _reference(resource, metadata, field_path),
            "reason": reason,
            "message": message,
            "source": source,
            "firstTimestamp": stamp(first or now),
            "lastTimestamp": stamp(now),
            "count": count,
            "type": kind,
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": host,
        }
        self._cluster.storage.create(api.EVENTS, event)
        self._known[key] = (namespace, name, now)

    def _again(self, key: tuple[str, ...], known: tuple[str, str, float], now: float) -> bool:
        event = self._cluster.storage.read(api.EVENTS, known[0], known[1])
        if event is None:
            return False
        event["count"] += 1
        event["lastTimestamp"] = stamp(now)
        self._cluster.storage.update(api.EVENTS, event)
        self._known[key] = (known[0], known[1], now)
        return True

    def forget_old(self) -> None:
        """Remove the events that were last seen an hour ago."""
        now = self._cluster.now()
        for key, (namespace, name, last) in list(self._known.items()):
            if now - last > KEPT:
                del self._known[key]
                if self._cluster.storage.find(api.EVENTS, namespace, name) is not None:
                    self._cluster.storage.remove(api.EVENTS, namespace, name)


def _reference(resource: Resource, metadata: Object, field_path: str) -> Object:
    """What the event is about."""
    reference = {
        "kind": resource.kind,
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "uid": metadata["uid"],
        "apiVersion": resource.api_version,
        "resourceVersion": metadata.get("resourceVersion", ""),
        "fieldPath": field_path,
    }
    return {k: v for k, v in reference.items() if v}
