"""POST, PUT, PATCH and DELETE: bodies, preconditions, dry run, generation, then storage and the controllers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.json import encode

from tui.simulator.kubernetes import admission, errors, patching, shapes, validation
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.bodies import read_body, read_yaml
from tui.simulator.kubernetes.deleting import answer_delete
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.reading import rendered
from tui.simulator.kubernetes.request import Target, form
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import stamp

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.kubernetes.cluster import KubernetesWorld

SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
#: kinds whose generation counts the changes of spec
GENERATIONS = (
    api.DEPLOYMENTS, api.REPLICA_SETS, api.STATEFUL_SETS, api.DAEMON_SETS, api.JOBS, api.CRON_JOBS, api.PODS, api.INGRESSES,
    api.BUDGETS, api.AUTOSCALERS, api.NETWORK_POLICIES,
)  # fmt: skip
STATUS_PARTS = frozenset(r for r in api.STORED if "status" in r.subresources)


class Writer:
    """The writing half of the API."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self.cluster = cluster
        self.storage = cluster.storage

    async def write(self, request: web.Request, target: Target) -> web.StreamResponse:
        """Answer one write."""
        query = request.query
        dry = "All" in query.getall("dryRun", [])
        asked = form(request.headers.get("Accept", ""))
        if request.method == "POST" and not target.name:
            body = await read_body(request)
            if query.get("fieldValidation") == "Strict":
                _strict(target, body)
            stored = self.create(target, body, dry=dry)
            return self._respond(stored, target, asked, 201)
        if request.method == "DELETE":
            return await answer_delete(self.cluster, request, target, asked)
        if not target.name:
            raise errors.method_not_allowed()
        if request.method == "PUT":
            stored = self.replace(target, await read_body(request), dry=dry)
            return self._respond(stored, target, asked, 200)
        if request.method == "PATCH":
            stored, code = self.patched(target, request.content_type, await request.read(), query, dry=dry)
            return self._respond(stored, target, asked, code)
        raise errors.method_not_allowed()

    def _respond(self, stored: Stored, target: Target, asked: str, code: int) -> web.Response:
        from aiohttp import web

        body = rendered(stored, asked, "Metadata", self.cluster.now(), target.resource)
        self.cluster.settle()
        return web.Response(body=body, status=code, content_type="application/json")

    def create(self, target: Target, obj: Object, *, dry: bool = False) -> Stored:
        """Store a new object of a collection."""
        resource = target.resource
        metadata = self._checked(target, obj)
        if resource.namespaced:
            self._namespace(target, metadata.get("name", ""))
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + self.suffix()
        metadata["creationTimestamp"] = stamp(self.cluster.now())
        for name in ("resourceVersion", "uid", "deletionTimestamp", "selfLink", "generation"):
            metadata.pop(name, None)
        if resource in GENERATIONS:
            metadata["generation"] = 1
        if resource in STATUS_PARTS:
            obj.pop("status", None)
        admission.defaults(resource, obj)
        validation.validate(resource, obj)
        self.cluster.allocate(resource, obj)
        if dry:
            return self._pretend(resource, obj)
        return self.storage.create(resource, obj)

    def replace(self, target: Target, obj: Object, *, dry: bool = False) -> Stored:
        """PUT: the whole object, under its resourceVersion when it names one."""
        metadata = self._checked(target, obj)
        resource = target.resource
        found = self.storage.find(resource, target.namespace, target.name)
        if found is None:
            if resource is api.LEASES:
                return self.create(Target(resource, target.namespace, "", ""), obj, dry=dry)
            raise errors.not_found(resource, target.name)
        wanted = metadata.get("resourceVersion")
        if wanted and str(wanted) != str(found.version):
            raise errors.conflict(resource, target.name)
        if metadata.get("uid") and metadata["uid"] != found.uid:
            why = f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: {found.uid}"
            raise errors.conflict(resource, target.name, why)
        return self.store(target, decode(found), obj, dry=dry)

    def patched(
        self, target: Target, media: str, data: bytes, query: Mapping[str, str], *, dry: bool = False
    ) -> tuple[Stored, int]:
        """PATCH of any type: the object after it, and the status code."""
        if media not in patching.PATCHES:
            raise errors.unsupported_media(", ".join(patching.PATCHES))
        found = self.storage.find(target.resource, target.namespace, target.name)
        if "apply" in media:
            return self._apply(target, found, read_yaml(data), query, dry)
        if found is None:
            raise errors.not_found(target.resource, target.name)
        old = decode(found)
        new = patching.changed(target, media, data, old)
        if query.get("fieldValidation") == "Strict" and not target.part:
            _strict(target, new)
        return self.store(target, old, new, dry=dry), 200

    def store(self, target: Target, old: Object, new: Object, *, dry: bool = False) -> Stored:
        """Keep what may not change, count the generation, validate, store."""
        resource = target.resource
        shapes.check(resource.kind, new)
        metadata = dict(new.get("metadata") or {})
        new = {**new, "metadata": metadata}
        for name in (
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generation",
            "resourceVersion",
        ):
            metadata.pop(name, None)
            if name in old["metadata"]:
                metadata[name] = old["metadata"][name]
        metadata["name"] = old["metadata"]["name"]
        if target.part == "status":
            kept = {k: v for k, v in metadata.items() if k in ("labels", "annotations")}
            new = {**old, "status": new.get("status") or {}, "metadata": {**old["metadata"], **kept}}
        elif resource in STATUS_PARTS and not target.part:
            new.pop("status", None)
            if "status" in old:
                new["status"] = old["status"]
        new["kind"], new["apiVersion"] = resource.kind, resource.api_version
        admission.defaults(resource, new)
        if target.part != "status":
            validation.validate(resource, new, old)
        if resource in GENERATIONS and new.get("spec") != old.get("spec"):
            new["metadata"]["generation"] = old["metadata"].get("generation", 1) + 1
        if dry:
            return self._pretend(resource, new)
        stored = self.storage.update(resource, new)
        if resource is api.PODS:
            self._changed_images(old, new)
        if stored.deleting and not new["metadata"].get("finalizers") and resource is not api.PODS:
            return self.storage.remove(resource, stored.namespace, stored.name)
        return stored

    def _changed_images(self, old: Object, new: Object) -> None:
        """A running pod's containers whose image was changed in place start anew."""
        before = {c["name"]: c["image"] for c in old["spec"]["containers"]}
        for container in new["spec"]["containers"]:
            if before.get(container["name"]) != container["image"]:
                pod = self.storage.read(api.PODS, new["metadata"]["namespace"], new["metadata"]["name"])
                if pod is not None:
                    self.cluster.kubelet.replace_image(pod, container["name"])

    def _apply(
        self, target: Target, found: Stored | None, content: Any, query: Mapping[str, str], dry: bool
    ) -> tuple[Stored, int]:
        """Server-side apply, without field ownership: what is given is merged in and the manager noted."""
        if not isinstance(content, dict):
            raise errors.bad_request("error decoding YAML: not an object")
        shapes.check(target.resource.kind, content)
        content["metadata"] = content.get("metadata") or {}
        manager = query.get("fieldManager", "")
        if not manager:
            raise errors.StatusError(
                422,
                "Invalid",
                'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
            )
        if found is None:
            content["metadata"]["name"] = target.name
            return self.create(Target(target.resource, target.namespace, "", ""), content, dry=dry), 201
        old = decode(found)
        new = patching.applied(target, old, content, manager, self.cluster.now())
        return self.store(target, old, new, dry=dry), 200

    def _checked(self, target: Target, obj: Object) -> Object:
        resource = target.resource
        shapes.check(resource.kind, obj)
        for name in ("metadata", "spec", "status"):
            if name in obj and obj[name] is None:
                del obj[name]
        metadata: Object = obj.setdefault("metadata", {})
        if obj.get("kind") not in (None, resource.kind) or obj.get("apiVersion") not in (None, resource.api_version):
            given = f"{obj.get('apiVersion')}, Kind={obj.get('kind')}"
            message = f"the API version in the data ({given}) does not match the expected API version ({resource.api_version})"
            raise errors.bad_request(message)
        if resource.namespaced:
            if metadata.get("namespace", target.namespace) != target.namespace:
                raise errors.bad_request("the namespace of the provided object does not match the namespace sent on the request")
            metadata["namespace"] = target.namespace
        if target.name and metadata.get("name", target.name) != target.name:
            message = f"the name of the object ({metadata.get('name')}) does not match the name on the URL ({target.name})"
            raise errors.bad_request(message)
        return metadata

    def _namespace(self, target: Target, name: str) -> None:
        found = self.storage.find(api.NAMESPACES, "", target.namespace)
        if found is None:
            raise errors.not_found(api.NAMESPACES, target.namespace)
        if found.deleting:
            message = (
                f'{target.resource.qualified} "{name}" is forbidden: unable to create new content in namespace '
                f"{target.namespace} because it is being terminated"
            )
            raise errors.StatusError(403, "Forbidden", message, details={"name": name, "kind": target.resource.plural})

    def suffix(self, length: int = 5) -> str:
        """Random letters as ``generateName`` appends them."""
        return "".join(self.cluster.rng.choices(SUFFIX, k=length))

    def _pretend(self, resource: Resource, obj: Object) -> Stored:
        """What a dry run answers: the object as it would be, never stored."""
        metadata = obj["metadata"]
        metadata.setdefault("uid", self.storage.new_uid())
        full = {"kind": resource.kind, "apiVersion": resource.api_version, **obj}
        return Stored(
            metadata.get("namespace", ""),
            metadata["name"],
            metadata["uid"],
            self.storage.version,
            encode(full),
            {},
            "",
            0.0,
            False,
            {},
        )


def _strict(target: Target, obj: Object) -> None:
    """400 for members that the kind does not have, when the client asked for that (kubectl does)."""
    found = shapes.unknown(target.resource.kind, obj)
    if found:
        kind, version = target.resource.kind, target.resource.version
        listed = ", ".join(f'unknown field "{path}"' for path in found)
        raise errors.bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {listed}')
