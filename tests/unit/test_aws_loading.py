"""What all clients share: one context for TLS, but where a context is somebody's own."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiobotocore.httpsession import AIOHTTPSession
from botocore.exceptions import EndpointConnectionError

from tui.sources.aws import loading
from tui.sources.aws.session import AwsSession, SessionPlan


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The contexts that were made since the test began, none being shared yet."""
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    loading.load_sdk()
    for thread in threading.enumerate():  # what is read ahead is not of this test
        if thread.name == "certificates":
            thread.join()
    monkeypatch.setattr(loading, "_trusted", {})
    contexts: list[Any] = []
    build = AIOHTTPSession._build_ssl_contexts

    def counted(self: AIOHTTPSession, proxy_url: str | None) -> Any:
        contexts.append(build(self, proxy_url))
        return contexts[-1]

    monkeypatch.setattr(AIOHTTPSession, "_build_ssl_contexts", counted)
    return contexts


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return written(tmp_path / "ca.pem")


def written(path: Path) -> Path:
    """A bundle with a new CA."""
    trustme.CA().cert_pem.write_to_path(str(path))
    return path


def context(verify: Any = True, proxy: str | None = None, **more: Any) -> Any:
    return loading.http_session()(verify=verify, **more)._build_ssl_contexts(proxy)[0]


async def test_clients_of_all_services_and_sessions_trust_by_one_context(made: list[Any]) -> None:
    for service in ("ecs", "sts"):
        session = AwsSession(SessionPlan(access=("key", "secret"), endpoint_url="https://127.0.0.1:9"))
        client = await session.client(service, "eu-west-1", attempts=1)
        with pytest.raises(EndpointConnectionError):
            await (client.list_clusters() if service == "ecs" else client.get_caller_identity())
        await session.close()
    assert len(made) == 1, "this aiobotocore asks for its contexts by another name"


@pytest.mark.parametrize("name", ["", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_what_is_read_ahead_is_what_the_first_client_gets(
    name: str, made: list[Any], bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name:
        monkeypatch.setenv(name, str(bundle))
    loading._read_certificates()
    found = context(str(bundle) if name else True)
    assert found is made[0][0] and len(made) == 1
    assert (found.check_hostname and len(found.get_ca_certs()) == 1) or not name


def test_a_bundle_that_cannot_be_read_is_said_by_the_client(made: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    loading._read_certificates()
    with pytest.raises(FileNotFoundError):
        context("/nowhere/ca.pem")


def test_a_bundle_that_was_written_anew_is_read_anew(made: list[Any], bundle: Path) -> None:
    first = context(str(bundle))
    assert context(str(bundle)) is first
    written(bundle)
    os.utime(bundle, ns=(1, 1))
    assert context(str(bundle)) is not first
    assert context() is not first and len(made) == 3


def test_a_context_of_ones_own(made: list[Any], tmp_path: Path) -> None:
    certificate = tmp_path / "client.pem"
    trustme.CA().issue_cert("client").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    ways: list[dict[str, Any]] = [{"verify": False}, {"client_cert": str(certificate)}, {"proxy": "http://127.0.0.1:3128"}]
    found = [context(), *(context(**way) for way in ways for _ in range(2))]
    assert len({id(one) for one in found}) == len(found)
    assert context() is found[0]
