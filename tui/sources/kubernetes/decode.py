"""From wire Structs to the model's rows.

One function a kind, called for each object of a list or watch, so they share what repeats: images, label sets, scopes.
A cluster has few different ones, and 10,000 pods then cost a third of the memory.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from tui.model.image import ImageRef
from tui.model.kubernetes import DeploymentRow, EventRow, NamespaceRow, NodeRow, PodRow, ReplicaSetRow
from tui.model.scope import Key, Scope
from tui.sources.kubernetes import wire
from tui.sources.kubernetes.containers import containers, image, one
from tui.sources.kubernetes.pods import words
from tui.sources.kubernetes.quantity import moment, quantity, timestamp

Pairs = tuple[tuple[str, str], ...]
Conditions = tuple[tuple[str, str, str, str], ...]


class Place:
    """Where rows live: one cluster as one owner sees it. Makes their keys and scopes, each text once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._identity = scope.identity
        self._scopes: dict[str, Scope] = {}

    def key(self, kind: str, uid: str) -> Key:
        return Key(kind, self._identity, uid)

    def at(self, namespace: str) -> Scope:
        """The scope of a row in ``namespace`` (empty for what lives in none)."""
        scope = self._scopes.get(namespace)
        if scope is None:
            s = self.scope
            scope = self._scopes[namespace] = Scope(s.owner, s.partition, s.account, s.region, s.cluster, namespace)
        return scope


@lru_cache(maxsize=16384)
def _in_order(items: Pairs) -> Pairs:
    return tuple(sorted(items))


def _pairs(mapping: dict[str, str] | None) -> Pairs:
    return _in_order(tuple(mapping.items())) if mapping else ()


_ANNOTATIONS = tuple(member.encode_name for member in msgspec.structs.fields(wire.Annotations))
_NO_ANNOTATIONS = msgspec.structs.astuple(wire.Annotations())
_OF_LISTINGS = msgspec.structs.fields(wire.Annotations)[
    wire.Annotations.__struct_fields__.index("initial_events_end")
].encode_name


def _annotations(annotations: wire.Annotations | None) -> Pairs:
    if annotations is None or (values := msgspec.structs.astuple(annotations)) == _NO_ANNOTATIONS:
        return ()
    found = zip(_ANNOTATIONS, values, strict=True)
    return tuple((name, value) for name, value in found if value is not None and name != _OF_LISTINGS)


Owner = tuple[str, str, str]
Metadata = tuple[Key, Scope, str, str, str, float, float, Pairs, Pairs, Owner | None]
_MEMBERS = ("key", "scope", "name", "namespace", "uid", "created", "deleted", "labels", "annotations", "owner")


@lru_cache(maxsize=16384)
def _owner(references: tuple[wire.OwnerReference, ...]) -> Owner | None:
    """The controller, else the first reference."""
    found = next((reference for reference in references if reference.controller), references[0] if references else None)
    return (found.kind, found.name, found.uid) if found is not None else None


def _members(meta: wire.Meta, kind: str, place: Place) -> Metadata:
    """The members that every row takes from ``metadata``."""
    scope = place.at(meta.namespace)
    uid, owners, deleted = meta.uid, meta.owner_references, meta.deletion_timestamp
    return (
        place.key(kind, uid), scope, meta.name, scope.namespace, uid, moment(meta.creation_timestamp),
        timestamp(deleted) if deleted else 0.0, _pairs(meta.labels), _annotations(meta.annotations),
        _owner(owners) if owners else None,
    )  # fmt: skip


def _metadata(meta: wire.Meta, kind: str, place: Place) -> dict[str, Any]:
    """The same by name, for the kinds that come one by one: a dictionary costs a fifth of a pod's row."""
    return dict(zip(_MEMBERS, _members(meta, kind, place), strict=True))


@lru_cache(maxsize=16384)
def _standing(conditions: tuple[wire.Condition, ...] | None) -> tuple[Conditions, str]:
    """An object's conditions, and why it could not be scheduled (empty where it was, or is no pod)."""
    found = tuple((c.type, c.status, c.reason or "", c.message or "") for c in conditions or ())
    return found, next((text or reason for kind, yes, reason, text in found if kind == "PodScheduled" and yes == "False"), "")


def _images(spec: wire.PodSpec) -> tuple[ImageRef, ...]:
    return tuple(image(c.image or "") for c in spec.containers or ())


def pod_row(pod: wire.Pod, place: Place) -> PodRow:
    """A pod with kubectl's words."""
    word, ready, total, restarts, last_restart, gates = words(pod)
    status = pod.status
    conditions, unscheduled = _standing(status.conditions)
    key, scope, name, namespace, uid, created, deleted, labels, annotations, owner = _members(pod.metadata, "pods", place)
    return PodRow(
        key=key,
        scope=scope,
        name=name,
        namespace=namespace,
        uid=uid,
        created=created,
        deleted=deleted,
        labels=labels,
        annotations=annotations,
        owner=owner,
        status=word,
        phase=status.phase,
        ready=ready,
        total=total,
        restarts=restarts,
        last_restart=last_restart,
        node=one(pod.spec.node_name or ""),
        ip=status.pod_ip or "",
        qos=status.qos_class or "",
        containers=containers(pod),
        conditions=conditions,
        message=status.message or unscheduled,
        gates=gates,
    )


def deployment_row(object: wire.Workload, place: Place) -> DeploymentRow:
    """A deployment. ``spec.replicas`` defaults to 1 (API reference); so do surge and unavailability to 25%."""
    spec, status = object.spec, object.status
    rolling = spec.strategy.rolling_update if spec.strategy else None
    surge, unavailable = (rolling.max_surge, rolling.max_unavailable) if rolling else (None, None)
    meta = object.metadata
    return DeploymentRow(
        **_metadata(meta, "deployments", place),
        desired=1 if spec.replicas is None else spec.replicas,
        replicas=status.replicas,
        ready=status.ready_replicas,
        updated=status.updated_replicas,
        available=status.available_replicas,
        unavailable=status.unavailable_replicas,
        generation=meta.generation,
        observed=status.observed_generation,
        revision=(meta.annotations.revision or "") if meta.annotations else "",
        paused=spec.paused,
        images=_images(spec.template.spec),
        selector=_pairs(spec.selector.match_labels if spec.selector else None),
        conditions=_standing(status.conditions)[0],
        max_surge="25%" if surge is None else str(surge),
        max_unavailable="25%" if unavailable is None else str(unavailable),
        strategy=(spec.strategy.type if spec.strategy else None) or "RollingUpdate",
    )


def replica_set_row(object: wire.Workload, place: Place) -> ReplicaSetRow:
    """A replica set with the revision of its deployment."""
    meta = object.metadata
    return ReplicaSetRow(
        **_metadata(meta, "replica-sets", place),
        desired=1 if object.spec.replicas is None else object.spec.replicas,
        ready=object.status.ready_replicas,
        revision=(meta.annotations.revision or "") if meta.annotations else "",
        images=_images(object.spec.template.spec),
    )


def namespace_row(object: wire.Namespace, place: Place) -> NamespaceRow:
    """A namespace; it lives in itself as far as listings go, which is in none."""
    return NamespaceRow(**_metadata(object.metadata, "namespaces", place), phase=object.status.phase)


def node_row(object: wire.Node, place: Place) -> NodeRow:
    """A node with what pods may take of it (allocatable, else capacity)."""
    status = object.status
    room = status.allocatable or status.capacity or {}
    labels = object.metadata.labels or {}
    ready = next((c.status == "True" for c in status.conditions or () if c.type == "Ready"), False)
    return NodeRow(
        **_metadata(object.metadata, "nodes", place),
        ready=ready,
        unschedulable=object.spec.unschedulable,
        version=status.node_info.kubelet_version if status.node_info else "",
        cpu=quantity(room.get("cpu")),
        memory=int(quantity(room.get("memory"))),
        pods=int(quantity(room.get("pods"))),
        zone=labels.get("topology.kubernetes.io/zone", ""),
        instance_type=labels.get("node.kubernetes.io/instance-type", ""),
        conditions=_standing(status.conditions)[0],
    )


def event_row(event: wire.Event, place: Place) -> EventRow:
    """An Event of either generation: with counts and stamps, or with a series and one microsecond time."""
    series = event.series
    happened = timestamp(event.event_time)
    first = timestamp(event.first_timestamp) or happened or timestamp(event.metadata.creation_timestamp)
    last = timestamp(series.last_observed_time) if series else timestamp(event.last_timestamp)
    involved = event.involved_object
    return EventRow(
        **_metadata(event.metadata, "events", place),
        event_type=event.type or "",
        event_reason=event.reason or "",
        message=event.message or "",
        count=(series.count if series else event.count) or 1,
        first=first,
        last=last or first,
        involved=(involved.kind, involved.name, involved.uid),
        component=(event.source.component if event.source else "") or event.reporting_component or "",
    )
