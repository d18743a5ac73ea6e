"""DELETE over HTTP: of one object, or of all that a selector finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.json import encode

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.bodies import read_body
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.reading import list_body, page, rendered
from tui.simulator.kubernetes.request import Target

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.kubernetes.cluster import KubernetesWorld


async def answer_delete(cluster: KubernetesWorld, request: web.Request, target: Target, form: str) -> web.Response:
    """Delete and answer with what became of it: the object while it lingers, else a ``Status`` of success."""
    from aiohttp import web

    options = Options.read(await read_body(request), request.query)
    if not target.name:
        query = {k: v for k, v in request.query.items() if k != "limit"}
        found = page(cluster.storage, target, query, cluster.faults)
        for stored in () if options.dry else found.items:
            delete(cluster, target.resource, stored, options)
        body = list_body(found, target.resource, form, "Metadata", cluster.now())
    else:
        stored = cluster.storage.get(target.resource, target.namespace, target.name)
        options.check(target.resource, stored)
        last = stored if options.dry else delete(cluster, target.resource, stored, options)
        gone = options.dry or cluster.storage.find(target.resource, target.namespace, target.name) is None
        if gone and target.resource is not api.PODS:
            body = _success(target, stored)
        else:
            body = rendered(last, form, "Metadata", cluster.now(), target.resource)
    cluster.settle()
    return web.Response(body=body, content_type="application/json")


def _success(target: Target, stored: Stored) -> bytes:
    details = {"name": stored.name, "kind": target.resource.plural, "uid": stored.uid}
    if target.resource.group:
        details["group"] = target.resource.group
    return encode({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
