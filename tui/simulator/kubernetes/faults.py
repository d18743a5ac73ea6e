"""What can be made to go wrong at the API server's door. Tests and ``--chaos`` set these; nothing is wrong by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Faults:
    """Counts are requests still to spoil; each falls by one when it was used. Seconds are real seconds."""

    throttle: int = 0  # answer 429 with Retry-After
    retry_after: int = 1
    unauthorized: int = 0  # answer 401
    expired: bool = False  # every token is refused with 401 until this is false again
    errors: int = 0  # answer 500
    gone: int = 0  # answer 410 to watches
    gone_event: int = 0  # answer watches with 200 and an ERROR event of 410
    gone_continue: int = 0  # answer 410 to the second and later pages
    empty_watch: int = 0  # end watches at once with 200 and no body
    html: int = 0  # answer 200 with a page of HTML, as proxies do
    truncated: int = 0  # cut a list's body in the middle
    slow: float = 0.0  # seconds before a list answers
    latency: float = 0.0  # seconds before anything answers
    forbidden: set[str] = field(default_factory=set)  # namespaces; "*" is every listing across namespaces
    forbidden_groups: set[str] = field(default_factory=set)  # API groups, e.g. "metrics.k8s.io", or "pods" for one resource
    unavailable_groups: set[str] = field(default_factory=set)  # API groups that answer 503 and vanish from discovery
    watch_list: bool = True  # False: sendInitialEvents is refused as servers without WatchList do
    cut: int = 0  # set to 1: break all open streams now; to 2: end them in good order
    compact: bool = False  # set to true: forget all history now, so that older resourceVersions answer 410
    evict: str = ""  # "namespace/pod": the node takes this pod down now for lack of memory
    down_nodes: set[str] = field(default_factory=set)  # nodes whose kubelet is silent
    churn: float = 0.0  # pod events a second, for benchmarks
    log_rate: float = 0.0  # entries a second that each running container logs, for benchmarks; 0: as its profile says
    changed: Callable[[], None] = lambda: None  # the cluster's, called after ``set``

    def set(self, changes: dict[str, Any]) -> None:
        """Change members by name (lists become sets); KeyError for a name that is none."""
        known = {f.name for f in fields(self)} - {"changed"}
        for name, value in changes.items():
            if name not in known:
                raise KeyError(name)
            setattr(self, name, set(value) if isinstance(getattr(self, name), set) else value)
        self.changed()

    def take(self, name: str) -> bool:
        """Use up one of a counted fault; whether there was one."""
        left: int = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True
