"""Whole objects of many rows: by name where they are few, by pages of their list where they are many; nothing is lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tui.model import Key, Scope, Secret
from tui.model.errors import ApiError, Trouble
from tui.model.image import ImageRef
from tui.model.kubernetes import PodContainer, PodContainerRow
from tui.sources.kubernetes.kinds import KINDS
from tui.sources.kubernetes.whole import BY_NAME, whole_container, whole_objects

PODS = next(kind for kind in KINDS if kind.kind == "pods")
NODES = next(kind for kind in KINDS if kind.kind == "nodes")
SCOPE = Scope("kube:c", cluster="https://c#1")


def pod(number: int, namespace: str = "a") -> dict[str, Any]:
    env = [{"name": "A", "value": f"hunter{number}"}]
    return {
        "metadata": {"name": f"p{number}", "namespace": namespace, "uid": f"u{number}"},
        "spec": {"containers": [{"env": env}]},
    }


def row(number: int, namespace: str = "a") -> Any:
    return SimpleNamespace(
        key=Key("pods", SCOPE.identity, f"u{number}"), name=f"p{number}", namespace=namespace, uid=f"u{number}"
    )


class Cluster:
    """Objects by path; lists in pages of two; ``denied`` paths answer 403."""

    def __init__(self, objects: list[dict[str, Any]], *denied: str) -> None:
        self.objects = objects
        self.denied = denied
        self.asked: list[str] = []

    async def get(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        self.asked.append(path)
        if path in self.denied:
            raise ApiError(Trouble.DENIED, f"{path} is denied")
        if query is None:
            for one in self.objects:
                if path.endswith(f"/{one['metadata']['namespace']}/pods/{one['metadata']['name']}"):
                    return {"kind": "Pod", "apiVersion": "v1", **one}
            raise ApiError(Trouble.NOT_FOUND, f"{path} is gone")
        start = int(query.get("continue", "0"))
        inside = [one for one in self.objects if f"/namespaces/{one['metadata']['namespace']}/" in path or path == "/api/v1/pods"]
        more = {"continue": str(start + 2)} if start + 2 < len(inside) else {}
        return {"kind": "PodList", "apiVersion": "v1", "metadata": more, "items": inside[start : start + 2]}


async def got(cluster: Cluster, rows: list[Any]) -> dict[str, dict[str, Any]]:
    found = await whole_objects(cluster, PODS, rows)  # type: ignore[arg-type]
    return {key.id: one for key, one in found.items()}


MANY = BY_NAME + 3


async def test_few_are_asked_for_by_name_and_what_is_gone_is_left_out() -> None:
    cluster = Cluster([pod(1), pod(2)])
    found = await got(cluster, [row(1), row(2), row(3)])
    assert set(found) == {"u1", "u2"} and len(cluster.asked) == 3
    assert found["u1"]["spec"]["containers"][0]["env"][0]["value"] == Secret("hunter1")


@pytest.mark.parametrize("namespaces", [("a",), ("a", "b")], ids=["one namespace", "two"])
async def test_many_are_picked_out_of_their_list(namespaces: tuple[str, ...]) -> None:
    where = [namespaces[number % len(namespaces)] for number in range(MANY + 1)]
    cluster = Cluster([pod(number, where[number]) for number in range(MANY)])
    found = await got(cluster, [row(number, where[number]) for number in range(MANY + 1)])
    assert set(found) == {f"u{number}" for number in range(MANY)}, "one was deleted meanwhile"
    path = "/api/v1/namespaces/a/pods" if len(namespaces) == 1 else "/api/v1/pods"
    assert set(cluster.asked) == {path} and len(cluster.asked) == -(-MANY // 2)
    by_name = await got(Cluster(cluster.objects), [row(1, where[1])])
    assert found["u1"] == by_name["u1"] and list(found["u1"])[:2] == ["apiVersion", "kind"]


async def test_a_list_that_is_denied_gives_way_to_names() -> None:
    cluster = Cluster([pod(number, "ab"[number % 2]) for number in range(MANY)], "/api/v1/pods")
    found = await got(cluster, [row(number, "ab"[number % 2]) for number in range(MANY)])
    assert len(found) == MANY and len(cluster.asked) == MANY + 1


async def test_other_troubles_are_raised() -> None:
    cluster = Cluster([pod(1)], "/api/v1/namespaces/a/pods/p1")
    with pytest.raises(ApiError, match="is denied"):
        await got(cluster, [row(1)])


async def test_what_is_in_no_namespace() -> None:
    asked: list[str] = []

    async def get(path: str, query: object = None) -> dict[str, Any]:
        asked.append(path)
        return {"metadata": {"name": "n"}}

    node: Any = SimpleNamespace(key=Key("nodes", SCOPE.identity, "u"), name="n", uid="u")
    assert await whole_objects(SimpleNamespace(get=get), NODES, [node])  # type: ignore[arg-type]
    assert asked == ["/api/v1/nodes/n"]


async def test_a_container_is_its_part_of_the_pod() -> None:
    one = pod(1)
    one["spec"] = {
        "initContainers": [{"name": "wait"}],
        "containers": [{"name": "cart", "env": [{"name": "A", "value": "hunter1"}]}],
    }
    one["status"] = {"containerStatuses": [{"name": "cart", "restartCount": 3}]}
    cluster = Cluster([one])
    found = {name: await whole_container(cluster, PODS, part(name)) for name in ("cart", "wait")}  # type: ignore[arg-type]
    assert found["cart"]["status"] == {"name": "cart", "restartCount": 3}
    assert isinstance(found["cart"]["spec"]["env"][0]["value"], Secret)
    assert found["wait"] == {"name": "wait", "spec": {"name": "wait"}, "status": None}, "it has not begun"
    assert cluster.asked == ["/api/v1/namespaces/a/pods/p1"] * 2


def part(name: str) -> PodContainerRow:
    key = Key("pods", SCOPE.identity, "u1")
    return PodContainerRow(
        key=Key("pod-containers", SCOPE.identity, f"u1#{name}"), scope=SCOPE, name=name, pod=key, namespace="a", pod_name="p1",
        container=PodContainer(name=name, image=ImageRef.parse("cart:1")),
    )  # fmt: skip
