"""``metadata.managedFields`` of pods: who wrote which members, as every real pod carries it (a third of its size).

Nothing in the embedded cluster reads it: it is there because clients must live with it.
"""

from __future__ import annotations

from typing import Any

from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.times import stamp

Fields = dict[str, Any]
STATUS: Fields = {
    "f:status": {
        "f:conditions": {
            f'k:{{"type":"{kind}"}}': {".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {}}
            for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady")
        },
        "f:containerStatuses": {},
        "f:hostIP": {},
        "f:hostIPs": {},
        "f:phase": {},
        "f:podIP": {},
        "f:podIPs": {".": {}, 'k:{"ip":"10.0.0.1"}': {".": {}, "f:ip": {}}},
        "f:startTime": {},
    }
}


def _container(container: Object) -> Fields:
    fields: Fields = {".": {}}
    for name, value in container.items():
        if name == "volumeMounts":
            continue  # added by admission, owned by nobody
        if name == "env":
            entries: Fields = {f'k:{{"name":"{e["name"]}"}}': {".": {}, "f:name": {}, "f:value": {}} for e in value}
            fields["f:env"] = {".": {}, **entries}
        elif isinstance(value, dict):
            fields[f"f:{name}"] = _members(value)
        else:
            fields[f"f:{name}"] = {}
    return fields


def _members(value: Object) -> Fields:
    return {".": {}, **{f"f:{k}": _members(v) if isinstance(v, dict) else {} for k, v in value.items()}}


def managed_fields(pod: Object, owner_uid: str, created: float, updated: float) -> list[Object]:
    """The two entries: the controller's, of the spec, and the kubelet's, of the status. Times in epoch seconds."""
    metadata, spec = pod["metadata"], pod["spec"]
    listed = {f'k:{{"name":"{c["name"]}"}}': _container(c) for c in spec["containers"]}
    plain: Fields = {f"f:{k}": {} for k in spec if k not in ("containers", "volumes", "tolerations", "nodeName")}
    labels: Fields = {".": {}, **{f"f:{k}": {} for k in metadata.get("labels") or ()}}
    references: Fields = {".": {}, f'k:{{"uid":"{owner_uid}"}}': {}}
    mine = {"f:metadata": {"f:generateName": {}, "f:labels": labels, "f:ownerReferences": references}}
    head = {"operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1"}
    return [
        {"manager": "kube-controller-manager", **head, "time": stamp(created),
         "fieldsV1": {**mine, "f:spec": {"f:containers": listed, **plain}}},
        {"manager": "kubelet", **head, "time": stamp(updated), "fieldsV1": STATUS, "subresource": "status"},
    ]  # fmt: skip
