"""A Kubernetes API server's refusals and a connection's failures, in words for the screen."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping

import msgspec

from tui.model.errors import ApiError, Trouble
from tui.sources.certificates import certificate_error, certificate_words
from tui.sources.kubernetes.proxies import socks_failure
from tui.sources.kubernetes.wire import Status

_BY_STATUS = {
    400: Trouble.INVALID,
    401: Trouble.EXPIRED,
    403: Trouble.DENIED,
    404: Trouble.NOT_FOUND,
    405: Trouble.INVALID,
    409: Trouble.CONFLICT,
    422: Trouble.INVALID,
    429: Trouble.THROTTLED,
}

_status = msgspec.json.Decoder(Status)


class Gone(ApiError):
    """410: the resourceVersion or continue token is too old for the server; the remedy is a new list."""


def from_answer(status: int, headers: Mapping[str, str], body: bytes, operation: str, place: str) -> ApiError:
    """The error of an answer that is not 2xx. ``place``: the cluster's name for the sentence."""
    said = read_status(body)
    if said is None:
        return _not_kubernetes(status, headers, body, operation, place)
    trouble = _BY_STATUS.get(status, Trouble.ERROR)
    after = _seconds(headers.get("Retry-After"))
    if after is None and said.details is not None and said.details.retry_after_seconds:
        after = float(said.details.retry_after_seconds)
    message = said.message or f"{place} answered {status}"
    hint = ""
    if status == 401:
        message = f"{place} does not accept the credentials (401 {said.message or 'Unauthorized'})"
        hint = "the token has expired or the user is not mapped in the cluster: check aws-auth or access entries"
    elif status == 429:
        message = f"{place} asks for patience: {said.message or 'too many requests'}"
    kind: type[ApiError] = Gone if status == 410 or said.reason in ("Expired", "Gone") else ApiError
    return kind(trouble, message, operation=operation, code=said.reason or str(status), hint=hint, retry_after=after)


def from_event(body: bytes, operation: str, place: str) -> ApiError:
    """The error that an ERROR event of a watch carries as its object."""
    said = read_status(body) or Status(message="an error without words", code=500)
    return from_answer(said.code or 500, {}, msgspec.json.encode(said), operation, place)


def read_status(body: bytes) -> Status | None:
    """The Status in ``body``, None where it is none."""
    try:
        said = _status.decode(body)
    except msgspec.MsgspecError:
        return None
    return said if said.message or said.reason or said.code else None


def _not_kubernetes(status: int, headers: Mapping[str, str], body: bytes, operation: str, place: str) -> ApiError:
    """An answer that no API server gives: a proxy's page, a login form, a load balancer's 503."""
    start = body[:200].lstrip().lower()
    html = start.startswith((b"<!doctype", b"<html", b"<")) or "html" in headers.get("Content-Type", "")
    trouble = _BY_STATUS.get(status, Trouble.ERROR)
    if html:
        message = f"{place} answered {status} with an HTML page, which no Kubernetes API does"
        trouble = trouble if trouble in (Trouble.EXPIRED, Trouble.THROTTLED) else Trouble.NONSENSE
        hint = "a proxy or a login page stands between; check proxy-url, HTTPS_PROXY and NO_PROXY"
        return ApiError(
            trouble, message, operation=operation, code=str(status), hint=hint, retry_after=_seconds(headers.get("Retry-After"))
        )
    words = body[:120].decode(errors="replace").strip()
    message = f"{place} answered {status}{f': {words}' if words else ''}"
    return ApiError(trouble, message, operation=operation, code=str(status), retry_after=_seconds(headers.get("Retry-After")))


def nonsense(error: msgspec.MsgspecError, body: bytes, operation: str, place: str) -> ApiError:
    """A 2xx body that cannot be read."""
    if body[:200].lstrip()[:1] == b"<":
        return _not_kubernetes(200, {"Content-Type": "text/html"}, body, operation, place)
    cut = "truncated" in str(error)
    words = f"cut-off JSON after {len(body):,} bytes" if cut else f"JSON that cannot be read ({error})"
    return ApiError(Trouble.NONSENSE, f"{place} answered with {words}", operation=operation)


def from_failure(error: BaseException, operation: str, place: str, host: str) -> ApiError:
    """The error of a request that got no answer. ``host``: ``10.0.1.7:443``, for the sentence."""
    import aiohttp

    certificate = certificate_error(error)
    if certificate is not None:
        return _certificate(certificate, operation, place, host)
    socks = socks_failure(error)
    if socks:
        message = f"the proxy before {place} {socks}"
        return ApiError(Trouble.UNREACHABLE, message, operation=operation, hint="check proxy-url and HTTPS_PROXY")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        message = f"the proxy before {place} refused the connection ({error.status} {error.message})"
        return ApiError(Trouble.UNREACHABLE, message, operation=operation, hint="check proxy-url and HTTPS_PROXY")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return ApiError(
            Trouble.UNREACHABLE,
            f"the proxy before {place} cannot be reached: {_reason(error)}",
            operation=operation,
            hint="check proxy-url and HTTPS_PROXY",
        )
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return ApiError(
            Trouble.UNREACHABLE,
            f"connection to {place} timed out ({host})",
            operation=operation,
            hint="a private endpoint is reached only from its VPC (VPN, bastion)",
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ApiError(Trouble.UNREACHABLE, f"{place} has no address: {host} is not known to DNS", operation=operation)
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return ApiError(Trouble.UNREACHABLE, f"no TLS with {place} ({host}): {_reason(error)}", operation=operation)
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        return ApiError(Trouble.UNREACHABLE, f"{place} cut the connection in the middle of an answer", operation=operation)
    return ApiError(Trouble.UNREACHABLE, f"connection to {place} failed ({host}): {_reason(error)}", operation=operation)


def _certificate(error: ssl.SSLCertVerificationError, operation: str, place: str, host: str) -> ApiError:
    words, hint = certificate_words(error, "is signed by another CA than the one given for this cluster")
    if "another name" in words:
        hint += ", or set tls-server-name"
    elif "another CA" in words:
        hint = "update the CA (aws eks update-kubeconfig), or something between reads the traffic"
    return ApiError(
        Trouble.UNREACHABLE,
        f"the certificate of {place} ({host}) {words}",
        operation=operation,
        code=f"TLS {error.verify_code}",
        hint=hint,
    )


def _reason(error: BaseException) -> str:
    os_error = getattr(error, "os_error", None) or error
    if isinstance(os_error, OSError) and os_error.errno and str(os_error.strerror).startswith("Connect call failed"):
        return os.strerror(os_error.errno).lower()  # asyncio's words name the address, which stands here already
    return getattr(os_error, "strerror", None) or str(os_error) or type(os_error).__name__


def _seconds(text: str | None) -> float | None:
    """``Retry-After`` in seconds (API servers send no dates), at most ten minutes."""
    try:
        return min(max(float(text), 0.0), 600.0) if text else None
    except ValueError:
        return None
