"""Printers of nodes, namespaces, events, access rules and other objects of the cluster itself."""

from __future__ import annotations

from typing import Any

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object, condition
from tui.simulator.kubernetes.printing.base import age, created, printer

ROLE_LABEL = "node-role.kubernetes.io/"
NONE = "<none>"


@printer(api.NODES, "Name|Status|Roles|Age|Version|+Internal-IP|+External-IP|+OS-Image|+Kernel-Version|+Container-Runtime")
def node(obj: Object, now: float) -> list[Any]:
    status, metadata = obj.get("status") or {}, obj["metadata"]
    ready = condition(status, "Ready")
    words = ["Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"]
    if (obj.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    labels = metadata.get("labels") or {}
    roles = sorted(key.removeprefix(ROLE_LABEL) for key in labels if key.startswith(ROLE_LABEL))
    addresses = {a["type"]: a["address"] for a in status.get("addresses") or ()}
    info = status.get("nodeInfo") or {}
    unknown = "<unknown>"
    return [
        metadata["name"], ",".join(words), ",".join(roles) or NONE, created(obj, now), info.get("kubeletVersion", ""),
        addresses.get("InternalIP", NONE), addresses.get("ExternalIP", NONE), info.get("osImage") or unknown,
        info.get("kernelVersion") or unknown, info.get("containerRuntimeVersion") or unknown,
    ]  # fmt: skip


@printer(api.NAMESPACES, "Name|Status|Age")
def namespace(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], (obj.get("status") or {}).get("phase", "Active"), created(obj, now)]


@printer(api.EVENTS, "Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|#+Count|+Name")
def event(obj: Object, now: float) -> list[Any]:
    first = age(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    last = age(obj["lastTimestamp"], now) if obj.get("lastTimestamp") else first
    involved = obj.get("involvedObject") or {}
    source = obj.get("source") or {}
    place = ", ".join(filter(None, (source.get("component") or obj.get("reportingComponent", ""), source.get("host", ""))))
    target = f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"
    return [
        last, obj.get("type", ""), obj.get("reason", ""), target, involved.get("fieldPath", ""), place,
        obj.get("message", "").strip(), first, obj.get("count") or 1, obj["metadata"]["name"],
    ]  # fmt: skip


@printer(api.SERVICE_ACCOUNTS, "Name|#Secrets|Age")
def service_account(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("secrets") or ()), created(obj, now)]


def _binding(obj: Object, now: float) -> list[Any]:
    role = f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}"
    users: list[str] = []
    groups: list[str] = []
    accounts: list[str] = []
    for subject in obj.get("subjects") or ():
        if subject["kind"] == "ServiceAccount":
            accounts.append(f"{subject.get('namespace', '')}/{subject['name']}")
        else:
            (users if subject["kind"] == "User" else groups).append(subject["name"])
    return [obj["metadata"]["name"], role, created(obj, now), ", ".join(users), ", ".join(groups), ", ".join(accounts)]


printer(api.ROLE_BINDINGS, "Name|Role|Age|+Users|+Groups|+ServiceAccounts")(_binding)
printer(api.CLUSTER_ROLE_BINDINGS, "Name|Role|Age|+Users|+Groups|+ServiceAccounts")(_binding)


@printer(api.LEASES, "Name|Holder|Age")
def lease(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], (obj.get("spec") or {}).get("holderIdentity", ""), created(obj, now)]


@printer(api.PRIORITIES, "Name|#Value|Global-Default|Age|PreemptionPolicy")
def priority(obj: Object, now: float) -> list[Any]:
    policy = obj.get("preemptionPolicy", "PreemptLowerPriority")
    return [obj["metadata"]["name"], obj.get("value", 0), bool(obj.get("globalDefault")), created(obj, now), policy]


@printer(api.QUOTAS, "Name|Request|Limit|Age")
def quota(obj: Object, now: float) -> list[Any]:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    asked = [f"{k}: {used.get(k, '0')}/{v}" for k, v in sorted(hard.items()) if not k.startswith("limits.")]
    limits = [f"{k}: {used.get(k, '0')}/{v}" for k, v in sorted(hard.items()) if k.startswith("limits.")]
    return [obj["metadata"]["name"], ", ".join(asked), ", ".join(limits), created(obj, now)]


@printer(api.API_SERVICES, "Name|Service|Available|Age")
def api_service(obj: Object, now: float) -> list[Any]:
    served = (obj.get("spec") or {}).get("service")
    word = f"{served['namespace']}/{served['name']}" if served else "Local"
    return [obj["metadata"]["name"], word, "True", created(obj, now)]
