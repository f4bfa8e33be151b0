"""The bucket reports that go with an export, one for each target."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.buckets.measure import Picture
from engine.buckets.page import pictures_shown, reports_to_page
from engine.buckets.plain import reports_to_text
from engine.buckets.report import Report, build_reports, report_to_table, reports_to_csv
from engine.buckets.thumbnails import make_thumbnails
from engine.events import result_of
from engine.export.making import Made
from engine.files import write_whole
from engine.project.manifest import ManifestItem
from engine.recipe import ReportRecipe

FOLDER = "reports"


def exported_pictures(
    out: Path, made: Sequence[Made], items: Mapping[str, ManifestItem]
) -> list[Picture]:
    """Describe what was exported for the bucket report."""
    return [
        Picture(str(Path(m.path).relative_to(out)), m.size, str(items[m.item_id].kind))
        for m in made
    ]


def write_reports(
    out: Path,
    made: Sequence[Made],
    items: Mapping[str, ManifestItem],
    targets: Sequence[ReportRecipe],
) -> list[Path]:
    """Write each target's report as JSON, and all of them as a CSV table, as text and as a page."""
    reports = build_reports(exported_pictures(out, made, items), targets)
    if not reports:
        return []
    written = []
    for report in reports:
        path = out / FOLDER / f"{report.recipe.target}.json"
        write_whole(path, json.dumps(report_to_table(report), indent=1, ensure_ascii=False) + "\n")
        written.append(path)
    texts = {
        "buckets.csv": reports_to_csv(reports),
        "report.txt": reports_to_text(reports) + "\n",
        "report.html": reports_to_page(reports, _thumbnails(out, reports)),
    }
    for name, text in texts.items():
        write_whole(out / FOLDER / name, text)
        written.append(out / FOLDER / name)
    return written


def _thumbnails(out: Path, reports: Sequence[Report]) -> dict[str, bytes]:
    pictures = reports[0].tally.pictures
    shown = {place for report in reports for place in pictures_shown(report)}
    return result_of(make_thumbnails(out, [pictures[place] for place in sorted(shown)]))
