"""Kubeconfig files: merged as client-go merges, errors with file and line, never written."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from tui.model.errors import ApiError, Trouble
from tui.sources.kubernetes.connect import KubernetesConnection, Options
from tui.sources.kubernetes.kubeconfig import Kubeconfig, paths, read

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
GOOD = f"""\
apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: prod
  cluster:
    server: https://prod.example:6443/
    certificate-authority-data: {base64.b64encode(PEM.encode()).decode()}
    proxy-url: http://proxy.example:3128
    tls-server-name: kubernetes.default
- name: bare
  cluster: {{server: "http://127.0.0.1:8001"}}
contexts:
- name: prod
  context: {{cluster: prod, user: me, namespace: shop}}
- name: broken
  context: {{cluster: nowhere, user: me}}
- name: orphan
  context: {{cluster: prod, user: nobody}}
- name: bare
  context: {{cluster: bare}}
users:
- name: me
  user:
    token: s3cret
- name: file
  user:
    tokenFile: tok
"""


def config(tmp_path: Path, text: str = GOOD, name: str = "config") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_context_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    kubeconfig = read([config(tmp_path)])
    assert kubeconfig.current == "prod" and kubeconfig.contexts() == ("prod", "broken", "orphan", "bare")
    context = kubeconfig.context("prod")
    assert context.server == "https://prod.example:6443" and context.certificate_authority == PEM
    assert (context.namespace, context.proxy_url, context.tls_server_name) == (
        "shop", "http://proxy.example:3128", "kubernetes.default",
    )  # fmt: skip
    assert context.user.token is not None and context.user.token.reveal() == "s3cret" and "s3cret" not in repr(context)
    assert kubeconfig.server("prod") == "https://prod.example:6443/" and kubeconfig.server("nowhere") == ""


def test_the_first_file_wins_and_missing_files_are_left_out(tmp_path: Path) -> None:
    other = GOOD.replace("prod.example", "other.example").replace("current-context: prod", "current-context: bare")
    more = other.replace("name: bare\n  context", "name: extra\n  context")
    kubeconfig = read([tmp_path / "none", config(tmp_path), config(tmp_path, more, "second")])
    assert kubeconfig.current == "prod" and "extra" in kubeconfig.contexts()
    assert kubeconfig.context("prod").server == "https://prod.example:6443"


def test_where_to_look(tmp_path: Path) -> None:
    assert paths("", {"KUBECONFIG": f"/a{os.pathsep}/b"}) == (Path("/a"), Path("/b"))
    assert paths("/c", {"KUBECONFIG": "/a"}) == (Path("/c"),)
    assert paths("", {}) == (Path.home() / ".kube" / "config",)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("a: b: c\n", "x", "config, line 1"),
        ("contexts:\n- name: x\n  context: [\n", "x", "no YAML"),
        ("- a\n", "x", "not a mapping"),
        ("contexts: {x: y}\n", "x", "contexts is not a list"),
        (GOOD, "broken", 'names cluster "nowhere", which is not there \\(.*config, line 17\\)'),
        (GOOD, "orphan", 'names user "nobody", which is not there \\(.*config, line 19\\)'),
        (GOOD, "missing", 'there is no context "missing"'),
        (GOOD.replace("https://prod.example:6443/", "prod.example"), "prod", "no server URL"),
        (GOOD.replace("certificate-authority-data: ", "certificate-authority-data: ä"), "prod", "not base64|cannot"),
        (GOOD.replace("certificate-authority-data", "certificate-authority"), "prod", "certificate-authority cannot be read"),
        (GOOD.replace("token: s3cret", "exec: {args: [a]}"), "prod", "exec block without a command"),
    ],
)
def test_what_is_broken_is_said_with_file_and_line(tmp_path: Path, text: str, name: str, words: str) -> None:
    with pytest.raises(ApiError, match=words) as caught:
        read([config(tmp_path, text)]).context(name)
    assert caught.value.trouble is Trouble.NO_CREDENTIALS


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="there is no kubeconfig") as caught:
        read([tmp_path / "config"])
    assert "KUBECONFIG" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = config(tmp_path)
    path.chmod(0)
    with pytest.raises(ApiError, match="Permission denied"):
        read([path])


async def test_opening_writes_nothing_and_leaves_no_key_on_disk(tmp_path: Path) -> None:
    path = config(tmp_path)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    connection = await KubernetesConnection.open_context(read([path]), "bare", Options(loopback_only=True))
    assert connection.name == "bare" and connection.scope.cluster.startswith("http://127.0.0.1:8001#")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208
    await connection.close()


async def test_the_demo_refuses_every_address_that_is_not_this_machines(tmp_path: Path) -> None:
    kubeconfig: Kubeconfig = read([config(tmp_path, GOOD.replace(base64.b64encode(PEM.encode()).decode(), '""'))])
    with pytest.raises(ApiError, match="this machine only"):
        await KubernetesConnection.open_context(kubeconfig, "prod", Options(loopback_only=True))


async def test_a_ca_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="the CA certificate for cluster prod cannot be used"):
        await KubernetesConnection.open_context(read([config(tmp_path)]), "prod", Options())
