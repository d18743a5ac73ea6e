"""Rows and values that every layer speaks: frozen msgspec Structs, one file a family. Imports nothing of ours."""

from tui.model.clock import Clock, ManualClock, SystemClock
from tui.model.finding import Finding
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.secret import Secret
from tui.model.state import State

__all__ = ["Clock", "Finding", "Key", "ManualClock", "Row", "Scope", "Secret", "State", "SystemClock"]
