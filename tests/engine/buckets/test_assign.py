from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.buckets.assign import assign, assign_all
from engine.buckets.presets import TARGETS, TRAINERS, defaults_for, recipe_for
from engine.buckets.tables import bucket_table
from engine.errors import RecipeError
from engine.values import Size
from tests.engine.buckets.configurations import CONFIGURATIONS, recipe

FULL_HD = (1920, 1080)


@pytest.mark.parametrize(
    ("name", "size", "bucket", "resized", "crop"),
    [
        ("kohya_sd15_512", FULL_HD, (640, 384), (683, 384), (43, 0)),
        ("kohya_sd15_512_noup", (1440, 1080), (512, 384), (512, 384), (0, 0)),
        ("kohya_768", FULL_HD, (1024, 576), (1024, 576), (0, 0)),
        ("kohya_512x768", FULL_HD, (832, 448), (832, 468), (0, 20)),
        ("kohya_sdxl_1024_s64", FULL_HD, (1344, 768), (1365, 768), (21, 0)),
        ("kohya_sdxl_1024_clidefault", FULL_HD, (1024, 576), (1024, 576), (0, 0)),
        ("kohya_sdxl_1024_noup_s64", (1917, 1073), (1216, 704), (1258, 704), (42, 0)),
        ("nai_default", (1440, 1080), (704, 512), (704, 528), (0, 16)),
        ("nai_1024_baseres512_trap", (2000, 2000), (512, 512), (512, 512), (0, 0)),
        ("sdxl_sym41", (704, 1344), (704, 1344), (704, 1344), (0, 0)),
        ("onetrainer_sd15_512_q8", (1440, 1080), (576, 456), (608, 456), (32, 0)),
        ("onetrainer_sdxl_1024_q64", (1440, 1080), (1152, 896), (1195, 896), (43, 0)),
        ("everydream2_512", FULL_HD, (640, 384), (640, 384), (120, 0)),
        ("aitoolkit_1024_d16", (1440, 1080), (1168, 896), (1195, 896), (27, 0)),
        ("diffusers_auto_1024_d16", (1440, 1080), (1184, 880), (1184, 888), (0, 8)),
        ("simpletuner_1024_a64_preserve", (1440, 1080), (1152, 896), (1194, 896), (42, 0)),
    ],
)
def test_a_trainer_is_predicted(
    name: str, size: Size, bucket: Size, resized: Size, crop: Size
) -> None:
    got = assign(CONFIGURATIONS[name], *size)
    assert (got.size, got.resized, got.crop, got.status) == (bucket, resized, crop, "ok")


def test_novelai_drops_a_pan_of_eight_to_one_but_never_a_tilt() -> None:
    nai = CONFIGURATIONS["nai_768"]
    pan = assign(nai, 8640, 1080)
    assert (pan.status, pan.size, pan.cropped) == ("dropped:aspect-error>=4", (0, 0), 1.0)
    assert assign(nai, 1080, 86400).status == "ok"


def test_thin_strips_crash_kohya_without_upscaling() -> None:
    noup = CONFIGURATIONS["kohya_sd15_512_noup"]
    assert assign(noup, 500, 60).status == "error:ZeroDivisionError"
    assert assign(noup, 20000, 100).status == "error:ZeroDivisionError"
    sliver = assign(noup, 60, 500)
    assert (sliver.status, sliver.size) == ("degenerate:zero-size-bucket", (0, 448))


def test_simpletuner_crashes_on_an_aspect_that_rounds_to_nothing() -> None:
    simpletuner = CONFIGURATIONS["simpletuner_1024_a64_preserve"]
    assert assign(simpletuner, 30, 30000).status == "error:ZeroDivisionError"


def test_everydream2_flags_what_is_smaller_than_its_bucket() -> None:
    assert assign(CONFIGURATIONS["everydream2_1024"], 640, 360).status == "ok:undersized"


def test_a_picture_of_a_buckets_own_size_stays_there() -> None:
    for size in bucket_table(CONFIGURATIONS["kohya_sdxl_1024_gui"]) or ():
        got = assign(CONFIGURATIONS["kohya_sdxl_1024_gui"], *size)
        assert (got.size, got.kept, got.cropped) == (size, 1.0, 0.0)


def test_kept_is_the_scale_and_cropped_the_share_of_area() -> None:
    square = assign(TARGETS["sd1"], 1080, 1080)
    assert square.kept == pytest.approx(512 / 1080)
    assert square.cropped == 0.0
    wide = assign(TARGETS["sd1"], *FULL_HD)
    assert wide.kept == pytest.approx(384 / 1080, abs=1e-3)
    assert wide.cropped == pytest.approx(43 / 683)


def test_only_trainers_that_crop_the_centre_say_where() -> None:
    assert assign(CONFIGURATIONS["kohya_sdxl_1024_s64"], *FULL_HD).offset == (10, 0)
    assert assign(CONFIGURATIONS["everydream2_512"], *FULL_HD).offset is None


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_many_sizes_at_once_are_what_each_is_alone(name: str) -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 3000, (40, 2))
    together = list(assign_all(CONFIGURATIONS[name], sizes))
    assert together == [assign(CONFIGURATIONS[name], int(w), int(h)) for w, h in sizes]


def test_more_pictures_than_fit_in_one_chunk_keep_their_order() -> None:
    sizes = np.tile([[1920, 1080], [1080, 1920]], (20_000, 1))
    got = assign_all(TARGETS["sdxl"], sizes)
    assert len(got) == 40_000
    assert (got.bucket[::2] == (1344, 768)).all()
    assert (got.bucket[1::2] == (768, 1344)).all()


def test_no_pictures_have_no_outcomes() -> None:
    assert len(assign_all(TARGETS["sdxl"], [])) == 0


@pytest.mark.parametrize("size", [(0, 100), (100, -3), (10**10, 5)])
def test_an_impossible_size_is_refused_in_words(size: Size) -> None:
    with pytest.raises(RecipeError, match="is no picture"):
        assign(TARGETS["sd1"], *size)


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize("size", [(1, 1), (1, 10**9), (10**9, 1), (10**9, 10**9)])
def test_the_most_extreme_sizes_still_have_an_outcome(trainer: str, size: Size) -> None:
    got = assign(defaults_for(trainer), *size)
    assert got.status
    assert 0.0 <= got.cropped <= 1.0


def test_settings_that_kohya_refuses_are_refused_in_words() -> None:
    with pytest.raises(RecipeError, match=r"max 1024.*smaller than resolution 1536x1536"):
        assign(recipe("kohya", 1536), 100, 100)
    with pytest.raises(RecipeError, match=r"min 768.*larger than resolution 512x512"):
        assign(recipe("kohya", 512, min=768), 100, 100)


def test_min_is_rounded_down_and_max_up_to_the_step_as_kohya_does() -> None:
    assert bucket_table(recipe("kohya", 512, min=300, max=1000)) == bucket_table(
        recipe("kohya", 512, min=256, max=1024)
    )


def test_an_unknown_table_of_everydream2_is_said_to_be_unknown() -> None:
    with pytest.raises(RecipeError, match="known for 512, 768, 1024"):
        bucket_table(recipe("everydream2", 1280))


def test_kohya_at_768_has_the_buckets_of_novelai() -> None:
    novelai = bucket_table(recipe("nai", 768))
    assert set(bucket_table(TARGETS["nai"]) or ()) == set(novelai or ())


def test_defaults_are_the_trainers_own() -> None:
    assert defaults_for("nai") == replace(CONFIGURATIONS["nai_default"], target="nai")
    assert defaults_for("onetrainer", 512).step == 8
    assert defaults_for("onetrainer", 1024).step == 64
    assert defaults_for("ai-toolkit", 1024).step == 16
    assert defaults_for("kohya", 1024).max == 1024
    with pytest.raises(RecipeError, match="is not one of kohya"):
        defaults_for("koyha")


def test_a_target_for_another_trainer_keeps_its_resolution() -> None:
    got = recipe_for("sdxl", "onetrainer")
    assert (got.target, got.trainer, got.width, got.step) == ("sdxl", "onetrainer", 1024, 64)
    assert recipe_for("sd1") is TARGETS["sd1"]
