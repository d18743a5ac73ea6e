"""Where a row lives, and what names it.

A scope is a value. Its *identity* is partition, account, region and cluster; the owner (which source instance wrote the
row) and the namespace (what a relist covers) are not part of it, so that two profiles of one account name one object
alike and still own their rows apart.
"""

from __future__ import annotations

from msgspec import Struct


class Scope(Struct, frozen=True, cache_hash=True, gc=False):
    """The place of a row.

    ``owner``: the source instance, e.g. ``aws:prod@eu-west-1`` or ``kube:shop-1``.
    ``cluster``: an ECS or EKS cluster ARN; for a cluster that is not EKS ``server URL#CA hash``; empty for an account.
    ``namespace``: a Kubernetes namespace where a listing covers only one, else empty.
    """

    owner: str
    partition: str = "aws"
    account: str = ""
    region: str = ""
    cluster: str = ""
    namespace: str = ""

    @property
    def identity(self) -> str:
        """What two owners of one place share."""
        return f"{self.partition}|{self.account}|{self.region}|{self.cluster}"

    @property
    def account_identity(self) -> str:
        """The identity of what belongs to the account and region, not to a cluster (images, task definitions)."""
        return f"{self.partition}|{self.account}|{self.region}|"

    def covers(self, other: Scope) -> bool:
        """Whether a listing of this scope would list a row of ``other`` (same owner; empty members cover all)."""
        return (
            self.owner == other.owner
            and self.partition == other.partition
            and self.account == other.account
            and self.region == other.region
            and self.cluster in ("", other.cluster)
            and self.namespace in ("", other.namespace)
        )


class Key(Struct, frozen=True, cache_hash=True, gc=False, order=True):
    """What names a row for good: its kind, its scope's identity and its natural id.

    Natural ids: cluster ARN + service name (``arn#name``), task ARN, task ARN + container name (``arn#name``),
    task definition ARN with revision (family name for a family), repository ARN + digest (``arn@sha256:…``), the uid in
    Kubernetes, else the ARN.
    """

    kind: str
    identity: str
    id: str

    @classmethod
    def of(cls, kind: str, scope: Scope, id: str) -> Key:
        """The key of ``id`` in ``scope``."""
        return cls(kind, scope.identity, id)
