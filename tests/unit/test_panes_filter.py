"""The ``/`` line: words to tests of rows."""

from __future__ import annotations

import pytest

from tui.model import Key, ManualClock, Scope
from tui.model.ecs import Deployment, ServiceRow
from tui.panes import PaneContext, panes
from tui.panes.filter import FilterError, parse
from tui.store import Store

SCOPE = Scope(owner="aws:test@eu-west-1", account="1", region="eu-west-1")
PANE = panes()["services"]


def service(name: str, *, cluster: str = "shop", desired: int = 2, tags: tuple[tuple[str, str], ...] = ()) -> ServiceRow:
    arn = f"arn:aws:ecs:eu-west-1:1:cluster/{cluster}"
    return ServiceRow(
        key=Key.of("services", SCOPE, f"{arn}#{name}"),
        scope=SCOPE,
        name=name,
        arn=f"{arn}/{name}",
        cluster_arn=arn,
        status="ACTIVE",
        desired=desired,
        running=desired,
        task_definition=f"arn:aws:ecs:eu-west-1:1:task-definition/{name}:42",
        deployments=(Deployment(id="d", status="PRIMARY", desired=desired, running=desired, rollout_state="COMPLETED"),),
        tags=tags,
    )


ROWS = [
    service("checkout", tags=(("team", "shop"),)),
    service("search", desired=6),
    service("ledger", cluster="pay", tags=(("team", "pay"),)),
]


def matching(text: str) -> list[str]:
    store = Store(ManualClock())
    test = parse(text, PANE, lambda: PaneContext(store=store, now=0))
    return [row.name for row in ROWS if test is None or test(row)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["checkout", "search", "ledger"]),
        ("CHECK", ["checkout"]),
        ("shop/", ["checkout", "search"]),
        ("^pay/", ["ledger"]),
        ("!shop", ["ledger"]),
        ("che|led", ["checkout", "ledger"]),
        ("-f ckt", ["checkout"]),
        ("-l team=pay", ["ledger"]),
        ("-l team", ["checkout", "ledger"]),
        ("-l team!=pay", ["checkout", "search"]),
        ("rev:42 sea", ["search"]),
        ("ready:6/6", ["search"]),
        ("shop !search", ["checkout"]),
        ("(", []),
        ("nothing", []),
    ],
)
def test_words_narrow(text: str, names: list[str]) -> None:
    assert matching(text) == names


def test_an_option_without_its_word_says_what_it_wants() -> None:
    with pytest.raises(FilterError, match="-l wants a word"):
        matching("-l")


def test_a_regular_expression_that_explodes_is_cut_off() -> None:
    assert matching("(a+)+$x" + "a" * 30) == []
