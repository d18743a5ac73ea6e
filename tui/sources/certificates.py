"""What is wrong with a server's certificate, in words for the screen: OpenSSL's verify codes (x509_vfy.h) say which it is."""

from __future__ import annotations

import ssl

_EXPIRED, _NOT_YET, _WRONG_NAME, _WRONG_ADDRESS = 10, 9, 62, 64
_UNKNOWN_CA = (2, 18, 19, 20, 21)


def certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """The verification error inside a client library's own, whichever way it was wrapped."""
    seen: BaseException | None = error
    for _ in range(6):
        if seen is None:
            return None
        inner = getattr(seen, "certificate_error", None) or getattr(seen, "os_error", None)
        for candidate in (inner, seen):
            # aiohttp's own class is a subclass without OpenSSL's code
            if isinstance(candidate, ssl.SSLCertVerificationError) and hasattr(candidate, "verify_code"):
                return candidate
        seen = seen.__cause__ or seen.__context__
    return None


def certificate_words(error: ssl.SSLCertVerificationError, unknown: str) -> tuple[str, str]:
    """What is wrong, to follow ``the certificate of …``, and what to do about it but for an unknown CA, whose remedy is
    another in each world: there the hint is empty. ``unknown``: the words for that case."""
    code = error.verify_code
    if code == _EXPIRED:
        return "has expired", "the server's certificate must be renewed; check this machine's clock"
    if code == _NOT_YET:
        return "is not valid yet", "check this machine's clock"
    if code in (_WRONG_NAME, _WRONG_ADDRESS):
        return "is for another name", "use the name that it is for"
    if code in _UNKNOWN_CA:
        return unknown, ""
    return f"is not accepted: {error.verify_message}", ""
