"""The embedded world's process: it ends however its parent ends, listens on loopback only, and leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import ssl
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.outside import control, once
from tests.waiting import PATIENCE
from tui.simulator.launch import Running, start

ROOT = Path(__file__).resolve().parents[2]
LIMIT = PATIENCE


PARENT = """
import sys
sys.path.insert(0, {root!r})
from tui.simulator.launch import start
running = start(manual_clock=True)
print(running.process.pid, running.env["KUBECONFIG"], flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd to wait for a grandchild")
def test_the_child_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(root=str(ROOT))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid, kubeconfig = parent.stdout.readline().split()
    child = os.pidfd_open(int(pid))
    try:
        assert Path(kubeconfig).exists()
        assert select.select([child], [], [], 0)[0] == []
        parent.kill()
        parent.wait(LIMIT)
        assert select.select([child], [], [], LIMIT)[0] == [child]
    finally:
        os.close(child)
        parent.stdout.close()
        if parent.stdin is not None:
            parent.stdin.close()
    assert not Path(kubeconfig).parent.exists()


def misbehave(url: str) -> None:
    """Speak no HTTP, then hang up in the middle of a request."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), LIMIT) as line:
        line.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        assert b"400" in line.recv(100)
    with socket.create_connection((host, int(port)), LIMIT) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")


def test_simulate_prints_exports_and_nothing_more_and_never_reads_its_input() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"keys typed by somebody")
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.simulator", "--seed", "3"],
        cwd=ROOT,
        stdin=read_end,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(6)]
    env = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    assert all(line.startswith("export ") for line in lines)
    assert list(env) == [
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "KUBECONFIG",
    ]
    kubeconfig = Path(env["KUBECONFIG"])
    assert stat.S_IMODE(kubeconfig.stat().st_mode) == 0o600
    assert stat.S_IMODE(kubeconfig.parent.stat().st_mode) == 0o700
    assert json.loads(kubeconfig.read_text())["users"][0]["user"]["token"]
    assert once(env, "sts").get_caller_identity()["Account"] == "482913750164"
    misbehave(env["AWS_ENDPOINT_URL"])
    assert once(env, "sts").get_caller_identity()["Account"] == "482913750164"
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=LIMIT)
    assert (process.returncode, rest, said) == (0, "", "")
    assert not kubeconfig.exists()
    assert os.read(read_end, 100) == b"keys typed by somebody"
    os.close(read_end)
    os.close(write_end)


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs /proc")
def test_it_listens_on_loopback_only() -> None:
    with start(manual_clock=True) as world:
        own = Path(f"/proc/{world.process.pid}/fd")
        open_files = [str(entry.readlink()) for entry in own.iterdir()]
        sockets = {name[8:-1] for name in open_files if name.startswith("socket:")}
        listening = []
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in sockets:
                    listening.append(fields[1].split(":")[0])
        assert listening == ["0100007F"] * 3


def test_one_seed_gives_one_world_and_another_another() -> None:
    worlds = []
    for seed in (1, 1, 2):
        with start(manual_clock=True, seed=seed) as world:
            control(world, "/step", {"seconds": 30})
            tasks = sorted(once(world.env, "ecs").list_tasks(cluster="shop")["taskArns"])
            images = once(world.env, "ecr").describe_images(repositoryName="checkout")["imageDetails"]
            worlds.append((tasks, [image["imageDigest"] for image in images]))
    assert worlds[0] == worlds[1]
    assert worlds[0][0] != worlds[2][0]


def watch(world: Running) -> http.client.HTTPResponse:
    """A watch of all pods, open."""
    headers = {"Authorization": f"Bearer {world.kubernetes_token}"}
    request = urllib.request.Request(f"{world.kubernetes}/api/v1/pods?watch=true", headers=headers)
    opened: http.client.HTTPResponse = urllib.request.urlopen(
        request, timeout=LIMIT, context=ssl.create_default_context(cadata=world.ca)
    )
    return opened


def test_chaos_changes_the_weather_and_passes() -> None:
    with start(manual_clock=True, chaos=True, seed=5) as world:
        phases, failures, successes = set(), set(), 0
        watched = watch(world)
        ecr = once(world.env, "ecr")
        for _ in range(32):
            phases.add(control(world, "/state")["chaos"])
            try:
                ecr.describe_repositories(maxResults=1)
                successes += 1
            except ClientError as error:
                failures.add(error.response["Error"]["Code"])
            except BotoCoreError as error:
                failures.add(type(error).__name__)
            control(world, "/step", {"seconds": 13})
        assert len(phases) > 6
        assert {"AccessDeniedException", "ExpiredTokenException"} <= failures
        assert successes > 8
        with watched, pytest.raises((http.client.IncompleteRead, ssl.SSLError, ConnectionError)):
            watched.read()


def test_a_bad_option_is_said_and_nothing_starts() -> None:
    ended = subprocess.run([sys.executable, "-m", "tui.simulator", "--size", "huge"], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "huge" in ended.stderr
