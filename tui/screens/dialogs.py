"""stub"""
from __future__ import annotations
from textual.screen import ModalScreen


class FormScreen(ModalScreen[dict[str, str] | None]):
    def __init__(self, *args: object) -> None:
        super().__init__()


class ConfirmScreen(ModalScreen[bool]):
    def __init__(self, *args: object) -> None:
        super().__init__()
