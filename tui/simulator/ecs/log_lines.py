"""What containers say: lines that are a pure function of (stream, number), so that none has to be stored.

Every line ends in, or has a member with, its running number in its stream (``seq``), without gaps: who tails can prove that
nothing is missing or doubled. Some lines share a millisecond, some reach CloudWatch Logs late, a crash is preceded by a burst.
"""

from __future__ import annotations

import json
import time
import zlib
from typing import NamedTuple

RATES = {"http": 2.0, "json": 1.5, "java": 1.0, "worker": 0.5, "envoy": 1.0}  # lines a second of one container
PATHS = ("/", "/items/{n}", "/cart", "/search?q=sofa+{n}", "/orders/{n}", "/account", "/api/v2/prices/{n}", "/health")
AGENTS = ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_1)", "Mozilla/5.0 (X11; Linux x86_64)", "okhttp/5.1.0", "ELB-HealthChecker/2.0")
DOINGS = {
    "checkout": "order placed|payment authorised|basket priced|address verified|stock reserved",
    "gateway": "payment routed|card authorised|capture scheduled|3ds challenge passed|refund accepted",
    "recommendations": "ranked candidates|model scored|profile loaded|cache filled",
}
USUAL_DOINGS = "request served|cache hit|record updated|message published|session refreshed"


class Voice(NamedTuple):
    """Who speaks: the kind of lines, the name in them, a seed of its own, and the story of its image, if it has one."""

    kind: str
    name: str
    seed: int
    story: str = ""  # oom, health, exit
    detail: str = ""


def roll(seed: int, number: int) -> int:
    """32 bits that depend on nothing but a stream and a line's number."""
    return zlib.crc32(b"%d:%d" % (seed, number))


def boot(voice: Voice, number: int, at: float) -> str:
    """One of the first lines of a container."""
    words = (
        f"starting {voice.name}",
        "configuration read from environment",
        "connecting to database",
        "database ready, 12 migrations applied",
        f"{voice.name} ready",
    )
    return line(voice, "INFO", words[number % len(words)], number, at)


BOOT_LINES = 5


def usual(voice: Voice, number: int, at: float, *, age: float, sick: bool) -> str:
    """A line of everyday work; ``sick``: its health check fails, and the lines say why."""
    r = roll(voice.seed, number)
    if sick and r % 3:
        return _sick(voice, number, at, r)
    if voice.story == "oom" and age > 60 and r % 7 == 0:
        used = min(508, 300 + int(age * 0.8) + r % 9)
        return line(voice, "WARN", f"heap {used} MiB of 512 MiB used, statement cache holds {used * 37} entries", number, at)
    if voice.kind == "java" and number % 211 in (90, 91, 92, 93, 94):
        return _trace(voice, number, at, number % 211 - 90)
    if voice.kind in ("http", "envoy"):
        return _access(voice, number, at, r)
    if voice.kind == "worker":
        return _work(voice, number, at, r)
    return _event(voice, number, at, r)


def _sick(voice: Voice, number: int, at: float, r: int) -> str:
    texts = (
        "GET /health 503: database connection pool exhausted (20 of 20 in use, 41 waiting)",
        "timeout after 5000 ms waiting for a connection from pool primary",
        "GET /health 503: database connection pool exhausted (20 of 20 in use, 57 waiting)",
    )
    return line(voice, "ERROR", texts[r % 3], number, at)


def _trace(voice: Voice, number: int, at: float, part: int) -> str:
    package = voice.name.replace("-", "")
    parts = (
        "",
        f"\tat com.harbour.{package}.store.Repository.fetch(Repository.java:{118 + number % 40})",
        f"\tat com.harbour.{package}.api.Resource.get(Resource.java:{61 + number % 9})",
        "\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)",
        "Caused by: java.net.SocketTimeoutException: Read timed out",
    )
    if part == 0:
        return line(voice, "ERROR", "lookup failed: java.lang.IllegalStateException: upstream did not answer", number, at)
    return f"{parts[part]} seq={number}"


def _access(voice: Voice, number: int, at: float, r: int) -> str:
    path = PATHS[r % len(PATHS)].replace("{n}", str(r // 8 % 9000 + 1000))
    status = 500 if r % 193 == 0 else 404 if r % 41 == 0 else 304 if r % 11 == 0 else 200
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(at))
    agent = AGENTS[3] if path == "/health" else AGENTS[r // 64 % 3]
    took = (r % 900) / 10_000 + (0.9 if status == 500 else 0.0)
    address = f"10.20.{r // 256 % 48}.{r % 250 + 2}"
    return f'{address} - - [{stamp}] "GET {path} HTTP/1.1" {status} {r % 48_000} "-" "{agent}" {took:.4f} seq={number}'


def _work(voice: Voice, number: int, at: float, r: int) -> str:
    job = f"{r:08x}"
    if r % 151 == 0:
        return line(voice, "ERROR", f"job {job} failed, will be tried again: connection reset by peer", number, at)
    if r % 37 == 0:
        return line(voice, "WARN", f"job {job} slow: {r % 9000 + 4000} ms", number, at)
    return line(voice, "INFO", f"job {job} done in {r % 900 + 20} ms", number, at)


def _event(voice: Voice, number: int, at: float, r: int) -> str:
    doings = DOINGS.get(voice.name, USUAL_DOINGS).split("|")
    text = doings[r % len(doings)]
    if r % 127 == 0:
        return line(voice, "ERROR", "payment refused" if voice.name == "checkout" else "upstream answered 502", number, at, r)
    if r % 31 == 0:
        return line(voice, "WARN", f"slow answer from {('redis', 'postgres', 'catalog')[r % 3]}", number, at, r)
    return line(voice, "INFO", text, number, at, r)


def line(voice: Voice, level: str, text: str, number: int, at: float, r: int | None = None) -> str:
    """A line in the voice's own form: JSON, Java's, or logfmt."""
    milliseconds = int(at * 1000) % 1000
    if voice.kind == "json":
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{milliseconds:03d}Z"
        data: dict[str, object] = {"time": stamp, "level": level, "service": voice.name, "msg": text, "seq": number}
        if r is not None:
            data |= {"order": r % 90_000 + 10_000, "ms": r % 700 + 3, "user": {"id": r % 4000, "tier": ("free", "plus")[r % 2]}}
        if level == "ERROR":
            data["code"] = ("insufficient_funds", "timeout", "bad_gateway")[number % 3]
            where = f"/app/src/{voice.name}.js:{number % 300}:17"
            data["stack"] = f"Error: {text}\n    at handle ({where})\n    at next (/app/router.js:88:9)"
        return json.dumps(data, separators=(",", ":"))
    if voice.kind == "java":
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at)) + f",{milliseconds:03d}"
        thread = f"http-nio-8080-exec-{number % 10 + 1}"
        return f"{stamp} {level:<5} [{thread}] c.h.{voice.name.replace('-', '')}.Service - {text} seq={number}"
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return f'ts={stamp} level={level.lower()} app={voice.name} msg="{text}" seq={number}'


def farewell(voice: Voice, exit_code: int, killed_for_memory: bool) -> list[tuple[str, str]]:
    """(level, text) of the last lines of a container: an orderly end, or the burst before a crash."""
    if killed_for_memory:
        burst = [("WARN", f"heap {506 + n // 3} MiB of 512 MiB used, collecting") for n in range(12)]
        return [*burst, ("ERROR", "java.lang.OutOfMemoryError: Java heap space"), ("ERROR", "while rendering statement 88123")]
    if exit_code in (0, 143):
        return [("INFO", "SIGTERM received, draining"), ("INFO", "in-flight requests done"), ("INFO", "bye")]
    trace = [("ERROR", f'  File "/app/{voice.name}/main.py", line {40 + 7 * n}, in step_{n}') for n in range(4)]
    return [
        ("ERROR", "Traceback (most recent call last):"),
        *trace,
        ("ERROR", "KeyError: 'SMTP_HOST'"),
        ("FATAL", f"exiting with status {exit_code}"),
    ]
