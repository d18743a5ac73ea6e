"""The journal: what was done to the account and the cluster, one JSON object a line.

A change without a record must not be, so the intent is on the disk (one ``O_APPEND`` write and an ``fsync``) before the call
is made, and a journal that cannot be written means that nothing is changed. An intent that no outcome follows (a crash, a cut
line, a killed terminal) is found at the next start.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection
from pathlib import Path

import msgspec

from tui.actions.base import Record
from tui.model.scope import Key
from tui.model.secret import encode_secret

FILE_NAME = "journal.jsonl"

_encoder = msgspec.json.Encoder(enc_hook=encode_secret)
_decoder = msgspec.json.Decoder(Record)


class JournalError(Exception):
    """The journal cannot be written; the sentence says why and that nothing was changed."""


class Journal:
    """The file and what stands in it. ``damaged``: lines that could not be read (a torn write, another program)."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        self.damaged = 0
        self._records: list[Record] = []
        self._load()

    def _load(self) -> None:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        except OSError:
            return  # check() says so before anything is changed
        for line in lines:
            if not line.strip():
                continue
            try:
                self._records.append(_decoder.decode(line))
            except msgspec.MsgspecError:
                self.damaged += 1

    def check(self) -> None:
        """Raise ``JournalError`` where a record could not be written now."""
        try:
            os.close(self._open())
        except OSError as error:
            raise self._unwritable(error) from None

    def write(self, record: Record) -> None:
        """Append one record and wait until it is on the disk. Raises ``JournalError``."""
        line = _encoder.encode(record) + b"\n"
        try:
            descriptor = self._open()
            try:
                if not _ends_with_newline(descriptor):
                    line = b"\n" + line
                written = os.write(descriptor, line)
                if written != len(line):
                    raise OSError(f"only {written} of {len(line)} bytes were taken")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._unwritable(error) from None
        self._records.append(record)

    def _open(self) -> int:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        try:
            descriptor = os.open(self.path, flags)
        except FileNotFoundError:
            descriptor = os.open(self.path, flags | os.O_CREAT | os.O_EXCL, 0o600)
            _sync_directory(self.path.parent)
        try:
            if os.fstat(descriptor).st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _unwritable(self, error: OSError) -> JournalError:
        return JournalError(
            f"the journal {self.path} cannot be written ({error.strerror or error}): nothing is changed without it"
        )

    @property
    def records(self) -> tuple[Record, ...]:
        """All lines, oldest first, intents and outcomes."""
        return tuple(self._records)

    def latest(self) -> tuple[Record, ...]:
        """The newest line of each record, newest record first: what ``:journal`` shows."""
        newest: dict[str, Record] = {}
        for record in self._records:
            newest.pop(record.id, None)
            newest[record.id] = record
        return tuple(reversed(newest.values()))

    def unfinished(self) -> tuple[Record, ...]:
        """Intents without an outcome, and outcomes that are unknown: offered at start.

        An intent of another console that still runs is its own affair.
        """
        return tuple(r for r in self.latest() if r.outcome == "unknown" or (r.outcome == "intent" and not _runs(r.pid, r.born)))

    def undoable(self, target: Key, lasting: Collection[str] = ()) -> Record | None:
        """The newest done record on ``target`` that no later done record took back.

        ``lasting``: ids of actions that cannot be taken back: they are passed over where an older record can be.
        """
        latest = [r for r in self.latest() if r.outcome == "done"]
        taken_back = {r.undoes for r in latest if r.undoes}
        open_ = [r for r in latest if r.target == target and r.id not in taken_back and not r.undoes]
        return next((r for r in open_ if r.action not in lasting), open_[0] if open_ else None)


def born(pid: int) -> int:
    """When a process was started, in the system's ticks; 0 where that cannot be told (proc(5), ``/proc/PID/stat``)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[19])
    except (OSError, ValueError, IndexError):
        return 0


def _runs(pid: int, started: int) -> bool:
    """Whether the process of that id still is the one that wrote, and is not this one: ids are used again."""
    if pid <= 0 or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs as somebody else
    return not started or born(pid) in (0, started)


def _ends_with_newline(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _sync_directory(directory: Path) -> None:
    """Make the new file's name durable; some file systems refuse this on a directory, and the line itself is synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
