"""The bucket reports that go with an export, one for each target."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.buckets.measure import Picture
from engine.buckets.report import build_reports, report_to_table, reports_to_csv
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
    """Write each target's report as JSON, and all of them as one CSV table."""
    reports = build_reports(exported_pictures(out, made, items), targets)
    if not reports:
        return []
    written = []
    for report in reports:
        path = out / FOLDER / f"{report.recipe.target}.json"
        write_whole(path, json.dumps(report_to_table(report), indent=1, ensure_ascii=False) + "\n")
        written.append(path)
    write_whole(out / FOLDER / "buckets.csv", reports_to_csv(reports))
    return [*written, out / FOLDER / "buckets.csv"]
