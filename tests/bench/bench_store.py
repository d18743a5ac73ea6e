"""The store at 10,000 pods: relists in pages, changes with views open, look-ups, the warm start, the diagnosis."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.run import cpu_ms, record
from tui.diagnosis import rules
from tui.model import Key, ManualClock, Scope
from tui.model.image import ImageRef
from tui.model.kubernetes import DeploymentRow, PodContainer, PodRow, ReplicaSetRow
from tui.store import Store
from tui.store.warm import WarmStart

NAMES = (
    "store.relist", "store.relist-same", "store.changes", "store.view-lookups", "store.warm-load",
    "store.warm-save", "store.diagnosis-first", "store.diagnosis-changes",
)  # fmt: skip

PODS = 10_000
PAGE = 500
SCOPE = Scope(owner="kube:shop-1", account="1", region="eu-west-1", cluster="arn:aws:eks:eu-west-1:1:cluster/shop-1")
IMAGE = ImageRef.parse("1.dkr.ecr.eu-west-1.amazonaws.com/cart:3.0.1")


def pods(restarts: int = 0) -> list[PodRow]:
    """10,000 pods of 500 deployments in 20 namespaces, all well, in the order of a listing: by namespace and name."""
    return sorted((pod(number, restarts) for number in range(PODS)), key=lambda row: (row.namespace, row.name))


def pod(number: int, restarts: int, **fields: Any) -> PodRow:
    """One of them."""
    uid = f"8a1f2c3d-0000-4000-8000-{number:012d}"
    workload = f"app-{number % 500}"
    container = PodContainer(
        name="app", image=IMAGE, ready=True, started=True, restarts=restarts, state="running", memory_limit=2**28
    )
    values: dict[str, Any] = {
        "name": f"{workload}-7f9c4d5b6-{number:05d}", "namespace": f"team-{number % 20}", "uid": uid, "status": "Running",
        "phase": "Running", "ready": 1, "total": 1, "restarts": restarts, "node": f"ip-10-0-{number % 200}.internal",
        "ip": "10.0.1.7", "qos": "Burstable", "created": 1.7e9, "labels": (("app", workload),), "containers": (container,),
        "owner": ("ReplicaSet", f"{workload}-7f9c4d5b6", f"rs-{number % 500}"),
    }  # fmt: skip
    return PodRow(key=Key.of("pods", SCOPE, uid), scope=SCOPE, **{**values, **fields})


def store_with_views(*, diagnosis: bool = False) -> Store:
    """A store with four views of pods, as a console shows them."""
    store = Store(ManualClock())
    if diagnosis:
        for rule in rules():
            store.register(rule)
    store.view("pods")
    store.view("pods", sort=lambda row: row.name)
    store.view("pods", where=lambda row: row.namespace == "team-3")
    store.view("pods", sort=lambda row: (row.restarts, row.name), reverse=True)
    return store


def relist(store: Store, rows: list[PodRow]) -> None:
    """A listing in pages, with a flush after each."""
    listing = store.begin("pods", SCOPE, store.stamp())
    for at in range(0, len(rows), PAGE):
        listing.page(rows[at : at + PAGE])
        store.flush()
    listing.end()
    store.flush()


def changed(rows: list[PodRow], count: int = 1000) -> list[PodRow]:
    """The first rows with another status and count."""
    return [
        msgspec.structs.replace(row, restarts=row.restarts + 1 + at % 7, status="Error" if at % 3 == 0 else "Running")
        for at, row in enumerate(rows[:count])
    ]


def naive_changes(rows: list[PodRow], news: list[PodRow]) -> None:
    """What a list without increments does for the same changes: filter and sort four times."""
    table = {row.key: row for row in rows}
    table.update({row.key: row for row in news})
    everything = list(table.values())
    sorted(everything, key=lambda row: (int(row.state), row.name, row.key))
    sorted(everything, key=lambda row: (row.name, row.key))
    sorted((row for row in everything if row.namespace == "team-3"), key=lambda row: (int(row.state), row.name, row.key))
    sorted(everything, key=lambda row: (row.restarts, row.name, row.key), reverse=True)


def naive_relist(rows: list[PodRow]) -> None:
    """What it costs to sort and filter four lists again after each page."""
    for at in range(0, len(rows), PAGE):
        naive_changes(rows[:at], rows[at : at + PAGE])


def benchmarks() -> Iterable[dict[str, Any]]:
    """Rows."""
    first, same, second = pods(), pods(), pods(restarts=1)
    naive = cpu_ms(lambda: naive_relist(first), repeat=1)
    measured = cpu_ms(lambda s: relist(s, first), prepare=store_with_views)
    yield record("store.relist", measured, "ms CPU", budget=150, baseline=naive, ratio_budget=1.2)
    store = store_with_views()
    relist(store, first)
    yield record("store.relist-same", cpu_ms(lambda: relist(store, same)), "ms CPU", budget=50, baseline=naive, ratio_budget=2.5)
    news = changed(second)

    def change(target: Store) -> None:
        target.upsert(news, target.stamp())
        target.flush()

    def loaded() -> Store:
        target = store_with_views()
        relist(target, second)
        return target

    baseline = cpu_ms(lambda: naive_changes(second, news))
    yield record("store.changes", cpu_ms(change, prepare=loaded), "ms CPU", budget=20, baseline=baseline, ratio_budget=1.2)
    view = store.view("pods")
    yield record(
        "store.view-lookups", cpu_ms(lambda: [view.index_of(view.key_at(i)) for i in range(PODS)]) / 10, "ms a 1,000", budget=10
    )
    yield from warm_start(store)
    yield from diagnosis(first, second)


def warm_start(store: Store) -> Iterable[dict[str, Any]]:
    """The warm start's file."""
    with tempfile.TemporaryDirectory() as directory:
        start = WarmStart(Path(directory), profile="p")
        yield record("store.warm-save", cpu_ms(lambda: start.save(store)), "ms CPU", budget=60)
        yield record("store.warm-load", cpu_ms(lambda: start.load(Store(ManualClock()))), "ms CPU", budget=60)


def diagnosis(first: list[PodRow], second: list[PodRow]) -> Iterable[dict[str, Any]]:
    """The same with all rules at work: what they add to a first listing, and to 1,000 changes that end badly."""
    plain = cpu_ms(lambda s: relist(s, first), prepare=store_with_views)
    ruled = cpu_ms(lambda s: relist(s, first), prepare=lambda: store_with_views(diagnosis=True))
    yield record("store.diagnosis-first", ruled - plain, "ms CPU", budget=150)
    news = changed(second)

    def loaded() -> Store:
        target = store_with_views(diagnosis=True)
        for number in range(500):
            set_owner(target, number)
        relist(target, second)
        return target

    def change(target: Store) -> None:
        target.upsert(news, target.stamp())
        target.flush()

    yield record("store.diagnosis-changes", cpu_ms(change, prepare=loaded), "ms CPU", budget=80)


def set_owner(store: Store, number: int) -> None:
    """A deployment and its replica set."""
    name, space = f"app-{number}", f"team-{number % 20}"
    deployment = DeploymentRow(
        key=Key.of("deployments", SCOPE, f"d-{number}"), scope=SCOPE, name=name, namespace=space, uid=f"d-{number}",
        desired=20, replicas=20, ready=20, updated=20, available=20,
    )  # fmt: skip
    replicas = ReplicaSetRow(
        key=Key.of("replica-sets", SCOPE, f"rs-{number}"), scope=SCOPE, name=f"{name}-7f9c4d5b6", namespace=space,
        uid=f"rs-{number}", desired=20, ready=20, owner=("Deployment", name, f"d-{number}"),
    )  # fmt: skip
    store.upsert([deployment, replicas], store.stamp())


if __name__ == "__main__":
    began = time.perf_counter()
    for figure in benchmarks():
        print(figure)
    print(f"{time.perf_counter() - began:.1f} s")
