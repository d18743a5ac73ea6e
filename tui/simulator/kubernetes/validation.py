"""What the API server refuses in an object, in its words. Only what an operator or a console can run into."""

from __future__ import annotations

import re
from typing import Any

from tui.simulator.kubernetes import errors, quantity
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.selectors import object_match

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
NAME_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
PERCENT = re.compile(r"[0-9]+%")
LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
FREE_NAMES = ("rbac.authorization.k8s.io",)
Cause = tuple[str, str, str]
SCALED = (api.DEPLOYMENTS, api.REPLICA_SETS, api.STATEFUL_SETS)
TEMPLATED = (*SCALED, api.DAEMON_SETS, api.JOBS)


def validate(resource: Resource, obj: Object, old: Object | None = None) -> None:
    """Refuse what the API server refuses, with 422 and its causes."""
    name = obj["metadata"].get("name", "")
    causes: list[Cause] = []
    if resource.group not in FREE_NAMES and not NAME.fullmatch(name):
        causes.append(("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {NAME_WORDS}'))
    causes += _labels(obj)
    causes += _required(resource, obj)
    if causes:
        raise errors.invalid(resource, name, causes)
    spec = obj.get("spec") or {}
    if resource in SCALED:
        replicas = spec.get("replicas")
        if not isinstance(replicas, int) or replicas < 0:
            causes.append(
                ("spec.replicas", "FieldValueInvalid", f"Invalid value: {replicas}: must be greater than or equal to 0")
            )
    if resource is api.CRON_JOBS:
        causes += _schedule(spec)
    if resource in (api.DEPLOYMENTS, api.STATEFUL_SETS, api.DAEMON_SETS):
        causes += _percents(resource, spec)
    if resource in TEMPLATED:
        causes += _workload(resource, spec, old)
    if resource is api.PODS:
        causes += containers_causes(spec, "spec")
        causes += _pod_changes(spec, old)
    if causes:
        raise errors.invalid(resource, name, causes)


#: members without which an object is refused, as paths; ``*`` stands for each item of a list
REQUIRED: dict[Resource, tuple[str, ...]] = {
    api.AUTOSCALERS: ("spec.scaleTargetRef.kind", "spec.scaleTargetRef.name", "spec.maxReplicas"),
    api.CLAIMS: ("spec.accessModes", "spec.resources.requests.storage"),
    api.SERVICES: ("spec.ports.*.port",),
    api.CRON_JOBS: ("spec.schedule", "spec.jobTemplate.spec.template.spec.containers.*.name"),
    api.PODS: ("spec.containers.*.name", "spec.initContainers.*.name", "spec.initContainers.*.image"),
    api.BUDGETS: ("spec",),
    **dict.fromkeys(TEMPLATED, ("spec.template.spec.containers.*.name", "spec.template.spec.initContainers.*.name")),
}
OWNER = tuple(f"metadata.ownerReferences.*.{name}" for name in ("apiVersion", "kind", "name", "uid"))


def _required(resource: Resource, obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    for path in (*OWNER, *REQUIRED.get(resource, ())):
        causes += [(missing, "FieldValueRequired", "Required value") for missing in _missing(obj, path.split("."), "")]
    return causes


def _missing(value: Any, path: list[str], place: str) -> list[str]:
    """The places where ``path`` ends in nothing; a list that is not there lacks no items."""
    if not path:
        return [] if value not in (None, "", [], {}) else [place]
    if path[0] == "*":
        return [m for n, item in enumerate(value or ()) for m in _missing(item, path[1:], f"{place}[{n}]")]
    deeper = (value or {}).get(path[0])
    return _missing(deeper, path[1:], f"{place}.{path[0]}" if place else path[0])


def _percents(resource: Resource, spec: Object) -> list[Cause]:
    """``maxSurge`` and ``maxUnavailable`` are numbers or percentages."""
    strategy = spec.get("strategy" if resource is api.DEPLOYMENTS else "updateStrategy") or {}
    causes: list[Cause] = []
    for name, value in (strategy.get("rollingUpdate") or {}).items():
        if isinstance(value, str) and not PERCENT.fullmatch(value):
            words = f"Invalid value: \"{value}\": a valid percent string must be a numeric string followed by an ending '%'"
            causes.append((f"spec.strategy.rollingUpdate.{name}", "FieldValueInvalid", words))
    return causes


def _schedule(spec: Object) -> list[Cause]:
    from tui.simulator.kubernetes.controllers.cronjob import fields

    try:
        fields(str(spec.get("schedule", "")))
    except ValueError as error:
        return [("spec.schedule", "FieldValueInvalid", f'Invalid value: "{spec.get("schedule", "")}": {error}')]
    return []


def _labels(obj: Object) -> list[Cause]:
    bad = [
        v
        for v in (obj["metadata"].get("labels") or {}).values()
        if not (isinstance(v, str) and len(v) < 64 and LABEL_VALUE.fullmatch(v))
    ]
    words = (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end "
        "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    )
    return [("metadata.labels", "FieldValueInvalid", f'Invalid value: "{value}": {words}') for value in bad]


def _workload(resource: Resource, spec: Object, old: Object | None) -> list[Cause]:
    causes = containers_causes(spec["template"].get("spec") or {}, "spec.template.spec")
    if resource is api.JOBS:
        return causes
    selector = spec.get("selector")
    if not selector:
        causes.append(("spec.selector", "FieldValueRequired", "Required value"))
        return causes
    labels = spec["template"]["metadata"].get("labels") or {}
    if not object_match(selector)(labels):
        words = f"Invalid value: {_go_map(labels)}: `selector` does not match template `labels`"
        causes.append(("spec.template.metadata.labels", "FieldValueInvalid", words))
    if old is not None and old["spec"].get("selector") != selector:
        causes.append(("spec.selector", "FieldValueInvalid", f"Invalid value: {_go_map(selector)}: field is immutable"))
    return causes


def _go_map(value: Any) -> str:
    inner = ", ".join(f'"{k}":"{v}"' for k, v in value.items())
    return "{" + inner + "}"


def containers_causes(spec: Object, path: str) -> list[Cause]:
    """What is wrong with a pod spec's containers."""
    listed = spec.get("containers") or []
    if not listed:
        return [(f"{path}.containers", "FieldValueRequired", "Required value")]
    causes: list[Cause] = []
    seen: set[str] = set()
    for number, container in enumerate(listed):
        place = f"{path}.containers[{number}]"
        if not container.get("image"):
            causes.append((f"{place}.image", "FieldValueRequired", "Required value"))
        if container.get("name", "") in seen:
            causes.append((f"{place}.name", "FieldValueDuplicate", f'Duplicate value: "{container.get("name")}"'))
        seen.add(container.get("name", ""))
        causes += _amounts(container, place)
    return causes


def _amounts(container: Object, place: str) -> list[Cause]:
    causes: list[Cause] = []
    amounts = container.get("resources") or {}
    limits, asked = amounts.get("limits") or {}, amounts.get("requests") or {}
    for kind, values in (("limits", limits), ("requests", asked)):
        for name, value in values.items():
            try:
                quantity.parse(value)
            except (ValueError, TypeError):
                raise errors.bad_request(
                    f"unable to parse quantity's suffix: {place}.resources.{kind}[{name}]: {value}"
                ) from None
    for name, value in asked.items():
        if name in limits and quantity.parse(value) > quantity.parse(limits[name]):
            words = f'Invalid value: "{value}": must be less than or equal to {name} limit of {limits[name]}'
            causes.append((f"{place}.resources.requests", "FieldValueInvalid", words))
    return causes


_POD_WORDS = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _pod_changes(spec: Object, old: Object | None) -> list[Cause]:
    if old is None or _frozen(spec) == _frozen(old["spec"]):
        return []
    return [("spec", "FieldValueForbidden", _POD_WORDS)]


def _frozen(spec: Object) -> Object:
    """A pod spec without what may change."""
    kept = {k: v for k, v in spec.items() if k not in ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds")}
    for part in ("containers", "initContainers", "ephemeralContainers"):
        if kept.get(part):
            kept[part] = [{k: v for k, v in c.items() if k not in ("image", "resources")} for c in kept[part]]
    kept.pop("ephemeralContainers", None)
    return kept
