"""Colours for YAML, JSON and differences, line by line: cheap enough to do only for the lines on screen.

Without the rest of the document a line cannot be parsed fully (a block of text in YAML may look like a key). That is a
price worth paying: a real lexer takes longer for one large document than all else on the screen together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

__all__ = ["SYNTAXES", "highlight"]

Drawn = tuple[str, str]

_YAML = re.compile(
    r"(?P<space>^\s*(?:- )*)(?P<key>[^\s#\"'\[\]{}&*!|>][^:#]*|\"[^\"]*\"|'[^']*')(?P<colon>:)(?=\s|$)|(?P<comment>(?:^|\s)#.*$)"
)
_VALUE = re.compile(
    r"(?P<string>\"(?:\\.|[^\"\\])*\"|'[^']*')|(?P<comment>(?:^|\s)#.*$)"
    r"|(?P<number>(?<![\w.-])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.:-]))|(?P<word>\b(?:true|false|null)\b)"
)
_JSON = re.compile(
    r"(?P<key>\"(?:\\.|[^\"\\])*\")(?=\s*:)|(?P<string>\"(?:\\.|[^\"\\])*\")"
    r"|(?P<number>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?P<word>\b(?:true|false|null)\b)"
)
_TOKENS = {
    "key": "syntax-key",
    "string": "syntax-string",
    "number": "syntax-number",
    "word": "syntax-number",
    "comment": "syntax-comment",
}


_SIGN = re.compile(r"\s*(?P<sign>[✖▲●]) ")
_SIGNS = {"✖": "state-bad", "▲": "state-warn", "●": "state-ok"}


def _plain(line: str) -> list[Drawn]:
    found = _SIGN.match(line)
    if found is None:
        return [(line, "")]
    start, end = found.span("sign")
    return [piece for piece in ((line[:start], ""), (line[start:end], _SIGNS[found["sign"]]), (line[end:], "")) if piece[0]]


def _by(pattern: re.Pattern[str], line: str) -> list[Drawn]:
    pieces: list[Drawn] = []
    end = 0
    for match in pattern.finditer(line):
        if match.start() > end:
            pieces.append((line[end : match.start()], ""))
        pieces.append((match.group(), _TOKENS.get(match.lastgroup or "", "")))
        end = match.end()
    if end < len(line):
        pieces.append((line[end:], ""))
    return pieces


def _yaml(line: str) -> list[Drawn]:
    match = _YAML.match(line)
    if match is None or match.group("key") is None:
        return _by(_VALUE, line)
    start = match.end("space")
    head = [(line[:start], ""), (match.group("key"), _TOKENS["key"]), (":", "")]
    return [piece for piece in head if piece[0]] + _by(_VALUE, line[match.end() :])


def _json(line: str) -> list[Drawn]:
    return _by(_JSON, line)


def _diff(line: str) -> list[Drawn]:
    if line.startswith("@@"):
        return [(line, "muted")]
    if line.startswith("+"):
        return [(line, "diff-add")]
    if line.startswith("-"):
        return [(line, "diff-remove")]
    return [(line, "")]


SYNTAXES: dict[str, Callable[[str], Sequence[Drawn]]] = {"text": _plain, "yaml": _yaml, "json": _json, "diff": _diff}


def highlight(line: str, syntax: str) -> Sequence[Drawn]:
    """The pieces of one clean line; an unknown syntax is plain text. Their texts joined are the line."""
    if len(line) > 4000:  # a minified document: colouring it helps nobody
        return _plain(line)
    return SYNTAXES.get(syntax, _plain)(line)
