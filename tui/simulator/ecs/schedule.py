"""Schedule expressions of scheduled actions: ``cron(…)``, ``rate(…)``, ``at(…)``, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
AT = re.compile(r"at\(\s*(\S+?)\s*\)")
CRON = re.compile(r"cron\(\s*(.+?)\s*\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
LOOK_AHEAD = 370  # days


def next_run(expression: str, after: float) -> float | None:
    """The first time after ``after`` (epoch seconds), None when it never runs again or is not understood."""
    if match := RATE.fullmatch(expression):
        return after + int(match[1]) * SECONDS[match[2]]
    if match := AT.fullmatch(expression):
        due = datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp()
        return due if due > after else None
    if match := CRON.fullmatch(expression):
        return _cron(match[1].split(), after)
    return None


def valid(expression: str) -> bool:
    """Whether the expression has one of the three forms."""
    if match := CRON.fullmatch(expression):
        return len(match[1].split()) == 6
    return bool(RATE.fullmatch(expression) or AT.fullmatch(expression))


def _cron(fields: list[str], after: float) -> float | None:
    if len(fields) != 6:
        return None
    minutes, hours = _set(fields[0], 0, 59), _set(fields[1], 0, 23)
    days, months, weekdays = _set(fields[2], 1, 31), _set(fields[3], 1, 12), _set(fields[4].upper(), 1, 7)
    start = datetime.fromtimestamp(after, UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    for ahead in range(LOOK_AHEAD):
        day = (start + timedelta(days=ahead)).date()
        if day.day not in days or day.month not in months or (day.isoweekday() % 7) + 1 not in weekdays:
            continue
        for hour in sorted(hours):
            for minute in sorted(minutes):
                moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                if moment >= start:
                    return moment.timestamp()
    return None


def _set(field: str, low: int, high: int) -> set[int]:
    """``*``, ``?``, ``5``, ``1,2``, ``MON-FRI``, ``*/5``, ``0/15``."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            begin, _, end = span.partition("-")
            first = DAYS.get(begin) or int(begin)
            last = (DAYS.get(end) or int(end)) if end else (high if step else first)
        found.update(range(first, last + 1, int(step or 1)))
    return found
