"""The embedded cluster's kubelets: crash loops, image pulls, memory, commands, readiness, deletion; and the scheduler's words."""

from __future__ import annotations

import itertools
from typing import Any

from tests.unit.test_sim_kube_rollout import cluster, run
from tui.simulator.kubernetes import KubernetesWorld
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.behaviour import Profile
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.printing.pods import pod_words
from tui.simulator.kubernetes.request import Target
from tui.simulator.kubernetes.storage import decode


def start(kube: KubernetesWorld, name: str = "one", *, labels: dict[str, str] | None = None, **spec: Any) -> None:
    container = {"name": "main", "image": "web:1", **spec.pop("container", {})}
    body = {"metadata": {"name": name, "labels": labels or {}}, "spec": {"containers": [container], **spec}}
    kube.writer.create(Target(api.PODS, "shop", "", ""), body)
    kube.settle()


def pod(kube: KubernetesWorld, name: str = "one") -> dict[str, Any]:
    found = kube.storage.read(api.PODS, "shop", name)
    assert found is not None
    return found


def word(kube: KubernetesWorld, name: str = "one") -> str:
    return pod_words(pod(kube, name)).reason


def words_over(kube: KubernetesWorld, seconds: float, name: str = "one") -> list[str]:
    """The STATUS words one after the other, each once while it lasts."""
    seen = [word(kube, name)]

    def heard(change: Any) -> None:
        if change.resource is api.PODS and change.stored.name == name and change.type == "MODIFIED":
            now = pod_words(decode(change.stored)).reason
            if now != seen[-1]:
                seen.append(now)

    kube.storage.listeners.append(heard)
    run(kube, seconds)
    kube.storage.listeners.remove(heard)
    return seen


def events(kube: KubernetesWorld, reason: str) -> list[dict[str, Any]]:
    return [e for e in map(decode, kube.storage.all(api.EVENTS)) if e["reason"] == reason]


def main(kube: KubernetesWorld) -> dict[str, Any]:
    return dict(pod(kube)["status"]["containerStatuses"][0])


def test_a_pod_starts() -> None:
    kube = cluster()
    start(kube)
    assert words_over(kube, 20) == ["Pending", "ContainerCreating", "Running"]
    assert pod_words(pod(kube)).ready == 1
    assert [e["reason"] for e in map(decode, kube.storage.all(api.EVENTS))].count("Pulled") == 1


def test_a_crash_loop_backs_off_longer_each_time() -> None:
    kube = cluster()
    starts: list[float] = []

    def heard(change: Any) -> None:
        if change.resource is api.PODS and change.type == "MODIFIED":
            state = decode(change.stored)["status"].get("containerStatuses", [{}])[0].get("state", {})
            if "running" in state and (not starts or kube.now() - starts[-1] > 0.5):
                starts.append(kube.now())

    kube.storage.listeners.append(heard)
    start(kube, container={"command": ["sh", "-c", "exit 3"]})
    run(kube, 1500)
    gaps = [round(b - a) for a, b in itertools.pairwise(starts)]
    assert gaps[:8] == [1, 10, 20, 40, 80, 160, 300, 300]
    assert word(kube) in ("CrashLoopBackOff", "Error")
    status = main(kube)
    assert status["restartCount"] == len(starts) - 1
    assert status["lastState"]["terminated"]["exitCode"] == 3
    waiting = status["state"].get("waiting")
    assert waiting is None or waiting["message"].startswith("back-off 5m0s restarting failed container=main pod=one_shop(")
    backed_off = events(kube, "BackOff")
    assert len(backed_off) == 1
    assert backed_off[0]["count"] > 3


def test_an_image_that_does_not_exist() -> None:
    kube = cluster()

    class Nothing:
        def resolve(self, ref: str) -> None:
            return None

    kube.world.images = Nothing()
    image = f"{kube.world.registry}/web:9"
    start(kube, container={"image": image})
    seen = words_over(kube, 60)
    assert seen[:4] == ["Pending", "ContainerCreating", "ErrImagePull", "ImagePullBackOff"]
    assert pod(kube)["status"]["phase"] == "Pending"
    failed = [e["message"] for e in events(kube, "Failed")]
    assert any(m.startswith(f'Failed to pull image "{image}": rpc error: code = NotFound') for m in failed)


def test_too_little_memory_kills() -> None:
    kube = cluster()
    kube.behaviours.profiles["shop", "hungry"] = Profile(memory=300)
    limits = {"resources": {"limits": {"memory": "256Mi"}}}
    start(kube, labels={"app": "hungry"}, container=limits)
    assert "OOMKilled" in words_over(kube, 60)
    assert main(kube)["lastState"]["terminated"]["exitCode"] == 137


def test_a_missing_variable_crashes_and_setting_it_mends() -> None:
    kube = cluster()
    kube.behaviours.profiles["shop", "cart"] = Profile(missing_env="REDIS_URL")
    start(kube, "bad", labels={"app": "cart"})
    start(kube, "good", labels={"app": "cart"}, container={"env": [{"name": "REDIS_URL", "value": "redis://x"}]})
    run(kube, 120)
    assert word(kube, "bad") == "CrashLoopBackOff"
    assert word(kube, "good") == "Running"


def test_pods_that_end() -> None:
    kube = cluster()
    start(kube, "done", container={"command": ["sh", "-c", "sleep 5"]}, restartPolicy="Never")
    start(kube, "failed", container={"command": ["sh", "-c", "sleep 1; exit 2"]}, restartPolicy="Never")
    run(kube, 30)
    assert (word(kube, "done"), pod(kube, "done")["status"]["phase"]) == ("Completed", "Succeeded")
    assert (word(kube, "failed"), pod(kube, "failed")["status"]["phase"]) == ("Error", "Failed")


def test_init_containers_run_in_order() -> None:
    kube = cluster()
    first = [{"name": n, "image": "init:1", "command": ["sh", "-c", "sleep 3"]} for n in ("a", "b")]
    start(kube, initContainers=first)
    seen = words_over(kube, 60)
    assert seen == ["Pending", "Init:0/2", "Init:1/2", "PodInitializing", "Running"]


def test_deleting_a_pod_takes_its_time() -> None:
    kube = cluster()
    start(kube)
    run(kube, 20)
    delete(kube, api.PODS, kube.storage.get(api.PODS, "shop", "one"), Options())
    assert word(kube) == "Terminating"
    run(kube, 20)
    assert kube.storage.find(api.PODS, "shop", "one") is None


def test_deleting_with_no_grace_is_at_once() -> None:
    kube = cluster()
    start(kube)
    run(kube, 20)
    delete(kube, api.PODS, kube.storage.get(api.PODS, "shop", "one"), Options(grace=0))
    assert kube.storage.find(api.PODS, "shop", "one") is None


def test_what_fits_nowhere_says_why_and_is_tried_again() -> None:
    kube = cluster()
    big = {"resources": {"requests": {"cpu": "6"}}}
    for number in range(4):
        start(kube, f"big{number}", container=big)
    start(kube, container=big)
    run(kube, 5)
    refused = next(c for c in pod(kube)["status"]["conditions"] if c["type"] == "PodScheduled")
    assert (word(kube), refused["reason"]) == ("Pending", "Unschedulable")
    assert refused["message"] == (
        "0/4 nodes are available: 4 Insufficient cpu. preemption: 0/4 nodes are available: "
        "4 No preemption victims found for incoming pod."
    )
    assert [e["message"] for e in events(kube, "FailedScheduling")] == [refused["message"]]
    delete(kube, api.PODS, kube.storage.get(api.PODS, "shop", "big0"), Options())
    run(kube, 30)
    assert word(kube) == "Running"


def test_a_selector_that_no_node_has() -> None:
    kube = cluster()
    start(kube, nodeSelector={"disk": "nvme"})
    run(kube, 2)
    message = events(kube, "FailedScheduling")[0]["message"]
    assert message.startswith(
        "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes"
    )


def test_events_are_gone_after_an_hour() -> None:
    kube = cluster()
    start(kube)
    run(kube, 60)
    assert events(kube, "Scheduled")
    run(kube, 3700)
    assert not events(kube, "Scheduled")


def test_eviction_fails_the_pod() -> None:
    kube = cluster()
    start(kube)
    run(kube, 20)
    kube.kubelet.evict(pod(kube), "Evicted", "The node was low on resource: memory.")
    assert word(kube) == "Evicted"
    assert pod(kube)["status"]["phase"] == "Failed"


def test_fargate_makes_a_node_for_a_pod_and_takes_it_back() -> None:
    kube = cluster()
    wanted = {"nodeSelector": {"eks.amazonaws.com/compute-type": "fargate"}}
    tolerations = [{"key": "eks.amazonaws.com/compute-type", "operator": "Exists"}]
    start(kube, tolerations=tolerations, **wanted)
    run(kube, 20)
    assert word(kube) == "Pending"
    run(kube, 60)
    assert word(kube) == "Running"
    node = pod(kube)["spec"]["nodeName"]
    assert node.startswith("fargate-ip-")
    delete(kube, api.PODS, kube.storage.get(api.PODS, "shop", "one"), Options())
    run(kube, 60)
    assert kube.storage.find(api.NODES, "", node) is None


def test_a_silent_node_loses_its_pods_and_comes_back() -> None:
    kube = cluster()
    start(kube)
    run(kube, 20)
    node = pod(kube)["spec"]["nodeName"]
    kube.faults.set({"down_nodes": [node]})
    run(kube, 60)
    ready = next(c for c in decode(kube.storage.get(api.NODES, "", node))["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("Unknown", "NodeStatusUnknown")
    assert next(c for c in pod(kube)["status"]["conditions"] if c["type"] == "Ready")["status"] == "False"
    run(kube, 320)
    assert word(kube) == "Terminating"
    run(kube, 120)
    assert word(kube) == "Terminating"
    kube.faults.set({"down_nodes": []})
    run(kube, 30)
    assert kube.storage.find(api.PODS, "shop", "one") is None
    assert "taints" not in decode(kube.storage.get(api.NODES, "", node))["spec"]


def test_a_claim_waits_for_its_pod_and_outlives_no_deletion() -> None:
    kube = cluster()
    ebs = {"provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer", "reclaimPolicy": "Delete"}
    kube.writer.create(Target(api.STORAGE_CLASSES, "", "", ""), {"metadata": {"name": "gp3"}, **ebs})
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "resources": {"requests": {"storage": "1Gi"}}}
    kube.writer.create(Target(api.CLAIMS, "shop", "", ""), {"metadata": {"name": "data"}, "spec": spec})
    kube.settle()
    assert decode(kube.storage.get(api.CLAIMS, "shop", "data"))["status"]["phase"] == "Pending"
    assert events(kube, "WaitForFirstConsumer")
    start(kube, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])
    assert decode(kube.storage.get(api.CLAIMS, "shop", "data"))["status"]["phase"] == "Bound"
    assert len(list(kube.storage.all(api.VOLUMES))) == 1
    run(kube, 20)
    delete(kube, api.CLAIMS, kube.storage.get(api.CLAIMS, "shop", "data"), Options())
    run(kube, 5)
    assert kube.storage.get(api.CLAIMS, "shop", "data").deleting
    delete(kube, api.PODS, kube.storage.get(api.PODS, "shop", "one"), Options())
    run(kube, 20)
    assert kube.storage.find(api.CLAIMS, "shop", "data") is None
    assert not list(kube.storage.all(api.VOLUMES))
