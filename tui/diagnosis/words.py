"""What the rules share: how findings are made, and how durations, sizes and names are said."""

from __future__ import annotations

import re

import msgspec

from tui.model.finding import Finding
from tui.model.row import Row
from tui.model.scope import Key
from tui.model.state import State


def finding(
    rule: str,
    row: Row,
    *,
    severity: State,
    cause: str,
    sentence: str,
    world: str,
    name: str = "",
    evidence: tuple[str, ...] = (),
    next_step: str = "",
    action: str = "",
    action_title: str = "",
    since: float = 0.0,
    grouped: bool = False,
) -> Finding:
    """A finding of ``rule`` on ``row``; there is one for each (row, rule)."""
    return Finding(
        key=Key("findings", row.key.identity, f"{rule}:{row.key.kind}:{row.key.id}"),
        scope=row.scope,
        name=name or row.name,
        target=row.key,
        world=world,
        severity=severity,
        cause=cause,
        sentence=sentence,
        evidence=tuple(line for line in evidence if line),
        next_step=next_step,
        action=action,
        action_title=action_title,
        since=since,
        grouped=grouped,
    )


def duration(seconds: float) -> str:
    """Coarse, as ages are written: ``40s``, ``12m``, ``2h``, ``5d``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole // 10 * 10}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 48 * 3600:
        return f"{whole // 3600}h"
    return f"{whole // 86400}d"


def times(count: int) -> str:
    """``once``, ``twice``, ``14 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def plural(count: int, word: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def mebibytes(size: int) -> str:
    """Bytes as ``512 MiB`` or ``2 GiB``."""
    mib = size / 2**20
    return f"{mib / 1024:g} GiB" if mib >= 1024 and mib % 1024 == 0 else f"{mib:g} MiB"


def one_line(text: str) -> str:
    """A text without line breaks, doubled blanks and control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


STAMP = re.compile(r"^[\[(]?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d| UTC)?[\])]?[\s:,-]*")
LEVELS = "fatal|critical|crit|error|err|panic|severe|emerg|alert"
LEVEL = re.compile(rf"^(?:[\[(<]?(?:{LEVELS.upper()})[\])>]?[\s:-]+|(?i:[\[(<]?(?:{LEVELS})(?:[\])>]|:)[\s:-]*))")
MESSAGES = ("msg", "message", "error", "err", "event")
"""Members of a JSON log line that hold its text, the likeliest first."""


def last_line(text: str, limit: int = 120) -> str:
    """What the last line says of what a process left behind, without its time and level (a JSON line's message alone),
    shortened to ``limit`` characters; empty where there is none."""
    for line in reversed(text.splitlines()):
        whole = one_line(line)
        words = LEVEL.sub("", STAMP.sub("", _message_of(whole))) or whole
        if words:
            return words if len(words) <= limit else words[: limit - 1] + "…"
    return ""


def _message_of(line: str) -> str:
    """The text of a JSON log line; any other line as it is."""
    if not (line.startswith("{") and line.endswith("}")):
        return line
    try:
        found = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return line
    texts = (found.get(name) for name in MESSAGES) if isinstance(found, dict) else ()
    return next((one_line(words) for words in texts if isinstance(words, str) and words), line)


def arn_name(arn: str) -> str:
    """The last part of an ARN or a path: the role, the target group, the log group …"""
    return arn.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def who(arn: str) -> str:
    """The person or role behind a caller ARN: ``…:assumed-role/ci-deployer/session`` gives ``ci-deployer``."""
    match = re.search(r":assumed-role/([^/]+)/", arn)
    return match.group(1) if match else arn_name(arn)


SIGNALS = {
    129: "SIGHUP", 130: "SIGINT", 132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE", 137: "SIGKILL",
    139: "SIGSEGV", 143: "SIGTERM",
}  # fmt: skip


def exit_words(code: int) -> str:
    """``exit 1``; with the signal's name where the code stands for one (128 + number)."""
    return f"exit {code} ({SIGNALS[code]})" if code in SIGNALS else f"exit {code}"
