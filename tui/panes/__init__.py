"""Panes: one file a kind. ``panes()`` finds them by scanning this package, so adding one touches nothing else."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

from tui.panes.base import Drill, Jump, Pane, PaneColumn, PaneContext


def panes(modules: Iterable[ModuleType] | None = None) -> dict[str, Pane]:
    """Every pane by its kind. ``modules``: what is scanned instead of this package (tests)."""
    if modules is None:
        names = sorted(name for _, name, _ in pkgutil.iter_modules(__path__, f"{__name__}."))
        modules = [importlib.import_module(name) for name in names]
    found: dict[str, Pane] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Pane) and value is not Pane and value.__module__ == module.__name__:
                found[value.kind] = value()
    return found


def pane_named(word: str, found: Mapping[str, Pane]) -> Pane | None:
    """The pane that a word means: its kind, its title or an alias."""
    wanted = word.lower()
    return next((pane for pane in found.values() if wanted in (pane.kind, pane.title.lower(), *pane.aliases)), None)


__all__ = ["Drill", "Jump", "Pane", "PaneColumn", "PaneContext", "pane_named", "panes"]
