"""The command lines that a plan shows to copy: what the `aws` and `kubectl` programs would be told."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from tui.model.scope import Scope


def join(*words: str) -> str:
    """Words quoted for a POSIX shell."""
    return shlex.join(words)


def aws(context: Any, scope: Scope, service: str, operation: str, /, **options: str) -> str:
    """``aws SERVICE OPERATION --option value …`` with profile and region, so that it reaches the same place anywhere.

    An option whose value is empty is a switch; ``_`` in its name is written ``-``.
    """
    words = ["aws", service, operation]
    if context.settings.aws.profile:
        words += ["--profile", context.settings.aws.profile]
    if scope.region:
        words += ["--region", scope.region]
    for name, value in options.items():
        words.append(f"--{name.replace('_', '-')}")
        if value:
            words.append(value)
    return shlex.join(words)


def kubectl(context: Any, namespace: str, *words: str) -> str:
    """``kubectl --context C -n N WORDS``; the context only where one is chosen in the settings."""
    chosen = context.settings.kubernetes.context
    head = ["kubectl", *(["--context", chosen] if chosen else []), *(["-n", namespace] if namespace else [])]
    return shlex.join([*head, *words])


def compact(value: Mapping[str, Any] | list[Any]) -> str:
    """JSON for an option."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
