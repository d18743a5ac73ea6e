"""What stands beside a workload: its service, configuration, ingress, autoscaler and disruption budget."""

from __future__ import annotations

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.seed.ground import HOUR, Ground, Workload
from tui.simulator.kubernetes.seed.sets import claim_of
from tui.simulator.kubernetes.times import stamp


def plant_service(ground: Ground, workload: Workload) -> None:
    """The service in front of the workload; headless for a stateful set."""
    port = workload.get("port", 8080)
    outside = 80 if port == 8080 else port
    spec: Object = {
        "selector": ground.selector(workload)["matchLabels"],
        "ports": [{"name": "http", "port": outside, "targetPort": "http"}],
    }
    if workload.get("kind") == "StatefulSet":
        spec["clusterIP"] = "None"
        spec["clusterIPs"] = ["None"]
    service = ground.owner(api.SERVICES, workload, spec, ground.age(workload) + 720 * HOUR)
    del service["metadata"]["generation"]
    service["metadata"]["labels"] |= workload.get("service_labels", {})
    ground.cluster.allocate(api.SERVICES, service)
    service["status"] = {"loadBalancer": {}}
    ground.store(api.SERVICES, service)


def plant_extras(ground: Ground, workload: Workload) -> None:
    """Everything else that the workload's table asks for."""
    name = workload["name"]
    age = ground.age(workload) + 700 * HOUR
    data = {"app.conf": f"name = {name}\nworkers = 4\n"}
    ground.store(api.CONFIG_MAPS, {"metadata": _metadata(ground, workload, f"{name}-config"), "data": data})
    if workload.get("shared_volume"):
        claim_of(ground, workload, f"{name}-data", workload["shared_volume"], "ReadWriteMany", age)
    if workload.get("host"):
        _ingress(ground, workload)
    if workload.get("autoscale"):
        _autoscaler(ground, workload)
    if workload.get("keep"):
        _budget(ground, workload)


def _metadata(ground: Ground, workload: Workload, name: str) -> Object:
    age = ground.age(workload) + 700 * HOUR
    labels = ground.labels(workload)
    return {"name": name, "namespace": workload["namespace"], "labels": labels, "creationTimestamp": stamp(ground.now - age)}


def _ingress(ground: Ground, workload: Workload) -> None:
    name, namespace = workload["name"], workload["namespace"]
    backend = {"service": {"name": name, "port": {"name": "http"}}}
    rule = {"host": workload["host"], "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    host = f"k8s-{namespace}-{name}-0a1b2c3d4e.{ground.cluster.world.region}.elb.amazonaws.com"
    ingress = {
        "metadata": {**_metadata(ground, workload, name), "generation": 1},
        "spec": {"ingressClassName": "alb", "rules": [rule]},
        "status": {"loadBalancer": {"ingress": [{"hostname": host}]}},
    }
    ground.store(api.INGRESSES, ingress)
    data = {"tls.crt": "LS0t", "tls.key": "LS0t"}
    metadata = _metadata(ground, workload, f"{name}-tls")
    ground.store(api.SECRETS, {"metadata": metadata, "type": "kubernetes.io/tls", "data": data})


def _autoscaler(ground: Ground, workload: Workload) -> None:
    least, most, target = workload["autoscale"]
    count = workload["replicas"]
    wanted = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}
    used = {"name": "cpu", "current": {"averageUtilization": target - 22, "averageValue": "80m"}}
    autoscaler = {
        "metadata": _metadata(ground, workload, workload["name"]),
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": workload["name"], "apiVersion": "apps/v1"},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": wanted}],
        },
        "status": {
            "currentReplicas": count,
            "desiredReplicas": count,
            "currentMetrics": [{"type": "Resource", "resource": used}],
        },
    }
    ground.store(api.AUTOSCALERS, autoscaler)


def _budget(ground: Ground, workload: Workload) -> None:
    count, keep = workload["replicas"], workload["keep"]
    budget = {
        "metadata": {**_metadata(ground, workload, workload["name"]), "generation": 1},
        "spec": {"minAvailable": keep, "selector": ground.selector(workload)},
        "status": {"currentHealthy": count, "desiredHealthy": keep, "disruptionsAllowed": count - keep, "expectedPods": count},
    }
    ground.store(api.BUDGETS, budget)
