"""The bucket reports that go with an export, one for each target."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.buckets.measure import Picture
from engine.buckets.page import pictures_shown, reports_to_page
from engine.buckets.plain import reports_to_text
from engine.buckets.report import Report, build_reports, report_to_table, reports_to_csv
from engine.buckets.thumbnails import make_thumbnails
from engine.events import Work
from engine.export.provenance import ExportedPicture
from engine.export.writing import write_file
from engine.recipe import ReportRecipe

REPORTS = "reports"


def reported_pictures(pictures: Sequence[ExportedPicture]) -> list[Picture]:
    """Describe what was exported for the bucket report."""
    return [Picture(p.file, p.size, str(p.kind), p.repeats) for p in pictures]


def write_reports(
    out: Path, pictures: Sequence[ExportedPicture], targets: Sequence[ReportRecipe]
) -> Work[list[Path]]:
    """Write each target's report as JSON, and all of them as a CSV table, as text and as a page."""
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
    thumbnails = yield from _thumbnails(out, reports)
    texts["report.html"] = reports_to_page(reports, thumbnails)
    for name, text in texts.items():
        write_file(out / REPORTS / name, text)
    return [out / REPORTS / name for name in texts]


def _thumbnails(out: Path, reports: Sequence[Report]) -> Work[dict[str, bytes]]:
    pictures = reports[0].tally.pictures
    shown = {place for report in reports for place in pictures_shown(report)}
    return (yield from make_thumbnails(out, [pictures[place] for place in sorted(shown)]))
