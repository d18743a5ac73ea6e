"""Files that shown commands refer to, for values that must not stand in a command line.

A command to copy may need a request with environment values in it. The plan shows only the file's name; the file is written,
readable by its owner alone, when the command is copied, and old ones are removed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from tui.actions.base import Context, Plan
from tui.actions.revisions import read_whole, registration, with_image
from tui.actions.rowwise import items_of

#: request files kept
KEPT = 20


def request_file(context: Context, revision: str) -> Path:
    """Where the request that registers ``checkout:43`` goes."""
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in revision)
    return Path(context.settings.state_dir) / "commands" / f"{safe}.json"


async def copy_text(plan: Plan, context: Context) -> str:
    """The plan's commands as text for the clipboard, after writing the files that they name.

    Raises ``ApiError`` where the current revision cannot be read, ``OSError`` where a file cannot be written.
    """
    for item in items_of(plan):
        if item.detail.get("image") and "register-task-definition" in " ".join(item.commands):
            whole = await read_whole(item.row.scope, item.before["taskDefinition"], context)
            request = with_image(registration(whole), item.detail["container"], item.detail["image"])
            _write(request_file(context, item.detail["shown"]), json.dumps(request, indent=2, ensure_ascii=False, default=str))
    return "\n".join(plan.commands)


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content + "\n")
    for old in sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)
