"""The credentials that this run accepts: its own secret key pair, and the sessions that AssumeRole hands out."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tui.simulator.aws import signature
from tui.simulator.aws.protocols.base import Incoming

EKS_PREFIX = "k8s-aws-v1."
EKS_HEADER = "x-k8s-aws-id"


@dataclass(frozen=True, slots=True)
class Credential:
    """One key pair. ``role`` is the name of the IAM role behind it; ``expires`` in real epoch seconds."""

    access_key: str
    secret_key: str
    caller: str
    role: str = ""
    token: str = ""
    expires: float | None = None
    unbounded: bool = False


class Keyring:
    """Access key id → credential."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._credentials: dict[str, Credential] = {}

    def add(self, credential: Credential) -> Credential:
        """Accept ``credential`` from now on."""
        self._credentials[credential.access_key] = credential
        return credential

    def session(self, caller: str, role: str, seconds: int) -> Credential:
        """New temporary credentials for a session of ``role``."""
        token = base64.b64encode(secrets.token_bytes(96)).decode()
        made = Credential(
            access_key_id("ASIA"), secrets.token_urlsafe(30), caller, role=role, token=token, expires=self._now() + seconds
        )
        return self.add(made)

    def check(self, incoming: Incoming) -> tuple[Credential | None, str]:
        """The caller's credential, or why there is none: ``unsigned``, ``unknown-key``, ``signature``, ``expired``."""
        signed = signature.claims(incoming)
        if signed is None:
            return None, "unsigned"
        credential = self._credentials.get(signed.access_key)
        if credential is None or not secrets.compare_digest(credential.token, signed.token):
            return None, "unknown-key"
        if not signature.verify(incoming, signed, credential.secret_key):
            return None, "signature"
        if not signature.in_time(signed):
            return None, "expired" if signed.expires is not None else "signature"
        if credential.expires is not None and credential.expires < self._now():
            return None, "expired"
        return credential, ""

    def eks_caller(self, token: str, cluster: str) -> Credential | None:
        """Who stands behind an EKS bearer token for ``cluster``, None when the token does not hold.

        A token is ``k8s-aws-v1.`` and the unpadded base64 of a presigned GetCallerIdentity URL whose signature covers
        the header ``x-k8s-aws-id: <cluster>``.
        """
        if not token.startswith(EKS_PREFIX):
            return None
        packed = token[len(EKS_PREFIX) :]
        try:
            url = urlsplit(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode())
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        incoming = Incoming("GET", url.path, url.query, {"host": url.netloc, EKS_HEADER: cluster}, b"")
        signed = signature.claims(incoming)
        wanted = signed is not None and signed.service == "sts" and EKS_HEADER in signed.headers
        if not wanted or "Action=GetCallerIdentity" not in url.query:
            return None
        return self.check(incoming)[0]


def access_key_id(prefix: str = "AKIA") -> str:
    """A random access key id in AWS's form: 20 capitals and digits."""
    return prefix + base64.b32encode(secrets.token_bytes(10)).decode()
