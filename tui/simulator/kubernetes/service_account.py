"""What admission adds to every pod: the projected token of its service account."""

from __future__ import annotations

from tui.simulator.kubernetes.facts import Object


def token_volume(spec: Object, suffix: str) -> None:
    """Mount the service account's token, as admission does for every pod."""
    if spec.get("automountServiceAccountToken") is False:
        return
    name = f"kube-api-access-{suffix}"
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]
    spec["volumes"] = [*(spec.get("volumes") or ()), {"name": name, "projected": {"sources": sources, "defaultMode": 420}}]
    mount = {"name": name, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    for container in [*spec["containers"], *(spec.get("initContainers") or ())]:
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mount]
