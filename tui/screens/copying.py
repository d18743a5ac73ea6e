"""Copying from a screen: the sentence says what happened, also where the terminal takes nothing."""

from __future__ import annotations

from typing import Any

from textual.app import App


def copied(app: App[Any], text: str, said: str) -> tuple[str, str]:
    """Put ``text`` on the terminal's clipboard; the sentence and its style: ``said``, or why it could not be."""
    clip = getattr(app, "clip", None)
    if not callable(clip):
        app.copy_to_clipboard(text)
        return said, ""
    problem = str(clip(text))
    return (problem, "state-warn") if problem else (said, "")
