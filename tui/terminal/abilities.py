"""What a terminal can do, by its name: from the environment at once, from its own answers as they come.

Sources: each terminal's manual or source (docs/terminals.md has the table). Where a name is not known, only what every
terminal of the last twenty years does is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class Abilities:
    """``scroll``: DECSTBM with IL and DL. ``margins``: DECLRMM. ``repeat``: REP, after which
    characters. ``erase_colour``: erasing leaves the background
    that is set (bce). ``sync``: mode 2026. ``clipboard``: OSC 52 writes the clipboard. ``links``: OSC 8. ``answers_itself``:
    answers though the real terminal has seen nothing yet. ``asks``: questions other than the cursor's position do no harm.
    ``far``: a tmux or screen would be at the user's end of an SSH line: its answers come over the line that is to be known.
    """

    name: str = "unknown"
    colours: str = "by TERM and COLORTERM"
    scroll: bool = True
    margins: bool = False
    repeat: Literal["", "ascii", "any"] = ""
    erase_colour: bool = True
    sync: bool = False
    clipboard: bool = False
    links: bool = False
    answers_itself: bool = False
    asks: bool = True
    far: bool = False


TRUE, MANY, FEW = "24 bit", "256", "16"

KNOWN: dict[str, Abilities] = {
    entry.name: entry
    for entry in (
        Abilities(),
        Abilities("xterm", TRUE, margins=True, repeat="any", clipboard=True),
        Abilities("kitty", TRUE, repeat="any", sync=True, clipboard=True, links=True),
        Abilities("Windows Terminal", TRUE, repeat="any", sync=True, clipboard=True, links=True),
        Abilities("macOS Terminal", MANY, asks=False),
        Abilities("PuTTY", TRUE),
        Abilities("Linux console", FEW, asks=False),
        # tmux erases with colour, but its captures leave erased cells out; it sits beside us, so bytes to it cost nothing
        Abilities("tmux", TRUE, repeat="ascii", erase_colour=False, sync=True, clipboard=True, links=True, answers_itself=True),
        Abilities("screen", MANY, erase_colour=False, answers_itself=True),
        Abilities("mosh", TRUE, clipboard=True, answers_itself=True),
        Abilities("VTE", TRUE, repeat="any", sync=True, links=True),
        Abilities("iTerm2", TRUE, margins=True, repeat="any", sync=True, clipboard=True, links=True),
        Abilities("WezTerm", TRUE, margins=True, repeat="any", sync=True, clipboard=True, links=True),
        Abilities("foot", TRUE, repeat="any", sync=True, clipboard=True, links=True),
        Abilities("alacritty", TRUE, repeat="any", sync=True, clipboard=True, links=True),
        Abilities("Konsole", TRUE, repeat="any", sync=True, links=True),
    )
}

#: the beginning of an answer to XTVERSION (``CSI > q``)
VERSIONS = {
    "xterm(": "xterm", "kitty(": "kitty", "tmux ": "tmux", "vte(": "VTE", "iterm2 ": "iTerm2", "wezterm ": "WezTerm",
    "foot(": "foot", "alacritty(": "alacritty", "konsole ": "Konsole", "windows terminal": "Windows Terminal", "screen": "screen",
}  # fmt: skip
#: the beginning of the parameters of an answer to secondary device attributes (``CSI > c``)
DEVICES = {
    "0;136;0": "PuTTY",
    "0;10;1": "Windows Terminal",
    "1;95;0": "macOS Terminal",
    "83;": "screen",
    "84;0;0": "tmux",
    "1;10;0": "mosh",
}


def from_environment(environment: Mapping[str, str]) -> Abilities:
    """The best guess before anything was asked. Over SSH only ``TERM`` arrives, and what runs on this host."""
    term = environment.get("TERM", "")
    program = environment.get("TERM_PROGRAM", "")
    if environment.get("TMUX") or term.startswith("tmux"):
        name = "tmux"
    elif environment.get("STY") or term.startswith("screen"):
        name = "screen"
    elif environment.get("MOSH_KEY") or environment.get("MOSH_CONNECTION") or environment.get("MOSH_SERVER_PID"):
        name = "mosh"
    elif term == "linux":
        name = "Linux console"
    elif term.startswith("putty"):
        name = "PuTTY"
    elif term == "xterm-kitty" or environment.get("KITTY_WINDOW_ID"):
        name = "kitty"
    elif environment.get("WT_SESSION"):
        name = "Windows Terminal"
    elif program == "Apple_Terminal" or term.startswith("nsterm"):
        name = "macOS Terminal"
    elif program == "iTerm.app":
        name = "iTerm2"
    elif program == "WezTerm":
        name = "WezTerm"
    elif environment.get("VTE_VERSION"):
        name = "VTE"
    elif term.startswith("foot"):
        name = "foot"
    elif term.startswith("alacritty"):
        name = "alacritty"
    elif environment.get("XTERM_VERSION"):
        name = "xterm"
    else:
        name = "unknown"
    return beyond(KNOWN[name]) if is_far(environment) else KNOWN[name]


def beyond(known: Abilities) -> Abilities:
    """The same at the other end of an SSH line. mosh is not: its server is on this host."""
    return replace(known, far=True, answers_itself=known.answers_itself and known.name not in ("tmux", "screen"))


def is_far(environment: Mapping[str, str]) -> bool:
    """Whether no tmux or screen runs between this host and its SSH server: their variables do not go over SSH."""
    over_ssh = environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")
    return bool(over_ssh) and not any(environment.get(name) for name in ("TMUX", "STY"))


@cache
def plainly(known: Abilities) -> Abilities:
    """Without what a terminal of another size than it says cannot be trusted with."""
    return replace(known, scroll=False, margins=False, repeat="")


def with_answer(now: Abilities, answer: str) -> Abilities:
    """What is known after one more answer of the terminal (XTVERSION, DA2, DECRPM)."""
    if match := re.match(r"\x1bP>\|([^\x1b]*)", answer):
        said = match[1].lower()
        name = next((name for start, name in VERSIONS.items() if said.startswith(start)), "")
        return known_as(now, name)
    if match := re.match(r"\x1b\[>([\d;]*)c", answer):
        name = next((name for start, name in DEVICES.items() if match[1].startswith(start)), "")
        # an emulator may claim another's number; its own words came first
        return known_as(now, name) if now.name == "unknown" or name in ("screen", "mosh", "tmux") else now
    if match := re.match(r"\x1b\[\?(69|2026);(\d)\$y", answer):
        has = match[2] in "123"
        return replace(now, margins=has) if match[1] == "69" else replace(now, sync=has)
    return now


def known_as(now: Abilities, name: str) -> Abilities:
    """The abilities of ``name``, keeping what was answered before; a multiplexer stays one."""
    if not name or name == now.name:
        return now
    if now.answers_itself:
        # tmux has often been told to say that it is screen
        return KNOWN["tmux"] if (now.name, name) == ("screen", "tmux") else now
    known = beyond(KNOWN[name]) if now.far else KNOWN[name]
    return replace(known, margins=known.margins or now.margins, sync=known.sync or now.sync)
