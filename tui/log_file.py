"""The log file: everything that libraries and we say goes there, so that nothing is ever printed over the screen.

It is the user's alone (0600), kept small by rotation (``pierhead.log``, ``.1`` to ``.3``), and free of secrets: what looks like
a token, a signature or a key is written as dots, whoever logged it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

NAME = "pierhead.log"
MOST_BYTES = 2_000_000
KEPT = 3
DOTS = "•••"

#: names whose values nobody should read in a log, in headers, queries, JSON and ``name=value``
_NAMED = re.compile(
    r"(?i)(authorization|x-amz-security-token|x-amz-signature|x-amz-credential|aws_secret_access_key|secret_?access_?key"
    r"|session_?token|client_?secret|password|access_?token|refresh_?token|id_?token)"
    r"(\\?[\"']?\s*[:=]\s*\\?[\"']?)((?:bearer|basic|aws4-hmac-sha256)\s+)?[^\s\"',;&\\]+"
)
_SHAPED = re.compile(r"(?i)(bearer )[\w.~+/=-]{8,}|(k8s-aws-v1\.)[\w=-]+")


def scrubbed(text: str) -> str:
    """``text`` with dots in place of what looks like a secret."""
    text = _NAMED.sub(lambda match: match[1] + match[2] + (match[3] or "") + DOTS, text)
    return _SHAPED.sub(lambda match: (match[1] or match[2]) + DOTS, text)


class Lines(logging.Formatter):
    """One record, with its traceback, free of secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed(super().format(record))


class RotatingFile(logging.Handler):
    """Appends to ``folder/pierhead.log``; before it grows over ``most`` bytes it becomes ``.1``, the older ones move on.

    Two sessions may write the same file: each looks at the file's size itself, and one that was moved away under it is left
    for the new one with the next line.
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES, kept: int = KEPT) -> None:
        super().__init__()
        self.path = folder / NAME
        self.most = most
        self.kept = kept
        self._file = self._opened()

    def _opened(self) -> TextIO:
        descriptor = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def _moved_away(self) -> bool:
        try:
            return self.path.stat().st_ino != os.fstat(self._file.fileno()).st_ino
        except FileNotFoundError:
            return True

    def _rotate(self) -> None:
        for number in range(self.kept - 1, 0, -1):
            older = self.path.with_name(f"{NAME}.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"{NAME}.{number + 1}"))
        self.path.replace(self.path.with_name(f"{NAME}.1"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record. A full disk loses lines of the log, never the session."""
        try:
            line = self.format(record) + "\n"
            if self._moved_away():
                self._file.close()
                self._file = self._opened()
            elif os.fstat(self._file.fileno()).st_size + len(line) > self.most:
                self._file.close()
                self._rotate()
                self._file = self._opened()
            self._file.write(line)
            self._file.flush()
        except (OSError, ValueError):
            self.handleError(record)

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()
        super().close()


def log_to_file(folder: Path) -> None:
    """All logging goes to the file; where it cannot be written, nowhere."""
    handler: logging.Handler
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFile(folder)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.lastResort = None
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    # Python prints what ends a thread or a finaliser; the screen is no place for it, and it would be lost there
    threading.excepthook = lambda ended: _uncaught("thread", ended.thread, ended.exc_type, ended.exc_value, ended.exc_traceback)
    sys.unraisablehook = lambda lost: _uncaught("finaliser", lost.object, lost.exc_type, lost.exc_value, lost.exc_traceback)


def _uncaught(where: str, what: object, kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    if error is not None and kind is not SystemExit:
        logging.getLogger(__name__).error("uncaught in a %s: %r", where, what, exc_info=(kind, error, trace))


def last_lines(folder: Path, count: int = 40) -> list[str]:
    """The newest lines of the log, for a crash report."""
    try:
        with (folder / NAME).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []
