"""PersistentVolumeClaims: bound to a new volume of their storage class, kept while a pod uses them, released when deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.printing.storage import DEFAULT_CLASS
from tui.simulator.kubernetes.storage import decode

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "persistentvolume-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
PROTECTED = "external-provisioner.volume.kubernetes.io/finalizer"


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one claim."""
    claim = cluster.storage.read(api.CLAIMS, namespace, name)
    if claim is None:
        return
    if claim["metadata"].get("deletionTimestamp"):
        if not in_use(cluster, namespace, name):
            cluster.storage.remove(api.CLAIMS, namespace, name)
            _release(cluster, claim)
        return
    if claim["spec"].get("volumeName"):
        return
    kind = _class(cluster, claim)
    if kind is None:
        wanted = claim["spec"].get("storageClassName")
        if wanted:
            message = f'storageclass.storage.k8s.io "{wanted}" not found'
            cluster.events.record(api.CLAIMS, claim, "Warning", "ProvisioningFailed", message, COMPONENT)
        return
    if kind.get("volumeBindingMode") == "WaitForFirstConsumer" and not in_use(cluster, namespace, name):
        message = "waiting for first consumer to be created before binding"
        cluster.events.record(api.CLAIMS, claim, "Normal", "WaitForFirstConsumer", message, COMPONENT)
        return
    bind(cluster, claim, kind)
    cluster.storage.update(api.CLAIMS, claim)


def in_use(cluster: KubernetesWorld, namespace: str, name: str) -> bool:
    """Whether a pod that has not ended mounts the claim."""
    pods = cluster.storage.all(api.PODS, namespace)
    return any(isinstance(p.facts, PodFacts) and name in p.facts.claims and not p.facts.ended for p in pods)


def _release(cluster: KubernetesWorld, claim: Object) -> None:
    """The volume of a claim that is gone: deleted, or kept as Released, as its reclaim policy says."""
    volume = cluster.storage.read(api.VOLUMES, "", claim["spec"].get("volumeName", ""))
    if volume is None:
        return
    if volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete":
        cluster.storage.remove(api.VOLUMES, "", volume["metadata"]["name"])
    else:
        volume["status"] = {"phase": "Released"}
        cluster.storage.update(api.VOLUMES, volume)


def _class(cluster: KubernetesWorld, claim: Object) -> Object | None:
    wanted = claim["spec"].get("storageClassName")
    for stored in cluster.storage.all(api.STORAGE_CLASSES):
        kind = decode(stored)
        default = (kind["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"
        if stored.name == wanted or (wanted is None and default):
            claim["spec"]["storageClassName"] = stored.name
            return kind
    return None


def bind(cluster: KubernetesWorld, claim: Object, kind: Object, *, quiet: bool = False) -> None:
    """Make a volume for ``claim`` and bind the two; the claim itself is not stored here."""
    metadata, spec = claim["metadata"], claim["spec"]
    metadata.setdefault("uid", cluster.storage.new_uid())
    name = f"pvc-{metadata['uid']}"
    capacity = dict(spec["resources"]["requests"])
    provisioner = kind["provisioner"]
    prefix = "vol-" if "ebs" in provisioner else "fs-0a1b2c3d::fsap-"
    handle = f"{prefix}{cluster.rng.getrandbits(68):017x}"
    volume: Object = {
        "metadata": {"name": name, "annotations": {PROVISIONED_BY: provisioner}, "finalizers": [PROTECTED]},
        "spec": {
            "capacity": capacity,
            "csi": {"driver": provisioner, "volumeHandle": handle, "fsType": "ext4"},
            "accessModes": spec["accessModes"],
            "claimRef": {
                "kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": metadata["namespace"],
                "name": metadata["name"], "uid": metadata["uid"],
            },
            "persistentVolumeReclaimPolicy": kind.get("reclaimPolicy", "Delete"),
            "storageClassName": kind["metadata"]["name"],
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound"},
    }  # fmt: skip
    if metadata.get("creationTimestamp"):
        volume["metadata"]["creationTimestamp"] = metadata["creationTimestamp"]
    cluster.storage.create(api.VOLUMES, volume, quiet=quiet)
    spec["volumeName"] = name
    claim["status"] = {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": capacity}
    if not quiet:
        message = f"Successfully provisioned volume {name}"
        cluster.events.record(api.CLAIMS, claim, "Normal", "ProvisioningSucceeded", message, provisioner)
