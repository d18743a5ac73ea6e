"""An AWS account and a cluster small enough for unit tests of actions: plain state, every call recorded, faults by script."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import config
from tui.actions.base import Context, Plan
from tui.actions.discovery import actions
from tui.actions.journal import Journal
from tui.actions.ports import Identity
from tui.actions.runner import Run, Runner
from tui.model import ManualClock
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import DeploymentRow, PodRow
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.tasks import TaskRow

DEFAULTS = Path(config.__file__).with_name("defaults.toml")
ACCOUNT, REGION = "482913750164", "eu-west-1"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
EKS = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/shop-1"
SCOPE = Scope(owner="aws:prod@eu-west-1", account=ACCOUNT, region=REGION, cluster=CLUSTER)
KUBE = Scope(owner="kube:shop-1", account=ACCOUNT, region=REGION, cluster=EKS)


def definition_arn(name: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{name}"


def definition(name: str, image: str, **more: Any) -> dict[str, Any]:
    """``{"taskDefinition": …, "tags": []}`` as AWS sends it."""
    family, _, revision = name.partition(":")
    container = {"name": family, "image": f"{REGISTRY}/{image}", "essential": True, "cpu": 0, **more}
    return {
        "taskDefinition": {
            "taskDefinitionArn": definition_arn(name), "family": family, "revision": int(revision), "status": "ACTIVE",
            "containerDefinitions": [container], "volumes": [], "registeredAt": 1_699_000_000.0, "registeredBy": "arn:ci",
            "requiresAttributes": [{"name": "ecs.capability.task-eni"}], "compatibilities": ["EC2", "FARGATE"],
            "requiresCompatibilities": ["FARGATE"], "cpu": "512", "memory": "1024", "networkMode": "awsvpc",
        },
        "tags": [{"key": "team", "value": "shop"}],
    }  # fmt: skip


def service(name: str, revision: str, count: int = 4, **more: Any) -> dict[str, Any]:
    """A steady service as botocore gives it."""
    deployment = {
        "id": f"ecs-svc/{name}-1", "status": "PRIMARY", "taskDefinition": definition_arn(revision), "desiredCount": count,
        "runningCount": count, "pendingCount": 0, "failedTasks": 0, "rolloutState": "COMPLETED",
    }  # fmt: skip
    return {
        "serviceName": name, "serviceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/{name}", "clusterArn": CLUSTER,
        "status": "ACTIVE", "desiredCount": count, "runningCount": count, "pendingCount": 0,
        "taskDefinition": definition_arn(revision), "schedulingStrategy": "REPLICA", "deployments": [deployment], "events": [],
        "tags": [], "loadBalancers": [], **more,
    }  # fmt: skip


class FakeAws:
    """One account and region. ``faults``: operation to errors that its next calls raise; ``on_write``: called after a write."""

    def __init__(self) -> None:
        self.place = ACCOUNT
        self.services: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.definitions: dict[str, dict[str, Any]] = {}
        self.images: dict[tuple[str, str], dict[str, Any]] = {}
        self.targets: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.writes: list[tuple[str, dict[str, Any]]] = []
        self.faults: dict[str, list[ApiError]] = {}
        self.unknown: list[str] = []
        self.before_answer: Callable[[str], None] = lambda operation: None
        self.hold: asyncio.Event | None = None

    async def identity(self) -> Identity:
        return Identity("arn:aws:sts::482913750164:assumed-role/PowerUser/ada", self.place)

    async def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return await self._call(service, operation, params)

    read_raw = read

    async def write(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.writes.append((operation, copy.deepcopy(dict(params))))
        if self.hold is not None:
            await self.hold.wait()
        return await self._call(service, operation, params)

    def unknown_members(self, service: str, shape: str, value: Mapping[str, Any]) -> list[str]:
        return self.unknown

    async def _call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, dict(params)))
        await asyncio.sleep(0)
        if self.faults.get(operation):
            raise self.faults[operation].pop(0)
        answer: dict[str, Any] = copy.deepcopy(getattr(self, f"_{operation}")(dict(params)))
        self.before_answer(operation)
        return answer

    def _DescribeServices(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [self.services[name] for name in params["services"] if name in self.services]
        return {"services": found, "failures": []}

    def _DescribeTasks(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"tasks": [self.tasks[arn] for arn in params["tasks"] if arn in self.tasks]}

    def _ListTasks(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = params.get("desiredStatus", "RUNNING")
        return {"taskArns": [arn for arn, task in self.tasks.items() if task["desiredStatus"] == wanted]}

    def _DescribeTaskDefinition(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["taskDefinition"].rsplit("/", 1)[-1]
        if name not in self.definitions:
            raise ApiError(Trouble.INVALID, "Unable to describe task definition.", code="ClientException")
        return self.definitions[name]

    def _ListTaskDefinitions(self, params: dict[str, Any]) -> dict[str, Any]:
        names = [n for n in self.definitions if n.startswith(params["familyPrefix"])]
        names.sort(key=lambda n: int(n.rpartition(":")[2]), reverse=True)
        return {"taskDefinitionArns": [definition_arn(n) for n in names][: params.get("maxResults", 100)]}

    def _ListServiceDeployments(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"serviceDeployments": []}

    def _DescribeScalableTargets(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"ScalableTargets": [t for t in self.targets if t["ResourceId"] in params["ResourceIds"]]}

    def _RegisterScalableTarget(self, params: dict[str, Any]) -> dict[str, Any]:
        for target in self.targets:
            if target["ResourceId"] == params["ResourceId"]:
                target["MaxCapacity"] = params["MaxCapacity"]
        return {}

    def _DescribeScalingPolicies(self, params: dict[str, Any]) -> dict[str, Any]:
        metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        tracking = {"TargetValue": 60.0, "PredefinedMetricSpecification": metric}
        return {"ScalingPolicies": [{"PolicyName": "cpu", "TargetTrackingScalingPolicyConfiguration": tracking}]}

    def _DescribeImages(self, params: dict[str, Any]) -> dict[str, Any]:
        if "imageIds" not in params:
            return {"imageDetails": [image for (name, _), image in self.images.items() if name == params["repositoryName"]]}
        wanted = params["imageIds"][0]
        found = self.images.get((params["repositoryName"], wanted.get("imageTag") or wanted["imageDigest"]))
        if found is None:
            raise ApiError(Trouble.NOT_FOUND, "The image does not exist", code="ImageNotFoundException")
        return {"imageDetails": [found]}

    def _RegisterTaskDefinition(self, params: dict[str, Any]) -> dict[str, Any]:
        numbers = [int(n.rpartition(":")[2]) for n in self.definitions if n.startswith(params["family"] + ":")]
        name = f"{params['family']}:{max(numbers, default=0) + 1}"
        body = {k: v for k, v in params.items() if k != "tags"}
        body |= {"taskDefinitionArn": definition_arn(name), "revision": int(name.rpartition(":")[2]), "status": "ACTIVE"}
        self.definitions[name] = {"taskDefinition": body, "tags": params.get("tags", [])}
        return {"taskDefinition": body}

    def _UpdateService(self, params: dict[str, Any]) -> dict[str, Any]:
        found = self.services[params["service"]]
        if "desiredCount" in params:
            found["desiredCount"] = params["desiredCount"]
        if "taskDefinition" in params or params.get("forceNewDeployment"):
            self.begin_deployment(found, params.get("taskDefinition", found["taskDefinition"]))
        return {"service": found}

    def begin_deployment(self, found: dict[str, Any], revision: str, reason: str = "") -> None:
        """A new PRIMARY beside the old ones."""
        for old in found["deployments"]:
            old["status"] = "ACTIVE"
        number = int(found["deployments"][0]["id"].rpartition("-")[2]) + 1
        found["taskDefinition"] = revision
        found["deployments"].insert(0, {
            "id": f"ecs-svc/{found['serviceName']}-{number}", "status": "PRIMARY", "taskDefinition": revision,
            "desiredCount": found["desiredCount"], "runningCount": 0, "pendingCount": found["desiredCount"], "failedTasks": 0,
            "rolloutState": "IN_PROGRESS", "rolloutStateReason": reason,
        })  # fmt: skip

    def settle(self, name: str) -> None:
        """The newest deployment completes, the count is reached."""
        found = self.services[name]
        newest = found["deployments"][0]
        newest |= {"runningCount": found["desiredCount"], "pendingCount": 0, "rolloutState": "COMPLETED"}
        found |= {"deployments": [newest], "runningCount": found["desiredCount"], "pendingCount": 0}

    def _StopTask(self, params: dict[str, Any]) -> dict[str, Any]:
        self.tasks[params["task"]] |= {"desiredStatus": "STOPPED", "lastStatus": "DEACTIVATING"}
        return {"task": self.tasks[params["task"]]}


class FakeKubernetes:
    """One cluster: objects by path; JSON Patch with tests, merge patches, deletes with a uid precondition."""

    def __init__(self) -> None:
        self.place = EKS
        self.context = ""
        self.objects: dict[str, dict[str, Any]] = {}
        self.writes: list[tuple[str, str, Any]] = []
        self.denied: dict[str, str] = {}
        self.faults: list[ApiError] = []

    async def identity(self) -> Identity:
        return Identity("system:ada", self.place)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        await asyncio.sleep(0)
        if path.endswith("/scale"):
            return copy.deepcopy(self.objects[path.removesuffix("/scale")])
        if path in self.objects:
            return copy.deepcopy(self.objects[path])
        if path.rsplit("/", 1)[-1] in ("pods", "replicasets", "horizontalpodautoscalers"):
            items = [o for p, o in self.objects.items() if p.startswith(path + "/")]
            return {"items": copy.deepcopy(items)}
        raise ApiError(Trouble.NOT_FOUND, f"{path} not found")

    async def write(
        self, method: str, path: str, body: Any = None, *, content_type: str = "", query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        self.writes.append((method, path, copy.deepcopy(body)))
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop(0)
        found = self.objects[path.removesuffix("/scale")]
        if method == "DELETE":
            if body["preconditions"]["uid"] != found["metadata"]["uid"]:
                raise ApiError(Trouble.CONFLICT, "the UID in the precondition does not match")
            del self.objects[path]
        elif content_type.endswith("json-patch+json"):
            changed = copy.deepcopy(found)
            for operation in body:
                apply_operation(changed, operation)
            self.objects[path.removesuffix("/scale")] = found = changed
        else:
            merge(found, body)
        return copy.deepcopy(found)

    async def may(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> tuple[bool, str]:
        reason = self.denied.get(f"{verb} {resource}", "")
        return not reason, reason


def apply_operation(document: Any, operation: Mapping[str, Any]) -> None:
    """RFC 6902 ``test`` and ``replace``."""
    *parents, last = [part.replace("~1", "/") for part in operation["path"].split("/")[1:]]
    for part in parents:
        document = document[int(part) if isinstance(document, list) else part]
    if operation["op"] == "test":
        if document.get(last) != operation["value"]:
            raise ApiError(Trouble.INVALID, f"testing value {operation['path']} failed: test failed", code="Invalid")
    else:
        document[last] = operation["value"]


def merge(document: dict[str, Any], body: Mapping[str, Any]) -> None:
    for name, value in body.items():
        if isinstance(value, Mapping):
            merge(document.setdefault(name, {}), value)
        else:
            document[name] = value


class FakeClients:
    def __init__(self) -> None:
        self.read_only = False
        self.account = FakeAws()
        self.cluster = FakeKubernetes()

    def aws(self, scope: Scope) -> FakeAws:
        return self.account

    def kubernetes(self, scope: Scope) -> FakeKubernetes:
        return self.cluster

    async def raw(self, row: Row) -> dict[str, Any]:
        return {}


class Desk:
    """Clients, clock, journal and runner together; ``again()`` is a new start of the program on the same state directory."""

    def __init__(self, state: Path, **flags: Any) -> None:
        self.clients = FakeClients()
        self.clock = ManualClock()
        self.settings = config.load(
            environment={"PIERHEAD_CONFIG": "", "HOME": str(state)}, flags={"paths.state_dir": str(state), **flags}
        )
        self.start()

    def start(self, store: Any = None) -> None:
        self.journal = Journal(self.settings.state_dir)
        context = Context(clients=self.clients, clock=self.clock, store=store, settings=self.settings)
        self.runner = Runner(actions(), context, self.journal)

    @property
    def aws(self) -> FakeAws:
        return self.clients.account

    @property
    def kube(self) -> FakeKubernetes:
        return self.clients.cluster

    async def plan(self, action: str, *rows: Row, **values: str) -> Plan:
        return await self.runner.plan(action, rows, values)

    async def finish(self, run: Run, each: Callable[[], None] = lambda: None, seconds: int = 400) -> Run:
        """Move the clock until ``run`` has settled, calling ``each`` before every step."""
        for _ in range(seconds):
            for _ in range(40):
                await asyncio.sleep(0)
            if run.done:
                await run.wait()
                return run
            each()
            self.clock.advance(1.0)
        raise AssertionError(f"not settled: {[step.text for step in run.steps]}")


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until ``condition``."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


def service_row(name: str = "checkout", **more: Any) -> ServiceRow:
    key = Key.of("services", SCOPE, f"{CLUSTER}#{name}")
    return ServiceRow(key=key, scope=SCOPE, name=name, arn=f"arn:aws:ecs:…:service/shop/{name}", cluster_arn=CLUSTER, **more)


def task_row(task: str, **more: Any) -> TaskRow:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop/{task}"
    return TaskRow(key=Key.of("tasks", SCOPE, arn), scope=SCOPE, name=task, arn=arn, cluster_arn=CLUSTER, **more)


def task(task_id: str, group: str = "service:checkout") -> dict[str, Any]:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop/{task_id}"
    return {"taskArn": arn, "group": group, "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "containers": []}


def deployment_row(name: str = "cart", namespace: str = "shop", **more: Any) -> DeploymentRow:
    uid = f"uid-{name}"
    return DeploymentRow(key=Key.of("deployments", KUBE, uid), scope=KUBE, name=name, namespace=namespace, uid=uid, **more)


def pod_row(name: str, namespace: str = "shop", **more: Any) -> PodRow:
    uid = f"uid-{name}"
    return PodRow(key=Key.of("pods", KUBE, uid), scope=KUBE, name=name, namespace=namespace, uid=uid, **more)


def deployment(name: str = "cart", namespace: str = "shop", replicas: int = 3, image: str = "cart:3.0.0") -> dict[str, Any]:
    """A rolled-out Deployment at revision 2."""
    return {
        "metadata": {
            "name": name, "namespace": namespace, "uid": f"uid-{name}", "generation": 4, "resourceVersion": "77", "labels": {},
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "strategy": {"type": "RollingUpdate"},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": f"{REGISTRY}/{image}", "env": []}]},
            },
        },
        "status": {
            "observedGeneration": 4, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas,
            "availableReplicas": replicas, "conditions": [],
        },
    }  # fmt: skip


def roll(found: dict[str, Any]) -> None:
    """What the Deployment controller does in the end."""
    count = found["spec"]["replicas"]
    found["status"] |= dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
    found["status"]["observedGeneration"] = found["metadata"]["generation"]
