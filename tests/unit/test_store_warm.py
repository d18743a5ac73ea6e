"""The warm start: what is kept on disk, what never is, and what a bad file does."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tui.model import Key, ManualClock, Scope, State
from tui.model.derived import Computed, Derived
from tui.model.ecs import ClusterRow, ServiceEvent, ServiceRow
from tui.model.kubernetes import PodRow
from tui.store import Freshness, FreshState, Store
from tui.store.warm import KEEP, WarmReport, WarmStart, row_types

SCOPE = Scope(owner="aws:p@r", account="1", region="r", cluster="shop")


def pod(number: int) -> PodRow:
    return PodRow(
        key=Key.of("pods", SCOPE, f"uid-{number}"), scope=SCOPE, name=f"pod-{number:05}", namespace="x", uid=f"uid-{number}",
        status="Running", ready=1, total=1, node="node", created=5.0, labels=(("password", "hunter2"),), message="free text",
    )  # fmt: skip


def service() -> ServiceRow:
    return ServiceRow(
        key=Key.of("services", SCOPE, "s"), scope=SCOPE, name="checkout", arn="arn:s", cluster_arn="arn:shop", desired=4,
        tags=(("owner", "hunter2"),), events=(ServiceEvent("1", 1.0, "hunter2 did it"),),
    )  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def filled(clock: ManualClock, count: int = 20) -> Store:
    store = Store(clock)
    store.upsert([service(), *[pod(n) for n in range(count)]], store.stamp())
    store.flush()
    return store


def warm(path: Path, **options: Any) -> WarmStart:
    return WarmStart(path, profile="p", region="r", context="c", **options)


def load(path: Path, clock: ManualClock) -> tuple[Store, WarmReport]:
    store = Store(clock)
    report = warm(path).load(store)
    store.flush()
    return store, report


def test_cached_fields_come_back_and_nothing_else_was_written(tmp_path: Path, clock: ManualClock) -> None:
    size = warm(tmp_path).save(filled(clock))
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert len(content) == size
    assert b"hunter2" not in content
    assert b"free text" not in content
    store, report = load(tmp_path, clock)
    assert report == WarmReport(rows=21, saved=clock.now())
    row = store.get(pod(3).key)
    assert isinstance(row, PodRow)
    assert {name: getattr(row, name) for name in PodRow.cached} == {name: getattr(pod(3), name) for name in PodRow.cached}
    assert row.scope == SCOPE
    assert not store.is_live(row.key)
    assert store.state(row) is State.IDLE


def test_every_kind_can_be_rebuilt_from_what_it_keeps() -> None:
    assert {"services", "clusters", "pods", "images", "task-definitions", "deployments"} <= row_types().keys()
    for kind, row_type in row_types().items():
        fields = {field.name: field for field in msgspec.structs.fields(row_type)}
        needed = {name for name, field in fields.items() if field.required} - {"key", "scope"}
        assert needed <= set(row_type.cached), f"{kind} needs {needed - set(row_type.cached)}"
        hints = get_type_hints(row_type)
        for name in row_type.cached:
            assert name not in ("tags", "environment", "events", "message", "labels", "annotations"), kind
            assert "Secret" not in str(hints[name]), kind


@pytest.mark.parametrize("profile", ["q", ""])
def test_places_are_apart(tmp_path: Path, clock: ManualClock, profile: str) -> None:
    warm(tmp_path).save(filled(clock))
    other = WarmStart(tmp_path, profile=profile, region="r", context="c")
    assert other.load(Store(clock)) == WarmReport(reason="there is no earlier session")
    warm(tmp_path).path.rename(other.path)
    assert "another profile" in other.load(Store(clock)).reason


def test_a_cut_or_changed_file_is_left_alone_with_a_reason(tmp_path: Path, clock: ManualClock) -> None:
    warm(tmp_path).save(filled(clock))
    path = warm(tmp_path).path
    whole = path.read_bytes()
    for content in (b"", whole[:-1], whole[: len(whole) // 2], b"\x00" + whole, whole.replace(b"pod-00003", b"\xc1od-00003")):
        path.write_bytes(content)
        store, report = load(tmp_path, clock)
        assert report.rows == 0
        assert "was left alone" in report.reason
        assert store.count("pods") == 0


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_raises(tmp_path: Path, data: st.DataObject) -> None:
    clock = ManualClock()
    path = warm(tmp_path).path
    warm(tmp_path).save(filled(clock, count=3))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    store, report = load(tmp_path, clock)
    assert report.reason or report.rows >= len(list(store.rows("pods")))


def test_a_file_of_another_version_or_size_is_left_alone(tmp_path: Path, clock: ManualClock) -> None:
    warm(tmp_path).save(filled(clock))
    path = warm(tmp_path).path
    document = msgspec.msgpack.decode(path.read_bytes())
    path.write_bytes(msgspec.msgpack.encode({**document, "version": 99}))
    assert "version 99" in load(tmp_path, clock)[1].reason
    path.write_bytes(b"\x00" * 100)
    assert "more than 50" in warm(tmp_path, limit=50).load(Store(clock)).reason
    path.unlink()
    path.mkdir()
    assert load(tmp_path, clock)[1].reason


def test_values_of_a_wrong_type_are_refused(tmp_path: Path, clock: ManualClock) -> None:
    warm(tmp_path).save(filled(clock, count=1))
    path = warm(tmp_path).path
    document = msgspec.msgpack.decode(path.read_bytes())
    for group in document["groups"]:
        group["rows"][0][1] = 7  # the name
    path.write_bytes(msgspec.msgpack.encode(document))
    assert "was left alone" in load(tmp_path, clock)[1].reason


def test_a_kind_whose_fields_are_others_now_is_skipped(tmp_path: Path, clock: ManualClock) -> None:
    warm(tmp_path).save(filled(clock, count=1))
    path = warm(tmp_path).path
    document = msgspec.msgpack.decode(path.read_bytes())
    for group in document["groups"]:
        if group["kind"] == "pods":
            group["fields"] = ["name"]
    path.write_bytes(msgspec.msgpack.encode(document))
    assert load(tmp_path, clock)[1].rows == 1


def test_a_file_never_outgrows_its_limit(tmp_path: Path, clock: ManualClock) -> None:
    store = filled(clock, count=2000)
    start = warm(tmp_path, limit=60_000)
    assert start.save(store) <= 60_000
    loaded = Store(clock)
    report = start.load(loaded)
    assert loaded.count("services") == 1, "small groups are kept whole"
    assert 300 < report.rows < 2000


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    start = warm(tmp_path)
    start.save(filled(clock))
    before = start.path.read_bytes()

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        start.save(filled(clock, count=5))
    assert [path.name for path in tmp_path.iterdir()] == [start.path.name]
    assert start.path.read_bytes() == before


def test_rows_that_were_not_live_again_keep_their_age_and_then_go(tmp_path: Path, clock: ManualClock) -> None:
    warm(tmp_path).save(filled(clock))
    saved = clock.now()
    clock.advance(3600)
    store = Store(clock)
    start = warm(tmp_path)
    start.load(store)
    assert start.saved("pods") == saved
    cluster = ClusterRow(key=Key.of("clusters", SCOPE, "arn:shop"), scope=SCOPE, name="shop", arn="arn:shop")
    store.upsert([cluster, service()], store.stamp())
    start.save(store)
    again = warm(tmp_path)
    assert again.load(Store(clock)).rows == 22
    assert again.saved("pods") == saved
    assert again.saved("services") == clock.now()
    clock.advance(KEEP)
    start.save(store)
    assert warm(tmp_path).load(Store(clock)).rows == 2


def test_rows_of_clusters_that_are_gone_are_dropped_once_the_clusters_were_read(tmp_path: Path, clock: ManualClock) -> None:
    def place(cluster: str, account: str = "1") -> Scope:
        return Scope(owner="aws:p@r", account=account, region="r", cluster=cluster)

    def of(kind: type[Any], scope: Scope, name: str, **fields: Any) -> Any:
        return kind(key=Key.of(kind.kind, scope, name), scope=scope, name=name, arn=name, **fields)

    shop, pay = "arn:aws:ecs:r:1:cluster/shop", "arn:aws:ecs:r:1:cluster/pay"
    store = Store(clock)
    account = place("")
    rows = [of(ServiceRow, place(shop), "a", cluster_arn=shop), of(ServiceRow, place(pay), "b", cluster_arn=pay)]
    rows.append(of(ServiceRow, place(shop, "9"), "c", cluster_arn=shop))
    store.upsert([of(ClusterRow, account, shop), of(ClusterRow, account, pay), *rows], store.stamp())
    warm(tmp_path).save(store)

    store, report = load(tmp_path, clock)
    assert report.rows == 5
    listing = store.begin("clusters", account, store.stamp())
    listing.page([of(ClusterRow, account, shop)])
    listing.end()
    assert store.count("services") == 3
    store.freshness.set(Freshness(source="ecs", kind="clusters", scope=account, state=FreshState.POLLING, last_success=1.0))
    store.flush()
    assert [row.name for row in store.rows("services")] == ["a"]


def test_rows_of_an_owner_that_reads_nothing_in_this_session_are_dropped(tmp_path: Path, clock: ManualClock) -> None:
    other = Scope(owner="kube:shop-2", account="1", region="r", cluster="arn:aws:eks:r:1:cluster/shop-2")
    stranger = PodRow(key=Key.of("pods", other, "uid-x"), scope=other, name="x", namespace="x", uid="uid-x")
    store = filled(clock, count=2)
    store.upsert([stranger], store.stamp())
    warm(tmp_path).save(store)
    store, _ = load(tmp_path, clock)
    assert store.count("pods") == 3
    store.freshness.set(Freshness(source="k", kind="pods", scope=SCOPE, state=FreshState.LOADING))
    store.flush()
    assert store.count("pods") == 3, "nothing was read yet"
    store.freshness.set(Freshness(source="k", kind="pods", scope=SCOPE, state=FreshState.LIVE, last_success=1.0))
    store.flush()
    assert {row.name for row in store.rows("pods")} == {"pod-00000", "pod-00001"}


def test_nothing_is_concluded_from_warm_rows(tmp_path: Path, clock: ManualClock) -> None:
    seen: list[str] = []

    class Watcher(Derived):
        output = "findings"
        name = "watcher"
        inputs: ClassVar[Any] = {"services": lambda row: (row.cluster_arn,)}
        records: ClassVar[Any] = {"services": (("desired", lambda row: float(row.desired)),)}

        def compute(self, group: Any, members: Any, context: Any) -> Computed:
            seen.extend(row.name for row in members["services"])
            return Computed()

    warm(tmp_path).save(filled(clock))
    store = Store(clock)
    store.register(Watcher())
    warm(tmp_path).load(store)
    store.flush()
    assert not seen
    assert not store.has_live()
    assert not store.history.series(service().key, "desired")
    store.upsert([service()], store.stamp())
    store.flush()
    assert seen == ["checkout"]
    assert store.has_live()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_is_not_followed(tmp_path: Path, clock: ManualClock) -> None:
    warm(tmp_path).save(filled(clock))
    path = warm(tmp_path).path
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert "cannot be read" in load(tmp_path, clock)[1].reason
