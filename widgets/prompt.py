"""The ``:`` command and ``/`` filter line: completion, history, Esc. It knows no command: the owner gives suggestions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from widgets.direct import DirectLines
from widgets.line_edit import LineEdit
from widgets.palette import Palette
from widgets.symbols import symbols_of
from widgets.text import cell_width, clean, cut

__all__ = ["Prompt", "Suggestion"]

Complete = Callable[[str, str], Sequence["Suggestion"]]


class Suggestion(NamedTuple):
    """A whole line that what was typed may become, and a word about it."""

    text: str
    note: str = ""


class Prompt(DirectLines, can_focus=True):
    """One line, shown while it is open.

    ``complete(prefix, text)`` gives suggestions, best first; ``history`` maps each prefix to its lines, oldest first, and
    may be shared with whoever keeps it. Tab takes a suggestion and the next ones, right at the end takes the first, up
    and down walk the history, Enter submits, Esc cancels.
    """

    DEFAULT_CSS = """
    Prompt { height: 1; width: 1fr; display: none; }
    Prompt.-open { display: block; }
    """

    class Changed(Message):
        """The text is another one now; for filtering while typing."""

        def __init__(self, prompt: Prompt, prefix: str, text: str) -> None:
            super().__init__()
            self.prompt, self.prefix, self.text = prompt, prefix, text

    class Submitted(Message):
        """Enter was pressed; the prompt is closed."""

        def __init__(self, prompt: Prompt, prefix: str, text: str) -> None:
            super().__init__()
            self.prompt, self.prefix, self.text = prompt, prefix, text

    class Cancelled(Message):
        """Esc was pressed, or the line was empty and backspace; the prompt is closed."""

        def __init__(self, prompt: Prompt, prefix: str) -> None:
            super().__init__()
            self.prompt, self.prefix = prompt, prefix

    def __init__(
        self,
        complete: Complete | None = None,
        *,
        history: dict[str, list[str]] | None = None,
        history_size: int = 200,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.prefix = ":"
        self.line = LineEdit(limit=1024)
        self.history = history if history is not None else {}
        self._history_size = history_size
        self._complete = complete
        self._suggestions: Sequence[Suggestion] = ()
        self._taken = -1
        self._typed = ""
        self._back = 0
        self._message = ""

    @property
    def is_open(self) -> bool:
        """Whether it is shown and takes keys."""
        return self.has_class("-open")

    def open(self, prefix: str, text: str = "") -> None:
        """Show the prompt with a text to go on from, and take the focus."""
        self.prefix = prefix
        self.line.set(text)
        self._back = 0
        self._message = ""
        self.add_class("-open")
        self._typed_anew()
        self.focus()

    def close(self) -> None:
        """Hide it; the owner gives the focus back to where it was."""
        self.remove_class("-open")

    def say(self, message: str) -> None:
        """Show what is wrong with the text, until the next key."""
        self._message = message
        self.refresh()

    async def on_key(self, event: events.Key) -> None:
        """All keys belong to the prompt while it has the focus; ctrl-c closes it as Escape does."""
        event.stop()
        event.prevent_default()
        self._message = ""
        key = event.key
        if key == "enter":
            self._submit()
        elif key in ("escape", "ctrl+c") or (key in ("backspace", "ctrl+h") and not self.line.text):
            self.close()
            self.post_message(self.Cancelled(self, self.prefix))
        elif key in ("tab", "shift+tab"):
            self._take(1 if key == "tab" else -1)
        elif key in ("up", "ctrl+p", "down", "ctrl+n"):
            self._walk(1 if key in ("up", "ctrl+p") else -1)
        elif key in ("right", "end", "ctrl+e", "ctrl+f") and self.line.position == len(self.line.text) and self._ghost():
            self.line.set(self._suggestions[0].text)
            self._typed_anew()
        elif self.line.key(key, event.character):
            self._typed_anew()
        self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes in as one line."""
        event.stop()
        self.line.insert(event.text)
        self._typed_anew()
        self.refresh()

    def _submit(self) -> None:
        text = self.line.text.strip()
        if text:
            lines = self.history.setdefault(self.prefix, [])
            if text in lines:
                lines.remove(text)
            lines.append(text)
            del lines[: -self._history_size]
        self.close()
        self.post_message(self.Submitted(self, self.prefix, text))

    def _typed_anew(self) -> None:
        self._typed = self.line.text
        self._taken = -1
        self._suggestions = self._complete(self.prefix, self.line.text) if self._complete else ()
        self.post_message(self.Changed(self, self.prefix, self.line.text))

    def _take(self, by: int) -> None:
        """Put the next suggestion into the line; after the last comes what was typed."""
        if not self._suggestions:
            return
        if self._taken < 0 and by < 0:
            self._taken = len(self._suggestions)
        self._taken += by
        if self._taken in (-1, len(self._suggestions)):
            self._taken = -1
        self.line.set(self._suggestions[self._taken].text if self._taken >= 0 else self._typed)
        self.post_message(self.Changed(self, self.prefix, self.line.text))

    def _walk(self, by: int) -> None:
        """Go back in history by one, or forward to what was typed."""
        lines = [line for line in self.history.get(self.prefix, ()) if line.startswith(self._typed)]
        back = self._back + by
        if not 0 <= back <= len(lines):
            return
        self._back = back
        self.line.set(lines[-back] if back else self._typed)
        self.post_message(self.Changed(self, self.prefix, self.line.text))

    def _ghost(self) -> str:
        """What the best suggestion would add to the text."""
        text = self.line.text
        if self._taken >= 0 or not self._suggestions or not text:
            return ""
        best = self._suggestions[0].text
        return best[len(text) :] if best.startswith(text) else ""

    # ---- drawing --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Prefix, text with a cursor, what would be completed, other suggestions or what is wrong."""
        palette = self.palette
        plain, cursor = palette.style(), palette.style() + Style(reverse=True)
        width = self.size.width
        before = clean(self.line.text[: self.line.position])
        under = clean(self.line.text[self.line.position : self.line.position + 1])
        after = clean(self.line.text[self.line.position + 1 :])
        ghost = clean(self._ghost())
        while before and cell_width(before) > max(0, width - 12):
            before = before[max(1, len(before) - max(1, width - 12)) :]
        shown = under or ghost[:1] or " "
        segments = [Segment(self.prefix, palette.style("bold")), Segment(before, plain), Segment(shown, cursor)]
        segments += [Segment(after, plain), Segment(ghost if under else ghost[1:], palette.style("muted"))]
        used = sum(cell_width(segment.text) for segment in segments)
        segments.append(self._hints(width - used, palette))
        symbols = symbols_of(self)
        drawn = [Segment(symbols.text(segment.text), segment.style) for segment in segments if segment.text]
        return Strip(drawn).adjust_cell_length(width, plain)

    def _hints(self, room: int, palette: Palette) -> Segment:
        if self._message:
            return Segment(cut("   " + clean(self._message), room), palette.style("state-bad"))
        words = []
        for index, suggestion in enumerate(self._suggestions[:12]):
            word = clean(suggestion.text + (f" ({suggestion.note})" if suggestion.note else ""))
            words.append(f"[{word}]" if index == self._taken else word)
        return Segment(cut("   " + "  ".join(words), room) if words else "", palette.style("muted"))


if __name__ == "__main__":
    from widgets.samples import SampleApp

    commands = [Suggestion("pods", "po"), Suggestion("pods payments"), Suggestion("problems", "!"), Suggestion("services")]

    def suggest(prefix: str, text: str) -> list[Suggestion]:
        return [command for command in commands if prefix == ":" and command.text.startswith(text)]

    SampleApp(lambda: [Prompt(suggest)], lambda app: app.query_one(Prompt).open(":", "po")).run()
