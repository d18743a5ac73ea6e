"""How bad a line is, read from its first characters: level words, JSON and logfmt fields, klog's letters, tracebacks.

A guess for colours, the histogram and ``level>=warn``; a line that says nothing has no level and belongs to the line
before it only on screen.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache


class Level(IntEnum):
    """Ordered; NONE is below all."""

    NONE = 0
    TRACE = 1
    DEBUG = 2
    INFO = 3
    WARN = 4
    ERROR = 5
    FATAL = 6


#: words of common loggers; RFC 5424 names among them
WORDS: dict[str, Level] = {
    "trace": Level.TRACE,
    "verbose": Level.TRACE,
    "debug": Level.DEBUG,
    "dbg": Level.DEBUG,
    "info": Level.INFO,
    "information": Level.INFO,
    "informational": Level.INFO,
    "notice": Level.INFO,
    "warn": Level.WARN,
    "warning": Level.WARN,
    "error": Level.ERROR,
    "err": Level.ERROR,
    "severe": Level.ERROR,
    "exception": Level.ERROR,
    "fatal": Level.FATAL,
    "critical": Level.FATAL,
    "crit": Level.FATAL,
    "panic": Level.FATAL,
    "alert": Level.FATAL,
    "emerg": Level.FATAL,
    "emergency": Level.FATAL,
}
#: pino and bunyan write numbers
_NUMBERS = {10: Level.TRACE, 20: Level.DEBUG, 30: Level.INFO, 40: Level.WARN, 50: Level.ERROR, 60: Level.FATAL}
_KLOG = {"I": Level.INFO, "W": Level.WARN, "E": Level.ERROR, "F": Level.FATAL}
#: a level stands near the beginning, after a time and a name
HEAD = 160

# one pass: a capital word, or the value of a level field, or what begins a stack trace
_FIND = re.compile(
    r"\b(?P<word>TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|SEVERE|FATAL|CRIT(?:ICAL)?|PANIC|EMERG|ALERT)\b"
    r"|(?:level|lvl|severity|levelname|loglevel)[\"']?\s?[=:]\s?[\"']?(?P<value>[A-Za-z]+|[1-6]0\b)"
    r"|(?P<trace>Traceback \(most|\w(?:Exception|Error): |panic: )"
)
_KLOG_HEAD = re.compile(r"[IWEF]\d{4} \d\d:")


def level_of(text: str) -> Level:
    """The level of a line."""
    head = text[:HEAD]
    if head[:1] in _KLOG and _KLOG_HEAD.match(head):
        return _KLOG[head[0]]
    found = _FIND.search(head)
    if found is None:
        return Level.NONE
    kind = found.lastgroup
    return Level.ERROR if kind == "trace" else named(found[kind or 0])


@lru_cache(maxsize=512)
def named(word: str) -> Level:
    """The level that ``word`` (``warn``, ``WARNING``, ``40``) names; NONE where it names none."""
    if word.isdigit():
        return _NUMBERS.get(int(word), Level.NONE)
    return WORDS.get(word.lower(), Level.NONE)
