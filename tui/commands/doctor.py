"""``pierhead doctor``: what works here and what does not, with what to do about it."""

from __future__ import annotations

import asyncio
import locale
import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from config import Settings
from tui.actions import policies
from tui.actions.discovery import actions
from tui.model import SystemClock
from tui.model.errors import ApiError
from tui.store import Store

if TYPE_CHECKING:
    from tui.sources.checks import Asked


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
    check_terminal(report, settings)
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


def check_terminal(report: Report, settings: Settings) -> None:
    """Python, the terminal and what it is known to do, the locale."""
    report.line("ok", f"Python {sys.version.split()[0]}")
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        report.line("FAIL", f"TERM={term!r} cannot draw a screen", "try TERM=xterm-256color")
    else:
        check_abilities(report, settings, term)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        report.line("note", "standard input and output are no terminal", "the console needs one (ssh -t); get and doctor do not")
    encoding = locale.getpreferredencoding(False)
    if "utf" in encoding.lower():
        report.line("ok", f"locale {encoding}")
    else:
        report.line("note", f"locale {encoding} is not UTF-8", "plain signs are used; export LANG=C.UTF-8 for the others")


def check_abilities(report: Report, settings: Settings, term: str) -> None:
    """What the terminal is known to do, by its name; the console asks it further questions at its start."""
    from tui.terminal.abilities import from_environment
    from tui.terminal.choose import reason_for_plain

    size = shutil.get_terminal_size()
    known = from_environment(os.environ)
    fits = size.columns >= 80 and size.lines >= 24
    hint = "" if fits else "it works, but 80x24 and more shows all that matters"
    report.line("ok" if fits else "note", f"terminal {term} ({known.name}), {size.columns}x{size.lines}", hint)
    if os.environ.get("NO_COLOR"):
        report.line("note", "no colours: NO_COLOR is set", "states have signs of their own as well")
    else:
        report.line("ok", f"colours: {known.colours}")
    able = [
        ("scrolls regions", known.scroll),
        ("synchronised output", known.sync),
        ("links", known.links),
        ("repeats", known.repeat),
    ]
    report.line("ok", f"terminal can: {', '.join(name for name, has in able if has) or 'only what every terminal can'}")
    copying = "ok" if known.clipboard else "note"
    words = "takes text to copy (OSC 52)" if known.clipboard else "is not known to take text to copy (OSC 52)"
    remedy = "" if known.clipboard else "copy with the terminal's own selection; :plain shows text without borders"
    report.line(copying, f"clipboard: the terminal {words}", remedy)
    plain = reason_for_plain(settings.link.driver, os.environ)
    report.line("note" if plain else "ok", f"driver: {f'plain, {plain}' if plain else 'thin, only what differs is sent'}")


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
    """Credentials, region, clock, each read, each write, the cluster."""
    from tui.sources.checks import AwsClock
    from tui.sources.hub import Hub

    loop = asyncio.get_running_loop()
    store = Store(SystemClock(), lambda delay, call: loop.call_later(delay, call))
    clock = AwsClock()
    hub = Hub(settings, store, census=False, reads=lambda: policies.aws_reads_of(actions()), hooks=(clock.hook,))
    try:
        await hub.start()
        for verdict, what, hint in await hub.check(asked(), clock):
            report.line(verdict, what, hint)
    except ApiError as error:
        report.line("FAIL", str(error), error.hint)
    finally:
        await hub.stop()


def asked() -> Asked:
    """Everything that sources and actions declare."""
    from tui.sources.base import discover
    from tui.sources.checks import Asked, Right
    from tui.sources.kube_link import PACKAGE

    reads = {read for source in discover(PACKAGE) for read in source.reads} | set(policies.reads_of(actions()))
    writes = policies.writes_of(actions())

    def rights(names: Iterable[str]) -> list[Right]:
        return sorted({Right(*policies.split(name)) for name in names if name.startswith("k8s:")}, key=lambda right: right.words)

    return Asked(
        writes=[policies.iam_name(name) for name in writes if not name.startswith("k8s:")],
        reads=rights(reads),
        changes=rights(writes),
    )
