"""The report on a set of pictures: counts, advice and the pictures that want a look."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.buckets.advice import advise
from engine.buckets.facts import (
    NOTABLE_CROP,
    PictureOutcome,
    Remark,
    describe,
    outcome_to_table,
    seen_of,
)
from engine.buckets.measure import Picture
from engine.buckets.tally import BucketRow, Tally, count_up
from engine.recipe import ReportRecipe, to_table
from engine.text import plain
from engine.values import Bucket, Size

MOST_NOTABLE = 200
"""Pictures described one by one; the counts hold all."""


@dataclass(frozen=True, slots=True)
class Notable:
    """A picture that wants a look."""

    index: int
    """Its place in the list of all."""
    picture: Picture
    outcome: PictureOutcome


@dataclass(frozen=True, slots=True)
class Report:
    """What one trainer makes of a set of pictures."""

    tally: Tally
    advice: tuple[Remark, ...]
    """What to change before training, the worst first."""
    notable: tuple[Notable, ...]
    """The pictures that lose most, the worst first; at most :data:`MOST_NOTABLE`."""

    @property
    def recipe(self) -> ReportRecipe:
        """The trainer and its settings."""
        return self.tally.recipe

    @property
    def title(self) -> str:
        """Name it: ``sdxl · kohya 1024×1024``."""
        recipe = self.recipe
        how = "" if recipe.upscale or recipe.trainer != "kohya" else ", no upscale"
        return f"{recipe.target} · {recipe.trainer} {recipe.width}×{recipe.height}{how}"


def build_report(pictures: Sequence[Picture], recipe: ReportRecipe) -> Report:
    """Say what a trainer makes of ``pictures``, and what to change first.

    Raises
    ------
    RecipeError
        The trainer refuses these settings, or a size is not one of a picture.
    """
    tally = count_up(pictures, recipe)
    return Report(tally, advise(tally), _notable(tally))


def build_reports(
    pictures: Sequence[Picture], recipes: Sequence[ReportRecipe]
) -> tuple[Report, ...]:
    """Report on the same pictures for several trainers or targets."""
    return tuple(build_report(pictures, recipe) for recipe in recipes)


def report_to_table(report: Report) -> dict[str, Any]:
    """Give a report as plain tables and lists, for JSON."""
    tally = report.tally
    totals = (
        "count", "lost", "steps", "short", "dropped", "padded", "moved", "enlarged",
    )  # fmt: skip
    means = (
        "kept", "cropped", "budget", "aspect_error",
        "widescreen", "fragmentation", "effective_buckets",
    )  # fmt: skip
    return {
        "target": report.recipe.target,
        "trainer": report.recipe.trainer,
        "recipe": to_table(report.recipe),
        "pictures": len(tally.pictures),
        **{name: getattr(tally, name) for name in totals},
        **{name: round(getattr(tally, name), 6) for name in means},
        "buckets": [_bucket_to_table(row) for row in tally.buckets],
        "aspects": [asdict(bar) for bar in tally.aspects],
        "kinds": [
            {**asdict(row), "kept": round(row.kept, 6), "cropped": round(row.cropped, 6)}
            for row in tally.kinds
        ],
        "advice": [asdict(remark) for remark in report.advice],
        "notable": [
            {"name": plain(seen.picture.name), **outcome_to_table(seen.outcome)}
            for seen in report.notable
        ],
        "files": [
            _file_to_table(picture, report.recipe, bucket)
            for picture, bucket in zip(tally.pictures, tally.outcomes, strict=True)
        ],
    }


def reports_to_table(reports: Sequence[Report]) -> dict[str, Any]:
    """Give several reports as one JSON document."""
    return {"reports": [report_to_table(report) for report in reports]}


CSV_COLUMNS = (
    "target",
    "trainer",
    "name",
    "kind",
    "repeats",
    "width",
    "height",
    "bucket_w",
    "bucket_h",
    "resized_w",
    "resized_h",
    "crop_w",
    "crop_h",
    "status",
    "kept",
    "cropped",
    "seen_x",
    "seen_y",
    "seen_w",
    "seen_h",
)


def reports_to_csv(reports: Sequence[Report]) -> str:
    """Write a row for each picture and report, with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for report in reports:
        writer.writerows(_csv_rows(report))
    return text.getvalue()


def side_by_side(reports: Sequence[Report]) -> list[tuple[Picture, tuple[Bucket, ...]]]:
    """Give each picture with its bucket in every report."""
    columns = [list(report.tally.outcomes) for report in reports]
    pictures = reports[0].tally.pictures if reports else ()
    return [
        (picture, tuple(column[place] for column in columns))
        for place, picture in enumerate(pictures)
    ]


def members_of(report: Report, size: Size) -> tuple[Picture, ...]:
    """Give the pictures of a bucket; none when it is not in use."""
    row = next((row for row in report.tally.buckets if row.size == size), None)
    return tuple(report.tally.pictures[place] for place in row.members) if row else ()


def _notable(tally: Tally) -> tuple[Notable, ...]:
    outcomes = tally.outcomes
    weight = np.where(outcomes.cropped >= NOTABLE_CROP, outcomes.cropped, 0.0)
    # Blur is a lesser loss than a lost half: enlarged four times counts as cut by half.
    weight += np.clip((outcomes.kept - 1.005) / 6, 0.0, 1.0)
    weight[~outcomes.trained] = 10.0
    worst = np.argsort(-weight, kind="stable")[:MOST_NOTABLE]
    described: dict[Size, PictureOutcome] = {}
    found = []
    for index in worst[weight[worst] > 0.0].tolist():
        picture = tally.pictures[index]
        size = picture.size_for(tally.recipe.trainer)
        if size not in described:
            described[size] = describe(tally.recipe, size)
        found.append(Notable(index, picture, described[size]))
    return tuple(found)


def _bucket_to_table(row: BucketRow) -> dict[str, Any]:
    return {
        "bucket": list(row.size),
        "pictures": row.pictures,
        **asdict(row.batches),
        "kept": round(row.kept, 6),
        "cropped": round(row.cropped, 6),
    }


def _file_to_table(picture: Picture, recipe: ReportRecipe, bucket: Bucket) -> dict[str, Any]:
    size = picture.size_for(recipe.trainer)
    seen = seen_of(recipe, size, bucket)
    return {
        "name": plain(picture.name),
        "kind": plain(picture.kind),
        "repeats": picture.repeats,
        "width": size[0],
        "height": size[1],
        "bucket": list(bucket.size),
        "resized": list(bucket.resized),
        "crop": list(bucket.crop),
        "status": bucket.status,
        "kept": round(bucket.kept, 6),
        "cropped": round(bucket.cropped, 6),
        "seen": [seen.x, seen.y, *seen.size] if seen else None,
    }


def _csv_rows(report: Report) -> Iterator[list[object]]:
    tally, recipe = report.tally, report.recipe
    for picture, bucket in zip(tally.pictures, tally.outcomes, strict=True):
        size = picture.size_for(recipe.trainer)
        seen = seen_of(recipe, size, bucket)
        yield [
            recipe.target,
            recipe.trainer,
            _cell(picture.name),
            _cell(picture.kind),
            picture.repeats,
            *size,
            *bucket.size,
            *bucket.resized,
            *bucket.crop,
            bucket.status,
            f"{bucket.kept:.4f}",
            f"{bucket.cropped:.4f}",
            *((seen.x, seen.y, *seen.size) if seen else ("",) * 4),
        ]


def _cell(text: str) -> str:
    """Make a stranger's text harmless also to a spreadsheet, which would run ``=…``."""
    safe = plain(text, 1000)
    return f"'{safe}" if safe.startswith(("=", "+", "-", "@")) else safe
