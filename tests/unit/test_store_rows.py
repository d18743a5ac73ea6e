"""What the store promises of rows: owners, stamps, relists, warm rows, and when it tells whom."""

from __future__ import annotations

from typing import Any

import pytest

from tui.model import Key, ManualClock, Scope, State
from tui.model.kubernetes import NamespaceRow, PodRow
from tui.store import LAST, LOWEST, Computed, Derived, Stamp, Store, ViewChange, own_key, owners
from tui.store.freshness import Freshness


def place(owner: str = "k", namespace: str = "", cluster: str = "c") -> Scope:
    return Scope(owner=owner, account="1", region="r", cluster=cluster, namespace=namespace)


def pod(number: int, *, owner: str = "k", cluster: str = "c", **fields: Any) -> PodRow:
    scope = place(owner, cluster=cluster)
    fields = {"name": f"pod-{number}", "namespace": "x", "status": "Running", **fields}
    return PodRow(key=Key.of("pods", scope, str(number)), scope=scope, **fields)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return Store(clock)


def names(store: Store) -> list[str]:
    return sorted(row.name for row in store.rows("pods"))


def relist(store: Store, stamp: Stamp, rows: list[PodRow], seen: list[Key] = [], scope: Scope | None = None) -> None:  # noqa: B006
    listing = store.begin("pods", scope or place(), stamp)
    listing.page(rows, seen)
    listing.end()


def test_stamps_rise_while_the_clock_goes_back() -> None:
    class Clock(ManualClock):
        value = 100.0

        def now(self) -> float:
            return self.value

    clock = Clock()
    store = Store(clock)
    first = store.stamp()
    clock.value = 50.0
    assert store.stamp() > first


def test_an_older_answer_never_replaces_newer_data(store: Store) -> None:
    old, new = store.stamp(), store.stamp()
    store.upsert([pod(1, status="Error")], new)
    store.upsert([pod(1, status="Pending")], old)
    assert store.get(pod(1).key).status == "Error"  # type: ignore[union-attr]


def test_an_older_answer_never_revives_what_was_removed(store: Store) -> None:
    old = store.stamp()
    store.upsert([pod(1)], store.stamp())
    store.remove("k", [pod(1).key, pod(2).key], store.stamp())
    store.upsert([pod(1), pod(2)], old)
    assert names(store) == []
    store.upsert([pod(1)], store.stamp())
    assert names(store) == ["pod-1"]


def test_an_older_answer_never_revives_what_a_newer_listing_did_not_see(store: Store) -> None:
    old = store.stamp()
    relist(store, store.stamp(), [pod(1)], seen=[pod(3).key])
    store.upsert([pod(2), pod(3)], old)
    assert names(store) == ["pod-1", "pod-3"], "3 was seen by the listing, 2 was not"


def test_only_the_end_of_a_listing_removes(store: Store) -> None:
    store.upsert([pod(1), pod(2)], store.stamp())
    listing = store.begin("pods", place(), store.stamp())
    listing.page([pod(1)])
    listing.abort()
    listing.end()
    assert names(store) == ["pod-1", "pod-2"]
    relist(store, store.stamp(), [pod(1)])
    assert names(store) == ["pod-1"]


def test_a_listing_spares_what_came_after_it_began_and_what_it_does_not_cover(store: Store) -> None:
    store.upsert([pod(1, namespace="y"), pod(2)], store.stamp())
    store.upsert([pod(3, cluster="d")], store.stamp())
    began = store.stamp()
    store.upsert([pod(4)], store.stamp())
    relist(store, began, [], scope=place(namespace="x"))
    assert names(store) == ["pod-1", "pod-3", "pod-4"]


def test_names_only_keep_a_row_as_it_is(store: Store) -> None:
    row = pod(1)
    store.upsert([row], store.stamp())
    relist(store, store.stamp(), [], seen=[row.key])
    assert store.get(row.key) is row


def test_two_owners_are_merged_and_kept_apart(store: Store) -> None:
    store.upsert([pod(1, owner="a", status="Running")], store.stamp())
    store.upsert([pod(1, owner="b", status="Error")], store.stamp())
    key = pod(1).key
    assert store.count("pods") == 1
    assert store.get(key).status == "Error"  # type: ignore[union-attr]
    assert store.owned("a", key).status == "Running"  # type: ignore[union-attr]
    store.drop_owner("b")
    assert store.get(key).status == "Running"  # type: ignore[union-attr]
    store.remove("a", [key], store.stamp())
    assert store.get(key) is None


def test_a_dropped_owner_is_not_revived_by_answers_under_way(store: Store) -> None:
    under_way = store.stamp()
    listing = store.begin("pods", place(), store.stamp())
    store.upsert([pod(1)], store.stamp())
    store.drop_owner("k")
    listing.page([pod(2)])
    store.upsert([pod(3)], under_way)
    assert names(store) == []
    store.upsert([pod(4)], store.stamp())
    assert names(store) == ["pod-4"]


def test_tombstones_are_bounded_and_still_hold(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "TOMBSTONES", 50)
    old = store.stamp()
    for number in range(300):
        store.remove("k", [pod(number).key], store.stamp())
    part = store.table("pods").owner("k")
    assert len(part.tombstones) <= 50
    store.upsert([pod(number) for number in range(300)], old)
    assert names(store) == []


def test_warm_rows_are_idle_until_they_are_live(store: Store) -> None:
    row = pod(1, status="CrashLoopBackOff")
    store.upsert([row, pod(2)], LOWEST)
    view = store.view("pods")
    news: list[ViewChange] = []
    view.subscribe(news.append)
    store.flush()
    assert not store.is_live(row.key)
    assert store.state(row) is State.IDLE
    store.upsert([pod(1, status="CrashLoopBackOff")], store.stamp())  # the same value, but live
    store.flush()
    assert store.is_live(row.key)
    assert store.state(row) is State.BROKEN
    assert news[-1].changed == (row.key,)
    assert store.forget_warm(lambda warm: warm.scope.account == "1") == 1
    assert names(store) == ["pod-1"]


def test_an_ended_listing_removes_warm_rows(store: Store) -> None:
    store.upsert([pod(1), pod(2)], LOWEST)
    relist(store, store.stamp(), [pod(1)])
    assert names(store) == ["pod-1"]
    assert store.is_live(pod(1).key)


def test_a_burst_is_one_flush_and_flushes_keep_their_distance(clock: ManualClock) -> None:
    calls: list[tuple[float, Any]] = []
    store = Store(clock, lambda delay, callback: calls.append((delay, callback)))
    for number in range(5000):
        store.upsert([pod(number)], store.stamp())
    assert len(calls) == 1
    calls.pop()[1]()
    assert store.flushes == 1
    store.upsert([pod(1, status="Error")], store.stamp())
    assert calls[0][0] == pytest.approx(0.05)
    calls.pop()[1]()
    clock.advance(10)
    store.upsert([pod(2, status="Error")], store.stamp())
    assert calls[0][0] == 0.0


def test_what_changed_back_within_a_flush_is_not_told(store: Store) -> None:
    store.upsert([pod(1)], store.stamp())
    store.flush()
    told: list[Any] = []
    subscription = store.subscribe(["pods", "nodes"], told.append)
    store.upsert([pod(1, status="Error")], store.stamp())
    store.upsert([pod(1), pod(2)], store.stamp())
    store.flush()
    assert told[0]["pods"].added == (pod(2).key,)
    assert told[0]["pods"].changed == ()
    subscription.close()
    store.upsert([pod(3)], store.stamp())
    store.flush()
    assert len(told) == 1


def test_a_failing_subscriber_does_not_silence_the_others(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    view = store.view("pods")
    told: list[ViewChange] = []

    def fail(change: ViewChange) -> None:
        raise RuntimeError("broken pane")

    view.subscribe(fail)
    view.subscribe(told.append)
    store.upsert([pod(1)], store.stamp())
    store.flush()
    assert told[0].added == (pod(1).key,)
    assert "broken pane" in caplog.text


def test_a_view_asks_again_when_it_is_updated(store: Store) -> None:
    store.upsert([pod(n, restarts=n % 3) for n in range(9)], store.stamp())
    view = store.view("pods", sort=lambda row: row.restarts or None)
    assert [view.row_at(i).restarts for i in range(9)] == [1, 1, 1, 2, 2, 2, 0, 0, 0], "None comes last"
    told: list[ViewChange] = []
    view.subscribe(told.append)
    view.update(where=lambda row: row.restarts == 2, sort=None, reverse=True)
    assert [row.name for row in view.rows()] == ["pod-8", "pod-5", "pod-2"]
    assert told == [ViewChange(reset=True, total=3)]
    view.update(where=None)
    assert len(view) == 9
    with pytest.raises(IndexError):
        view.key_at(9)
    view.close()
    store.upsert([pod(10)], store.stamp())
    store.flush()
    assert len(view) == 9
    assert LAST > (5,)
    assert LAST > (5,)  # type: ignore[operator]


def test_tables_that_feed_each_other_are_refused(store: Store) -> None:
    def table(name: str, source: str, output: str) -> Derived:
        fields = {"name": name, "inputs": {source: own_key}, "output": output, "compute": lambda *a: Computed()}
        return type(name, (Derived,), fields)()  # type: ignore[no-any-return]

    store.register(table("one", "a", "b"))
    with pytest.raises(ValueError, match="one, two"):
        store.register(table("two", "b", "a"))
    assert [node.derived.name for node in store.derived] == ["one"]


def test_only_groups_of_changed_rows_are_computed_and_rechecks_come_due(store: Store, clock: ManualClock) -> None:
    class Old(Derived):
        name = "old"
        output = "namespaces"
        inputs = {"pods": lambda row: (row.namespace,)}

        def compute(self, group: str, members: Any, context: Any) -> Computed:
            age = int(context.now - min(row.created for row in members["pods"]))
            row = NamespaceRow(key=Key("namespaces", "", group), scope=place(), name=group, phase=f"{age // 60}m")
            return Computed((row,), recheck_at=context.now + 60)

    store.register(Old())
    now = clock.now()
    store.upsert([pod(n, namespace=f"ns{n % 10}", created=now) for n in range(100)], store.stamp())
    store.flush()
    (node,) = store.derived
    assert node.computed == 10
    store.upsert([pod(1, namespace="ns2", created=now)], store.stamp())
    store.flush()
    assert node.computed == 12, "the group that it left and the one that it came to"
    clock.advance(61)
    store.flush()
    assert node.computed == 22
    assert {row.phase for row in store.rows("namespaces")} == {"1m"}  # type: ignore[attr-defined]


def test_a_failing_rule_keeps_its_last_word(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    class Fragile(Derived):
        name = "fragile"
        output = "namespaces"
        inputs = {"pods": own_key}

        def compute(self, group: Key, members: Any, context: Any) -> Computed:
            if members["pods"][0].status == "Error":
                raise ZeroDivisionError
            return Computed((NamespaceRow(key=Key("namespaces", "", group.id), scope=place(), name=group.id),))

    store.register(Fragile())
    store.upsert([pod(1)], store.stamp())
    store.flush()
    store.upsert([pod(1, status="Error"), pod(2)], store.stamp())
    store.flush()
    assert store.count("namespaces") == 2
    assert "fragile" in caplog.text


def test_rechecks_are_flushed_when_nothing_else_happens(clock: ManualClock) -> None:
    calls: list[tuple[float, Any]] = []
    store = Store(clock, lambda delay, callback: calls.append((delay, callback)))

    class Timer(Derived):
        name = "timer"
        output = "namespaces"
        inputs = {"pods": own_key}

        def compute(self, group: Key, members: Any, context: Any) -> Computed:
            return Computed((), recheck_at=members["pods"][0].created)

    store.register(Timer())
    store.upsert([pod(1, created=clock.now() + 30)], store.stamp())
    calls.pop()[1]()
    assert [delay for delay, _ in calls] == [pytest.approx(30)]
    clock.advance(30)
    calls.pop()[1]()  # the wake asks for a flush
    calls.pop()[1]()
    assert store.derived[0].computed == 2


def test_first_rows_of_a_list_do_not_wait_for_the_next_frame(clock: ManualClock) -> None:
    calls: list[tuple[float, Any]] = []
    store = Store(clock, lambda delay, callback: calls.append((delay, callback)))
    store.freshness.set(Freshness(source="s", kind="pods", scope=place()))
    calls.pop()[1]()
    clock.advance(0.01)
    store.freshness.set(Freshness(source="t", kind="pods", scope=place()))
    store.upsert([pod(1)], store.stamp())
    assert [delay for delay, _ in calls] == [pytest.approx(0.04), 0.0]
    flushes = store.flushes
    calls[1][1]()
    calls[0][1]()  # the frame that was planned before has nothing left to do
    assert store.flushes == flushes + 1
    store.upsert([pod(2)], store.stamp())
    assert calls[-1][0] == pytest.approx(0.05), "more rows keep to the pace"
