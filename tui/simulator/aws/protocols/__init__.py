"""How AWS's wire protocols put requests and answers: one module a protocol, all driven by botocore's models."""

from __future__ import annotations

from tui.simulator.aws.protocols.base import Incoming, Outgoing, Protocol
from tui.simulator.aws.protocols.cbor import CborProtocol
from tui.simulator.aws.protocols.json_rpc import JsonProtocol
from tui.simulator.aws.protocols.query import Ec2Protocol, QueryProtocol
from tui.simulator.aws.protocols.rest import RestJsonProtocol

PROTOCOLS: dict[str, Protocol] = {
    "json": JsonProtocol(),
    "rest-json": RestJsonProtocol(),
    "query": QueryProtocol(),
    "ec2": Ec2Protocol(),
    "cbor": CborProtocol(),
}

__all__ = ["PROTOCOLS", "Incoming", "Outgoing", "Protocol"]
