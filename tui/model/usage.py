"""Who uses what: joins as rows of their own tables, kept up to date by derived tables (``tui.diagnosis``)."""

from __future__ import annotations

from typing import ClassVar

from tui.model.image import ImageRef
from tui.model.monitoring import AlarmRow
from tui.model.row import Row
from tui.model.scope import Key


class ImageUsageRow(Row, frozen=True, kw_only=True, gc=False):
    """Where an image runs. Key id: the image's key id (``repository ARN@digest``).

    ``services``: ``cluster/name`` with the running tasks of each; ``tasks``: standalone ones; ``pods``: ``namespace/workload``
    with the pods of each. ``coverage``: what has not been read yet, in words (``12/14 clusters read``), else empty.
    """

    kind: ClassVar[str] = "image-usage"

    image: Key
    services: tuple[tuple[str, int], ...] = ()
    tasks: int = 0
    pods: tuple[tuple[str, int], ...] = ()
    coverage: str = ""

    @property
    def summary(self) -> str:
        """``shop/checkout (2), eks cart (12)``; ``…`` is added while not everything has been read."""
        parts = [f"{name} ({count})" if count else name for name, count in self.services[:2]]
        if len(self.services) > 2:
            parts.append(f"+{len(self.services) - 2} services")
        if self.tasks:
            parts.append("1 task" if self.tasks == 1 else f"{self.tasks} tasks")
        parts += [f"eks {name} ({count})" for name, count in self.pods[:2]]
        if len(self.pods) > 2:
            parts.append(f"+{len(self.pods) - 2} workloads")
        return (", ".join(parts) or "-") + (f" … {self.coverage}" if self.coverage else "")


class DefinitionUsageRow(Row, frozen=True, kw_only=True, gc=False):
    """Who uses a task definition revision. Key id: its ARN with revision."""

    kind: ClassVar[str] = "definition-usage"

    definition: Key
    services: tuple[str, ...] = ()
    tasks: int = 0
    coverage: str = ""


class ServiceDefinitionRow(Row, frozen=True, kw_only=True, gc=False):
    """A service joined with one task definition revision that a deployment of it names. Key id: ``service id|ARN``."""

    kind: ClassVar[str] = "service-definitions"

    service: Key
    definition: str
    images: tuple[ImageRef, ...] = ()
    memory: int = 0  # MiB of the task
    registered: float = 0.0
    registered_by: str = ""


class ServiceTargetsRow(Row, frozen=True, kw_only=True, gc=False):
    """A service joined with one of its target groups. Key id: ``service id|target group ARN``. ``reasons``: why targets
    are unhealthy, each once. ``wanted``, ``path``: what the health check accepts and asks for. ``alarms``: alarms on the
    target group that are in ALARM."""

    kind: ClassVar[str] = "service-targets"

    service: Key
    target_group: str
    healthy: int = 0
    unhealthy: int = 0
    total: int = 0
    reasons: tuple[str, ...] = ()
    wanted: str = ""
    path: str = ""
    alarms: tuple[AlarmRow, ...] = ()


class ImageRunRow(Row, frozen=True, kw_only=True, gc=False):
    """Containers of one place (a service, a standalone family, a workload) that run one image, counted.

    Key id: ``world:place:registry/repository:tag@digest``. ``uri``: ``registry/repository``.
    """

    kind: ClassVar[str] = "image-runs"

    world: str  # ecs, eks
    place: str  # cluster/service, cluster/family, namespace/workload
    standalone: bool = False  # a task of no service
    uri: str = ""
    tag: str = ""
    digest: str = ""
    count: int = 0
