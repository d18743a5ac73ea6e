"""The random secrets of one run: without them no front answers, since on a shared machine any user reaches loopback."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING

from tui.simulator.aws.keyring import Credential, Keyring, access_key_id

if TYPE_CHECKING:
    from tui.simulator.world import World

ROLE = "PowerUser"
SESSION = "demo"


class RunSecret:
    """The key pair for the AWS front (and, through EKS tokens, for the Kubernetes front), the control endpoint's token.

    ``world.state["secret"]`` holds it.
    """

    def __init__(self, account: str) -> None:
        self.keyring = Keyring(time.time)  # clients compare expiry with their own, real clock
        caller = f"arn:aws:sts::{account}:assumed-role/{ROLE}/{SESSION}"
        self.root = self.keyring.add(
            Credential(access_key_id(), secrets.token_urlsafe(30), caller, role=ROLE, unbounded=True),
        )
        self.control_token = secrets.token_urlsafe(32)

    def verify_eks_token(self, token: str, cluster: str) -> bool:
        """Whether a bearer token opens the Kubernetes front of EKS cluster ``cluster``."""
        return self.kubernetes_caller(token, cluster) is not None

    def layer_key(self, digest: str) -> str:
        """What opens the download URL of one image layer: it travels in the URL, as S3's presigned URLs do."""
        return hmac.new(self.control_token.encode(), digest.encode(), hashlib.sha256).hexdigest()

    def kubernetes_caller(self, token: str, cluster: str) -> str | None:
        """The ARN behind an EKS bearer token (a presigned GetCallerIdentity), None when it does not hold."""
        credential = self.keyring.eks_caller(token, cluster)
        return credential.caller if credential else None


def of(world: World) -> RunSecret:
    """The run's secret, made when the world has none yet."""
    found = world.state.get("secret")
    if found is None:
        found = world.state["secret"] = RunSecret(world.account)
    if not isinstance(found, RunSecret):
        raise TypeError("world.state['secret'] is not a RunSecret")
    return found


def verify_eks_token(world: World, token: str, cluster: str) -> bool:
    """``RunSecret.verify_eks_token`` of a world."""
    return of(world).verify_eks_token(token, cluster)
