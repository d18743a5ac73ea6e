"""Signature Version 4, checked: on a shared machine any user reaches loopback, so the secret has to be proven.

Source of the rules: AWS's "Create a signed API request". Both forms count: the ``Authorization`` header and a presigned
query string (what ``aws eks get-token`` makes of GetCallerIdentity).
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from tui.simulator.aws.protocols.base import Incoming

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = 900  # seconds that a client's clock may differ, as AWS allows


@dataclass(frozen=True, slots=True)
class Signed:
    """The claims of a signed request. ``date`` as ``20260102T030405Z``; ``expires`` in seconds for a presigned one."""

    access_key: str
    day: str
    region: str
    service: str
    date: str
    headers: tuple[str, ...]
    signature: str
    token: str = ""
    expires: int | None = None


def claims(incoming: Incoming) -> Signed | None:
    """What the request says of its signature, None when it is not signed or the words are not understood."""
    query = dict(parse_qsl(incoming.query, keep_blank_values=True))
    if query.get("X-Amz-Algorithm") == ALGORITHM:
        return _claims(query, query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token", ""), query.get("X-Amz-Expires"))
    header = incoming.headers.get("authorization", "")
    if not header.startswith(ALGORITHM):
        return None
    fields = dict(part.strip().partition("=")[::2] for part in header[len(ALGORITHM) :].split(","))
    named = {f"X-Amz-{key}": value for key, value in fields.items()}
    return _claims(named, incoming.headers.get("x-amz-date", ""), incoming.headers.get("x-amz-security-token", ""), None)


def _claims(fields: Mapping[str, str], date: str, token: str, expires: str | None) -> Signed | None:
    scope = fields.get("X-Amz-Credential", "").split("/")
    if len(scope) != 5 or scope[4] != "aws4_request":
        return None
    headers = tuple(fields.get("X-Amz-SignedHeaders", "").split(";"))
    seconds = int(expires) if expires and expires.isdigit() else None
    return Signed(scope[0], scope[1], scope[2], scope[3], date, headers, fields.get("X-Amz-Signature", ""), token, seconds)


def verify(incoming: Incoming, signed: Signed, secret: str) -> bool:
    """Whether the signature was made with ``secret`` over just this request."""
    payload = incoming.headers.get("x-amz-content-sha256") or hashlib.sha256(incoming.body).hexdigest()
    if signed.expires is not None:
        payload = hashlib.sha256(incoming.body).hexdigest()
    elif payload != "UNSIGNED-PAYLOAD" and payload != hashlib.sha256(incoming.body).hexdigest():
        return False
    canonical = "\n".join(
        (
            incoming.method,
            quote(incoming.path or "/", safe="/~-_."),
            _canonical_query(incoming.query),
            *(f"{name}:{' '.join(incoming.headers.get(name, '').split())}" for name in signed.headers),
            "",
            ";".join(signed.headers),
            payload,
        )
    )
    scope = f"{signed.day}/{signed.region}/{signed.service}/aws4_request"
    text = "\n".join((ALGORITHM, signed.date, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    return hmac.compare_digest(_hmac(signing_key(secret, signed), text).hex(), signed.signature)


def signing_key(secret: str, signed: Signed) -> bytes:
    """The key of the credential scope."""
    key = _hmac(f"AWS4{secret}".encode(), signed.day)
    for part in (signed.region, signed.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def in_time(signed: Signed, now: float | None = None) -> bool:
    """Whether the request was signed near ``now`` (real time: the client's clock is real) or its presigning still holds."""
    try:
        made = calendar.timegm(time.strptime(signed.date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return False
    age = (time.time() if now is None else now) - made
    fixed = signed.expires is None or signed.service == "sts"  # STS holds 15 minutes whatever X-Amz-Expires says
    return -SKEW <= age <= (SKEW if fixed or signed.expires is None else signed.expires)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        if name != "X-Amz-Signature":
            pairs.append((_encode(name), _encode(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encode(text: str) -> str:
    return quote(unquote(text.replace("+", "%20")), safe="~-_.")
