"""Task definitions: made from the scenario's families with several revisions each, and from RegisterTaskDefinition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.objects import Tags
from tui.simulator.ecs.revisions import TaskDefinition
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.ecs.state import EcsState

DAY = 86_400.0
FARGATE_ATTRIBUTES = (
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
    "ecs.capability.execution-role-awslogs",
    "com.amazonaws.ecs.capability.ecr-auth",
    "com.amazonaws.ecs.capability.docker-remote-api.1.19",
    "ecs.capability.secrets.asm.environment-variables",
    "com.amazonaws.ecs.capability.task-iam-role",
    "ecs.capability.execution-role-ecr-pull",
    "com.amazonaws.ecs.capability.docker-remote-api.1.18",
    "ecs.capability.task-eni",
    "com.amazonaws.ecs.capability.docker-remote-api.1.29",
)


def register(
    ecs: EcsState, body: dict[str, Any], tags: Tags, by: str, at: float, *, revision: int | None = None
) -> TaskDefinition:
    """Add a revision whose members are ``body`` (of RegisterTaskDefinition, validated)."""
    family = str(body["family"])
    number = revision or ecs.next_revision(family)
    arn = ecs.world.arn("ecs", f"task-definition/{family}:{number}")
    fargate = "FARGATE" in body.get("requiresCompatibilities", ())
    data: dict[str, Any] = {
        "taskDefinitionArn": arn,
        "volumes": [],
        "placementConstraints": [],
        **{k: v for k, v in body.items() if k != "tags"},
        "revision": number,
        "status": "ACTIVE",
        "requiresAttributes": [{"name": name} for name in FARGATE_ATTRIBUTES],
        "compatibilities": ["EC2", "FARGATE"] if fargate else ["EC2"],
        "registeredAt": at,
        "registeredBy": by,
    }
    data["containerDefinitions"] = [_completed(c) for c in body["containerDefinitions"]]
    definition = TaskDefinition(arn, family, number, data, tags)
    ecs.definitions.setdefault(family, {})[number] = definition
    return definition


def _completed(container: dict[str, Any]) -> dict[str, Any]:
    """AWS answers these members of a container definition even where they were not given."""
    given: dict[str, Any] = {
        "cpu": 0,
        "portMappings": [],
        "essential": True,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
    }
    return {**given, **container}


class Families:
    """Makes the scenario's families; one table of ``[[service]]`` or ``[[family]]`` is a profile."""

    def __init__(self, ecs: EcsState) -> None:
        self.ecs = ecs
        self.world = ecs.world
        self.people: dict[str, str] = ecs.data.get("people", {})

    def build(self, profile: dict[str, Any], *, age_days: float, newest_hours: float) -> TaskDefinition:
        """Every revision of a family; returns the newest. Revisions are spread over the family's age, newest last."""
        newest: TaskDefinition | None = None
        for number, tag, at in self._revisions(profile, age_days, newest_hours):
            body = self.body(profile, tag, number)
            by = self.people["engineer"] if noise(profile["name"], number, "by") > 0.85 else self.people["pipeline"]
            newest = register(self.ecs, body, self.tags(profile), by, at, revision=number)
        assert newest is not None
        return newest

    def _revisions(self, profile: dict[str, Any], age_days: float, newest_hours: float) -> Iterator[tuple[int, str, float]]:
        tags: list[str] = profile["tags"]
        last = int(profile["revision"])
        first = max(1, last - len(tags) + 1)
        newest_at = self.world.started - newest_hours * 3600
        span = min(age_days * DAY * 0.8, 40 * DAY)
        for index, number in enumerate(range(first, last + 1)):
            behind = last - number
            at = newest_at - behind * span / max(1, len(tags)) - (noise(profile["name"], number) * 9000 if behind else 0)
            yield number, tags[index - (last - first + 1)], at

    def tags(self, profile: dict[str, Any]) -> Tags:
        """Owner as tags: a CloudFormation stack, or Terraform."""
        return owner_tags(str(profile.get("owner", "")))

    def body(self, profile: dict[str, Any], tag: str, revision: int) -> dict[str, Any]:
        """What a pipeline would register for this family with this image tag."""
        name = str(profile["name"])
        fargate = profile.get("launch") != "EC2"
        cluster = profile.get("cluster", "batch")
        body: dict[str, Any] = {
            "family": name,
            "taskRoleArn": self.world.arn("iam", f"role/{cluster}-{name}-task", region=""),
            "executionRoleArn": self.world.arn("iam", f"role/{cluster}-task-execution", region=""),
            "networkMode": "awsvpc" if fargate else "bridge",
            "containerDefinitions": [self._container(profile, tag, revision)],
        }
        if fargate:
            body |= {
                "requiresCompatibilities": ["FARGATE"],
                "cpu": str(profile["cpu"]),
                "memory": str(profile["memory"]),
                "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            }
        else:
            body["requiresCompatibilities"] = ["EC2"]
        sidecar = profile.get("sidecar")
        if sidecar:
            body["containerDefinitions"].append(self._sidecar(profile, str(sidecar)))
        volume = profile.get("volume")
        if volume:
            body["volumes"] = [_efs(str(volume), self.ecs.data["file_system"])]
        elif profile.get("scheduling") == "DAEMON":
            body["volumes"] = [{"name": "varlog", "host": {"sourcePath": "/var/log"}}]
        return body

    def _container(self, profile: dict[str, Any], tag: str, revision: int) -> dict[str, Any]:
        name = str(profile["name"])
        cluster = str(profile.get("cluster", "batch"))
        container: dict[str, Any] = {
            "name": name,
            "image": f"{self.world.registry}/{profile.get('image', name)}:{tag}",
            "cpu": int(profile["cpu"]) if profile.get("launch") == "EC2" else 0,
            "essential": True,
            "environment": self._environment(profile, tag, revision),
            "secrets": self._secrets(cluster, name),
            "logConfiguration": self._logs(cluster, name),
            "ulimits": [{"name": "nofile", "softLimit": 65536, "hardLimit": 65536}],
            "stopTimeout": 30,
        }
        if profile.get("launch") == "EC2":
            container["memory"] = int(profile["memory"])
        port = profile.get("port")
        if port:
            mapping: dict[str, Any] = {"containerPort": port, "hostPort": port, "protocol": "tcp", "name": f"{name}-{port}-tcp"}
            container["portMappings"] = [mapping | ({"appProtocol": "http"} if profile.get("talks") != "java" else {})]
            container["healthCheck"] = {
                "command": ["CMD-SHELL", f"curl -fsS http://localhost:{port}/health || exit 1"],
                "interval": 10,
                "timeout": 3,
                "retries": 3,
                "startPeriod": 20,
            }
        if profile.get("volume"):
            container["mountPoints"] = [{"sourceVolume": profile["volume"], "containerPath": "/data", "readOnly": False}]
        elif profile.get("scheduling") == "DAEMON":
            container["mountPoints"] = [{"sourceVolume": "varlog", "containerPath": "/var/log", "readOnly": True}]
        if profile.get("sidecar"):
            container["dependsOn"] = [{"containerName": profile["sidecar"], "condition": "HEALTHY"}]
        if profile.get("talks") == "worker":
            container["command"] = ["python", "-m", "worker", "--queue", name]
        return container

    def _environment(self, profile: dict[str, Any], tag: str, revision: int) -> list[dict[str, str]]:
        name = str(profile["name"])
        values = {
            "APP_ENV": "production",
            "APP_VERSION": tag,
            "AWS_REGION": self.world.region,
            "LOG_LEVEL": "debug" if noise(name, revision, "level") > 0.9 else "info",
            "OTEL_SERVICE_NAME": name,
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel.internal:4317",
        }
        if profile.get("port"):
            values["PORT"] = str(profile["port"])
        if profile.get("talks") == "java":
            values["JAVA_TOOL_OPTIONS"] = f"-XX:MaxRAMPercentage=75 -Xms{int(profile['memory']) // 4}m"
        if noise(name, revision, "pool") > 0.5:
            values["DB_POOL_SIZE"] = str(10 + 2 * (revision % 6))
        return [{"name": key, "value": value} for key, value in values.items()]

    def _secrets(self, cluster: str, name: str) -> list[dict[str, str]]:
        suffix = f"{int(noise(cluster, name, 'secret') * 16**6):06x}"
        secret = self.world.arn("secretsmanager", f"secret:prod/{cluster}/{name}-{suffix}")
        return [
            {"name": "DATABASE_URL", "valueFrom": f"{secret}:database_url::"},
            {"name": "API_KEY", "valueFrom": self.world.arn("ssm", f"parameter/prod/{cluster}/{name}/api-key")},
        ]

    def _logs(self, cluster: str, name: str) -> dict[str, Any]:
        options = {
            "awslogs-group": f"/ecs/{cluster}/{name}",
            "awslogs-region": self.world.region,
            "awslogs-stream-prefix": "ecs",
            "awslogs-create-group": "true",
            "mode": "non-blocking",
        }
        return {"logDriver": "awslogs", "options": options}

    def _sidecar(self, profile: dict[str, Any], sidecar: str) -> dict[str, Any]:
        data = self.ecs.data["sidecars"][sidecar]
        check = {"command": ["CMD-SHELL", "curl -s http://localhost:9901/server_info | grep state"], "interval": 5, "retries": 3}
        return {
            "name": sidecar,
            "image": data["image"],
            "cpu": data["cpu"],
            "memoryReservation": data["memory"],
            "essential": True,
            "user": "1337",
            "healthCheck": {**check, "timeout": 2},
            "logConfiguration": self._logs(str(profile.get("cluster", "batch")), str(profile["name"])),
        }


def owner_tags(owner: str) -> Tags:
    """Tags that say who made a thing; nothing for what somebody made by hand."""
    if not owner:
        return {}
    if owner == "terraform":
        return {"ManagedBy": "Terraform", "terraform:workspace": "prod-payments"}
    return {"aws:cloudformation:stack-name": owner, "aws:cloudformation:logical-id": "Service"}


def _efs(volume: str, system: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": volume,
        "efsVolumeConfiguration": {
            "fileSystemId": system["id"],
            "rootDirectory": "/",
            "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": system["points"][volume], "iam": "ENABLED"},
        },
    }
