"""Which function answers which AWS operation, and the words handlers speak: ``Call``, ``AwsError``, ``paginate``.

A handler is a function from dict to dict: members as botocore's service models name them, times as epoch seconds or
``datetime``, blobs as bytes. The front (``front.py``) has validated the request against the model before it calls one,
and serialises the answer for whatever protocol the client spoke. An event stream is answered by an async iterator of
``{"eventName": {...}}`` under the member of the model's streaming output.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tui.simulator.world import World

T = TypeVar("T")
PACKAGES = ("tui.simulator.aws.services", "tui.simulator.ecs")
"""Every module in these packages is imported once, so that its ``@operation`` functions are known."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks what, where. ``caller`` is an ARN, ``base_url`` the address that the client reached us at."""

    service: str
    operation: str
    region: str
    account: str = ""
    caller: str = ""
    request_id: str = ""
    base_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[["World", dict[str, Any], Call], dict[str, Any] | None]
_handlers: dict[tuple[str, str], Handler] = {}


class AwsError(Exception):
    """A refusal as AWS gives it. ``extra`` are further members of a modelled exception."""

    def __init__(self, code: str, message: str, status: int = 400, **extra: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.extra = code, message, status, extra


def operation(service: str, name: str) -> Callable[[Handler], Handler]:
    """Register a handler: ``service`` as botocore names it (``ecs``, ``elbv2``), ``name`` as the model spells it."""

    def register(handler: Handler) -> Handler:
        if (service, name) in _handlers:
            raise ValueError(f"two handlers for {service}:{name}")
        _handlers[service, name] = handler
        return handler

    return register


def find(service: str, name: str) -> Handler | None:
    """The handler of an operation, or None where this world has none."""
    return _handlers.get((service, name))


def services() -> frozenset[str]:
    """botocore's names of the services with at least one handler."""
    return frozenset(service for service, _ in _handlers)


def load(packages: Iterable[str] = PACKAGES) -> None:
    """Import every module of ``packages`` (and of their subpackages), which registers its handlers."""
    for name in packages:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, prefix=f"{name}."):
            importlib.import_module(module.name)


def paginate(
    items: Sequence[T],
    request: Mapping[str, Any],
    *,
    token_in: str = "nextToken",
    token_out: str = "nextToken",
    limit: str = "maxResults",
    default: int = 100,
    error: str = "InvalidParameterException",
) -> tuple[Sequence[T], dict[str, str]]:
    """One page of ``items`` and ``{token_out: token}``, empty on the last page.

    Use: ``page, more = paginate(arns, request); return {"serviceArns": page, **more}``. ``items`` must have a stable
    order. A token that we did not give is refused with ``error``.
    """
    start = _offset(request.get(token_in), error)
    size = int(request.get(limit) or default)
    page = items[start : start + size]
    return page, {token_out: _token(start + size)} if start + size < len(items) else {}


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"offset": offset, "v": 1}).encode()).decode()


def _offset(token: str | None, error: str) -> int:
    if not token:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token.encode()))["offset"])
    except (binascii.Error, ValueError, KeyError, TypeError) as wrong:
        raise AwsError(error, "Invalid token") from wrong
