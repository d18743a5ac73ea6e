"""CloudTrail's LookupEvents: who changed what in this run, newest first, as the trail of the last 90 days shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.protocols.base import iso
from tui.simulator.aws.registry import Call, operation, paginate

if TYPE_CHECKING:
    from tui.simulator.calls import CallLog, TrailEvent
    from tui.simulator.world import World


@operation("cloudtrail", "LookupEvents")
def lookup_events(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    log: CallLog | None = world.state.get("calls")
    start, end = request.get("StartTime", 0.0), request.get("EndTime", world.now())
    found = [
        event
        for event in reversed(log.trail if log is not None else ())
        if start <= event.time <= end and event.region == call.region and _matches(event, request.get("LookupAttributes", ()))
    ]
    page, more = paginate(
        found,
        request,
        token_in="NextToken",
        token_out="NextToken",
        limit="MaxResults",
        default=50,
        error="InvalidNextTokenException",
    )
    return {"Events": [_described(world, event) for event in page], **more}


def _matches(event: TrailEvent, attributes: Any) -> bool:
    facts = {
        "EventId": event.id,
        "EventName": event.name,
        "EventSource": event.source,
        "Username": event.caller.rsplit("/", 1)[-1],
        "ReadOnly": "false",
    }
    return all(
        facts.get(wanted["AttributeKey"]) == wanted["AttributeValue"]
        or (wanted["AttributeKey"] == "ResourceName" and wanted["AttributeValue"] in _names(event))
        for wanted in attributes
    )


def _names(event: TrailEvent) -> list[str]:
    return [value for value in event.params.values() if isinstance(value, str)]


def _described(world: World, event: TrailEvent) -> dict[str, Any]:
    record = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "arn": event.caller, "accountId": world.account},
        "eventTime": iso(event.time),
        "eventSource": event.source,
        "eventName": event.name,
        "awsRegion": event.region,
        "requestParameters": event.params,
        "eventID": event.id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": world.account,
    }
    return {
        "EventId": event.id,
        "EventName": event.name,
        "ReadOnly": "false",
        "EventTime": event.time,
        "EventSource": event.source,
        "Username": event.caller.rsplit("/", 1)[-1],
        "Resources": [],
        "CloudTrailEvent": json.dumps(record, default=str),
    }
