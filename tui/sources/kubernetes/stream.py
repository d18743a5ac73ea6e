"""The lines of a watch, from pieces that end anywhere."""

from __future__ import annotations

from typing import Any

import msgspec

from tui.model.errors import ApiError
from tui.sources.kubernetes.errors import from_event, nonsense
from tui.sources.kubernetes.kinds import EventOf, Kind
from tui.sources.kubernetes.wire import WatchEvent

_raw = msgspec.json.Decoder(WatchEvent)


class Lines:
    """Joins pieces and gives whole lines; aiohttp's ``readline`` fails on lines longer than its buffer."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, piece: bytes) -> bytes:
        """Whole lines, each with its newline; empty while there is none."""
        end = piece.rfind(b"\n")
        if end < 0:
            self._rest.append(piece)
            return b""
        whole = b"".join((*self._rest, memoryview(piece)[: end + 1]))
        self._rest = [piece[end + 1 :]] if end + 1 < len(piece) else []
        return whole


class Events:
    """Decodes the lines of a watch of one kind. ``unreadable`` counts objects that could not be decoded, ``problem``
    names the member of the last one."""

    def __init__(self, kind: Kind, operation: str, place: str) -> None:
        self._decoder = kind.events
        self._operation = operation
        self._place = place
        self.unreadable = 0
        self.problem = ""

    def decode(self, lines: bytes) -> tuple[list[EventOf[Any]], ApiError | None]:
        """Events in order, and the error that ended the watch, if one did. Cut-off JSON is such an end as well."""
        try:
            return self._decoder.decode_lines(lines), None
        except msgspec.MsgspecError:
            return self._one_by_one(lines)

    def _one_by_one(self, lines: bytes) -> tuple[list[EventOf[Any]], ApiError | None]:
        """The slow way, for lines with an ERROR event (its object is a Status) or something unreadable."""
        events: list[EventOf[Any]] = []
        for line in lines.splitlines():
            if not line.strip():
                continue
            try:
                events.append(self._decoder.decode(line))
            except msgspec.MsgspecError as refused:
                try:
                    event = _raw.decode(line)
                except msgspec.MsgspecError as error:
                    return events, nonsense(error, line, self._operation, self._place)
                if event.type == "ERROR":
                    return events, from_event(bytes(event.object), self._operation, self._place)
                self.unreadable += 1
                self.problem = str(refused)
        return events, None
