"""Cells and reasons of single rows: what a container says, what an image is called, figures to the right."""

from __future__ import annotations

from typing import Any

from tests.unit.test_diagnosis_pods import pod
from tui.actions.rowwise import as_before
from tui.model import Key, Scope, State
from tui.model.ecr import ImageRow
from tui.model.image import ImageRef
from tui.model.kubernetes import PodContainer, PodContainerRow
from tui.model.tasks import ContainerRow
from tui.panes.images import scan, tags
from tui.panes.keys import sort_word
from tui.panes.pods import containers
from tui.screens.texts import table

SCOPE = Scope("aws:p", "aws", "1", "eu-west-1")
IMAGE = ImageRef.parse("cart:1")
LOOP = {"state": "waiting", "reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=cart pod=cart-7"}


def part(name: str, **fields: Any) -> PodContainer:
    return PodContainer(name=name, image=IMAGE, **fields)


def crashing(name: str) -> PodContainer:
    return part(name, **LOOP, restarts=14, last_exit_code=1, last_reason="Error")


def test_the_container_that_is_not_well_says_what_is_wrong_with_its_pod() -> None:
    rows = containers(pod(1, part("envoy", state="running", ready=True), crashing("cart")), "exit 1, 14 times in 2h")
    assert [row.reason for row in rows] == ["", "exit 1, 14 times in 2h"]


def test_of_several_that_are_not_well_the_one_that_is_named_says_it() -> None:
    rows = containers(pod(1, crashing("cart"), crashing("envoy")), "envoy: exit 1, 14 times in 2h")
    assert [row.reason for row in rows] == ["exit 1 (Error), restarted 14 times", "envoy: exit 1, 14 times in 2h"]


def test_without_a_finding_a_crash_loop_says_its_last_exit() -> None:
    assert [row.reason for row in containers(pod(1, crashing("cart")), "")] == ["exit 1 (Error), restarted 14 times"]
    assert [row.reason for row in PodContainerRow.of(pod(1, part("cart", **LOOP)))] == [LOOP["message"]]


def container(code: int | None, **fields: Any) -> ContainerRow:
    key = Key.of("containers", SCOPE, "c")
    return ContainerRow(key=key, scope=SCOPE, name="c", task_arn="", image=IMAGE, status="STOPPED", exit_code=code, **fields)


def test_a_container_that_ecs_stopped_is_not_broken() -> None:
    assert (container(143).state, container(143).reason) == (State.IDLE, "stopped (exit 143, SIGTERM)")
    assert [container(code).state for code in (None, 0, 1, 137)] == [State.IDLE, State.IDLE, State.BROKEN, State.BROKEN]
    assert container(143, health="UNHEALTHY").state is State.BROKEN


def image(*names: str, **fields: Any) -> ImageRow:
    values: dict[str, Any] = {"repository_arn": "r", "digest": f"sha256:{'0316bf635d6d' * 5}", "image_tags": names, **fields}
    return ImageRow(key=Key.of("images", SCOPE, "i"), scope=SCOPE, name="cart", **values)


def test_an_image_without_tags_is_called_by_its_digest() -> None:
    assert tags(image("3.0.1", "latest")) == "3.0.1, latest"
    assert tags(image()) == "@0316bf63"


def test_scan_counts_are_the_two_worst_and_never_cut() -> None:
    cells = [
        scan(image(scanned=True, critical=2, high=11, medium=30)),
        scan(image(scanned=True, medium=3)),
        scan(image()),
    ]
    assert [cell.text for cell in cells] == ["2C 11H", "3M", "-"]


def test_figures_of_a_table_stand_to_the_right() -> None:
    lines = table(("FAMILY", "CALLS", "USED"), [("ecs", 7, "0.25"), ("kubernetes", 1204, "12.00")]).splitlines()
    assert lines == ["FAMILY      CALLS   USED", "ecs             7   0.25", "kubernetes   1204  12.00"]


def test_titles_within_a_sentence() -> None:
    assert [sort_word(title) for title in ("RST", "CPU m", "NAME", "%MEM", "QOS")] == [
        "restarts",
        "CPU m",
        "name",
        "%Memory",
        "QoS",
    ]


def test_what_rows_go_back_to_is_said_in_their_order() -> None:
    assert as_before(["4", "3", "3"]) == "4, 3, 3"
    assert as_before(["3"] * 20) == "3"
    assert as_before(list("12345")) == "what each of them has now"
