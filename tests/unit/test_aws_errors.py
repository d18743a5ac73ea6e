"""Every failure in words of ours: kind of trouble, what failed, what to do."""

from __future__ import annotations

import json

import aiohttp
import pytest
from botocore import exceptions as given
from botocore.parsers import ResponseParserError

from tui.model.errors import ApiError, Trouble
from tui.sources.aws.errors import Place, translate

PLACE = Place(profile="prod", region="eu-west-1", region_known=True, uses_sso=True)


def answered(code: str, message: str = "", status: int = 400, **headers: str) -> ApiError:
    meta = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    error = given.ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}, "ListImages")
    return translate(error, "ecr:ListImages", PLACE)


@pytest.mark.parametrize(
    ("code", "status", "trouble"),
    [
        ("AccessDeniedException", 400, Trouble.DENIED),
        ("AccessDenied", 403, Trouble.DENIED),
        ("SomethingElse", 403, Trouble.DENIED),
        ("ExpiredTokenException", 400, Trouble.EXPIRED),
        ("ExpiredToken", 403, Trouble.EXPIRED),
        ("UnrecognizedClientException", 400, Trouble.NO_CREDENTIALS),
        ("InvalidSignatureException", 400, Trouble.NO_CREDENTIALS),
        ("ThrottlingException", 400, Trouble.THROTTLED),
        ("Throttling", 400, Trouble.THROTTLED),
        ("TooManyRequestsException", 429, Trouble.THROTTLED),
        ("ClusterNotFoundException", 400, Trouble.NOT_FOUND),
        ("ResourceNotFoundException", 404, Trouble.NOT_FOUND),
        ("NoSuchEntity", 404, Trouble.NOT_FOUND),
        ("InvalidParameterException", 400, Trouble.INVALID),
        ("ValidationException", 400, Trouble.INVALID),
        ("ServiceNotActiveException", 400, Trouble.CONFLICT),
        ("ResourceInUseException", 400, Trouble.CONFLICT),
        ("ServerException", 500, Trouble.ERROR),
        ("503", 503, Trouble.ERROR),
        ("arn:aws#AccessDeniedException", 400, Trouble.DENIED),
    ],
)
def test_codes(code: str, status: int, trouble: Trouble) -> None:
    error = answered(code, "some words", status)
    assert error.trouble is trouble
    assert error.operation == "ecr:ListImages"


def test_denied_says_operation_and_principal() -> None:
    words = (
        "User: arn:aws:sts::482913750164:assumed-role/PowerUser/anna is not authorized to perform: ecr:ListImages on resource: "
        "arn:aws:ecr:eu-west-1:482913750164:repository/cart because no identity-based policy allows the ecr:ListImages action"
    )
    error = answered("AccessDeniedException", words)
    assert str(error) == (
        "ecr:ListImages is denied to assumed-role/PowerUser/anna on arn:aws:ecr:eu-west-1:482913750164:repository/cart: "
        "no identity-based policy allows the ecr:ListImages action"
    )
    assert error.hint == "the role needs ecr:ListImages"


def test_expired_names_the_command() -> None:
    assert str(answered("ExpiredTokenException")) == "expired: run aws sso login --profile prod"
    without = translate(given.ClientError({"Error": {"Code": "ExpiredToken"}}, "X"), "ecs:X", Place())
    assert str(without) == "expired: renew the credentials"


def test_retry_after_is_kept() -> None:
    assert answered("ThrottlingException", "Rate exceeded", **{"retry-after": "7"}).retry_after == 7.0


def test_html_with_an_error_status_is_named() -> None:
    error = answered("502", "<html><head><title>Bad gateway</title></head><body>x</body></html>", 502)
    assert error.trouble is Trouble.ERROR
    assert "an HTML page (Bad gateway) instead of AWS's answer" in str(error)


def test_wrong_mfa_code() -> None:
    error = answered("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403)
    assert error.trouble is Trouble.NO_CREDENTIALS
    assert str(error) == "the MFA code was not accepted"


@pytest.mark.parametrize(
    ("error", "trouble", "words"),
    [
        (given.NoCredentialsError(), Trouble.NO_CREDENTIALS, "no AWS credentials were found"),
        (given.ProfileNotFound(profile="prd"), Trouble.NO_CREDENTIALS, 'there is no profile "prd" in the AWS configuration'),
        (
            given.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            Trouble.NO_CREDENTIALS,
            "AWS_SECRET_ACCESS_KEY",
        ),
        (given.SSOTokenLoadError(error_msg="x"), Trouble.EXPIRED, "expired: run aws sso login --profile prod"),
        (given.UnauthorizedSSOTokenError(), Trouble.EXPIRED, "expired: run aws sso login --profile prod"),
        (given.TokenRetrievalError(provider="sso", error_msg="x"), Trouble.EXPIRED, "expired: run aws sso login --profile prod"),
        (given.RefreshWithMFAUnsupportedError(), Trouble.EXPIRED, "MFA"),
        (
            given.CredentialRetrievalError(provider="custom-process", error_msg="no card"),
            Trouble.NO_CREDENTIALS,
            "credential_process failed: no card",
        ),
        (given.NoRegionError(), Trouble.INVALID, "no region is set"),
        (given.InvalidRegionError(region_name="eu west"), Trouble.INVALID, '"eu west" is not the name of a region'),
        (
            given.EndpointConnectionError(endpoint_url="https://ecs.eu-west-1.amazonaws.com/", error="refused"),
            Trouble.UNREACHABLE,
            "ecs.eu-west-1.amazonaws.com:443 cannot be reached: refused",
        ),
        (
            given.ReadTimeoutError(endpoint_url="http://10.0.0.1:8080/x", error="x"),
            Trouble.UNREACHABLE,
            "10.0.0.1:8080 did not answer in time",
        ),
        (
            given.ConnectTimeoutError(endpoint_url="https://a.example", error="x"),
            Trouble.UNREACHABLE,
            "a.example:443 did not answer in time",
        ),
        (
            given.ProxyConnectionError(proxy_url="http://proxy:3128", error="x"),
            Trouble.UNREACHABLE,
            "the proxy proxy:3128 cannot be reached",
        ),
        (
            given.SSLError(endpoint_url="https://a.example", error="self-signed"),
            Trouble.UNREACHABLE,
            "no TLS with a.example:443",
        ),
        (
            given.ConnectionClosedError(endpoint_url="https://a.example", request=None, response=None),
            Trouble.UNREACHABLE,
            "cut in the middle",
        ),
        (aiohttp.ClientPayloadError("x"), Trouble.UNREACHABLE, "cut in the middle"),
        (TimeoutError(), Trouble.UNREACHABLE, "did not answer in time"),
        (given.ParamValidationError(report="Missing x"), Trouble.INVALID, "Missing x"),
        (ResponseParserError("bad XML"), Trouble.NONSENSE, "bad XML"),
        (KeyError("ListAccountAliasesResult"), Trouble.NONSENSE, "it has no 'ListAccountAliasesResult'"),
        (json.JSONDecodeError("Expecting value", "x", 0), Trouble.NO_CREDENTIALS, "credential_process did not write JSON"),
    ],
)
def test_raised(error: Exception, trouble: Trouble, words: str) -> None:
    ours = translate(error, "ecs:ListClusters", PLACE)
    assert ours.trouble is trouble
    assert words in str(ours)


def test_a_region_that_does_not_exist() -> None:
    error = given.EndpointConnectionError(endpoint_url="https://ecs.eu-west-9.amazonaws.com/", error="no address")
    ours = translate(error, "ecs:ListClusters", Place(region="eu-west-9", region_known=False))
    assert str(ours) == 'there is no region "eu-west-9" (ecs.eu-west-9.amazonaws.com:443 has no address)'


def test_ours_stay_as_they_are() -> None:
    error = ApiError(Trouble.READ_ONLY, "no")
    assert translate(error, "x", PLACE) is error
