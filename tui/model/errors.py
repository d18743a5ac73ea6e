"""What can go wrong with a call, in our words: sources and clients turn their libraries' errors into these."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """The kind of a failure: decides the freshness state, the hint and whether it is tried again."""

    DENIED = "denied"  # AccessDenied, 403
    EXPIRED = "expired"  # credentials or token ended, 401
    NO_CREDENTIALS = "no-credentials"
    THROTTLED = "throttled"  # ThrottlingException, 429
    UNREACHABLE = "unreachable"  # DNS, refused, time-out, TLS
    NOT_FOUND = "not-found"
    INVALID = "invalid"  # the other end refuses what we sent
    CONFLICT = "conflict"  # 409, a failed precondition
    READ_ONLY = "read-only"  # our own guard
    NONSENSE = "nonsense"  # an answer that cannot be read
    ERROR = "error"  # 5xx and the rest


class ApiError(Exception):
    """A failed call. ``str()`` is one sentence for the screen: what failed and why; ``hint`` says what to do.

    ``operation``: ``ecs:DescribeServices`` or ``GET /api/v1/pods``. ``retry_after``: seconds that the server asked for.
    """

    def __init__(
        self,
        trouble: Trouble,
        message: str,
        *,
        operation: str = "",
        code: str = "",
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.operation = operation
        self.code = code
        self.hint = hint
        self.retry_after = retry_after
