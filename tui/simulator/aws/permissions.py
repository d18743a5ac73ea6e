"""What a role may do: identity-based policies evaluated as IAM does (an explicit deny wins, else an allow, else no).

Used for calls with AssumeRole's sessions and by SimulatePrincipalPolicy. The run's own key pair is bounded by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.models import action_name

if TYPE_CHECKING:
    from tui.simulator.aws.keyring import Credential
    from tui.simulator.world import World

ALWAYS = ("sts:GetCallerIdentity",)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE | re.DOTALL)


def listed(value: Any) -> list[Any]:
    """IAM lets one element stand for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _named(patterns: Any, text: str) -> bool:
    return any(_pattern(str(pattern)).fullmatch(text) for pattern in listed(patterns))


Context = Mapping[str, Sequence[str]]


def holds(condition: Mapping[str, Any], context: Context) -> bool:
    """Whether ``condition`` holds; what ``context`` does not say holds nowhere, as operators we do not know do not."""
    return all(
        operator in ("StringEquals", "StringLike") and any(_named(values, text) for text in context.get(key, ()))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def applies(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    """Whether a statement is about this action and resource (``*``: any resource) in this context."""
    actions = _named(statement["Action"], action) if "Action" in statement else not _named(statement.get("NotAction"), action)
    resources = resource == "*" or _named(statement.get("Resource", "*"), resource)
    return actions and resources and holds(statement.get("Condition") or {}, context)


def decide(policies: Iterable[Mapping[str, Any]], action: str, resource: str = "*", context: Context | None = None) -> str:
    """``allowed``, ``explicitDeny`` or ``implicitDeny``, as SimulatePrincipalPolicy words it. ``policies``: documents;
    ``context``: values of condition keys."""
    decision = "implicitDeny"
    for policy in policies:
        for statement in listed(policy.get("Statement")):
            if applies(statement, action, resource, context or {}):
                if statement.get("Effect") == "Deny":
                    return "explicitDeny"
                decision = "allowed"
    return decision


def may(world: World, who: Credential, service: str, operation: str) -> bool:
    """Whether the caller's role lets this call through."""
    action = action_name(service, operation)
    if who.unbounded or action in ALWAYS:
        return True
    documents = world.state["iam"].documents(who.role)
    return decide(documents, action) == "allowed"
