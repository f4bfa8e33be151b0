"""The buckets of one target, a line each; and the pictures of one bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style

from engine.text import plain
from engine.values import Size
from tui.theme import WARNING, Palette
from tui.widgets.line_list import Line, LineList, columns

if TYPE_CHECKING:
    from engine.buckets.report import Report
    from engine.project.candidate import Candidate

LEAST_BAR = 8


@dataclass(frozen=True, slots=True)
class BucketLine:
    """One bucket in use, or what never reaches training."""

    size: Size
    """(0, 0) for what never reaches training."""
    members: tuple[int, ...]
    """Places of its pictures in the report."""
    count: int
    share: float
    """Of the fullest bucket, for the bar."""
    kept: float
    cropped: float
    end: str
    """What becomes of what fills no batch."""

    @property
    def name(self) -> str:
        """The bucket in words."""
        return f"{self.size[0]}×{self.size[1]}" if self.size[0] else "never trained"


@dataclass(frozen=True, slots=True)
class PictureLine:
    """One picture of a bucket."""

    identity: str
    words: str
    size: Size
    kept: float
    cropped: float
    trained: bool


def bucket_lines(report: Report) -> list[BucketLine]:
    """Give the buckets of a report, the fullest first, and at last what is lost."""
    from engine.buckets.plain import last_batch  # not needed before somebody asks for a report

    tally = report.tally
    rows = sorted(tally.buckets, key=lambda row: -row.batches.count)
    most = max((row.batches.count for row in rows), default=1)
    lines = [
        BucketLine(
            row.size,
            row.members,
            row.batches.count,
            row.batches.count / most,
            row.kept,
            row.cropped,
            last_batch(row.batches, tally.recipe.batch_size),
        )
        for row in rows
    ]
    lost = tuple((~tally.outcomes.trained).nonzero()[0].tolist())
    if lost:
        lines.append(BucketLine((0, 0), lost, len(lost), len(lost) / most, 0.0, 1.0, "lost"))
    return lines


def picture_lines(
    report: Report, bucket: BucketLine, known: Mapping[str, Candidate]
) -> list[PictureLine]:
    """Give the pictures of a bucket, those that lose most first."""
    tally = report.tally
    lines = []
    for place in bucket.members:
        picture, outcome = tally.pictures[place], tally.outcomes[place]
        candidate = known.get(picture.name)
        words = picture.kind
        if candidate is not None:
            frame = plain(candidate.file, 32) or f"frame {candidate.frames[0]}"
            where = f"scene {candidate.scene}, {frame}"
            reason, source = plain(candidate.reason, 24), plain(candidate.source_name, 40)
            words = f"{candidate.kind} of {where}  {reason}  {source}"
        trained = outcome.status.startswith("ok")
        if not trained:
            words = f"{outcome.status.replace(':', ': ')}  {words}"
        lines.append(
            PictureLine(picture.name, words, picture.size, outcome.kept, outcome.cropped, trained)
        )
    return sorted(lines, key=lambda line: -line.cropped)


class ReportTable(LineList):
    """Buckets, or pictures; a cursor on one of them."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._lines: Sequence[BucketLine | PictureLine] = ()

    def set_lines(self, lines: Sequence[BucketLine | PictureLine], cursor: int) -> None:
        """Show lines with the cursor on one."""
        changed = lines is not self._lines
        self._lines = lines
        self.show(len(lines), cursor, changed=changed)

    def line(self, row: int, width: int, colours: Palette) -> Line:
        """Draw a bucket or a picture."""
        line = self._lines[row]
        here = colours.bright if row == self.cursor else colours.text
        if isinstance(line, PictureLine):
            return columns(_picture(line, width, here, colours))
        return columns(_bucket(line, width, here, colours))


def heading(*, pictures: bool) -> str:
    """Give the names of the columns."""
    if pictures:
        return "      size    scale    cut   picture"
    return "    bucket   pictures  scale    cut  last batch"


def _bucket(
    line: BucketLine, width: int, here: Style, colours: Palette
) -> list[tuple[str, int, Style]]:
    lost = not line.size[0]
    parts = [
        (" " + line.name, -14 if not lost else 15, colours.warning if lost else here),
        (f"{line.count:,}", -6 if lost else -7, colours.text),
        ("" if lost else f"{line.kept:.2f}", -7, _warned(line.kept > 1.005, colours)),
        ("" if lost else f"{line.cropped:.0%}", -7, _warned(line.cropped > 0.08, colours)),
        (f"  {line.end}", 14, colours.dim if line.end == "full" else colours.text),
    ]
    room = width - 50
    if room >= LEAST_BAR:
        filled = max(1, round(room * line.share))
        parts += [("━" * filled, filled, colours.warning if lost else colours.approved)]
    return parts


def _picture(
    line: PictureLine, width: int, here: Style, colours: Palette
) -> list[tuple[str, int, Style]]:
    return [
        (f" {line.size[0]}×{line.size[1]}", -12, here),
        (f"{line.kept:.2f}" if line.trained else "", -7, _warned(line.kept > 1.005, colours)),
        (f"{line.cropped:.0%}" if line.trained else "", -7, _warned(line.cropped > 0.08, colours)),
        (f" {WARNING} " if not line.trained else "   ", 3, colours.warning),
        (line.words, max(1, width - 30), colours.dim),
    ]


def _warned(bad: bool, colours: Palette) -> Style:
    return colours.warning if bad else colours.text
