"""Discovery, what actions declare, and the policies that are made from it."""

from __future__ import annotations

import json
import re

import pytest

from tui.actions import policies
from tui.actions.discovery import actions

READS = ("ecs:DescribeServices", "elbv2:DescribeTargetHealth", "sts:GetCallerIdentity", "k8s:list pods", "k8s:list deployments")


def test_every_action_is_found_once_with_all_it_must_say() -> None:
    found = {action.id: action for action in actions()}
    assert set(found) == {
        "ecs.deploy", "ecs.restart", "ecs.rollback", "ecs.scale", "ecs.stop",
        "k8s.delete", "k8s.image", "k8s.restart", "k8s.rollback", "k8s.scale", "undo",
    }  # fmt: skip
    for action in found.values():
        assert action.title and action.key and action.kinds and action.confirm_title, action.id
        assert action.writes or action.id == "undo"


def test_no_two_actions_have_one_key_on_one_kind() -> None:
    taken = [(kind, action.key) for action in actions() for kind in action.kinds]
    assert len(taken) == len(set(taken))


def test_keys_are_those_of_the_design() -> None:
    keys = {action.id: action.key for action in actions()}
    assert (keys["ecs.scale"], keys["ecs.deploy"], keys["ecs.restart"]) == ("s", "i", "r")
    assert (keys["ecs.stop"], keys["undo"]) == ("ctrl+d", "U")
    assert (keys["k8s.scale"], keys["k8s.image"], keys["k8s.restart"], keys["k8s.delete"]) == ("s", "i", "r", "ctrl+d")


def test_declared_names_are_operations_of_the_models() -> None:
    import botocore.session

    session = botocore.session.get_session()
    for action in actions():
        for name in (*action.reads, *action.writes):
            service, _, operation = name.partition(":")
            if service not in ("k8s", "iam"):
                assert operation in session.get_service_model(service).operation_names, name


def test_declared_reads_are_reads() -> None:
    words = re.compile(r"^[a-z0-9-]+:(Describe|List|Get|BatchGet)[A-Z]")
    assert [n for a in actions() for n in a.reads if not n.startswith("k8s:") and not words.match(n)] == []
    assert [n for a in actions() for n in a.reads if n.startswith("k8s:") and n.split()[0] not in ("k8s:get", "k8s:list")] == []


def test_read_only_policy_has_no_write_and_iams_own_prefixes() -> None:
    policy = policies.read_only_policy(READS)
    assert policy["Statement"][0]["Action"] == ["ecs:DescribeServices", "elasticloadbalancing:DescribeTargetHealth"]
    assert json.loads(policies.as_json(policy)) == policy


def test_operator_policy_adds_the_writes_and_passes_roles_to_ecs_only() -> None:
    read, write, passing = policies.operator_policy(READS, actions())["Statement"]
    assert write["Action"] == [
        "application-autoscaling:RegisterScalableTarget",
        "ecs:RegisterTaskDefinition",
        "ecs:StopTask",
        "ecs:TagResource",
        "ecs:UpdateService",
    ]
    assert passing["Condition"] == {"StringLike": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert "ecr:DescribeImages" in read["Action"]
    assert not set(read["Action"]) & set(write["Action"])


def test_what_a_policy_lacks_is_named() -> None:
    policy = policies.operator_policy(READS, actions())
    assert policies.lacking(["ecs:UpdateService", "elbv2:DescribeTargetHealth", "sts:GetCallerIdentity"], policy) == ()
    assert policies.lacking(["ecs:DeleteService"], policy) == ("ecs:DeleteService",)


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("k8s:list pods", ("list", "", "pods")),
        ("k8s:get pods/log", ("get", "", "pods/log")),
        ("k8s:list deployments", ("list", "apps", "deployments")),
        ("k8s:list pods.metrics.k8s.io", ("list", "metrics.k8s.io", "pods")),
        ("k8s:patch apps/deployments/scale", ("patch", "apps", "deployments/scale")),
        ("k8s:patch deployments.apps/scale", ("patch", "apps", "deployments/scale")),
        ("k8s:get networking.k8s.io/ingresses", ("get", "networking.k8s.io", "ingresses")),
    ],
)
def test_declarations_of_kubernetes_are_read_in_both_spellings(entry: str, parts: tuple[str, str, str]) -> None:
    assert policies.split(entry) == parts


def test_cluster_role_groups_resources_and_lets_who_lists_watch() -> None:
    role = policies.cluster_role("pierhead", [*READS, "k8s:get apps/deployments", "k8s:delete pods"])
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete", "list", "watch"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]},
    ]
    from ruamel.yaml import YAML

    assert YAML(typ="safe").load(policies.as_yaml(role)) == role
