"""Taking secrets out of what a plan shows: environment values, log options and arguments that carry passwords.

A plan, its diff, its commands and the journal hold names of secrets, never their values. Where a value changed between two
revisions that is said, without either value.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tui.model.secret import DOTS

_NAMED = re.compile(r"pass(word|wd|phrase)?|secret|token|api.?key|credential|authori[sz]ation|private.?key", re.IGNORECASE)
# iam:PassRole is a right: "iam:PassRole is denied to …" must stay readable
_ARGUMENT = re.compile(
    r"(?i)((?:--?|\b)(?!\w*passrole\b)[\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|api.?key|credential)[\w.-]*[=:\s]\s*)(\S+)"
)
_URL = re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@")

#: members whose strings are commands
_COMMANDS = ("command", "entryPoint", "args")

#: a whole copy of the object, with its environment
_COPIES = ("kubectl.kubernetes.io/last-applied-configuration",)


def redacted(value: Any, member: str = "") -> Any:
    """A copy of an API object with ``•••`` for every value that is or may be secret."""
    if isinstance(value, Mapping):
        if member in ("environment", "env") and "name" in value and "value" in value:
            return {**{k: redacted(v, k) for k, v in value.items()}, "value": DOTS}
        return {
            k: DOTS if k in _COPIES or (isinstance(v, str) and _NAMED.search(k) and k != "name") else redacted(v, k)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return _arguments(value) if member in _COMMANDS else [redacted(item, member) for item in value]
    return text(value) if isinstance(value, str) else value


def _arguments(words: list[Any]) -> list[Any]:
    """``--password x`` and ``--token=x`` in a command's words."""
    out: list[Any] = []
    for number, word in enumerate(words):
        before = str(words[number - 1]) if number else ""
        named = before.startswith("-") and "=" not in before and _NAMED.search(before)
        out.append(DOTS if named and not str(word).startswith("-") else text(str(word)))
    return out


def text(words: str) -> str:
    """A line with passwords in arguments and URLs taken out."""
    return _URL.sub(rf"\g<1>{DOTS}@", _ARGUMENT.sub(rf"\g<1>{DOTS}", words))


def secrets_of(value: Any, member: str = "") -> set[str]:
    """The values that ``redacted`` takes out of environment lists and named options: to mask them in error messages."""
    found: set[str] = set()
    if isinstance(value, Mapping):
        if member in ("environment", "env") and isinstance(value.get("value"), str):
            found.add(value["value"])
        for name, item in value.items():
            if isinstance(item, str) and _NAMED.search(name) and name != "name":
                found.add(item)
            found |= secrets_of(item, name)
    elif isinstance(value, list):
        for item in value:
            found |= secrets_of(item, member)
    return found


def masked(words: str, secrets: Iterable[str]) -> str:
    """``words`` with every one of ``secrets`` (of 4 characters or more) taken out, longest first."""
    for secret in sorted((s for s in secrets if len(s) >= 4), key=len, reverse=True):
        words = words.replace(secret, DOTS)
    return text(words)


def difference(old: Any, new: Any, old_label: str, new_label: str) -> tuple[str, ...]:
    """A unified diff of two API objects as sorted JSON; a secret that differs is marked, never shown."""
    left, right = redacted(old), _mark(redacted(new), old, new)
    lines = difflib.unified_diff(_lines(left), _lines(right), old_label, new_label, lineterm="", n=3)
    return tuple(lines)


def _lines(value: Any) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str).splitlines()


def _mark(shown: Any, old: Any, new: Any) -> Any:
    """``••• (differs)`` in ``shown`` wherever it hides a value of ``new`` that ``old`` has otherwise."""
    if shown == DOTS:
        return DOTS if old == new else f"{DOTS} (differs)"
    if isinstance(shown, dict) and isinstance(new, Mapping):
        other = old if isinstance(old, Mapping) else {}
        return {k: _mark(v, other.get(k), new.get(k)) for k, v in shown.items()}
    if isinstance(shown, list) and isinstance(new, list):
        return [_mark(v, _partner(old, new, i), new[i]) for i, v in enumerate(shown)]
    return shown


def _partner(old: Any, new: list[Any], index: int) -> Any:
    """The item of ``old`` with the same name as ``new[index]``, else the one at its place."""
    if not isinstance(old, list):
        return None
    name = new[index].get("name") if isinstance(new[index], Mapping) else None
    if name is not None:
        return next((item for item in old if isinstance(item, Mapping) and item.get("name") == name), None)
    return old[index] if index < len(old) else None
