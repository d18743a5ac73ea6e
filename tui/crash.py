"""What is left of a crash: a report file (0600, without values of variables, without secrets) and one line that names it."""

from __future__ import annotations

import os
import platform
import time
import traceback
from pathlib import Path

from tui import __version__
from tui.log_file import last_lines, scrubbed

KEPT = 10  # reports


def write_report(error: BaseException, folder: Path) -> Path | None:
    """The report's path; None where it cannot be written."""
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(scrubbed(report_text(error, folder)))
        for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def report_text(error: BaseException, folder: Path) -> str:
    """Versions, terminal, traceback, the last lines of the log. Lines of code are shown, values are not."""
    terminal = {name: os.environ.get(name, "-") for name in ("TERM", "COLORTERM", "LANG", "TERM_PROGRAM")}
    facts = [
        f"pierhead {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}",
        ", ".join(f"{name}={value}" for name, value in terminal.items()),
        f"tmux {'yes' if os.environ.get('TMUX') else 'no'}, ssh {'yes' if os.environ.get('SSH_CONNECTION') else 'no'}",
    ]
    traced = "".join(traceback.format_exception(error))
    return "\n".join([*facts, "", traced, "The last lines of the log:", *last_lines(folder), ""])


def sentence(error: BaseException, path: Path | None) -> str:
    """The one line on the terminal."""
    said = str(error).strip().splitlines()
    what = scrubbed(f"{type(error).__name__}: {said[0][:120]}" if said else type(error).__name__)
    where = f"the report is in {path}" if path else "its report could not be written"
    return f"pierhead ended by an error ({what}); {where}"
