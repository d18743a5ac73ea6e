"""Opening clusters: identity, who signs tokens, what another kind of object takes."""

from __future__ import annotations

import asyncio
import base64
import gc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.contract.kube_api import Api, Rig, bookmark, connect, event, serve
from tui.model import ManualClock, Row, Scope, Secret
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import EksClusterRow, Object
from tui.model.scope import Key
from tui.sources.gc_guard import GcGuard
from tui.sources.kubernetes.connect import KubernetesConnection, Options
from tui.sources.kubernetes.decode import Place
from tui.sources.kubernetes.kinds import Kind
from tui.sources.kubernetes.kubeconfig import read
from tui.sources.kubernetes.reflector import Reflector
from tui.sources.kubernetes.token import EksTokenRequest
from tui.sources.kubernetes.wire import Meta

ARN = "arn:aws:eks:eu-west-1:482913750164:cluster/shop-1"
CONFIG = """\
current-context: {arn}
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:9"}}}}]
contexts:
- {{name: "{arn}", context: {{cluster: c, user: u}}}}
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args: [eks, get-token, --cluster-name, shop-1]
      env: {env}
"""


def row(**members: Any) -> EksClusterRow:
    values = {"endpoint": "http://127.0.0.1:9/", "certificate_authority": base64.b64encode(b"").decode(), "status": "ACTIVE"}
    scope = Scope("aws:prod", "aws", "482913750164", "eu-west-1")
    return EksClusterRow(key=Key("eks-clusters", "", ARN), scope=scope, name="shop-1", arn=ARN, **{**values, **members})


async def opened(tmp_path: Path, env: str = "[]", known: tuple[EksClusterRow, ...] = (), profile: str = "") -> Any:
    path = tmp_path / "config"
    path.write_text(CONFIG.format(arn=ARN, env=env))
    asked: list[EksTokenRequest] = []

    async def presign(request: EksTokenRequest) -> str:
        asked.append(request)
        return "https://sts/"

    options = Options(clock=ManualClock(), loopback_only=True, profile=profile)
    made = await KubernetesConnection.open_context(read([path]), ARN, options, presign=presign, known=known)
    return made, asked


async def test_a_context_of_a_known_eks_endpoint_takes_the_clusters_arn(tmp_path: Path) -> None:
    connection, _ = await opened(tmp_path, known=(row(endpoint="HTTP://127.0.0.1:9"),))
    assert connection.scope.cluster == ARN and connection.scope.account == "482913750164"
    assert connection.scope.identity == f"aws|482913750164|eu-west-1|{ARN}" and connection.name == "shop-1"
    await connection.close()
    connection, _ = await opened(tmp_path)
    assert connection.scope.cluster.startswith("http://127.0.0.1:9#") and connection.name == "shop-1"
    assert connection.scope.owner == f"kube:{ARN}"
    await connection.close()


async def test_aws_eks_get_token_is_signed_by_us_and_not_run(tmp_path: Path) -> None:
    connection, asked = await opened(tmp_path)
    assert await connection._auth.header() == Secret("Bearer k8s-aws-v1.aHR0cHM6Ly9zdHMv")
    assert asked == [EksTokenRequest(cluster="shop-1")]
    await connection.close()


async def test_another_profiles_token_is_left_to_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program = tmp_path / "aws"
    program.write_text('#!/bin/sh\necho "{\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$AWS_PROFILE\\"}}"\n')
    program.chmod(0o755)
    connection, asked = await opened(tmp_path, "[{name: AWS_PROFILE, value: other}]", profile="prod")
    assert await connection._auth.header() == Secret("Bearer other") and not asked
    await connection.close()
    connection, asked = await opened(tmp_path, "[{name: AWS_PROFILE, value: prod}]", profile="prod")
    await connection._auth.header()
    assert asked == [EksTokenRequest(cluster="shop-1", profile="prod")]
    await connection.close()


async def test_an_eks_cluster_that_is_not_ready_or_sends_nonsense() -> None:
    async def presign(request: EksTokenRequest) -> str:
        raise AssertionError("nothing is asked for when a cluster is opened")

    with pytest.raises(ApiError, match="has no endpoint yet") as caught:
        await KubernetesConnection.open_eks(row(endpoint="", status="CREATING"), presign)
    assert caught.value.trouble is Trouble.UNREACHABLE
    with pytest.raises(ApiError, match="not base64"):
        await KubernetesConnection.open_eks(row(certificate_authority="ä"), presign)
    connection = await KubernetesConnection.open_eks(row(), presign, Options(loopback_only=True))
    assert connection.scope.owner == "kube:shop-1" and connection.scope.region == "eu-west-1"
    await connection.close()


class ConfigMap(msgspec.Struct):
    metadata: Meta
    data: dict[str, str] | None = None


class ConfigMapRow(Object, frozen=True, kw_only=True):
    kind = "config-maps"
    keys: tuple[str, ...] = ()


def config_map_row(thing: ConfigMap, place: Place) -> Row:
    meta = thing.metadata
    return ConfigMapRow(
        key=place.key("config-maps", meta.uid), scope=place.at(meta.namespace), name=meta.name, keys=tuple(thing.data or ())
    )


async def test_another_kind_is_a_struct_a_function_and_an_entry() -> None:
    kind = Kind(kind="config-maps", prefix="/api/v1", resource="configmaps", wire=ConfigMap, row=config_map_row)
    thing = {"metadata": {"name": "settings", "namespace": "shop", "uid": "1", "resourceVersion": "5"}, "data": {"a": "b"}}
    async with serve(Api()) as api:
        api.say(api.stream(event("ADDED", thing), bookmark("9", end=True)))
        clock = ManualClock()
        r = Rig(await connect(api.url, clock), clock)
        r.store.interest.register("config-maps", None)
        task = asyncio.create_task(Reflector(r.source, r.connection, kind).run())
        await r.until(lambda: r.store.count("config-maps") == 1)
        assert [made.keys for made in r.store.rows("config-maps")] == [("a",)]  # type: ignore[attr-defined]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await r.stop()


def test_the_collector_is_off_until_the_last_sync_has_ended() -> None:
    guard = GcGuard()
    assert gc.isenabled()
    with guard:
        with guard:
            assert not gc.isenabled() and guard.inside == 2
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with guard:
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
