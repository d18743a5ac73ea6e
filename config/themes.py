"""The themes: colours by meaning, as plain data that the app turns into a toolkit's theme.

A token names what is meant (``state-bad``), never a colour, so that a theme can be swapped whole. Every text token has a
contrast of at least 4.5 : 1 on the background, on the surface of dialogs and under the cursor (a test measures it); frames
have 3 : 1. The colour-blind theme uses the palette of Okabe and Ito (2008), whose colours stay apart under the three common
kinds. ``terminal`` uses the terminal's own 16 colours and default background.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from config.settings import Settings

#: tokens that text is drawn with, on ``background``, ``surface`` and ``cursor``
TEXT_TOKENS = (
    "foreground", "muted", "accent", "state-bad", "state-warn", "state-change", "state-ok", "state-idle",
    "mark", "table-header", "key", "link", "added", "removed",
    "source-1", "source-2", "source-3", "source-4", "source-5", "source-6",
)  # fmt: skip

#: tokens drawn behind text, each with the token of the text on it
GROUNDS = (
    ("background", "foreground"),
    ("surface", "foreground"),
    ("cursor", "cursor-text"),
    ("header", "header-text"),
    ("protected", "protected-text"),
    ("match", "match-text"),
    ("selection", "selection-text"),
)

#: lines that are not text
FRAME_TOKENS = ("frame", "frame-focus")

TOKENS = (*TEXT_TOKENS, *(token for pair in GROUNDS for token in pair if token != "foreground"), *FRAME_TOKENS)


class Theme(Struct, frozen=True, kw_only=True):
    """One theme. ``tokens``: meaning to colour, as ``#rrggbb`` or, where ``ansi``, as ``ansi_red`` …"""

    name: str
    dark: bool
    ansi: bool = False
    tokens: Mapping[str, str]

    def toolkit(self) -> dict[str, Any]:
        """Arguments for ``textual.theme.Theme``: its own few colours, and our tokens as variables (``$state-bad``)."""
        t = self.tokens
        return {
            "name": f"pierhead-{self.name}",
            "dark": self.dark,
            "ansi": self.ansi,
            "primary": t["accent"],
            "secondary": t["link"],
            "accent": t["accent"],
            "warning": t["state-warn"],
            "error": t["state-bad"],
            "success": t["state-ok"],
            "foreground": t["foreground"],
            "background": t["background"],
            "surface": t["surface"],
            "panel": t["surface"],
            "variables": {
                **{name: colour for name, colour in t.items() if name not in ("foreground", "background", "surface", "accent")},
                "block-cursor-background": t["cursor"],
                "block-cursor-foreground": t["cursor-text"],
                "input-selection-background": t["selection"],
                "input-selection-foreground": t["selection-text"],
                "border": t["frame-focus"],
                "border-blurred": t["frame"],
                "footer-key-foreground": t["key"],
            },
        }


def _sources(*colours: str) -> dict[str, str]:
    """The colours of a log's sources: none that means a state, for WARN and ERROR stand beside them."""
    return {f"source-{number}": colour for number, colour in enumerate(colours, 1)}


DARK = Theme(
    name="dark",
    dark=True,
    tokens={
        "background": "#12161c", "surface": "#1b212a", "foreground": "#d7dde6", "muted": "#a0abba", "accent": "#7cb7ff",
        "state-bad": "#ff8a80", "state-warn": "#f2c14e", "state-change": "#82bdff", "state-ok": "#7fd18b",
        "state-idle": "#a0abba",
        "mark": "#f0a6ff", "table-header": "#a8b8cc", "key": "#8fd3ff", "link": "#9ecbff", "added": "#7fd18b",
        "removed": "#ff8a80",
        "cursor": "#2b3a4f", "cursor-text": "#ffffff", "header": "#212a36", "header-text": "#d7dde6",
        "protected": "#8c1d18", "protected-text": "#ffffff", "match": "#f2c14e", "match-text": "#12161c",
        "selection": "#3d5a80", "selection-text": "#ffffff", "frame": "#616f82", "frame-focus": "#7cb7ff",
        **_sources("#7adfd6", "#f0a6ff", "#ffab7a", "#b7a6ff", "#c6d57e", "#a9cfee"),
    },
)  # fmt: skip

LIGHT = Theme(
    name="light",
    dark=False,
    tokens={
        "background": "#fafafa", "surface": "#f0f2f4", "foreground": "#1d2329", "muted": "#515b66", "accent": "#0550ae",
        "state-bad": "#a8071a", "state-warn": "#754400", "state-change": "#0550ae", "state-ok": "#115e25",
        "state-idle": "#515b66",
        "mark": "#7a1fa2", "table-header": "#3f4a56", "key": "#0550ae", "link": "#0550ae", "added": "#115e25",
        "removed": "#a8071a",
        "cursor": "#d3e3f8", "cursor-text": "#000000", "header": "#dfe4ea", "header-text": "#1d2329",
        "protected": "#a8071a", "protected-text": "#ffffff", "match": "#ffd24d", "match-text": "#1d2329",
        "selection": "#0550ae", "selection-text": "#ffffff", "frame": "#7a8592", "frame-focus": "#0550ae",
        **_sources("#0b5c63", "#7a1fa2", "#953800", "#4b3fb0", "#4d5b00", "#8a1c5b"),
    },
)  # fmt: skip

HIGH_CONTRAST = Theme(
    name="high-contrast",
    dark=True,
    tokens={
        "background": "#000000", "surface": "#000000", "foreground": "#ffffff", "muted": "#d9d9d9", "accent": "#5ce1ff",
        "state-bad": "#ff9c9c", "state-warn": "#ffe14d", "state-change": "#7fd4ff", "state-ok": "#6dff8a",
        "state-idle": "#d9d9d9",
        "mark": "#ff9dff", "table-header": "#ffffff", "key": "#5ce1ff", "link": "#7fd4ff", "added": "#6dff8a",
        "removed": "#ff9c9c",
        "cursor": "#0a3b66", "cursor-text": "#ffffff", "header": "#1a1a1a", "header-text": "#ffffff",
        "protected": "#b00000", "protected-text": "#ffffff", "match": "#ffe14d", "match-text": "#000000",
        "selection": "#ffffff", "selection-text": "#000000", "frame": "#ffffff", "frame-focus": "#5ce1ff",
        **_sources("#7dffef", "#ff9dff", "#ffbf80", "#b9a8ff", "#d6f06a", "#bfe6ff"),
    },
)  # fmt: skip

COLOUR_BLIND = Theme(
    name="colour-blind",
    dark=True,
    tokens={
        "background": "#111418", "surface": "#1a1f26", "foreground": "#e2e6ea", "muted": "#a7b0ba", "accent": "#56b4e9",
        "state-bad": "#f28e4b", "state-warn": "#f0e442", "state-change": "#56b4e9", "state-ok": "#2bc39a",
        "state-idle": "#a7b0ba",
        "mark": "#e6a3c9", "table-header": "#b4c0cc", "key": "#56b4e9", "link": "#56b4e9", "added": "#56b4e9",
        "removed": "#f28e4b",
        "cursor": "#28323d", "cursor-text": "#ffffff", "header": "#222a33", "header-text": "#e2e6ea",
        "protected": "#8a3c00", "protected-text": "#ffffff", "match": "#f0e442", "match-text": "#111418",
        "selection": "#0b5f94", "selection-text": "#ffffff", "frame": "#67727e", "frame-focus": "#56b4e9",
        **_sources("#e6a3c9", "#e69f00", "#a9d6f5", "#c9c2ff", "#9be3cf", "#d9cfa0"),
    },
)  # fmt: skip

_ANSI = {
    "background": "ansi_default", "surface": "ansi_default", "foreground": "ansi_default", "muted": "ansi_default",
    "accent": "ansi_cyan",
    "state-bad": "ansi_red", "state-warn": "ansi_yellow", "state-change": "ansi_blue", "state-ok": "ansi_green",
    "state-idle": "ansi_default",
    "mark": "ansi_magenta", "table-header": "ansi_default", "key": "ansi_cyan", "link": "ansi_cyan", "added": "ansi_green",
    "removed": "ansi_red",
    "cursor": "ansi_white", "cursor-text": "ansi_black", "header": "ansi_default", "header-text": "ansi_default",
    "protected": "ansi_red", "protected-text": "ansi_bright_white", "match": "ansi_yellow", "match-text": "ansi_black",
    "selection": "ansi_blue", "selection-text": "ansi_bright_white", "frame": "ansi_default", "frame-focus": "ansi_cyan",
    **_sources(
        "ansi_cyan", "ansi_magenta", "ansi_bright_cyan", "ansi_bright_magenta", "ansi_bright_blue", "ansi_bright_green"
    ),
}  # fmt: skip

TERMINAL = Theme(name="terminal", dark=True, ansi=True, tokens=_ANSI)

#: for NO_COLOR: the terminal's text and background, exchanged where something is behind text
MONOCHROME = Theme(
    name="monochrome",
    dark=True,
    ansi=True,
    tokens={
        **dict.fromkeys(TOKENS, "ansi_default"),
        **dict.fromkeys(("cursor", "protected", "match", "selection"), "ansi_white"),
        **dict.fromkeys(("cursor-text", "protected-text", "match-text", "selection-text"), "ansi_black"),
    },
)

THEMES: Mapping[str, Theme] = {t.name: t for t in (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND, TERMINAL, MONOCHROME)}


def chosen(settings: Settings) -> Theme:
    """The theme that holds: ``ui.theme``, or monochrome where no colour is wanted."""
    return MONOCHROME if settings.ui.colour == "never" else THEMES[settings.ui.theme]


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
