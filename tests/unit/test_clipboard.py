"""Copying: OSC 52 as each terminal takes it, and the sentence where one takes none."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.waiting import PATIENCE
from tui.clipboard import MOST, WITHOUT, refusal, sequence, to_tmux
from tui.model import Key, Row, Scope
from tui.model.ecr import RepositoryRow
from tui.model.kubernetes import PodRow
from tui.model.monitoring import AlarmRow
from tui.panes import panes
from tui.screens.looking import CONSOLE_HOSTS, Looking, has_browser
from tui.terminal.abilities import KNOWN
from tui.terminal.parse import Reader
from tui.terminal.screen_model import Screen


def taken(written: str) -> str:
    """What a terminal with OSC 52 copies."""
    found = re.fullmatch("\x1b\\]52;c;([A-Za-z0-9+/=]*)\x07", written)
    assert found, written
    return base64.b64decode(found[1]).decode()


def unwrapped_by_screen(written: str) -> str:
    """As GNU screen: the strings of DCS go on to the terminal one after the other, none longer than its buffer."""
    pieces = re.findall("\x1bP(.*?)\x1b\\\\", written, re.DOTALL)
    assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == written, "nothing outside of the strings"
    assert max(map(len, pieces)) < 256
    return "".join(pieces)


@given(st.text(max_size=400))
def test_each_kind_of_terminal_gets_the_text(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert taken(sequence(text, "xterm")) == text
    assert taken(unwrapped_by_screen(sequence(text, "screen"))) == text
    both = sequence(text, "tmux")
    plain, wrapped = both.split("\x1bPtmux;")
    assert taken(plain) == text
    assert taken(wrapped.removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b")) == text


def test_too_long_a_text_is_refused_with_the_limit_and_a_way_out() -> None:
    most = MOST // 4 * 3
    assert refusal("x" * most, "xterm") == ""
    assert len(sequence("x" * most, "xterm")) <= MOST + 10
    said = refusal("é" * most, "xterm")
    assert "75,000" in said
    assert "150,000" in said
    assert "ctrl-s" in said


def test_a_terminal_that_takes_none_is_named() -> None:
    for name in WITHOUT:
        assert not KNOWN[name].clipboard
        assert name in refusal("x", name)
    assert all(refusal("x", name) == "" for name, known in KNOWN.items() if known.clipboard)
    assert refusal("x", "screen") == refusal("x", "unknown") == ""


def test_a_plain_one_is_no_drawing_for_the_thin_driver() -> None:
    inline: list[str] = []
    screen = Screen(40, 2)
    Reader(screen, inline.append).feed(sequence("copied", "xterm"))
    assert inline == [sequence("copied", "xterm")]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_a_tmux_with_its_defaults_copies(tmp_path: Path) -> None:
    socket = str(tmp_path / "tmux")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TMUX")}
    tmux = ["tmux", "-S", socket, "-f", os.devnull]
    subprocess.run([*tmux, "new-session", "-d", "sleep 60"], env=environment, check=True, timeout=PATIENCE)
    try:
        inside = {**environment, "TMUX": f"{socket},1,0"}
        text = "arn:aws:ecs:eu-west-1:1:service/shop/checkout\nß € 漢\n"
        assert to_tmux(text, inside)
        shown = subprocess.run([*tmux, "show-buffer"], env=environment, check=True, capture_output=True, timeout=PATIENCE)
        assert shown.stdout.decode() == text
    finally:
        subprocess.run([*tmux, "kill-server"], env=environment, check=False, timeout=PATIENCE)
    assert not to_tmux(text, inside), "a server that is gone is said to be none"
    assert not to_tmux(text, environment)


@pytest.mark.parametrize(
    ("environment", "platform", "opens"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "1 2 3 4"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_TTY": "/dev/pts/1"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_before_the_users_eyes(environment: dict[str, str], platform: str, opens: bool) -> None:
    assert has_browser(environment, platform) is opens


def test_every_partition_that_botocore_knows_with_a_console_has_its_host() -> None:
    import botocore.session

    known = set(botocore.session.get_session().get_available_partitions())
    assert set(CONSOLE_HOSTS) <= known
    assert known - set(CONSOLE_HOSTS) <= {name for name in known if name.startswith("aws-iso")}, (
        "secret regions have no public page"
    )


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_a_link_has_the_rows_own_partition_region_and_account(partition: str, region: str, host: str) -> None:
    scope = Scope("aws:x", partition, "111122223333", region)
    looking = Looking(Mock(console=None))

    def link(kind: str, row: Row) -> str:
        return looking.console_link(row, panes()[kind])

    repository = RepositoryRow(key=Key("repositories", scope.identity, "r"), scope=scope, name="team/app", arn="r")
    assert link("repositories", repository) == f"https://{host}/ecr/repositories/private/111122223333/team/app?region={region}"
    alarm = AlarmRow(key=Key("alarms", scope.identity, "a"), scope=scope, name="5xx? #1 \x1b]8;;\x07 é", arn="a")
    written = link("alarms", alarm)
    assert written == f"https://{host}/cloudwatch/home?region={region}#alarmsV2:alarm/5xx%3F%20%231%20%1B%5D8%3B%3B%07%20%C3%A9"
    elsewhere = Scope("aws:x", "aws-iso", "111122223333", "us-iso-east-1")
    assert link("alarms", replace(alarm, scope=elsewhere)) == "", "a partition without a public console"
    pod = PodRow(key=Key("pods", "k", "p"), scope=Scope("kube:x", cluster="https://10.0.0.1#ab"), name="p", namespace="n")
    assert link("pods", pod) == "", "a cluster that is not EKS"
