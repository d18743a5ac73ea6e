"""The cluster as the world finds it: what the scenario says, in the state that weeks of running left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.behaviour import Behaviours, Profile
from tui.simulator.kubernetes.controllers import endpoints
from tui.simulator.kubernetes.seed.base import plant_namespaces, plant_nodes, plant_objects
from tui.simulator.kubernetes.seed.control_plane import plant_control_plane
from tui.simulator.kubernetes.seed.deployments import plant_deployment
from tui.simulator.kubernetes.seed.extras import plant_extras, plant_service
from tui.simulator.kubernetes.seed.ground import Ground, Workload
from tui.simulator.kubernetes.seed.jobs import plant_cron_job, plant_job
from tui.simulator.kubernetes.seed.sets import plant_daemon_set, plant_stateful_set

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

LARGE = 10_000  # pods
DENSITY = 46  # pods on a node of the large cluster
KINDS = {
    "Deployment": plant_deployment,
    "StatefulSet": plant_stateful_set,
    "DaemonSet": plant_daemon_set,
    "Job": plant_job,
    "CronJob": plant_cron_job,
}


def plant(cluster: KubernetesWorld) -> None:
    """Fill an empty cluster."""
    scenario = cluster.scenario
    nodes = LARGE // DENSITY if cluster.world.size == "large" else 0
    workloads = workloads_of(scenario, nodes)
    cluster.behaviours = Behaviours({(w["namespace"], w["name"]): Profile(**w.get("profile", {})) for w in workloads})
    plant_namespaces(cluster, scenario)
    plant_objects(cluster, scenario)
    plant_nodes(cluster, scenario, nodes, sum(w["replicas"] for w in workloads if w.get("fargate")))
    plant_control_plane(cluster)
    ground = Ground(cluster)
    for workload in workloads:
        kind = workload.get("kind", "Deployment")
        KINDS[kind](ground, workload)
        if kind in ("Deployment", "StatefulSet"):
            plant_service(ground, workload)
            plant_extras(ground, workload)
    for stored in cluster.storage.all(api.SERVICES):
        endpoints.sync(cluster, stored.namespace, stored.name, quiet=True)


def workloads_of(scenario: dict[str, Any], nodes: int) -> list[Workload]:
    """The scenario's workloads. In the large world, of ``nodes`` nodes (0: the small one), its deployments stand many
    times, numbered, until there are exactly ``LARGE`` pods."""
    listed: list[Workload] = list(scenario.get("workloads", ()))
    if not nodes:
        return listed
    plain = [w for w in listed if w.get("history") and not w["profile"].get("missing_env")]
    total = sum(_pods(w, nodes) for w in listed)
    number = 2
    while plain and total < LARGE:
        for workload in plain:
            replicas = min(workload["replicas"], LARGE - total)
            if replicas <= 0:
                break
            name = f"{workload['name']}-{number:02d}"
            listed.append({**workload, "name": name, "replicas": replicas, "autoscale": None, "host": None, "keep": None})
            total += replicas
        number += 1
    return listed


def _pods(workload: Workload, nodes: int) -> int:
    kind = workload.get("kind", "Deployment")
    if kind == "DaemonSet":
        return nodes
    return int(workload.get("done", 0) if kind in ("Job", "CronJob") else workload["replicas"])
