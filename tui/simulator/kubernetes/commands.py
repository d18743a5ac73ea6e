"""The commands of the ``kubectl exec`` shell, over an invented file system: never a process of the host."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

Write = Callable[[bytes], Awaitable[None]]
Read = Callable[[], Awaitable[bytes]]  # b"" at the end
Sleep = Callable[[float], Awaitable[None]]
NAMES = (
    "cat", "cd", "clear", "command", "date", "echo", "env", "exec", "exit", "export", "false", "head", "hostname", "id", "ls",
    "ps", "pwd", "sh", "sleep", "tail", "true", "uname", "whoami",
)  # fmt: skip


class NotFound(Exception):
    """No such command."""


class Exit(Exception):
    """``exit``: its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Commands:
    """One method for each command: arguments, output, errors, input; its exit code.

    ``files`` maps absolute paths to text; ``command`` is what the container itself runs; ``now`` gives the world's time.
    """

    def __init__(self, env: dict[str, str], files: dict[str, str], command: str, now: Callable[[], float], sleep: Sleep) -> None:
        self.env = env
        self.files = files
        self.command = command
        self.directory = "/app"
        self.last = 0
        self._now = now
        self._sleep = sleep

    def _path(self, text: str) -> str:
        parts: list[str] = []
        for part in (text if text.startswith("/") else f"{self.directory}/{text}").split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def _children(self, path: str) -> set[str]:
        prefix = path.rstrip("/") + "/"
        return {name[len(prefix) :].split("/")[0] for name in self.files if name.startswith(prefix)}

    async def run_command(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        """``command -v NAME``: where a command is; there is no bash."""
        name = words[-1] if words else ""
        if name not in NAMES:
            return 127
        await out(f"/bin/{name}\n".encode())
        return 0

    async def run_clear(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        await out(b"\x1b[H\x1b[2J")
        return 0

    async def run_true(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        return 0

    async def run_false(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        return 1

    async def run_exit(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        raise Exit(int(words[0]) if words and words[0].isdigit() else self.last)

    async def run_echo(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        end = "" if words[:1] == ["-n"] else "\n"
        await out((" ".join(words[1:] if not end else words) + end).encode())
        return 0

    async def run_pwd(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        await out(f"{self.directory}\n".encode())
        return 0

    async def run_cd(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        path = self._path(words[0] if words else "/")
        if path != "/" and not self._children(path):
            await err(f"sh: cd: can't cd to {words[0]}: No such file or directory\n".encode())
            return 1
        self.directory = path
        return 0

    async def run_env(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        await out("".join(f"{k}={v}\n" for k, v in self.env.items()).encode())
        return 0

    async def run_export(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                self.env[name] = value
        return 0

    async def run_hostname(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        await out(f"{self.env['HOSTNAME']}\n".encode())
        return 0

    async def run_whoami(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        await out(b"app\n")
        return 0

    async def run_id(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        await out(b"uid=1000(app) gid=1000(app) groups=1000(app)\n")
        return 0

    async def run_date(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        moment = datetime.fromtimestamp(self._now(), UTC)
        chosen = next((w[1:] for w in words if w.startswith("+")), "%a %b %d %H:%M:%S UTC %Y")
        await out(f"{moment.strftime(chosen)}\n".encode())
        return 0

    async def run_uname(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        full = f"Linux {self.env['HOSTNAME']} 6.12.46-66.121.amzn2023.x86_64 #1 SMP PREEMPT_DYNAMIC x86_64 Linux"
        await out((full if "-a" in words else "Linux").encode() + b"\n")
        return 0

    async def run_ps(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        await out(f"PID   USER     TIME  COMMAND\n    1 app       0:12 {self.command}\n   38 app       0:00 ps\n".encode())
        return 0

    async def run_ls(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        long = any(w.startswith("-") and "l" in w for w in words)
        paths = [w for w in words if not w.startswith("-")] or ["."]
        code = 0
        for text in paths:
            path = self._path(text)
            if path in self.files:
                await out(f"{text}\n".encode())
                continue
            names = sorted(self._children(path))
            if not names and path != "/":
                await err(f"ls: {text}: No such file or directory\n".encode())
                code = 1
            for name in names:
                await out((self._long(path, name) if long else f"{name}\n").encode())
        return code

    def _long(self, path: str, name: str) -> str:
        full = f"{path.rstrip('/')}/{name}"
        size, kind = (len(self.files[full]), "-rw-r--r--") if full in self.files else (4096, "drwxr-xr-x")
        return f"{kind}    1 app      app      {size:>9} Nov  3 10:02 {name}\n"

    async def run_cat(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        if not words:
            while data := await read():
                await out(data)
            return 0
        code = 0
        for word in words:
            text = self.files.get(self._path(word))
            if text is None:
                await err(f"cat: can't open '{word}': No such file or directory\n".encode())
                code = 1
            else:
                await out(text.encode())
        return code

    async def run_head(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        return await self._part("head", words, out, err, read)

    async def run_tail(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        return await self._part("tail", words, out, err, read)

    async def _part(self, name: str, words: list[str], out: Write, err: Write, read: Read) -> int:
        wanted, paths = 10, list(words)
        if paths[:1] == ["-n"] and len(paths) > 1:
            wanted, paths = int(paths[1]), paths[2:]
        elif paths and re.fullmatch(r"-\d+", paths[0]):
            wanted, paths = int(paths[0][1:]), paths[1:]
        if paths:
            text = self.files.get(self._path(paths[0]))
            if text is None:
                await err(f"{name}: {paths[0]}: No such file or directory\n".encode())
                return 1
        else:
            data = b""
            while more := await read():
                data += more
            text = data.decode(errors="replace")
        found = text.splitlines(keepends=True)
        await out("".join(found[:wanted] if name == "head" else found[-wanted:]).encode())
        return 0

    async def run_sleep(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        try:
            await self._sleep(float(words[0].rstrip("s")) if words else 0.0)
        except ValueError:
            await err(f"sleep: invalid number '{words[0]}'\n".encode())
            return 1
        return 0
