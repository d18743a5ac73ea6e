"""The module of the AWS sources that touches botocore: sessions, clients, signing, and the classes of its errors.

One session for each profile, all sharing what ``loading.py`` brought in. Clients are kept by region, service and number of
attempts. Nothing here may ask on the terminal: MFA codes are asked for by the caller beforehand, helper programs run through
``programs.run_program``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from msgspec import Struct

from tui import __version__
from tui.sources.aws import shapes
from tui.sources.aws.credentials import MfaAnswers, mfa_serials, wire
from tui.sources.aws.loading import http_session, loader
from tui.sources.aws.moments import moment
from tui.sources.connector import loopback_socket

POOL = 20
#: what a presigned request is good for, in seconds; EKS looks at its date only
PRESIGNED_S = 60


class SessionPlan(Struct, frozen=True, kw_only=True):
    """How to open a session. ``access``: (key, secret) of the embedded world; with it nothing of the user's is read and
    only loopback is reached. ``endpoint_url`` empty: botocore's own choice, ``AWS_ENDPOINT_URL`` included."""

    profile: str = ""
    region: str = ""
    role_arn: str = ""
    role_session_name: str = "pierhead"
    external_id: str = ""
    endpoint_url: str = ""
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    access: tuple[str, str] | None = None
    loopback_only: bool = False


def caught() -> tuple[type[Exception], ...]:
    """Everything that a call of a client may raise for reasons that are not a fault of ours."""
    import aiohttp
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    # KeyError: botocore's reader of XML, for a page that is XML but not AWS's
    return (BotoCoreError, ClientError, ResponseParserError, aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError)


def profiles() -> list[str]:
    """Names of the user's profiles, for ``ctrl-p``; none where the configuration cannot be read."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        return sorted(Session().available_profiles)
    except BotoCoreError as error:
        logging.getLogger("pierhead.sources").info("no profiles: %s", error)
        return []


class AwsSession:
    """One opened session. ``hooks``: (event, handler) pairs registered before any client is made."""

    def __init__(self, plan: SessionPlan, hooks: tuple[tuple[str, Callable[..., Any]], ...] = ()) -> None:
        from aiobotocore.session import AioSession
        from botocore.utils import parse_timestamp

        self.plan = plan
        variables = _nothing_of_the_user() if plan.loopback_only else None
        self._session = AioSession(session_vars=variables, profile=plan.profile or None)
        self._session.register_component("data_loader", loader())
        self._session.get_component("response_parser_factory").set_parser_defaults(
            timestamp_parser=partial(moment, otherwise=parse_timestamp)
        )
        self._answers = MfaAnswers()
        if plan.access is not None:
            self._session.set_credentials(*plan.access)
        else:
            wire(self._session, plan, self._answers)
        events = self._session.get_component("event_emitter")
        for event, handler in hooks:
            events.register(event, handler)
        self._clients: dict[tuple[str, str, int], Any] = {}
        self._opening: dict[tuple[str, str, int], asyncio.Lock] = {}
        self._closing = AsyncExitStack()
        self._closed = False

    @property
    def profile(self) -> str:
        """The profile's name, empty where there is none."""
        return str(self._session.profile or "")

    @property
    def scoped(self) -> Mapping[str, Any]:
        """The profile's section of the configuration; raises botocore's ProfileNotFound."""
        found: Mapping[str, Any] = self._session.get_scoped_config()
        return found

    async def credentials(self, ask: Callable[[str], Awaitable[str | None]] | None) -> None:
        """Get credentials now, asking for MFA codes first where the profile's roles want them.

        Raises botocore's errors; NoCredentialsError where nothing was found.
        """
        from botocore.exceptions import NoCredentialsError

        if self.plan.access is None:
            for serial in mfa_serials(self._session.full_config.get("profiles", {}), self.profile or "default"):
                await self._answers.ask(serial, ask)
        found = await self._session.get_credentials()
        if found is None:
            raise NoCredentialsError
        await found.get_frozen_credentials()

    async def region(self) -> str:
        """The region by settings, environment, profile and instance metadata; empty where none says."""
        if self.plan.region:
            return self.plan.region
        named = os.environ.get("AWS_REGION") or self._session.get_config_variable("region")
        if named:
            return str(named)
        from aiobotocore.utils import AioIMDSRegionProvider

        return str(await AioIMDSRegionProvider(self._session).provide() or "")

    async def regions(self) -> list[str]:
        """Regions where ECS is offered, all partitions, for a list to choose from."""
        found: list[str] = []
        for partition in self._session.get_available_partitions():
            found += await self._session.get_available_regions("ecs", partition)
        return sorted(found)

    def partition(self, region: str) -> str:
        """``aws``, ``aws-cn``, ``aws-us-gov`` …"""
        from botocore.exceptions import BotoCoreError

        try:
            return str(self._session.get_partition_for_region(region))
        except BotoCoreError:
            return "aws"

    async def client(self, service: str, region: str, attempts: int = 2) -> Any:
        """The client for ``service``, made once; ``attempts`` 1 for writes. Raises HTTPClientError once closed."""
        from botocore.exceptions import HTTPClientError

        name = (service, region, attempts)
        client = self._clients.get(name)
        if client is not None:
            return client
        async with self._opening.setdefault(name, asyncio.Lock()):
            if name not in self._clients:
                made = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self.plan.endpoint_url or None,
                    # None means by AWS_CA_BUNDLE, the profile or REQUESTS_CA_BUNDLE, which are the user's
                    verify=True if self.plan.loopback_only else None,
                    config=self._config(attempts, read_timeout=self.plan.read_timeout),
                )
                client = await self._closing.enter_async_context(made)
                if self._closed:  # meanwhile: nobody else would close this one
                    await self._closing.aclose()
                    raise HTTPClientError(error="the session was closed")
                self._clients[name] = client
            return self._clients[name]

    def _config(self, attempts: int, *, read_timeout: float) -> Any:
        from aiobotocore.config import AioConfig

        connector: dict[str, Any] = {"keepalive_timeout": 30}
        if self.plan.loopback_only:
            connector["socket_factory"] = loopback_socket
        return AioConfig(
            connector_args=connector,
            http_session_cls=http_session(),
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=self.plan.connect_timeout,
            read_timeout=read_timeout,
            max_pool_connections=POOL,
            inject_host_prefix=not self._endpoint_overridden(),
            # given whole: botocore would put together its own anew for each call, a sixth of what a call costs
            user_agent=f"pierhead/{__version__} Python/{platform.python_version()} botocore/{_botocore_version()}",
            proxies={} if self.plan.loopback_only else None,
        )

    def _endpoint_overridden(self) -> bool:
        """An own endpoint has no names such as ``streaming-logs…`` beneath it."""
        if self.plan.endpoint_url or any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ):
            return True
        scoped = self.scoped
        return "endpoint_url" in scoped or "services" in scoped

    async def presign_caller_identity(self, cluster: str, region: str) -> str:
        """The URL of a presigned GetCallerIdentity that names an EKS cluster: what an EKS token is made of."""
        from aiobotocore.signers import AioRequestSigner
        from botocore.model import ServiceId

        client = await self.client("sts", region)
        signer = AioRequestSigner(
            ServiceId("sts"), region, "sts", "v4", await self._session.get_credentials(), client.meta.events
        )
        request = {
            "method": "GET",
            "url": f"{client.meta.endpoint_url.rstrip('/')}/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": cluster},
            "context": {},
        }
        return str(await signer.generate_presigned_url(request, operation_name="", expires_in=PRESIGNED_S, region_name=region))

    async def close(self) -> None:
        """Close all clients' connections."""
        self._closed = True
        self._clients.clear()
        await self._closing.aclose()


def unknown_members(service: str, shape: str, value: Any) -> list[str]:
    """Paths in ``value`` that the shape of ``service``'s model lacks: what botocore would drop or refuse."""
    from botocore.model import ServiceModel

    model = ServiceModel(loader().load_service_model(service, "service-2"), service_name=service)
    found: list[str] = []
    shapes.unknown(model.shape_for(shape), value, "", found)
    return found


def dated(service: str, operation: str, value: Any) -> Any:
    """A raw answer of ``operation`` with its dates in ISO 8601; members that the model does not know stay as they are."""
    from botocore.model import ServiceModel

    model = ServiceModel(loader().load_service_model(service, "service-2"), service_name=service)
    return shapes.dated(model.operation_model(operation).output_shape, value)


def _botocore_version() -> str:
    from botocore import __version__ as found

    return str(found)


def method_of(client: Any, operation: str) -> Any:
    """The client's coroutine function for ``DescribeServices``."""
    from botocore import xform_name

    return getattr(client, xform_name(operation))


def _nothing_of_the_user() -> dict[str, tuple[Any, ...]]:
    """Session variables that read neither the environment nor the user's files."""
    nowhere = (None, None, os.devnull, None)
    return {
        "profile": (None, None, None, None),
        "region": (None, None, None, None),
        "data_path": (None, None, None, None),
        "config_file": nowhere,
        "credentials_file": nowhere,
        "ca_bundle": (None, None, None, None),
        "csm_enabled": (None, None, False, None),
        "use_fips_endpoint": (None, None, None, None),
        "use_dualstack_endpoint": (None, None, None, None),
        "defaults_mode": (None, None, "legacy", None),
        "retry_mode": (None, None, "standard", None),
        "max_attempts": (None, None, None, None),
        "ignore_configured_endpoint_urls": (None, None, True, None),
        "user_agent_appid": (None, None, None, None),
    }
