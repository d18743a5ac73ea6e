"""The journal: on the disk before anything is changed, readable by its owner alone, never damaged by a torn line."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from tests.unit.action_fakes import CLUSTER, SCOPE
from tui.actions.base import Record
from tui.actions.journal import FILE_NAME, Journal, JournalError
from tui.model.scope import Key
from tui.model.secret import Secret


def record(id: str, outcome: str = "intent", name: str = "checkout", undoes: str = "", **more: object) -> Record:
    target = Key.of("services", SCOPE, f"{CLUSTER}#{name}")
    return Record(
        id=id, time=1.0, outcome=outcome, action="ecs.scale", title="Scale", who="ada", where="here", target=target,
        target_name=f"shop/{name}", scope=SCOPE, undoes=undoes, **more,
    )  # fmt: skip


def test_lines_are_read_back_by_a_new_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(record("a", before={"desiredCount": 3}, after={"desiredCount": 5}))
    journal.write(record("a", "done", before={"desiredCount": 3}, after={"desiredCount": 5}))
    assert Journal(tmp_path).records == journal.records
    assert Journal(tmp_path).latest()[0].outcome == "done"


def test_file_is_private_even_if_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / "new" / FILE_NAME
    Journal(path.parent).write(record("a"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    Journal(path.parent).write(record("b"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_write_and_one_sync_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.check()
    calls: list[str] = []
    write, sync = os.write, os.fsync
    monkeypatch.setattr(os, "write", lambda fd, data: (calls.append("write"), write(fd, data))[1])
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), sync(fd))[1])
    journal.write(record("a"))
    assert calls == ["write", "fsync"]


def test_intent_without_outcome_is_found_at_the_next_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for one in (record("a"), record("a", "done"), record("b"), record("c"), record("c", "unknown"), record("d", "failed")):
        journal.write(one)
    assert [r.id for r in Journal(tmp_path).unfinished()] == ["c", "b"]


def test_torn_line_is_counted_and_the_next_one_stands_alone(tmp_path: Path) -> None:
    Journal(tmp_path).write(record("a"))
    path = tmp_path / FILE_NAME
    with path.open("ab") as file:
        file.write(b'{"id": "torn", "ti')
    journal = Journal(tmp_path)
    assert (journal.damaged, [r.id for r in journal.records]) == (1, ["a"])
    journal.write(record("b"))
    assert [r.id for r in Journal(tmp_path).records] == ["a", "b"]


@pytest.mark.parametrize("content", [b"\x00\xff\xfe\n", b"[]\n", b'{"id": 3}\n', b"\n\n"])
def test_nonsense_in_the_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    journal = Journal(tmp_path)
    journal.write(record("a"))
    assert [r.id for r in Journal(tmp_path).records] == ["a"]
    assert (tmp_path / FILE_NAME).read_bytes().startswith(content)


def test_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(JournalError, match="nothing is changed without it"):
        Journal(blocked).check()
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(JournalError, match="cannot be written"):
        Journal(tmp_path).write(record("a"))


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    (tmp_path / FILE_NAME).symlink_to(elsewhere)
    with pytest.raises(JournalError):
        Journal(tmp_path).write(record("a"))
    assert elsewhere.read_text() == ""


def test_full_disk_is_an_error_and_the_record_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    monkeypatch.setattr(os, "write", lambda fd, data: 3)
    with pytest.raises(JournalError, match="3 of"):
        journal.write(record("a"))
    assert journal.records == ()


def test_secret_is_dots(tmp_path: Path) -> None:
    Journal(tmp_path).write(record("a", before={"value": Secret("hunter2")}))
    assert b"hunter2" not in (tmp_path / FILE_NAME).read_bytes()


def test_undoable_is_the_newest_done_that_was_not_taken_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for one in (record("a", "done"), record("b", "done"), record("c", "failed"), record("d", "done", name="other")):
        journal.write(one)
    target = record("x").target
    assert journal.undoable(target).id == "b"
    journal.write(record("e", "done", undoes="b"))
    assert journal.undoable(target).id == "a"
    journal.write(record("f", "failed", undoes="a"))
    assert journal.undoable(target).id == "a"


def test_records_are_json_objects_with_what_was_asked_for(tmp_path: Path) -> None:
    Journal(tmp_path).write(record("a", commands=("aws ecs …",)))
    line = msgspec.json.decode((tmp_path / FILE_NAME).read_bytes())
    assert {"time", "who", "where", "action", "before", "after", "commands", "outcome"} <= set(line)
