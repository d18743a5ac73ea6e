"""The one error of this package, and the words for what a setting allows."""

from __future__ import annotations

from typing import Any

import msgspec


class ConfigError(Exception):
    """A setting that cannot be: where it stands, its key, its value and what is allowed. The command ends with status 2."""

    def __init__(self, message: str, *, source: str = "", line: int = 0, key: str = "") -> None:
        super().__init__(message)
        self.source = source
        self.line = line
        self.key = key


def bad_value(source: str, line: int, key: str, value: Any, allowed: str) -> ConfigError:
    """``FILE:LINE: ui.theme = 'blue' is not allowed; allowed: …``."""
    place = f"{source}:{line}" if line else source
    return ConfigError(f"{place}: {key} = {value!r} is not allowed; allowed: {allowed}", source=source, line=line, key=key)


def allowed_words(annotation: Any) -> str:
    """What values a setting of this type takes, in words."""
    return _words(msgspec.inspect.type_info(annotation))


def _words(info: Any) -> str:
    match info:
        case msgspec.inspect.LiteralType(values=values):
            return ", ".join(str(v) for v in values)
        case msgspec.inspect.UnionType(types=types):
            return " or ".join(_words(t) for t in types)
        case msgspec.inspect.BoolType():
            return "true, false"
        case msgspec.inspect.IntType():
            return "a whole number" + _limits(info)
        case msgspec.inspect.FloatType():
            return "a number" + _limits(info)
        case msgspec.inspect.StrType():
            return "text in quotes"
        case msgspec.inspect.StructType(fields=fields):
            return "tables with " + ", ".join(f.name for f in fields)
        case msgspec.inspect.VarTupleType(item_type=item):
            return f"a list of {_words(item)}"
        case _:
            return "another value"


def _limits(info: Any) -> str:
    low = f"at least {info.ge:g}" if info.ge is not None else f"more than {info.gt:g}" if info.gt is not None else ""
    high = f"at most {info.le:g}" if info.le is not None else ""
    limits = " and ".join(part for part in (low, high) if part)
    return f", {limits}" if limits else ""
