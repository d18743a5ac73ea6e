"""Why a row is not well, in words: pure rules over rows, one file a family, run by the store as derived tables.

Adding a family means adding a file: every concrete ``Derived`` in a module of this package is found by itself.
"""

from __future__ import annotations

import importlib
import pkgutil

from tui.model.derived import Derived


def rules() -> tuple[Derived, ...]:
    """One of each derived table of this package, ordered by name."""
    found: dict[str, Derived] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for member in vars(module).values():
            if isinstance(member, type) and issubclass(member, Derived) and member.__module__ == module.__name__:
                rule = member()
                if rule.name in found:
                    raise ValueError(f"two derived tables are called {rule.name}")
                found[rule.name] = rule
    return tuple(found[name] for name in sorted(found))
