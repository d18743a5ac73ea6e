"""The composition root: finds panes, actions and rules by scanning their packages and hands them to each other.

What the first frame needs is imported here; the sources with their SDKs are started after it was drawn.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import sys
from collections.abc import Iterable
from typing import Any, ClassVar

from textual.driver import Driver

import config
from config import themes
from tui.actions.discovery import actions
from tui.crash import sentence, write_report
from tui.last_session import SAVE_SECONDS, LastSession
from tui.line import LineApp, ask_the_terminal, driver_for
from tui.log_file import log_to_file
from tui.looks import ascii_only, toolkit_theme
from tui.model import Clock, SystemClock
from tui.panes import panes
from tui.screens.console import Connection, Console
from tui.screens.main import LATE, MainScreen
from tui.sources.gc_guard import guard
from tui.store import FLUSH_INTERVAL, Store

LOG = logging.getLogger("pierhead.app")
#: seconds between two flushes of the store where the line to the terminal is slow: changes are gathered
GATHERED = 0.25

#: until then the sources have imported their SDKs and brought the first rows
START_SECONDS = 6.0


class PierheadApp(LineApp):
    """The console. ``world``: the embedded world to start first, None for the real one."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    CSS_PATH = "app.tcss"
    TITLE = "pierhead"

    def __init__(
        self,
        settings: config.Settings,
        *,
        world: Any = None,
        clock: Clock | None = None,
        store: Store | None = None,
        connect: Any = None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        self.symbols = "ascii" if ascii_only(settings) else "unicode"
        super().__init__(driver_class=driver_class, ansi_color=settings.ui.theme == "terminal")
        self.settings = settings
        self.own_keys = settings.keys
        self.world = world
        self._connect = connect or connect_hub
        clock = clock or SystemClock()
        self.store = store or Store(clock, self._later)
        self.console_ = Console(
            settings=settings, store=self.store, clock=clock, panes=panes(), find_actions=actions, ascii=self.symbols == "ascii"
        )
        self.console_.calm = lambda: self.link_slow
        self.store.interval = lambda: GATHERED if self.link_slow else FLUSH_INTERVAL
        self._tasks: set[asyncio.Task[Any]] = set()
        self._hub: Any = None
        self._sheet_is_new = True
        self.starting = False  # the collector is off until the first rows are there
        # the demo's rows are of no place of the user's
        self.last_session = LastSession(settings, self.store) if world is None else None
        self._wear(settings)
        self.stylesheet.set_variables(self.get_css_variables())

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets anew. Not when Textual tells the theme for the first time: they were made for it."""
        if self._sheet_is_new:
            self._sheet_is_new = False
            self.stylesheet.update(self, animate=animate)
        else:
            super().refresh_css(animate)

    def _later(self, delay: float, call: Any) -> object:
        return asyncio.get_running_loop().call_later(delay, call)

    def get_default_screen(self) -> MainScreen:
        """The main screen is the first: none is laid out and drawn before it. The last session's rows stand in it."""
        if self.last_session is not None:
            self.last_session.load()
            self.store.flush()  # before there are views to bring up to date
            self.console_.saved_at = self.last_session.saved
        return MainScreen(self.console_)

    def on_mount(self) -> None:
        """Draw first, connect then."""
        self.end_on_signals()
        self.set_interval(SAVE_SECONDS, self.keep_rows)
        self.set_timer(START_SECONDS, self.rest)
        self.when_drawn(self.begin_connecting)

    async def action_quit(self) -> None:
        """ctrl-q: as ``q`` on the first screen, which asks first while something runs."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.moving.leave()

    def begin_connecting(self) -> None:
        """Start the sources once the first frame is out."""
        task = asyncio.create_task(self._start(), name="connect")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prepare(self) -> None:
        """Once the first rows are there: why they are not well, actions, and what keys lead to (a key that comes before
        imports it itself)."""
        first_rows = getattr(self._hub, "first_rows", None)
        if first_rows is not None:
            await first_rows()
        from tui.diagnosis import rules

        for rule in rules():
            self.store.register(rule)
        self.equip()
        for name in LATE:
            await asyncio.sleep(0)  # a key that was pressed meanwhile goes first
            importlib.import_module(name)

    async def _start(self) -> None:
        try:
            if self.world is not None:
                self.settings = await self.world.start(self.settings)
                self.console_.settings = self.settings
            self._hub, connection = await self._connect(self.settings, self.store, loopback_only=self.world is not None)
        except Exception as error:
            LOG.exception("starting failed")
            self.console_.failed = f"starting failed: {error}"
            self.connected()
        else:
            self.attach(connection)
        try:
            await self._prepare()
        except Exception as error:  # noqa: BLE001 - logged, said in line 1 and in the problems, with its traceback in :errors
            self.store.faults.failed("the start of rules and actions", frozenset({"findings"}), None, error)
            self.store.flush()

    def attach(self, connection: Connection) -> None:
        """Hand the clients to the screens."""
        self.console_.connection = connection
        if self._hub is not None and hasattr(self._hub, "ask"):
            self._hub.ask = self.ask_code
        self.connected()

    def equip(self) -> None:
        """The actions with their keys, and the runner where there are clients."""
        import msgspec

        from tui.actions.journal import Journal
        from tui.actions.runner import Runner
        from tui.diagnosis.task_reasons import stopped_words

        console = self.console_
        console.learn()
        context = console.action_context()
        if context is not None:
            context = msgspec.structs.replace(context, explain=stopped_words)
            console.runner = Runner(console.actions.values(), context, Journal(self.settings.state_dir))
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.equipped()

    async def ask_code(self, serial: str) -> str | None:
        """An MFA code, asked in a dialog of ours and never on the terminal; None where it was left."""
        from tui.screens.dialogs import AskScreen

        answered: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        # the sources ask, which are no workers of Textual's: their waiting is a future's
        self.push_screen(
            AskScreen("Sign in", f"MFA code of {serial.rsplit('/', 1)[-1]}"),
            lambda code: None if answered.done() else answered.set_result(code),
        )
        return await answered

    def connected(self) -> None:
        """Tell the main screen."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.connected()
                if self.plain_reason:
                    screen.say(f"Textual's own terminal driver runs: {self.plain_reason}")
                    self.plain_reason = ""

    def use_theme(self, name: str) -> str:
        """Change the theme by name; the sentence that says why not, empty where it worked."""
        import msgspec

        if name not in config.THEME_NAMES:
            return f"no theme is called {name!r}: {', '.join(config.THEME_NAMES)}"
        self._wear(msgspec.structs.replace(self.settings, ui=msgspec.structs.replace(self.settings.ui, theme=name)))
        return ""

    def _wear(self, settings: config.Settings) -> None:
        """Draw in the theme of ``settings``."""
        theme = toolkit_theme(themes.chosen(settings))
        self.register_theme(theme)
        self.theme = theme.name

    def ambiguous_width(self, wide: bool) -> None:
        """The terminal said how wide it draws ``●``: where it takes two cells, the plain set of signs is used."""
        if wide and self.settings.ui.symbols == "auto":
            self.symbols = "ascii"
            self.console_.ascii = True
            for widget in (widget for screen in self.screen_stack for widget in screen.walk_children()):
                widget.notify_style_update()
                widget.refresh()

    def rest(self) -> None:
        """The start is over. What it made stays, so that no later collection needs to look at it."""
        if self.starting:
            self.starting = False
            gc.freeze()
            guard.end()

    def keep_rows(self) -> None:
        """Write the rows for the next start, under the place where we are now."""
        if self.last_session is not None and self._hub is not None:
            self.last_session.save(getattr(self._hub, "settings", self.settings))

    async def on_unmount(self) -> None:
        """Keep the rows, stop the world and the sources. After a hangup there is less than a second: the demo's world, whose
        folder must go, is the first."""
        self.keep_rows()
        for task in tuple(self._tasks):
            task.cancel()
        if self.world is not None:
            self.world.stop()
        if self._hub is not None:
            await self._hub.stop()


async def connect_hub(settings: config.Settings, store: Store, *, loopback_only: bool, **more: Any) -> tuple[Any, Connection]:
    """Start the sources' hub; its import is cheap, the SDKs come in a thread. ``more``: clocks and chance of tests."""
    from tui.sources.hub import Hub

    hub: Any = Hub(settings, store, loopback_only=loopback_only, reads=action_reads, **more)
    await hub.start()
    return hub, hub


def action_reads() -> Iterable[str]:
    """What actions declare as reads."""
    from tui.actions.policies import aws_reads_of

    return aws_reads_of(actions())


def run(settings: config.Settings, *, world: Any = None) -> int:
    """The interactive session; the exit status. An error that nobody caught leaves a report and one line."""
    log_to_file(settings.state_dir)
    ask_the_terminal(os.environ)
    if themes.chosen(settings).name == "monochrome":
        os.environ.setdefault("NO_COLOR", "1")
    app = PierheadApp(settings, world=world, driver_class=driver_for(settings, os.environ))
    try:
        app.run(mouse=settings.ui.mouse)
    except Exception as error:
        LOG.exception("the app did not end by itself")
        app.crash = app.crash or error
    if app.crash is None:
        return app.return_code or 0
    LOG.error("ended by an error", exc_info=app.crash)
    sys.stderr.write(sentence(app.crash, write_report(app.crash, settings.state_dir)) + "\n")
    return 1
