"""Whose account this is, told by the first list's own first call where that works.

The ARNs of ECS clusters name the account that lists them (documentation "Amazon ECS identifiers"), so that the rows need not
wait for STS, another host with another handshake. STS decides where there are no clusters, where listing is denied or slow.
"""

from __future__ import annotations

import asyncio

from tui.model import Clock
from tui.model.errors import ApiError
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.limits import Priority
from tui.sources.waiting import within

#: seconds after which STS is asked as well
PATIENCE_S = 0.5
PAGE = 100


async def identify(connection: AwsConnection, clock: Clock, *, by_clusters: bool) -> None:
    """Set ``connection.account``. Raises ApiError: STS's, where neither works. ``by_clusters``: they are wanted anyway."""
    if not by_clusters:
        await connection.who()
        return
    listing = asyncio.ensure_future(_by_clusters(connection))
    try:
        listed = await within(clock, PATIENCE_S, asyncio.shield(listing))  # it goes on while STS is asked as well
        if not (listed and listing.result()):
            await connection.who()
    finally:
        listing.cancel()
        await asyncio.gather(listing, return_exceptions=True)


async def _by_clusters(connection: AwsConnection) -> bool:
    """Whether the first page of clusters told the account; the list itself is kept for the source of clusters."""
    try:
        answer = await connection.call("ecs", "ListClusters", {"maxResults": PAGE}, priority=Priority.ACTION)
    except ApiError:
        return False  # the source of clusters meets it again and says so in its place
    arns = tuple(str(arn) for arn in answer.get("clusterArns") or ())
    if not answer.get("nextToken"):
        connection.directory.offer(arns)
    parts = arns[0].split(":") if arns else []
    if len(parts) < 6 or not parts[4]:
        return False
    connection.account = connection.account or parts[4]
    return True
