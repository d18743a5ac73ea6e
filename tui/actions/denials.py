"""What is known to be denied: AWS operations that were refused in this session, Kubernetes rights that the server answered.

Nothing is guessed: an AWS operation counts as denied only after a real AccessDenied in the same place.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.actions.base import Action, Context
from tui.actions.places import namespace_of
from tui.actions.policies import split
from tui.model.kubernetes import AccessRow
from tui.model.row import Row


def denied_before(action: Action, rows: Sequence[Row], context: Context) -> str:
    """Why the action's writes are known to be denied on these rows, empty where they are not."""
    for row in rows:
        for name in action.writes:
            if name.startswith("k8s:"):
                why = _kubernetes(name, row, context)
            else:
                why = context.denied.get((row.scope.identity, name), "")
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
