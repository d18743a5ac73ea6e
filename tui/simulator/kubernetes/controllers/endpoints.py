"""Services: their Endpoints and EndpointSlice, kept in step with the pods that their selector finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import owner_reference
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.storage import decode

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

NAME_LABEL = "kubernetes.io/service-name"


def selecting(cluster: KubernetesWorld, pod: Stored) -> list[tuple[Resource, str, str]]:
    """The services whose selector finds this pod."""
    found = []
    for stored in cluster.storage.all(api.SERVICES, pod.namespace):
        wanted = cluster.service_selectors.get(stored.uid)
        if wanted is None:
            wanted = cluster.service_selectors[stored.uid] = dict(decode(stored)["spec"].get("selector") or {})
        if wanted and wanted.items() <= pod.labels.items():
            found.append((api.SERVICES, stored.namespace, stored.name))
    return found


def sync(cluster: KubernetesWorld, namespace: str, name: str, *, quiet: bool = False) -> None:
    """Look at one service."""
    service = cluster.storage.read(api.SERVICES, namespace, name)
    if service is None:
        return
    selector = service["spec"].get("selector") or {}
    cluster.service_selectors[service["metadata"]["uid"]] = dict(selector)
    if not selector:
        return
    wanted = selector.items()
    pods = [p for p in cluster.storage.all(api.PODS, namespace) if wanted <= p.labels.items()]
    _write(cluster, service, [p for p in pods if isinstance(p.facts, PodFacts) and p.facts.ip and not p.facts.ended], quiet)


def _write(cluster: KubernetesWorld, service: Object, pods: list[Stored], quiet: bool) -> None:
    metadata = service["metadata"]
    ports = [
        {"name": p.get("name", ""), "port": _port(cluster, p, pods), "protocol": p.get("protocol", "TCP")}
        for p in service["spec"].get("ports") or ()
    ]
    named = [{k: v for k, v in port.items() if v != ""} for port in ports]
    ready = [p for p in pods if _facts(p).ready and not p.deleting]
    other = [p for p in pods if p not in ready and not p.deleting]
    subset = {"addresses": [_address(p) for p in ready], "notReadyAddresses": [_address(p) for p in other], "ports": named}
    listed = {k: v for k, v in subset.items() if v}
    base = {"name": metadata["name"], "namespace": metadata["namespace"], "labels": dict(metadata.get("labels") or {})}
    _store(cluster, api.ENDPOINTS, {"metadata": base, "subsets": [listed] if pods else []}, quiet)
    mark = metadata["uid"].replace("-", "")[:5]
    slice_metadata = {
        **base,
        "name": f"{metadata['name']}-{mark}",
        "generateName": f"{metadata['name']}-",
        "labels": {
            **base["labels"],
            NAME_LABEL: metadata["name"],
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
        "ownerReferences": [owner_reference(api.SERVICES, service)],
    }
    endpoints = [_endpoint(p) for p in pods]
    _store(
        cluster, api.SLICES, {"metadata": slice_metadata, "addressType": "IPv4", "endpoints": endpoints, "ports": ports}, quiet
    )


def _facts(pod: Stored) -> PodFacts:
    assert isinstance(pod.facts, PodFacts)
    return pod.facts


def _port(cluster: KubernetesWorld, port: Object, pods: list[Stored]) -> int:
    """The number of a target port; a named one is looked up in the first pod."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    for pod in pods[:1]:
        for container in decode(pod)["spec"]["containers"]:
            for one in container.get("ports") or ():
                if one.get("name") == target:
                    return int(one["containerPort"])
    return int(port["port"])


def _reference(pod: Stored) -> Object:
    return {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid}


def _address(pod: Stored) -> Object:
    return {"ip": _facts(pod).ip, "nodeName": _facts(pod).node, "targetRef": _reference(pod)}


def _endpoint(pod: Stored) -> Object:
    ready = _facts(pod).ready
    return {
        "addresses": [_facts(pod).ip],
        "conditions": {"ready": ready and not pod.deleting, "serving": ready, "terminating": pod.deleting},
        "nodeName": _facts(pod).node,
        "targetRef": _reference(pod),
    }


def _store(cluster: KubernetesWorld, resource: Resource, obj: Object, quiet: bool) -> None:
    metadata = obj["metadata"]
    old = cluster.storage.read(resource, metadata["namespace"], metadata["name"])
    if old is None:
        cluster.storage.create(resource, obj, quiet=quiet)
        return
    obj["metadata"] = {**old["metadata"], **metadata}
    cluster.storage.update(resource, {**old, **obj})
