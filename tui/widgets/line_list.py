"""A list of any length, drawn a line at a time: 50,000 rows cost what 50 do."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.theme import Palette, palette

Line = list[Segment]

MARGIN = 2
"""Rows kept visible around the cursor."""


class LineList(ScrollView, can_focus=False):
    """Rows made on demand by :meth:`line`; shows a cursor, reports clicks, decides nothing."""

    DEFAULT_CSS = """
    LineList {
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-color: $faint; scrollbar-background: $surface;
        scrollbar-color-hover: $dim; scrollbar-background-hover: $surface;
        scrollbar-color-active: $dim; scrollbar-background-active: $surface;
    }
    """

    @dataclass
    class Picked(Message):
        """A row was clicked."""

        list: LineList
        row: int

        @property
        def control(self) -> LineList:
            """The list, for ``@on``."""
            return self.list

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.count = 0
        self.cursor = 0
        self._palette: Palette | None = None

    @property
    def palette(self) -> Palette:
        """The colours of the theme."""
        if self._palette is None:
            self._palette = palette(self.app.theme_variables)
        return self._palette

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._recolour())

    def _recolour(self) -> None:
        self._palette = None
        self.refresh()

    def line(self, row: int, width: int, colours: Palette) -> Line:
        """Give the segments of a row; subclasses know what is in it."""
        raise NotImplementedError

    def is_marked(self, row: int) -> bool:
        """Whether a row is in a range; a list without ranges has none."""
        return False

    def show(self, count: int, cursor: int, *, changed: bool) -> None:
        """Have ``count`` rows with the cursor on one; ``changed`` when the rows are others."""
        before, self.cursor = self.cursor, cursor
        if count != self.count or changed:
            self.count = count
            self.virtual_size = Size(self.size.width, count)
            self.refresh()
        elif before != cursor:
            self.refresh_lines(before)
            self.refresh_lines(cursor)
        self._follow()

    def _follow(self) -> None:
        """Scroll so that the cursor is in sight, with some rows around it."""
        height = self.size.height
        if not height:
            return
        margin = min(MARGIN, (height - 1) // 2)
        top = self.scroll_offset.y
        lowest, highest = self.cursor + margin - height + 1, self.cursor - margin
        wanted = max(lowest, min(top, highest))
        wanted = max(0, min(wanted, self.count - height))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(self.size.width, self.count)
        self._follow()

    def on_click(self, event: events.Click) -> None:
        """Report the row that was clicked."""
        row = event.y + self.scroll_offset.y
        if 0 <= row < self.count:
            self.post_message(self.Picked(self, row))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the window."""
        row, width = y + self.scroll_offset.y, self.size.width
        base = self.rich_style
        if row >= self.count:
            return Strip.blank(width, base)
        segments = self.line(row, width, self.palette)
        strip = Strip(segments).adjust_cell_length(width)
        if row == self.cursor:
            base += self.palette.cursor
        elif self.is_marked(row):
            base += self.palette.marked
        return strip.apply_style(base)


def columns(parts: list[tuple[str, int, Style]]) -> Line:
    """Set texts in columns: each is cut or filled to its width (negative: to the right).

    Neighbours of one colour, and blanks, become one segment: each costs 40 bytes of colours.
    """
    line: Line = []
    for text, width, style in parts:
        room = abs(width)
        if len(text) > room:
            text = text[: max(0, room - 1)] + "…" if room > 1 else text[:room]
        text = text.rjust(room) if width < 0 else text.ljust(room)
        if line and (line[-1].style == style or not text.strip()):
            line[-1] = Segment(line[-1].text + text, line[-1].style)
        else:
            line.append(Segment(text, style))
    return line
