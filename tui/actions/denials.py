"""What is known to be denied: AWS operations that were refused in this session, Kubernetes rights that the server answered.

Nothing is guessed: an AWS right counts as denied only after a real AccessDenied in the same place, and not for ever, since
what was denied may be allowed by the time somebody asked for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui.actions.base import Action, Context, Denial
from tui.actions.places import namespace_of
from tui.actions.policies import split
from tui.model.errors import ApiError
from tui.model.kubernetes import AccessRow
from tui.model.row import Row
from tui.model.scope import Scope

#: seconds for which a denial is believed
BELIEVED = 300.0

_RIGHT = re.compile(r"^([a-z0-9-]+:[A-Z]\w+) is denied")


def remember(error: ApiError, scope: Scope, context: Context) -> None:
    """Keep a real denial under the right that it names: RegisterTaskDefinition may be refused for want of iam:PassRole."""
    named = _RIGHT.match(str(error))
    right = named[1] if named else error.operation
    if right:
        context.denied[scope.identity, right] = Denial(str(error), context.clock.now())


def believed(right: str, scope: Scope, context: Context) -> str:
    """How the right was denied a while ago, empty where it was not."""
    found = context.denied.get((scope.identity, right))
    return found.text if found is not None and context.clock.now() - found.time < BELIEVED else ""


def denied_before(action: Action, rows: Sequence[Row], context: Context) -> str:
    """Why the action's writes are known to be denied on these rows, empty where they are not."""
    for row in rows:
        for name in action.writes if action.needs is None else action.needs:
            why = _kubernetes(name, row, context) if name.startswith("k8s:") else believed(name, row.scope, context)
            if why:
                return why
    return ""


def _kubernetes(name: str, row: Row, context: Context) -> str:
    """The reason of an access review that the sources keep in the store."""
    if context.store is None:
        return ""
    verb, group, resource = split(name)
    spellings = {resource, f"{resource}.{group}", f"{group}/{resource}"}
    for review in context.store.rows(AccessRow.kind):
        if not isinstance(review, AccessRow) or review.allowed or review.scope.identity != row.scope.identity:
            continue
        if review.verb == verb and review.resource in spellings and review.namespace in ("", namespace_of(row)):
            return f"you may not {verb} {resource}: {review.why or 'denied by RBAC'}"
    return ""
