"""What containers write: entries that depend only on pod, container, run and number, so that any part can be read at any time.

An entry is one line, or several (a stack trace). Each carries its running number as ``seq=`` or ``"seq":``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from tui.simulator.world import noise

PATHS = ("/api/cart", "/api/products/1042", "/api/search?q=boots", "/healthz", "/api/orders", "/api/session", "/static/app.js")
AGENTS = ("okhttp/4.12.0", "Mozilla/5.0", "kube-probe/1.34", "python-httpx/0.27")
MESSAGES = ("order placed", "payment authorised", "stock reserved", "cache refreshed", "message published", "session renewed")
WARNINGS = ("slow query", "retrying upstream", "cache miss rate high")
FAILURES = ("payment refused", "upstream timed out", "deadlock detected")
TRACE = (
    "java.net.SocketTimeoutException: Read timed out",
    "\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)",
    "\tat java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:304)",
    "\tat com.shop.orders.PaymentClient.charge(PaymentClient.java:88)",
    "\tat com.shop.orders.OrderService.place(OrderService.java:141)",
    "\t... 24 common frames omitted",
)


class Run(NamedTuple):
    """One run of one container. ``start`` and ``end`` in epoch seconds; ``end`` is infinite while it goes on."""

    uid: str
    container: str
    number: int
    start: float
    end: float
    kind: str
    rate: float
    missing: str  # the variable whose absence it dies of


def time_of(run: Run, entry: int) -> float:
    """When an entry is written."""
    if run.kind == "crash":
        steps = (0.1, 0.3, 0.9, 1.6)
        return run.start + (steps[entry] if entry < len(steps) else 1.7)
    return run.start + (entry + 0.9 * noise(run.uid, run.number, entry)) / run.rate


def count_at(run: Run, now: float) -> int:
    """How many entries there are at ``now``."""
    until = min(now, run.end)
    if run.kind == "crash":
        return sum(time_of(run, entry) <= until for entry in range(5))
    if until <= run.start:
        return 0
    total = int((until - run.start) * run.rate) + 1
    while total and time_of(run, total - 1) > until:
        total -= 1
    return total


def lines(run: Run, entry: int) -> list[str]:
    """The lines of an entry."""
    when = time_of(run, entry)
    chance = noise(run.uid, run.number, entry, "what")
    if run.kind == "crash":
        return [_crash(run, entry, when)]
    if run.kind == "json":
        return [_json(entry, when, chance)]
    if run.kind == "java":
        return _java(entry, when, chance)
    if run.kind == "klog":
        return [_klog(entry, when, chance)]
    return [_access(run, entry, when, chance)]


def _moment(when: float) -> datetime:
    return datetime.fromtimestamp(when, UTC)


def _access(run: Run, entry: int, when: float, chance: float) -> str:
    client = f"10.0.{int(chance * 7919) % 256}.{int(chance * 104729) % 256}"
    path = PATHS[int(chance * 977) % len(PATHS)]
    code = 200 if chance < 0.95 else 404 if chance < 0.985 else 500
    took = int(3 + 90 * chance * chance)
    agent = AGENTS[int(chance * 331) % len(AGENTS)]
    stamp = _moment(when).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'{client} - - [{stamp}] "GET {path} HTTP/1.1" {code} {400 + int(chance * 9000)} "-" "{agent}" {took}ms seq={entry}'


def _json(entry: int, when: float, chance: float) -> str:
    level, message = _level(chance)
    stamp = _moment(when).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    order = 80_000 + int(chance * 9973)
    return f'{{"time":"{stamp}","level":"{level}","msg":"{message}","order":{order},"ms":{int(chance * 240)},"seq":{entry}}}'


def _level(chance: float) -> tuple[str, str]:
    if chance < 0.94:
        return "info", MESSAGES[int(chance * 977) % len(MESSAGES)]
    if chance < 0.98:
        return "warn", WARNINGS[int(chance * 977) % len(WARNINGS)]
    return "error", FAILURES[int(chance * 977) % len(FAILURES)]


def _java(entry: int, when: float, chance: float) -> list[str]:
    level, message = _level(chance)
    stamp = _moment(when).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    thread = f"nio-8080-exec-{1 + int(chance * 10)}"
    head = f"{stamp} {level.upper():>5} 1 --- [{thread}] c.s.orders.OrderService : {message} seq={entry}"
    return [head, *TRACE] if level == "error" else [head]


def _klog(entry: int, when: float, chance: float) -> str:
    letter = "I" if chance < 0.95 else "W" if chance < 0.99 else "E"
    stamp = _moment(when).strftime("%m%d %H:%M:%S.%f")
    return (
        f'{letter}{stamp}       1 reconciler.go:{100 + int(chance * 300)}] "Reconciled" took="{int(chance * 90)}ms" seq={entry}'
    )


def _crash(run: Run, entry: int, when: float) -> str:
    stamp = _moment(when).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    texts = (
        f"INFO starting {run.container} version 3.0.1 seq=0",
        "INFO reading configuration from the environment seq=1",
        "INFO connecting to the session store seq=2",
        f"ERROR cannot connect to the session store: {run.missing} is empty seq=3",
        f"FATAL {run.missing} is not set",
    )
    return f"{stamp} {texts[min(entry, len(texts) - 1)]}"
