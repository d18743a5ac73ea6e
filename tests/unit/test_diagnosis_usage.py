"""Who runs what, how much of it has been read, what a scan's findings come to; and that no rule breaks on odd rows."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.unit import test_diagnosis_load as load
from tests.unit import test_diagnosis_pods as pods
from tests.unit import test_diagnosis_services as services
from tests.unit.diagnosis_stage import clock, new_store, put, store
from tui.diagnosis import rules
from tui.model import Finding, Key, ManualClock, Row, Scope, State
from tui.model.ecr import ImageRow
from tui.model.ecs import ClusterRow
from tui.model.image import ImageRef
from tui.model.kubernetes import EksClusterRow, NodeRow, PodContainer
from tui.model.usage import DefinitionUsageRow, ImageUsageRow
from tui.store import Freshness, FreshState, Store

__all__ = ["clock", "store"]


ACCOUNT, SHOP, EKS, ECR = services.ACCOUNT, services.SHOP, pods.EKS, services.ECR
DIGEST = "sha256:" + "9f" * 32
OTHER = "sha256:" + "77" * 32


def read(store: Store, kind: str, scope: Scope, *, done: bool = True) -> None:
    state = FreshState.LIVE if done else FreshState.LOADING
    store.freshness.set(Freshness(source=kind, kind=kind, scope=scope, state=state, last_success=1.0 if done else None))


def image(name: str = "checkout", digest: str = DIGEST, *tags: str, **fields: Any) -> ImageRow:
    arn = f"arn:aws:ecr:eu-west-1:482913750164:repository/{name}"
    return ImageRow(
        key=Key.of("images", ACCOUNT, f"{arn}@{digest}"), scope=ACCOUNT, name=name, repository_arn=arn,
        repository_uri=f"{ECR}/{name}", digest=digest, image_tags=tags, **fields,
    )  # fmt: skip


def _cart(number: int) -> Row:
    state = PodContainer(
        name="app", image=ImageRef.parse(f"{ECR}/cart:3.0.1"), image_id=f"{ECR}/cart@{OTHER}", ready=True, state="running"
    )
    return pods.pod(number, state, ready=1)


def usage(store: Store, row: ImageRow) -> ImageUsageRow:
    found = store.get(Key("image-usage", row.key.identity, row.key.id))
    assert isinstance(found, ImageUsageRow)
    return found


def running(number: int, digest: str = DIGEST, **fields: Any) -> Row:
    return services.task(number, containers=(services.container(number, status="RUNNING", digest=digest),), **fields)


def pod(number: int, digest: str = DIGEST, **fields: Any) -> Row:
    ref = ImageRef.parse(f"{ECR}/checkout:1.8.3")
    state = PodContainer(name="app", image=ref, image_id=f"{ECR}/checkout@{digest}", ready=True, state="running")
    return pods.pod(number, state, ready=1, **fields)


def test_where_an_image_runs(store: Store) -> None:
    row, other = image("checkout", DIGEST, "1.8.3"), image("checkout", OTHER, "1.8.2")
    job = running(9, group="family:report", started_by="")
    put(store, row, other, running(1), running(2), job, *(pod(n) for n in range(12)))
    for kind, scope in (("tasks", SHOP), ("pods", EKS)):
        read(store, kind, scope)
    store.flush()
    found = usage(store, row)
    assert (found.services, found.tasks, found.pods) == ((("shop/checkout", 2),), 1, (("cart/cart", 12),))
    assert found.summary == "shop/checkout (2), 1 task, eks cart/cart (12)"
    assert usage(store, other).summary == "-"
    store.remove("kube:shop-1", [pod(n).key for n in range(11)], store.stamp())
    put(store, services.task(2, last_status="STOPPED"))
    assert usage(store, row).summary == "shop/checkout (1), 1 task, eks cart/cart (1)"


def test_what_is_not_read_yet_is_said(store: Store) -> None:
    row = image("checkout", DIGEST, "1.8.3")
    put(store, row)
    assert usage(store, row).summary == "- … clusters not read yet"
    read(store, "tasks", SHOP)
    for number in range(13):
        scope = Scope(owner="aws:p@r", account="482913750164", region="eu-west-1", cluster=f"arn:{number}")
        read(store, "tasks", scope, done=number < 11)
    store.flush()
    assert usage(store, row).coverage == "12/14 clusters read"
    put(store, running(1))
    assert usage(store, row).summary == "shop/checkout (1) … 12/14 clusters read"


def test_containers_without_a_digest_and_services_without_tasks_are_matched_by_tag(store: Store) -> None:
    row = image("checkout", DIGEST, "1.8.3")
    deployments = (services.deployment("checkout", 42, desired=1),)
    put(store, row, services.definition("checkout", 42, "1.8.3"), services.service(deployments=deployments))
    assert usage(store, row).services == (("shop/checkout", 0),)
    put(store, running(1, digest=""))
    assert usage(store, row).services == (("shop/checkout", 1),)


def test_who_uses_a_revision(store: Store) -> None:
    revision = services.definition("checkout", 42, "1.8.3")
    row = services.service(
        deployments=(services.deployment("checkout", 42), services.deployment("checkout", 41, status="ACTIVE"))
    )
    put(store, revision, row, running(1), running(2), services.task(3, last_status="STOPPED"))
    read(store, "tasks", SHOP)
    read(store, "services", SHOP)
    store.flush()
    found = store.get(Key("definition-usage", revision.key.identity, revision.key.id))
    assert isinstance(found, DefinitionUsageRow)
    assert (found.services, found.tasks, found.coverage) == (("shop/checkout",), 2, "")


def test_a_scans_findings_count_where_the_image_runs(store: Store) -> None:
    row = image("checkout", DIGEST, "1.8.3", critical=1, high=2, scanned=True)
    put(store, row)
    assert store.state(row) is State.WELL
    put(store, running(1))
    assert store.state(row) is State.DEGRADED
    assert store.reason(row) == "runs with 1 critical and 2 high scan findings"
    other = image("cart", OTHER, "3.0.1", high=1, scanned=True)
    put(store, other, _cart(1))
    (found,) = services.problems(store)
    assert found.sentence == "runs with 1 critical and 2 high scan findings (and 1 other image with some)"
    assert store.reason(other) == "runs with 1 high scan findings"


def test_clusters_that_failed(store: Store) -> None:
    eks = EksClusterRow(key=Key.of("eks-clusters", ACCOUNT, "arn:e"), scope=ACCOUNT, name="shop-1", arn="arn:e", status="FAILED")
    ecs = ClusterRow(key=Key.of("clusters", ACCOUNT, "arn:c"), scope=ACCOUNT, name="shop", arn="arn:c", status="FAILED")
    put(store, eks, ecs)
    assert {f.name for f in services.problems(store)} == {"shop-1", "shop"}


def test_rules_are_found_and_named_apart() -> None:
    names = [rule.name for rule in rules()]
    assert {"services", "tasks", "workloads", "image-usage", "definition-usage", "alarms", "nodes", "images"} <= set(names)
    assert len(names) == len(set(names))


# -- odd rows ------------------------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "CrashLoopBackOff", "Running", "STOPPED", "ALARM", "IN_PROGRESS", "a/b:c@d"])
)


def samples(clock: ManualClock) -> list[Row]:
    return [
        services.failing_deployment(clock), services.definition("checkout", 42, "1.8.3"),
        services.stopped(1, clock.now() - 5, services.NOT_FOUND, containers=(services.container(1, exit_code=1),)), running(2),
        load.alarm(), load.scalable(6), image("checkout", DIGEST, "1.8.3", critical=1), pod(1), pods.crashing(2, clock),
        pods.waiting("ErrImagePull", "not found"), pods.deployment(),
        NodeRow(key=Key.of("nodes", EKS, "n"), scope=EKS, name="n", ready=False, conditions=(("Ready", "False", "", ""),)),
    ]  # fmt: skip


def odd(row: Any, data: st.DataObject) -> Any:
    """The row with some optional members as if they had not been sent, and some texts as nobody expects them."""
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(row):
        value = getattr(row, field.name)
        if field.name in ("key", "scope") or field.required:
            continue
        choice = data.draw(st.integers(0, 3))
        if choice == 0:
            changes[field.name] = field.default
        elif choice == 1 and isinstance(value, str):
            changes[field.name] = data.draw(TEXTS)
        elif (
            choice == 2
            and isinstance(value, tuple)
            and value
            and isinstance(value[0], msgspec.Struct)
            and not isinstance(value[0], Row)
        ):
            changes[field.name] = tuple(odd(item, data) if _optional(item) else item for item in value)
    return msgspec.structs.replace(row, **changes)


def _optional(item: Any) -> bool:
    return not isinstance(item, (ImageRef, Key, Scope))


@settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_rule_fails_on_rows_with_members_missing(caplog: pytest.LogCaptureFixture, data: st.DataObject) -> None:
    clock = ManualClock()
    store = new_store(clock)
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        rows = [odd(row, data) for row in samples(clock)]
        put(store, *rows)
        clock.advance(data.draw(st.sampled_from((0, 61, 400, 1000, 4000))))
        later = [odd(row, data) for row in samples(clock)[:6]]
        put(store, *later)
    assert caplog.text == ""
    for row in store.rows("findings"):
        assert isinstance(row, Finding)
        assert row.sentence
        assert "{" not in row.sentence or "{" in str([rows, later])
        assert row.severity in (State.BROKEN, State.DEGRADED)
        assert row.world in ("ecs", "ecr", "eks")
