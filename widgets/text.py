"""Makes text of unknown origin harmless before it is drawn: the one place where this is decided.

Names, tags, events and log lines come from other people's systems. Drawn as they are, an escape sequence would be obeyed
by the terminal, a right-to-left override would turn a line round, and clusters that terminals measure differently
(joined emoji, flags, variation selectors) would push every later cell out of its place. After ``clean`` each character
is one that all terminals give the same width, and nothing in it is a command.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

__all__ = ["cell_width", "clean", "clean_line", "cut", "pad", "without_colors"]

#: Stands for a character that must not reach the terminal.
REPLACEMENT = "·"
_MARKS_PER_CHARACTER = 2
_REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
# CSI, OSC, DCS and the other string sequences, whole; what is left of a broken one falls to the control character rule.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-Z\\^-~]"
)
_SGR = re.compile(r"\x1b\[[0-9;:]*m")


def clean(text: str) -> str:
    """The same text without anything a terminal obeys or measures in its own way; one line.

    A control character becomes a middle dot, a line break or tab one space, an escape sequence one middle dot;
    bidirectional controls, joiners and variation selectors are dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    return _clean(text) if len(text) <= 512 else _clean_uncached(text)


def without_colors(text: str) -> str:
    """``text`` without the colour sequences that programs write into their logs; every other sequence stays for ``clean``."""
    return _SGR.sub("", text) if "\x1b[" in text else text


def clean_line(text: str, tab_size: int = 8) -> str:
    """As ``clean`` but with tabs expanded to the next multiple of ``tab_size``; for documents and log lines."""
    if "\t" in text:
        text = text.expandtabs(tab_size)
    return clean(text)


def _clean_uncached(text: str) -> str:
    if "\x1b" in text or any("\x80" <= character <= "\x9f" for character in text):
        text = _SEQUENCE.sub(REPLACEMENT, text)
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        if character.isascii():
            marks = 0
            kept.append(character if character.isprintable() else (" " if character in "\t\n\r\v\f" else REPLACEMENT))
            continue
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if category == "Me" or marks > _MARKS_PER_CHARACTER or not kept or "\ufe00" <= character <= "\ufe0f":
                continue
            kept.append(character)
            continue
        marks = 0
        kept.append(_replaced(character, category))
    return "".join(kept)


def _replaced(character: str, category: str) -> str:
    code = ord(character)
    if category in ("Cc", "Cs", "Co", "Cn") or code == 0xFFFD or code in _REGIONAL_INDICATORS:
        return REPLACEMENT
    if category == "Cf" or code in _SKIN_TONES:
        return ""
    if category in ("Zl", "Zp", "Zs"):
        return " "
    return character


_clean = lru_cache(4096)(_clean_uncached)


def cell_width(text: str) -> int:
    """Width in terminal cells."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """The longest beginning of ``text`` that is at most ``width`` cells wide; never half of a wide character."""
    if width <= 0:
        return ""
    if text.isascii():
        return text[:width]
    used = 0
    for index, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:index]
    return text


def pad(text: str, width: int, align: str = "left") -> str:
    """``text`` filled with spaces to exactly ``width`` cells; it must not be wider."""
    missing = width - cell_width(text)
    if missing <= 0:
        return text
    return " " * missing + text if align == "right" else text + " " * missing
