"""The printer of each resource: its columns and how a row's cells are made."""

from __future__ import annotations

from tui.simulator.kubernetes.printing import cluster, network, storage, workloads
from tui.simulator.kubernetes.printing.base import PRINTERS, Printer, default_printer

__all__ = ["PRINTERS", "Printer", "cluster", "default_printer", "network", "storage", "workloads"]
