"""Findings on clusters: an EKS or ECS cluster that failed to be made or to be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.diagnosis.words import finding
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext, own_key
from tui.model.ecs import ClusterRow
from tui.model.kubernetes import EksClusterRow
from tui.model.scope import Key
from tui.model.state import State


def failed(cluster: EksClusterRow | ClusterRow, world: str, sentence: str, next_step: str) -> Computed:
    """A finding where the cluster's status is FAILED."""
    if cluster.status != "FAILED":
        return NOTHING
    found = finding(
        "cluster",
        cluster,
        severity=State.BROKEN,
        cause="cluster-failed",
        sentence=sentence,
        world=world,
        next_step=next_step,
    )
    return Computed((found,))


class EksClusters(Derived):
    """Status of an EKS cluster (API reference: Cluster)."""

    name = "eks-clusters"
    output = "findings"
    inputs = {"eks-clusters": own_key}

    def compute(self, group: Key, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        cluster: EksClusterRow = members["eks-clusters"][0]
        return failed(cluster, "eks", "the cluster's status is FAILED", "look at its health issues in the EKS console (b)")


class EcsClusters(Derived):
    """Status of an ECS cluster (API reference: Cluster): FAILED where its capacity providers could not be made."""

    name = "clusters"
    output = "findings"
    inputs = {"clusters": own_key}

    def compute(self, group: Key, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        cluster: ClusterRow = members["clusters"][0]
        words = "the resources of its capacity providers could not be created"
        return failed(cluster, "ecs", words, "look at its capacity providers")
