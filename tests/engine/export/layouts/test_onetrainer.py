import json
from pathlib import Path

from engine.export.layouts.onetrainer import write_onetrainer
from tests.engine.export.layouts.made import made_dataset


def test_each_kind_is_a_concept_with_its_repeats(tmp_path: Path) -> None:
    (path,) = write_onetrainer(made_dataset(tmp_path, crop=2))
    assert path.name == "concepts.json"
    crop, keeper = json.loads(path.read_text())
    assert (crop["path"], crop["balancing"]) == (f"{tmp_path}/crop", 2.0)
    assert (keeper["path"], keeper["balancing"]) == (f"{tmp_path}/keeper", 1.0)
    assert crop["balancing_strategy"] == "REPEATS"
    assert isinstance(crop["balancing"], float)
    assert crop["text"]["prompt_source"] == "sample"


def test_its_defaults_that_would_move_or_mirror_a_chosen_crop_are_off(tmp_path: Path) -> None:
    (path,) = write_onetrainer(made_dataset(tmp_path))
    for concept in json.loads(path.read_text()):
        assert concept["image"] == {"enable_crop_jitter": False, "enable_random_flip": False}


def test_two_exports_are_the_same_bytes_and_kinds_have_seeds_of_their_own(tmp_path: Path) -> None:
    (path,) = write_onetrainer(made_dataset(tmp_path))
    first = path.read_bytes()
    write_onetrainer(made_dataset(tmp_path))
    assert path.read_bytes() == first
    crop, keeper = json.loads(first)
    assert crop["seed"] != keeper["seed"]
