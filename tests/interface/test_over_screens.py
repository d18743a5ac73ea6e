"""What stands on every screen and works everywhere: line 1, and the command line; and what narrowing does to a list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import World, embedded_world, walking
from tests.unit.test_action_journal import record
from tests.waiting import until
from tui.actions.journal import Journal
from tui.app import PierheadApp


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


async def test_every_screen_says_where_one_is_and_takes_commands(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PierheadApp, "plain_reason", "TERM=hp2392 is not known")
    async with walking(world, tmp_path) as walk:
        await walk.until("shop/checkout", seconds=60)
        assert "Textual's own terminal driver runs: TERM=hp2392 is not known" in walk.screen()
        repainted: list[int] = []
        monkeypatch.setattr(walk.app, "repaint_all", lambda: repainted.append(1))
        for key, title in (("d", "Describe  "), ("x", "Why  "), ("question_mark", "Keys that work"), ("l", "Logs  ")):
            await walk.command("services")
            await walk.press(key)
            await walk.until(title, seconds=10, by=1)
            first = walk.screen().splitlines()[0]
            assert "harbour-prod" in first, walk.screen()
            assert "eu-west-1" in first
            assert "ecs ●" in first
            await walk.press("ctrl+l", "colon")
            await walk.type("pod")
            await walk.press("ctrl+l")
            assert len(repainted) == 2, f"{title} is sent again on ctrl-l, also while something is typed"
            repainted.clear()
            assert "pods" in walk.screen().splitlines()[-1], "it completes there too"
            await walk.type("s cart")
            await walk.press("enter")
            await walk.until("Pods 2", seconds=30, by=2)
            assert title not in walk.screen()
            await walk.press("0")
        await walk.press("d")
        await walk.command("sources")
        await walk.command("nonsense")
        assert "no kind or command is called 'nonsense'" in walk.screen()
        assert "Pods" in walk.screen(), "back on the list, where the sentence stands"
        await walk.press("d", "colon", "escape")
        assert "Describe" in walk.screen(), "Esc leaves the line only"
        await walk.press("escape")
        assert "Describe" not in walk.screen()


async def test_a_namespace_is_no_column_where_there_is_only_one(world: World, tmp_path: Path) -> None:
    Journal(tmp_path / "state").write(record("b"))  # of a session that ended before it knew the outcome
    async with walking(world, tmp_path) as walk:
        await until(lambda: "1 action of an earlier session has no known outcome" in walk.screen(), walk.screen)
        await walk.step(30)
        await walk.press("down")
        assert "no known outcome" not in walk.screen(), "it stood until a key was pressed"
        await walk.command("pods")
        await walk.until("cart-", seconds=30)
        assert "NAMESPACE" in walk.screen()
        await walk.command("pods cart")
        assert "NAMESPACE" not in walk.screen()
        assert "all namespaces" not in walk.screen()
        await walk.press("0")
        assert "NAMESPACE" in walk.screen()
        await walk.command("deployments")
        await walk.until("cart-web", seconds=30)
        await walk.press("slash")
        await walk.type("cart-web")
        await walk.press("enter", "enter")
        await walk.until("Pods ", seconds=10, by=1)
        assert "NAMESPACE" not in walk.screen(), "all pods of a deployment are of its namespace"


@pytest.mark.parametrize(("size", "shown"), [((200, 50), True), ((120, 35), False), ((80, 24), False)])
async def test_evidence_stands_beside_a_problem_where_there_is_room(
    world: World, tmp_path: Path, size: tuple[int, int], shown: bool
) -> None:
    async with walking(world, tmp_path, size) as walk:
        await walk.press("exclamation_mark")
        await walk.until("checkout:1.8.3 not found", seconds=60)
        assert ("EVIDENCE" in walk.screen()) is shown
        rows = walk.screen().splitlines()
        below = " ".join(text.strip() for text in rows[-4 if size[0] == 80 else -3 : -1])
        assert "last good :41" in below, "evidence stands below the list in any case"
        if size[0] == 80:
            assert "deploy last good :41" in below, "so does the next step, where its column has no room"
        if shown:
            assert "since deployment of :42" in walk.line("image checkout:1.8.3 not found")
            assert "i deploy last good" in walk.line("image checkout:1.8.3 not found")


async def test_help_and_documents_say_which_lines_are_shown(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (80, 24)) as walk:
        await walk.until("shop/checkout", seconds=60)
        await walk.press("question_mark")
        await walk.until("Keys that work", seconds=10, by=1)
        title = walk.line("Keys that work")
        assert " 1-21 of " in title, title
        await walk.press("G")
        title, lines = walk.line("Keys that work"), int(title.split(" of ")[1].split()[0])
        assert f" {lines - 20}-{lines} of {lines} " in title, title
        await walk.press("escape", "d")
        await walk.until("Describe", seconds=10, by=1)
        assert " 1-21 of " in walk.line("Describe  ")
        await walk.press("escape")
        await walk.command("sources")
        await walk.pilot.resize_terminal(80, 60)
        assert " of " not in walk.line("─ Sources"), "all of it is there"


async def test_a_list_that_only_a_row_opens_says_so(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("shop/checkout", seconds=60)
        await walk.command("pod-containers")
        assert "containers are shown for one row: open them from it in :pods" in walk.screen()
        await walk.press("ctrl+a")
        await walk.until("task-definitions", seconds=10, by=1)
        assert "pod-containers" not in walk.screen()


async def test_on_a_narrow_terminal_a_pod_is_named_with_its_namespace_below(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (80, 24)) as walk:
        await walk.command("pods")
        await walk.until("CrashLoopBackOff", seconds=60)
        assert "NAMESPACE" not in walk.screen()
        below = walk.screen().splitlines()[-2]
        assert below.startswith(" cart/cart-") and 'exit 1: "REDIS_URL is not set"' in below, below
        await walk.command("pods cart")
        assert "cart/cart-" not in walk.screen().splitlines()[-2], "all of them are of one"
        await walk.press("0")


async def test_the_narrowest_problems_keep_their_names(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (20, 8)) as walk:
        await walk.press("exclamation_mark")
        await walk.until("shop/checkout", seconds=60)


async def test_enter_on_a_problem_leads_into_the_row_that_it_is_about(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.press("exclamation_mark")
        await walk.until("12 of 12 pods crash", seconds=60)
        await walk.press("slash")
        await walk.type("cart/cart")
        await walk.press("enter", "enter")
        await walk.until("Pods 12  cart/cart", seconds=30, by=1)
        await walk.press("escape", "escape", "slash")
        await walk.type("shop/checkout")
        await walk.press("enter", "enter")
        await walk.until("  shop/checkout ─", seconds=30, by=1)
        assert "─ Tasks " in walk.line("  shop/checkout ─"), walk.screen()


async def test_a_sentence_in_place_of_the_keys_goes_with_the_next_key(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with walking(world, tmp_path) as walk:
        await walk.until("shop/checkout", seconds=60)
        for key, title in (("d", "Describe  "), ("l", "Logs  ")):
            await walk.press(key)
            await walk.until(title, seconds=10, by=1)
            keys = walk.screen().splitlines()[-1]
            await walk.press("ctrl+s")
            await walk.until("saved ", seconds=10, by=1)
            await walk.press("j")
            assert walk.screen().splitlines()[-1] == keys
            await walk.press("escape")
