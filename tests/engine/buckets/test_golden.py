"""Every row that the trainers' own code gave, where the golden tables are at hand."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.buckets.assign import assign, assign_all
from engine.buckets.facts import find_runner_up
from engine.buckets.measure import Picture
from engine.buckets.tables import bucket_table
from engine.buckets.tally import count_up
from engine.recipe import ReportRecipe
from engine.values import Bucket
from tests.engine.buckets.configurations import CONFIGURATIONS

SHARED = os.environ.get("CUTTINGROOM_SHARED", "")
GOLDEN = Path(SHARED) / "golden" / "buckets"
COLUMNS = (
    "bucket_w",
    "bucket_h",
    "resized_w",
    "resized_h",
    "crop_w",
    "crop_h",
    "crop_left",
    "crop_top",
    "status",
)

pytestmark = pytest.mark.skipif(
    not SHARED or not GOLDEN.is_dir(), reason="CUTTINGROOM_SHARED has no golden tables"
)


def golden_rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / f"public_{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def as_row(bucket: Bucket) -> list[str]:
    """The golden columns; blank where the trainer never makes a bucket or crops at random."""
    numbers: list[int | str]
    if bucket.status.startswith(("dropped", "error")):
        numbers = [""] * 8
    else:
        numbers = [*bucket.size, *bucket.resized, *bucket.crop, *(bucket.offset or ("", ""))]
    return [*map(str, numbers), bucket.status]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_golden_row_is_reproduced_bit_for_bit(name: str) -> None:
    rows = golden_rows(name)
    sizes = [(int(row["width"]), int(row["height"])) for row in rows]
    got = [as_row(bucket) for bucket in assign_all(CONFIGURATIONS[name], sizes)]
    assert got == [[row[column] for column in COLUMNS] for row in rows]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_golden_margin_to_the_runner_up_is_found(name: str) -> None:
    recipe = CONFIGURATIONS[name]
    for row in golden_rows(name):
        if row["margin"]:
            size = int(row["width"]), int(row["height"])
            # Of two runners-up that are equally far the golden tables name either.
            _, margin = find_runner_up(recipe, size, assign(recipe, *size))
            assert margin == float(row["margin"])


def test_every_table_is_in_the_trainers_scan_order() -> None:
    golden = json.loads((GOLDEN / "tables.json").read_text())
    golden["diffusers_auto_1024_d16"] = None  # its table is made anew for each picture
    assert golden == {name: listed(recipe) for name, recipe in CONFIGURATIONS.items()}


def listed(recipe: ReportRecipe) -> list[list[int]] | None:
    table = bucket_table(recipe)
    return [list(size) for size in table] if table else None


DATASETS = ("tv16x9_plus_pans", "mixed_repeats", "all_square_crops", "small_and_odd")


@pytest.mark.parametrize("name", DATASETS)
def test_golden_datasets_fall_into_the_batches_that_trainers_made(name: str) -> None:
    dataset = json.loads((GOLDEN / "datasets.json").read_text())[name]
    pictures = [
        Picture(str(row["id"]), (row["width"], row["height"]), "", row["repeats"])
        for row in dataset["images"]
    ]
    for configuration, expected in dataset["results"].items():
        recipe = replace(CONFIGURATIONS[configuration], batch_size=dataset["batch_size"])
        tally = count_up(pictures, recipe)
        got = [list(row.size) for row in tally.buckets]
        assert got == [row["resolution"] for row in expected["buckets"]]
        for row, golden in zip(tally.buckets, expected["buckets"], strict=True):
            assert row.batches.count == golden["count"]
            assert row.batches.dropped == golden.get("dropped_per_epoch", 0)
            assert row.batches.padded == golden.get("padded", 0)
        assert tally.steps == expected.get("batches_per_epoch", tally.steps)
        assert tally.short == expected.get("partial_batches", tally.short)
        assert tally.dropped == expected.get("dropped_per_epoch", 0)
        mean = expected.get("mean_img_ar_error", tally.aspect_error)
        assert tally.aspect_error == pytest.approx(mean, rel=1e-12)
