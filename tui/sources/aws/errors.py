"""What botocore raises, in our words: one sentence of what failed, the kind of trouble, and what to do.

Works on the errors' class names and members, so that this module needs no client library; ``session.caught()`` gives the
classes to catch.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct

from tui.model.errors import ApiError, Trouble
from tui.sources.certificates import certificate_error, certificate_words

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError"})
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "ExpiredTokenError"})
INVALID_KEYS = frozenset(
    {
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidClientTokenIdException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "AuthFailure",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "InvalidAccessKeyId",
    }
)
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "429",
    }
)
NOT_FOUND = re.compile(r"NotFound|NoSuchEntity|DoesNotExist")
CONFLICT = re.compile(r"Conflict|ResourceInUse|UpdateInProgress|NotActive|ConcurrentModification")
INVALID = re.compile(r"Validation|Invalid|ClientException|Malformed|MissingParameter|UnknownOperation|Unsupported|Blocked")
CONNECTING = frozenset({"ConnectionError", "EndpointConnectionError", "HTTPClientError", "ClientConnectionError", "OSError"})
#: the only files that a call reads are those of certificates
UNREADABLE = (FileNotFoundError, PermissionError, IsADirectoryError)
_PRINCIPAL = re.compile(
    r"User: (\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?(?:.*? because (.*))?", re.DOTALL
)
_MFA_WRONG = re.compile(r"MultiFactorAuthentication failed", re.IGNORECASE)


class Place(Struct, frozen=True):
    """What an error message may need to say: as whom, where, and whether the region is one that exists."""

    profile: str = ""
    region: str = ""
    region_known: bool = True
    uses_sso: bool = False

    @property
    def login(self) -> str:
        """The command that signs in again."""
        name = f" --profile {self.profile}" if self.profile else ""
        return (
            f"run aws sso login{name}"
            if self.uses_sso
            else f"renew the credentials{f' of profile {self.profile}' if self.profile else ''}"
        )


def translate(error: Exception, operation: str, place: Place) -> ApiError:
    """Our error for botocore's; ``operation`` is ``ecs:DescribeServices``, or empty before there is one."""
    if isinstance(error, ApiError):
        return error
    response = getattr(error, "response", None)
    if isinstance(response, Mapping) and "Error" in response:
        return _answered(response, operation, place)
    return _raised(error, operation, place)


def _answered(response: Mapping[str, Any], operation: str, place: Place) -> ApiError:
    """AWS answered with an error."""
    details = response.get("Error") or {}
    meta = response.get("ResponseMetadata") or {}
    status = int(meta.get("HTTPStatusCode") or 0)
    code = str(details.get("Code") or status or "unknown").split("#")[-1].split(":")[0]
    text = _sentence(str(details.get("Message") or ""))
    after = _retry_after(meta.get("HTTPHeaders") or {})
    trouble, message, hint = _worded(code, status, text, operation, place)
    return ApiError(trouble, message, operation=operation, code=code, hint=hint, retry_after=after)


def _worded(code: str, status: int, text: str, operation: str, place: Place) -> tuple[Trouble, str, str]:
    if _MFA_WRONG.search(text):
        return Trouble.NO_CREDENTIALS, "the MFA code was not accepted", "ctrl-r asks for a new one"
    if code in EXPIRED:
        return Trouble.EXPIRED, f"expired: {place.login}", "reads go on by themselves as soon as the credentials work again"
    if code in INVALID_KEYS:
        return (
            Trouble.NO_CREDENTIALS,
            f"AWS does not accept the credentials: {text or code}",
            "check the access key and the clock",
        )
    if code in THROTTLED or status == 429:
        return Trouble.THROTTLED, f"{operation} is throttled: {text or code}", "asked less often until it is over"
    if code in DENIED or status in (401, 403):
        return _denied(text, operation)
    if status >= 500:
        return Trouble.ERROR, f"{operation} failed: HTTP {status} {text or code}".strip(), ""
    for pattern, trouble in ((NOT_FOUND, Trouble.NOT_FOUND), (CONFLICT, Trouble.CONFLICT), (INVALID, Trouble.INVALID)):
        if pattern.search(code):
            return trouble, f"{operation}: {text or code}", ""
    return Trouble.ERROR, f"{operation} failed: {code}{f': {text}' if text else ''}", ""


def _denied(text: str, operation: str) -> tuple[Trouble, str, str]:
    """``ecr:DescribeImages is denied to assumed-role/PowerUser/anna: no identity-based policy allows …``"""
    match = _PRINCIPAL.search(text)
    if not match:
        return Trouble.DENIED, f"{operation} is denied: {text}" if text else f"{operation} is denied", ""
    who, what, resource, why = match.groups()
    short = who.split(":", 5)[-1].rstrip(".,")
    message = f"{what.rstrip('.,')} is denied to {short}"
    if resource and not resource.endswith("*"):
        message += f" on {resource}"
    return Trouble.DENIED, f"{message}: {why.rstrip('.')}" if why else message, f"the role needs {what.rstrip('.,')}"


def _sentence(text: str) -> str:
    """An error's text without line ends; an HTML page (a proxy's, a captive portal's) is named as one."""
    if "<html" in text[:500].lower() or "<!doctype" in text[:500].lower():
        title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return f"an HTML page{f' ({title[1].strip()})' if title else ''} instead of AWS's answer"
    return " ".join(text.split())[:500]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, at most ten minutes; a proxy may give a date, which says nothing to a clock that is off."""
    try:
        return min(max(float(headers.get("retry-after", "")), 0.0), 600.0)
    except ValueError:
        return None


def _raised(error: Exception, operation: str, place: Place) -> ApiError:
    """Nothing came back that could be read, or nothing was sent."""
    names = {cls.__name__ for cls in type(error).__mro__}
    details: Mapping[str, Any] = getattr(error, "kwargs", None) or {}
    for table in (_credentials, _network, _region):
        worded = table(names, error, details, place)
        if worded is not None:
            trouble, message, hint = worded
            return ApiError(trouble, message, operation=operation, code=type(error).__name__, hint=hint)
    if "ParamValidationError" in names:
        return ApiError(Trouble.INVALID, f"{operation or 'AWS'}: {_sentence(str(error))}", operation=operation)
    if "ResponseParserError" in names:
        return nonsense(operation, _sentence(str(error)))
    if "KeyError" in names:
        return nonsense(operation, f"it has no {error}")
    return ApiError(Trouble.ERROR, f"{operation or 'AWS'}: {_sentence(str(error)) or type(error).__name__}", operation=operation)


def nonsense(operation: str, why: str) -> ApiError:
    """An answer with status 200 that cannot be read."""
    return ApiError(
        Trouble.NONSENSE,
        f"{operation} was answered with something that cannot be read: {why}",
        operation=operation,
        hint="a proxy or a sign-in page of the network may stand in between",
    )


Worded = tuple[Trouble, str, str] | None


def _credentials(names: set[str], error: Exception, details: Mapping[str, Any], place: Place) -> Worded:
    if "ProfileNotFound" in names:
        name = details.get("profile", place.profile)
        return Trouble.NO_CREDENTIALS, f'there is no profile "{name}" in the AWS configuration', "ctrl-p lists the profiles"
    if names & {"SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError", "SSOError", "NoAuthTokenError"}:
        name = f" --profile {place.profile}" if place.profile else ""
        return Trouble.EXPIRED, f"expired: run aws sso login{name}", "reads go on by themselves after it"
    if names & {"LoginError", "LoginRefreshRequired", "LoginTokenLoadError"}:
        return Trouble.EXPIRED, "expired: run aws login", "reads go on by themselves after it"
    if "RefreshWithMFAUnsupportedError" in names:
        return Trouble.EXPIRED, "the session that began with an MFA code has ended", "ctrl-r asks for a new code"
    if "NoCredentialsError" in names:
        hint = "set AWS_PROFILE, sign in with aws sso login, or start pierhead demo"
        return Trouble.NO_CREDENTIALS, "no AWS credentials were found", hint
    if "PartialCredentialsError" in names:
        return Trouble.NO_CREDENTIALS, f"the AWS credentials are not whole: {_sentence(str(error))}", ""
    if names & {"CredentialRetrievalError", "MetadataRetrievalError", "UnknownCredentialError"}:
        words = _sentence(str(details.get("error_msg") or error)) or "without a word"
        provider = details.get("provider") or "the credentials provider"
        what = "credential_process" if provider == "custom-process" else provider
        return Trouble.NO_CREDENTIALS, f"{what} failed: {words}", ""
    if names & {"InvalidConfigError", "ConfigParseError", "ConfigNotFound", "InfiniteLoopConfigError"}:
        return Trouble.NO_CREDENTIALS, f"the AWS configuration is wrong: {_sentence(str(error))}", ""
    if "JSONDecodeError" in names or "UnicodeDecodeError" in names:
        return Trouble.NO_CREDENTIALS, f"credential_process did not write JSON: {_sentence(str(error))}", ""
    return None


def _network(names: set[str], error: Exception, details: Mapping[str, Any], place: Place) -> Worded:
    where = host_port(str(details.get("endpoint_url") or details.get("proxy_url") or ""))
    why = _cause(details.get("error") or error)
    inner = details.get("error")
    if isinstance(inner, UNREADABLE) or (isinstance(inner, ssl.SSLError) and "SSLError" not in names):
        bundle = os.environ.get("AWS_CA_BUNDLE") or "ca_bundle of the profile"
        return Trouble.UNREACHABLE, f"AWS_CA_BUNDLE ({bundle}) cannot be used: {why}", "it names a PEM file of trusted CAs"
    if "SSLError" in names:
        return _tls(inner, where, why)
    if "ProxyConnectionError" in names:
        refused = f"{getattr(inner, 'status', '')} {getattr(inner, 'message', '')}".strip()
        what = f"refused the connection ({refused})" if refused else f"cannot be reached: {why}"
        return Trouble.UNREACHABLE, f"the proxy {where} {what}", "see HTTPS_PROXY and NO_PROXY"
    if names & {"ReadTimeoutError", "ConnectTimeoutError", "ServerTimeoutError", "TimeoutError"}:
        return Trouble.UNREACHABLE, f"{where or 'AWS'} did not answer in time", ""
    if names & {"ConnectionClosedError", "ClientPayloadError", "IncompleteReadError", "ResponseStreamingError"}:
        return Trouble.UNREACHABLE, f"the connection to {where or 'AWS'} was cut in the middle of an answer", ""
    if names & CONNECTING and _is_socks(str(details.get("endpoint_url") or "")):
        words = "HTTPS_PROXY is a SOCKS proxy, which AWS cannot be called through"
        return Trouble.UNREACHABLE, words, "name an http:// proxy, or except AWS in NO_PROXY"
    if names & CONNECTING:
        if not place.region_known and place.region:
            return Trouble.UNREACHABLE, f'there is no region "{place.region}" ({where} has no address)', "see :region"
        return Trouble.UNREACHABLE, f"{where or 'AWS'} cannot be reached: {why}", ""
    return None


def _is_socks(url: str) -> bool:
    """Whether the environment has calls of ``url`` go through a SOCKS proxy, as botocore understands the environment."""
    parts = urlsplit(url)
    return getproxies().get(parts.scheme, "").startswith("socks") and not proxy_bypass(parts.netloc)


def _tls(inner: object, where: str, why: str) -> Worded:
    found = certificate_error(inner) if isinstance(inner, BaseException) else None
    if found is None:
        return (
            Trouble.UNREACHABLE,
            f"no TLS with {where}: {why}",
            "something between may read the traffic",
        )
    words, hint = certificate_words(found, "is signed by a CA that is not trusted here")
    remedy = "AWS_CA_BUNDLE (or ca_bundle in the profile) names a file with the CA, such as that of a proxy which reads along"
    return Trouble.UNREACHABLE, f"the certificate of {where} {words}", hint or remedy


def _cause(error: object) -> str:
    """``connection refused`` for what the client libraries wrap in words of their own."""
    inner: object = getattr(error, "os_error", None) or error
    if isinstance(inner, OSError) and inner.errno and str(inner.strerror).startswith("Connect call failed"):
        return os.strerror(inner.errno).lower()  # asyncio's words name the address, which stands here already
    return _sentence(str(getattr(inner, "strerror", None) or inner))


def _region(names: set[str], error: Exception, details: Mapping[str, Any], place: Place) -> Worded:
    if "NoRegionError" in names:
        return Trouble.INVALID, "no region is set", "give --region, set AWS_REGION, or choose one with :region"
    if names & {"InvalidRegionError", "UnknownRegionError"}:
        return Trouble.INVALID, f'"{details.get("region_name", place.region)}" is not the name of a region', "see :region"
    if names & {"UnknownEndpointError", "EndpointResolutionError", "EndpointProviderError", "ServiceNotInRegionError"}:
        return Trouble.INVALID, f'not offered in region "{place.region}": {_sentence(str(error))}', "see :region"
    return None


def host_port(url: str) -> str:
    """``ecs.eu-west-1.amazonaws.com:443`` for an endpoint's URL."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return f"{parts.hostname}:{port or (443 if parts.scheme == 'https' else 80)}" if parts.hostname else ""
