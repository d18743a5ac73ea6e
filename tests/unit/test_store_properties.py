"""Whatever order statements come in, the store holds what computing from scratch gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tui.model import Finding, Key, ManualClock, Row, Scope, State
from tui.store import NOTHING, Computed, Derived, DerivedContext, Stamp, Store, own_key

OWNERS = ("a", "b")
NAMESPACES = ("x", "y")


class Toy(Row, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[str] = "toys"
    namespace: str
    group: str
    value: int

    @property
    def state(self) -> State:
        return State(self.value % 5)


class Sum(Row, frozen=True, kw_only=True, gc=False):
    kind: ClassVar[str] = "sums"
    total: int
    names: tuple[str, ...]


def scope(owner: str, namespace: str = "") -> Scope:
    return Scope(owner=owner, account="1", region="r", cluster="c", namespace=namespace)


def toy(owner: str, number: int, value: int) -> Toy:
    place = scope(owner)
    return Toy(
        key=Key.of("toys", place, f"t{number}"), scope=place, name=f"n{value % 3}", value=value,
        namespace=NAMESPACES[number % 2], group=f"g{value % 4}",
    )  # fmt: skip


class Sums(Derived):
    """Toys by group: a join with members."""

    name = "sums"
    output = "sums"
    inputs = {"toys": lambda row: (row.group, "all")}

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        rows = members["toys"]
        place = scope("derived")
        key = Key.of("sums", place, group)
        return Computed(
            (Sum(key=key, scope=place, name=group, total=sum(r.value for r in rows), names=tuple(r.name for r in rows)),)
        )


class Odd(Derived):
    """A finding on each toy with an odd value."""

    name = "odd"
    output = "findings"
    inputs = {"toys": own_key}

    def compute(self, group: Key, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        (row,) = members["toys"]
        return Computed((finding("odd", row, State.DEGRADED),)) if row.value % 2 else NOTHING


class Heavy(Derived):
    """Findings from a derived table: the names in a heavy group."""

    name = "heavy"
    output = "findings"
    inputs = {"sums": own_key}

    def compute(self, group: Key, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        (row,) = members["sums"]
        return Computed((finding("heavy", row, State.BROKEN),)) if row.total > 10 else NOTHING


def finding(rule: str, row: Row, severity: State) -> Finding:
    return Finding(
        key=Key("findings", row.key.identity, f"{rule}:{row.kind}:{row.key.id}"), scope=row.scope, name=row.name,
        target=row.key, world="ecs", severity=severity, cause=rule, sentence=f"{rule} {row.name}",
    )  # fmt: skip


# -- statements and what they come to -----------------------------------------------------------------------------

numbers = st.integers(0, 7)
values = st.integers(0, 9)
rows_of = st.lists(st.tuples(numbers, values), max_size=4)

upserts = st.tuples(st.just("upsert"), st.sampled_from(OWNERS), rows_of)
removals = st.tuples(st.just("remove"), st.sampled_from(OWNERS), st.lists(numbers, max_size=3))
relists = st.tuples(
    st.just("relist"), st.sampled_from(OWNERS), st.sampled_from(("", *NAMESPACES)),
    st.lists(st.tuples(rows_of, st.lists(numbers, max_size=4)), max_size=3), st.booleans(),
)  # fmt: skip
statements = st.lists(st.one_of(upserts, removals, relists), min_size=1, max_size=14)


def from_scratch(said: list[tuple[Stamp, tuple[Any, ...]]]) -> dict[str, dict[Key, tuple[Stamp, Toy]]]:
    """Each owner's rows: for every key its newest data, unless something newer says that it is gone."""
    data: dict[tuple[str, int], tuple[Stamp, Toy]] = {}
    for stamp, (what, owner, *rest) in said:
        if what == "remove":
            continue
        pages = [(rest[0], [])] if what == "upsert" else rest[1]
        for page, _ in pages:
            for number, value in page:
                if what == "relist" and rest[0] not in ("", NAMESPACES[number % 2]):
                    continue
                known = data.get((owner, number))
                if known is None or known[0] <= stamp:
                    data[owner, number] = (stamp, toy(owner, number, value))
    result: dict[str, dict[Key, tuple[Stamp, Toy]]] = defaultdict(dict)
    for (owner, number), (stamp, row) in data.items():
        if not any(_gone(statement, owner, number) and later > stamp for later, statement in said):
            result[owner][row.key] = (stamp, row)
    return result


def _gone(statement: tuple[Any, ...], owner: str, number: int) -> bool:
    what, who, *rest = statement
    if who != owner:
        return False
    if what == "remove":
        return number in rest[0]
    if what == "relist":
        namespace, pages, ended = rest
        seen = {n for page, names in pages for n in [*[number for number, _ in page], *names]}
        return ended and namespace in ("", NAMESPACES[number % 2]) and number not in seen
    return False


class Checked:
    """A store with views, joins and findings, and a mirror of each view kept from its changes alone."""

    def __init__(self) -> None:
        self.store = Store(ManualClock())
        self.store.upsert([toy("a", 0, 3)], Stamp(0.5, 0))  # there before the tables and views
        for derived in (Heavy(), Sums(), Odd()):
            self.store.register(derived)
        make = self.store.view
        self.queries = {
            "default": (None, None, False, None),
            "value": (None, lambda r: r.value, True, None),
            "some": (lambda r: r.value > 3, lambda r: (r.name, -r.value), False, None),
            "bad": (lambda r: self.store.state(r) <= State.DEGRADED, None, False, None),
            "of a": (None, lambda r: None if r.value == 2 else r.value, False, scope("a", "y")),
        }
        self.views = {
            name: make("toys", where=w, sort=s, reverse=r, limit_scope=limit) for name, (w, s, r, limit) in self.queries.items()
        }
        self.problems = make("findings", where=lambda f: not f.grouped)
        self.mirrors = {name: set(view.keys()) for name, view in self.views.items()}
        for name, view in self.views.items():
            view.subscribe(lambda change, name=name: self.follow(name, change))
        self.index = self.store.index("toys", "group", lambda r: (r.group,))

    def follow(self, name: str, change: Any) -> None:
        mirror = self.mirrors[name]
        assert not set(change.added) & mirror
        assert set(change.removed) <= mirror
        mirror |= set(change.added)
        mirror -= set(change.removed)
        assert set(change.moved) <= set(change.changed) <= mirror
        assert change.total == len(mirror) == len(self.views[name])

    def check(self, expected: dict[str, dict[Key, tuple[Stamp, Toy]]]) -> None:
        store = self.store
        store.flush()
        merged: dict[Key, tuple[Stamp, Toy]] = {}
        for owner in OWNERS:
            for key, (stamp, row) in expected[owner].items():
                assert store.owned(owner, key) == row
                if key not in merged or merged[key][0] < stamp:
                    merged[key] = (stamp, row)
        rows = [row for _, row in merged.values()]
        assert sorted(store.rows("toys"), key=lambda r: r.key) == sorted(rows, key=lambda r: r.key)
        findings = self.check_derived(rows)
        for row in rows:
            about = [f for f in findings if f.target == row.key]
            assert list(store.findings(row.key)) == about
            assert store.state(row) == min([row.state, *(f.severity for f in about)])
            assert row in self.index.get(row.group)
        assert {v: len(self.index.get(v)) for v in self.index.values()} == _counts(r.group for r in rows)
        self.check_views(rows, expected)

    def check_derived(self, rows: list[Toy]) -> list[Finding]:
        groups: dict[str, list[Toy]] = defaultdict(list)
        for row in sorted(rows, key=lambda r: r.key):
            groups[row.group].append(row)
            groups["all"].append(row)
        sums = {Sums().compute(g, {"toys": members}, None).rows[0] for g, members in groups.items()}  # type: ignore[arg-type]
        assert set(self.store.rows("sums")) == sums
        findings = [finding("odd", r, State.DEGRADED) for r in rows if r.value % 2]
        findings += [finding("heavy", r, State.BROKEN) for r in sums if r.total > 10]
        assert set(self.store.rows("findings")) == set(findings)
        order = sorted(findings, key=lambda f: (f.severity, f.name, f.key))
        assert self.problems.keys() == [f.key for f in order]
        return findings

    def check_views(self, rows: list[Toy], expected: dict[str, dict[Key, tuple[Stamp, Toy]]]) -> None:
        for name, (where, sort, reverse, limit) in self.queries.items():
            view = self.views[name]
            held = [r for r in rows if where is None or where(r)]
            if limit is not None:
                held = [r for r in held if r.namespace == limit.namespace and r.key in expected[limit.owner]]
            value = sort or (lambda r: (self.store.state(r), r.name))
            held.sort(key=lambda r: ((value(r) is None, value(r)), r.key), reverse=reverse)
            assert view.keys() == [r.key for r in held]
            assert [view.key_at(i) for i in range(len(view))] == view.keys()
            assert [view.index_of(r.key) for r in held] == list(range(len(held)))
            assert view.rows() == held
            assert self.mirrors[name] == set(view.keys())


def _counts(items: Any) -> dict[Any, int]:
    counts: dict[Any, int] = defaultdict(int)
    for item in items:
        counts[item] += 1
    return dict(counts)


def _steps(checked: Checked, stamp: Stamp, statement: tuple[Any, ...]) -> list[Any]:
    """The calls that a statement is made of, to be mixed with those of others but kept in their order."""
    store = checked.store
    what, owner, *rest = statement
    if what == "upsert":
        return [lambda: store.upsert([toy(owner, n, v) for n, v in rest[0]], stamp)]
    if what == "remove":
        return [lambda: store.remove(owner, [toy(owner, n, 0).key for n in rest[0]], stamp)]
    namespace, pages, ended = rest
    relist: list[Any] = []
    calls: list[Any] = [lambda: relist.append(store.begin("toys", scope(owner, namespace), stamp))]
    for page, names in pages:
        inside = [toy(owner, n, v) for n, v in page if namespace in ("", NAMESPACES[n % 2])]
        seen = [toy(owner, n, 0).key for n in [*names, *[number for number, _ in page]]]
        calls.append(lambda inside=inside, seen=seen: relist[0].page(inside, seen))
    calls.append(lambda: relist[0].end() if ended else relist[0].abort())
    return calls


def run(said: Sequence[tuple[Any, ...]], data: st.DataObject) -> None:
    checked = Checked()
    order = data.draw(st.permutations(range(len(said))), label="stamps")
    stamped = [(Stamp(1.0 + number, number + 1), statement) for number, statement in zip(order, said, strict=True)]
    waiting = [_steps(checked, stamp, statement) for stamp, statement in stamped]
    choices = data.draw(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=5, max_size=60), label="mixing")
    turn = 0
    while any(waiting):
        at, flush = choices[turn % len(choices)]
        turn += 1
        open_ones = [steps for steps in waiting if steps]
        open_ones[at % len(open_ones)].pop(0)()
        if flush:
            checked.store.flush()
    checked.check(from_scratch([(Stamp(0.5, 0), ("upsert", "a", [(0, 3)])), *stamped]))


@settings(max_examples=examples(100, 5000), deadline=None, suppress_health_check=list(HealthCheck))
@given(statements, st.data())
def test_any_order_equals_from_scratch(said: list[tuple[Any, ...]], data: st.DataObject) -> None:
    run(said, data)
