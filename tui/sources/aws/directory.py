"""The list of ECS clusters of a connection, shared by the sources that read cluster by cluster."""

from __future__ import annotations

from collections.abc import Callable

from tui.model.errors import ApiError
from tui.store.stamp import Stamp


class ClusterDirectory:
    """Filled by the source of clusters. ``clusters``: ARNs, None until they were read once; ``error``: why the last
    reading failed; ``began``: the stamp of the last reading that has ended."""

    def __init__(self) -> None:
        self.clusters: tuple[str, ...] | None = None
        self.error: ApiError | None = None
        self.read_at: float | None = None
        self.next_try: float | None = None
        self.began: Stamp | None = None
        self._offered: tuple[str, ...] | None = None
        self._listeners: list[Callable[[], None]] = []

    def offer(self, clusters: tuple[str, ...]) -> None:
        """A whole list that somebody else has just read."""
        self._offered = clusters

    def take(self) -> tuple[str, ...] | None:
        """The list that was offered, once."""
        offered, self._offered = self._offered, None
        return offered

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after each reading; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def read(self, clusters: tuple[str, ...], time: float, began: Stamp) -> None:
        """A reading that went well."""
        self.clusters, self.error, self.read_at, self.next_try, self.began = clusters, None, time, None, began
        self._tell()

    def failed(self, error: ApiError, began: Stamp) -> None:
        """A reading that failed: the clusters known before stay."""
        self.error, self.began = error, began
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()
