"""From theme tokens to Rich styles, looked up once and then kept.

The application's theme defines the tokens as variables (``state-bad`` and so on). Where one is missing, the terminal's
own 16 colours stand in, so a widget works in any app. Reading them here, not in CSS, has two reasons: a style costs one
dictionary look-up while drawing, and an app without the variables still starts.
"""

from __future__ import annotations

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.widget import Widget

__all__ = ["FALLBACKS", "Palette"]

#: Used where the theme says nothing. An empty value means: as the text around it.
FALLBACKS = {
    "state-bad": "ansi_red",
    "state-warn": "ansi_yellow",
    "state-change": "ansi_blue",
    "state-ok": "ansi_green",
    "state-idle": "ansi_bright_black",
    "muted": "ansi_bright_black",
    "rule": "ansi_bright_black",
    "diff-add": "ansi_green",
    "diff-remove": "ansi_red",
    "source-1": "ansi_cyan",
    "source-2": "ansi_magenta",
    "source-3": "ansi_green",
    "source-4": "ansi_bright_blue",
    "source-5": "ansi_bright_cyan",
    "source-6": "ansi_bright_magenta",
    "syntax-key": "ansi_cyan",
    "syntax-string": "ansi_green",
    "syntax-number": "ansi_magenta",
    "syntax-comment": "ansi_bright_black",
}
_FLAGS = ("bold", "italic", "underline", "strike", "reverse")
#: A token that makes the text a hyperlink: ``url:https://…``.
LINK = "url:"
_ATTRIBUTES = frozenset(_FLAGS)


class Palette:
    """The styles of one widget under one theme; make a new one when the theme or the background changes."""

    def __init__(self, variables: dict[str, str], background: Color, foreground: Color, no_color: bool) -> None:
        self._variables = variables
        self._background = background
        self._foreground = foreground
        self._no_color = no_color
        self._styles: dict[tuple[str, str], Style] = {}
        bar = self._parse(variables.get("accent-bar", ""))
        self._bar = None if no_color or bar is None or bar.ansi is not None else background + bar
        self.background_is_default = background.ansi is not None or background.a == 0

    @classmethod
    def of(cls, widget: Widget) -> Palette:
        """The palette for ``widget`` as it stands now."""
        app = widget.app
        _, background = widget.background_colors
        _, _, _, foreground = widget.colors
        return cls(app.theme_variables, background, foreground, app.no_color)

    def same_as(self, other: Palette) -> bool:
        """Whether both would draw alike, so that nothing painted has to be painted again."""
        mine = (self._variables, self._background, self._foreground, self._no_color)
        return mine == (other._variables, other._background, other._foreground, other._no_color)

    def style(self, tokens: str = "", mode: str = "") -> Style:
        """The style for ``tokens`` (colours and attributes, separated by spaces) on a row in ``mode``.

        Modes: ``""`` normal, ``"cursor"`` under the cursor, ``"grey"`` too old or gone: no colour but the muted one.
        """
        found = self._styles.get((tokens, mode))
        if found is None:
            found = self._styles[tokens, mode] = self._make(tokens.split(), mode)
        return found

    def _make(self, tokens: list[str], mode: str) -> Style:
        color = self._foreground
        if mode == "grey":
            tokens = ["muted", *(token for token in tokens if token in _ATTRIBUTES)]
        for token in tokens:
            if token not in _ATTRIBUTES and not token.startswith(LINK):
                color = self.color(token) or color
        link = next((token.removeprefix(LINK) for token in tokens if token.startswith(LINK)), None)
        bold, italic, underline, strike, turned = (token in tokens or None for token in _FLAGS)
        background = self._background
        if mode == "cursor":
            if self._bar is None:  # reverse video needs no colour and is readable everywhere
                return Style(reverse=True, bold=bold, strike=strike)
            background = self._bar
        shown = color if color.ansi is not None else background + color
        return Style(
            color=shown.rich_color,
            bgcolor=self._rich_background(background),
            bold=bold,
            italic=italic,
            underline=underline,
            strike=strike,
            reverse=turned,
            link=link,  # a terminal that knows hyperlinks makes the text one
        )

    @staticmethod
    def _rich_background(background: Color) -> RichColor | None:
        return None if background.a == 0 and background.ansi is None else background.rich_color

    def color(self, token: str) -> Color | None:
        """The colour that the theme gives a token, None where it gives none."""
        return self._parse(self._variables.get(token, "")) or self._parse(FALLBACKS.get(token, ""))

    def _parse(self, value: str) -> Color | None:
        if not value:
            return None
        try:
            return Color.parse(value)
        except ColorParseError:  # such as "auto 87%": means the text colour, which is what None gives
            return None
