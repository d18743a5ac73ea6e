"""What ``pierhead get`` prints: aligned columns, CSV, names, whole objects as JSON or YAML."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from tui.commands.reading import Wanted, names_of
from tui.model import Row, State
from tui.panes import PaneContext
from tui.screens.texts import as_yaml, plain
from tui.store import Store
from widgets.text import clean

if TYPE_CHECKING:
    from tui.sources.hub import Hub

GONE = "gone"


class Columns:
    """Cells under a header: STATE first, the cluster where rows of several Kubernetes clusters stand together, the pane's
    columns, WHY last where none of them takes the width that is left."""

    def __init__(self, wanted: Wanted, store: Store, rows: Sequence[Row], *, room: bool = False) -> None:
        """``room``: leave the columns the width that they have on the screen, for rows that come later."""
        self._store = store
        self._columns = [column for column in wanted.pane.columns if not column.wide]
        self._why = not any(column.flexible for column in self._columns)
        self._clusters = wanted.pane.world == "eks" and len({row.scope.cluster for row in rows}) > 1
        cluster = ["CLUSTER"] if self._clusters else []
        self.header = ["STATE", *cluster, *(c.title for c in self._columns), *(["WHY"] if self._why else [])]
        self._widths = [cell_len(title) for title in self.header]
        if room:
            wide = [max(len(state.name) for state in State), *(0 for _ in cluster)]
            wide += [0 if column.flexible else column.width for column in self._columns]
            self._widths = [max(pair) for pair in zip_longest(self._widths, wide, fillvalue=0)]

    def cells(self, row: Row, context: PaneContext) -> list[str]:
        """The cells of ``row``; what a terminal would obey is taken out."""
        cells = [column.cell(row, context) for column in self._columns]
        texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
        cluster = [cluster_name(row)] if self._clusters else []
        why = [self._store.reason(row)] if self._why else []
        return [clean(text) for text in (self._store.state(row).name.lower(), *cluster, *texts, *why)]

    def named(self, row: Row, context: PaneContext) -> dict[str, str]:
        """The cells by their column's name in small letters."""
        return dict(zip((title.lower() for title in self.header), self.cells(row, context), strict=True))

    def aligned(self, lines: Sequence[Sequence[str]]) -> list[str]:
        """``lines`` under each other; columns only ever grow, so that what comes later still stands below what was printed."""
        for line in lines:
            self._widths = [max(width, cell_len(cell)) for width, cell in zip(self._widths, line, strict=True)]
        padded = (
            [cell + " " * (width - cell_len(cell)) for cell, width in zip(line, self._widths, strict=True)] for line in lines
        )
        return ["  ".join(line).rstrip() for line in padded]


def padded(cell: str, width: int) -> str:
    """``cell`` as wide as ``width`` cells of a terminal."""
    return cell + " " * (width - cell_len(cell))


class Printer:
    """One command's output. ``first`` once; then, with ``--watch``, ``changed`` and ``gone`` as often as need be."""

    def __init__(self, arguments: argparse.Namespace, hub: Hub, store: Store, wanted: Wanted) -> None:
        self._output: str = arguments.output
        self._watch: bool = arguments.watch
        self._reveal: bool = arguments.reveal
        self._hub = hub
        self._store = store
        self._wanted = wanted
        self._columns = Columns(wanted, store, ())
        self._last: dict[Any, list[str]] = {}

    async def first(self, rows: Sequence[Row]) -> None:
        """Everything that there is. JSON and YAML: an array, with NAME the object itself, with ``--watch`` one by one."""
        self._columns = Columns(self._wanted, self._store, rows, room=self._watch)
        if self._output in ("json", "yaml") and not self._watch:
            objects = await self._objects(rows)
            self._document(objects[0] if self._wanted.name and len(objects) == 1 else objects)
        elif self._output == "table":
            lines = self._lines(rows)
            self._print(self._columns.aligned([self._columns.header, *lines]))
        else:
            if self._output == "csv":
                csv.writer(sys.stdout, lineterminator="\n").writerow([title.lower() for title in self._columns.header])
            await self.changed(rows)
        sys.stdout.flush()

    async def changed(self, rows: Sequence[Row]) -> None:
        """These rows as they are now. Raises ApiError where a whole object cannot be read."""
        if self._output in ("json", "yaml"):
            for one in await self._objects(rows):
                self._document(one)
        elif self._output == "name":
            self._print([clean(names_of(row, self._wanted.pane)[0]) for row in rows])
        else:
            self._tabular(self._lines(rows))
        sys.stdout.flush()

    def gone(self, rows: Sequence[Row]) -> None:
        """These rows are not there any more."""
        if self._output in ("json", "yaml"):
            for row in rows:
                self._document({"pierhead": {"key": row.key.id, "name": row.name, "state": GONE}})
        elif self._output != "name":
            self._tabular(
                [[GONE, *self._last.get(row.key, [GONE, clean(row.name)])[1:]] for row in rows if row.key in self._last]
            )
        for row in rows:
            self._last.pop(row.key, None)
        sys.stdout.flush()

    # -- forms ------------------------------------------------------------------------------------------------------

    def _lines(self, rows: Sequence[Row]) -> list[list[str]]:
        context = self._context()
        lines = [self._columns.cells(row, context) for row in rows]
        if self._watch:
            self._last.update(zip((row.key for row in rows), lines, strict=True))
        return lines

    def _tabular(self, lines: Sequence[Sequence[str]]) -> None:
        if self._output == "csv":
            csv.writer(sys.stdout, lineterminator="\n").writerows(lines)
        else:
            self._print(self._columns.aligned(lines))

    @staticmethod
    def _print(lines: Sequence[str]) -> None:
        if lines:
            print("\n".join(lines))

    def _document(self, value: Any) -> None:
        """JSON in one line a document with ``--watch``, YAML as a stream of documents then."""
        if self._output == "yaml":
            print(("---\n" if self._watch else "") + as_yaml(value).rstrip("\n"))
        else:
            print(json.dumps(value, indent=None if self._watch else 2, ensure_ascii=False))

    def _context(self) -> PaneContext:
        return PaneContext(store=self._store, now=self._store.clock.now())

    async def _objects(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Whole objects as the API gives them, each with what pierhead knows in the member ``pierhead``."""
        context = self._context()
        objects: list[dict[str, Any]] = []
        for row, whole in await self._hub.objects(self._wanted.pane.kind, rows):
            known = {
                **self._columns.named(row, context),
                "key": row.key.id,
                "cluster": cluster_name(row),
                "state": self._store.state(row).name.lower(),
                "reason": self._store.reason(row),
                "findings": [finding.sentence for finding in self._store.findings(row.key)],
            }
            objects.append({**plain(whole, self._reveal), "pierhead": known})
        return objects


def cluster_name(row: Row) -> str:
    """The ECS or Kubernetes cluster of ``row``, empty for what is in none."""
    arn_or_server = row.scope.cluster.partition("#")[0]
    return arn_or_server.rsplit("/", 1)[-1] if arn_or_server.startswith("arn:") else arn_or_server
