"""What AWS says when it refuses before an operation is reached: one meaning, a code, status and sentence a protocol.

Handlers and faults raise ``refusal("throttled", service, ...)``; clients retry, refresh or give up by these codes.
"""

from __future__ import annotations

from tui.simulator.aws.models import SERVICES, action_name
from tui.simulator.aws.registry import AwsError

_TOKEN_INVALID = "The security token included in the request is invalid."
_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_KEYS = "AWS was not able to validate the provided access credentials"

Words = tuple[str, int, str]
_JSON: dict[str, Words] = {
    "unsigned": ("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
    "unknown-key": ("UnrecognizedClientException", 400, _TOKEN_INVALID),
    "signature": ("InvalidSignatureException", 400, _SIGNATURE),
    "expired": ("ExpiredTokenException", 400, "The security token included in the request is expired"),
    "denied": ("AccessDeniedException", 400, "{denied}"),
    "throttled": ("ThrottlingException", 400, "Rate exceeded"),
    "internal": ("InternalFailure", 500, "The request processing has failed because of an unknown error, exception or failure."),
    "unavailable": ("ServiceUnavailableException", 503, "Service Unavailable. Please try again later."),
    "unknown-operation": ("UnknownOperationException", 400, ""),
    "invalid": ("ValidationException", 400, "{message}"),
}
_QUERY: dict[str, Words] = {
    "unsigned": ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
    "unknown-key": ("InvalidClientTokenId", 403, _TOKEN_INVALID),
    "signature": ("SignatureDoesNotMatch", 403, _SIGNATURE),
    "expired": ("ExpiredToken", 403, "The security token included in the request is expired"),
    "denied": ("AccessDenied", 403, "{denied}"),
    "throttled": ("Throttling", 400, "Rate exceeded"),
    "internal": ("InternalFailure", 500, _JSON["internal"][2]),
    "unavailable": ("ServiceUnavailable", 503, "Service Unavailable. Please try again later."),
    "unknown-operation": ("InvalidAction", 400, "Could not find operation {operation} for version {version}"),
    "invalid": ("ValidationError", 400, "{message}"),
}
_EC2 = _QUERY | {
    "unsigned": ("AuthFailure", 401, _KEYS),
    "unknown-key": ("AuthFailure", 401, _KEYS),
    "signature": ("SignatureDoesNotMatch", 403, _SIGNATURE),
    "expired": ("RequestExpired", 400, "Request has expired."),
    "denied": ("UnauthorizedOperation", 403, "You are not authorized to perform this operation. {denied}"),
    "throttled": ("RequestLimitExceeded", 503, "Request limit exceeded."),
    "internal": ("InternalError", 500, "An internal error has occurred"),
    "unavailable": ("Unavailable", 503, "The server is overloaded and can't handle the request."),
    "unknown-operation": ("InvalidAction", 400, "The action {operation} is not valid for this web service."),
    "invalid": ("InvalidParameterValue", 400, "{message}"),
}
_REST = _JSON | {
    "unknown-key": ("UnrecognizedClientException", 403, _TOKEN_INVALID),
    "unsigned": ("MissingAuthenticationTokenException", 403, "Missing Authentication Token"),
    "signature": ("InvalidSignatureException", 403, _SIGNATURE),
    "expired": ("ExpiredTokenException", 403, "The security token included in the request is expired"),
    "denied": ("AccessDeniedException", 403, "{denied}"),
    "throttled": ("ThrottlingException", 429, "Rate exceeded"),
    "unknown-operation": ("UnknownOperationException", 404, ""),
}
_DIALECTS = {"json": _JSON, "cbor": _JSON, "query": _QUERY, "ec2": _EC2, "rest-json": _REST}
_SERVICE: dict[tuple[str, str], Words] = {
    ("ecs", "internal"): ("ServerException", 500, "Service Unavailable. Please try again later."),
    ("ecs", "invalid"): ("InvalidParameterException", 400, "{message}"),
    ("ecr", "internal"): ("ServerException", 500, "The server encountered an internal error."),
    ("ecr", "invalid"): ("InvalidParameterException", 400, "{message}"),
    ("logs", "invalid"): ("InvalidParameterException", 400, "{message}"),
    ("logs", "unavailable"): ("ServiceUnavailableException", 500, "The service cannot complete the request."),
    ("eks", "internal"): ("ServerException", 500, "An internal error occurred."),
    ("eks", "invalid"): ("InvalidParameterException", 400, "{message}"),
    ("efs", "invalid"): ("BadRequest", 400, "{message}"),
    ("efs", "internal"): ("InternalServerError", 500, "An internal error occurred."),
    ("cloudtrail", "invalid"): ("InvalidParameterException", 400, "{message}"),
    ("resourcegroupstaggingapi", "invalid"): ("InvalidParameterException", 400, "{message}"),
}


def refusal(
    meaning: str, service: str, protocol: str, *, operation: str = "", caller: str = "", resource: str = "", message: str = ""
) -> AwsError:
    """The error of that meaning (``throttled``, ``denied``, ``expired`` ...) as this service says it in this protocol."""
    words = _SERVICE.get((service, meaning)) or _DIALECTS[protocol][meaning]
    code, status, text = words
    known = SERVICES.get(service)
    filled = text.format(
        denied=denied_message(caller, service, operation, resource),
        operation=operation,
        version=known.version if known else "",
        message=message,
    )
    return AwsError(code, filled, status)


def denied_message(caller: str, service: str, operation: str, resource: str) -> str:
    """AWS's sentence for a missing identity-based permission."""
    action = action_name(service, operation)
    where = f" on resource: {resource}" if resource else ""
    return (
        f"User: {caller} is not authorized to perform: {action}{where} "
        f"because no identity-based policy allows the {action} action"
    )
