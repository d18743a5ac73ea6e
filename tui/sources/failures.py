"""What failed, kept for ``:errors``: equal failures are one entry with a count, the oldest entries go first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from tui.model.errors import ApiError

KEPT = 500


class Failure(Struct, frozen=True, kw_only=True):
    """One kind of failure. ``first`` and ``last`` in epoch seconds; ``detail`` is a traceback or empty."""

    source: str
    message: str
    operation: str = ""
    trouble: str = ""
    code: str = ""
    hint: str = ""
    detail: str = ""
    first: float = 0.0
    last: float = 0.0
    count: int = 1


class FailureLog:
    """Bounded, newest last. ``subscribe`` tells a list on screen that something was added."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._entries: OrderedDict[tuple[str, str, str], Failure] = OrderedDict()
        self._listeners: list[Callable[[Failure], None]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> tuple[Failure, ...]:
        """All that is kept, the newest last."""
        return tuple(self._entries.values())

    def subscribe(self, listener: Callable[[Failure], None]) -> Callable[[], None]:
        """Call ``listener`` with each new or repeated failure; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def error(self, time: float, source: str, error: ApiError) -> None:
        """An API error."""
        self._add(
            Failure(
                source=source,
                message=str(error),
                operation=error.operation,
                trouble=str(error.trouble),
                code=error.code,
                hint=error.hint,
                first=time,
                last=time,
            )
        )

    def crash(self, time: float, source: str, error: BaseException, detail: str) -> None:
        """A fault of our own, with its traceback."""
        message = f"{type(error).__name__}: {error}"
        self._add(Failure(source=source, message=message, trouble="crash", detail=detail, first=time, last=time))

    def _add(self, failure: Failure) -> None:
        name = (failure.source, failure.operation, failure.message)
        before = self._entries.pop(name, None)
        if before is not None:
            failure = replace(failure, first=before.first, count=before.count + 1)
        self._entries[name] = failure
        while len(self._entries) > self._kept:
            self._entries.popitem(last=False)
        for listener in tuple(self._listeners):
            listener(failure)
