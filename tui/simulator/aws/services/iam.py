"""IAM: reading roles, policies and instance profiles, and asking what a role may do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from tui.simulator.aws.permissions import decide
from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.aws.services.iam_state import IamState, Policy, Role, identifier

if TYPE_CHECKING:
    from tui.simulator.world import World

T = TypeVar("T")


def state_of(world: World) -> IamState:
    """IAM with the roles of all task definitions."""
    state: IamState = world.state["iam"]
    state.refresh()
    return state


def role_of(world: World, name: str) -> Role:
    """The role of that name, or AWS's refusal."""
    roles = state_of(world).roles
    if name not in roles:
        raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    return roles[name]


def policy_of(world: World, arn: str) -> Policy:
    """The managed policy of that ARN, or AWS's refusal."""
    policy = state_of(world).policy_by_arn(arn)
    if policy is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    return policy


def encoded(document: dict[str, Any]) -> str:
    """A policy document as IAM sends it: percent-encoded JSON."""
    return quote(json.dumps(document), safe="")


def pages(items: Iterable[T], request: dict[str, Any], member: str) -> tuple[list[T], dict[str, Any]]:
    """IAM's paging: ``Marker``, ``MaxItems``, ``IsTruncated``."""
    page, more = paginate(list(items), request, token_in="Marker", token_out="Marker", limit="MaxItems", error="ValidationError")
    return list(page), {"IsTruncated": bool(more), **more}


def describe_role(role: Role, *, whole: bool = False) -> dict[str, Any]:
    """The API's ``Role``; ``whole`` with what only GetRole gives."""
    found: dict[str, Any] = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.created,
        "AssumeRolePolicyDocument": encoded(role.trust),
        "MaxSessionDuration": 3600,
    }
    if role.description:
        found["Description"] = role.description
    if whole:
        found["Tags"] = [{"Key": key, "Value": value} for key, value in role.tags.items()]
        found["RoleLastUsed"] = {}
    return found


@operation("iam", "GetRole")
def get_role(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return {"Role": describe_role(role_of(world, request["RoleName"]), whole=True)}


@operation("iam", "ListRoles")
def list_roles(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    prefix = request.get("PathPrefix", "/")
    roles = sorted((r for r in state_of(world).roles.values() if r.path.startswith(prefix)), key=lambda role: role.name)
    page, more = pages(roles, request, "Roles")
    return {"Roles": [describe_role(role) for role in page], **more}


@operation("iam", "ListRoleTags")
def list_role_tags(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    page, more = pages(role_of(world, request["RoleName"]).tags.items(), request, "Tags")
    return {"Tags": [{"Key": key, "Value": value} for key, value in page], **more}


@operation("iam", "ListRolePolicies")
def list_role_policies(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    page, more = pages(sorted(role_of(world, request["RoleName"]).inline), request, "PolicyNames")
    return {"PolicyNames": page, **more}


@operation("iam", "GetRolePolicy")
def get_role_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    role, name = role_of(world, request["RoleName"]), request["PolicyName"]
    if name not in role.inline:
        raise AwsError("NoSuchEntity", f"The role policy with name {name} cannot be found.", 404)
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": encoded(role.inline[name])}


@operation("iam", "ListAttachedRolePolicies")
def list_attached_role_policies(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    policies = state_of(world).policies
    attached = [policies[name] for name in sorted(role_of(world, request["RoleName"]).managed) if name in policies]
    page, more = pages(attached, request, "AttachedPolicies")
    return {"AttachedPolicies": [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in page], **more}


def describe_policy(world: World, policy: Policy) -> dict[str, Any]:
    """The API's ``Policy``."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": "v1",
        "AttachmentCount": sum(policy.name in role.managed for role in state_of(world).roles.values()),
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": policy.created,
    }


@operation("iam", "GetPolicy")
def get_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return {"Policy": {**describe_policy(world, policy_of(world, request["PolicyArn"])), "Tags": []}}


@operation("iam", "ListPolicies")
def list_policies(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    scope = request.get("Scope", "All")
    found = [
        policy
        for policy in sorted(state_of(world).policies.values(), key=lambda policy: policy.name)
        if scope == "All" or (scope == "AWS") == (":aws:policy" in policy.arn)
    ]
    page, more = pages(found, request, "Policies")
    return {"Policies": [describe_policy(world, policy) for policy in page], **more}


@operation("iam", "GetPolicyVersion")
def get_policy_version(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    policy, version = policy_of(world, request["PolicyArn"]), request["VersionId"]
    if version != "v1":
        raise AwsError("NoSuchEntity", f"Policy {policy.arn} version {version} does not exist or is not attachable.", 404)
    facts = {"Document": encoded(policy.document), "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": policy.created}
    return {"PolicyVersion": facts}


@operation("iam", "ListPolicyVersions")
def list_policy_versions(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    policy = policy_of(world, request["PolicyArn"])
    facts = {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": policy.created}
    page, more = pages([facts], request, "Versions")
    return {"Versions": page, **more}


@operation("iam", "SimulatePrincipalPolicy")
def simulate_principal_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    source = request["PolicySourceArn"]
    kind, _, name = source.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        name = name.split("/")[0]
    name = name.rsplit("/", 1)[-1]
    if kind not in ("role", "assumed-role") or name not in state_of(world).roles:
        raise AwsError("NoSuchEntity", f"The {kind or 'role'} with name {name} cannot be found.", 404)
    documents = state_of(world).documents(name) + _documents(request)
    return _simulated(documents, request, role=name)


@operation("iam", "SimulateCustomPolicy")
def simulate_custom_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return _simulated(_documents(request), request, role="")


def _documents(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The policies that a request brings along, parsed."""
    documents = []
    for text in request.get("PolicyInputList") or ():
        try:
            document = json.loads(text)
        except ValueError:
            raise AwsError("InvalidInput", "Syntax errors in policy.") from None
        statements = document.get("Statement") if isinstance(document, dict) else None
        if not all(isinstance(one, dict) for one in ([statements] if not isinstance(statements, list) else statements)):
            raise AwsError("InvalidInput", "Syntax errors in policy.")
        documents.append(document)
    return documents


def _simulated(documents: list[dict[str, Any]], request: dict[str, Any], role: str) -> dict[str, Any]:
    results = []
    entries = request.get("ContextEntries", ())
    if any(not entry.get("ContextKeyName") for entry in entries):
        raise AwsError("InvalidInput", "A context entry needs a ContextKeyName.")
    context = {entry["ContextKeyName"]: entry.get("ContextKeyValues", ()) for entry in entries}
    for action in request["ActionNames"]:
        for resource in request.get("ResourceArns") or ["*"]:
            decision = decide(documents, action, resource, context)
            matched = [{"SourcePolicyId": role or "PolicyInputList.1", "SourcePolicyType": "IAM Policy"}]
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": decision,
                    "MatchedStatements": matched if decision != "implicitDeny" else [],
                    "MissingContextValues": [],
                }
            )
    page, more = pages(results, request, "EvaluationResults")
    return {"EvaluationResults": page, **more}


def describe_profile(world: World, role: Role) -> dict[str, Any]:
    """The API's ``InstanceProfile`` of a role that has one, named like the role."""
    return {
        "Path": role.path,
        "InstanceProfileName": role.name,
        "InstanceProfileId": identifier("AIPA", role.name),
        "Arn": world.arn("iam", f"instance-profile{role.path}{role.name}", region=""),
        "CreateDate": role.created,
        "Roles": [describe_role(role)],
    }


@operation("iam", "GetInstanceProfile")
def get_instance_profile(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    name = request["InstanceProfileName"]
    role = state_of(world).roles.get(name)
    if role is None or not role.has_profile:
        raise AwsError("NoSuchEntity", f"Instance Profile {name} cannot be found.", 404)
    return {"InstanceProfile": describe_profile(world, role)}


@operation("iam", "ListInstanceProfiles")
def list_instance_profiles(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    page, more = pages([role for role in state_of(world).roles.values() if role.has_profile], request, "InstanceProfiles")
    return {"InstanceProfiles": [describe_profile(world, role) for role in page], **more}


@operation("iam", "ListInstanceProfilesForRole")
def list_instance_profiles_for_role(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    role = role_of(world, request["RoleName"])
    page, more = pages([role] if role.has_profile else [], request, "InstanceProfiles")
    return {"InstanceProfiles": [describe_profile(world, one) for one in page], **more}


@operation("iam", "ListAccountAliases")
def list_account_aliases(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    alias = state_of(world).alias
    return {"AccountAliases": [alias] if alias else [], "IsTruncated": False}
