"""Smaller parts of the embedded cluster: schedules, protobuf bodies, history, times, log lines."""

from __future__ import annotations

import asyncio
import contextlib
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.simulator.clock import SimClock
from tui.simulator.kubernetes import create
from tui.simulator.kubernetes.controllers.cronjob import fields, next_time
from tui.simulator.kubernetes.history import Entry, EventLog, Stored
from tui.simulator.kubernetes.loglines import Run, count_at, lines, time_of
from tui.simulator.kubernetes.protobuf import decode, messages
from tui.simulator.kubernetes.times import micro, nano, seconds, stamp
from tui.simulator.world import World


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("*/5 * * * *", "2026-11-23T17:02:30", "2026-11-23T17:05:00"),
        ("10 * * * *", "2026-11-23T17:10:00", "2026-11-23T18:10:00"),
        ("0 3 * * 1", "2026-11-23T17:00:00", "2026-11-30T03:00:00"),
        ("30 4 1,15 * *", "2026-11-23T17:00:00", "2026-12-01T04:30:00"),
        ("0 0 29 2 *", "2026-11-23T17:00:00", None),
        ("@daily", "2026-12-31T17:00:00", "2027-01-01T00:00:00"),
        ("15-20/5 8 * 12 7", "2026-11-23T17:00:00", "2026-12-06T08:15:00"),
    ],
)
def test_schedules(schedule: str, after: str, expected: str | None) -> None:
    assert next_time(schedule, moment(after)) == (moment(expected) if expected else 0.0)


@pytest.mark.parametrize("schedule", ["", "x", "* * * *", "60 * * * *", "* 5-3 * * *", "* * 0 * *"])
def test_schedules_that_do_not_parse(schedule: str) -> None:
    with pytest.raises(ValueError):
        fields(schedule)


# protobuf, written by hand: tag is field number * 8 + wire type


def text(number: int, value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return bytes((number << 3 | 2, len(raw))) + raw


def varint(number: int, value: int) -> bytes:
    return bytes((number << 3, value))


def envelope(kind: str, raw: bytes) -> bytes:
    head = text(1, "batch/v1") + text(2, kind)
    return b"k8s\0" + text(1, head) + bytes((2 << 3 | 2,)) + bytes((len(raw) & 0x7F | 0x80, len(raw) >> 7)) + raw


def test_a_job_in_protobuf() -> None:
    container = text(1, "main") + text(2, "busybox") + text(3, "sh") + text(3, "-c") + text(5, "")
    limits = text(1, text(1, "cpu") + text(2, text(1, "500m")))
    container += text(8, limits)
    pod = text(2, container) + text(3, "Never") + varint(4, 0)
    template = text(1, text(11, text(1, "app") + text(2, "x"))) + text(2, pod)
    spec = varint(1, 2) + varint(7, 0) + text(6, template)
    found = decode(envelope("Job", text(1, text(1, "count") + text(3, "default")) + text(2, spec)))
    assert found == {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": {"name": "count", "namespace": "default"},
        "spec": {
            "parallelism": 2,
            "backoffLimit": 0,
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {
                    "containers": [
                        {"name": "main", "image": "busybox", "command": ["sh", "-c"], "resources": {"limits": {"cpu": "500m"}}}
                    ],
                    "restartPolicy": "Never",
                    "terminationGracePeriodSeconds": 0,
                },
            },
        },
    }


@given(st.binary(max_size=60))
def test_damaged_protobuf_is_a_value_error(data: bytes) -> None:
    for body in (data, b"k8s\0" + data, envelope("Job", data[:50])):
        with contextlib.suppress(ValueError):
            decode(body)


def test_every_message_that_is_referred_to_is_known() -> None:
    table = messages()
    used = {field.kind[1:] for message in table.values() for field in message.values() if field.kind.startswith(":")}
    assert used <= set(table)


# history


def entry(version: int, size: int = 1000) -> Entry:
    return Entry(version, "MODIFIED", Stored("ns", "n", "u", version, b"x" * size, {}, "", 0.0, False, {}))


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60), st.integers(0, 70))
def test_history_replays_all_or_says_that_it_cannot(sizes: list[int], start: int) -> None:
    log = EventLog(20_000)
    for version, size in enumerate(sizes, 1):
        log.append(entry(version, size))
    position = log.position_after(start)
    if start < log.floor:
        assert position is None
        return
    assert position is not None
    found = log.since(position)
    assert found is not None
    assert [e.version for e in found] == list(range(start + 1, len(sizes) + 1))


def test_a_reader_that_falls_behind_is_told() -> None:
    log = EventLog(5000)
    position = log.end
    for version in range(1, 30):
        log.append(entry(version))
    assert log.since(position) is None


async def test_watches_are_woken() -> None:
    log, wake = EventLog(5000), asyncio.Event()
    log.register(wake)
    log.append(entry(1))
    assert wake.is_set()
    log.release(wake)
    wake.clear()
    log.append(entry(2))
    assert not wake.is_set()


# times


@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999))
def test_times_survive_their_text(whole: int, part: int) -> None:
    assert seconds(stamp(whole + part / 1e6)) == whole
    assert seconds(micro(whole + part / 1e6)) == pytest.approx(whole + part / 1e6, abs=2e-6)
    assert seconds(nano(whole + part / 1e6)) == pytest.approx(whole + part / 1e6, abs=2e-6)


def run_of(**more: Any) -> Run:
    return Run(**{"uid": "u", "container": "c", "number": 0, "start": 1000.0, "end": math.inf, "kind": "access", "rate": 2.0,
                  "missing": "", **more})  # fmt: skip


@given(st.sampled_from(["access", "json", "java", "klog"]), st.floats(0.05, 50), st.floats(0, 5000))
def test_log_entries_are_in_order_and_counted_rightly(kind: str, rate: float, later: float) -> None:
    run = run_of(kind=kind, rate=rate)
    total = count_at(run, run.start + later)
    assert all(time_of(run, n) <= run.start + later for n in range(max(0, total - 3), total))
    assert time_of(run, total) > run.start + later
    near = [time_of(run, n) for n in range(max(0, total - 20), total)]
    assert near == sorted(near)
    if total:
        assert lines(run, total - 1) == lines(run, total - 1)


def test_a_crash_says_why_in_its_last_line() -> None:
    run = run_of(kind="crash", missing="REDIS_URL", end=1003.0)
    assert count_at(run, 9999.0) == 5
    assert lines(run, 4)[0].endswith("FATAL REDIS_URL is not set")


def test_java_errors_bring_their_trace() -> None:
    run = run_of(kind="java")
    found = next(lines(run, n) for n in range(500) if len(lines(run, n)) > 1)
    assert "ERROR" in found[0]
    assert found[1].startswith("java.net.SocketTimeoutException")


def test_one_seed_makes_one_world() -> None:
    """The same seed and steps give the same objects, to the byte and to the resourceVersion."""

    def play() -> tuple[int, list[bytes]]:
        kube = create(World(seed=3, clock=SimClock(manual=True)))
        kube.faults.set({"churn": 5})
        kube.world.step(40)
        return kube.storage.version, [table.objects[key].body for table in kube.storage.tables.values() for key in table.keys]

    assert play() == play()
