"""A chart one line high with words beside it: ``▂▁▁▁▂▁▃▇█▇▆▃▂    errors a minute, 13:30 to 14:04``."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.line import Drawn, Line, Piece
from widgets.sparkline import sparkline
from widgets.text import cell_width, clean

__all__ = ["Chart"]


class Chart(Line):
    """A sparkline and what it shows. Only the cells that changed are repainted."""

    def __init__(self, *, style: str = "state-bad", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._style = style
        self._values: tuple[float | None, ...] = ()
        self._high: float | None = None

    def set_values(self, values: Sequence[float | None], label: str, *, high: float | None = None) -> None:
        """Draw these values, newest last; ``high`` fixes the top of the scale."""
        self._values, self._high = tuple(values), high
        width = min(len(self._values), max(8, self.size.width - cell_width(label) - 8))
        self.show([Piece(sparkline(self._values, width, high=high), self._style), Piece(label, "muted")])

    def pieces(self, width: int) -> list[Drawn]:
        """The sparkline, cut at its old end where there is little room, then the label."""
        if not self.groups or len(self.groups[0]) < 2:
            return []
        label = clean(self.groups[0][1].text)
        room = max(0, width - 2 - cell_width(label) - 4)
        if room < 8:
            room, label = max(0, width - 2), ""
        shown = min(len(self._values), room)
        drawn = [("  ", ""), (sparkline(self._values, shown, high=self._high), self._style)]
        return [*drawn, ("    " + label, "muted")] if label else drawn


if __name__ == "__main__":
    import random

    from widgets.samples import SampleApp

    def draw(app: SampleApp) -> None:
        numbers = [random.Random(1).randrange(20) * (1 if minute % 9 else 5) for minute in range(34)]
        app.query_one(Chart).set_values(numbers, "errors a minute, 13:30 to 14:04")

    SampleApp(lambda: [Chart()], draw).run()
