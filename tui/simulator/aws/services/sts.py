"""STS: who is asking, and sessions of roles whose policies then bound what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator import secret
from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.aws.services.iam import state_of
from tui.simulator.aws.services.iam_state import identifier
from tui.simulator.aws.wording import denied_message

if TYPE_CHECKING:
    from tui.simulator.world import World


@operation("sts", "GetCallerIdentity")
def get_caller_identity(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    role, _, session = call.caller.partition("/")[2].partition("/")
    return {"UserId": f"{identifier('AROA', role)}:{session}", "Account": world.account, "Arn": call.caller}


@operation("sts", "AssumeRole")
def assume_role(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    arn, session = request["RoleArn"], request["RoleSessionName"]
    role = next((role for role in state_of(world).roles.values() if role.arn == arn), None)
    trusted = role is not None and "AWS" in role.trust["Statement"][0]["Principal"]
    if role is None or not trusted:
        raise AwsError("AccessDenied", denied_message(call.caller, "sts", "AssumeRole", arn), 403)
    seconds = int(request.get("DurationSeconds", 3600))
    caller = f"arn:{world.partition}:sts::{world.account}:assumed-role/{role.name}/{session}"
    made = secret.of(world).keyring.session(caller, role.name, seconds)
    return {
        "Credentials": {
            "AccessKeyId": made.access_key,
            "SecretAccessKey": made.secret_key,
            "SessionToken": made.token,
            "Expiration": made.expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{session}", "Arn": caller},
    }
