"""``pierhead doctor``: what works here and what does not, with what to do about it."""

from __future__ import annotations

import asyncio
import locale
import os
import shutil
import sys

from config import Settings
from tui.model import SystemClock
from tui.model.errors import ApiError
from tui.store import Store


class Report:
    """Lines of ``ok``, ``note`` and ``FAIL``; ``failed`` decides the exit status."""

    def __init__(self) -> None:
        self.failed = False

    def line(self, verdict: str, what: str, hint: str = "") -> None:
        """Print one finding."""
        self.failed = self.failed or verdict == "FAIL"
        print(f"{verdict:<5} {what}" + (f"   {hint}" if hint else ""))


def run_doctor(settings: Settings) -> int:
    """Print the report; 1 where something fails that the console needs."""
    report = Report()
    check_terminal(report)
    check_directories(report, settings)
    try:
        asyncio.run(within(report, settings, 60))
    except TimeoutError:
        report.line("FAIL", "AWS and Kubernetes did not answer within 60 s", "is there a proxy or a firewall in between?")
    return 1 if report.failed else 0


async def within(report: Report, settings: Settings, seconds: float) -> None:
    """The clients' part, at most so long. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        await check_clients(report, settings)


def check_terminal(report: Report) -> None:
    """Python, terminal, locale."""
    report.line("ok", f"Python {sys.version.split()[0]}")
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        report.line("FAIL", f"TERM={term!r} cannot draw a screen", "try TERM=xterm-256color")
    else:
        size = shutil.get_terminal_size()
        report.line("ok", f"terminal {term}, {size.columns}x{size.lines}" + (", in tmux" if os.environ.get("TMUX") else ""))
    encoding = locale.getpreferredencoding(False)
    if "utf" in encoding.lower():
        report.line("ok", f"locale {encoding}")
    else:
        report.line("note", f"locale {encoding} is not UTF-8", "plain signs are used; export LANG=C.UTF-8 for the others")


def check_directories(report: Report, settings: Settings) -> None:
    """The journal must be writable, or nothing can be changed."""
    for name, directory, needed in (("state", settings.state_dir, True), ("cache", settings.cache_dir, False)):
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            writable = os.access(directory, os.W_OK)
        except OSError:
            writable = False
        if writable:
            report.line("ok", f"{name} directory {directory}")
        elif needed:
            report.line(
                "FAIL",
                f"{name} directory {directory} cannot be written",
                "without a journal nothing is changed; set PIERHEAD_STATE_DIR",
            )
        else:
            report.line(
                "note", f"{name} directory {directory} cannot be written", "there is no warm start; set PIERHEAD_CACHE_DIR"
            )


async def check_clients(report: Report, settings: Settings) -> None:
    """Credentials, region, clusters: each by one read."""
    from tui.sources.hub import Hub

    loop = asyncio.get_running_loop()
    store = Store(SystemClock(), lambda delay, call: loop.call_later(delay, call))
    hub = Hub(settings, store, census=False)
    try:
        await hub.start()
        for verdict, what, hint in await hub.check():
            report.line(verdict, what, hint)
    except ApiError as error:
        report.line("FAIL", str(error), error.hint)
    finally:
        await hub.stop()
