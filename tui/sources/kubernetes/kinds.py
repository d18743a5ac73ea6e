"""Which kinds are watched: one entry each. Another kind is a Struct in ``wire``, a function in ``decode``, a row here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from tui.model.row import Row
from tui.sources.kubernetes import decode, wire
from tui.sources.kubernetes.decode import Place

T = TypeVar("T")


class ListOf(Struct, Generic[T], gc=False):
    """A list answer; Go gives ``null`` for an empty one in places."""

    metadata: wire.ListMeta = msgspec.field(default_factory=wire.ListMeta)
    items: list[T] | None = None


class EventOf(Struct, Generic[T], gc=False):
    """One line of a watch."""

    type: str
    object: T


class Kind(Struct, frozen=True, kw_only=True, dict=True):
    """A watched kind. ``kind``: the row's; ``prefix``: ``/api/v1`` or ``/apis/group/version``; ``resource``: the API's
    plural; ``wire`` what to decode an object into; ``row`` the function that makes its row."""

    kind: str
    prefix: str
    resource: str
    wire: type[Any]
    row: Callable[[Any, Place], Row]
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group, empty for core."""
        return self.prefix.split("/")[2] if self.prefix.startswith("/apis/") else ""

    def path(self, namespace: str = "") -> str:
        """Where it is listed and watched."""
        return f"{self.prefix}/namespaces/{namespace}/{self.resource}" if namespace else f"{self.prefix}/{self.resource}"

    @cached_property
    def lists(self) -> msgspec.json.Decoder[Any]:
        """Decodes a list answer."""
        return msgspec.json.Decoder(ListOf[self.wire])  # type: ignore[name-defined]

    @cached_property
    def items(self) -> msgspec.json.Decoder[Any]:
        """Decodes ``[object, …]``."""
        return msgspec.json.Decoder(list[self.wire])  # type: ignore[name-defined]

    @cached_property
    def events(self) -> msgspec.json.Decoder[Any]:
        """Decodes lines of a watch."""
        return msgspec.json.Decoder(EventOf[self.wire])  # type: ignore[name-defined]


KINDS: tuple[Kind, ...] = (
    Kind(kind="pods", prefix="/api/v1", resource="pods", wire=wire.Pod, row=decode.pod_row),
    Kind(kind="deployments", prefix="/apis/apps/v1", resource="deployments", wire=wire.Workload, row=decode.deployment_row),
    Kind(kind="replica-sets", prefix="/apis/apps/v1", resource="replicasets", wire=wire.Workload, row=decode.replica_set_row),
    Kind(
        kind="namespaces",
        prefix="/api/v1",
        resource="namespaces",
        wire=wire.Namespace,
        row=decode.namespace_row,
        namespaced=False,
    ),
    Kind(kind="nodes", prefix="/api/v1", resource="nodes", wire=wire.Node, row=decode.node_row, namespaced=False),
    Kind(kind="events", prefix="/api/v1", resource="events", wire=wire.Event, row=decode.event_row),
)
