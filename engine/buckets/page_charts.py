"""Charts of the report's page, as SVG: bars of buckets and of aspects, and small rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from engine.buckets.facts import in_words, percent
from engine.buckets.tally import BucketRow, Tally
from engine.values import Size

_MOST_BARS = 48
"""Buckets drawn in the chart; the table has all."""

_WIDTH, _ROW = 640, 25
"""Of a chart and of a row in it, pixels."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A row of a chart."""

    label: str
    parts: tuple[tuple[str, int], ...]
    """Class and length of each part, from the left."""
    note: str
    shape: Size | None = None
    """Drawn before the label, in its proportions."""


def bucket_chart(tally: Tally) -> str:
    """Draw how many pictures each bucket gets, from tall ones to wide ones."""
    rows = sorted(tally.buckets, key=lambda row: -row.batches.count)[:_MOST_BARS]
    rows.sort(key=lambda row: row.size[0] / row.size[1])
    bars = [
        _Bar(in_words(row.size), _parts(row), f"{row.batches.count:,}", row.size) for row in rows
    ]
    more = len(tally.buckets) - len(rows)
    note = f'<p class="fine">and {more:,} smaller ones, in the table</p>' if more else ""
    return _chart(bars, 132) + note + _legend(bars)


def _parts(row: BucketRow) -> tuple[tuple[str, int], ...]:
    """Part a bucket into full batches and what becomes of the rest."""
    batches = row.batches
    rest = batches.short + batches.dropped + batches.moved
    return (
        ("full", batches.count - rest),
        ("rest", batches.short),
        ("left-out", batches.dropped),
        ("moved", batches.moved),
        ("padded", batches.padded),
    )


_LEGEND = {
    "full": "in full batches",
    "rest": "in a short batch",
    "left-out": "left out",
    "moved": "moved to squares",
    "padded": "repeated to fill",
}


def _legend(bars: Sequence[_Bar]) -> str:
    used = {name for bar in bars for name, length in bar.parts if length}
    items = "".join(
        f'<span><svg viewBox="0 0 12 12"><rect class="{name}" x=".5" y=".5" width="11" '
        f'height="11" rx="2"/></svg>{what}</span>'
        for name, what in _LEGEND.items()
        if name in used
    )
    return f'<div class="legend">{items}</div>'


def aspect_chart(tally: Tally) -> str:
    """Draw how many pictures there are of each aspect."""
    total = max(1, sum(bar.count for bar in tally.aspects))
    bars = [
        _Bar(
            bar.name,
            (("full", bar.count),),
            f"{bar.count:,} · {percent(bar.count / total)}" if bar.count else "",
        )
        for bar in tally.aspects
    ]
    return _chart(bars, 62, 430, 96)


def _chart(bars: Sequence[_Bar], left: int, width: int = _WIDTH, right: int = 56) -> str:
    """Draw horizontal bars; ``left`` and ``right`` pixels are for labels and notes."""
    if not bars:
        return '<p class="none">nothing to draw</p>'
    longest = max(1, max(sum(length for _, length in bar.parts) for bar in bars))
    scale = (width - left - right) / longest
    rows = "".join(_chart_row(bar, k * _ROW, left, scale) for k, bar in enumerate(bars))
    height = len(bars) * _ROW
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img">'
        f'<line class="base" x1="{left}" x2="{left}" y1="0" y2="{height}"/>{rows}</svg>'
    )


def _chart_row(bar: _Bar, top: int, left: int, scale: float) -> str:
    middle = top + _ROW / 2
    drawn, x = [], float(left)
    for name, length in bar.parts:
        if length:
            long = max(1.5, length * scale)
            drawn.append(
                f'<rect class="{name}" x="{x:.1f}" y="{top + 5}" width="{long:.1f}" '
                f'height="{_ROW - 10}" rx="2.5"/>'
            )
            x += long + 1
    return (
        f"<g>{shape(bar.shape, 11, middle)}"
        f'<text class="mono" x="{left - 10}" y="{middle + 4:.1f}" text-anchor="end">'
        f"{escape(bar.label)}</text>{''.join(drawn)}"
        f'<text class="soft" x="{x + 6:.1f}" y="{middle + 4:.1f}">{escape(bar.note)}</text></g>'
    )


def shape(size: Size | None, x: float, y: float, side: float = 17.0) -> str:
    """Draw a small rectangle in the proportions of ``size``, its middle at ``(x, y)``."""
    if size is None:
        return ""
    unit = side / max(size)
    width, height = max(2.0, size[0] * unit), max(2.0, size[1] * unit)
    return (
        f'<rect class="full" x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}" rx="1"/>'
    )
