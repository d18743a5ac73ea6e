"""The clipboard of the user's own terminal, from wherever this program runs: OSC 52, also through tmux and screen.

tmux takes an application's OSC 52 only with ``set-clipboard on``, and a wrapped one only with ``allow-passthrough on``;
neither is its default. Where this program runs in a tmux of this host, tmux is asked itself (``load-buffer -w``, since
3.2), which works with the defaults. GNU screen passes on what is wrapped, in pieces that its buffer of 256 bytes takes.
"""

from __future__ import annotations

import base64
import logging
import subprocess
from collections.abc import Mapping

LOG = logging.getLogger("pierhead.clipboard")

#: base64 characters that every terminal with OSC 52 takes (hterm's limit, the smallest that is documented)
MOST = 100_000
PIECE = 76
TMUX_SECONDS = 5.0
#: terminals that have no OSC 52, by the names of ``tui.terminal.abilities``
WITHOUT = ("macOS Terminal", "PuTTY", "Linux console", "VTE", "Konsole")


def refusal(text: str, terminal: str) -> str:
    """Why ``text`` cannot be copied through ``terminal``; empty where it can be tried."""
    if terminal in WITHOUT:
        return f"{terminal} takes no text from programs (OSC 52): select it with the mouse, :plain takes the borders away"
    most = MOST // 4 * 3
    size = len(text.encode())
    if size > most:
        return f"not copied: {size:,} bytes, and terminals take at most {most:,} (OSC 52); ctrl-s saves to a file"
    return ""


def sequence(text: str, terminal: str) -> str:
    """What to write so that ``terminal`` copies ``text``."""
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    if terminal == "tmux":
        return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if terminal == "screen":
        return "".join(f"\x1bP{plain[at : at + PIECE]}\x1b\\" for at in range(0, len(plain), PIECE))
    return plain


def to_tmux(text: str, environment: Mapping[str, str]) -> bool:
    """Have the tmux that we run in copy it; False where there is none, or it is older than 3.2."""
    if not environment.get("TMUX"):
        return False
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=text.encode(),
            env=dict(environment),
            capture_output=True,
            timeout=TMUX_SECONDS,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        LOG.info("tmux does not copy: %s", error)
        return False
    if done.returncode:
        LOG.info("tmux does not copy: %s", done.stderr.decode("utf-8", "replace").strip())
    return done.returncode == 0
