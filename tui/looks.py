"""How the console looks by its settings: a theme of ours as Textual's, and whether the plain set of signs is used."""

from __future__ import annotations

import os
from typing import Any

from textual.theme import Theme as ToolkitTheme

import config
from config import themes

#: what our widgets call the tokens of the themes
ALIASES = {
    "accent-bar": "cursor",
    "rule": "frame",
    "diff-add": "added",
    "diff-remove": "removed",
    "syntax-key": "key",
    "syntax-string": "added",
    "syntax-number": "mark",
    "syntax-comment": "muted",
}


def toolkit_theme(theme: themes.Theme) -> ToolkitTheme:
    """One of our themes as Textual's."""
    arguments: dict[str, Any] = dict(theme.toolkit())
    variables = dict(arguments["variables"])
    for alias, token in ALIASES.items():
        variables.setdefault(alias, theme.tokens.get(token, ""))
    for name in ("background", "foreground"):  # Textual's own sheet asks for these where a theme is of 16 colours
        variables.setdefault(f"ansi-{name}", theme.tokens[name])
    arguments["variables"] = variables
    return ToolkitTheme(**arguments)


def ascii_only(settings: config.Settings) -> bool:
    """Whether the plain set of signs is used: by setting, or where the locale is not UTF-8."""
    if settings.ui.symbols != "auto":
        return settings.ui.symbols == "ascii"
    words = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or "UTF-8"
    return "utf" not in words.lower() and words not in ("C.UTF-8",)
