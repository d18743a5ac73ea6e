"""Printers of services, endpoints and ingresses."""

from __future__ import annotations

from typing import Any

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.printing.base import created, printer, selector_map
from tui.simulator.kubernetes.selectors import selector_text

NONE = "<none>"
MOST = 3  # addresses shown before "+ n more..."


@printer(api.SERVICES, "Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector")
def service(obj: Object, now: float) -> list[Any]:
    spec = obj["spec"]
    addresses = spec.get("clusterIPs") or [spec.get("clusterIP") or NONE]
    return [
        obj["metadata"]["name"], spec.get("type", "ClusterIP"), addresses[0] or NONE, _external(obj), _ports(spec),
        created(obj, now), selector_map(spec.get("selector")),
    ]  # fmt: skip


def _external(obj: Object) -> str:
    spec = obj["spec"]
    listed = ",".join(spec.get("externalIPs") or ())
    kind = spec.get("type", "ClusterIP")
    if kind == "LoadBalancer":
        ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        hosts = ",".join(i.get("ip") or i.get("hostname", "") for i in ingress)
        return ",".join(filter(None, (hosts, listed))) or "<pending>"
    if kind == "ExternalName":
        return str(spec.get("externalName", NONE))
    return listed or NONE


def _ports(spec: Object) -> str:
    words = []
    for port in spec.get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        words.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(words) or NONE


@printer(api.ENDPOINTS, "Name|Endpoints|Age")
def endpoints(obj: Object, now: float) -> list[Any]:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]
    return [obj["metadata"]["name"], _some(found), created(obj, now)]


@printer(api.SLICES, "Name|AddressType|Ports|Endpoints|Age")
def endpoint_slice(obj: Object, now: float) -> list[Any]:
    ports = [str(p["port"]) for p in obj.get("ports") or () if p.get("port") is not None]
    found = [address for endpoint in obj.get("endpoints") or () for address in endpoint["addresses"]]
    kind = obj.get("addressType", "IPv4")
    return [obj["metadata"]["name"], kind, _some(ports, "<unset>"), _some(found, "<unset>"), created(obj, now)]


def _some(found: list[str], none: str = NONE) -> str:
    if not found:
        return none
    if len(found) <= MOST:
        return ",".join(found)
    return f"{','.join(found[:MOST])} + {len(found) - MOST} more..."


@printer(api.INGRESSES, "Name|Class|Hosts|Address|Ports|Age")
def ingress(obj: Object, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    hosts = [rule.get("host", "") for rule in spec.get("rules") or ()]
    shown = "*" if not any(hosts) else _some(hosts, "*")
    balancers = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    address = ",".join(i.get("ip") or i.get("hostname", "") for i in balancers)
    ports = "80, 443" if spec.get("tls") else "80"
    return [obj["metadata"]["name"], spec.get("ingressClassName") or NONE, shown, address, ports, created(obj, now)]


@printer(api.INGRESS_CLASSES, "Name|Controller|Parameters|Age")
def ingress_class(obj: Object, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    parameters = spec.get("parameters")
    word = f"{parameters['kind']}/{parameters['name']}" if parameters else NONE
    return [obj["metadata"]["name"], spec.get("controller", ""), word, created(obj, now)]


@printer(api.NETWORK_POLICIES, "Name|Pod-Selector|Age")
def network_policy(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], selector_text((obj.get("spec") or {}).get("podSelector")), created(obj, now)]
