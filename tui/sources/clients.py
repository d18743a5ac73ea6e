"""The clients behind rows (``tui.actions.ports.Clients``): found by the scope of a row, never by what is open now.

Switching profile, region or context therefore never retargets a plan, a mark or an undo: connections that were left stay
reachable by the rows that name them until the program ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.actions.ports import AwsPort, KubernetesPort
from tui.model import Key, Row, Scope
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import PodContainerRow
from tui.sources.aws import listing
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.describing import DESCRIBING
from tui.sources.aws.port import Port
from tui.sources.kubernetes.connect import KubernetesConnection
from tui.sources.kubernetes.kinds import KINDS
from tui.sources.kubernetes.whole import whole_container, whole_object, whole_objects
from tui.sources.redact import redact

KUBERNETES = {kind.kind: kind for kind in KINDS}


class HubClients:
    """All connections of this session, by the owner of their rows; the hub adds to them. ``read_only``: the transports refuse
    to write."""

    def __init__(
        self, *, read_only: bool, aws_connections: dict[str, AwsConnection], clusters: dict[str, KubernetesConnection]
    ) -> None:
        self._read_only = read_only
        self.aws_connections = aws_connections
        self.clusters = clusters

    @property
    def read_only(self) -> bool:
        """Whether nothing is ever written."""
        return self._read_only

    def aws(self, scope: Scope) -> AwsPort:
        """The connection that owns ``scope``, else one of the same account and region. Raises ApiError."""
        return Port(self.connection(scope))

    def connection(self, scope: Scope) -> AwsConnection:
        """As ``aws``, for the sources' own use."""
        own = self.aws_connections.get(scope.owner)
        if own is not None:
            return own
        for connection in self.aws_connections.values():
            if (connection.account, connection.region) == (scope.account, scope.region):
                return connection
        raise ApiError(Trouble.NO_CREDENTIALS, f"not connected to account {scope.account or '?'} in {scope.region or '?'}")

    def kubernetes(self, scope: Scope) -> KubernetesPort:
        """The cluster that owns ``scope``, else the one with its identity. Raises ApiError."""
        return self.cluster(scope)

    def cluster(self, scope: Scope) -> KubernetesConnection:
        """As ``kubernetes``, for the sources' own use."""
        own = self.clusters.get(scope.owner)
        if own is not None and own.scope.identity == scope.identity:  # another account may have a cluster of this name
            return own
        for connection in self.clusters.values():
            if connection.scope.identity == scope.identity:
                return connection
        raise ApiError(Trouble.UNREACHABLE, f"not connected to {scope.cluster.rsplit('/', 1)[-1] or 'a cluster'}")

    async def raw(self, row: Row) -> dict[str, Any]:
        """The whole object behind ``row``, environment values and secret data hidden. Raises ApiError."""
        kind = row.key.kind
        if kind in DESCRIBING:
            return await listing.raw(self.connection(row.scope), row)
        if kind in KUBERNETES:
            return await whole_object(self.cluster(row.scope), KUBERNETES[kind], row)
        if isinstance(row, PodContainerRow):
            return await whole_container(self.cluster(row.scope), KUBERNETES["pods"], row)
        return plain_row(row)

    async def objects(self, kind: str, rows: Sequence[Row]) -> list[tuple[Row, dict[str, Any]]]:
        """The whole objects behind ``rows`` in their order; rows that are gone meanwhile are left out."""
        found: dict[Key, dict[str, Any]] = {}
        if kind in DESCRIBING:
            for owner in {row.scope.owner: row.scope for row in rows}.values():
                part = [row for row in rows if row.scope.owner == owner.owner]
                found.update(await listing.parsed(self.connection(owner), part))
        elif kind in KUBERNETES:
            for scope in {row.scope.owner: row.scope for row in rows}.values():
                part = [row for row in rows if row.scope.owner == scope.owner]
                found.update(await whole_objects(self.cluster(scope), KUBERNETES[kind], part))
        else:
            found.update({row.key: plain_row(row) for row in rows})
        return [(row, found[row.key]) for row in rows if row.key in found]


def plain_row(row: Row) -> dict[str, Any]:
    """What there is of a row without an object behind it (a finding, figures): its own members."""
    from msgspec import to_builtins

    from tui.model.secret import encode_secret

    built: dict[str, Any] = to_builtins(row, enc_hook=encode_secret)
    return {name: redact(row.key.kind, value) for name, value in built.items() if name not in ("key", "scope")}
