"""The README's IAM policies and ClusterRole, made from what sources and actions declare, so that they cannot be out of date.

Spellings: sources and actions name AWS operations by botocore's service name (``elbv2:DescribeTargetHealth``) and Kubernetes
requests as ``k8s:VERB [GROUP/]RESOURCE[/SUBRESOURCE]``. IAM's service prefixes are its own (Service Authorization Reference).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tui.actions.base import Action

#: botocore's service names whose IAM prefix is another
PREFIXES = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing", "efs": "elasticfilesystem", "events": "events"}

#: parts of a resource that have rights of their own
SUBRESOURCES = ("log", "exec", "attach", "portforward", "eviction", "status", "scale", "token")

#: groups of built-in resources that are declared without one
GROUPS = {
    "deployments": "apps",
    "replicasets": "apps",
    "statefulsets": "apps",
    "daemonsets": "apps",
    "jobs": "batch",
    "cronjobs": "batch",
    "horizontalpodautoscalers": "autoscaling",
}

#: what session.py itself calls: none of it needs a permission on the caller's side
FREE = ("sts:GetCallerIdentity", "sso:GetRoleCredentials", "sso-oidc:CreateToken")


def iam_name(operation: str) -> str:
    """``elbv2:DescribeTargetHealth`` → ``elasticloadbalancing:DescribeTargetHealth``."""
    service, _, name = operation.partition(":")
    return f"{PREFIXES.get(service, service)}:{name}"


def _aws(names: Iterable[str]) -> list[str]:
    return sorted({iam_name(name) for name in names if not name.startswith("k8s:") and name not in FREE})


def read_only_policy(reads: Iterable[str]) -> dict[str, Any]:
    """IAM policy of a role that sees everything and changes nothing. ``reads``: all that sources and actions read."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "PierheadRead", "Effect": "Allow", "Action": _aws(reads), "Resource": "*"}],
    }


def operator_policy(reads: Iterable[str], actions: Iterable[Action]) -> dict[str, Any]:
    """IAM policy of a role that may do what the actions do, on top of reading.

    iam:PassRole is asked only for roles that ECS tasks take, and only deploying a new image needs it.
    """
    actions = tuple(actions)
    policy = read_only_policy([*reads, *reads_of(actions)])
    writes = _aws(name for action in actions for name in action.writes if name != "iam:PassRole")
    policy["Statement"].append({"Sid": "PierheadWrite", "Effect": "Allow", "Action": writes, "Resource": "*"})
    if any("iam:PassRole" in action.writes for action in actions):
        condition = {"StringLike": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        policy["Statement"].append(
            {"Sid": "PierheadPassRole", "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "*", "Condition": condition}
        )
    return policy


def reads_of(actions: Iterable[Action]) -> tuple[str, ...]:
    """What the actions read beside the sources."""
    return tuple(sorted({name for action in actions for name in action.reads}))


def aws_reads_of(actions: Iterable[Action]) -> tuple[str, ...]:
    """The AWS part of ``reads_of``: what the read-only guard must let pass."""
    return tuple(name for name in reads_of(actions) if not name.startswith("k8s:"))


def writes_of(actions: Iterable[Action]) -> tuple[str, ...]:
    """What the actions write."""
    return tuple(sorted({name for action in actions for name in action.writes}))


def cluster_role(name: str, declared: Iterable[str]) -> dict[str, Any]:
    """A ClusterRole for Kubernetes requests as they are declared. Who may list may watch: a list here is kept up by a watch."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for entry in declared:
        if entry.startswith("k8s:"):
            verb, group, resource = split(entry)
            verbs.setdefault((group, resource), set()).update({"list", "watch"} if verb == "list" else {verb})
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), words in sorted(verbs.items()):
        grouped.setdefault((group, tuple(sorted(words))), []).append(resource)
    rules = [
        {"apiGroups": [group], "resources": sorted(resources), "verbs": list(words)}
        for (group, words), resources in sorted(grouped.items())
    ]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules,
    }


def split(entry: str) -> tuple[str, str, str]:
    """``k8s:patch apps/deployments/scale`` → (``patch``, ``apps``, ``deployments/scale``); core resources have no group.

    ``k8s:list pods.metrics.k8s.io``, kubectl's spelling, is understood as well.
    """
    verb, _, path = entry.removeprefix("k8s:").partition(" ")
    head, slash, subresource = path.rpartition("/")
    if not slash or subresource not in SUBRESOURCES:
        head, subresource = path, ""
    group, _, resource = head.rpartition("/")
    if not group:
        resource, _, group = head.partition(".")
        group = group or GROUPS.get(resource, "")
    return verb, group, f"{resource}/{subresource}" if subresource else resource


def lacking(used: Iterable[str], policy: Mapping[str, Any]) -> tuple[str, ...]:
    """The AWS operations of ``used`` (``ecs:DescribeServices``) that ``policy`` does not allow: for the test of the suite."""
    allowed = {name for statement in policy["Statement"] for name in statement["Action"]}
    return tuple(sorted({name for name in used if name not in FREE and iam_name(name) not in allowed}))


def as_json(document: Mapping[str, Any]) -> str:
    """A policy as the README shows it."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_yaml(document: Mapping[str, Any]) -> str:
    """A ClusterRole as the README shows it: small enough to be written without a YAML library."""
    lines = [f"apiVersion: {document['apiVersion']}", f"kind: {document['kind']}", "metadata:"]
    lines += [f"  name: {document['metadata']['name']}", "rules:"]
    for rule in document["rules"]:
        lines.append(f"- apiGroups: {json.dumps(rule['apiGroups'])}")
        lines.append(f"  resources: {json.dumps(rule['resources'])}")
        lines.append(f"  verbs: {json.dumps(rule['verbs'])}")
    return "\n".join(lines) + "\n"
