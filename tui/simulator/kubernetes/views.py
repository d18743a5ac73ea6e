"""Resources that show stored objects in another version's form: ``events.k8s.io/v1`` and ``autoscaling/v1``."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.json import encode

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.storage import decode


def _event(event: Object) -> Object:
    """A core event as ``events.k8s.io/v1`` names its members."""
    new = {
        "metadata": event["metadata"],
        "eventTime": event.get("eventTime"),
        "reportingController": event.get("reportingComponent", ""),
        "reportingInstance": event.get("reportingInstance", ""),
        "reason": event.get("reason", ""),
        "regarding": event.get("involvedObject", {}),
        "note": event.get("message", ""),
        "type": event.get("type", ""),
        "deprecatedSource": event.get("source", {}),
        "deprecatedFirstTimestamp": event.get("firstTimestamp"),
        "deprecatedLastTimestamp": event.get("lastTimestamp"),
        "deprecatedCount": event.get("count", 1),
    }
    return {k: v for k, v in new.items() if v not in ("", {})}


def _autoscaler(autoscaler: Object) -> Object:
    """An autoscaler of ``autoscaling/v2`` as v1 has it: processor use only."""
    spec, status = autoscaler["spec"], autoscaler.get("status") or {}
    old: Object = {k: spec[k] for k in ("scaleTargetRef", "minReplicas", "maxReplicas") if k in spec}
    for metric in spec.get("metrics") or ():
        if metric.get("resource", {}).get("name") == "cpu":
            old["targetCPUUtilizationPercentage"] = metric["resource"]["target"].get("averageUtilization")
    state: Object = {k: status.get(k, 0) for k in ("currentReplicas", "desiredReplicas")}
    for metric in status.get("currentMetrics") or ():
        if metric.get("resource", {}).get("name") == "cpu":
            state["currentCPUUtilizationPercentage"] = metric["resource"]["current"].get("averageUtilization")
    return {"metadata": autoscaler["metadata"], "spec": old, "status": state}


_CONVERT: dict[Resource, Callable[[Object], Object]] = {api.NEW_EVENTS: _event, api.OLD_AUTOSCALERS: _autoscaler}


def body_of(resource: Resource, stored: Stored) -> bytes:
    """The object's JSON as ``resource`` shows it."""
    convert = _CONVERT.get(resource)
    if convert is None:
        return stored.body
    return encode({"kind": resource.kind, "apiVersion": resource.api_version, **convert(decode(stored))})
