"""The embedded cluster's rollouts: bounds that hold whatever happens, revisions, undo, pausing, deadlines."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tui.simulator.clock import SimClock
from tui.simulator.kubernetes import KubernetesWorld, create
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.behaviour import Profile
from tui.simulator.kubernetes.controllers.revisions import REVISION
from tui.simulator.kubernetes.facts import condition
from tui.simulator.kubernetes.request import Target
from tui.simulator.world import World

NODE = {"name": "general", "count": 4, "type": "m6i.large", "cpu": 8, "memory_gib": 32, "pods": 58}
SCENARIO = {"kubernetes": {"version": "v1.34.2", "namespaces": [{"name": "shop"}], "node_groups": [NODE]}}
AT = Target(api.DEPLOYMENTS, "shop", "web", "")


def cluster(seed: int = 0) -> KubernetesWorld:
    return create(World(seed=seed, clock=SimClock(manual=True), scenario=SCENARIO))


def manifest(replicas: int = 4, image: str = "web:1", **spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    probe = {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 2, "periodSeconds": 5}
    container = {"name": "web", "image": image, "readinessProbe": probe}
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def apply(kube: KubernetesWorld, change: Any) -> None:
    """Change the deployment's spec by ``change`` and let the controllers see it."""
    old = kube.storage.read(api.DEPLOYMENTS, "shop", "web")
    assert old is not None
    new = copy.deepcopy(old)
    change(new["spec"])
    kube.writer.store(AT, old, new)
    kube.settle()


def set_image(kube: KubernetesWorld, image: str) -> None:
    apply(kube, lambda spec: spec["template"]["spec"]["containers"][0].update(image=image))


def deployment(kube: KubernetesWorld) -> dict[str, Any]:
    found = kube.storage.read(api.DEPLOYMENTS, "shop", "web")
    assert found is not None
    return found


def start(kube: KubernetesWorld, body: dict[str, Any]) -> None:
    kube.writer.create(Target(api.DEPLOYMENTS, "shop", "", ""), body)
    kube.settle()


def live(kube: KubernetesWorld) -> list[Any]:
    return [p for p in kube.storage.all(api.PODS, "shop") if not p.deleting and not p.facts.ended]


def run(kube: KubernetesWorld, seconds: float) -> None:
    kube.world.step(seconds)


def finished(kube: KubernetesWorld) -> bool:
    status = deployment(kube).get("status") or {}
    wanted = deployment(kube)["spec"]["replicas"]
    return status.get("updatedReplicas", 0) == status.get("availableReplicas", 0) == status.get("replicas", 0) == wanted


bounds = st.one_of(st.integers(0, 4), st.integers(0, 100).map(lambda n: f"{n}%"))


def count_of(value: int | str, total: int, up: bool) -> int:
    if isinstance(value, int):
        return value
    exact = int(value[:-1]) * total / 100
    return math.ceil(exact) if up else math.floor(exact)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    replicas=st.integers(1, 9),
    surge=bounds,
    unavailable=bounds,
    images=st.lists(st.sampled_from(["web:2", "web:3", "web:4"]), min_size=1, max_size=3),
    gap=st.sampled_from([0.5, 3.0, 9.0]),
)
def test_a_rolling_update_keeps_its_bounds_and_ends(
    replicas: int, surge: int | str, unavailable: int | str, images: list[str], gap: float
) -> None:
    kube = cluster()
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    start(kube, manifest(replicas, strategy={"type": "RollingUpdate", "rollingUpdate": rolling}))
    run(kube, 60)
    assert finished(kube)
    most = replicas + count_of(surge, replicas, True)
    least = replicas - count_of(unavailable, replicas, False)
    if most == replicas and least == replicas:
        least -= 1
    lows, highs = [], []

    def heard(change: Any) -> None:
        if change.resource is api.PODS:
            lows.append(sum(p.facts.ready for p in live(kube)))
            highs.append(sum(rs["spec"]["replicas"] for rs in replica_sets(kube)))

    kube.storage.listeners.append(heard)
    for image in images:
        set_image(kube, image)
        run(kube, gap)
    run(kube, 400)
    assert finished(kube)
    assert min(lows, default=replicas) >= least
    assert max(highs, default=replicas) <= most
    assert {p["spec"]["containers"][0]["image"] for p in pods(kube)} == {images[-1]}


def pods(kube: KubernetesWorld) -> list[dict[str, Any]]:
    found = [kube.storage.read(api.PODS, p.namespace, p.name) for p in live(kube)]
    return [p for p in found if p]


def replica_sets(kube: KubernetesWorld) -> list[dict[str, Any]]:
    found = [kube.storage.read(api.REPLICA_SETS, s.namespace, s.name) for s in kube.storage.all(api.REPLICA_SETS, "shop")]
    return [rs for rs in found if rs]


def test_replica_sets_carry_hash_and_revision() -> None:
    kube = cluster()
    start(kube, manifest())
    run(kube, 30)
    set_image(kube, "web:2")
    run(kube, 60)
    sets = sorted(replica_sets(kube), key=lambda rs: rs["metadata"]["annotations"][REVISION])
    assert [rs["metadata"]["annotations"][REVISION] for rs in sets] == ["1", "2"]
    assert [rs["spec"]["replicas"] for rs in sets] == [0, 4]
    mark = sets[1]["metadata"]["labels"]["pod-template-hash"]
    assert sets[1]["metadata"]["name"] == f"web-{mark}"
    assert all(p["metadata"]["labels"]["pod-template-hash"] == mark for p in pods(kube))
    assert deployment(kube)["metadata"]["annotations"][REVISION] == "2"


def test_undo_gives_the_old_set_a_new_revision() -> None:
    kube = cluster()
    start(kube, manifest())
    run(kube, 30)
    set_image(kube, "web:2")
    run(kube, 60)
    set_image(kube, "web:1")
    run(kube, 60)
    assert sorted(rs["metadata"]["annotations"][REVISION] for rs in replica_sets(kube)) == ["2", "3"]
    assert deployment(kube)["metadata"]["annotations"][REVISION] == "3"


def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    kube = cluster()
    start(kube, manifest())
    run(kube, 30)
    apply(kube, lambda spec: spec.update(paused=True))
    set_image(kube, "web:2")
    apply(kube, lambda spec: spec.update(replicas=6))
    run(kube, 60)
    assert len(replica_sets(kube)) == 1
    assert len(live(kube)) == 6
    apply(kube, lambda spec: spec.update(paused=False))
    run(kube, 90)
    assert finished(kube)
    assert {p["spec"]["containers"][0]["image"] for p in pods(kube)} == {"web:2"}


def test_recreate_never_mixes_old_and_new() -> None:
    kube = cluster()
    start(kube, manifest(strategy={"type": "Recreate"}))
    run(kube, 30)
    mixes = []

    def heard(change: Any) -> None:
        if change.resource is api.PODS:
            mixes.append({p.labels["pod-template-hash"] for p in kube.storage.all(api.PODS, "shop")})

    kube.storage.listeners.append(heard)
    set_image(kube, "web:2")
    run(kube, 60)
    assert finished(kube)
    assert max(map(len, mixes)) == 1


def test_a_rollout_that_does_not_move_misses_its_deadline() -> None:
    kube = cluster()
    start(kube, manifest(progressDeadlineSeconds=60))
    run(kube, 30)
    kube.behaviours.profiles["shop", "web"] = Profile(never_ready=True)
    set_image(kube, "web:2")
    run(kube, 50)
    assert condition(deployment(kube)["status"], "Progressing")["reason"] == "ReplicaSetUpdated"  # type: ignore[index]
    run(kube, 60)
    progressing = condition(deployment(kube)["status"], "Progressing")
    assert progressing is not None
    assert (progressing["status"], progressing["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert progressing["message"].endswith("has timed out progressing.")
    assert deployment(kube)["status"]["availableReplicas"] >= 3  # maxUnavailable 25% of 4


def test_scaling_in_the_middle_of_a_rollout_ends_at_the_new_size() -> None:
    kube = cluster()
    start(kube, manifest(8))
    run(kube, 30)
    set_image(kube, "web:2")
    run(kube, 5)
    apply(kube, lambda spec: spec.update(replicas=3))
    run(kube, 120)
    assert finished(kube)
    assert len(live(kube)) == 3


def test_old_sets_beyond_the_limit_are_forgotten() -> None:
    kube = cluster()
    start(kube, manifest(2, revisionHistoryLimit=2))
    run(kube, 30)
    for number in range(2, 7):
        set_image(kube, f"web:{number}")
        run(kube, 60)
    assert len(replica_sets(kube)) == 3


def test_deleting_a_deployment_takes_everything_with_it() -> None:
    kube = cluster()
    start(kube, manifest())
    run(kube, 30)
    from tui.simulator.kubernetes.deletion import Options, delete

    delete(kube, api.DEPLOYMENTS, kube.storage.get(api.DEPLOYMENTS, "shop", "web"), Options())
    kube.settle()
    run(kube, 40)
    assert not replica_sets(kube)
    assert not list(kube.storage.all(api.PODS, "shop"))


@pytest.mark.parametrize(("propagation", "left"), [("Orphan", 1), ("Foreground", 0)])
def test_propagation_decides_over_replica_sets(propagation: str, left: int) -> None:
    kube = cluster()
    start(kube, manifest())
    run(kube, 30)
    from tui.simulator.kubernetes.deletion import Options, delete

    delete(kube, api.DEPLOYMENTS, kube.storage.get(api.DEPLOYMENTS, "shop", "web"), Options(propagation=propagation))
    kube.settle()
    run(kube, 60)
    assert kube.storage.find(api.DEPLOYMENTS, "shop", "web") is None
    assert len(replica_sets(kube)) == left
    assert len(live(kube)) == 4 * left


def test_an_autoscaler_keeps_its_bounds_and_a_budget_counts() -> None:
    kube = cluster()
    start(kube, manifest(6))
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    scaler = {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": reference, "minReplicas": 4, "maxReplicas": 8}}
    kube.writer.create(Target(api.AUTOSCALERS, "shop", "", ""), scaler)
    budget = {"metadata": {"name": "web"}, "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}}
    kube.writer.create(Target(api.BUDGETS, "shop", "", ""), budget)
    run(kube, 30)
    apply(kube, lambda spec: spec.update(replicas=1))
    run(kube, 60)
    assert deployment(kube)["spec"]["replicas"] == 4
    found = kube.storage.read(api.BUDGETS, "shop", "web")
    assert found is not None
    assert (found["status"]["currentHealthy"], found["status"]["disruptionsAllowed"]) == (4, 2)
    apply(kube, lambda spec: spec.update(replicas=0))
    run(kube, 60)
    assert deployment(kube)["spec"]["replicas"] == 0
