"""Reading the settings: file, then environment, then flags, each over the one before.

Every value is checked where it was read, so that an error can name its file and line, its variable or its flag.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from config.errors import ConfigError, allowed_words, bad_value
from config.settings import TABLES, Settings

PREFIX = "PIERHEAD_"

#: short names of variables beside ``PIERHEAD_<TABLE>_<NAME>``
VARIABLES = {"PIERHEAD_STATE_DIR": "paths.state_dir", "PIERHEAD_CACHE_DIR": "paths.cache_dir"}

#: the command line's names (its options with ``_`` for ``-``) and the settings that they set
FLAGS = {
    "profile": "aws.profile",
    "region": "aws.region",
    "role_arn": "aws.role_arn",
    "endpoint_url": "aws.endpoint_url",
    "cluster": "aws.cluster",
    "context": "kubernetes.context",
    "namespace": "kubernetes.namespace",
    "kubeconfig": "kubernetes.kubeconfig",
    "read_only": "safety.read_only",
    "theme": "ui.theme",
    "symbols": "ui.symbols",
    "plain": "ui.plain",
    "wide": "ui.wide",
    "view": "ui.start_view",
    "plain_driver": "link.driver",
}

HINTS: dict[str, dict[str, Any]] = {name: get_type_hints(struct, include_extras=True) for name, struct in TABLES}


class _Reader:
    """Values gathered so far, and where each came from."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Any]] = {name: {} for name, _ in TABLES}
        self.keys: dict[str, str] = {}
        self.origins: dict[str, str] = {}

    def put(self, key: str, value: Any, source: str, line: int = 0, origin: str = "", strict: bool = True) -> None:
        """Check one value against its setting's type and keep it."""
        table, _, name = key.partition(".")
        hint = HINTS[table][name]
        try:
            checked = msgspec.convert(value, hint, strict=strict)
        except msgspec.ValidationError:
            raise bad_value(source, line, key, value, allowed_words(hint)) from None
        if key == "safety.protected" and not all(p.account or p.cluster or p.namespace for p in checked):
            raise bad_value(source, line, key, value, "tables with at least one of account, cluster, namespace")
        self.values[table][name] = checked
        self.origins[key] = origin or (f"{source}:{line}" if line else source)

    def put_binding(self, binding: str, keys: Any, source: str, line: int = 0) -> None:
        """One line of ``[keys]``."""
        if not isinstance(keys, str):
            raise bad_value(source, line, f"keys.{binding}", keys, "text in quotes: keys with commas between them")
        self.keys[binding] = keys
        self.origins[f"keys.{binding}"] = f"{source}:{line}" if line else source


def default_path(environment: Mapping[str, str] | None = None) -> Path:
    """The settings file: ``PIERHEAD_CONFIG``, else ``config.toml`` in the platform's config directory."""
    from platformdirs import user_config_path

    named = (os.environ if environment is None else environment).get("PIERHEAD_CONFIG", "")
    return Path(named).expanduser() if named else user_config_path("pierhead") / "config.toml"


def load(
    path: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings of file, environment and flags, in rising order.

    ``path``: the file of ``--config``, which must exist; the default file need not. ``flags``: the command line's values
    by name (``FLAGS``) or by ``table.name``; ``None`` means not given. Raises ``ConfigError``.
    """
    environment = os.environ if environment is None else environment
    reader = _Reader()
    must_exist = path is not None or bool(environment.get("PIERHEAD_CONFIG"))
    _read_file(reader, Path(path).expanduser() if path is not None else default_path(environment), must_exist)
    _read_environment(reader, environment)
    _read_flags(reader, flags or {})
    tables = {name: struct(**reader.values[name]) for name, struct in TABLES}
    return Settings(**tables, keys=reader.keys, origins=reader.origins)  # type: ignore[arg-type]


def _read_file(reader: _Reader, path: Path, must_exist: bool) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"{path}: there is no such file", source=str(path)) from None
        return
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}", source=str(path)) from None
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        raise ConfigError(f"{path}: not TOML: {error}", source=str(path), line=int(where[1]) if where else 0) from None
    for table, values in document.items():
        _read_table(reader, str(path), table, values, partial(line_of, text, table))


def _read_table(reader: _Reader, source: str, table: str, values: Any, line: Callable[[str], int]) -> None:
    if table != "keys" and table not in HINTS:
        raise _unknown(source, line(""), table, table, [*HINTS, "keys"], "table")
    if not isinstance(values, dict):
        raise bad_value(source, line(""), table, values, f"a table: [{table}]")
    for name, value in _flat(values) if table == "keys" else values.items():
        if table == "keys":
            reader.put_binding(name, value, source, line(name))
        elif name not in HINTS[table]:
            raise _unknown(source, line(name), f"{table}.{name}", name, list(HINTS[table]), "setting")
        else:
            reader.put(f"{table}.{name}", value, source, line(name))


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Bindings have dots in their ids, and a bare dotted key is a table in TOML: ``ecs.scale = "S"`` works as well."""
    out: list[tuple[str, Any]] = []
    for name, value in values.items():
        out += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return out


def _unknown(source: str, line: int, key: str, name: str, known: list[str], what: str) -> ConfigError:
    near = get_close_matches(name, known, 1)
    words = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(known)}"
    place = f"{source}:{line}" if line else source
    return ConfigError(f"{place}: there is no {what} {key!r}; {words}", source=source, line=line, key=key)


def line_of(text: str, table: str, name: str = "") -> int:
    """The line (from 1) where ``name`` of ``[table]`` stands, or the table's own; 0 where it is written otherwise."""
    dotted = re.compile(rf"{re.escape(table)}\s*\.\s*{re.escape(name)}\s*=" if name else rf"{re.escape(table)}\s*[.=]")
    plain = re.compile(rf"[\"']?{re.escape(name)}[\"']?\s*=") if name else None
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            head = bare.strip("[ ").split("]")[0].strip()
            inside = head == table
            if (inside and not name) or (name and head == f"{table}.{name}"):
                return number
        elif dotted.match(bare) or (inside and plain and plain.match(bare)):
            return number
    return 0


def _read_environment(reader: _Reader, environment: Mapping[str, str]) -> None:
    if environment.get("NO_COLOR"):
        reader.put("ui.colour", "never", "NO_COLOR", origin="environment NO_COLOR")
    for variable, text in sorted(environment.items()):
        key = VARIABLES.get(variable) or _key_of(variable)
        if key == "keys":
            for binding, keys in _flat(_json(variable, key, text, dict)):
                reader.put_binding(binding, keys, f"environment {variable}")
        elif key == "safety.protected":
            reader.put(key, _json(variable, key, text, list), f"environment {variable}")
        elif key:
            reader.put(key, text, f"environment {variable}", strict=False)


def _key_of(variable: str) -> str:
    """``PIERHEAD_UI_THEME`` → ``ui.theme``; empty for a variable that is not ours; a misspelt setting is an error."""
    if variable == f"{PREFIX}KEYS":
        return "keys"
    table, _, name = variable.removeprefix(PREFIX).lower().partition("_")
    if not variable.startswith(PREFIX) or table not in HINTS:
        return ""
    if name not in HINTS[table]:
        raise _unknown(f"environment {variable}", 0, f"{table}.{name}", name, list(HINTS[table]), "setting")
    return f"{table}.{name}"


def _json(variable: str, key: str, text: str, kind: type) -> Any:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        value = None
    if not isinstance(value, kind):
        raise bad_value(f"environment {variable}", 0, key, text, f"a JSON {'object' if kind is dict else 'array'}")
    return value


def _read_flags(reader: _Reader, flags: Mapping[str, Any]) -> None:
    for name, value in flags.items():
        if value is None or (name == "plain_driver" and not value):
            continue
        key = FLAGS.get(name, name)
        table, _, setting = key.partition(".")
        if setting not in HINTS.get(table, {}):
            raise _unknown(f"--{name}", 0, key, name, list(FLAGS), "setting")
        words = f"--{name.replace('_', '-')}" if name in FLAGS else name
        reader.put(key, "plain" if name == "plain_driver" else value, words, strict=False)
