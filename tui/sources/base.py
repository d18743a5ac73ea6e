"""What a source is, and what it gets to work with.

A source reads one family of objects from one connection and writes their rows to the store. It is found by scanning its
package, made once for each connection, and run under the supervisor: a crash is shown as freshness and it starts again.
It asks nothing while nobody is interested. This module imports no client library, so that finding sources stays cheap.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from logging import Logger, getLogger
from random import Random
from typing import TYPE_CHECKING, ClassVar, Literal

from tui.sources.failures import FailureLog

if TYPE_CHECKING:
    from config import Settings
    from tui.model import Clock
    from tui.sources.aws.connection import AwsConnection
    from tui.sources.kubernetes.connect import KubernetesConnection
    from tui.store import Store

World = Literal["aws", "kubernetes"]

#: The only words that an operation declared as a read may begin with (a test holds every source to it).
READ_WORDS = ("Describe", "List", "Get", "BatchGet", "Filter", "Lookup", "Simulate", "StartQuery", "StartLiveTail")
_READ = re.compile(rf"^[a-z0-9-]+:(?:{'|'.join(READ_WORDS)})[A-Za-z0-9]*$")


@dataclass(slots=True, kw_only=True)
class SourceContext:
    """What a source works with. ``aws`` or ``kubernetes`` is there according to the source's ``connection``.

    ``random`` is the jitter (seeded in tests); ``failures`` is what ``:errors`` lists.
    """

    store: Store
    clock: Clock
    settings: Settings
    aws: AwsConnection | None = None
    kubernetes: KubernetesConnection | None = None
    log: Logger = field(default_factory=lambda: getLogger("pierhead.sources"))
    random: Random = field(default_factory=Random)
    failures: FailureLog = field(default_factory=FailureLog)


class Source(ABC):
    """One family of objects of one connection.

    ``reads``: AWS operations (``ecs:DescribeServices``) that the read-only guard lets pass and the README's policies
    list; Kubernetes: ``k8s:list pods``. ``kinds``: the row kinds that it writes; no other source writes them.
    """

    name: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    reads: ClassVar[tuple[str, ...]] = ()
    connection: ClassVar[World]

    def __init__(self, context: SourceContext) -> None:
        self.context = context
        self.store = context.store
        self.clock = context.clock
        self.log = context.log.getChild(self.name)

    @abstractmethod
    async def run(self) -> None:
        """Work until cancelled. Whatever it raises is reported by the supervisor, which starts it again later."""


def discover(package: str, only: Iterable[str] = ()) -> tuple[type[Source], ...]:
    """The concrete sources in the modules of ``package`` (its own, not what they import), sorted by name.

    ``package``: ``tui.sources.aws`` or ``tui.sources.kubernetes``; ``only``: of these modules, the others are not imported.
    A new source is a new module, nothing else.
    """
    root = importlib.import_module(package)
    found: set[type[Source]] = set()
    for name in only or [module_info.name for module_info in pkgutil.iter_modules(root.__path__)]:
        module = importlib.import_module(f"{package}.{name}")
        for item in vars(module).values():
            if (
                inspect.isclass(item)
                and issubclass(item, Source)
                and not inspect.isabstract(item)
                and hasattr(item, "name")  # a common ground of several sources has none
                and item.__module__ == module.__name__
            ):
                found.add(item)
    return tuple(sorted(found, key=lambda source: source.name))


def checked_reads(names: Iterable[str]) -> frozenset[str]:
    """``names`` if each is a read by its word, else ValueError: the guard must not be opened by a declaration."""
    kept = frozenset(names)
    wrong = sorted(name for name in kept if not _READ.match(name))
    if wrong:
        raise ValueError(f"not reads: {', '.join(wrong)}")
    return kept
