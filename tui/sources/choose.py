"""Which Kubernetes cluster to open: the user's word, else what is certain, else nothing (then the pane shows a list)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from tui.model.kubernetes import EksClusterRow


class Choice(Struct, frozen=True):
    """``how``: by a context of the kubeconfig, by an EKS cluster's name, or not at all; ``why`` for the log and ``doctor``."""

    how: Literal["context", "eks", "none"]
    name: str = ""
    why: str = ""


class Given(Struct, frozen=True, kw_only=True):
    """What the choice is made from. ``servers``: (context, server URL) of the kubeconfig; ``clusters``: None where EKS
    could not be asked."""

    context: str = ""
    cluster: str = ""
    current: str = ""
    servers: Sequence[tuple[str, str]] = ()
    clusters: Sequence[EksClusterRow] | None = None
    account: str = ""
    region: str = ""


def choose(given: Given) -> Choice:
    """``--context`` or the setting; the setting's EKS cluster; the kubeconfig's current context if it is in this account
    and region; the only EKS cluster; without an AWS account the current context; else none."""
    if given.context:
        return Choice("context", given.context, "asked for")
    if given.cluster:
        return Choice("eks", given.cluster.rsplit("/", 1)[-1], "asked for")
    server = dict(given.servers).get(given.current, "")
    if given.current and not given.account:
        return Choice("context", given.current, "the kubeconfig's current context; there is no AWS account to compare with")
    if given.current and is_here(given.current, server, given):
        return Choice("context", given.current, "the kubeconfig's current context is in this account and region")
    clusters = given.clusters or ()
    if given.clusters is None:
        why = "EKS cannot be asked for its clusters" if given.account else "without AWS no EKS cluster can be found"
        return Choice("none", why=f"{why}, and the kubeconfig has no current context that could be opened instead")
    if len(clusters) == 1:
        return Choice("eks", clusters[0].name, "the only EKS cluster")
    if not clusters:
        return Choice("none", why="there is no EKS cluster in this account and region")
    return Choice("none", why=f"there are {len(clusters)} EKS clusters: choose one")


def is_here(context: str, server: str, given: Given) -> bool:
    """Whether a context's server is an EKS cluster of this account and region."""
    if given.clusters is not None:
        wanted = server.rstrip("/").lower()
        return any(row.endpoint and row.endpoint.rstrip("/").lower() == wanted for row in given.clusters)
    # EKS may not be asked: the names that aws eks update-kubeconfig writes say where the cluster is
    named = f":eks:{given.region}:{given.account}:cluster/" in context
    return named or f".{given.region}.eks.amazonaws.com" in server
