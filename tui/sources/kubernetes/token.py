"""The token of an EKS cluster, without the aws program.

``k8s-aws-v1.`` and the base64url text, without padding, of a presigned GetCallerIdentity whose signed headers name the
cluster (``x-k8s-aws-id``). EKS takes it for about 15 minutes from its X-Amz-Date; it is made anew after 12, since the
clocks may differ. Signing is local work, but the credentials behind it may need a file or the network.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from tui.model.clock import Clock
from tui.model.secret import Secret
from tui.sources.kubernetes.auth import Auth, Credential

PREFIX = "k8s-aws-v1."
LIFE = 12 * 60.0


class EksTokenRequest(Struct, frozen=True, kw_only=True):
    """Whose token: the cluster's name (or id), and where a kubeconfig says so a region, role and profile of its own."""

    cluster: str
    region: str = ""
    role_arn: str = ""
    profile: str = ""


class Presign(Protocol):
    """The AWS session's part: a presigned URL of STS GetCallerIdentity with ``x-k8s-aws-id`` signed as a header, good for a
    minute (EKS looks at its date only). Empty members of the request mean the session's own. Raises ApiError (credentials)."""

    def __call__(self, request: EksTokenRequest) -> Awaitable[str]: ...


def token(url: str) -> str:
    """The token that carries the presigned ``url``."""
    return PREFIX + base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()


def eks_auth(clock: Clock, presign: Presign, request: EksTokenRequest) -> Auth:
    """The header for ``request``, renewed after 12 minutes and at once when refused."""

    async def make() -> Credential:
        return Credential(Secret(f"Bearer {token(await presign(request))}"), LIFE)

    return Auth(clock, make)


def recognise(command: str, arguments: Sequence[str], environment: Mapping[str, str]) -> EksTokenRequest | None:
    """The request behind a kubeconfig's ``aws eks get-token`` or ``aws-iam-authenticator token``.

    None where it is another program, or has an option that we do not know: then the program itself runs.
    """
    program = command.replace("\\", "/").rsplit("/", 1)[-1]
    extra = {name: value for name, value in environment.items() if name not in ("AWS_STS_REGIONAL_ENDPOINTS",)}
    profile = extra.pop("AWS_PROFILE", "")
    region = extra.pop("AWS_REGION", "") or extra.pop("AWS_DEFAULT_REGION", "")
    if extra:
        return None
    if program == "aws":
        found = _options(arguments, _AWS, words=("eks", "get-token"))
    elif program == "aws-iam-authenticator":
        found = _options(arguments, _AUTHENTICATOR, words=("token",))
    else:
        return None
    if found is None or not found.get("cluster"):
        return None
    return EksTokenRequest(
        cluster=found["cluster"],
        region=found.get("region") or region,
        role_arn=found.get("role", ""),
        profile=found.get("profile") or profile,
    )


_AWS = {
    "--cluster-name": "cluster",
    "--cluster-id": "cluster",
    "--region": "region",
    "--role-arn": "role",
    "--profile": "profile",
    "--output": "",
}
_AUTHENTICATOR = {
    "-i": "cluster",
    "--cluster-id": "cluster",
    "--region": "region",
    "-r": "role",
    "--role": "role",
    "--output": "",
}


def _options(arguments: Sequence[str], known: Mapping[str, str], words: tuple[str, ...]) -> dict[str, str] | None:
    """Option name (ours) → value; None for an unknown option or other words."""
    found: dict[str, str] = {}
    said: list[str] = []
    rest = list(arguments)
    while rest:
        item = rest.pop(0)
        if not item.startswith("-"):
            said.append(item)
            continue
        name, equals, value = item.partition("=")
        if name not in known or (not equals and not rest):
            return None
        found[known[name]] = value if equals else rest.pop(0)
    return found if tuple(said) == words else None
