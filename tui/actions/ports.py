"""What actions and screens need from clients. ``tui.sources`` implements these, ``app.py`` hands them over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from tui.model.row import Row
from tui.model.scope import Scope


class Identity(Struct, frozen=True):
    """Who we are where. ``caller``: the caller's ARN or Kubernetes user; ``place``: account id or cluster identity."""

    caller: str
    place: str
    alias: str = ""


class AwsPort(Protocol):
    """One profile and region. Members and operations in botocore's own spelling (``"ecs"``, ``"UpdateService"``).

    Every method raises ``tui.model.errors.ApiError``.
    """

    async def identity(self) -> Identity:
        """GetCallerIdentity, asked afresh."""
        ...

    async def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A read through botocore's parser (never the narrow one); dates as ``datetime``."""
        ...

    async def read_raw(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's JSON as it came, with members that botocore's model does not know (JSON protocols only)."""
        ...

    async def write(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One attempt, never retried; refused in read-only mode by the transport."""
        ...

    def unknown_members(self, service: str, shape: str, value: Mapping[str, Any]) -> list[str]:
        """Paths in ``value`` that the model's shape lacks (``containerDefinitions[0].newThing``)."""
        ...


class KubernetesPort(Protocol):
    """One cluster. Paths as in the API (``/apis/apps/v1/namespaces/shop/deployments/cart/scale``)."""

    @property
    def context(self) -> str:
        """The kubeconfig's context that it was reached by; empty for a cluster reached through EKS alone."""
        ...

    async def identity(self) -> Identity:
        """``place`` is the cluster's identity: the EKS ARN, or server URL#CA hash."""
        ...

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """GET, the JSON as it came."""
        ...

    async def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One attempt; PATCH content types ``application/json-patch+json``, ``…/merge-patch+json``,
        ``…/strategic-merge-patch+json``; refused in read-only mode by the transport."""
        ...

    async def may(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> tuple[bool, str]:
        """SelfSubjectAccessReview (cached a minute): allowed, and the reason."""
        ...


class Clients(Protocol):
    """The clients behind rows: a plan carries the scope of its rows, so switching profile never retargets it."""

    @property
    def read_only(self) -> bool: ...

    def aws(self, scope: Scope) -> AwsPort: ...

    def kubernetes(self, scope: Scope) -> KubernetesPort: ...

    async def raw(self, row: Row) -> dict[str, Any]:
        """The whole object behind ``row`` as the API gives it (JSON-able; dates ISO 8601), for ``y`` and ``d``.
        Environment values and secret data are ``Secret``."""
        ...
