"""kohya's own rules, said again here: what its parser reads and its schema takes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import toml
from voluptuous import Any as Either
from voluptuous import ExactSequence, MultipleInvalid, Required, Schema

from engine.buckets.presets import TARGETS
from engine.export.layouts.kohya import kohya_config, write_kohya
from engine.recipe import ReportRecipe, changed
from tests.engine.export.layouts.made import NASTY, made_dataset

NUMBER = Either(float, int)
SUBSET_OPTIONS: dict[Any, Any] = {
    "num_repeats": int,
    "shuffle_caption": bool,
    "keep_tokens": int,
    "keep_tokens_separator": str,
    "secondary_separator": str,
    "caption_separator": str,
    "enable_wildcard": bool,
    "color_aug": bool,
    "flip_aug": bool,
    "random_crop": bool,
    "face_crop_aug_range": ExactSequence([float, float]),
    "caption_prefix": str,
    "caption_suffix": str,
    "token_warmup_min": int,
    "token_warmup_step": NUMBER,
    "caption_dropout_rate": NUMBER,
    "caption_dropout_every_n_epochs": int,
    "caption_tag_dropout_rate": NUMBER,
    "caption_extension": str,
    "class_tokens": str,
    "cache_info": bool,
    "resize_interpolation": str,
}
DATASET_OPTIONS: dict[Any, Any] = {
    "batch_size": int,
    "resolution": Either(int, ExactSequence([int, int])),
    "enable_bucket": bool,
    "min_bucket_reso": int,
    "max_bucket_reso": int,
    "bucket_reso_steps": int,
    "bucket_no_upscale": bool,
    "network_multiplier": float,
}
SUBSET: dict[Any, Any] = {
    **SUBSET_OPTIONS,
    Required("image_dir"): str,
    "is_reg": bool,
    "alpha_mask": bool,
}
KOHYA = Schema(
    {
        "general": {**DATASET_OPTIONS, **SUBSET_OPTIONS},
        "datasets": [{**DATASET_OPTIONS, **SUBSET_OPTIONS, "subsets": [SUBSET]}],
    }
)


def loaded(text: str) -> Any:
    """Read as kohya's trainer does, having seen that every parser reads the same."""
    ours = tomllib.loads(text)
    assert toml.loads(text) == ours
    return KOHYA(ours)


def config(recipe: ReportRecipe, crop: int = 1) -> Any:
    return loaded(kohya_config(made_dataset(Path("/d"), crop=crop), recipe))


def test_the_schema_said_again_refuses_what_kohya_refuses() -> None:
    for wrong in ({"enable_buckets": True}, {"resolution": [1024.0, 1024]}, {"num_repeats": 3.0}):
        with pytest.raises(MultipleInvalid):
            KOHYA({"general": wrong})


def test_kohya_takes_the_file_and_finds_a_subset_with_repeats_for_each_kind() -> None:
    (dataset,) = config(TARGETS["sdxl"], crop=3)["datasets"]
    assert dataset["subsets"] == [
        {"image_dir": "/d/crop", "num_repeats": 3},
        {"image_dir": "/d/keeper", "num_repeats": 1},
    ]


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.target)
def test_a_wide_frame_keeps_its_pixels_because_the_largest_side_is_written_out(
    target: ReportRecipe,
) -> None:
    found = config(target)
    dataset = found["datasets"][0]
    assert found["general"]["enable_bucket"] is True
    assert dataset["max_bucket_reso"] >= 1.3 * max(dataset["resolution"])
    assert dataset["max_bucket_reso"] % dataset["bucket_reso_steps"] == 0
    assert dataset["min_bucket_reso"] <= min(dataset["resolution"])


@pytest.mark.parametrize(
    "recipe",
    [
        changed(TARGETS["sdxl"], max=512),
        changed(TARGETS["sdxl"], min=1536, max=2048),
        changed(TARGETS["sdxl"], trainer="onetrainer", step=8),
        changed(TARGETS["sd1"], width=640, height=384, max=256),
    ],
    ids=["small max", "large min", "another trainer", "oblong"],
)
def test_odd_settings_still_pass_the_asserts_of_its_bucket_manager(recipe: ReportRecipe) -> None:
    (dataset,) = config(recipe)["datasets"]
    assert dataset["min_bucket_reso"] <= min(dataset["resolution"])
    assert dataset["max_bucket_reso"] >= max(dataset["resolution"])
    if recipe.target == "sdxl":
        assert dataset["bucket_reso_steps"] % 32 == 0


def test_no_name_of_a_folder_is_misread() -> None:
    text = kohya_config(made_dataset(Path(NASTY)), TARGETS["sdxl"])
    (dataset,) = loaded(text)["datasets"]
    assert [s["image_dir"] for s in dataset["subsets"]] == [f"{NASTY}/crop", f"{NASTY}/keeper"]


def test_there_is_a_configuration_for_each_target_and_a_default(tmp_path: Path) -> None:
    written = write_kohya(made_dataset(tmp_path, ("sdxl", "sd1")))
    assert {path.name for path in written} == {
        "dataset_config.toml",
        "dataset_config.sdxl.toml",
        "dataset_config.sd1.toml",
    }
    first = (tmp_path / "dataset_config.toml").read_text()
    assert first == (tmp_path / "dataset_config.sdxl.toml").read_text()
