"""The real kubectl against the embedded cluster, whose clock runs fast: what an operator types must just work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.json import decode

from tests.contract.kube_cluster import KUBECTL, Api, kubectl, serving
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(not KUBECTL.exists(), reason="kubectl is not installed beside this Python")
REGISTRY = "482913750164.dkr.ecr.eu-west-1.amazonaws.com"

DESCRIBED = (
    ("svc", "cart", "cart-web"),
    ("sts", "catalog", "catalog-db"),
    ("hpa", "orders", "orders"),
    ("ingress", "cart", "cart-web"),
    ("pvc", "cart", "data-cart-redis-0"),
    ("ds", "kube-system", "aws-node"),
    ("cronjob", "analytics", "daily-report"),
    ("job", "default", "smoke-test"),
)


class Shell:
    """kubectl with its cluster; ``ok`` gives standard output of a command that must succeed."""

    def __init__(self, api: Api, folder: Path) -> None:
        self.api = api
        self.folder = folder

    async def ok(self, *words: str, stdin: bytes | None = None) -> str:
        code, out, err = await kubectl(self.api.cluster, self.folder, *words, stdin=stdin)
        assert code == 0, f"{words}: {err}{out}"
        return out

    async def fails(self, *words: str) -> str:
        code, out, err = await kubectl(self.api.cluster, self.folder, *words)
        assert code != 0, f"{words}: {out}"
        return err

    async def column(self, number: int, *words: str) -> list[str]:
        return [line.split()[number] for line in (await self.ok(*words, "--no-headers")).splitlines()]


@pytest_asyncio.fixture
async def sh(tmp_path: Path) -> AsyncIterator[Shell]:
    async with serving(speed=60) as api:
        yield Shell(api, tmp_path)


async def test_get_of_every_kind(sh: Shell) -> None:
    kinds = (await sh.ok("api-resources", "--verbs=list", "-o", "name")).split()
    assert {"pods", "deployments.apps", "horizontalpodautoscalers.autoscaling", "pods.metrics.k8s.io"} <= set(kinds)
    stored = [k for k in kinds if "metrics" not in k]
    out = await sh.ok("get", ",".join(stored), "-A", "-o", "wide", "--show-kind")
    assert "deployment.apps/cart " in out
    assert "storageclass.storage.k8s.io/gp3 (default)" in out


async def test_columns_and_order(sh: Shell) -> None:
    out = (await sh.ok("get", "deploy", "-n", "cart", "-o", "wide")).splitlines()
    assert out[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "CONTAINERS", "IMAGES", "SELECTOR"]
    assert out[1].split()[:4] == ["cart", "0/12", "12", "0"]
    assert out[2].split()[:4] == ["cart-web", "14/14", "14", "14"]
    words = await sh.column(2, "get", "pods", "-n", "cart", "-l", "app.kubernetes.io/name in (cart)")
    assert (len(words), max(set(words), key=words.count)) == (12, "CrashLoopBackOff")
    assert len(await sh.column(0, "get", "pods", "-A", "--field-selector", "status.phase=Succeeded")) == 4


async def test_describe(sh: Shell) -> None:
    pod = (await sh.column(0, "get", "pods", "-n", "cart", "-l", "app.kubernetes.io/name=cart"))[0]
    out = " ".join((await sh.ok("describe", "pod", "-n", "cart", pod)).split())
    for words in (
        "Last State: Terminated Reason: Error",
        "Exit Code: 1",
        "Controlled By: ReplicaSet/cart-",
        "Back-off restarting failed",
    ):
        assert words in out
    out = await sh.ok("describe", "deploy", "-n", "orders", "orders")
    for words in (
        "StrategyType:           RollingUpdate",
        "NewReplicaSet:   orders-",
        "24 desired | 24 updated | 24 total | 24 available",
    ):
        assert words in out
    node = (await sh.column(0, "get", "nodes"))[-1]
    out = await sh.ok("describe", "node", node)
    assert "Non-terminated Pods:" in out
    assert "eks.amazonaws.com/nodegroup=general" in out
    assert f"HolderIdentity:  {node}" in out
    for kind, namespace, name in DESCRIBED:
        assert name in await sh.ok("describe", kind, "-n", namespace, name)


async def test_logs(sh: Shell) -> None:
    assert "FATAL REDIS_URL is not set" in await sh.ok("logs", "-n", "cart", "deploy/cart", "-p")
    out = await sh.ok("logs", "-n", "search", "deploy/search-api", "--all-containers", "--tail=2", "--prefix", "--timestamps")
    assert "/envoy] 20" in out
    out = await sh.ok("logs", "-n", "cart", "-l", "app.kubernetes.io/name=cart-web", "--tail=1", "--max-log-requests=20")
    assert len(out.splitlines()) == 14


async def test_scale_roll_and_undo(sh: Shell) -> None:
    await sh.ok("scale", "deploy/echo", "--replicas=5")
    await sh.ok("wait", "--for=condition=Available", "deploy/echo", "--timeout=55s")
    image = f"{REGISTRY}/echo:1.0.1"
    await sh.ok("set", "image", "deploy/echo", f"echo={image}")
    out = await sh.ok("rollout", "status", "deploy/echo", "--timeout=55s")
    assert 'deployment "echo" successfully rolled out' in out
    assert set(
        await sh.column(
            1,
            "get",
            "pods",
            "-l",
            "app.kubernetes.io/name=echo",
            "-o",
            "custom-columns=N:.metadata.name,I:.spec.containers[0].image",
        )
    ) == {image}
    history = await sh.ok("rollout", "history", "deploy/echo")
    assert [line.split()[0] for line in history.splitlines()[2:] if line.strip()] == ["1", "2"]
    await sh.ok("rollout", "undo", "deploy/echo")
    await sh.ok("rollout", "status", "deploy/echo", "--timeout=55s")
    history = await sh.ok("rollout", "history", "deploy/echo")
    assert [line.split()[0] for line in history.splitlines()[2:] if line.strip()] == ["2", "3"]
    await sh.ok("rollout", "restart", "deploy/echo")
    await sh.ok("rollout", "status", "deploy/echo", "--timeout=55s")
    assert "kubectl.kubernetes.io/restartedAt" in await sh.ok("get", "deploy", "echo", "-o", "yaml")
    error = await sh.fails("scale", "deploy/echo", "--current-replicas=1", "--replicas=2")
    assert "Expected replicas to be 1, was 5" in error


async def test_setting_the_variable_mends_the_crash_loop(sh: Shell) -> None:
    await sh.ok("set", "env", "-n", "cart", "deploy/cart", "REDIS_URL=redis://cart-redis:6379/0")
    await sh.ok("rollout", "status", "-n", "cart", "deploy/cart", "--timeout=55s")
    assert set(await sh.column(2, "get", "pods", "-n", "cart", "-l", "app.kubernetes.io/name=cart")) == {"Running"}


async def test_an_image_that_is_not_in_the_registry(sh: Shell) -> None:
    class Registry:
        def resolve(self, ref: str) -> None:
            return None

    sh.api.cluster.world.images = Registry()
    await sh.ok("set", "image", "deploy/echo", f"echo={REGISTRY}/echo:9.9.9")
    error = await sh.fails("rollout", "status", "deploy/echo", "--timeout=1s")
    assert "timed out" in error
    assert {"ErrImagePull", "ImagePullBackOff"} & set(await sh.column(2, "get", "pods"))
    events = await sh.ok("get", "events", "--field-selector", "reason=Failed")
    assert "rpc error: code = NotFound" in events


async def test_stateful_and_daemon_sets_roll(sh: Shell) -> None:
    for target in ("sts/cart-redis", "ds/node-exporter"):
        namespace = "cart" if target.startswith("sts") else "monitoring"
        await sh.ok("rollout", "restart", "-n", namespace, target)
        out = await sh.ok("rollout", "status", "-n", namespace, target, "--timeout=55s")
        assert "complete" in out or "successfully rolled out" in out


async def test_writing_by_hand(sh: Shell) -> None:
    manifest = b"""
apiVersion: v1
kind: ConfigMap
metadata: {name: mine, namespace: default}
data: {a: "1"}
"""
    assert "created" in await sh.ok("apply", "-f", "-", stdin=manifest)
    assert "unchanged" in await sh.ok("apply", "-f", "-", stdin=manifest)
    assert "configured" in await sh.ok("apply", "-f", "-", stdin=manifest.replace(b'"1"', b'"2"'))
    assert "serverside-applied" in await sh.ok(
        "apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifest.replace(b'"1"', b'"3"')
    )
    assert await sh.ok("get", "cm", "mine", "-o", "jsonpath={.data.a}") == "3"
    typo = manifest.replace(b"\ndata:", b"\ndota:").replace(b"name: mine", b"name: other")
    code, _, error = await kubectl(sh.api.cluster, sh.folder, "apply", "-f", "-", stdin=typo)
    assert (code, 'strict decoding error: unknown field "dota"' in error) == (1, True)
    await sh.ok("label", "cm", "mine", "team=shop")
    await sh.ok("annotate", "cm", "mine", "note=x")
    await sh.ok(
        "patch",
        "cm",
        "mine",
        "--type=json",
        "-p",
        '[{"op":"test","path":"/data/a","value":"3"},{"op":"add","path":"/data/b","value":"4"}]',
    )
    await sh.ok("patch", "cm", "mine", "--type=merge", "-p", '{"data":{"a":null}}')
    found = decode(await sh.ok("get", "cm", "mine", "-o", "json"))
    assert (found["data"], found["metadata"]["labels"]) == ({"b": "4"}, {"team": "shop"})
    assert "server dry run" in await sh.ok("delete", "cm", "mine", "--dry-run=server")
    await sh.ok("delete", "cm", "mine")
    assert "not found" in await sh.fails("get", "cm", "mine")


async def test_run_a_job_and_delete_pods(sh: Shell) -> None:
    await sh.ok("create", "job", "count", "--image=busybox", "--", "sh", "-c", "sleep 3")
    await sh.ok("wait", "--for=condition=complete", "job/count", "--timeout=55s")
    await sh.ok("create", "job", "again", "--from=cronjob/daily-report", "-n", "analytics")
    await sh.ok("run", "once", "--image=busybox", "--restart=Never", "--", "sh", "-c", "exit 2")
    await sh.ok("wait", "--for=jsonpath={.status.phase}=Failed", "pod/once", "--timeout=55s")
    await sh.ok("delete", "pod", "once", "--timeout=55s")
    before = set(await sh.column(0, "get", "pods", "-l", "app.kubernetes.io/name=echo"))
    await sh.ok("delete", "pod", "-l", "app.kubernetes.io/name=echo", "--timeout=55s")
    after = set(await sh.column(0, "get", "pods", "-l", "app.kubernetes.io/name=echo"))
    assert len(after) == len(before) == 2
    assert not after & before


async def test_cordon_and_drain(sh: Shell) -> None:
    node = (await sh.column(0, "get", "nodes", "-l", "eks.amazonaws.com/nodegroup=general"))[0]
    await sh.ok("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=55s")
    assert "SchedulingDisabled" in (await sh.column(1, "get", "node", node))[0]
    left = await sh.ok("get", "pods", "-A", "--field-selector", f"spec.nodeName={node}", "--no-headers")
    assert {line.split()[1].rsplit("-", 1)[0] for line in left.splitlines()} <= {
        "aws-node", "kube-proxy", "ebs-csi-node", "efs-csi-node", "fluent-bit", "node-exporter", "daily-report", "smoke-test",
    } | {line.split()[1].rsplit("-", 1)[0] for line in left.splitlines() if "Completed" in line}  # fmt: skip
    await sh.ok("uncordon", node)


async def test_exec_top_and_auth(sh: Shell) -> None:
    pod = (await sh.column(0, "get", "pods", "-l", "app.kubernetes.io/name=echo"))[0]
    assert await sh.ok("exec", pod, "--", "sh", "-c", "echo $HOSTNAME") == f"{pod}\n"
    assert await sh.ok("exec", "-i", pod, "--", "cat", stdin=b"line\n") == "line\n"
    assert "exit code 7" in await sh.fails("exec", pod, "--", "sh", "-c", "exit 7")
    assert len((await sh.ok("top", "nodes")).splitlines()) == 10
    assert "cart-web-" in await sh.ok("top", "pods", "-n", "cart", "--containers")
    assert (await sh.ok("auth", "can-i", "delete", "pods")).strip() == "yes"
    assert "assumed-role" in await sh.ok("auth", "whoami")
    sh.api.cluster.faults.set({"forbidden": ["cart"]})
    assert "Error from server (Forbidden): pods is forbidden" in await sh.fails("get", "pods", "-n", "cart")


async def test_explain_knows_members_and_types(sh: Shell) -> None:
    out = await sh.ok("explain", "deployment.spec.template.spec.containers")
    assert "FIELD: containers <[]Container>" in out
    assert "imagePullPolicy\t<string>" in out
    assert "replicas <integer>" in await sh.ok("explain", "deploy.spec.replicas")
    assert 'field "replcas" does not exist' in await sh.fails("explain", "deploy.spec.replcas")
    for kind in ("pod", "cronjob.spec.jobTemplate", "ingress.spec", "hpa.spec", "configmap", "lease"):
        assert "KIND:" in await sh.ok("explain", kind, "--recursive")
    assert "CoreDNS is running at" in await sh.ok("cluster-info")


async def test_nodes_renew_their_leases_until_they_fall_silent(sh: Shell) -> None:
    node = (await sh.column(0, "get", "nodes"))[0]
    lease = ("get", "lease", node, "-n", "kube-node-lease", "-o", "jsonpath={.spec.renewTime}")
    first = await sh.ok(*lease)
    sh.api.cluster.world.step(30)
    second = await sh.ok(*lease)
    assert second > first
    sh.api.cluster.faults.set({"down_nodes": [node]})
    third = await sh.ok(*lease)
    sh.api.cluster.world.step(30)
    assert await sh.ok(*lease) == third


async def test_watching(sh: Shell) -> None:
    """``get -w`` prints the pods of a new replica as they change."""
    config = sh.api.cluster.write_kubeconfig(sh.folder)
    process = await asyncio.create_subprocess_exec(
        str(KUBECTL), f"--kubeconfig={config}", "get", "pods", "-w", "-l", "app.kubernetes.io/name=echo",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            lines = [(await process.stdout.readline()).decode() for _ in range(3)]
            assert [line.split()[0] for line in lines[:1]] == ["NAME"]
            await sh.ok("scale", "deploy/echo", "--replicas=3")
            words: list[str] = []
            while "Running" not in words:
                words.append((await process.stdout.readline()).decode().split()[2])
    finally:
        process.kill()
        await process.wait()
    assert words[0] == "Pending"
    assert "ContainerCreating" in words
