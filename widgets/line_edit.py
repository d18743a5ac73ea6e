"""A line being typed: text, position, the usual editing keys. No drawing, so prompts, forms and searches share it.

Textual's ``Input`` would do, but its cursor blinks, and each blink is bytes over the link.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["LineEdit"]


class LineEdit:
    """An editable line of at most ``limit`` characters; ``allowed`` may refuse single characters."""

    def __init__(self, text: str = "", *, limit: int = 4096, allowed: Callable[[str], bool] | None = None) -> None:
        self.text = text
        self.position = len(text)
        self._limit = limit
        self._allowed = allowed

    def set(self, text: str) -> None:
        """Another text, the cursor at its end."""
        self.text = text[: self._limit]
        self.position = len(self.text)

    def insert(self, text: str) -> None:
        """Type or paste; line breaks become spaces, other control characters are left out."""
        text = " ".join(text.splitlines())
        allowed = self._allowed or str.isprintable
        text = "".join(character for character in text if character.isprintable() and allowed(character))
        text = text[: self._limit - len(self.text)]
        self.text = self.text[: self.position] + text + self.text[self.position :]
        self.position += len(text)

    def key(self, key: str, character: str | None) -> bool:
        """Obey one key; whether it was an editing key."""
        action = _KEYS.get(key)
        if action is not None:
            action(self)
            return True
        if character is not None and len(character) == 1 and character.isprintable():
            self.insert(character)
            return True
        return False

    def left(self) -> None:
        """One character to the left."""
        self.position = max(0, self.position - 1)

    def right(self) -> None:
        """One character to the right."""
        self.position = min(len(self.text), self.position + 1)

    def home(self) -> None:
        """To the beginning."""
        self.position = 0

    def end(self) -> None:
        """To the end."""
        self.position = len(self.text)

    def backspace(self) -> None:
        """Delete the character before."""
        if self.position:
            self.text = self.text[: self.position - 1] + self.text[self.position :]
            self.position -= 1

    def delete(self) -> None:
        """Delete the character under the cursor."""
        self.text = self.text[: self.position] + self.text[self.position + 1 :]

    def kill_before(self) -> None:
        """Delete all before."""
        self.text = self.text[self.position :]
        self.position = 0

    def kill_after(self) -> None:
        """Delete all from here on."""
        self.text = self.text[: self.position]

    def kill_word(self) -> None:
        """Delete the word before."""
        start = self._word_start()
        self.text = self.text[:start] + self.text[self.position :]
        self.position = start

    def word_left(self) -> None:
        """One word to the left."""
        self.position = self._word_start()

    def word_right(self) -> None:
        """One word to the right."""
        rest = self.text[self.position :]
        blank = len(rest) - len(rest.lstrip())
        word = rest.lstrip().find(" ")
        self.position = len(self.text) if word < 0 else self.position + blank + word

    def _word_start(self) -> int:
        before = self.text[: self.position].rstrip()
        return before.rfind(" ") + 1


_KEYS: dict[str, Callable[[LineEdit], None]] = {
    "left": LineEdit.left,
    "ctrl+b": LineEdit.left,
    "right": LineEdit.right,
    "ctrl+f": LineEdit.right,
    "home": LineEdit.home,
    "ctrl+a": LineEdit.home,
    "end": LineEdit.end,
    "ctrl+e": LineEdit.end,
    "backspace": LineEdit.backspace,
    "ctrl+h": LineEdit.backspace,
    "delete": LineEdit.delete,
    "ctrl+d": LineEdit.delete,
    "ctrl+u": LineEdit.kill_before,
    "ctrl+k": LineEdit.kill_after,
    "ctrl+w": LineEdit.kill_word,
    "alt+backspace": LineEdit.kill_word,
    "ctrl+left": LineEdit.word_left,
    "alt+b": LineEdit.word_left,
    "ctrl+right": LineEdit.word_right,
    "alt+f": LineEdit.word_right,
}
