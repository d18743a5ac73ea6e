"""CloudTrail's LookupEvents: who changed what, newest first, as the trail of the last 90 days shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.protocols.base import iso
from tui.simulator.aws.registry import Call, operation, paginate
from tui.simulator.calls import TrailEvent

if TYPE_CHECKING:
    from tui.simulator.calls import CallLog
    from tui.simulator.world import World


DAYS = 90 * 86400.0
SAME = 5.0  # seconds within which a deployment and a recorded UpdateService are one


@operation("cloudtrail", "LookupEvents")
def lookup_events(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    start, end = request.get("StartTime", world.now() - DAYS), request.get("EndTime", world.now())
    attributes = request.get("LookupAttributes", ())
    found = [event for event in events(world, call.region) if start <= event.time <= end and _matches(event, attributes)]
    names: dict[str, Any] = {"token_in": "NextToken", "token_out": "NextToken", "limit": "MaxResults"}
    page, more = paginate(found, request, default=50, error="InvalidNextTokenException", **names)
    return {"Events": [_described(world, event) for event in page], **more}


def events(world: World, region: str) -> list[TrailEvent]:
    """What was done in a region, newest first: this run's writes, and the deployments and pushes that the scenario has."""
    log: CallLog | None = world.state.get("calls")
    written = [event for event in (log.trail if log is not None else ()) if event.region == region]
    told = {(event.params.get("service", "").rsplit("/", 1)[-1], round(event.time / SAME)) for event in written}
    found = [*written, *_deployments(world, told), *_pushes(world)]
    return sorted(found, key=lambda event: event.time, reverse=True)


def _people(world: World) -> dict[str, str]:
    people: dict[str, str] = world.scenario.get("ecs", {}).get("people", {})
    return people


def _deployments(world: World, told: set[tuple[str, int]]) -> Iterator[TrailEvent]:
    """An UpdateService for each service deployment that is not among this run's writes."""
    ecs = world.state.get("ecs")
    caller = _people(world).get("pipeline", "")
    for cluster in ecs.clusters.values() if ecs is not None else ():
        for service in cluster.services.values():
            for deployment in service.history:
                number = round(deployment.created / SAME)
                if told.isdisjoint((service.name, near) for near in (number - 1, number, number + 1)):
                    params = {"cluster": cluster.name, "service": service.name}
                    params["taskDefinition"] = deployment.deployment.definition.arn
                    yield _past(world, "ecs", "UpdateService", deployment.created, caller, params)


def _pushes(world: World) -> Iterator[TrailEvent]:
    """A PutImage for each tagged image of the last 90 days."""
    caller, oldest = _people(world).get("pipeline", ""), world.now() - DAYS
    for repository in world.state["ecr"].repositories.values():
        for image in repository.images.values():
            if image.tags and image.pushed >= oldest:
                params = {"repositoryName": repository.name, "imageTag": image.tags[0], "imageDigest": image.digest}
                yield _past(world, "ecr", "PutImage", image.pushed, caller, params)


def _past(world: World, service: str, name: str, time: float, caller: str, params: dict[str, Any]) -> TrailEvent:
    identity = world.state["eks"].uuid("trail", name, time, *params.values())
    return TrailEvent(identity, time, f"{service}.amazonaws.com", name, caller, params, world.region)


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
        "Resources": [{"ResourceName": name} for name in _names(event)],
        "CloudTrailEvent": json.dumps(record, default=str),
    }
