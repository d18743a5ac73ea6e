"""A store with every rule at work, for tests of what is said of rows."""

from __future__ import annotations

import pytest

from tui.diagnosis import rules
from tui.model import Finding, ManualClock, Row
from tui.store import Store


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return new_store(clock)


def new_store(clock: ManualClock) -> Store:
    store = Store(clock)
    for rule in rules():
        store.register(rule)
    return store


def put(store: Store, *rows: Row) -> None:
    store.upsert(rows, store.stamp())
    store.flush()


def problems(store: Store) -> list[Finding]:
    """What the problems list shows, worst first."""
    found = [row for row in store.rows("findings") if isinstance(row, Finding) and not row.grouped]
    return sorted(found, key=lambda f: (f.severity, f.name))
