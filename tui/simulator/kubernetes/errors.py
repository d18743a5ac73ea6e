"""Refusals as the API server words them: a ``Status`` object with code, reason and details.

Wordings and reasons are those of ``k8s.io/apimachinery/pkg/api/errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.simulator.kubernetes.resources import Resource


class StatusError(Exception):
    """An answer that is a ``Status`` of failure."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        continuation: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.continuation = continuation

    def status(self) -> dict[str, Any]:
        """The body."""
        metadata = {"continue": self.continuation} if self.continuation else {}
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata,
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


def _details(resource: Resource, name: str, **more: Any) -> dict[str, Any]:
    details: dict[str, Any] = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    return {**details, "kind": resource.plural, **more}


def not_found(resource: Resource, name: str) -> StatusError:
    """404 for an object."""
    return StatusError(404, "NotFound", f'{resource.qualified} "{name}" not found', details=_details(resource, name))


def unknown_path() -> StatusError:
    """404 for a path that no handler has."""
    return StatusError(404, "NotFound", "the server could not find the requested resource", details={})


def exists(resource: Resource, name: str) -> StatusError:
    """409: create of a name that is taken."""
    message = f'{resource.qualified} "{name}" already exists'
    return StatusError(409, "AlreadyExists", message, details=_details(resource, name))


def conflict(resource: Resource, name: str, why: str = "") -> StatusError:
    """409: the object changed meanwhile, or a precondition does not hold."""
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return StatusError(409, "Conflict", message, details=_details(resource, name))


def invalid(resource: Resource, name: str, causes: list[tuple[str, str, str]]) -> StatusError:
    """422: ``causes`` are (field, reason, sentence), e.g. ``("spec.replicas", "FieldValueInvalid", "Invalid value: -1: …")``."""
    texts = [f"{field}: {sentence}" for field, _, sentence in causes]
    joined = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    listed = [{"reason": reason, "message": sentence, "field": field} for field, reason, sentence in causes]
    details = {"name": name, "group": resource.group, "kind": resource.kind, "causes": listed}
    return StatusError(422, "Invalid", f'{kind} "{name}" is invalid: {joined}', details=details)


def bad_request(message: str) -> StatusError:
    """400."""
    return StatusError(400, "BadRequest", message)


def forbidden(user: str, verb: str, resource: Resource, subresource: str, namespace: str, name: str = "") -> StatusError:
    """403 in RBAC's words; an empty namespace is the cluster scope."""
    what = f'resource "{resource.plural}{"/" + subresource if subresource else ""}" in API group "{resource.group}"'
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    named = f' "{name}"' if name else ""
    message = f'{resource.qualified}{named} is forbidden: User "{user}" cannot {verb} {what} {where}'
    return StatusError(403, "Forbidden", message, details=_details(resource, name))


def unauthorized() -> StatusError:
    """401, without details as the API server gives it."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def expired(message: str = "", continuation: str = "") -> StatusError:
    """410 for a watch from a resourceVersion, or a page, that history no longer covers."""
    return StatusError(
        410, "Expired", message or "The resourceVersion for the provided watch is too old.", continuation=continuation
    )


def method_not_allowed() -> StatusError:
    """405."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(405, "MethodNotAllowed", message, details={})


def throttled(seconds: int) -> StatusError:
    """429 with Retry-After, as API priority and fairness answers."""
    return StatusError(
        429,
        "TooManyRequests",
        "too many requests, please try again later",
        details={"retryAfterSeconds": seconds},
        headers={"Retry-After": str(seconds)},
    )


def unsupported_media(types: str) -> StatusError:
    """415 for a body of another content type."""
    message = f"the body of the request was in an unknown format - accepted media types include: {types}"
    return StatusError(415, "UnsupportedMediaType", message)


def invalid_options(sentence: str) -> StatusError:
    """422 for list or watch options that do not fit each other."""
    return StatusError(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {sentence}', details={"kind": "ListOptions"})
