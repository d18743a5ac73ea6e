"""Which requests are reads. The transport asks this before anything leaves, so no source can write by mistake.

GET reads, except on ``exec``, ``attach``, ``portforward`` and ``proxy``, which run things with GET. Three review objects
are read by POST. Source: Kubernetes API reference, "Resource operations" and authorization.k8s.io/v1.
"""

from __future__ import annotations

from urllib.parse import unquote

_RUNNING = frozenset(("exec", "attach", "portforward", "proxy"))
_REVIEWS = frozenset(
    (
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    )
)


def is_read(method: str, path: str) -> bool:
    """Whether the request changes and starts nothing. ``path`` without its query."""
    parts = [part for part in unquote(path).split("/") if part]
    if ".." in parts or "." in parts:
        return False
    if method == "GET":
        return _running(parts) is False
    return method == "POST" and "/" + "/".join(parts) in _REVIEWS


def call_name(method: str, path: str) -> str:
    """``get pods/log`` for ``GET /api/v1/namespaces/shop/pods/cart/log``: a line of ``:calls``, without objects' names."""
    rest = _resource([part for part in unquote(path).split("/") if part])
    resource = rest[0] if rest else path
    return f"{method.lower()} {resource}/{rest[2]}" if len(rest) > 2 else f"{method.lower()} {resource}"


def _running(parts: list[str]) -> bool:
    """Whether the path names a subresource that runs something. ``[api, v1, …]`` or ``[apis, group, version, …]``."""
    if not parts or parts[0] not in ("api", "apis"):
        return False
    rest = _resource(parts)
    return rest[:1] == ["proxy"] or (len(rest) >= 3 and rest[2] in _RUNNING)


def _resource(parts: list[str]) -> list[str]:
    """``[resource, name, subresource, …]`` without what stands before it."""
    rest = parts[2:] if parts[:1] == ["api"] else parts[3:]
    if rest[:1] == ["watch"]:  # a form of Kubernetes before 1.10, as "proxy" is
        rest = rest[1:]
    if rest[:1] == ["namespaces"] and len(rest) >= 3 and rest[2] not in ("status", "finalize"):
        rest = rest[2:]
    return rest
