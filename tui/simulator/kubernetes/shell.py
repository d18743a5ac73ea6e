"""The shell of ``kubectl exec``: lines, variables and redirections of a small interpreter that starts no process of the host."""

from __future__ import annotations

import re
import shlex
from collections.abc import Awaitable, Callable

from tui.simulator.kubernetes.commands import NAMES, Commands, Exit, NotFound, Read, Write

VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+)|(\?))")
REDIRECTION = re.compile(r"(&>|2>|1?>>?)(.*)")
SPLIT = re.compile(r"(&&|\|\||;|\n)")


async def nowhere(data: bytes) -> None:
    """``/dev/null``."""


def redirected(words: list[str], out: Write, err: Write) -> tuple[list[str], Write, Write, str]:
    """Take redirections off a command: the words left, where its output goes, and the file that cannot be written."""
    left: list[str] = []
    rest = iter(words)
    for word in rest:
        found = REDIRECTION.fullmatch(word)
        if not found:
            left.append(word)
            continue
        if word == "2>&1":
            err = out
            continue
        target = found[2] or next(rest, "")
        if target != "/dev/null":
            return left, out, err, target
        if found[1] in ("2>", "&>"):
            err = nowhere
        if found[1] != "2>":
            out = nowhere
    return left, out, err, ""


class Shell(Commands):
    """One session in one container: lines, variables, redirections, and what ``sh`` and ``exec`` do."""

    terminal: Callable[[], Awaitable[int]] | None = None  # what an ``sh`` without arguments does on a terminal

    async def execute(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        """Run one command to its end; NotFound when there is none of that name."""
        name = words[0].rsplit("/", 1)[-1]
        name = "sh" if name in ("bash", "ash") else name
        if name not in NAMES:
            raise NotFound(words[0])
        method = getattr(self, f"run_{name}")
        code: int = await method(words[1:], out, err, read)
        return code

    async def line(self, text: str, out: Write, err: Write, read: Read) -> int:
        """Run a line of the shell: ``;``, ``&&``, ``||``, variables, quotes; its last code."""
        pieces = SPLIT.split(text)
        link = ";"
        for number, piece in enumerate(pieces):
            if number % 2:
                link = piece
                continue
            if (link == "&&" and self.last != 0) or (link == "||" and self.last == 0) or not piece.strip():
                continue
            self.last = await self._simple(piece.strip(), out, err, read)
        return self.last

    async def _simple(self, text: str, out: Write, err: Write, read: Read) -> int:
        if text.startswith("#"):
            return self.last
        try:
            words = shlex.split(self._expand(text))
        except ValueError:
            await err(b"sh: syntax error: unterminated quoted string\n")
            return 2
        if not words:
            return self.last
        name, equals, value = words[0].partition("=")
        if equals and name.isidentifier() and len(words) == 1:
            self.env[name] = value
            return 0
        words, out, err, refused = redirected(words, out, err)
        if refused:
            await err(f"sh: can't create {refused}: Read-only file system\n".encode())
            return 1
        try:
            return await self.execute(words, out, err, read)
        except NotFound as error:
            await err(f"sh: {error}: not found\n".encode())
            return 127

    def _expand(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            return str(self.last) if found[3] else self.env.get(found[1] or found[2], "")

        parts = re.split(r"('[^']*')", text)
        return "".join(part if part.startswith("'") else VARIABLE.sub(value, part) for part in parts)

    async def run_exec(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        """``exec COMMAND``: the shell ends with it."""
        raise Exit(await self.execute(words, out, err, read) if words else self.last)

    async def run_sh(self, words: list[str], out: Write, err: Write, read: Read) -> int:
        """``sh -c TEXT``, or lines from standard input."""
        if not words and self.terminal is not None:
            return await self.terminal()
        try:
            flags = next((i for i, w in enumerate(words) if w.startswith("-") and "c" in w), None)
            if flags is not None:
                return await self.line(words[flags + 1] if len(words) > flags + 1 else "", out, err, read)
            rest = b""
            while data := await read():
                *whole, rest = (rest + data).split(b"\n")
                for text in whole:
                    await self.line(text.decode(errors="replace"), out, err, read)
            return await self.line(rest.decode(errors="replace"), out, err, read)
        except Exit as end:
            return end.code
