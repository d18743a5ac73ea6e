"""The effective settings and where each came from, for ``pierhead config``."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from config.settings import TABLES, Settings


class Effective(Struct, frozen=True):
    """One setting as it holds: its value, and ``default``, a file and line, a variable or an option."""

    key: str
    value: Any
    origin: str


def effective(settings: Settings) -> tuple[Effective, ...]:
    """Every setting in the order of ``defaults.toml``, then the key bindings that were overridden."""
    rows = [
        Effective(f"{table}.{name}", getattr(getattr(settings, table), name), settings.origins.get(f"{table}.{name}", "default"))
        for table, struct in TABLES
        for name in struct.__struct_fields__
    ]
    rows += [
        Effective(f"keys.{binding}", keys, settings.origins.get(f"keys.{binding}", "default"))
        for binding, keys in sorted(settings.keys.items())
    ]
    return tuple(rows)


def toml_value(value: Any) -> str:
    """A setting's value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, Struct):
        given = {name: text for name, text in msgspec.structs.asdict(value).items() if text != ""}
        return "{ " + ", ".join(f"{name} = {toml_value(item)}" for name, item in given.items()) + " }"
    return msgspec.json.encode(value).decode()


def render(settings: Settings) -> str:
    """``pierhead config``: TOML that could be a settings file, each value with its origin in a comment."""
    lines: list[str] = []
    table = ""
    for row in effective(settings):
        head, _, name = row.key.partition(".")
        if head != table:
            lines += [*([""] if lines else []), f"[{head}]"]
            table = head
        shown = f'"{name}"' if "." in name else name
        lines.append(f"{shown + ' = ' + toml_value(row.value):<48} # {row.origin}")
    return "\n".join(lines) + "\n"
