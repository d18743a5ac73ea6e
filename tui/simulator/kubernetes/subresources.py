"""The parts of objects that have handlers of their own: scale, status, eviction, binding, log, exec, token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.json import encode

from tui.simulator.kubernetes import errors, patching
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.bodies import read_body
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.execution import serve_exec
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.logs import serve_log
from tui.simulator.kubernetes.request import Target, form
from tui.simulator.kubernetes.selectors import object_match, selector_text
from tui.simulator.kubernetes.server import Special
from tui.simulator.kubernetes.storage import decode

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.kubernetes.cluster import KubernetesWorld


class Parts:
    """Hands each subresource to its handler."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self.cluster = cluster

    def handler(self, target: Target, method: str) -> Special | None:
        """The handler, ``None`` where plain reading and writing do (``status``)."""
        part = target.part
        if part == "log":
            return self._log
        if part == "exec":
            return self._exec
        if part in ("attach", "portforward"):
            return self._refuse
        if part == "scale":
            return self._scale
        if part == "eviction":
            return self._evict
        if part == "binding":
            return self._bind
        if part == "token":
            return self._token
        return None

    async def _log(self, request: web.Request, target: Target, user: str) -> web.StreamResponse:
        return await serve_log(self.cluster, request, target)

    async def _exec(self, request: web.Request, target: Target, user: str) -> web.StreamResponse:
        return await serve_exec(self.cluster, request, target)

    async def _refuse(self, request: web.Request, target: Target, user: str) -> web.StreamResponse:
        raise errors.StatusError(501, "NotImplemented", f"the embedded cluster has no {target.part}")

    async def _scale(self, request: web.Request, target: Target, user: str) -> web.StreamResponse:
        from aiohttp import web

        cluster = self.cluster
        stored = cluster.storage.get(target.resource, target.namespace, target.name)
        old = decode(stored)
        dry = "All" in request.query.getall("dryRun", [])
        if request.method == "GET":
            scale = scale_of(target, old)
        else:
            wanted = await self._wanted_scale(request, target, old)
            replicas = (wanted.get("spec") or {}).get("replicas", 0)
            version = str((wanted.get("metadata") or {}).get("resourceVersion") or stored.version)
            if version != str(stored.version):
                raise errors.conflict(target.resource, target.name)
            new = {**old, "spec": {**old["spec"], "replicas": replicas}, "metadata": dict(old["metadata"])}
            plain = Target(target.resource, target.namespace, target.name, "")
            scale = scale_of(target, decode(cluster.writer.store(plain, old, new, dry=dry)))
            cluster.settle()
        form(request.headers.get("Accept", ""))
        return web.Response(body=encode(scale), content_type="application/json")

    async def _wanted_scale(self, request: web.Request, target: Target, old: Object) -> Object:
        if request.method == "PUT":
            return await read_body(request)
        if request.method != "PATCH":
            raise errors.method_not_allowed()
        return patching.changed(target, request.content_type, await request.read(), scale_of(target, old))

    async def _evict(self, request: web.Request, target: Target, user: str) -> web.StreamResponse:
        from aiohttp import web

        cluster = self.cluster
        body = await read_body(request)
        stored = cluster.storage.get(api.PODS, target.namespace, target.name)
        options = Options.read(body.get("deleteOptions") or {}, request.query)
        options.check(api.PODS, stored)
        self._check_budgets(target, stored.labels)
        if not options.dry:
            delete(cluster, api.PODS, stored, options)
            cluster.settle()
        return web.json_response(
            {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, status=201
        )

    def _check_budgets(self, target: Target, labels: Any) -> None:
        """429 when a PodDisruptionBudget has nothing to give."""
        for stored in self.cluster.storage.all(api.BUDGETS, target.namespace):
            budget = decode(stored)
            if not object_match(budget["spec"].get("selector"))(labels):
                continue
            pods = [
                p
                for p in self.cluster.storage.all(api.PODS, target.namespace)
                if object_match(budget["spec"]["selector"])(p.labels)
            ]
            ready = sum(isinstance(p.facts, PodFacts) and p.facts.ready and not p.deleting for p in pods)
            least = budget["spec"].get("minAvailable", 0)
            if isinstance(least, int) and ready - 1 < least:
                cause = {
                    "reason": "DisruptionBudget",
                    "message": f"The disruption budget {stored.name} needs {least} healthy pods and has {ready} currently",
                }
                raise errors.StatusError(
                    429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.",
                    details={"causes": [cause]},
                )  # fmt: skip

    async def _bind(self, request: web.Request, target: Target, user: str) -> web.StreamResponse:
        from aiohttp import web

        body = await read_body(request)
        pod = decode(self.cluster.storage.get(api.PODS, target.namespace, target.name))
        if pod["spec"].get("nodeName"):
            message = f'pod {target.name} is already assigned to node "{pod["spec"]["nodeName"]}"'
            raise errors.conflict(api.PODS, target.name, message)
        self.cluster.scheduler.bind(pod, str(body.get("target", {}).get("name", "")))
        self.cluster.settle()
        return web.json_response(
            {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, status=201
        )

    async def _token(self, request: web.Request, target: Target, user: str) -> web.StreamResponse:
        raise errors.StatusError(501, "NotImplemented", "the embedded cluster issues no service account tokens")


def scale_of(target: Target, obj: Object) -> Object:
    """The ``Scale`` of a workload."""
    metadata = {k: obj["metadata"][k] for k in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")}
    status: Object = {"replicas": (obj.get("status") or {}).get("replicas", 0)}
    selector = selector_text(obj["spec"].get("selector"))
    if selector != "<none>":
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": obj["spec"].get("replicas", 0)},
        "status": status,
    }
