"""``redact(kind, document)``: the one function that every whole object passes before anybody sees it.

``y``, ``D``, ``pierhead get``: what comes out holds secret values as ``Secret``, which prints dots until it is revealed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tui.model import Secret

#: ``kubectl apply`` keeps a copy of the whole object in an annotation, environment and secret data included
COPY = "kubectl.kubernetes.io/last-applied-configuration"
#: options of log drivers that hold a key to somebody else's service (``splunk-token``, Datadog's and New Relic's ``apikey``)
_KEYS = re.compile(r"token|password|passwd|secret|api[-_]?key|license[-_]?key|auth", re.IGNORECASE)


def redact(kind: str, document: Any) -> Any:
    """``document``, a whole object of ``kind`` or a part of one, with its secret values as ``Secret``:

    the values of environment variables (ECS ``environment``, overrides included; Kubernetes ``env``), the data of a
    Kubernetes Secret, keys among the options of log drivers, and the copy that ``kubectl apply`` keeps.
    """
    if isinstance(document, Mapping):
        secret = kind == "secrets" or document.get("kind") == "Secret"
        return {name: _member(kind, str(name), item, secret) for name, item in document.items()}
    if isinstance(document, list):
        return [redact(kind, item) for item in document]
    return document


def _member(kind: str, name: str, item: Any, secret: bool) -> Any:
    if name in ("environment", "env") and isinstance(item, list):
        return [_pair(kind, pair) for pair in item]
    if name == "logConfiguration" and isinstance(item, Mapping) and isinstance(item.get("options"), Mapping):
        return {**redact(kind, item), "options": _only(item["options"], lambda option: bool(_KEYS.search(option)))}
    if secret and name in ("data", "stringData") and isinstance(item, Mapping):
        return _only(item, lambda _: True)
    if name == COPY and isinstance(item, str):
        return Secret(item)
    return redact(kind, item)


def _pair(kind: str, pair: Any) -> Any:
    if isinstance(pair, Mapping) and isinstance(pair.get("value"), str):
        return {**pair, "value": Secret(pair["value"])}
    return redact(kind, pair)


def _only(values: Mapping[str, Any], which: Callable[[str], bool]) -> dict[str, Any]:
    """``values`` with those texts as secrets whose names are meant."""
    return {name: Secret(text) if isinstance(text, str) and which(str(name)) else text for name, text in values.items()}
