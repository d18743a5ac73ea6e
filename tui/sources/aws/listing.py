"""Whole objects of many rows, for ``pierhead get -o json``: what boto3 gives, with dates as text.

Read by botocore's parser, in batches, never from the rows: rows hold what screens need.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tui.model import Key, Row
from tui.model.errors import ApiError, Trouble
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.decode import OURS, Reading
from tui.sources.aws.describing import DESCRIBING, Describing, answers
from tui.sources.aws.limits import Priority
from tui.sources.aws.session import dated
from tui.sources.aws.source import batches, every
from tui.sources.aws.whole import jsonable
from tui.sources.redact import redact

if TYPE_CHECKING:
    from tui.sources.hub import Hub

Ask = Callable[[Describing, dict[str, Any]], Awaitable[list[dict[str, Any]]]]


async def objects(hub: Hub, kind: str) -> list[dict[str, Any]]:
    """All objects of ``kind`` whose rows the store has, sorted by key."""
    rows = sorted(hub.store.rows(kind), key=lambda row: row.key)
    return [whole for _, whole in await hub.objects(kind, rows)]


async def parsed(connection: AwsConnection, rows: Sequence[Row]) -> dict[Key, dict[str, Any]]:
    """Objects as botocore's parser gives them. Rows that are gone are left out. Raises ApiError."""

    async def ask(describing: Describing, params: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await connection.call(describing.service, describing.operation, params, priority=Priority.ACTION)
        return [jsonable(one) for one in answers(describing, answer)]

    return await _all(rows, ask)


async def raw(connection: AwsConnection, row: Row) -> dict[str, Any]:
    """The object behind one row, with members that botocore's model does not know where the protocol is JSON."""
    import msgspec

    async def ask(describing: Describing, params: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await connection.call(
            describing.service, describing.operation, params, priority=Priority.ACTION, how=Reading.RAW
        )
        body = answer.get(OURS)
        if body is None:
            return [jsonable(one) for one in answers(describing, answer)]
        return answers(describing, dated(describing.service, describing.operation, msgspec.json.decode(body)))

    found = await _all([row], ask)
    if row.key not in found:
        raise ApiError(Trouble.NOT_FOUND, f"{row.name} is gone", operation=DESCRIBING[row.key.kind].read)
    return found[row.key]


async def _all(rows: Sequence[Row], ask: Ask) -> dict[Key, dict[str, Any]]:
    works = [_part(DESCRIBING[kind], part, ask) for kind, group in _groups(rows) for part in _parts(kind, group)]
    found: dict[Key, dict[str, Any]] = {}
    for part in await every(works):
        found.update(part)
    return found


def _parts(kind: str, rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    return batches(rows, DESCRIBING[kind].batch)


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows by kind and by the parameters that they share."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        kind = row.key.kind
        if kind not in DESCRIBING:
            raise ApiError(Trouble.INVALID, f"there is no whole object behind {kind}")
        groups.setdefault((kind, repr(DESCRIBING[kind].place(row))), []).append(row)
    return [(kind, group) for (kind, _), group in groups.items()]


async def _part(describing: Describing, rows: Sequence[Row], ask: Ask) -> dict[Key, dict[str, Any]]:
    params = {**describing.place(rows[0]), **describing.names(rows)}
    try:
        found = {describing.ident(one): one for one in await ask(describing, params)}
    except ApiError as error:
        if error.trouble != Trouble.NOT_FOUND or len(rows) == 1:
            raise
        parts = await every(_part(describing, [row], _forgiving(ask)) for row in rows)
        return {key: one for part in parts for key, one in part.items()}
    return {row.key: redact(row.key.kind, found[name]) for row in rows if (name := describing.of(row)) in found}


def _forgiving(ask: Ask) -> Ask:
    """One of many is gone (an image that was deleted meanwhile fails its whole batch): the others are wanted."""

    async def one(describing: Describing, params: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            return await ask(describing, params)
        except ApiError as error:
            if error.trouble != Trouble.NOT_FOUND:
                raise
            return []

    return one
