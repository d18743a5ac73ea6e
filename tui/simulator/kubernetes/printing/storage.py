"""Printers of volumes, claims, classes, and of configuration objects."""

from __future__ import annotations

from typing import Any

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.printing.base import created, printer

UNSET = "<unset>"
MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def modes(listed: list[str] | None) -> str:
    """``RWO,ROX,RWX,RWOP``, in that order."""
    return ",".join(short for mode, short in MODES.items() if mode in (listed or ()))


@printer(api.CLAIMS, "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|+VolumeMode")
def claim(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    phase = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "Pending")
    bound = bool(spec.get("volumeName"))
    return [
        obj["metadata"]["name"], phase, spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "") if bound else "", modes(status.get("accessModes")) if bound else "",
        spec.get("storageClassName", ""), UNSET, created(obj, now), spec.get("volumeMode", "Filesystem"),
    ]  # fmt: skip


@printer(
    api.VOLUMES,
    "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|+VolumeMode",
)
def volume(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    claimed = spec.get("claimRef")
    phase = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "Available")
    return [
        obj["metadata"]["name"], (spec.get("capacity") or {}).get("storage", ""), modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", "Delete"), phase,
        f"{claimed['namespace']}/{claimed['name']}" if claimed else "", spec.get("storageClassName", ""), UNSET,
        status.get("reason", ""), created(obj, now), spec.get("volumeMode", "Filesystem"),
    ]  # fmt: skip


@printer(api.STORAGE_CLASSES, "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age")
def storage_class(obj: Object, now: float) -> list[Any]:
    name = obj["metadata"]["name"]
    if (obj["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true":
        name += " (default)"
    return [
        name, obj.get("provisioner", ""), obj.get("reclaimPolicy", "Delete"), obj.get("volumeBindingMode", "Immediate"),
        bool(obj.get("allowVolumeExpansion")), created(obj, now),
    ]  # fmt: skip


@printer(api.CONFIG_MAPS, "Name|#Data|Age")
def config_map(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), created(obj, now)]


@printer(api.SECRETS, "Name|Type|#Data|Age")
def secret(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("type", "Opaque"), len(obj.get("data") or ()), created(obj, now)]


@printer(
    api.CSI_DRIVERS,
    "Name|AttachRequired|PodInfoOnMount|StorageCapacity|TokenRequests|RequiresRepublish|Modes|Age",
)
def csi_driver(obj: Object, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    flags = [
        bool(spec.get(k, default))
        for k, default in (("attachRequired", True), ("podInfoOnMount", False), ("storageCapacity", False))
    ]
    modes_text = ",".join(spec.get("volumeLifecycleModes") or ["Persistent"])
    return [obj["metadata"]["name"], *flags, UNSET, bool(spec.get("requiresRepublish")), modes_text, created(obj, now)]


@printer(api.CSI_NODES, "Name|#Drivers|Age")
def csi_node(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], len((obj.get("spec") or {}).get("drivers") or ()), created(obj, now)]
