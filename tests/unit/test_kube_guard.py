"""Which requests are reads, and what calls are named."""

from __future__ import annotations

import pytest

from tui.sources.kubernetes.guard import call_name, is_read

READS = [
    ("GET", "/api/v1/pods"),
    ("GET", "/api/v1/namespaces/shop/pods/cart"),
    ("GET", "/api/v1/namespaces/shop/pods/cart/log"),
    ("GET", "/api/v1/namespaces/exec/pods/proxy"),  # names, not subresources
    ("GET", "/apis/apps/v1/namespaces/shop/deployments/cart/scale"),
    ("GET", "/api/v1/namespaces/shop/status"),
    ("GET", "/version"),
    ("GET", "/apis/metrics.k8s.io/v1beta1/pods"),
    ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    ("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"),
    ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews"),
]
WRITES = [
    ("GET", "/api/v1/namespaces/shop/pods/cart/exec"),
    ("GET", "/api/v1/namespaces/shop/pods/cart/attach"),
    ("GET", "/api/v1/namespaces/shop/pods/cart/portforward"),
    ("GET", "/api/v1/namespaces/shop/pods/cart/proxy/admin/delete"),
    ("GET", "/api/v1/namespaces/shop/services/cart:80/proxy"),
    ("GET", "/api/v1/nodes/n/proxy/run"),
    ("GET", "/api/v1/proxy/namespaces/shop/pods/cart"),
    ("GET", "/api/v1/watch/namespaces/shop/pods/cart/exec"),
    ("GET", "/api/v1/namespaces/shop/pods/cart/%65xec"),
    ("GET", "/api/v1//namespaces/shop//pods/cart/exec/"),
    ("GET", "/api/v1/namespaces/shop/pods/x/../cart/exec"),
    ("POST", "/api/v1/namespaces/shop/pods"),
    ("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews"),
    ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/cart/scale"),
    ("PUT", "/api/v1/pods"),
    ("DELETE", "/api/v1/namespaces/shop/pods/cart"),
]


@pytest.mark.parametrize(("method", "path"), READS)
def test_reads_pass(method: str, path: str) -> None:
    assert is_read(method, path)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_everything_else_does_not(method: str, path: str) -> None:
    assert not is_read(method, path)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/v1/namespaces/shop/pods/cart/log", "get pods/log"),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/cart", "patch deployments"),
        ("GET", "/api/v1/namespaces", "get namespaces"),
        ("GET", "/version", "get /version"),
    ],
)
def test_calls_are_counted_without_objects_names(method: str, path: str, name: str) -> None:
    assert call_name(method, path) == name
