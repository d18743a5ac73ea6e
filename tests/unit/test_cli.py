"""The command line in a pipe and without a terminal: what is printed where, and the exit status."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import load
from tests.interface.faulty import environment
from tests.waiting import PATIENCE
from tui import __version__, app
from tui.cli import flags_of, main, parser


@pytest.fixture(autouse=True)
def nothing_of_the_users(tmp_path: Path) -> object:
    with environment(tmp_path, PIERHEAD_STATE_DIR=str(tmp_path / "state"), PIERHEAD_CACHE_DIR=str(tmp_path / "cache")):
        yield


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Status, standard output, standard error."""
    try:
        status = main(argv)
    except SystemExit as ended:
        status = int(ended.code or 0)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize(
    ("argv", "status", "out", "err"),
    [
        (["--version"], 0, f"pierhead {__version__}", ""),
        (["config"], 0, "[aws]", ""),
        (["--profile", "x", "config"], 0, 'profile = "x"  ', ""),
        (["completion", "bash"], 0, "pierhead", ""),
        (["completion", "fish"], 2, "", "invalid choice"),
        (["nosuch"], 2, "", "invalid choice: 'nosuch'"),
        (["get"], 2, "", "required: KIND"),
        (["get", "nosuch"], 2, "", "no kind is called 'nosuch'; there are: alarms"),
        (["get", "services", "-o", "xml"], 2, "", "invalid choice: 'xml'"),
        (["get", "services"], 1, "", "no AWS credentials were found"),
        (["get", "pods"], 1, "", "no current context"),
        (["get", "problems"], 1, "", "no AWS credentials were found"),
        (["--config", "/none.toml", "config"], 2, "", "/none.toml"),
        ([], 2, "", "this is no terminal; the console needs one"),
        (["demo"], 2, "", "`pierhead get` works in pipes"),
        (["--theme", "x"], 2, "", "invalid choice: 'x'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_said(capsys: pytest.CaptureFixture[str], argv: list[str], status: int, out: str, err: str) -> None:
    ended, printed, complained = said(capsys, *argv)
    assert (ended, out in printed, err in complained) == (status, True, True), (ended, printed[-500:], complained)
    assert not (status and printed), "what fails prints nothing for the next program in the pipe"


@pytest.mark.parametrize("argv", [(), ("demo",)])
@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    status, printed, complained = said(capsys, *argv)
    assert (status, printed) == (2, "")
    assert f"the terminal is TERM={term!r}, which cannot draw a screen; try TERM=xterm-256color" in complained


def test_doctor_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "doctor")
    assert status == 1
    assert "FAIL  AWS with no profile: no AWS credentials were found   set AWS_PROFILE" in out
    assert "note  Kubernetes: no cluster is opened" in out and "state directory" in out


def test_flags_are_settings() -> None:
    argv = ["--role-arn", "arn:x", "--namespace", "n", "--cluster", "c", "-c", "pods", "--read-only"]
    assert flags_of(parser().parse_args(argv)) == {
        "aws.role_arn": "arn:x",
        "kubernetes.namespace": "n",
        "aws.cluster": "c",
        "ui.start_view": "pods",
        "safety.read_only": True,
    }


@pytest.mark.parametrize("argv", [["completion", "bash"], ["config"], ["--help"]])
def test_a_reader_that_goes_early(argv: list[str]) -> None:
    """As ``| head -1`` does: no traceback."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "tui.cli", *argv]
    ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    os.close(write)
    assert ended.returncode in (0, 1) and ended.stderr == b"", ended


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["pierhead", "comp"], "completion"),
        (["pierhead", "get", "prob"], "problems"),
        (["pierhead", "get", "services", "-o", "js"], "json"),
        (["pierhead", "--theme", "high"], "high-contrast"),
        (["pierhead", "--config", "only-this.to"], "only-this.toml"),
        (["pierhead", "demo", "--ch"], "--chaos"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bash_completes(
    words: list[str], found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script in a real bash: what is offered for the last word."""
    _, script, _ = said(capsys, "completion", "bash")
    (tmp_path / "only-this.toml").touch()
    (tmp_path / "script").write_text(script)
    line = " ".join(f"'{word}'" for word in words)
    ask = f"""source ./script; set -- $(complete -p pierhead); while [ "$1" != -F ]; do shift; done
        COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "$2"; printf '%s\n' "${{COMPREPLY[@]}}" """
    ended = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=tmp_path, timeout=PATIENCE, check=False)
    assert ended.stdout.split() == [found], ended


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_get_their_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, script, err = said(capsys, "completion", shell)
    assert (status, err) == (0, "") and "task-definitions" in script and "high-contrast" in script
    program = shutil.which(shell)
    if program is not None:  # the shell itself takes it
        ended = subprocess.run([program, "-fn"], input=script, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_help_of_get_names_every_kind_that_it_takes() -> None:
    from tui.cli import KINDS_HELP
    from tui.panes import panes

    taken = {"problems" if kind == "findings" else kind for kind, pane in panes().items() if not pane.inside}
    assert set(KINDS_HELP.split(", ")) == taken


@pytest.mark.parametrize(("flags", "captured"), [({}, False), ({"ui.mouse": True}, True)])
def test_the_mouse_is_captured_only_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: dict[str, bool], captured: bool
) -> None:
    ran: list[bool] = []
    monkeypatch.setattr(app, "log_to_file", lambda folder: None)
    monkeypatch.setattr(app, "ask_the_terminal", lambda environment: None)
    monkeypatch.setattr(app.PierheadApp, "run", lambda self, *, mouse: ran.append(mouse))
    app.run(load(Path(os.devnull), {}, {"paths.state_dir": str(tmp_path), **flags}))
    assert ran == [captured]
