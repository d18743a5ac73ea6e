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
    """``aws SERVICE OPERATION --option value …`` with the profile and region of the rows, so that it reaches the same place
    anywhere, also after another profile was chosen.

    An option whose value is empty is a switch; ``_`` in its name is written ``-``.
    """
    words = ["aws", service, operation]
    profile = profile_of(context, scope)
    if profile:
        words += ["--profile", profile]
    if scope.region:
        words += ["--region", scope.region]
    for name, value in options.items():
        words.append(f"--{name.replace('_', '-')}")
        if value:
            words.append(value)
    return shlex.join(words)


def profile_of(context: Any, scope: Scope) -> str:
    """The profile that owns a scope (``aws:prod@eu-west-1``), empty for the default one; else the one of the settings."""
    kind, _, rest = scope.owner.partition(":")
    name = rest.rpartition("@")[0]
    if kind == "aws" and name:
        return "" if name == "default" else name
    return str(context.settings.aws.profile)


def kubectl(context: Any, scope: Scope, namespace: str, *words: str) -> str:
    """``kubectl --context C -n N WORDS``: the context of the rows, since the current one may be of another cluster.

    A cluster that was reached without a kubeconfig is named by its ARN, as ``aws eks update-kubeconfig`` names its context.
    """
    chosen = context.clients.kubernetes(scope).context or (scope.cluster if ":eks:" in scope.cluster else "")
    head = ["kubectl", *(["--context", chosen] if chosen else []), *(["-n", namespace] if namespace else [])]
    return shlex.join([*head, *words])


def compact(value: Mapping[str, Any] | list[Any]) -> str:
    """JSON for an option."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
