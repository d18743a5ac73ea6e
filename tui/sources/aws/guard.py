"""Read-only, held at the transport: a hook before every call of every client, botocore's own nested ones included.

In read-only mode only operations pass that a source or an action declared as reads, and those that signing in needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui.model.errors import ApiError, Trouble
from tui.sources.base import checked_reads

#: What getting credentials takes (assume role, SSO, web identity, ``aws login``): changes nothing that anybody owns.
SIGNING_IN = frozenset(
    {
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:GetCallerIdentity",
        "sso:GetRoleCredentials",
        "sso-oidc:CreateToken",
        "signin:CreateOAuth2Token",
    }
)


class ReadGuard:
    """Refuses what is not a declared read while ``read_only`` holds, and counts what it refused."""

    def __init__(self, *, read_only: bool, reads: Iterable[str] = ()) -> None:
        self.read_only = read_only
        self._reads = set(checked_reads(reads))
        self.refused = 0

    def allow(self, reads: Iterable[str]) -> None:
        """More declared reads; raises ValueError for a name that is none."""
        self._reads |= checked_reads(reads)

    def check(self, name: str) -> None:
        """Raise ApiError (READ_ONLY) unless ``name`` (``ecs:UpdateService``) may pass."""
        if not self.read_only or name in self._reads or name in SIGNING_IN:
            return
        self.refused += 1
        raise ApiError(
            Trouble.READ_ONLY,
            f"{name} is refused: pierhead was started read-only",
            operation=name,
            hint="safety.read_only or --read-only is set",
        )

    def before_call(self, model: Any, **_: object) -> None:
        """botocore's ``before-call`` event."""
        self.check(f"{model.service_model.service_name}:{model.name}")
