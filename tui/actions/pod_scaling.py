"""What a HorizontalPodAutoscaler will do to a count that is set by hand (autoscaling/v2, HorizontalPodAutoscaler)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.actions.autoscaling import Bounds
from tui.actions.base import Context
from tui.actions.workloads import locator_of
from tui.model.errors import ApiError
from tui.model.row import Row
from tui.model.scope import Scope

READS = ("k8s:list autoscaling/horizontalpodautoscalers",)

Found = dict[str, tuple[str, Bounds]]
"""Uid of a Deployment to its autoscaler's name and bounds."""


async def autoscalers(rows: Sequence[Row], context: Context) -> tuple[Found, tuple[str, ...]]:
    """The autoscalers of ``rows``, one listing a namespace, and a warning where none may be listed."""
    listed: dict[tuple[Scope, str], list[dict[str, Any]]] = {}
    found: Found = {}
    try:
        for row in rows:
            locator = locator_of(row)
            place = (row.scope, locator["namespace"])
            if place not in listed:
                path = f"/apis/autoscaling/v2/namespaces/{place[1]}/horizontalpodautoscalers"
                listed[place] = (await context.clients.kubernetes(row.scope).get(path)).get("items") or []
            for item in listed[place]:
                target = (item.get("spec") or {}).get("scaleTargetRef") or {}
                if target.get("kind") == "Deployment" and target.get("name") == locator["name"]:
                    found[row.key.id] = (str(item["metadata"]["name"]), _bounds(item["spec"]))
    except ApiError as error:
        return found, (f"whether an autoscaler sets the count is not known: {error}",)
    return found, ()


def _bounds(spec: Mapping[str, Any]) -> Bounds:
    return Bounds(int(spec.get("minReplicas", 1)), int(spec.get("maxReplicas", 0)), tuple(_metrics(spec)))


def _metrics(spec: Mapping[str, Any]) -> list[str]:
    """``target CPU 70%`` for each metric that a resource or a value decides."""
    words = []
    for metric in spec.get("metrics") or []:
        kind = str(metric.get("type", ""))
        inner = metric.get(kind[:1].lower() + kind[1:]) or {}
        target = inner.get("target") or {}
        name = str(inner.get("name") or (inner.get("metric") or {}).get("name") or "its metric")
        name = {"cpu": "CPU"}.get(name, name)
        if target.get("averageUtilization") is not None:
            words.append(f"target {name} {target['averageUtilization']}%")
        elif target.get("averageValue") or target.get("value"):
            words.append(f"target {name} {target.get('averageValue') or target.get('value')}")
    return words


def warning(name: str, found: Bounds) -> str:
    """``autoscaler cart-hpa will set the count itself (2 to 9, target CPU 70%)``."""
    words = "".join(f", {metric}" for metric in found.policies)
    return f"autoscaler {name} will set the count itself ({found.minimum} to {found.maximum}{words})"


def count_warning(count: int, name: str, found: Bounds) -> str:
    """The warning for a count set by hand: 0 switches the autoscaler off, outside its bounds a count does not stay."""
    if count == 0:
        return f"autoscaler {name} does nothing while 0 pods are wanted"
    if count > found.maximum:
        return f"{count} is above the maximum of autoscaler {name} ({found.maximum}): it brings the count back at once"
    if count < found.minimum:
        return f"{count} is below the minimum of autoscaler {name} ({found.minimum}): it brings the count back at once"
    return warning(name, found)


def pods_need(template: Mapping[str, Any], count: int) -> str:
    """``: 1.5 CPU and 3 GiB more`` that ``count`` pods of a Deployment's template request; empty where it requests none."""
    cpu = memory = 0.0
    for container in (template.get("spec") or {}).get("containers") or []:
        requests = (container.get("resources") or {}).get("requests") or {}
        cpu += quantity(requests.get("cpu"))
        memory += quantity(requests.get("memory"))
    parts = [f"{cpu * count:.3g} CPU" if cpu else "", f"{memory * count / 2**30:.3g} GiB" if memory else ""]
    return f": {' and '.join(part for part in parts if part)} more" if cpu or memory else ""


_SUFFIXES = {
    "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip


def quantity(text: Any) -> float:
    """A Kubernetes quantity as a number: ``250m`` is 0.25, ``512Mi`` 536870912; 0 for what is none."""
    words = str(text or "").strip()
    number = words.rstrip("".join({c for suffix in _SUFFIXES for c in suffix}))
    try:
        return float(number) * _SUFFIXES.get(words[len(number) :], 1.0)
    except ValueError:
        return 0.0
