"""A bucket report drawn with characters: a bar for each bucket, the figures, the advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from engine.text import plain, plural
from tui.lines import wrapped
from tui.theme import TARGET_NAMES, WARNING, Palette, palette

if TYPE_CHECKING:
    from engine.buckets.report import Report

MOST_BUCKETS = 16
"""Bars drawn; the others are summed up in a line."""

FIGURE = 22
"""Columns of a figure with its label."""

TWO_COLUMNS = 48
"""Columns from which figures stand in pairs."""


class BucketChart(Static):
    """One target's report, in the place of a picture."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, markup=False)
        self._report: Report | str = ""
        self._scope = ""

    def show(self, report: Report | str, scope: str) -> None:
        """Show a report, or why there is none."""
        self._report, self._scope = report, scope
        self._draw()

    def on_resize(self) -> None:
        """Fill the new place."""
        self._draw()

    def _draw(self) -> None:
        colours = palette(self.app.theme_variables)
        width, height = self.content_size.width, self.content_size.height
        if width < 8:
            return
        if isinstance(self._report, str):
            lines = wrapped(plain(self._report), colours.warning, width)
        else:
            advice = advice_lines(self._report, colours, width)
            room = max(3, height - len(advice) - 7)
            lines = [
                *chart_lines(self._report, colours, width, buckets=min(room, MOST_BUCKETS)),
                Text(f"of {self._scope}", colours.faint),
                Text(),
                *advice,
            ]
        self.update(Text("\n").join(lines), layout=False)


def chart_lines(
    report: Report, colours: Palette, width: int, *, buckets: int = MOST_BUCKETS
) -> list[Text]:
    """Draw the figures and a bar for each bucket, the fullest first."""
    tally, recipe = report.tally, report.recipe
    trained = f"{recipe.trainer} {recipe.width}×{recipe.height}"
    limits = f"{recipe.min}–{recipe.max}, step {recipe.step}"
    wide = width >= TWO_COLUMNS
    lines = [Text(TARGET_NAMES.get(recipe.target, recipe.target), colours.bright)]
    for words in [f"{trained}, {limits}"] if wide else [trained, limits]:
        lines.append(Text(words, colours.dim))
    figures = [
        _figure("pictures", f"{tally.count:,}", colours, width),
        _figure("16:9", f"{tally.widescreen:.0%}", colours, width, warn=tally.widescreen > 0.6),
        _figure("kept", f"{tally.kept:.0%}", colours, width),
        _figure("cut away", f"{tally.cropped:.1%}", colours, width, warn=tally.cropped > 0.08),
        _figure("pixels used", f"{tally.budget:.0%}", colours, width),
        _figure("enlarged", f"{tally.enlarged:,}", colours, width, warn=tally.enlarged > 0),
        _figure("lost", f"{tally.lost:,}", colours, width, warn=tally.lost > 0),
    ]
    if wide:
        figures.append(Text())
        figures = [
            Text.assemble(left, "   ", right)
            for left, right in zip(figures[::2], figures[1::2], strict=True)
        ]
    lines += [Text(), *figures, Text()]
    rows = sorted(tally.buckets, key=lambda row: -row.pictures)
    most = rows[0].pictures if rows else 1
    digits = len(f"{most:,}")
    room = max(2, width - 11 - digits)
    for row in rows[:buckets]:
        line = Text(f"{row.size[0]}×{row.size[1]}".ljust(10), colours.text, no_wrap=True)
        filled = max(1, round(room * row.pictures / most))
        line.append("━" * filled, colours.approved)
        line.append(" " * (room - filled))
        line.append(f" {row.pictures:,}".rjust(digits + 1), colours.text)
        lines.append(line)
    if len(rows) > buckets:
        rest = sum(row.pictures for row in rows[buckets:])
        words = f"{len(rows) - buckets} more with {plural(rest, 'picture')}"
        lines.append(Text(words, colours.dim))
    return lines


def advice_lines(report: Report, colours: Palette, width: int) -> list[Text]:
    """Write what to change, the worst first."""
    lines: list[Text] = []
    for remark in report.advice:
        grave = str(remark.level) != "note"
        mark = WARNING if grave else "·"
        style = colours.warning if grave else colours.text
        first, *rest = wrapped(plain(remark.text, 400), style, width - 2)
        lines.append(Text.assemble((f"{mark} ", style), first))
        lines += [Text.assemble("  ", line) for line in rest]
    return lines


def aspect_lines(report: Report, colours: Palette, width: int) -> list[Text]:
    """Draw how wide the pictures are, from tall to wide."""
    bars = report.tally.aspects
    total = max(1, sum(bar.count for bar in bars))
    most = max((bar.count for bar in bars), default=1)
    names = max((len(bar.name) for bar in bars), default=0)
    room = max(2, width - names - 7)
    lines = [Text("aspects", colours.bright)]
    for bar in bars:
        line = Text(bar.name.ljust(names + 1), colours.dim, no_wrap=True)
        filled = max(1, round(room * bar.count / most)) if bar.count else 0
        line.append("━" * filled, colours.approved).append(" " * (room - filled))
        lines.append(line.append(f"{bar.count / total:6.0%}", colours.text))
    return lines


def _figure(label: str, value: str, colours: Palette, width: int, *, warn: bool = False) -> Text:
    line = Text(no_wrap=True)
    room = min(width, FIGURE)
    line.append(label.ljust(max(1, room - len(value))), colours.dim)
    line.append(value, colours.warning if warn else colours.text)
    return line
