"""Takes the terminal's answers out of what is typed, so that no answer ever becomes a key and no key is lost.

Textual's parser turns answers that it does not know, and answers cut in two by a slow line, into key presses. This filter
stands before it. What can be no key (``ESC [ ?`` ...) is always kept back until it is whole. What may be the beginning of a
key (``ESC``, ``ESC [ 1``) is kept back only while an answer is awaited; the answer that comes then tells which it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ESC = "\x1b"
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
#: an undecided beginning is let go after this many seconds, if its end never comes
LONGEST = 60.0

#: cursor position, device status, device attributes, mode reports, kitty's flags, XTVERSION and other device control strings
REPLY = re.compile(
    r"\x1b\[[?>][\d;]*\$?[A-Za-z]|\x1b\[(?P<row>\d+);(?P<column>\d+)R|\x1b\[\d+n|\x1b\[\d+;\d+\$y|\x1bP[>!01][^\x1b]*\x1b\\"
)
BEGINNING = re.compile(r"\x1b(?:\[(?:[?>]?[\d;]*\$?)|P(?:[>!01][^\x1b]*\x1b?)?)?")
#: beginnings that no key has
NO_KEY = ("\x1b[?", "\x1b[>", "\x1bP>", "\x1bP!")
SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]")


@dataclass(frozen=True, slots=True)
class Piece:
    """``typed``: for the parser. ``escape``: the key, certainly. ``key``: a whole key sequence that looks like an answer.
    ``reply``: an answer.
    """

    kind: Literal["typed", "escape", "key", "reply"]
    text: str


class ReplyFilter:
    """``expecting``: whether a request is unanswered. ``now``: seconds. ``delay``: how long an ESC may wait for its sequence."""

    def __init__(self, expecting: Callable[[], bool], now: Callable[[], float], delay: float) -> None:
        self._expecting = expecting
        self._now = now
        self._delay = delay
        self._held = ""
        self._held_at = 0.0
        self._alone = False
        self._let_go = ""
        self._pasting = False

    def feed(self, text: str) -> list[Piece]:
        """What is decided by the next characters."""
        if not text:
            return []
        if self._let_go:
            text = self._without_rest(text)
        pieces: list[Piece] = []
        if self._held == ESC and self._now() - self._held_at > self._delay:
            if text[:1] not in ("[", "P"):
                pieces.append(Piece("escape", ESC))
                self._held = ""
            else:
                self._alone = True
        data, self._held = self._held + text, ""
        at = 0
        while at < len(data):
            at = self._step(data, at, pieces)
        return pieces

    def tick(self) -> list[Piece]:
        """Let go what will not be decided any more. To be called every tenth of a second while ``holding``."""
        held = self._held
        if not held or held.startswith(NO_KEY):
            return []
        passed = self._now() - self._held_at
        late = passed > LONGEST
        if not late and (self._expecting() or passed < self._delay):
            return []
        self._held = ""
        self._let_go = held if late else ""
        if held == ESC:
            return [Piece("escape", ESC)]
        return self._undecided(held, [])

    @property
    def holding(self) -> bool:
        """Whether something waits to be decided."""
        return bool(self._held)

    def _step(self, data: str, at: int, pieces: list[Piece]) -> int:
        """Decide the next part of ``data``; where the part after it begins."""
        if self._pasting:
            return self._paste(data, at, pieces)
        start = data.find(ESC, at)
        if start < 0:
            typed(pieces, data[at:])
            return len(data)
        if start > at:
            typed(pieces, data[at:start])
        if match := REPLY.match(data, start):
            self._alone = False
            pieces.append(Piece("key" if is_key(match) else "reply", match.group()))
            return match.end()
        if data.startswith(PASTE_START, start):
            self._pasting = True
            typed(pieces, PASTE_START)
            return start + len(PASTE_START)
        if BEGINNING.fullmatch(data, start):
            rest = data[start:]
            if rest.startswith(NO_KEY) or self._expecting():
                self._held, self._held_at = rest, self._now()
            else:
                typed(pieces, rest)
            return len(data)
        if match := SEQUENCE.match(data, start):
            self._undecided(match.group(), pieces)
            return match.end()
        beginning = BEGINNING.match(data, start)
        end = beginning.end() if beginning else start + 1
        if data[start:end] == ESC:
            follows = data[end : end + 1]
            if follows == ESC or self._alone:
                pieces.append(Piece("escape", ESC))
            else:
                typed(pieces, ESC)
            self._alone = False
            if follows not in ("", ESC):
                typed(pieces, follows)
                return end + 1
            return end
        self._undecided(data[start:end], pieces)
        return end

    def _undecided(self, text: str, pieces: list[Piece]) -> list[Piece]:
        """A key's sequence, or a beginning that was none. After an ESC that stood alone for long, it is that key and others."""
        if self._alone:
            pieces.append(Piece("escape", ESC))
            text = text[1:]
        self._alone = False
        if text.startswith(NO_KEY):
            return pieces  # a piece of an answer, cut short
        typed(pieces, text)
        return pieces

    def _paste(self, data: str, at: int, pieces: list[Piece]) -> int:
        """What is pasted is not looked at, but for its end."""
        end = data.find(PASTE_END, at)
        if end >= 0:
            self._pasting = False
            typed(pieces, data[at : end + len(PASTE_END)])
            return end + len(PASTE_END)
        keep = next((size for size in range(len(PASTE_END) - 1, 0, -1) if data.endswith(PASTE_END[:size], at)), 0)
        typed(pieces, data[at : len(data) - keep])
        self._held = data[len(data) - keep :]
        return len(data)

    def _without_rest(self, text: str) -> str:
        """The rest of an answer whose beginning was let go is an answer still."""
        begun, self._let_go = self._let_go, ""
        match = REPLY.match(begun + text)
        return text[match.end() - len(begun) :] if match and not is_key(match) else text


def typed(pieces: list[Piece], text: str) -> None:
    """Add to what is typed."""
    if not text:
        return
    if pieces and pieces[-1].kind == "typed":
        text = pieces.pop().text + text
    pieces.append(Piece("typed", text))


def is_key(match: re.Match[str]) -> bool:
    """F3 with modifiers is ``CSI 1 ; 2..16 R``, as an answer from the first row would be; requests are made from other rows."""
    return match["row"] == "1" and 2 <= int(match["column"]) <= 16
