"""What subscribers are told, and how they stop listening."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from tui.model.row import Row
from tui.model.scope import Key
from tui.store.faults import Faults

T = TypeVar("T")


class KindChanges(Struct, frozen=True, gc=False):
    """What one flush changed in one kind. ``changed``: another value, or a row of the warm start that became live."""

    added: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()


class ViewChange(Struct, frozen=True, gc=False):
    """What one flush changed in one view.

    ``moved``: keys (of ``changed``) whose place in the order may be another. ``reset``: the view was rebuilt, and the
    other members are empty. ``total``: rows of the view now.
    """

    added: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()
    moved: tuple[Key, ...] = ()
    reset: bool = False
    total: int = 0


class TableChanges:
    """The flush's own account of one kind: ``before`` holds the old row of every touched key (None: there was none)."""

    __slots__ = ("added", "before", "changed", "removed")

    def __init__(self, before: dict[Key, Row | None]) -> None:
        self.before = before
        self.added: list[Key] = []
        self.removed: list[Key] = []
        self.changed: list[Key] = []

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def public(self) -> KindChanges:
        """The part that subscribers see."""
        return KindChanges(tuple(self.added), tuple(self.removed), tuple(self.changed))


class Subscription:
    """Ends a subscription: ``close()``, any number of times."""

    __slots__ = ("_end",)

    def __init__(self, end: Callable[[], None]) -> None:
        self._end: Callable[[], None] | None = end

    def close(self) -> None:
        """Stop listening; a callback that is under way is not called again."""
        end, self._end = self._end, None
        if end is not None:
            end()


class Subscribers(Generic[T]):
    """Callbacks of one argument, told in the order in which they came.

    One that raises does not keep the others from being told; it is a fault that the screen shows.
    """

    __slots__ = ("_callbacks", "_faults")

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._callbacks: dict[int, Callable[[T], None]] = {}

    def __len__(self) -> int:
        return len(self._callbacks)

    def add(self, callback: Callable[[T], None]) -> Subscription:
        """Tell ``callback`` from now on."""
        token = max(self._callbacks, default=0) + 1
        self._callbacks[token] = callback
        return Subscription(lambda: self._drop(token))

    def _drop(self, token: int) -> None:
        self._callbacks.pop(token, None)

    def tell(self, news: T) -> None:
        """Call every callback that is still subscribed when its turn comes."""
        for token in tuple(self._callbacks):
            callback = self._callbacks.get(token)
            if callback is None:
                continue
            try:
                callback(news)
            except Exception as error:  # noqa: BLE001 - shown as a fault, and the others are told
                self._faults.failed(_name(callback), frozenset(), None, error)
            else:
                if self._faults:
                    self._faults.well(_name(callback), None)


def _name(callback: Callable[..., object]) -> str:
    """``the listener PaneView._view_changed``."""
    return f"the listener {getattr(callback, '__qualname__', type(callback).__name__)}"


class KindSubscribers:
    """Callbacks that are told of the changes of some kinds, each once a flush."""

    __slots__ = ("_entries", "_faults")

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._entries: list[tuple[frozenset[str], Subscribers[Mapping[str, KindChanges]]]] = []

    def add(self, kinds: Iterable[str], callback: Callable[[Mapping[str, KindChanges]], None]) -> Subscription:
        """Tell ``callback`` of ``kinds`` from now on."""
        subscribers: Subscribers[Mapping[str, KindChanges]] = Subscribers(self._faults)
        subscribers.add(callback)
        entry = (frozenset(kinds), subscribers)
        self._entries.append(entry)
        return Subscription(lambda: self._entries.remove(entry))

    def tell(self, changes: Mapping[str, TableChanges]) -> None:
        """Tell everybody what a flush changed in the kinds that they asked for."""
        public: dict[str, KindChanges] = {}
        for kinds, subscribers in tuple(self._entries):
            wanted = kinds & changes.keys()
            for kind in wanted - public.keys():
                public[kind] = changes[kind].public()
            if wanted:
                subscribers.tell({kind: public[kind] for kind in wanted})
