"""The bucket reports that go with an export, one for each target."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from engine.buckets.measure import Picture
from engine.buckets.page import pictures_shown, reports_to_page
from engine.buckets.plain import reports_to_text
from engine.buckets.report import Report, build_reports, report_to_table, reports_to_csv
from engine.events import Advanced, Work
from engine.export.provenance import ExportedPicture
from engine.export.thumbnail import thumbnail_of
from engine.export.writing import write_file
from engine.recipe import ReportRecipe

REPORTS = "reports"
_EVERY = 20


def reported_pictures(pictures: Sequence[ExportedPicture]) -> list[Picture]:
    """Describe what was exported for the bucket report."""
    return [Picture(p.file, p.size, str(p.kind), p.repeats) for p in pictures]


def write_reports(
    out: Path,
    pictures: Sequence[ExportedPicture],
    targets: Sequence[ReportRecipe],
    thumbnails: Mapping[str, bytes],
) -> Work[list[Path]]:
    """Write each target's report as JSON, and all of them as a CSV table, as text and as a page.

    ``thumbnails`` are those already at hand, by file.
    """
    reports = build_reports(reported_pictures(pictures), targets)
    texts = {
        f"{report.recipe.target}.json": json.dumps(
            report_to_table(report), indent=1, ensure_ascii=False
        )
        + "\n"
        for report in reports
    }
    texts["buckets.csv"] = reports_to_csv(reports)
    texts["report.txt"] = reports_to_text(reports) + "\n"
    shown = yield from _thumbnails(out, reports, thumbnails)
    texts["report.html"] = reports_to_page(reports, shown)
    for name, text in texts.items():
        write_file(out / REPORTS / name, text)
    return [out / REPORTS / name for name in texts]


def _thumbnails(
    out: Path, reports: Sequence[Report], known: Mapping[str, bytes]
) -> Work[dict[str, bytes]]:
    """Make the small pictures that the page shows and that are not known yet."""
    pictures = reports[0].tally.pictures
    names = sorted({pictures[place].name for r in reports for place in pictures_shown(r)})
    found = {}
    for done, name in enumerate(names, start=1):
        found[name] = known.get(name) or _thumbnail_of_file(out / name)
        if done % _EVERY == 0:
            yield Advanced("drawing the report", done, len(names), "pictures")
    return found


def _thumbnail_of_file(path: Path) -> bytes:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return b"" if image is None else thumbnail_of(image.astype(np.uint8, copy=False))
