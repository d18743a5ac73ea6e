"""Which driver runs: the thin one where it can, Textual's own where it cannot or is asked for, and why."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from textual.driver import Driver

from tui.terminal.abilities import from_environment
from tui.terminal.output import open_terminal
from tui.terminal.private import why_not


def reason_for_plain(mode: Literal["auto", "thin", "plain"], environment: Mapping[str, str], descriptor: int = 2) -> str:
    """Why Textual's own driver runs; empty where the thin one does."""
    if mode == "plain":
        return "asked for"
    if environment.get("TEXTUAL_DRIVER"):
        return "TEXTUAL_DRIVER names another driver"
    if reason := why_not():
        return reason
    term = environment.get("TERM", "")
    if mode == "auto" and not term.startswith(FAMILIES):
        return f'TERM={term} is not known to the thin driver (link.driver = "thin" uses it all the same)'
    try:
        os.close(open_terminal(descriptor if os.isatty(descriptor) else 1))
    except OSError as error:
        return f"the terminal cannot be opened a second time: {error}"
    return ""


#: beginnings of TERM for terminals that understand ECMA-48 with the additions of xterm
FAMILIES = (
    "xterm", "tmux", "screen", "kitty", "putty", "linux", "nsterm", "vte", "gnome", "konsole", "foot", "alacritty", "wezterm",
    "rxvt", "iterm", "mintty", "ms-terminal", "st-", "contour", "ghostty", "vt220", "vt420",
)  # fmt: skip


def driver_class(
    mode: Literal["auto", "thin", "plain"] = "auto",
    rate: int | Literal["unlimited"] = 65536,
    measure: bool = True,
    environment: Mapping[str, str] | None = None,
) -> tuple[type[Driver] | None, str]:
    """The driver for ``App(driver_class=...)``, and why it is Textual's own where it is None.

    ``rate``: bytes a second to a terminal whose answers say nothing of the line. ``measure``: False shows no figure.
    """
    environment = os.environ if environment is None else environment
    if reason := reason_for_plain(mode, environment):
        return None, reason
    from tui.terminal.driver import ThinDriver

    members = {
        "abilities": from_environment(environment),
        "rate": None if rate == "unlimited" else float(rate),
        "measure": measure,
        "__doc__": ThinDriver.__doc__,
    }
    return type("ThinDriverHere", (ThinDriver,), members), ""
