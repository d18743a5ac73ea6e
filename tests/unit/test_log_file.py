"""The log file: the user's alone, rotated, free of secrets."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tui.log_file import KEPT, NAME, Lines, RotatingFile, last_lines, scrubbed


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("botocore.auth", logging.INFO, "x.py", 1, text, None, None)


def handler(folder: Path, most: int = 1000) -> RotatingFile:
    made = RotatingFile(folder, most=most)
    made.setFormatter(Lines())
    return made


def test_it_is_rotated_and_nobody_else_reads_it(tmp_path: Path) -> None:
    one = handler(tmp_path)
    for number in range(200):
        one.emit(record(f"line {number}"))
    one.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [NAME, *(f"{NAME}.{number}" for number in range(1, KEPT + 1))]
    assert all(file.stat().st_size <= 1000 for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert last_lines(tmp_path)[-1].endswith("line 199")
    kept = [int(line.split()[-1]) for file in (*reversed(files[1:]), files[0]) for line in file.read_text().splitlines()]
    assert kept == list(range(kept[0], 200)), "in order, none lost but the oldest"


def test_two_sessions_write_the_newest_file_both(tmp_path: Path) -> None:
    one, other = handler(tmp_path), handler(tmp_path)
    for number in range(40):
        one.emit(record(f"one {number}"))
    newest = tmp_path / NAME
    before = newest.stat().st_ino
    other.emit(record("other"))
    assert newest.stat().st_ino == before
    assert newest.read_text().endswith("other\n"), "not into the file that was moved away under it"
    one.close()
    other.close()


def test_a_file_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    one = handler(tmp_path)
    (tmp_path / NAME).unlink()
    one.emit(record("still here"))
    one.close()
    assert "still here" in (tmp_path / NAME).read_text()


@pytest.mark.parametrize(
    "text",
    [
        "GET / Authorization: Bearer eyJhbGciOi.PLANTED.x",
        "{'Authorization': 'AWS4-HMAC-SHA256 PLANTED'}",
        '{"SecretAccessKey": "PLANTED", "x": 1}',
        "aws_secret_access_key = PLANTED",
        "https://sts.eu-west-1.amazonaws.com/?X-Amz-Signature=PLANTED&X-Amz-Credential=PLANTED%2F20260101",
        "X-Amz-Security-Token: PLANTED",
        "token k8s-aws-v1.PLANTED_aHR0cHM6",
        '"sessionToken":"PLANTED"',
        "clientSecret='PLANTED' refresh_token=PLANTED",
        "sent bearer PLANTED.PLANTED",
        'body {\\"accessToken\\": \\"PLANTED\\"}',
        "password=PLANTED",
    ],
)
def test_what_looks_like_a_secret_is_dots(text: str) -> None:
    assert "PLANTED" not in scrubbed(text), scrubbed(text)
    assert "•••" in scrubbed(text)


@pytest.mark.parametrize(
    "text", ["task 9f2c stopped: Essential container exited", "scale 3 to 5 of shop/checkout", "token bucket: 12 left"]
)
def test_other_words_stay(text: str) -> None:
    assert scrubbed(text) == text


def test_a_traceback_is_scrubbed_too(tmp_path: Path) -> None:
    one = handler(tmp_path, 10_000)
    try:
        raise ValueError("Authorization: Bearer PLANTED-PLANTED")
    except ValueError as error:
        entry = record("failed")
        entry.exc_info = (type(error), error, error.__traceback__)
        one.emit(entry)
    one.close()
    text = (tmp_path / NAME).read_text()
    assert "Traceback" in text
    assert "PLANTED-" not in text


def test_what_ends_a_thread_or_a_finaliser_is_in_the_log_and_not_on_the_screen(tmp_path: Path) -> None:
    code = f"""
import threading
from pathlib import Path
from tui.log_file import log_to_file

class Lost:
    def __del__(self):
        raise ValueError("in a finaliser, Authorization: Bearer abcdefghijkl")

def fails():
    raise ImportError("in a thread")

log_to_file(Path({str(tmp_path)!r}))
one = threading.Thread(target=fails)
one.start()
one.join()
Lost()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert (done.stdout, done.stderr) == ("", "")
    log = (tmp_path / NAME).read_text()
    for said in ("uncaught in a thread", "ImportError: in a thread", "uncaught in a finaliser", "ValueError: in a finaliser"):
        assert said in log, log
    assert "Traceback" in log and "abcdefghijkl" not in log
