"""What a ``LogView`` tells its owner; also attributes of the widget."""

from __future__ import annotations

from textual.message import Message
from textual.widget import Widget

__all__ = ["CopyRequested", "SearchRequested", "Searched", "StatusChanged"]


class LogMessage(Message, namespace="log_view"):
    """Any message of a log view; ``view`` sent it."""

    def __init__(self, view: Widget) -> None:
        super().__init__()
        self.view = view

    @property
    def control(self) -> Widget:
        """For ``on(..., selector)``."""
        return self.view


class StatusChanged(LogMessage, namespace="log_view"):
    """The title should say something else: ``follow`` or ``paused, 1,204 new``."""

    def __init__(self, view: Widget, status: str) -> None:
        super().__init__(view)
        self.status = status


class SearchRequested(LogMessage, namespace="log_view"):
    """The reader wants to search: ask for a text, then call ``search``."""


class Searched(LogMessage, namespace="log_view"):
    """The search stands on a line, or found none (``number`` is None)."""

    def __init__(self, view: Widget, text: str, number: int | None) -> None:
        super().__init__(view)
        self.search, self.number = text, number


class CopyRequested(LogMessage, namespace="log_view"):
    """The reader wants the rows on screen in the clipboard."""

    def __init__(self, view: Widget, text: str) -> None:
        super().__init__(view)
        self.text = text
