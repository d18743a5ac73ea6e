"""The first frame imports what it needs and nothing else: the SDKs and whatever is only wanted later come after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]

#: never there at the first frame; the first five are the SDKs, the others are as dear or as far from a first frame
FORBIDDEN = (
    "aiobotocore", "botocore", "boto3", "kubernetes", "aiohttp",
    "asyncssh", "attr", "cbor2", "cryptography", "dateutil", "http.client", "multidict", "pydantic", "pygments", "regex",
    "ruamel", "shtab", "trustme", "urllib3", "yarl",
    "tui.diagnosis", "tui.logs.filtered", "tui.screens.acting", "tui.screens.dialogs", "tui.screens.document", "tui.screens.log",
    "tui.screens.looking", "tui.screens.placing", "tui.screens.rollout", "tui.simulator", "tui.sources.hub", "tui.sources.aws",
    "tui.sources.kubernetes",
)  # fmt: skip

PROGRAM = """
import json, os, sys
from pathlib import Path
from tui import cli
from tui.app import PierheadApp
from tui.line import driver_for
from config import load

def first_frame(self):
    Path(sys.argv[1]).write_text(json.dumps(sorted(sys.modules)))
    os._exit(0)

PierheadApp.begin_connecting = first_frame
cli.parser().parse_args([])
settings = load(Path(os.devnull), os.environ, {})
driver_for(settings, os.environ)
import tui.terminal.driver  # there is no terminal here, for which it would have been chosen
PierheadApp(settings).run(headless=True)
"""


def loaded(tmp_path: Path) -> set[str]:
    """The modules of a process that has drawn its first frame."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "XDG_", "KUBE", "COV"))}
    env |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "TEXTUAL": ""}
    names = tmp_path / "names.json"
    command = [sys.executable, "-c", PROGRAM, str(names)]
    subprocess.run(command, env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=True)
    return set(json.loads(names.read_text()))


def test_modules_of_the_first_frame(tmp_path: Path) -> None:
    # without a terminal two sizes are told at once (80x24 and 80x25), which must not chase each other for ever either
    modules = loaded(tmp_path)
    assert {"textual.app", "tui.app", "tui.screens.main", "tui.panes.pods", "tui.terminal.driver"} <= modules
    found = sorted(name for name in modules for no in FORBIDDEN if name == no or name.startswith(f"{no}."))
    assert not found, "the first frame waits for these; import them where they are used"


def test_the_parser_alone_imports_no_toolkit() -> None:
    """``pierhead --version`` and completion are quick."""
    code = "import sys; from tui import cli; cli.parser(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert not {"textual", "rich", "msgspec", "asyncio"} & set(run.stdout.split())
