"""Keys that do the same everywhere: history, the view before, digits for the place, ``q`` and ``ctrl-c`` as ways out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.embedded import Walk, World, embedded_world, walking
from tests.interface.faulty import console
from tests.waiting import until
from tui import cli
from tui.model.ecs import ServiceRow
from tui.screens.main import MainScreen
from tui.sources.aws.connection import AwsConnection


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


def main_of(walk: Walk) -> MainScreen:
    screen = walk.app.screen
    assert isinstance(screen, MainScreen), screen
    return screen


async def test_history_and_the_view_before(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        main = main_of(walk)

        def kind() -> str:
            return main.current.pane.kind

        for text in ("po", "clusters", "svc"):
            await walk.command(text)
        assert kind() == "services"
        await walk.press("left_square_bracket")
        assert kind() == "clusters"
        await walk.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert kind() == "pods", "before the first there is nothing"
        await walk.press("right_square_bracket", "right_square_bracket", "right_square_bracket")
        assert kind() == "services"
        await walk.press("minus")
        assert kind() == "clusters"
        await walk.press("minus")
        assert kind() == "services", "and back again"
        await walk.press("ctrl+a")
        assert "All kinds" in walk.screen() and "Task definitions" in walk.screen()


async def test_digits_choose_a_cluster_where_clusters_scope_the_pane(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, **{"ui.pinned_clusters": ["shop"]}) as walk:
        main = main_of(walk)
        await walk.until("shop/checkout", seconds=30)

        def clusters() -> set[str]:
            return {cast(ServiceRow, row).cluster for row in main.current.all_rows()}

        everywhere = clusters()
        assert len(everywhere) == 3
        await walk.press("1")
        assert clusters() == {"shop"}, "the pinned one is the first"
        assert "cluster shop" in walk.screen().splitlines()[0]
        await walk.press("2")
        assert clusters() == {min(everywhere - {"shop"})}
        await walk.press("9")
        assert "there is no cluster 9   1 shop" in walk.screen()
        await walk.press("0")
        assert clusters() == everywhere


async def test_q_goes_back_and_leaves_from_the_first_screen_alone(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        main = main_of(walk)
        await walk.command("clusters")
        await walk.press("q")
        assert not main.opened and not walk.app._exit
        await walk.press("slash")
        await walk.type("checkout")
        await walk.press("enter", "q")
        assert main.current.filter_text == "" and not walk.app._exit, "q clears the filter first"
        await walk.press("q")
        assert walk.app._exit


async def test_ctrl_c_closes_the_prompt_then_says_how_to_quit_and_leaves_within_two_seconds(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        main = main_of(walk)
        await walk.press("colon")
        await walk.type("po")
        await walk.press("ctrl+c")
        assert not main.prompt.is_open and not walk.app._exit
        await walk.until("shop/checkout", seconds=30)
        await walk.press("s")
        await walk.until("Scale", seconds=10, by=1)
        assert walk.app.screen is not main, walk.screen()
        await walk.press("ctrl+c")
        assert walk.app.screen is main, "a form is left by it as well"
        await walk.press("ctrl+c")
        assert "ctrl-c again within 2 s leaves pierhead" in walk.screen()
        await walk.step(3)
        await walk.press("ctrl+c")
        assert not walk.app._exit, "that was too late"
        await walk.press("ctrl+c")
        assert walk.app._exit


def test_native_windows_is_a_sentence_and_status_two(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert cli.command([]) == 2
    assert "WSL" in capsys.readouterr().err


async def test_marks_that_a_filter_hides_are_counted_and_stand_in_the_plan(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        main = main_of(walk)
        await walk.until("shop/checkout", seconds=30)
        await walk.command("svc")
        for name in ("pay/ledger", "shop/search"):
            await walk.press("slash")
            await walk.type(name.partition("/")[2])
            await walk.press("enter", "space")
            if name == "pay/ledger":
                await walk.press("escape")  # the filter goes, the mark stays
        assert "2 marked (1 hidden)" in walk.screen()
        assert {row.name for row in main.current.marked_rows()} == {"ledger", "search"}
        await walk.press("r")
        await walk.until("Cancel", seconds=20, by=1)
        plan = walk.screen()
        assert "ledger" in plan and "search" in plan, plan
        await walk.press("escape")


async def test_a_rollout_that_runs_asks_before_the_program_is_left(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("shop/checkout", seconds=30)
        await walk.press("slash")
        await walk.type("ledger")
        await walk.press("enter", "r")
        await walk.until("Cancel", seconds=20, by=1)
        await walk.press("tab", "enter")
        await walk.until("restart accepted", seconds=20, by=1)
        await walk.press("escape", "q", "q")
        assert not walk.app._exit and "again within 2 s to leave" in walk.screen()
        assert walk.app.console_.runner is not None and walk.app.console_.runner.running
        await walk.press("q")
        assert walk.app._exit


@pytest.mark.parametrize("key", ["r", "y"])
async def test_ctrl_c_stops_what_was_asked_and_is_not_answered(world: World, tmp_path: Path, key: str) -> None:
    """A plan that reads the object first, and the whole object: neither holds the keys longer than one wants to wait."""
    async with walking(world, tmp_path) as walk:
        main = main_of(walk)
        await walk.until("shop/checkout", seconds=30)
        world.reset_calls()
        world.faults(rules=[{"kind": "latency", "service": "*", "seconds": 600}])
        await walk.press(key, "ctrl+c")
        assert "stopped: nothing was changed" in walk.screen(), walk.screen()
        assert walk.app.screen is main and not walk.app._exit
        world.faults(rules=[])
        assert not [name for name in world.calls() if "Update" in name]
        await walk.press("g")
        await walk.press(key)
        await until(lambda: walk.app.screen is not main, walk.screen)
        await walk.press("escape")
        await walk.press("ctrl+c")
        assert "ctrl-c again within 2 s leaves pierhead" in walk.screen(), "nothing is under way any more"


async def test_ctrl_p_from_a_pane_goes_to_another_profile(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = world.running.env
    lines = [f"aws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}", f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}"]
    (tmp_path / "config").write_text("\n".join(["[profile here]", *lines, "[profile there]", *lines, ""]))
    shared = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    places = {name: value for name, value in keys.items() if name.endswith(("URL", "REGION"))}
    async with console(tmp_path, {**places, **shared, "KUBECONFIG": "", "AWS_PROFILE": "here"}) as seen:

        def owners(kind: str) -> set[str]:
            return {row.scope.owner for row in seen.store.rows(kind)}

        await seen.choices()
        assert seen.app.console_.facts().profile == "here"
        await until(lambda: owners("pods"), seen.screen)
        before = next(iter(seen.store.rows("pods")))
        await seen.press("f2", "ctrl+p")
        assert "Choose a profile" in seen.screen() and "here (now)" in seen.screen()
        await seen.press("escape")
        assert seen.app.console_.facts().profile == "here", "left as it was"
        await seen.press("ctrl+p")
        await seen.type("there")
        await seen.press("enter")
        await until(lambda: "profile there" in seen.screen(), seen.screen)
        assert seen.app.console_.facts().profile == "there"
        assert seen.screen().splitlines()[0].split()[:2] == ["harbour-prod", "there"], "line 1: account alias and profile"
        await seen.press("ctrl+p")
        assert "there (now)" in seen.screen()
        await seen.press("escape")
        await until(lambda: owners("services") == {"aws:there@eu-west-1"}, seen.screen)
        await until(lambda: owners("pods") == {"kube:shop-1@there"}, seen.screen)
        clusters = seen.app._hub.clients.cluster
        left, now = clusters(before.scope), clusters(next(iter(seen.store.rows("pods"))).scope)
        assert (left.scope.owner, now.scope.owner) == ("kube:shop-1@here", "kube:shop-1@there")
        signed: list[str] = []
        presign = AwsConnection.presign

        async def noted(own: AwsConnection, *arguments: str) -> str:
            signed.append(own.plan.profile)
            return await presign(own, *arguments)

        monkeypatch.setattr(AwsConnection, "presign", noted)
        for connection in (left, now):
            connection._auth._until = 0.0
            await connection.identity()
        assert signed == ["here", "there"], "what was planned before is signed as it was planned"


@pytest.mark.parametrize("over_ssh", [True, False])
async def test_b_copies_the_link_over_ssh_and_opens_it_where_there_is_a_desktop(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over_ssh: bool
) -> None:
    for name in ("SSH_TTY", "SSH_CLIENT", "SSH_CONNECTION", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    if over_ssh:
        monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")
    async with walking(world, tmp_path, (160, 35)) as walk:
        main = main_of(walk)
        await walk.until("shop/checkout", seconds=30)
        copied: list[str] = []
        opened: list[str] = []
        monkeypatch.setattr(walk.app, "clip", lambda text: copied.append(text) or "")
        monkeypatch.setattr(walk.app, "open_url", opened.append)
        await walk.command("svc /checkout")
        await walk.press("b")
        row = cast(ServiceRow, main.current.cursor_row())
        region = row.scope.region
        link = f"https://{region}.console.aws.amazon.com/ecs/v2/clusters/shop/services/checkout/health?region={region}"
        assert (copied, opened) == (([link], []) if over_ssh else ([], [link]))
        strip = walk.app.screen._compositor.render_strips()[-1]
        linked = "".join(segment.text for segment in strip if segment.style and segment.style.link == link)
        assert link in linked, (linked, walk.screen())
