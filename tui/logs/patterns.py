"""Regular expressions that somebody typed, on lines that somebody else wrote: neither may stop the screen.

``re`` is the quickest and cannot be stopped; ``regex`` takes a time limit, at some two microseconds a line. So the limit
is asked for where it can matter: with two open repetitions (``.*x.*y``), a repeated group (``(a|b)+``) or on a long line.
"""

from __future__ import annotations

import re

#: seconds that one line may take
LIMIT = 0.05
#: characters from which on a line is searched with the limit
LONG = 2_000
_OPEN = re.compile(r"(?<!\\)(?:[*+]|\{\d+,\})")
_GROUP = re.compile(r"(?<!\\)\)(?:[*+]|\{\d+,\d*\})")


class TooSlow(TimeoutError):
    """A pattern that takes too long on a line."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"{pattern} takes too long on a line: a simpler pattern is needed")


class Pattern:
    """A compiled pattern; ``search`` says whether a text has it."""

    def __init__(self, source: str, *, ignore_case: bool = False) -> None:
        """Raises ``re.error`` for a regular expression that is none."""
        self.source = source
        self._flags = re.IGNORECASE if ignore_case else re.NOFLAG
        self._quick = re.compile(source, self._flags).search
        self._risky = len(_OPEN.findall(source)) > 1 or _GROUP.search(source) is not None

    def search(self, text: str) -> bool:
        """Whether ``text`` has it. Raises TooSlow."""
        if not self._risky and len(text) <= LONG:
            return self._quick(text) is not None
        import regex  # only where somebody searches

        try:
            return regex.search(self.source, text, int(self._flags), timeout=LIMIT) is not None
        except TimeoutError:
            raise TooSlow(self.source) from None
