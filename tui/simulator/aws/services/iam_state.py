"""IAM's roles and policies, read from the scenario; roles that task definitions name are there when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.simulator.world import digest_of, noise

if TYPE_CHECKING:
    from tui.simulator.world import World

DAY = 86400.0
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Policy:
    """A managed policy; ``document`` is the default version's."""

    name: str
    arn: str
    path: str
    id: str
    document: dict[str, Any]
    created: float


@dataclass(slots=True)
class Role:
    """A role: managed policies by name, inline policies as documents."""

    name: str
    arn: str
    path: str
    id: str
    created: float
    trust: dict[str, Any]
    description: str = ""
    managed: list[str] = field(default_factory=list)
    inline: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    has_profile: bool = False


class IamState:
    """``world.state["iam"]``."""

    def __init__(self, world: World) -> None:
        self.world = world
        data = world.scenario.get("account", {})
        self.alias = str(data.get("alias", ""))
        self.defaults: dict[str, Any] = data.get("defaults", {})
        self.policies = {entry["name"]: self._policy(entry) for entry in data.get("policy", ())}
        self.roles = {entry["name"]: self._role(entry) for entry in data.get("role", ())}

    def _policy(self, entry: Mapping[str, Any]) -> Policy:
        path, name = entry.get("path", "/"), entry["name"]
        owner = "aws" if entry.get("aws") else self.world.account
        statement: dict[str, Any] = {"Effect": "Allow", "Resource": entry.get("resources", "*")}
        statement["NotAction" if "not_actions" in entry else "Action"] = entry.get("not_actions") or entry["actions"]
        arn = f"arn:{self.world.partition}:iam::{owner}:policy{path}{name}"
        created = self.world.started - (400 + 900 * noise(name)) * DAY
        return Policy(name, arn, path, identifier("ANPA", name), document(statement), created)

    def _role(self, entry: Mapping[str, Any]) -> Role:
        path, name = entry.get("path", "/"), entry["name"]
        return Role(
            name,
            self.world.arn("iam", f"role{path}{name}", region=""),
            path,
            identifier("AROA", name),
            self.world.started - (200 + 600 * noise(name)) * DAY,
            self._trust(entry.get("trust", "ecs-tasks.amazonaws.com")),
            entry.get("description", ""),
            list(entry.get("policies", ())),
            {
                key: document({"Effect": "Allow", "Action": actions, "Resource": "*"})
                for key, actions in entry.get("inline", {}).items()
            },
            {"ManagedBy": "Terraform"},
            bool(entry.get("instance_profile")),
        )

    def _trust(self, who: str) -> dict[str, Any]:
        account = self.world.arn("iam", "root", region="")
        saml = self.world.arn("iam", "saml-provider/AWSSSO", region="")
        principals = {"account": {"AWS": account}, "sso": {"Federated": saml}}
        action = "sts:AssumeRoleWithSAML" if who == "sso" else "sts:AssumeRole"
        return document({"Effect": "Allow", "Principal": principals.get(who, {"Service": who}), "Action": action})

    def adopt(self, arn: str, kind: str) -> None:
        """Make the role of a task definition (``execution`` or ``task``) if it is not there yet."""
        name = arn.rsplit("/", 1)[-1]
        if arn.startswith(f"arn:{self.world.partition}:iam::") and name not in self.roles and "*" not in arn:
            self.roles[name] = self._role({"name": name, **self.defaults.get(kind, {})})

    def refresh(self) -> None:
        """Adopt every role that the account's task definitions name."""
        ecs = self.world.state.get("ecs")
        for revisions in (ecs.definitions if ecs is not None else {}).values():
            for definition in revisions.values():
                for member, kind in (("executionRoleArn", "execution"), ("taskRoleArn", "task")):
                    if definition.data.get(member):
                        self.adopt(definition.data[member], kind)

    def policy_by_arn(self, arn: str) -> Policy | None:
        """The managed policy of an ARN."""
        return next((policy for policy in self.policies.values() if policy.arn == arn), None)

    def documents(self, role: str) -> list[dict[str, Any]]:
        """Every policy document that a role has, managed and inline."""
        found = self.roles.get(role)
        if found is None:
            self.refresh()
            found = self.roles.get(role)
        if found is None:
            return []
        return [*(self.policies[name].document for name in found.managed if name in self.policies), *found.inline.values()]


def document(statement: dict[str, Any]) -> dict[str, Any]:
    """A policy of one statement."""
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(actions: list[str]) -> dict[str, Any]:
    """A policy that allows actions on everything."""
    return document({"Effect": "Allow", "Action": actions, "Resource": "*"})


def identifier(prefix: str, name: str) -> str:
    """A unique id as IAM makes them: a prefix by kind and 17 capitals and digits."""
    number = int(digest_of(f"{prefix}/{name}")[:22], 16)
    letters = []
    for _ in range(17):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return prefix + "".join(letters)


def create(world: World) -> None:
    """``world.state["iam"]``; IAM is global, so a second region is given the first one's."""
    world.state.setdefault("iam", IamState(world))
