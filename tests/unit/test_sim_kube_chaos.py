"""Anything done to the embedded cluster in any order leaves it whole: nothing raises, everything comes to rest."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.unit.test_sim_kube_rollout import manifest
from tui.simulator.clock import SimClock
from tui.simulator.kubernetes import KubernetesWorld, create
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.errors import StatusError
from tui.simulator.kubernetes.facts import PodFacts
from tui.simulator.kubernetes.request import Target
from tui.simulator.kubernetes.storage import decode
from tui.simulator.world import World

NODE = {"name": "general", "count": 3, "type": "m6i.large", "cpu": 4, "memory_gib": 8, "pods": 20}
DEPLOYED = {"namespace": "shop", "name": "api", "replicas": 3, "image": "api:2", "history": ["1"], "cpu": 300, "keep": 2}
SETS = {"namespace": "shop", "name": "db", "kind": "StatefulSet", "replicas": 2, "image": "db:1", "cpu": 200, "volume": "gp3:1Gi"}
DAEMON = {"namespace": "shop", "name": "agent", "kind": "DaemonSet", "image": "agent:1", "cpu": 50}
CRON = {"namespace": "shop", "name": "tidy", "kind": "CronJob", "schedule": "*/2 * * * *", "image": "tidy:1", "done": 1}
CRASH = {"namespace": "shop", "name": "bad", "replicas": 2, "image": "bad:1", "crash_restarts": 4}
WORKLOADS = [
    {**DEPLOYED, "profile": {}, "autoscale": [2, 6, 70], "host": "a.example"},
    {**SETS, "profile": {}},
    {**DAEMON, "profile": {}},
    {**CRON, "profile": {"run": 20.0}},
    {**CRASH, "profile": {"missing_env": "X"}},
]
CLASS = {
    "kind": "StorageClass",
    "apiVersion": "storage.k8s.io/v1",
    "name": "gp3",
    "age": 1,
    "body": {"provisioner": "ebs.csi.aws.com"},
}
SCENARIO = {
    "kubernetes": {
        "version": "v1.34.2",
        "namespaces": [{"name": "shop", "owner": "helm"}, {"name": "other"}],
        "node_groups": [NODE],
        "objects": [CLASS],
        "workloads": WORKLOADS,
    }
}
WORKLOAD_KINDS = (api.DEPLOYMENTS, api.STATEFUL_SETS, api.REPLICA_SETS)
KINDS = (*WORKLOAD_KINDS, api.PODS, api.DAEMON_SETS, api.JOBS, api.CRON_JOBS, api.SERVICES, api.CLAIMS)
ROLLED = (*WORKLOAD_KINDS, api.DAEMON_SETS)

picks = st.integers(0, 1000)
operations = st.one_of(
    st.tuples(st.just("delete"), st.sampled_from(KINDS), picks, st.sampled_from(["Background", "Foreground", "Orphan"])),
    st.tuples(st.just("scale"), st.sampled_from(WORKLOAD_KINDS), picks, st.integers(0, 7)),
    st.tuples(st.just("image"), st.sampled_from(ROLLED), picks, st.sampled_from(["api:3", "missing:1"])),
    st.tuples(st.just("pause"), st.booleans()),
    st.tuples(st.just("create"), st.integers(1, 5)),
    st.tuples(st.just("node"), picks, st.sampled_from(["down", "cordon", "delete"])),
    st.tuples(st.just("evict"), picks),
    st.tuples(st.just("namespace"), st.sampled_from(["other", "shop"])),
    st.tuples(st.just("step"), st.sampled_from([0.1, 1.0, 7.0, 45.0, 400.0])),
)  # fmt: skip


def pick(kube: KubernetesWorld, kind: api.Resource, number: int) -> Any:
    found = list(kube.storage.all(kind))
    return found[number % len(found)] if found else None


def change(kube: KubernetesWorld, kind: api.Resource, stored: Any, edit: Any) -> None:
    old = decode(stored)
    new = copy.deepcopy(old)
    edit(new["spec"])
    try:
        kube.writer.store(Target(kind, stored.namespace, stored.name, ""), old, new)
    except StatusError as error:
        assert error.code in (409, 422)


def perform(kube: KubernetesWorld, operation: Any) -> None:
    name, *rest = operation
    if name == "step":
        kube.world.step(rest[0])
    elif name == "create":
        found = kube.storage.find(api.NAMESPACES, "", "other")
        if found is not None and not found.deleting:
            body = manifest(rest[0])
            body["metadata"] = {"generateName": "web-"}
            kube.writer.create(Target(api.DEPLOYMENTS, "other", "", ""), body)
    elif name == "namespace":
        stored = kube.storage.find(api.NAMESPACES, "", rest[0])
        if stored:
            delete(kube, api.NAMESPACES, stored, Options())
    elif name == "evict":
        stored = pick(kube, api.PODS, rest[0])
        if stored and not stored.facts.ended:
            kube.faults.set({"evict": f"{stored.namespace}/{stored.name}"})
    elif name == "node":
        act_on_node(kube, *rest)
    elif name == "pause":
        for stored in list(kube.storage.all(api.DEPLOYMENTS)):
            change(kube, api.DEPLOYMENTS, stored, lambda spec: spec.update(paused=rest[0]))
    else:
        act_on_object(kube, name, *rest)
    kube.settle()


def act_on_node(kube: KubernetesWorld, number: int, what: str) -> None:
    stored = pick(kube, api.NODES, number)
    if stored is None:
        return
    if what == "down":
        kube.faults.set({"down_nodes": [] if kube.faults.down_nodes else [stored.name]})
    elif what == "cordon":
        change(kube, api.NODES, stored, lambda spec: spec.update(unschedulable=not spec.get("unschedulable")))
    else:
        delete(kube, api.NODES, stored, Options())


def act_on_object(kube: KubernetesWorld, name: str, kind: api.Resource, number: int, value: Any) -> None:
    stored = pick(kube, kind, number)
    if stored is None:
        return
    if name == "delete":
        delete(kube, kind, stored, Options(propagation=value))
    elif name == "scale":
        change(kube, kind, stored, lambda spec: spec.update(replicas=value))
    else:
        change(kube, kind, stored, lambda spec: spec["template"]["spec"]["containers"][0].update(image=value))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(operations, min_size=1, max_size=25), st.integers(0, 5))
def test_the_cluster_stays_whole(steps: list[Any], seed: int) -> None:
    kube = create(World(seed=seed, clock=SimClock(manual=True), scenario=SCENARIO))
    for operation in steps:
        perform(kube, operation)
    kube.world.step(30)
    check(kube)


def check(kube: KubernetesWorld) -> None:
    storage = kube.storage
    for resource, table in storage.tables.items():
        assert table.keys == sorted(table.objects)
        for stored in table.objects.values():
            if stored.owner and not stored.deleting:
                assert storage.place(stored.owner) is not None, f"{resource.plural} {stored.name} has lost its owner"
    used: dict[str, int] = {}
    for stored in storage.all(api.PODS):
        assert isinstance(stored.facts, PodFacts)
        if stored.facts.node and not stored.facts.ended:
            used[stored.facts.node] = used.get(stored.facts.node, 0) + 1
    for name, node in kube.scheduler.nodes.items():
        assert node.used[2] == used.get(name, 0), f"the scheduler's book of {name} is wrong"
