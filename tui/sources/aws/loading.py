"""Brings the SDK in: its import, the service models and the certificates, which all sessions share. Meant for threads."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Literal

from tui.sources.aws.models import ModelFiles, services_in

#: models that the first row needs, and those that the first screens need after it; others are loaded when somebody looks
FIRST_SERVICES = ("ecs",)
NEXT_SERVICES = ("sts", "ecr", "eks", "cloudwatch", "application-autoscaling", "elbv2", "logs", "iam")

_shared: dict[str, Any] = {}
_loading = Lock()
_trusted: dict[tuple[object, ...], Any] = {}
_trusting = Lock()


def load_sdk() -> None:
    """Import aiobotocore and read the models of the first services: 0.25 s. A second one waits for the first."""
    with _loading:
        if "loader" in _shared:
            return
        # reading certificates, a part of aiohttp's import too, holds no lock: beside botocore's import it costs nothing, and
        # nobody waits for it but the first connection
        Thread(target=_read_certificates, name="certificates", daemon=True).start()
        from botocore.loaders import create_loader

        # made without a session, which would read the user's configuration and refuse where that is wrong
        loader: Any = create_loader(os.environ.get("AWS_DATA_PATH"))
        loader.file_loader = ModelFiles()
        loader.list_available_services = cache(partial(services_in, tuple(loader.search_paths)))
        for name in ("_retry", "endpoints", "partitions", "sdk-default-configuration"):
            loader.load_data_with_path(name)
        _load_models(loader, FIRST_SERVICES)
        import_module("aiobotocore.session")
        _shared["loader"] = loader
        quiet_logging()


def load_next() -> None:
    """Read the models of the other services that the first screens need."""
    _load_models(loader(), NEXT_SERVICES)


def loader() -> Any:
    """botocore's loader of service models, one for all sessions: that is what start-up costs. After ``load_sdk``."""
    return _shared["loader"]


def _load_models(loader: Any, services: Iterable[str]) -> None:
    for service in services:
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")


def quiet_logging() -> None:
    """botocore logs a failing refresh; without a handler Python writes that over the screen. Ours go where the root's go."""
    for name in ("botocore", "aiobotocore", "urllib3", "aiohttp"):
        logger = logging.getLogger(name)
        if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            logger.addHandler(logging.NullHandler())


def _read_certificates() -> None:
    """Before the first client asks; by the bundle that it will name, unless a profile names another. What fails here fails
    there again, and is said there."""
    bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
    with suppress(OSError):
        http_session()(verify=bundle or True).trust()


@cache
def http_session() -> Any:
    """aiobotocore's HTTP session, but one SSL context for all clients that trust the same bundle: each would read the same
    140 certificates anew, which takes a core 25 to 40 ms. For ``AioConfig(http_session_cls=…)``.

    Where another version makes its contexts by another name, nobody asks ours, and each client has its own again.
    """
    from aiobotocore.httpsession import AIOHTTPSession

    class SharedTrust(AIOHTTPSession):  # type: ignore[misc]
        def trust(self) -> None:
            """Make the shared context. Raises OSError where the bundle cannot be read."""
            if hasattr(AIOHTTPSession, "_build_ssl_contexts"):
                self._build_ssl_contexts(None)

        def _build_ssl_contexts(self, proxy_url: str | None) -> tuple[Any, Any]:
            # what a client certificate or a proxy is put into is not for everybody
            if not self._verify or self._cert_file or proxy_url:
                return tuple(super()._build_ssl_contexts(proxy_url))
            bundle = _state(self._verify)
            with _trusting:
                if bundle not in _trusted:
                    _trusted[bundle] = super()._build_ssl_contexts(None)[0]
                return _trusted[bundle], None

    return SharedTrust


def _state(bundle: str | Literal[True]) -> tuple[object, ...]:
    """What a bundle is now: a file that was written anew is another one. Raises OSError."""
    if bundle is True:
        return ()
    state = Path(bundle).stat()
    return bundle, state.st_mtime_ns, state.st_size
