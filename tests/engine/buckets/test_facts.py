from __future__ import annotations

from itertools import pairwise

import pytest

from engine.buckets.facts import Level, PictureOutcome, describe, outcome_to_table
from engine.buckets.presets import TARGETS, TRAINERS, recipe_for
from engine.values import Box, Size
from tests.engine.buckets.configurations import CONFIGURATIONS

SDXL = TARGETS["sdxl"]


def said(outcome: PictureOutcome, about: str) -> str:
    return next(remark.text for remark in outcome.remarks if remark.about == about)


def abouts(outcome: PictureOutcome) -> set[str]:
    return {remark.about for remark in outcome.remarks}


def test_a_full_hd_frame_in_sdxl_needs_no_remark() -> None:
    outcome = describe(SDXL, (1920, 1080))
    assert outcome.remarks == ()
    assert outcome.runner_up == (1280, 768)


def test_the_rectangle_that_reaches_training_is_in_source_pixels() -> None:
    outcome = describe(TARGETS["sd1"], (1920, 1080))
    assert outcome.seen is not None
    # 43 of 683 resized columns go, which is 121 of the picture's 1920.
    assert abs(outcome.seen.width - (1920 - 121)) <= 1
    assert (outcome.seen.y, outcome.seen.height) == (0, 1080)
    assert abs(outcome.seen.x - 59) <= 1


def test_everydream2_crops_before_it_resizes() -> None:
    outcome = describe(CONFIGURATIONS["everydream2_512"], (1920, 1080))
    assert outcome.seen == Box(60, 0, 1800, 1080)


@pytest.mark.parametrize("size", [(1920, 1080), (333, 1001), (64, 64), (5200, 1080), (7, 9000)])
@pytest.mark.parametrize("trainer", TRAINERS)
def test_what_is_seen_lies_inside_the_picture(trainer: str, size: Size) -> None:
    outcome = describe(recipe_for("sdxl", trainer), size)
    if outcome.bucket.status.startswith("ok"):
        assert outcome.seen is not None
        assert outcome.seen.right <= size[0]
        assert outcome.seen.bottom <= size[1]
    else:
        assert outcome.seen is None
        assert outcome.remarks[0].level is Level.ERROR


def test_a_long_pan_is_warned_of_and_cut_into_pieces_that_lose_nothing() -> None:
    outcome = describe(SDXL, (5200, 1080))
    assert said(outcome, "cut").startswith("17 % is cut away")
    assert "longer than the longest bucket, 4:1" in said(outcome, "cut")
    pieces = outcome.pieces
    assert pieces[0].x == 0
    assert pieces[-1].right == 5200
    for before, after in pairwise(pieces):
        assert before.right - after.x >= 0.1 * before.width
    for piece in pieces:
        assert describe(SDXL, piece.size).bucket.cropped < 0.02
    assert f"{len(pieces)} overlapping pieces" in said(outcome, "wide")


def test_a_long_tilt_is_cut_from_top_to_bottom() -> None:
    pieces = describe(SDXL, (1080, 6000)).pieces
    assert all(piece.width == 1080 for piece in pieces)
    assert (pieces[0].y, pieces[-1].bottom) == (0, 6000)


def test_a_trainer_without_a_widest_bucket_needs_no_pieces() -> None:
    assert describe(CONFIGURATIONS["aitoolkit_1024_d16"], (5200, 1080)).pieces == ()


def test_a_strip_is_no_pan() -> None:
    assert describe(SDXL, (20000, 100)).pieces == ()


def test_a_few_pixels_less_may_land_in_a_better_bucket() -> None:
    recipe = CONFIGURATIONS["kohya_sdxl_1024_noup_s64"]
    outcome = describe(recipe, (1917, 1073))
    assert outcome.bucket.size == (1216, 704)
    assert said(outcome, "trim") == "trim 7 px of width and it lands in 1344×768 instead"
    assert describe(recipe, (1910, 1073)).bucket.size == (1344, 768)


def test_a_cliff_two_pixels_away_is_shown() -> None:
    outcome = describe(CONFIGURATIONS["kohya_sdxl_1024_noup_s64"], (1920, 1080))
    assert said(outcome, "cliff") == "2 px less height and it lands in only 1216×704"


def test_a_tie_is_marked_as_one() -> None:
    # 1.5 lies exactly between 832/640 = 1.3 and 1.7; take a size between two SDXL buckets.
    wide, narrow = 1344 / 768, 1280 / 768
    height = 768 * 2
    width = round((wide + narrow) / 2 * height)
    outcome = describe(SDXL, (width, height))
    assert {outcome.bucket.size, outcome.tipped} == {(1344, 768), (1280, 768)}
    assert "tie with" in said(outcome, "tie")


def test_small_pictures_are_said_to_be_enlarged() -> None:
    assert "enlarged 1.73 times" in said(describe(SDXL, (720, 480)), "below")
    kept_small = describe(CONFIGURATIONS["kohya_sdxl_1024_noup_s64"], (512, 512))
    assert kept_small.bucket.kept == 1.0
    assert "25 % of its pixels" in said(kept_small, "below")


def test_the_default_longest_side_of_kohya_is_shown_to_waste_pixels() -> None:
    outcome = describe(CONFIGURATIONS["kohya_sdxl_1024_clidefault"], (1920, 1080))
    assert said(outcome, "budget") == "1024×576 is 56 % of the pixels of 1024×1024"


def test_strips_that_crash_kohya_are_named() -> None:
    noup = CONFIGURATIONS["kohya_sd15_512_noup"]
    assert "crashes kohya" in said(describe(noup, (500, 60)), "crash")
    assert "gives it no width" in said(describe(noup, (60, 500)), "empty")
    simpletuner = describe(CONFIGURATIONS["simpletuner_1024_a64_preserve"], (30, 30000))
    assert "rounds to 0.00" in said(simpletuner, "crash")


def test_a_pan_that_novelai_drops_is_offered_pieces() -> None:
    outcome = describe(CONFIGURATIONS["nai_768"], (8640, 1080))
    assert abouts(outcome) == {"dropped", "wide"}
    assert len(outcome.pieces) > 2


def test_an_outcome_is_written_as_plain_values() -> None:
    table = outcome_to_table(describe(SDXL, (5200, 1080)))
    assert table["bucket"] == [2048, 512]
    assert table["seen"] == [439, 0, 4320, 1080]
