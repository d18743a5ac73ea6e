"""Finding the actions: every concrete Action in the modules of this package. A new one is a new module, nothing else."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from tui.actions.base import Action


@cache
def actions() -> tuple[Action, ...]:
    """One instance of each action, sorted by id. Raises ``ValueError`` where two have one id."""
    package = importlib.import_module("tui.actions")
    found: dict[str, Action] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix="tui.actions."):
        module = importlib.import_module(info.name)
        for thing in vars(module).values():
            if not inspect.isclass(thing) or not issubclass(thing, Action) or inspect.isabstract(thing):
                continue
            if thing.__module__ != module.__name__:
                continue
            if thing.id in found:
                raise ValueError(f"two actions have the id {thing.id}")
            found[thing.id] = thing()
    return tuple(found[name] for name in sorted(found))
