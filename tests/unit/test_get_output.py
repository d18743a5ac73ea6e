"""What ``pierhead get`` prints: columns that stay below each other, every form, rows that change and go, names that mean one."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from ruamel.yaml import YAML

from config import load
from tui.cli import parser
from tui.commands import watching
from tui.commands.printing import Columns, Printer
from tui.commands.reading import Reading, Wanted, names_of
from tui.model import Finding, Key, ManualClock, Row, Scope, State
from tui.model.ecr import ImageRow
from tui.model.ecs import ServiceRow, TaskDefinitionRow
from tui.model.errors import ApiError, Trouble
from tui.model.tasks import TaskRow
from tui.panes import PaneContext, panes
from tui.store import Freshness, FreshState, Store

SCOPE = Scope("aws:p@eu-west-1", "aws", "1", "eu-west-1", "arn:aws:ecs:eu-west-1:1:cluster/shop")
SETTINGS = load(Path("/dev/null"), {}, {})
ARN = "arn:aws:ecs:eu-west-1:1"


def service(name: str, running: int = 1) -> ServiceRow:
    return ServiceRow(
        key=Key.of("services", SCOPE, f"{SCOPE.cluster}#{name}"),
        scope=SCOPE,
        name=name,
        arn=f"{ARN}:service/shop/{name}",
        cluster_arn=SCOPE.cluster,
        desired=1,
        running=running,
        status="ACTIVE",
    )


class FakeHub:
    """Whole objects with a secret in each; ``broken``: what reading them raises."""

    def __init__(self) -> None:
        self.broken: Exception | None = None

    async def objects(self, kind: str, rows: list[Row]) -> list[tuple[Row, dict[str, Any]]]:
        if self.broken is not None:
            raise self.broken
        return [(row, {"serviceName": row.name}) for row in rows]

    def facts(self) -> Any:
        return type("Facts", (), {"cluster": ""})()


class Desk:
    """A store with services, and one command."""

    def __init__(self, *words: str) -> None:
        self.clock = ManualClock(1_700_000_000.0)
        self.store = Store(self.clock)
        self.hub = FakeHub()
        arguments = parser().parse_args(["get", "services", *words])
        self.wanted = Wanted(panes()["services"], arguments.name, SETTINGS)
        self.reading = Reading(self.store, self.hub, self.wanted)  # type: ignore[arg-type]
        self.printer = Printer(arguments, self.hub, self.store, self.wanted)  # type: ignore[arg-type]

    def put(self, *rows: Row) -> None:
        self.store.upsert(rows, self.store.stamp())
        self.store.flush()

    def go(self, row: Row) -> None:
        self.store.remove(SCOPE.owner, [row.key], self.store.stamp())
        self.store.flush()

    def says(self, state: FreshState, message: str = "") -> None:
        self.store.freshness.set(Freshness(source="s", kind="services", scope=SCOPE, state=state, message=message))
        self.store.flush()

    async def first(self) -> None:
        await self.printer.first(self.reading.rows())

    async def turn(self) -> None:
        """Let the watch do what is due."""
        for _ in range(20):
            await asyncio.sleep(0)
        self.clock.advance(watching.PACE_S)
        for _ in range(20):
            await asyncio.sleep(0)


def starts(line: str, header: str) -> list[int]:
    """Where in the cells of a terminal the columns of a header begin."""
    return [cell_len(header[: header.index(title)]) for title in header.split()]


NAMES = ["checkout", "a", "漢字サービス", "e\u0301t\u00e9", "x" * 255, "\x1b[31mred\x1b[0m", "rtl\u202etxt", "😀-ship"]


def test_columns_stand_below_each_other_whatever_is_in_them() -> None:
    store = Store(ManualClock(0.0))
    rows = [service(name) for name in NAMES]
    columns = Columns(Wanted(panes()["services"], "", SETTINGS), store, rows)
    context = PaneContext(store=store, now=0.0)
    lines = columns.aligned([columns.header, *(columns.cells(row, context) for row in rows)])
    ready = lines[0].index("READY")
    for line in lines[1:]:
        assert "\x1b" not in line and "\u202e" not in line
        position = line.index(" 1/1 ")
        assert cell_len(line[: position + 1]) == ready, line
    later = columns.aligned([columns.cells(service("short"), context)])[0]
    assert cell_len(later[: later.index(" 1/1 ") + 1]) == ready, "a later line stands below the first ones"


@pytest.mark.parametrize("output", ["table", "csv", "json", "yaml", "name"])
async def test_a_watch_prints_what_changed_and_what_went(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk("-o", output, "--watch")
    desk.put(service("one"), service("two"))
    await desk.first()
    first = capsys.readouterr().out
    task = asyncio.ensure_future(watching.watch(desk.store, desk.reading, desk.printer))
    await desk.turn()
    desk.put(service("one"))
    await desk.turn()
    assert capsys.readouterr().out == "", "what is equal is not printed again"
    desk.put(service("two", running=0), service("three"))
    await desk.turn()
    changed = capsys.readouterr().out
    desk.go(service("three"))
    await desk.turn()
    gone = capsys.readouterr().out
    desk.put(finding("one", "out of memory"))
    await desk.turn()
    reason = capsys.readouterr().out
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    if output == "table":
        header, *lines = first.splitlines()
        ready = header.index("READY")
        found = [line[ready : ready + 5].strip() for line in (*lines, *sorted(changed.splitlines()))]
        assert found == ["1/1", "1/1", "0/1", "1/1"] or found == ["1/1", "1/1", "1/1", "0/1"]
        assert gone.startswith("gone") and "shop/three" in gone and "out of memory" in reason
        assert gone[ready : ready + 5].strip() == "1/1" == reason[ready : ready + 5].strip()
    elif output == "csv":
        rows = list(csv.DictReader(io.StringIO(first + changed + gone + reason)))
        assert [(r["state"], r["name"]) for r in rows[-2:]] == [("gone", "shop/three"), ("broken", "shop/one")]
        assert rows[-1]["why"] == "out of memory" and len(rows) == 6
    elif output == "json":
        objects = [json.loads(line) for line in (first + changed + gone + reason).splitlines()]
        assert [one["pierhead"]["state"] for one in objects[-2:]] == ["gone", "broken"]
        assert objects[-1]["serviceName"] == "one" and objects[-1]["pierhead"]["cluster"] == "shop"
    elif output == "yaml":
        documents = list(YAML(typ="safe").load_all(first + changed + gone + reason))
        assert len(documents) == 6 and documents[-2]["pierhead"]["name"] == "three"
        assert documents[-1]["pierhead"]["reason"] == "out of memory"
    else:
        assert first.split() == ["shop/one", "shop/two"] and sorted(changed.split()) == ["shop/three", "shop/two"] and gone == ""


def finding(name: str, sentence: str) -> Finding:
    target = service(name).key
    key = Key.of("findings", SCOPE, f"rule:services:{target.id}")
    return Finding(
        key=key, scope=SCOPE, name=name, target=target, world="ecs", severity=State.BROKEN, cause="oom", sentence=sentence
    )


async def test_trouble_while_watching_is_said_once_and_its_end_too(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk("-o", "json", "-w")
    desk.put(service("one"))
    await desk.first()
    capsys.readouterr()
    task = asyncio.ensure_future(watching.watch(desk.store, desk.reading, desk.printer))
    await desk.turn()
    for _ in range(3):
        desk.says(FreshState.EXPIRED, "expired: run aws sso login")
        await desk.turn()
    desk.hub.broken = ApiError(Trouble.THROTTLED, "ecs:DescribeServices is throttled")
    desk.put(service("one", running=0))
    await desk.turn()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "pierhead: expired: run aws sso login\npierhead: ecs:DescribeServices is throttled\n"
    desk.hub.broken = None
    desk.says(FreshState.POLLING)
    await desk.turn()
    printed = capsys.readouterr()
    assert printed.err == "pierhead: services are read again\n" and json.loads(printed.out)["serviceName"] == "one"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_names_that_mean_one() -> None:
    found = panes()
    assert names_of(service("web"), found["services"]) == ("shop/web", "web", f"{ARN}:service/shop/web")
    image = ImageRow(
        key=Key.of("images", SCOPE, "r@d"),
        scope=SCOPE,
        name="web",
        repository_arn="r",
        digest="sha256:abc",
        image_tags=("1", "latest"),
    )
    assert names_of(image, found["images"]) == ("web@sha256:abc", "web:1", "web:latest", "sha256:abc", "web")
    definition = TaskDefinitionRow(key=Key.of("task-definitions", SCOPE, "a"), scope=SCOPE, name="web", arn="a", revision=7)
    assert names_of(definition, found["task-definitions"]) == ("web", "web:7", "a")
    task = TaskRow(key=Key.of("tasks", SCOPE, "t"), scope=SCOPE, name="0123456789abcdef", arn="t", cluster_arn=SCOPE.cluster)
    assert {"0123456789abcdef", "shop/0123456789ab", "t"} <= set(names_of(task, found["tasks"]))


def test_only_what_was_asked_for() -> None:
    def wanted(kind: str, **flags: Any) -> Wanted:
        return Wanted(panes()[kind], "", load(Path("/dev/null"), {}, flags))

    assert wanted("services", **{"aws.cluster": "arn:aws:ecs:x:1:cluster/shop"}).has(service("a"))
    assert not wanted("services", **{"aws.cluster": "pay"}).has(service("a"))
    kube = replace(finding("cart/cart", "x"), world="eks")
    assert wanted("findings", **{"kubernetes.namespace": "cart"}).has(kube)
    assert not wanted("findings", **{"kubernetes.namespace": "car"}).has(kube)


def test_cells_and_reasons_wait_for_what_they_are_made_from() -> None:
    beside = dict(Wanted(panes()["services"], "", SETTINGS).beside())
    assert {"metrics", "task-definitions", "tasks", "alarms"} <= beside.keys() and "services" not in beside
    assert "service-definitions" not in beside, "a derived kind is read by nobody"
    assert {"pods", "tasks", "services"} <= dict(Wanted(panes()["images"], "", SETTINGS).beside()).keys()
