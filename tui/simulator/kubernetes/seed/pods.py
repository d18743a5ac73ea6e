"""Pods that have been running for a while: many from one template, so that ten thousand are made in about a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes import status as words
from tui.simulator.kubernetes.controllers.pods import pod_of
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.logs import last_words
from tui.simulator.kubernetes.managed import managed_fields
from tui.simulator.kubernetes.moves import LONGEST_BACKOFF
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.scheduler import NodeState
from tui.simulator.kubernetes.service_account import token_volume
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld


class Mold:
    """Makes pods of one owner."""

    def __init__(self, cluster: KubernetesWorld, resource: Resource, owner: Object, template: Object) -> None:
        self.cluster = cluster
        self.resource = resource
        self.base = pod_of(resource, owner, template, "mold")
        token_volume(self.base["spec"], cluster.writer.suffix())
        now = cluster.now()
        self.fields = managed_fields(self.base, owner["metadata"]["uid"], now, now)
        self.generate = f"{owner['metadata']['name']}-"
        self.ids = {c["name"]: cluster.image_id(c["image"]) for c in self._containers()}

    def _containers(self) -> list[Object]:
        spec = self.base["spec"]
        return [*spec["containers"], *(spec.get("initContainers") or ())]

    def pod(
        self,
        name: str,
        node: NodeState,
        age: float,
        *,
        labels: dict[str, str] | None = None,
        claim: str = "",
        crash: int = 0,
        completed: float = 0.0,
    ) -> None:
        """Create a pod ``age`` seconds old. ``crash``: restarts of a pod in CrashLoopBackOff; ``completed``: seconds it ran."""
        cluster, base = self.cluster, self.base
        began = cluster.now() - age
        metadata = {
            **base["metadata"],
            "name": name,
            "generateName": self.generate,
            "uid": cluster.storage.new_uid(),
            "creationTimestamp": stamp(began),
            "labels": {**base["metadata"]["labels"], **(labels or {})},
            "managedFields": [{**entry, "time": stamp(began + number)} for number, entry in enumerate(self.fields)],
        }
        spec = {**base["spec"], "nodeName": node.name}
        if claim:
            spec["volumes"] = [*spec["volumes"], {"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
            spec["hostname"] = name
        pod: Object = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": spec}
        pod["status"] = {"qosClass": base["status"]["qosClass"], "conditions": [
            {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": stamp(began)}]}  # fmt: skip
        words.waiting(pod, began + 1, node.address)
        words.address(pod, cluster.next_ip(pod))
        for container in spec.get("initContainers") or ():
            words.running(pod, container["name"], began + 2, self.ids[container["name"]])
            words.terminated(pod, container["name"], began + 5, 0, "Completed")
            words.ready(pod, container["name"], True)
        for number, container in enumerate(spec["containers"]):
            self._container(pod, container["name"], began + 6, crash if number == 0 else 0, completed)
        words.settle(pod, began + 12)
        cluster.storage.create(api.PODS, pod, quiet=True)
        if crash:
            self._tell(pod, crash, began)
            cluster.kubelet.adopt(pod)

    def _container(self, pod: Object, name: str, start: float, crash: int, completed: float) -> None:
        words.running(pod, name, start, self.ids[name])
        words.ready(pod, name, True)
        if completed:
            words.terminated(pod, name, start + completed, 0, "Completed")
        if not crash:
            return
        one = words.status_of(pod, name)
        last = self.cluster.now() - 20 - 240 * noise(pod["metadata"]["uid"])
        one["restartCount"] = crash
        one["containerID"] = words.container_id(pod, name, crash)
        one["state"] = {"running": {"startedAt": stamp(last - 3)}}
        words.terminated(pod, name, last, 1, "Error")
        words.leave_message(pod, name, last_words(self.cluster, pod, name))
        metadata = pod["metadata"]
        place = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
        words.back_off(pod, name, f"back-off {words.go_duration(LONGEST_BACKOFF)} restarting failed container={name} pod={place}")

    def _tell(self, pod: Object, crash: int, began: float) -> None:
        """The events that a crash loop leaves behind."""
        metadata, name = pod["metadata"], pod["spec"]["containers"][0]["name"]
        place = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
        node, path = pod["spec"]["nodeName"], f"spec.containers{{{name}}}"
        first = max(began, self.cluster.now() - 3500)
        message = f"Back-off restarting failed container {name} in pod {place}"
        record = self.cluster.events.record
        record(api.PODS, pod, "Warning", "BackOff", message, "kubelet", host=node, field_path=path, first=first, count=crash * 20)
        image = pod["spec"]["containers"][0]["image"]
        pulled = f'Container image "{image}" already present on machine'
        record(api.PODS, pod, "Normal", "Pulled", pulled, "kubelet", host=node, field_path=path, first=first, count=crash)
