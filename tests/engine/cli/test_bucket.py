"""The bucket command against every golden row, and what it says to a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from engine.cli.buckets import bucket
from engine.cli.reporting import Session
from tests.engine.buckets.configurations import CONFIGURATIONS
from tests.engine.buckets.test_golden import GOLDEN, SHARED, golden_rows

AS_RELEASED = {"nai_default": ("--trainer", "nai")}
"""Configurations that are what a trainer does when nobody says anything."""


def run(*arguments: object) -> str:
    result = CliRunner().invoke(bucket, [str(a) for a in arguments], obj=Session())
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(*arguments: object) -> Any:
    return json.loads(run(*arguments, "--json"))["sizes"]


def arguments_of(name: str) -> tuple[object, ...]:
    """Write a configuration as a person would type it."""
    recipe = CONFIGURATIONS[name]
    typed: list[object] = ["--trainer", recipe.trainer]
    typed += ["--resolution", f"{recipe.width}x{recipe.height}", "--step", recipe.step]
    if recipe.trainer in ("kohya", "nai"):
        typed += ["--min", recipe.min, "--max", recipe.max]
    if recipe.base_width:
        typed += ["--base", f"{recipe.base_width}x{recipe.base_height}"]
    if not recipe.upscale:
        typed.append("--no-upscale")
    return tuple(typed)


@pytest.mark.skipif(
    not SHARED or not GOLDEN.is_dir(), reason="CUTTINGROOM_SHARED has no golden tables"
)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_command_gives_every_golden_row(name: str) -> None:
    golden = golden_rows(name)
    sizes = [f"{row['width']}x{row['height']}" for row in golden]
    got = rows(*sizes, *arguments_of(name))
    if name in AS_RELEASED:
        assert got == rows(*sizes, *AS_RELEASED[name])
    for row, expected in zip(got, golden, strict=True):
        assert row["status"] == expected["status"]
        if expected["status"].startswith(("dropped", "error")):
            assert row["bucket"] == row["resized"] == row["crop"] == [0, 0]
            continue
        for column, prefix in (("bucket", "bucket"), ("resized", "resized"), ("crop", "crop")):
            assert row[column] == [int(expected[f"{prefix}_w"]), int(expected[f"{prefix}_h"])]
        if expected["crop_left"]:
            assert row["offset"] == [int(expected["crop_left"]), int(expected["crop_top"])]


def test_novelais_own_resolution_keeps_its_squares_at_512() -> None:
    (square,) = rows("900x900", "--trainer", "nai", "--resolution", "768x512")
    assert square["bucket"] == [512, 512]
    (square,) = rows("900x900", "--trainer", "nai", "--resolution", 1024)
    assert square["bucket"] == [1024, 1024]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("500x60", "--no-upscale"), "crashes kohya sd-scripts at its start"),
        (("8640x1080", "--trainer", "nai"), "leaves 8640×1080 out"),
        (("60x500", "--no-upscale"), "narrower than the step of 64"),
        (("5200x1080",), "overlapping pieces"),
        (("400x400",), "below the target"),
    ],
)
def test_what_a_person_should_know_is_said_in_words(arguments: tuple[str, ...], says: str) -> None:
    assert says in run(*arguments)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("1920x1080", "--resolution", "wide"), "is no size"),
        (("1920x1080", "--resolution", "0"), "is no size"),
        (("1920x1080", "--resolution", "1536"), "kohya refuses max 1024"),
        (("1920x1080", "--min", "9"), "min"),
        (("1920x1080", "--step", "0"), "step"),
        (("1920x1080", "--trainer", "everydream2", "--resolution", "640"), "known for 512"),
        (("99999999x10",), "is no size"),
    ],
)
def test_settings_that_no_trainer_would_take_are_refused(
    arguments: tuple[str, ...], says: str
) -> None:
    result = CliRunner().invoke(bucket, arguments, obj=Session())
    assert result.exit_code != 0
    assert says in f"{result.output}{result.exception}"


def test_the_json_tells_per_picture_what_is_seen_what_is_close_and_what_helps() -> None:
    wide, trimmed, crash = rows("8640x1080", "1917x1073", "20000x100", "--no-upscale")
    assert wide["seen"] == [0, 0, 8640, 1080]
    (hd,) = rows("1920x1080", "--trainer", "kohya", "--resolution", 512)
    assert hd["seen"] == [59, 0, 1799, 1080], "pixels of the picture itself"
    assert any("trim 5 px" in remark["text"] for remark in trimmed["remarks"])
    assert len(wide["pieces"]) == 5
    assert (crash["seen"], crash["status"]) == (None, "error:ZeroDivisionError")
    assert crash["remarks"][0]["level"] == "error"
