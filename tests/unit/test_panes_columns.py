"""The columns that each pane must have, whether they are all to be seen where there is room, and what a cell says of a gap."""

from __future__ import annotations

import pytest

from tests.unit.test_panes_property import Store
from tui.model import Key, ManualClock, Scope
from tui.model.ecs import ContainerDefinition, TaskDefinitionRow
from tui.model.image import ImageRef
from tui.model.tasks import TaskRow
from tui.panes import PaneContext, panes
from tui.panes.base import label
from tui.panes.services import load
from tui.panes.words import launch_word
from tui.screens.pane_source import table_columns
from widgets.columns import Column, layout, wide_layout

#: by pane, the ids of the columns of the issue that asked for them; the cluster stands before a service's name
ASKED = {
    "services": "name status ready pending rollout revision image launch cpu memory event why",
    "task-definitions": "name revision status compat cpu memory network containers role execution used",
    "images": "name tag digest pushed size arch scan used",
    "pods": "namespace name ready status restarts cpu cpu-share memory memory-share ip node age why",
    "tasks": "name group revision status health cpu memory launch address zone age why",
    "containers": "name status exit health image digest cpu memory why",
    "deployments": "namespace name ready updated available rollout image age why",
    "findings": "since world name sentence evidence next",
    "events": "last type reason object namespace count message",
    "nodes": "name status version cpu memory pods zone type age why",
    "clusters": "name status services running pending instances providers why",
}


@pytest.mark.parametrize("kind", ASKED)
def test_every_column_is_there_and_to_be_seen_where_there_is_room(kind: str) -> None:
    _, columns = table_columns(panes()[kind], wide=False)
    ids = [column.id for column in columns]
    assert set(ASKED[kind].split()) <= set(ids)
    shown = {columns[place.column].id for place in layout(columns, 260)}
    assert set(ASKED[kind].split()) <= shown


@pytest.mark.parametrize("kind", panes())
def test_at_80_columns_what_matters_stands_and_nothing_is_starved(kind: str) -> None:
    _, columns = table_columns(panes()[kind], wide=False)
    placed = layout(columns, 80)
    shown = {columns[place.column].id: place.width for place in placed}
    assert "name" in shown or kind == "events"
    assert all(width >= 3 for width in shown.values())
    reason = next(column for column in columns if column.flexible)
    assert shown[reason.id] >= 12
    assert all(column.id in shown for column in columns if column.priority == 0 and not column.roomy), "the first rank stays"


def test_a_reason_has_its_first_words_beside_every_row_of_the_first_screen() -> None:
    for kind in ("services", "pods"):
        _, columns = table_columns(panes()[kind], wide=False)
        for width in range(79, 200):
            reason = layout(columns, width)[-1]
            assert columns[reason.column].id == "why"
            assert reason.width >= 26


def test_a_roomy_column_never_takes_from_others() -> None:
    columns = [
        Column("a", "A", width=20, min_width=5),
        Column("b", "B", width=10, roomy=True),
        Column("c", "C", width=9, flexible=True),
    ]
    assert [place.column for place in layout(columns, 3 + 20 + 2 + 9 + 2 + 9)] == [0, 2]
    assert [place.column for place in layout(columns, 3 + 20 + 2 + 10 + 2 + 9)] == [0, 1, 2]
    assert [place.column for place in wide_layout(columns, 10)] == [0, 1, 2]


def test_a_long_reason_goes_before_long_names_of_less_importance() -> None:
    columns = [
        Column("name", "NAME", width=10, max_width=40),
        Column("node", "NODE", width=10, max_width=60, priority=9),
        Column("why", "WHY", width=30, min_width=10, max_width=80, flexible=True),
    ]
    widths = {columns[place.column].id: place.width for place in layout(columns, 103, {0: 15, 1: 60, 2: 60})}
    assert widths == {"name": 15, "node": 21, "why": 60}


def test_the_namespace_is_no_column_where_there_is_only_one() -> None:
    _, columns = table_columns(panes()["pods"], False, frozenset({"namespace"}))
    assert "namespace" not in [column.id for column in columns]


SCOPE = Scope("o", "aws", "1", "eu-west-1", "")


def definition(**members: object) -> TaskDefinitionRow:
    arn = "arn:aws:ecs:eu-west-1:1:task-definition/web:3"
    key = Key("task-definitions", SCOPE.account_identity, arn)
    return TaskDefinitionRow(key=key, scope=SCOPE, name="web", arn=arn, revision=3, **members)  # type: ignore[arg-type]


def test_what_was_not_asked_yet_is_dots_and_what_is_not_set_a_dash() -> None:
    store = Store(ManualClock())
    context = PaneContext(store=store, now=1.0)
    pane = panes()["task-definitions"]

    def cells(row: TaskDefinitionRow) -> dict[str, str]:
        found = {column.id: column.cell(row, context) for column in pane.columns}
        return {name: cell if isinstance(cell, str) else cell.text for name, cell in found.items()}

    unread = cells(definition())
    assert {
        unread[name] for name in ("cpu", "memory", "compat", "network", "containers", "role", "execution", "age", "used")
    } == {"…"}
    assert (unread["name"], unread["revision"]) == ("web", ":3")
    read = cells(definition(containers=(ContainerDefinition(name="app", image=ImageRef.parse("app:1")),)))
    assert {read[name] for name in ("cpu", "memory", "network", "role", "execution", "age")} == {"-"}
    assert read["containers"] == "app"


def test_the_tasks_of_a_service_stand_together_the_newest_first() -> None:
    pane = panes()["tasks"]

    def task(name: str, service: str, started: float) -> TaskRow:
        key = Key("tasks", SCOPE.identity, name)
        arn = f"arn:aws:ecs:eu-west-1:1:task/shop/{name}"
        cluster = "arn:aws:ecs:eu-west-1:1:cluster/shop"
        group = f"service:{service}"
        return TaskRow(key=key, scope=SCOPE, name=name, arn=arn, cluster_arn=cluster, group=group, started=started)

    rows = [task("a", "web", 10.0), task("b", "api", 5.0), task("c", "web", 30.0), task("d", "api", 7.0)]
    assert [row.name for row in sorted(rows, key=pane.order)] == ["d", "b", "c", "a"]


@pytest.mark.parametrize(
    ("name", "word"), [("FARGATE", "Fargate"), ("FARGATE_SPOT", "Spot"), ("batch-ec2", "batch-ec2"), ("EC2", "EC2"), ("", "-")]
)
def test_launch_types_are_words_and_providers_keep_their_names(name: str, word: str) -> None:
    assert launch_word(name) == word


@pytest.mark.parametrize(
    ("title", "text"),
    [("CPU m", "CPU m"), ("MEM Mi", "Memory Mi"), ("IP", "IP"), ("REV", "Revision"), ("TASK ROLE", "Task role")],
)
def test_a_title_as_a_label(title: str, text: str) -> None:
    assert label(title) == text


def test_on_a_slow_line_load_is_a_figure_in_steps_and_no_sparkline() -> None:
    store = Store(ManualClock())
    row = definition()  # only its key is asked for
    column = load("cpu")
    cells = []
    for minute, share in enumerate((40.0, 61.0, 62.0)):
        store.history.point(row.key, "cpu", 60.0 * minute, share)
        cells.append(column(row, PaneContext(store=store, now=1.0, calm=True)).text)
    assert cells == ["40%", "60%", "60%"]
    drawn = column(row, PaneContext(store=store, now=1.0)).text
    assert drawn and not any(letter.isdigit() or letter == "%" for letter in drawn)
