from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from engine.buckets.presets import TARGETS, recipe_for
from engine.export.layouts.ai_toolkit import ai_toolkit_config, write_ai_toolkit
from tests.engine.export.layouts.made import NASTY, made_dataset


def process(text: str) -> Any:
    (process,) = yaml.safe_load(text)["config"]["process"]
    return process


def test_the_job_lists_each_kind_with_its_repeats_at_one_resolution() -> None:
    job = ai_toolkit_config(made_dataset(Path("/d"), crop=2), recipe_for("sdxl", "ai-toolkit"))
    crop, keeper = process(job)["datasets"]
    assert (crop["folder_path"], crop["num_repeats"]) == ("/d/crop", 2)
    assert (keeper["folder_path"], keeper["num_repeats"]) == ("/d/keeper", 1)
    assert crop["resolution"] == [1024]
    assert crop["caption_ext"] == "txt"
    assert crop["buckets"] is True
    assert "trigger_word" not in process(job)


def test_its_outline_is_that_of_ai_toolkits_own_examples() -> None:
    job = yaml.safe_load(ai_toolkit_config(made_dataset(Path("/d")), TARGETS["sd1"]))
    assert job["job"] == "extension"
    assert job["config"]["name"] == "castle-sd1"
    assert job["config"]["process"][0]["type"] == "sd_trainer"


def test_no_name_of_a_folder_is_misread_and_no_trigger_taken_for_a_number() -> None:
    dataset = made_dataset(Path(NASTY), trigger="1e3")
    found = process(ai_toolkit_config(dataset, TARGETS["sdxl"]))
    assert found["datasets"][0]["folder_path"] == f"{NASTY}/crop"
    assert found["trigger_word"] == "1e3"


def test_there_is_a_job_for_each_target(tmp_path: Path) -> None:
    names = [path.name for path in write_ai_toolkit(made_dataset(tmp_path, ("sdxl", "sd1")))]
    assert names == ["ai-toolkit.sdxl.yaml", "ai-toolkit.yaml", "ai-toolkit.sd1.yaml"]
