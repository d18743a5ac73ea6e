"""Points in time are read as botocore reads them, whatever the form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from tui.sources.aws.moments import moment

TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2900, 1, 1), timezones=st.just(UTC))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(TIMES, OFFSETS)
def test_texts(time: datetime, zone: timezone) -> None:
    local = time.astimezone(zone)
    for text in (local.isoformat(), f"{time:%Y-%m-%dT%H:%M:%SZ}", f"{time:%Y%m%dT%H%M%SZ}", format_datetime(time, usegmt=True)):
        found = moment(text, parse_timestamp)
        assert (found, found.utcoffset()) == (parse_timestamp(text), timedelta(0))


@given(st.one_of(st.integers(0, 30_000_000_000), st.floats(0, 30_000_000_000)))
def test_numbers(seconds: float) -> None:
    for value in (seconds, str(seconds)):
        assert abs(moment(value, parse_timestamp) - parse_timestamp(value)) <= timedelta(microseconds=1)


@pytest.mark.parametrize("value", ["soon", "", None, float("inf"), 1e300])
def test_what_is_none(value: object) -> None:
    with pytest.raises(Exception) as botocores:
        parse_timestamp(value)
    with pytest.raises(type(botocores.value)):
        moment(value, parse_timestamp)
