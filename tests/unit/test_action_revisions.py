"""A new revision keeps every member that the service model has, and nothing secret leaves in a plan, a command or the journal."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.action_fakes import REGISTRY, Desk, definition_arn, deployment, deployment_row, roll, service, service_row
from tui.actions.redact import DOTS, difference, masked, redacted
from tui.actions.revisions import READ_ONLY, registration, with_image
from tui.model.errors import ApiError, Trouble


@cache
def model() -> Any:
    """botocore's model of ECS."""
    import botocore.session

    return botocore.session.get_session().get_service_model("ecs")


def example(shape: Any, path: str = "", seen: tuple[str, ...] = ()) -> Any:
    """A value of ``shape`` with every member set, each text and number telling where it stands."""
    if shape.type_name == "structure":
        return {} if shape.name in seen else {n: example(m, f"{path}.{n}", (*seen, shape.name)) for n, m in shape.members.items()}
    if shape.type_name == "list":
        return [example(shape.member, f"{path}[{i}]", seen) for i in range(2)]
    if shape.type_name == "map":
        return {f"key{i}{path}": example(shape.value, f"{path}.key{i}", seen) for i in range(2)}
    if shape.type_name in ("integer", "long"):
        return 1 + sum(map(ord, path)) % 1000
    if shape.type_name in ("double", "float"):
        return 0.5
    if shape.type_name == "boolean":
        return len(path) % 2 == 0
    return shape.enum[len(path) % len(shape.enum)] if getattr(shape, "enum", None) else f"value of {path}"


def whole() -> dict[str, Any]:
    """DescribeTaskDefinition's answer with every member of the model set."""
    found = example(model().shape_for("TaskDefinition"))
    found |= {"family": "checkout", "revision": 42, "status": "ACTIVE", "taskDefinitionArn": definition_arn("checkout:42")}
    for number, container in enumerate(found["containerDefinitions"]):
        container |= {"name": ("checkout", "sidecar")[number], "image": f"{REGISTRY}/checkout:1.8.3"}
    tags = [{"key": "team", "value": "shop"}, {"key": "aws:cloudformation:stack-name", "value": "x"}]
    return {"taskDefinition": found, "tags": tags}


def test_read_only_members_are_those_that_register_does_not_take() -> None:
    described = set(model().shape_for("TaskDefinition").members)
    registered = set(model().shape_for("RegisterTaskDefinitionRequest").members)
    assert described - registered == set(READ_ONLY)
    assert registered - described == {"tags"}


def test_every_member_survives_and_only_the_image_changes() -> None:
    before = whole()
    untouched = copy.deepcopy(before)
    request = with_image(registration(before), "checkout", f"{REGISTRY}/checkout:1.8.2")
    assert before == untouched
    expected = {name: value for name, value in before["taskDefinition"].items() if name not in READ_ONLY}
    expected["tags"] = [{"key": "team", "value": "shop"}]
    assert set(request) == set(model().shape_for("RegisterTaskDefinitionRequest").members)
    expected["containerDefinitions"][0] = {**expected["containerDefinitions"][0], "image": f"{REGISTRY}/checkout:1.8.2"}
    assert request == expected


def test_members_that_the_model_lacks_survive_too() -> None:
    before = whole()
    before["taskDefinition"]["containerDefinitions"][0]["newThing"] = {"deep": [1]}
    request = with_image(registration(before), "sidecar", "x")
    assert request["containerDefinitions"][0]["newThing"] == {"deep": [1]}


async def test_what_is_sent_by_a_deploy_is_the_whole_model(tmp_path: Path) -> None:
    from botocore.validate import ParamValidator

    desk = Desk(tmp_path)
    desk.aws.services["checkout"] = service("checkout", "checkout:42")
    desk.aws.definitions["checkout:42"] = whole()
    desk.aws.images["checkout", "1.8.2"] = {"imageDigest": "sha256:1"}
    plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2", container="checkout")
    await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
    operation, request = desk.aws.writes[0]
    assert operation == "RegisterTaskDefinition"
    assert ParamValidator().validate(request, model().shape_for("RegisterTaskDefinitionRequest")).generate_report() == ""
    sent = copy.deepcopy(request)
    sent["containerDefinitions"][0]["image"] = f"{REGISTRY}/checkout:1.8.3"
    assert sent == registration(whole())


def test_port_names_what_the_model_lacks() -> None:
    from tui.sources.aws.loading import load_sdk
    from tui.sources.aws.session import unknown_members

    load_sdk()
    request = registration(whole())
    assert unknown_members("ecs", "RegisterTaskDefinitionRequest", request) == []
    request["containerDefinitions"][1]["newThing"] = 1
    request["other"] = []
    found = unknown_members("ecs", "RegisterTaskDefinitionRequest", request)
    assert sorted(found) == ["containerDefinitions[1].newThing", "other"]


SECRETS = [f"s3cr3t-{number:02d}-value" for number in range(20)]


def planted() -> dict[str, Any]:
    """A task definition with secrets wherever people put them."""
    found = whole()
    container = found["taskDefinition"]["containerDefinitions"][0]
    container["environment"] = [{"name": f"VARIABLE_{i}", "value": SECRETS[i]} for i in range(12)]
    container["logConfiguration"] = {"logDriver": "splunk", "options": {"splunk-token": SECRETS[12], "splunk-url": "https://s"}}
    container["command"] = ["serve", "--password", SECRETS[13], f"--api-key={SECRETS[14]}"]
    container["entryPoint"] = ["sh", "-c", f"DB_PASSWORD={SECRETS[15]} exec app"]
    container["healthCheck"] = {"command": ["CMD", "curl", f"http://u:{SECRETS[16]}@localhost/"]}
    return found


def files(directory: Path) -> list[str]:
    """Everything that was written."""
    return [path.read_text() for path in directory.rglob("*") if path.is_file()]


async def test_twenty_planted_secrets_are_in_no_plan_command_step_or_journal_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.aws.services["checkout"] = service("checkout", "checkout:42")
    desk.aws.definitions["checkout:42"] = planted()
    older = planted()
    older["taskDefinition"] |= {"revision": 41, "taskDefinitionArn": definition_arn("checkout:41")}
    for variable in older["taskDefinition"]["containerDefinitions"][0]["environment"]:
        variable["value"] += "-older"
    desk.aws.definitions["checkout:41"] = older
    desk.aws.images["checkout", "1.8.2"] = {"imageDigest": "sha256:1"}
    cart = desk.kube.objects["/apis/apps/v1/namespaces/shop/deployments/cart"] = deployment()
    cart["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": SECRETS[17]}]
    cart["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps({"x": SECRETS[18]})

    shown: list[str] = []
    echo = f"Invalid value: {SECRETS[0]}, token={SECRETS[19]}"
    for fault in (None, ApiError(Trouble.INVALID, echo)):
        desk.aws.faults["RegisterTaskDefinition"] = [fault] if fault else []
        plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2", container="checkout")
        run = await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
        shown += [repr(plan), repr(run.steps), repr(run.records)]
        desk.aws.begin_deployment(desk.aws.services["checkout"], definition_arn("checkout:42"))
        desk.aws.settle("checkout")
    back = await desk.plan("ecs.rollback", service_row(), revision="41")
    assert any("(differs)" in line for line in back.diff)
    shown += [repr(back), repr(await desk.plan("undo", service_row()))]
    for action, values in (("k8s.scale", {"count": "5"}), ("k8s.restart", {})):
        plan = await desk.plan(action, deployment_row(), **values)
        run = await desk.finish(await desk.runner.start(plan), lambda: roll(desk.kube.objects[next(iter(desk.kube.objects))]))
        shown += [repr(plan), repr(run.steps)]
    everything = "\n".join([*shown, *files(tmp_path)])
    assert [secret for secret in SECRETS if secret in everything] == []
    assert desk.journal.path.read_text().count('"outcome":"failed"') == 1


@pytest.mark.parametrize(
    "value",
    [
        {"environment": [{"name": "A", "value": "s3cr3t"}]},
        {"env": [{"name": "A", "value": "s3cr3t"}]},
        {"options": {"splunk-token": "s3cr3t"}},
        {"command": ["--password", "s3cr3t"]},
        {"command": ["--token=s3cr3t"]},
        {"args": ["postgres://u:s3cr3t@db/x"]},
        {"Authorization": "s3cr3t"},
    ],
)
def test_redacted_hides_values_and_keeps_the_shape(value: Any) -> None:
    text = json.dumps(redacted(value), ensure_ascii=False)
    assert "s3cr3t" not in text
    assert DOTS in text


def test_what_is_no_secret_stays() -> None:
    value = {"name": "token-service", "image": "a/b:1", "command": ["serve", "--port", "80"], "cpu": 1, "x": None}
    assert redacted(value) == value


def test_diff_shows_what_changed_and_marks_hidden_changes() -> None:
    old = {"environment": [{"name": "A", "value": "one"}, {"name": "B", "value": "same"}], "cpu": "256"}
    new = {"environment": [{"name": "A", "value": "two"}, {"name": "B", "value": "same"}], "cpu": "512"}
    lines = difference(old, new, "a", "b")
    assert '+      "value": "••• (differs)"' in lines
    assert '-  "cpu": "256",' in lines
    assert not any("same" in line or "one" in line for line in lines)


def test_error_messages_are_masked() -> None:
    assert masked("bad value hunter2-x here", {"hunter2-x"}) == f"bad value {DOTS} here"
