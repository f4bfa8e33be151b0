"""Lines of text of which only those that changed are drawn again: bytes count over ssh."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
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
        changed = [
            Region(first, row, last - first, 1)
            for row in range(max(len(before), len(self._lines)))
            for first, last in self._change(_at(before, row), _at(self._lines, row))
        ]
        if changed:
            self.refresh(*changed)

    def _change(self, before: Text | None, after: Text | None) -> list[tuple[int, int]]:
        """Give the cells ``[first, last)`` of a line that are others now, if there are any."""
        if before == after:
            return []
        width = self.content_size.width
        old, new = _cells(self._strip(before), width), _cells(self._strip(after), width)
        others = [place for place in range(width) if old[place] != new[place]]
        return [(others[0], others[-1] + 1)] if others else []

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        return self._strip(_at(self._lines, y))

    def _strip(self, text: Text | None) -> Strip:
        width, base = self.content_size.width, self.rich_style
        if text is None:
            return Strip.blank(width, base)
        # Rich leaves the style of a text as a whole to whoever renders it.
        whole = text.style if isinstance(text.style, Style) else Style.null()
        strip = Strip(text.render(self.app.console)).apply_style(whole)
        return strip.adjust_cell_length(width).apply_style(base)


def _at(lines: Sequence[Text], row: int) -> Text | None:
    return lines[row] if row < len(lines) else None


def _cells(strip: Strip, width: int) -> list[tuple[str, Style | None]]:
    """Give what each cell holds; a wide letter is in its first, and what follows is empty."""
    cells = [
        cell
        for text, style, _ in strip
        for letter in text
        for cell in [(letter, style), *[("", style)] * (cell_len(letter) - 1)]
    ]
    return (cells + [("", None)] * width)[:width]
