"""Lines of text of which only those that changed are drawn again: bytes count over ssh."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class TextLines(Widget):
    """A few lines, each cut at the edge."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._lines: list[Text] = []

    @property
    def lines(self) -> Sequence[Text]:
        """What is shown."""
        return self._lines

    def set_lines(self, lines: Sequence[Text]) -> None:
        """Show other lines."""
        before, self._lines = self._lines, list(lines)
        width = self.content_size.width
        changed = [
            Region(0, row, width, 1)
            for row in range(max(len(before), len(self._lines)))
            if _at(before, row) != _at(self._lines, row)
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, base = self.content_size.width, self.rich_style
        text = _at(self._lines, y)
        if text is None:
            return Strip.blank(width, base)
        # Rich leaves the style of a text as a whole to whoever renders it.
        whole = text.style if isinstance(text.style, Style) else Style.null()
        strip = Strip(text.render(self.app.console)).apply_style(whole)
        return strip.adjust_cell_length(width).apply_style(base)


def _at(lines: Sequence[Text], row: int) -> Text | None:
    return lines[row] if row < len(lines) else None
