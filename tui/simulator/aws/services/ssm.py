"""Systems Manager's parameters, as much as a console that explains a task definition's secrets needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation

if TYPE_CHECKING:
    from tui.simulator.world import World

DAY = 86400.0


def create(world: World) -> None:
    """``world.state["ssm"]``: parameters in the API's shape by name; a public one leads to the ECS agent's AMI."""
    found: dict[str, dict[str, Any]] = {}
    for entry in world.scenario.get("account", {}).get("parameter", ()):
        found[entry["name"]] = {
            "Name": entry["name"],
            "Type": entry.get("type", "String"),
            "Value": entry["value"],
            "Version": 3,
            "LastModifiedDate": world.started - 44 * DAY,
            "ARN": world.arn("ssm", f"parameter{entry['name']}"),
            "DataType": "text",
        }
    world.state["ssm"] = found


def _shown(parameter: dict[str, Any], decrypt: bool) -> dict[str, Any]:
    hidden = parameter["Type"] == "SecureString" and not decrypt
    return {**parameter, "Value": "AQICAHhxkO3mMzTn0ySFqLz8P1yKd0Y5Rw==" if hidden else parameter["Value"]}


@operation("ssm", "GetParameter")
def get_parameter(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    parameter = world.state["ssm"].get(request["Name"])
    if parameter is None:
        raise AwsError("ParameterNotFound", f"Parameter {request['Name']} not found.")
    return {"Parameter": _shown(parameter, bool(request.get("WithDecryption")))}


@operation("ssm", "GetParameters")
def get_parameters(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    known, decrypt = world.state["ssm"], bool(request.get("WithDecryption"))
    return {
        "Parameters": [_shown(known[name], decrypt) for name in request["Names"] if name in known],
        "InvalidParameters": [name for name in request["Names"] if name not in known],
    }
