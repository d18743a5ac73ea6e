"""``get pods`` means the pods of all clusters: a link for each EKS cluster, unless one is named or none can be listed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config import Settings, load
from tui.model import Key, Scope
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import EksClusterRow
from tui.sources import every_cluster
from tui.sources.choose import Choice
from tui.sources.every_cluster import EveryCluster

SCOPE = Scope("aws:p@eu-west-1", "aws", "1", "eu-west-1")
DENIED = ApiError(Trouble.DENIED, "eks:ListClusters is denied")


class Link:
    """A link that opens, or fails, when told to."""

    made: list[Link] = []

    def __init__(self, settings: Settings, one_of: str) -> None:
        self.settings, self.one_of = settings, one_of
        self.opened = asyncio.Event()
        self.connection: Any = None
        self.error: ApiError | None = None
        self.choice = Choice("eks", settings.kubernetes.cluster)
        self.on_open: Any = None
        self.ended = False
        Link.made.append(self)

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True

    def open(self) -> None:
        self.connection = SimpleNamespace(name=self.settings.kubernetes.cluster)
        self.on_open(self.connection)
        self.opened.set()

    def fail(self) -> None:
        self.error = ApiError(Trouble.UNREACHABLE, "no way")
        self.opened.set()


def row(name: str) -> EksClusterRow:
    return EksClusterRow(
        key=Key.of("eks-clusters", SCOPE, name), scope=SCOPE, name=name, arn=f"arn:aws:eks:eu-west-1:1:cluster/{name}"
    )


def every(monkeypatch: pytest.MonkeyPatch, clusters: list[str] | ApiError, account: str = "1", **flags: Any) -> EveryCluster:
    async def listed(*_: object) -> list[EksClusterRow]:
        if isinstance(clusters, ApiError):
            raise clusters
        return [row(name) for name in clusters]

    monkeypatch.setattr(every_cluster, "eks_clusters", listed)
    Link.made = []
    opened = asyncio.Event()
    opened.set()
    aws: Any = SimpleNamespace(opened=opened, connection=SimpleNamespace(account=account))
    return EveryCluster(load(Path("/dev/null"), {}, flags), aws, Link)  # type: ignore[arg-type]


async def turn() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_each_cluster_has_a_link_and_all_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    one = every(monkeypatch, ["shop", "pay"])
    known: list[str] = []
    one.on_open = lambda connection: known.append(connection.name)
    task = asyncio.ensure_future(one.run())
    await turn()
    assert [(link.settings.kubernetes.cluster, link.one_of) for link in Link.made] == [("shop", "shop"), ("pay", "pay")]
    Link.made[0].fail()
    await turn()
    assert not one.opened.is_set(), "the other one has not been tried yet"
    Link.made[1].open()
    await turn()
    assert one.opened.is_set() and known == ["pay"]
    assert one.connection is not None and one.connection.name == "pay" and str(one.error) == "no way"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert all(link.ended for link in Link.made)


@pytest.mark.parametrize(
    ("clusters", "account", "flags", "name"),
    [
        (["shop"], "1", {}, ""),
        ([], "1", {}, ""),
        (DENIED, "1", {}, ""),
        (["shop", "pay"], "", {}, ""),
        (["shop", "pay"], "1", {"kubernetes.context": "c"}, ""),
        (["shop", "pay"], "1", {"kubernetes.cluster": "pay"}, "pay"),
    ],
    ids=["one", "none", "denied", "no account", "a context is named", "a cluster is named"],
)
async def test_otherwise_the_one_link_chooses(
    monkeypatch: pytest.MonkeyPatch, clusters: list[str] | ApiError, account: str, flags: dict[str, Any], name: str
) -> None:
    one = every(monkeypatch, clusters, account, **flags)
    task = asyncio.ensure_future(one.run())
    await turn()
    (link,) = Link.made
    assert (link.settings.kubernetes.cluster, link.one_of) == (name, "")
    link.fail()
    await turn()
    assert one.opened.is_set() and one.connection is None and one.choice is link.choice
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
