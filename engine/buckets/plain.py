"""The report as plain text for a terminal: aligned tables, and bars drawn with blocks."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from engine.buckets.batches import RULES_IN_WORDS, Batches
from engine.buckets.facts import Level, Remark, in_words, percent
from engine.buckets.report import Report
from engine.buckets.tally import KindRow, Tally
from engine.text import plain, plural

_BLOCKS = " ▏▎▍▌▋▊▉█"
_MARKS = {Level.ERROR: "✗", Level.WARNING: "!", Level.NOTE: "·"}
MOST_NAMED = 8
"""Pictures named one by one in a terminal; the JSON and the page have more."""


def report_to_text(report: Report, width: int = 100) -> str:
    """Write one report in lines of at most ``width`` columns, where names allow it."""
    return "\n".join(_lines(report, max(60, width))) + "\n"


def reports_to_text(reports: Sequence[Report], width: int = 100) -> str:
    """Write several reports: first side by side, then one after another."""
    parts = [report_to_text(report, width) for report in reports]
    if len(reports) > 1:
        parts.insert(0, "\n".join(_beside(reports)) + "\n")
    return "\n".join(parts)


def draw_bar(share: float, width: int) -> str:
    """Draw a bar of ``share`` (0 to 1) of ``width`` columns, to an eighth of a column."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_BLOCKS[rest] if rest else "")


def align(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Set rows in columns two apart; the columns numbered in ``right`` end flush."""
    if not rows:
        return []
    widths = [max(columns_of(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(_padded(cell, widths[k], k in right) for k, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def columns_of(text: str) -> int:
    """Count the terminal columns that ``text`` takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def last_batch(batches: Batches, size: int) -> str:
    """Say what becomes of the pictures of a bucket that fill no batch of ``size``."""
    if batches.short:
        return f"{batches.short} of {size}"
    for count, what in (
        (batches.dropped, "left out"),
        (batches.padded, "padded"),
        (batches.moved, "moved"),
    ):
        if count:
            return f"{count} {what}"
    return "full"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - columns_of(text))
    return space + text if right else text + space


def _lines(report: Report, width: int) -> Iterator[str]:
    tally = report.tally
    yield report.title
    yield "─" * min(width, columns_of(report.title))
    yield from textwrap.wrap(_summary(tally), width)
    yield ""
    yield from _advice(report.advice, width)
    yield from _indented("Buckets", _bucket_lines(tally, width))
    yield from _indented("Aspects", _aspect_lines(tally, width))
    if any(row.kind for row in tally.kinds):
        yield from _indented("Kinds", _kind_lines(tally.kinds))
    yield from _indented("Look at these", _notable_lines(report))


def _summary(tally: Tally) -> str:
    recipe = tally.recipe
    parts = [
        plural(len(tally.pictures), "picture"),
        f"{tally.count:,} an epoch with repeats",
        f"{plural(tally.steps, 'batch', 'batches')} of {recipe.batch_size}",
        f"{plural(len(tally.buckets), 'bucket')} (as mixed as {tally.effective_buckets:.1f})",
        f"mean scale {tally.kept:.2f}",
        f"{percent(tally.cropped)} cut away",
        f"{percent(tally.widescreen)} are 16:9",
    ]
    counted = [
        (tally.lost, "never trained"),
        (tally.short, "short batch" if tally.short == 1 else "short batches"),
        (tally.dropped, "left out of the epoch"),
        (tally.padded, "place padded" if tally.padded == 1 else "places padded"),
        (tally.moved, "moved to squares"),
        (tally.enlarged, "enlarged"),
    ]
    parts += [f"{count:,} {what}" for count, what in counted if count]
    return ", ".join(parts) + "."


def _advice(advice: Sequence[Remark], width: int) -> Iterator[str]:
    for remark in advice:
        yield from textwrap.wrap(
            remark.text,
            width,
            initial_indent=f"{_MARKS[remark.level]} ",
            subsequent_indent="  ",
        )
    if advice:
        yield ""


def _indented(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield heading
        yield from (f"  {line}" for line in lines)
        yield ""


def _bucket_lines(tally: Tally, width: int) -> list[str]:
    if not tally.buckets:
        return []
    most = max(row.batches.count for row in tally.buckets)
    rows = [("bucket", "pictures", "repeated", "batches", "scale", "cut", "last batch", "")]
    rows += [
        (
            in_words(row.size),
            f"{row.pictures:,}",
            f"{row.batches.count:,}",
            f"{row.batches.batches:,}",
            f"{row.kept:.2f}",
            percent(row.cropped),
            last_batch(row.batches, tally.recipe.batch_size),
            draw_bar(row.batches.count / most, max(10, width - 74)),
        )
        for row in tally.buckets
    ]
    return [*align(rows, right=range(1, 6)), f"({RULES_IN_WORDS[tally.recipe.trainer]})"]


def _aspect_lines(tally: Tally, width: int) -> list[str]:
    total = max(1, sum(bar.count for bar in tally.aspects))
    rows = [
        (
            bar.name,
            f"{bar.count:,}",
            percent(bar.count / total),
            draw_bar(bar.count / total, max(10, width - 32)),
        )
        for bar in tally.aspects
    ]
    return align(rows, right=(0, 1, 2))


def _kind_lines(kinds: Sequence[KindRow]) -> list[str]:
    rows = [("kind", "pictures", "repeated", "buckets", "scale", "cut", "16:9")]
    rows += [
        (
            plain(row.kind, 24) or "(none)",
            f"{row.pictures:,}",
            f"{row.count:,}",
            f"{row.buckets:,}",
            f"{row.kept:.2f}",
            percent(row.cropped),
            percent(row.widescreen / row.pictures),
        )
        for row in kinds
    ]
    return align(rows, right=range(1, 7))


_NAMED_ALIKE = 2
"""Pictures that are named beside the first of which the same is to be said."""


def _notable_lines(report: Report) -> list[str]:
    """Name the pictures that lose most, those of which the same is to be said together."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for seen in report.notable:
        size, bucket = in_words(seen.outcome.size), in_words(seen.outcome.bucket.size)
        said = tuple(remark.text for remark in seen.outcome.remarks)
        alike.setdefault((size, f"→ {bucket}", said), []).append(plain(seen.picture.name, 60))
    rows: list[tuple[str, str, str]] = []
    for (size, bucket, said), names in list(alike.items())[:MOST_NAMED]:
        first, *others = names
        rows.append((size, bucket, first))
        rows += [("", "", name) for name in others[:_NAMED_ALIKE]]
        more = len(others) - _NAMED_ALIKE
        rows += [("", "", f"and {more:,} more like these")] * (more > 0)
        rows += [("", "", text) for text in said]
    lines = align(rows, right=(0,))
    left = sum(len(names) for names in list(alike.values())[MOST_NAMED:])
    return [*lines, f"… and {left} more"] if left else lines


def _beside(reports: Sequence[Report]) -> list[str]:
    """Set the totals of several reports next to each other."""
    rows: list[list[str]] = [["", *(report.title for report in reports)]]
    rows += [[name, *(values(report.tally) for report in reports)] for name, values in SIDE_BY_SIDE]
    return align(rows, right=range(1, len(reports) + 1))


SIDE_BY_SIDE: tuple[tuple[str, Callable[[Tally], str]], ...] = (
    ("pictures an epoch", lambda tally: f"{tally.count:,}"),
    ("batches", lambda tally: f"{tally.steps:,}"),
    ("buckets", lambda tally: f"{len(tally.buckets):,}"),
    ("mean scale", lambda tally: f"{tally.kept:.2f}"),
    ("cut away", lambda tally: percent(tally.cropped)),
    ("pixels used", lambda tally: percent(tally.budget)),
    ("enlarged", lambda tally: f"{tally.enlarged:,}"),
    ("never trained", lambda tally: f"{tally.lost:,}"),
    ("left out", lambda tally: f"{tally.dropped:,}"),
    ("padded", lambda tally: f"{tally.padded:,}"),
    ("short batches", lambda tally: f"{tally.short:,}"),
)
"""What is compared between reports: a name, and how a tally says it."""
