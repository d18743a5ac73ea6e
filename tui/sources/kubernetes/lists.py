"""The body of a list, in pieces that do not stall the loop.

The decoder holds the interpreter's lock for as long as it works, in a thread as well (60 MB: 70 ms), so large bodies are
cut between items first. A server may ignore ``limit`` and send one huge body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tui.sources.kubernetes.kinds import Kind, ListOf
from tui.sources.kubernetes.wire import ListMeta

#: bodies above this are cut (bytes), into pieces of about ``PIECE``
CUT_ABOVE = 8 << 20
PIECE = 2 << 20
#: where one item of a list ends and the next begins, as Go writes it; it may stand within an item too (a list in it)
_SEAM = b'},{"metadata":{'
_START = b'"items":['
_raw_list = msgspec.json.Decoder(ListOf[msgspec.Raw])


class Listing:
    """A decoded answer: ``meta`` at once, objects in batches. ``unreadable`` counts those that could not be decoded,
    ``problem`` names the member of the last one."""

    def __init__(self, kind: Kind, body: bytes, *, cut_above: int = CUT_ABOVE, piece: int = PIECE) -> None:
        """Raises ``msgspec.MsgspecError`` where the body is no list."""
        self._kind = kind
        self._body = body
        self._piece = piece
        self.unreadable = 0
        self.problem = ""
        self._whole: list[Any] | None = None
        self._start = body.find(_START, 0, 4096) if len(body) > cut_above else -1
        if self._start < 0:
            self.meta, self._whole = self._decode(body)
        else:
            self._start += len(_START)
            self.meta = msgspec.json.decode(body[: self._start] + b"]}", type=ListOf[msgspec.Raw]).metadata

    def batches(self) -> Iterator[list[Any]]:
        """Objects, a few megabytes of JSON at a time."""
        if self._whole is not None:
            yield self._whole
            return
        at = self._start
        while True:
            end = self._seam(at + self._piece)
            objects, end = self._piece_of(at, end)
            yield objects
            if end < 0:
                return
            at = end + 2

    def _seam(self, at: int) -> int:
        """The end (after its ``}``'s place) of an item at or after ``at``, -1 where the rest is the last piece."""
        return self._body.find(_SEAM, at)

    def _piece_of(self, at: int, end: int) -> tuple[list[Any], int]:
        """Decode items from ``at`` to a seam; a seam that stood within an item does not decode, then to the next."""
        while True:
            last = end < 0
            stop = self._body.rfind(b"]") if last else end + 1
            text = b"[" + self._body[at:stop] + b"]"
            try:
                return self._kind.items.decode(text), end
            except msgspec.ValidationError:
                return self._salvage(msgspec.json.decode(text, type=list[msgspec.Raw])), end
            except msgspec.DecodeError:
                if last:
                    raise
                end = self._seam(end + 1)

    def _decode(self, body: bytes) -> tuple[ListMeta, list[Any]]:
        try:
            listed = self._kind.lists.decode(body)
        except msgspec.ValidationError:
            raw = _raw_list.decode(body)
            return raw.metadata, self._salvage(raw.items or [])
        return listed.metadata, listed.items or []

    def _salvage(self, items: list[msgspec.Raw]) -> list[Any]:
        """One object that is not as the API reference says must not hide the others."""
        objects = []
        for item in items:
            try:
                objects.append(msgspec.json.decode(item, type=self._kind.wire))
            except msgspec.ValidationError as error:
                self.unreadable += 1
                self.problem = str(error)
        return objects
