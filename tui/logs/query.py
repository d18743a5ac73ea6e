"""The words of the log filter: text, ``/regex/``, ``-exclude``, ``field:value``, ``level>=warn``, ``source:name``, ``or``.

Terms side by side must all hold; ``or`` separates alternatives; ``( )`` groups. Text in small letters matches both cases.
"""

from __future__ import annotations

import re

from tui.logs.levels import Level, named
from tui.logs.patterns import Pattern
from tui.logs.terms import COMPARE, All, Either, Field, LevelIs, Line, Not, Regex, Source, Term, Text, number_of

__all__ = ["Line", "QueryError", "Term", "parse"]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\()
    | (?P<close>\))
    | (?P<minus>-)?(?:
        (?P<regex>/(?:[^/\\]|\\.)+/i?)(?=$|[\s)])
      | "(?P<quoted>[^"]*)"
      | (?P<field>[A-Za-z_@][\w.@-]*)(?P<op>>=|<=|>|<|:|=)(?:"(?P<qvalue>[^"]*)"|(?P<value>[^\s()"]+))
      | (?P<word>[^\s()]+)
      )
    )""",
    re.VERBOSE,
)


class QueryError(ValueError):
    """A filter that cannot be read; ``position`` is where in its text."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def parse(text: str) -> Term:
    """The condition that ``text`` means; an empty one holds always. Raises QueryError."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def parse(self) -> Term:
        term = self._alternatives(0)
        self._skip()
        if self._at < len(self._text):
            raise QueryError("a closing parenthesis without its opening one", self._at)
        return term

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _alternatives(self, depth: int) -> Term:
        found = [self._all(depth)]
        while self._take_word("or"):
            found.append(self._all(depth))
        return found[0] if len(found) == 1 else Either(found)

    def _all(self, depth: int) -> Term:
        terms: list[Term] = []
        while True:
            self._skip()
            if self._at >= len(self._text) or self._text[self._at] == ")" or self._is_word("or"):
                break
            if terms and self._take_word("and"):
                continue
            terms.append(self._term(depth))
        return terms[0] if len(terms) == 1 else All(terms)

    def _is_word(self, word: str) -> bool:
        end = self._at + len(word)
        return self._text[self._at : end].lower() == word and (end == len(self._text) or self._text[end] in " \t(")

    def _take_word(self, word: str) -> bool:
        self._skip()
        if not self._is_word(word):
            return False
        self._at += len(word)
        return True

    def _term(self, depth: int) -> Term:
        start = self._at
        if self._text.startswith(("(", "-("), start):
            negated = self._text[start] == "-"
            self._at += 2 if negated else 1
            inner = self._alternatives(depth + 1)
            self._skip()
            if self._at >= len(self._text):
                raise QueryError("an opening parenthesis without its closing one", start)
            self._at += 1
            return Not(inner) if negated else inner
        token = _TOKEN.match(self._text, start)
        if token is None:
            raise QueryError("this is no filter", start)
        self._at = token.end()
        term = self._made(token, start)
        return Not(term) if token["minus"] else term

    def _made(self, token: re.Match[str], start: int) -> Term:
        if token["regex"]:
            source = token["regex"]
            ignore_case = source.endswith("i") and not source.endswith("/")
            try:
                return Regex(Pattern(source[1 : source.rindex("/")], ignore_case=ignore_case))
            except re.error as error:
                raise QueryError(f"not a regular expression: {error}", start) from error
        if token["quoted"] is not None:
            return Text(token["quoted"])
        if token["field"]:
            value = token["qvalue"] if token["qvalue"] is not None else token["value"]
            return self._field(token["field"], token["op"], value, start)
        return Text(token["word"])

    def _field(self, name: str, operator: str, value: str, start: int) -> Term:
        if name.lower() in ("level", "lvl", "severity"):
            level = named(value)
            if level is Level.NONE:
                raise QueryError(f"{value} is no level: trace, debug, info, warn, error, fatal", start)
            return LevelIs(COMPARE[operator], level)
        if name.lower() == "source" and operator in (":", "="):
            return Source(value)
        if operator not in (":", "=") and number_of(value) is None:
            raise QueryError(f"{name} is compared with a number, and {value} is none", start)
        return Field(name, operator, value)
