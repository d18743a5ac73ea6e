"""A log line that is a JSON object, read as a person would: level, message, then the other members as ``key=value``.

``{"time":"…","level":"ERROR","msg":"payment refused","order":81723}`` becomes ``ERROR  payment refused  order=81723``. The
time is left out because the log view shows one; nothing else is lost.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["json_line"]

_LEVELS = ("level", "severity", "lvl", "loglevel", "log_level", "levelname")
_MESSAGES = ("msg", "message", "event", "log", "text")
_TIMES = frozenset({"time", "ts", "timestamp", "@timestamp", "datetime", "asctime"})
#: pino and bunyan write levels as numbers
_NUMBERED = {10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARN", 50: "ERROR", 60: "FATAL"}


def json_line(text: str) -> str | None:
    """The line in words, None where it is no JSON object (or none that has a message)."""
    if not text.startswith("{") or not text.rstrip().endswith("}"):
        return None
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return None
    message_key = next((key for key in _MESSAGES if isinstance(members.get(key), str)), None)
    if message_key is None:
        return None
    level_key = next((key for key in _LEVELS if isinstance(members.get(key), str | int)), None)
    words = [_level(members[level_key])] if level_key is not None else []
    words.append(members[message_key])
    shown = {message_key, level_key}
    rest = " ".join(f"{key}={_value(value)}" for key, value in members.items() if key not in shown and key not in _TIMES)
    return "  ".join([*words, rest] if rest else words)


def _level(value: str | int) -> str:
    return value.upper().ljust(5) if isinstance(value, str) else _NUMBERED.get(value, str(value))


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if value and " " not in value and '"' not in value else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
