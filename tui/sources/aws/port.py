"""The connection as actions and screens see it (``tui.actions.ports.AwsPort``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tui.actions.ports import Identity
from tui.model.errors import ApiError, Trouble
from tui.sources.aws import session as sdk
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.limits import Priority
from tui.sources.base import READ_WORDS

_READS = re.compile(rf"^(?:{'|'.join(READ_WORDS)})")


class Port:
    """Reads and writes of one connection, with the user's priority."""

    def __init__(self, connection: AwsConnection) -> None:
        self.connection = connection

    async def identity(self) -> Identity:
        """GetCallerIdentity, asked afresh."""
        who = await self.connection.call("sts", "GetCallerIdentity", priority=Priority.ACTION)
        return Identity(str(who.get("Arn", "")), str(who.get("Account", "")))

    async def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A read by botocore's parser; ``ResponseMetadata`` is left out."""
        self._must_read(service, operation)
        answer = await self.connection.call(service, operation, params, priority=Priority.ACTION)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    async def read_raw(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's JSON as it came; an empty object where the protocol is not JSON."""
        self._must_read(service, operation)
        body = await self.connection.raw(service, operation, params, priority=Priority.ACTION)
        answer: dict[str, Any] = msgspec.json.decode(body)
        return answer

    async def write(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One attempt; ``ResponseMetadata`` is left out."""
        answer = await self.connection.call(service, operation, params, priority=Priority.ACTION, attempts=1, renew=False)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def unknown_members(self, service: str, shape: str, value: Mapping[str, Any]) -> list[str]:
        """Paths in ``value`` that botocore's model lacks."""
        return sdk.unknown_members(service, shape, value)

    @staticmethod
    def _must_read(service: str, operation: str) -> None:
        if not _READS.match(operation):
            raise ApiError(Trouble.INVALID, f"{service}:{operation} is not a read", operation=f"{service}:{operation}")
