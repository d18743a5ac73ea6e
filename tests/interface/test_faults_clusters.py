"""Where a cluster cannot be opened: the pods' pane says why, ECS beside it goes on, keys are answered."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.embedded import World, embedded_world
from tests.interface.faulty import Seen, answering, console
from tui.sources import programs

CONFIG = """apiVersion: v1
kind: Config
current-context: c
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "{server}"{more}}}}}]
users:
- name: u
  user: {user}
"""
TOKEN = "{token: t}"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world(env=False) as world:
        yield world


def plugin(script: str, more: str = "") -> str:
    """A user with an exec plugin that is a line of shell."""
    return (
        "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, "
        f"args: ['-c', '{script}'], interactiveMode: IfAvailable{more}}}}}"
    )


def at(world: World, folder: Path, text: str, *, context: str = "c", **flags: Any) -> Any:
    """The console on the world's AWS with a kubeconfig of the test's own."""
    (folder / "kubeconfig").write_text(text)
    variables = {**world.running.env, "KUBECONFIG": str(folder / "kubeconfig")}
    return console(folder, variables, kubernetes__context=context, **flags)


async def only_pods_are_missing(seen: Seen, *words: str) -> None:
    """Services stand there; the pods' pane has the sentence and says when it tries again."""
    await seen.until_said("shop/")
    assert "ecs ✖" not in seen.screen()
    await seen.press("f4")
    await seen.until_said("ctrl-r now")
    for part in (*words, "again "):
        assert part in seen.words(), seen.screen()
    assert "eks ✖" in seen.screen()
    await seen.command("errors")
    assert words[0][:24] in seen.words(), seen.screen()
    await seen.press("escape")


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (plugin("echo first >&2; echo log in first >&2; exit 3"), ("sh ended with status 3: log in first",)),
        (plugin("read answer </dev/tty && echo $answer"), ("the credential plugin sh ended with status", "/dev/tty")),
        (plugin("printf Password: >&2; read answer; echo $answer"), ("did not answer with an ExecCredential: Password:",)),
        (plugin("", ", installHint: ask the platform team").replace("command: sh", "command: no-such-program"),
         ("no-such-program cannot be started", "ask the platform team")),
        (plugin("").replace("IfAvailable", "Always"), ("wants a terminal (interactiveMode: Always)", "run it once by hand")),
    ],
    ids=["fails", "opens-tty", "prompts", "missing", "always-interactive"],
)  # fmt: skip
async def test_exec_plugins(world: World, tmp_path: Path, deaf_port: int, user: str, words: tuple[str, ...]) -> None:
    text = CONFIG.format(server=f"http://127.0.0.1:{deaf_port}", more="", user=user)
    async with at(world, tmp_path, text) as seen:
        await only_pods_are_missing(seen, *words)


async def test_a_plugin_that_hangs(world: World, tmp_path: Path, deaf_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it hangs everything else works; after the limit it is ended and named."""
    monkeypatch.setattr(programs.run_program, "__kwdefaults__", {**programs.run_program.__kwdefaults__, "limit": 1.0})
    text = CONFIG.format(server=f"http://127.0.0.1:{deaf_port}", more="", user=plugin("sleep 60"))
    async with at(world, tmp_path, text) as seen:
        await seen.until_said("shop/")
        await only_pods_are_missing(seen, "did not answer within 1 s and was ended", "waiting for an answer on a terminal")


@pytest.mark.parametrize(
    ("text", "context", "words"),
    [
        ("clusters: [\n", "", ("the kubeconfig is broken: no YAML", "line 2", "KUBECONFIG")),
        (CONFIG.format(server="ftp://x", more="", user=TOKEN), "c", ("the kubeconfig is broken", "has no server URL")),
        (CONFIG.format(server="http://x", more="", user=TOKEN), "d", ('there is no context "d"', "known contexts: c")),
    ],
    ids=["no-yaml", "no-server", "no-context"],
)
async def test_kubeconfigs(world: World, tmp_path: Path, text: str, context: str, words: tuple[str, ...]) -> None:
    async with at(world, tmp_path, text, context=context) as seen:
        await only_pods_are_missing(seen, *words)


async def test_a_missing_kubeconfig_that_was_asked_for(world: World, tmp_path: Path) -> None:
    variables = {**world.running.env, "KUBECONFIG": str(tmp_path / "none")}
    async with console(tmp_path, variables, kubernetes__context="c") as seen:
        await only_pods_are_missing(seen, f"there is no kubeconfig ({tmp_path}/none)", "set KUBECONFIG")


async def test_a_wrong_ca(world: World, tmp_path: Path) -> None:
    other = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()
    text = CONFIG.format(server=world.running.kubernetes, more=f", certificate-authority-data: {other}", user=TOKEN)
    async with at(world, tmp_path, text) as seen:
        await only_pods_are_missing(seen, "is signed by another CA than the one given", "update the CA")


async def test_a_private_endpoint(world: World, tmp_path: Path) -> None:
    """Packets vanish, as those to an address inside another VPC do."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        with socket.create_connection(silent.getsockname()):
            host = f"127.0.0.1:{silent.getsockname()[1]}"
            text = CONFIG.format(server=f"https://{host}", more="", user=TOKEN)
            async with at(world, tmp_path, text, kubernetes__connect_timeout_s=0.5, kubernetes__read_timeout_s=1.0) as seen:
                await only_pods_are_missing(seen, f"timed out ({host})", "a private endpoint is reached only from its VPC")


async def test_a_login_page_and_a_token_that_is_refused(world: World, tmp_path: Path) -> None:
    async with (
        answering(200, "<!doctype html><html>Sign in</html>") as url,
        at(world, tmp_path, CONFIG.format(server=url, more="", user=TOKEN)) as seen,
    ):
        await only_pods_are_missing(seen, "with an HTML page, which no Kubernetes API does", "proxy-url")
    more = f", certificate-authority-data: {base64.b64encode(world.running.ca.encode()).decode()}"
    async with at(world, tmp_path, CONFIG.format(server=world.running.kubernetes, more=more, user=TOKEN)) as seen:
        await only_pods_are_missing(seen, "does not accept the credentials (401", "access entries")
