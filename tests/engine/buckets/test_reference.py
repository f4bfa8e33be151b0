"""Sizes and settings that no golden table holds, against a second, slow implementation."""

from __future__ import annotations

import random
from dataclasses import replace
from math import gcd

import pytest

from engine.buckets.assign import STATUSES, assign_all
from engine.buckets.tables import bucket_table, table_of
from engine.errors import RecipeError
from engine.recipe import ReportRecipe
from engine.values import Size
from tests.engine.buckets.configurations import CONFIGURATIONS, recipe
from tests.engine.buckets.reference import Expected, expect

EXTREMES = (
    (1, 1), (1, 2), (2, 1), (1, 20000), (20000, 1), (20000, 300), (300, 20000), (32, 5000),
    (5000, 32), (31, 31), (63, 64), (64, 63), (127, 129), (500, 60), (60, 500), (30, 30000),
    (65535, 65535), (7919, 104729), (104729, 7919), (2753, 2741), (1_000_000, 999_983),
)  # fmt: skip
FRAMES = ((1920, 1080), (1440, 1080), (1280, 720), (3840, 2160), (720, 480), (1920, 804))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_sizes_of_every_sort_go_where_the_rules_in_words_send_them(name: str) -> None:
    configuration = CONFIGURATIONS[name]
    rng = random.Random(name)
    check(configuration, [*EXTREMES, *(some_size(rng, configuration) for _ in range(500))])


def test_settings_that_no_golden_table_has_follow_the_rules_in_words() -> None:
    rng = random.Random(5)
    tried = 0
    for _ in range(400):
        configuration = some_settings(rng)
        try:
            table_of(configuration)
        except RecipeError:
            continue  # refused, as the trainer does
        tried += 1
        check(configuration, [some_size(rng, configuration) for _ in range(12)])
    assert tried > 150


def test_all_pictures_of_a_folder_of_pans_go_where_the_rules_send_them() -> None:
    pans = [(width, 1080 - width % 7) for width in range(1920, 20000, 97)]
    for name in ("kohya_sdxl_1024_noup_s32", "aitoolkit_1024_d16", "nai_1024"):
        check(CONFIGURATIONS[name], pans)


def check(configuration: ReportRecipe, sizes: list[Size]) -> None:
    outcomes = assign_all(configuration, sizes)
    for place, (width, height) in enumerate(sizes):
        got = Expected(
            bucket=pair(outcomes.bucket[place].tolist()),
            resized=pair(outcomes.resized[place].tolist()),
            crop=pair(outcomes.crop[place].tolist()),
            status=STATUSES[outcomes.status[place]],
        )
        assert (width, height, got) == (width, height, expect(configuration, width, height))


def pair(values: list[int]) -> Size:
    width, height = values
    return width, height


def some_size(rng: random.Random, configuration: ReportRecipe) -> Size:
    """Draw a size: anything, thin, near a frame or a bucket, or midway between two buckets."""
    table = bucket_table(configuration) or FRAMES
    bucket = rng.choice(table)
    match rng.randrange(8):
        case 0:
            size = int(2 ** rng.uniform(0, 14.5)), int(2 ** rng.uniform(0, 14.5))
        case 1:
            size = rng.randint(1, 40000), rng.randint(1, 400)
        case 2:
            size = rng.randint(1, 400), rng.randint(1, 40000)
        case 3:
            frame = rng.choice(FRAMES)
            size = frame[0] + rng.randint(-12, 12), frame[1] + rng.randint(-12, 12)
        case 4:
            size = bucket[0] + rng.randint(-2, 2), bucket[1] + rng.randint(-2, 2)
        case 5:
            times = rng.randint(1, 5)
            size = bucket[0] * times + rng.randint(-1, 1), bucket[1] * times + rng.randint(-1, 1)
        case 6:
            size = midway(rng, bucket, rng.choice(table))
        case _:
            size = rng.randint(1, 3000), rng.randint(1, 3000)
    return max(1, size[0]), max(1, size[1])


def midway(rng: random.Random, one: Size, other: Size) -> Size:
    """Give a size whose aspect is exactly between those of two buckets: a tie."""
    width = one[0] * other[1] + other[0] * one[1]
    height = 2 * one[1] * other[1]
    least = gcd(width, height)
    times = rng.randint(1, 9)
    return width // least * times, height // least * times


def some_settings(rng: random.Random) -> ReportRecipe:
    trainer = rng.choice(
        ["kohya", "nai", "onetrainer", "everydream2", "ai-toolkit", "diffusers", "simpletuner"]
    )
    width = rng.choice([512, 640, 768, 1024, 1536, rng.randint(64, 2500)])
    height = rng.choice([width, width, 768, rng.randint(64, 2500)])
    if trainer == "everydream2":
        width = rng.choice([512, 530, 768, 1024, 1087])
    drawn = recipe(
        trainer,
        width,
        height,
        min=rng.choice([64, 128, 256, 512, rng.randint(16, 1200)]),
        max=rng.choice([1024, 1536, 2048, rng.randint(64, 4096)]),
        step=rng.choice([8, 16, 32, 64, 64, 128, rng.randint(1, 256)]),
        upscale=rng.random() < 0.6,
    )
    return replace(drawn, base_width=512, base_height=512) if rng.random() < 0.4 else drawn
