"""Lines straight from the widget to the compositor, past Textual's cache of styled lines.

That cache wraps each line in a new strip, which throws away what the old one had already worked out (its parts, its
escape sequences), so a scrolled page is encoded anew though all its lines are known. A widget that keeps its own strips
gives them out as they are and a scrolled page costs a third. Where styles would change the line (border, padding,
opacity, tint), Textual's way is taken. Its colours stand ready in ``palette``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from widgets.palette import Palette

if TYPE_CHECKING:
    _Container = Widget
else:
    _Container = object

__all__ = ["Covered", "DirectLines"]


class Unmeasured(_Container):
    """Before the widget among the bases: no scroll bars depend on its virtual size, and each new one would be laid out twice."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0))


class DirectLines(Unmeasured, Widget):
    """A widget of which ``render_line`` gives strips exactly as wide as the widget. A line is asked for once, then only
    after a ``refresh`` of a region that has it."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines_drawn: dict[int, Strip] = {}
        self._palette: Palette | None = None
        self._lines_size = Size(0, 0)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Forget the lines of these regions (all without a region) and have them painted again."""
        if regions:
            for region in regions:
                for y in region.line_range:
                    self._lines_drawn.pop(y, None)
        else:
            self._lines_drawn.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    @property
    def palette(self) -> Palette:
        """The styles of the theme on this widget's background, looked up once."""
        if self._palette is None:
            self._palette = Palette.of(self)
        return self._palette

    def notify_style_update(self) -> None:
        """The theme or the style sheet may have changed: look whether the colours did."""
        super().notify_style_update()
        if self._palette is not None and not Palette.of(self).same_as(self._palette):
            self._palette = None
            self.colors_changed()

    def colors_changed(self) -> None:
        """Forget what was painted in other colours; a subclass that keeps strips throws them away as well."""
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region of the widget."""
        styles = self.styles
        if styles.gutter != (0, 0, 0, 0) or self.opacity != 1.0 or styles.text_opacity != 1.0 or styles.tint.a:
            return super().render_lines(crop)
        if self._lines_size != self.size:
            self._lines_drawn.clear()
            self._lines_size = self.size
        self._draw([y for y in crop.line_range if y not in self._lines_drawn])
        strips = [self._lines_drawn[y] for y in crop.line_range]
        first, last = crop.column_span
        if (first, last) != (0, self.size.width):
            strips = [strip.crop(first, last) for strip in strips]
        return strips

    def _draw(self, lines: Sequence[int]) -> None:
        """Draw what was not drawn yet; what Textual's filters need is looked up once for all lines."""
        filters = self.get_line_filters() if lines else ()
        background = self.background_colors[1] if filters else None
        for y in lines:
            strip = self.render_line(y)
            for line_filter in filters:
                assert background is not None
                strip = strip.apply_filter(line_filter, background)
            self._lines_drawn[y] = strip


class Covered(Unmeasured):
    """For a container whose children cover all of it (a pane, the body of a screen): its own lines, which Textual styles
    one by one, are one blank line many times. Before the container among the bases, and no widget itself: Textual takes the
    style sheet of the first base that is one."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank lines in the background's colour."""
        background = self.background_colors[1]
        strip = Strip.blank(crop.width, Style(bgcolor=background.rich_color))
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return [strip] * crop.height
