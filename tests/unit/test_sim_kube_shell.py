"""The interpreter behind ``kubectl exec`` in the embedded cluster."""

from __future__ import annotations

import pytest

from tui.simulator.kubernetes.commands import NotFound
from tui.simulator.kubernetes.shell import Shell


class Run:
    """A shell whose output is kept and whose input is given."""

    def __init__(self, *given: bytes) -> None:
        self.given = list(given)
        self.output = b""
        self.errors = b""
        self.slept: list[float] = []
        env = {"HOSTNAME": "web-1", "GREETING": "hello world"}
        files = {"/etc/hostname": "web-1\n", "/app/a.txt": "1\n2\n3\n"}
        self.shell = Shell(env, files, "/app/web", lambda: 1_764_000_000.0, self.sleep)

    async def out(self, data: bytes) -> None:
        self.output += data

    async def err(self, data: bytes) -> None:
        self.errors += data

    async def read(self) -> bytes:
        return self.given.pop(0) if self.given else b""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def line(self, text: str) -> tuple[int, str]:
        code = await self.shell.execute(["sh", "-c", text], self.out, self.err, self.read)
        output, self.output = self.output.decode(), b""
        return code, output


@pytest.mark.parametrize(
    ("text", "code", "output"),
    [
        ("echo a b", 0, "a b\n"),
        ("echo -n a", 0, "a"),
        ("echo $HOSTNAME ${GREETING} '$HOSTNAME'", 0, "web-1 hello world $HOSTNAME\n"),
        ("false; echo $?", 0, "1\n"),
        ("false && echo no || echo yes", 0, "yes\n"),
        ("true || echo no", 0, ""),
        ("exit 3; echo no", 3, ""),
        ("X=5; echo $X", 0, "5\n"),
        ("cd /etc && pwd", 0, "/etc\n"),
        ("cat a.txt", 0, "1\n2\n3\n"),
        ("head -n 1 a.txt; tail -1 /app/a.txt", 0, "1\n3\n"),
        ("ls /", 0, "app\netc\n"),
        ("hostname; whoami", 0, "web-1\napp\n"),
        ("date +%Y", 0, "2025\n"),
        ("echo a >/dev/null; echo b 2>&1", 0, "b\n"),
        ("command -v bash >/dev/null && exec bash || echo none", 0, "none\n"),
        ("nothing", 127, ""),
        ("echo a > file", 1, ""),
        ("cat /none", 1, ""),
        ("echo 'open", 2, ""),
    ],
)
async def test_lines(text: str, code: int, output: str) -> None:
    run = Run()
    assert await run.line(text) == (code, output)
    if code in (1, 2, 127):
        assert run.errors


async def test_sleep_takes_the_given_clock() -> None:
    run = Run()
    await run.line("sleep 300")
    assert run.slept == [300.0]


async def test_a_script_on_standard_input() -> None:
    run = Run(b"echo one\nec", b"ho two\n", b"exit 4\necho no\n")
    assert await run.shell.execute(["sh"], run.out, run.err, run.read) == 4
    assert run.output == b"one\ntwo\n"


async def test_no_such_command() -> None:
    run = Run()
    with pytest.raises(NotFound):
        await run.shell.execute(["/usr/bin/python3"], run.out, run.err, run.read)
