"""What a ``VirtualTable`` tells its owner. They are also attributes of the widget, as is usual with Textual."""

from __future__ import annotations

from collections.abc import Hashable

from textual.message import Message
from textual.widget import Widget

__all__ = ["HoldChanged", "MarksChanged", "RowHighlighted", "RowSelected", "SortRequested", "TableMessage", "WindowChanged"]


class TableMessage(Message, namespace="virtual_table"):
    """Any message of a table; ``table`` sent it."""

    def __init__(self, table: Widget) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> Widget:
        """For ``on(..., selector)``."""
        return self.table


class RowHighlighted(TableMessage, namespace="virtual_table"):
    """The cursor stands on another row, or its row has vanished from the source (``gone``)."""

    def __init__(self, table: Widget, key: Hashable | None, gone: bool) -> None:
        super().__init__(table)
        self.key = key
        self.gone = gone


class RowSelected(TableMessage, namespace="virtual_table"):
    """Enter was pressed on a row that is still there."""

    def __init__(self, table: Widget, key: Hashable) -> None:
        super().__init__(table)
        self.key = key


class MarksChanged(TableMessage, namespace="virtual_table"):
    """Other rows are marked now."""

    def __init__(self, table: Widget, marks: frozenset[Hashable]) -> None:
        super().__init__(table)
        self.marks = marks


class SortRequested(TableMessage, namespace="virtual_table"):
    """The owner should sort by this column and set ``sort_column`` and ``sort_reverse``."""

    def __init__(self, table: Widget, column: str, reverse: bool) -> None:
        super().__init__(table)
        self.column = column
        self.reverse = reverse


class WindowChanged(TableMessage, namespace="virtual_table"):
    """Other rows are in view; ``keys`` from the top."""

    def __init__(self, table: Widget, keys: tuple[Hashable, ...]) -> None:
        super().__init__(table)
        self.keys = keys


class HoldChanged(TableMessage, namespace="virtual_table"):
    """The order is held now, or no longer."""

    def __init__(self, table: Widget, held: bool) -> None:
        super().__init__(table)
        self.held = held
