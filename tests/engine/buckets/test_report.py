from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.buckets.advice import propose_repeats
from engine.buckets.measure import Picture
from engine.buckets.presets import TARGETS, TRAINERS, recipe_for
from engine.buckets.report import (
    Report,
    build_report,
    build_reports,
    members_of,
    report_to_table,
    reports_to_csv,
    side_by_side,
)
from engine.recipe import changed
from engine.values import Size
from tests.engine.buckets.configurations import CONFIGURATIONS

SDXL = TARGETS["sdxl"]


def many(*groups: tuple[int, Size, str]) -> list[Picture]:
    """So many pictures of each size and kind."""
    return [
        Picture(f"{kind}-{size[0]}x{size[1]}-{n}.png", size, kind)
        for count, size, kind in groups
        for n in range(count)
    ]


def film() -> list[Picture]:
    return many(
        (37, (1920, 1080), "keeper"), (2, (5200, 1080), "panorama"), (6, (1024, 1024), "crop")
    )


def advice(report: Report, about: str) -> str:
    return next((remark.text for remark in report.advice if remark.about == about), "")


def test_pictures_are_counted_by_bucket_with_their_repeats() -> None:
    pictures = [replace(p, repeats=3 if p.kind == "crop" else 1) for p in film()]
    tally = build_report(pictures, SDXL).tally
    assert {row.size: (row.pictures, row.batches.count) for row in tally.buckets} == {
        (1024, 1024): (6, 18),
        (1344, 768): (37, 37),
        (2048, 512): (2, 2),
    }
    assert (tally.count, tally.steps, tally.short) == (57, 5 + 10 + 1, 3)


def test_onetrainer_leaves_out_what_fills_no_batch() -> None:
    report = build_report(film(), recipe_for("sdxl", "onetrainer"))
    assert report.tally.dropped == 1 + 2 + 2
    assert "leaves 5 of 45 pictures (11 %) out of an epoch" in advice(report, "dropped")
    assert "2048×512 lacks 2 pictures" in advice(report, "dropped")


def test_ai_toolkit_fills_batches_with_repeats() -> None:
    report = build_report(film(), recipe_for("sdxl", "ai-toolkit"))
    assert report.tally.padded == 3 + 2 + 2
    assert "7 places are filled with repeats" in advice(report, "padded")


def test_widescreen_that_drowns_the_rest_is_warned_of_with_numbers() -> None:
    report = build_report(film(), SDXL)
    assert report.tally.widescreen == pytest.approx(37 / 45)
    text = advice(report, "16:9")
    assert text.startswith("37 of 45 pictures an epoch (82 %) are 16:9")
    assert "crop ×5" in text


def test_proposed_repeats_bring_widescreen_to_half() -> None:
    assert propose_repeats(film()) == {"crop": 5, "keeper": 1, "panorama": 5}
    assert propose_repeats(many((5, (1920, 1080), "keeper"))) == {"keeper": 1}
    assert propose_repeats(many((5, (64, 64), "crop"))) == {"crop": 1}
    assert propose_repeats([]) == {}


def test_one_picture_repeated_all_alone_is_said_to_be_learned_by_heart() -> None:
    pictures = [*film(), Picture("tilt.png", (1080, 4800), "panorama", repeats=20)]
    text = advice(build_report(pictures, SDXL), "overfit")
    assert text.startswith("512×2048 holds 1 picture, each seen 20 times an epoch")


def test_pans_beyond_the_table_are_told_of_with_their_loss() -> None:
    text = advice(build_report(film(), SDXL), "wide")
    assert text.startswith("2 pictures longer than 4:1")
    assert "lose 17 %" in text


def test_pictures_that_would_stop_the_trainer_come_first() -> None:
    pictures = [*film(), Picture("thin\x1b[2J.png", (500, 60))]
    report = build_report(pictures, CONFIGURATIONS["kohya_sd15_512_noup"])
    assert report.advice[0].about == "crash"
    assert "thin?[2J.png" in report.advice[0].text
    assert report.notable[0].picture.name == "thin\x1b[2J.png"
    assert report.tally.lost == 1


def test_the_default_longest_side_of_kohya_is_advised_against() -> None:
    report = build_report(film(), CONFIGURATIONS["kohya_sdxl_1024_clidefault"])
    assert "raise max from 1024 to 2048" in advice(report, "budget")


def test_fragments_are_told_of_with_what_would_help() -> None:
    trimmed = [Picture(f"{n}.png", (1920 - 7 * n, 1080 - n * n % 37)) for n in range(30)]
    recipe = CONFIGURATIONS["kohya_sdxl_1024_noup_s64"]
    report = build_report([*trimmed, *film()], replace(recipe, batch_size=16))
    assert "with upscaling they would be" in advice(report, "fragments")


def test_kinds_are_told_apart() -> None:
    rows = {row.kind: row for row in build_report(film(), SDXL).tally.kinds}
    assert rows["panorama"].cropped == pytest.approx(0.169, abs=1e-3)
    assert (rows["crop"].kept, rows["crop"].cropped) == (1.0, 0.0)
    assert (rows["keeper"].pictures, rows["keeper"].widescreen) == (37, 37)


def test_aspects_run_from_tall_to_wide() -> None:
    bars = build_report([*film(), Picture("t.png", (100, 900))], SDXL).tally.aspects
    assert bars[0].name == "taller"
    assert bars[-1].name == "wider"
    assert {bar.name: bar.pictures for bar in bars if bar.pictures} == {
        "taller": 1,
        "1:1": 6,
        "16:9": 37,
        "wider": 2,
    }


def test_a_frame_with_its_letterbox_trimmed_is_still_widescreen() -> None:
    assert build_report(many((1, (1917, 1073), "")), SDXL).tally.widescreen == 1.0
    assert build_report(many((1, (1998, 1080), "")), SDXL).tally.widescreen == 0.0


def test_a_bucket_leads_to_its_pictures() -> None:
    report = build_report(film(), SDXL)
    assert {p.kind for p in members_of(report, (1024, 1024))} == {"crop"}
    assert members_of(report, (64, 64)) == ()


def test_several_targets_stand_side_by_side() -> None:
    reports = build_reports(film(), [TARGETS["sd1"], TARGETS["nai"], SDXL])
    picture, buckets = side_by_side(reports)[0]
    assert picture.size == (1920, 1080)
    assert [bucket.size for bucket in buckets] == [(640, 384), (1024, 576), (1344, 768)]


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize("pictures", [[], film(), many((3, (1, 5000), "x"))])
def test_any_set_has_a_report_for_any_trainer(trainer: str, pictures: Sequence[Picture]) -> None:
    table = report_to_table(build_report(pictures, recipe_for("sdxl", trainer)))
    assert json.loads(json.dumps(table)) == table
    assert table["pictures"] == len(pictures)
    assert sum(row["count"] for row in table["buckets"]) == table["count"]


def test_the_csv_names_every_picture_and_its_bucket() -> None:
    rows = list(csv.DictReader(io.StringIO(reports_to_csv(build_reports(film(), [SDXL])))))
    assert len(rows) == 45
    assert (rows[0]["bucket_w"], rows[0]["bucket_h"], rows[0]["crop_w"]) == ("1344", "768", "21")


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    text = reports_to_csv([build_report([Picture("=1+1.png", (64, 64))], SDXL)])
    assert "'=1+1.png" in text


def test_the_batch_size_is_the_recipes() -> None:
    assert build_report(film(), changed(SDXL, batch_size=1)).tally.short == 0


def test_squares_that_novelai_sends_to_a_small_base_are_told_of() -> None:
    squares = many((8, (2000, 2000), "crop"))
    report = build_report(squares, CONFIGURATIONS["nai_1024_baseres512_trap"])
    assert "set it to the resolution too" in advice(report, "budget")


def test_small_pictures_that_stay_small_are_counted() -> None:
    small = many((8, (512, 512), "crop"), (8, (1024, 1024), "crop"))
    report = build_report(small, CONFIGURATIONS["kohya_sdxl_1024_noup_s64"])
    assert advice(report, "below").startswith("8 of 16 pictures have fewer pixels")
    assert "enlarged, up to 2.00 times" in advice(build_report(small, SDXL), "below")
