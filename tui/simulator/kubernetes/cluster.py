"""One EKS cluster: storage, controllers, scheduler and kubelets on the world's clock, behind an API server over TLS."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.access import Policy
from tui.simulator.kubernetes.behaviour import Behaviours
from tui.simulator.kubernetes.churn import Churn
from tui.simulator.kubernetes.controllers.manager import Manager
from tui.simulator.kubernetes.events import Recorder
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.fargate import Fargate
from tui.simulator.kubernetes.faults import Faults
from tui.simulator.kubernetes.kubelet import Kubelet
from tui.simulator.kubernetes.metrics import Metrics
from tui.simulator.kubernetes.node_health import NodeHealth
from tui.simulator.kubernetes.request import Target
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.scheduler import Scheduler
from tui.simulator.kubernetes.seed import plant
from tui.simulator.kubernetes.server import Front, Special
from tui.simulator.kubernetes.service_account import token_volume
from tui.simulator.kubernetes.storage import Storage
from tui.simulator.kubernetes.subresources import Parts
from tui.simulator.kubernetes.watching import Streams
from tui.simulator.kubernetes.writing import Writer
from tui.simulator.world import ImageInfo, World, digest_of

if TYPE_CHECKING:
    import trustme
    from aiohttp import web

BOOKMARKS = 60.0  # seconds between two bookmarks of a watch
MOST_CALLS = 5000  # different paths that are counted apart


class KubernetesWorld:
    """The cluster. ``verify_token`` is set by the front: it gives the user name of an EKS token, or ``None``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.scenario: dict[str, Any] = world.scenario.get("kubernetes", {})
        self.name: str = self.scenario.get("cluster", "shop-1")
        self.rng = world.random("kubernetes")
        self.token = secrets.token_urlsafe(24)
        self.user = f"arn:{world.partition}:sts::{world.account}:assumed-role/operator/demo"
        self.verify_token: Callable[[str], str | None] = lambda token: None
        self.calls: Counter[str] = Counter()
        self.faults = Faults()
        self.faults.changed = self._faults_changed
        self.policy = Policy(self.faults)
        self.streams = Streams()
        self.moved: set[asyncio.Event] = set()  # set whenever time has moved: for what follows logs
        self.service_selectors: dict[str, dict[str, str]] = {}
        self.storage = Storage(self.now, self.rng)
        self.events = Recorder(self)
        self.writer = Writer(self)
        self.behaviours = Behaviours({})
        self.scheduler = Scheduler(self)
        self.fargate = Fargate(self)
        self.health = NodeHealth(self)
        self.kubelet = Kubelet(self)
        self.manager = Manager(self)
        self.metrics = Metrics(self)
        self.parts = Parts(self)
        self.churn = Churn(self)
        self.url = ""
        self._authority: trustme.CA | None = None
        self._runner: web.AppRunner | None = None
        self._addresses = 20
        self._services = 10
        self._settling = False
        self._next_bookmark = world.now() + BOOKMARKS
        plant(self)
        self.storage.settle_history()
        self.scheduler.load()
        self.settle()

    # time

    def now(self) -> float:
        """The world's time in epoch seconds."""
        return self.world.now()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Do something later on the world's clock, and let the controllers see what came of it."""

        def run() -> None:
            call()
            self.settle()

        self.world.after(seconds, run)

    def look_at(self, time: float, resource: Resource, namespace: str, name: str) -> None:
        """Let a controller look at an object again at ``time``."""
        self.after(max(0.0, time - self.now()), lambda: self.manager.enqueue(resource, namespace, name))

    def settle(self) -> None:
        """Let scheduler and controllers work until nothing is left to do at this time."""
        if self._settling:
            return
        self._settling = True
        try:
            while self.scheduler.run() or self.manager.run():
                pass
        finally:
            self._settling = False

    def tick(self, now: float) -> None:
        """Called once a slice of time: housekeeping that nobody waits for."""
        self.churn.tick(now)
        self.health.tick(now)
        self.settle()
        for wake in self.moved:
            wake.set()
        if now >= self._next_bookmark:
            self._next_bookmark = now + BOOKMARKS
            self.events.forget_old()
            self.storage.bookmark()

    def bookmark(self) -> str:
        """Send a BOOKMARK on every open watch that takes them; its resourceVersion, unlike any before."""
        return str(self.storage.bookmark())

    def _faults_changed(self) -> None:
        """Do at once what a fault asks to be done once."""
        if self.faults.cut:
            self.streams.cut(clean=self.faults.cut == 2)
            self.faults.cut = 0
        if self.faults.compact:
            self.storage.compact()
            self.faults.compact = False
        self.health.follow(self.faults.down_nodes)
        if self.faults.evict:
            pod = self.storage.read(api.PODS, *self.faults.evict.split("/", 1))
            self.faults.evict = ""
            if pod is not None:
                self.kubelet.evict(pod, "Evicted", "The node was low on resource: memory. ")
                self.settle()

    # what the parts ask

    def user_of(self, token: str) -> str | None:
        """Who a bearer token is."""
        if secrets.compare_digest(token.encode(), self.token.encode()):
            return self.user
        return self.verify_token(token)

    def count(self, verb: str, path: str) -> None:
        """Note a request for ``/calls``."""
        key = f"{verb} {path}"
        self.calls[key if key in self.calls or len(self.calls) < MOST_CALLS else f"{verb} (other)"] += 1

    def special(self, target: Target, method: str) -> Special | None:
        """The handler of a subresource that is not plain reading or writing."""
        return self.parts.handler(target, method)

    def resolve_image(self, image: str) -> ImageInfo | None:
        """The image, ``None`` when it does not exist. Only the account's registry is asked; the rest of the world has all."""
        if image.startswith(self.world.registry + "/"):
            return self.world.images.resolve(image)
        return ImageInfo(f"sha256:{digest_of(image)}", 40_000_000, ("amd64", "arm64"), 0.0)

    def image_id(self, image: str) -> str:
        """``repository@digest`` as a container status names what runs."""
        found = self.resolve_image(image)
        base = image.partition("@")[0]
        slash = base.rfind("/")
        repository = base[: slash + 1] + base[slash + 1 :].partition(":")[0]
        return f"{repository}@{found.digest}" if found else ""

    def next_ip(self, pod: Object) -> str:
        """An address for a new pod: its node's on the host network, else the VPC's next."""
        if pod["spec"].get("hostNetwork"):
            return str(pod["status"].get("hostIP", ""))
        self._addresses += 1
        number = self._addresses
        return f"10.0.{(32 + (number >> 8)) % 224}.{number & 255}"

    def allocate(self, resource: Resource, obj: Object) -> None:
        """What the API server hands out by itself: cluster addresses, job selectors, service account tokens."""
        if resource is api.SERVICES and obj["spec"].get("type") != "ExternalName" and not obj["spec"].get("clusterIP"):
            self._services += 1
            obj["spec"]["clusterIP"] = f"172.20.{self._services >> 8 & 255}.{self._services & 255}"
            obj["spec"]["clusterIPs"] = [obj["spec"]["clusterIP"]]
        elif resource is api.JOBS and not obj["spec"].get("selector"):
            uid = obj["metadata"].setdefault("uid", self.storage.new_uid())
            labels = {"batch.kubernetes.io/controller-uid": uid, "controller-uid": uid}
            names = {"batch.kubernetes.io/job-name": obj["metadata"]["name"], "job-name": obj["metadata"]["name"]}
            obj["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
            metadata = obj["spec"]["template"].setdefault("metadata", {})
            metadata["labels"] = {**(metadata.get("labels") or {}), **labels, **names}
        elif resource is api.PODS:
            token_volume(obj["spec"], self.writer.suffix())

    # the API server

    @property
    def authority(self) -> trustme.CA:
        """The throwaway certificate authority of this run."""
        if self._authority is None:
            import trustme

            self._authority = trustme.CA(organization_name="kubernetes")
        return self._authority

    @property
    def ca_pem(self) -> str:
        """The authority's certificate, PEM."""
        text: str = self.authority.cert_pem.bytes().decode()
        return text

    def application(self) -> web.Application:
        """The API server as an aiohttp application (without TLS)."""
        return Front(self).application()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve over TLS on a free port; the URL."""
        from aiohttp import web

        certificate = self.authority.issue_cert(host, "localhost", f"{self.name}.eks.local", "kubernetes.default.svc")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        runner = web.AppRunner(self.application(), handler_cancellation=True, shutdown_timeout=0.5, access_log=None)
        self._runner = runner
        await runner.setup()
        site = web.TCPSite(runner, host, port, ssl_context=context)
        await site.start()
        bound: int = runner.addresses[0][1]
        self.url = f"https://{host}:{bound}"
        return self.url

    async def stop(self) -> None:
        """End all streams and close the port."""
        self.streams.cut(clean=True)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def kubeconfig(self, token: str = "") -> dict[str, Any]:
        """A kubeconfig for this cluster with one context; ``token`` defaults to this run's own."""
        import base64

        arn = self.world.arn("eks", f"cluster/{self.name}")
        authority = base64.b64encode(self.ca_pem.encode()).decode()
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": arn, "cluster": {"server": self.url, "certificate-authority-data": authority}}],
            "users": [{"name": arn, "user": {"token": token or self.token}}],
            "contexts": [{"name": arn, "context": {"cluster": arn, "user": arn}}],
            "current-context": arn,
        }

    def write_kubeconfig(self, folder: Path | None = None) -> Path:
        """The kubeconfig as a file that only this user reads (JSON, which is YAML)."""
        from msgspec.json import encode, format

        path = (folder or Path(tempfile.mkdtemp(prefix="pierhead-kube-"))) / "kubeconfig"
        path.touch(mode=0o600)
        path.write_bytes(format(encode(self.kubeconfig()), indent=2))
        return path
