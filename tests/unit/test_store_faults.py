"""A rule, a list or a listener of ours that raises: all else goes on, it is seen once, and it is gone when it works again."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tui.model import Key, ManualClock, Scope
from tui.model.kubernetes import NamespaceRow, PodRow
from tui.store import Computed, Derived, Store, ViewChange, own_key

PLACE = Scope(owner="k", account="1", region="r", cluster="c")


def pod(number: int, status: str = "Running") -> PodRow:
    return PodRow(key=Key.of("pods", PLACE, str(number)), scope=PLACE, name=f"pod-{number}", namespace="x", status=status)


class Fragile(Derived):
    """Fails on pods in Error."""

    name = "fragile"
    output = "namespaces"
    inputs = {"pods": own_key}

    def compute(self, group: Key, members: Any, context: Any) -> Computed:
        (row,) = members["pods"]
        if row.status == "Error":
            raise TypeError(f"{row.name} is odd")
        return Computed((NamespaceRow(key=Key("namespaces", "", group.id), scope=PLACE, name=row.status),))


@pytest.fixture
def store() -> Store:
    store = Store(ManualClock())
    store.register(Fragile())
    return store


def put(store: Store, *rows: PodRow) -> None:
    store.upsert(rows, store.stamp())
    store.flush()


def test_a_rule_that_fails_is_one_fault_for_all_its_rows(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    put(store, *(pod(n) for n in range(4)))
    assert not store.faults.all()
    put(store, pod(1, "Error"), pod(2, "Error"), pod(3, "Pending"))
    (fault,) = store.faults.all()
    assert fault.sentence == "the rule fragile failed for 2 rows: TypeError: pod-2 is odd"
    assert "in compute" in fault.detail
    assert store.faults.of("pods") == (fault,) and not store.faults.of("services")
    names = sorted(row.name for row in store.rows("namespaces"))
    assert names == ["Pending", "Running", "Running", "Running"], "what it last said stands, the others go on"
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 1, "the log has it once"


def test_a_rule_that_works_again_is_no_fault_any_more(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    put(store, pod(1, "Error"), pod(2, "Error"))
    put(store, pod(1))
    assert [fault.rows for fault in store.faults.all()] == [1]
    store.remove("k", [pod(2).key], store.stamp())
    store.flush()
    assert not store.faults.all(), "a row that is gone fails no more"
    put(store, pod(3, "Error"))
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 2, "a new fault is a new entry of the log"


def test_listeners_hear_of_it_once_a_flush(store: Store) -> None:
    told: list[int] = []
    end = store.faults.subscribe(lambda: told.append(len(store.faults)))
    put(store, pod(1, "Error"), pod(2, "Error"))
    put(store, pod(3))
    put(store, pod(1), pod(2))
    assert told == [1, 0]
    end()
    put(store, pod(1, "Error"))
    assert told == [1, 0]


def test_a_list_that_fails_on_a_row_is_asked_anew_and_leaves_the_others_alone(store: Store) -> None:
    def where(row: PodRow) -> bool:
        if row.status == "Odd":
            raise ValueError(row.name)
        return True

    picky, plain = store.view("pods", where=where), store.view("pods")
    heard: list[ViewChange] = []
    picky.subscribe(heard.append)
    put(store, pod(1), pod(2, "Odd"))
    assert sorted(row.name for row in plain.rows()) == ["pod-1", "pod-2"]
    (fault,) = store.faults.all()
    assert fault.sentence == "the list of pods failed: ValueError: pod-2"
    put(store, pod(2))
    assert [row.name for row in picky.rows()] == ["pod-1", "pod-2"]
    assert heard == [ViewChange(reset=True, total=2)]
    assert not store.faults.all()


def test_a_listener_that_fails_is_a_fault_until_it_works(store: Store) -> None:
    view = store.view("pods")
    broken = True

    def heard(change: ViewChange) -> None:
        if broken:
            raise RuntimeError("broken pane")

    view.subscribe(heard)
    put(store, pod(1))
    (fault,) = store.faults.all()
    assert fault.sentence.startswith("the listener ") and fault.sentence.endswith("heard failed: RuntimeError: broken pane")
    broken = False
    put(store, pod(2))
    assert not store.faults.all()
