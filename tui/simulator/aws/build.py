"""Put the state of every service in this package into a world, in the order in which they need each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tui.simulator.aws.services import ec2_state, ecr_build, efs, eks_state, iam_state, ssm

if TYPE_CHECKING:
    from tui.simulator.world import World


def create(world: World) -> None:
    """The registry comes first: engines resolve images while they are built."""
    ecr_build.create(world)
    iam_state.create(world)
    ec2_state.create(world)
    eks_state.create(world)
    efs.create(world)
    ssm.create(world)


def settle(world: World) -> None:
    """What depends on engines that were made after ``create``: node groups are as large as the cluster's nodes are many."""
    counts = Counter(instance.group for instance in ec2_state.eks_instances(world))
    state: eks_state.EksState = world.state["eks"]
    for cluster in state.clusters.values():
        for nodegroup in cluster.nodegroups.values():
            sizes, group = nodegroup["scalingConfig"], nodegroup["resources"]["autoScalingGroups"][0]["name"]
            sizes["desiredSize"] = counts[group]
            sizes["maxSize"] = max(sizes["maxSize"], counts[group] + 4)
