"""Log events as FilterLogEvents gives them (API reference of CloudWatch Logs, 2014-03-28)."""

from __future__ import annotations

from tui.sources.aws.wire import Wire


class LogEvent(Wire):
    log_stream_name: str = ""
    timestamp: int = 0
    message: str = ""
    event_id: str = ""


class FilterLogEvents(Wire):
    events: tuple[LogEvent, ...] = ()
    next_token: str = ""
