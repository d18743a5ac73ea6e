"""A text over the whole screen: describe, YAML, why, compare, the program's own lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual.widget import Widget

from tui.screens.console import Console
from tui.screens.copying import copied
from tui.screens.over import OverScreen
from tui.store import Urgency
from widgets.document import DocumentView


class DocumentScreen(OverScreen):
    """``text()`` is asked again every ``every`` seconds. ``forms``: what ``J`` and ``ctrl-x`` switch between.

    ``needs``: kinds that are read while it is open (events of a row that is described).
    """

    positioned = True
    hints: ClassVar[tuple[tuple[str, str], ...]] = (
        ("/", "search"),
        ("n N", "next, previous"),
        ("w", "wrap"),
        ("c", "copy"),
        ("ctrl-s", "save"),
    )

    def __init__(
        self,
        title: str,
        text: Callable[[], str],
        *,
        console: Console,
        every: float = 2.0,
        needs: tuple[str, ...] = (),
        forms: Mapping[str, Callable[[bool], str]] | None = None,
        language: str = "text",
        wrap: bool = False,
    ) -> None:
        self.text = text
        self.forms = forms
        self.language = language
        self.wrap = wrap
        self.revealed = False
        self.needs = needs
        self._shown = text()
        self._interests: list[Any] = []
        super().__init__(console, title, every=0.0 if forms else every)
        if forms:
            self.hints = (*self.hints, ("J", "JSON or YAML"), ("ctrl-x", "reveal values"))  # type: ignore[misc]

    def make_body(self) -> Widget:
        self.view = DocumentView(self._shown, self.language)
        self.view.wrap = self.wrap
        return self.view

    def on_mount(self) -> None:
        super().on_mount()
        store = self.console.store
        self._interests = [store.interest.register(kind, None, Urgency.VISIBLE) for kind in self.needs]

    def on_unmount(self) -> None:
        for interest in self._interests:
            interest.close()

    def refresh_body(self) -> None:
        text = self.text()
        if text != self._shown:
            self._shown = text
            self.view.set_text(text)

    def handle(self, key: str) -> bool:
        if key == "J" and self.forms:
            self.language = "json" if self.language == "yaml" else "yaml"
            self._reform()
        elif key == "ctrl+x" and self.forms:
            self.revealed = not self.revealed
            self._reform()
        elif key == "ctrl+s":
            self._save()
        else:
            return False
        return True

    def _reform(self) -> None:
        if self.forms:
            self._shown = self.forms[self.language](self.revealed)
            self.view.set_text(self._shown, self.language)
            self.heading = f"{self.language.upper()}  {self.heading.partition('  ')[2]}"
            self.retitle()

    def facts(self) -> tuple[str, ...]:
        return ("values shown",) if self.revealed else ()

    def _save(self) -> None:
        name = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in self.heading.lower())
        suffix = {"yaml": "yaml", "json": "json", "diff": "diff"}.get(self.language, "txt")
        path = Path.cwd() / f"pierhead-{name}-{int(self.console.clock.now())}.{suffix}"
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(self._shown + "\n")
            path.chmod(0o600)
        except OSError as error:
            self.say(f"not saved: {error}", "state-bad")
            return
        self.say(f"saved {path}")

    def on_document_view_search_requested(self, event: DocumentView.SearchRequested) -> None:
        self.ask("/")

    def typed(self, prefix: str, text: str) -> None:
        self.view.search(text)

    def answered(self, prefix: str, text: str) -> None:
        self.view.search(text)

    def on_document_view_copy_requested(self, event: DocumentView.CopyRequested) -> None:
        self.say(*copied(self.app, event.text, f"copied {len(event.text)} characters"))

    def on_document_view_searched(self, event: DocumentView.Searched) -> None:
        self.say(f"match {event.number} of {event.total}" if event.total else f"{event.search!r} is not in it")
