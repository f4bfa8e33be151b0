import tomllib
from pathlib import Path

import toml

from engine.buckets.presets import TARGETS
from engine.export.kohya import kohya_config, toml_string, write_kohya


def test_both_parsers_read_the_same_even_with_an_apostrophe_in_the_path() -> None:
    out = Path('/data/Howl\'s "Moving" Castle')
    text = kohya_config(out, ["crop", "keeper"], TARGETS["sdxl"])
    ours = tomllib.loads(text)
    assert toml.loads(text) == ours
    (dataset,) = ours["datasets"]
    assert [s["image_dir"] for s in dataset["subsets"]] == [f"{out}/crop", f"{out}/keeper"]
    assert ours["general"]["enable_bucket"] is True


def test_a_wide_frame_keeps_its_pixels_because_the_largest_side_is_written_out() -> None:
    for target in TARGETS.values():
        dataset = tomllib.loads(kohya_config(Path("/d"), ["crop"], target))["datasets"][0]
        assert dataset["max_bucket_reso"] >= 1.3 * max(dataset["resolution"])
        assert dataset["max_bucket_reso"] % dataset["bucket_reso_steps"] == 0
        assert dataset["min_bucket_reso"] <= min(dataset["resolution"])


def test_there_is_a_configuration_for_each_target_and_a_default(tmp_path: Path) -> None:
    written = write_kohya(tmp_path, ["crop"], [TARGETS["sdxl"], TARGETS["sd1"]])
    assert {path.name for path in written} == {
        "dataset_config.toml",
        "dataset_config.sdxl.toml",
        "dataset_config.sd1.toml",
    }
    first = (tmp_path / "dataset_config.toml").read_text()
    assert first == (tmp_path / "dataset_config.sdxl.toml").read_text()


def test_control_characters_are_escaped() -> None:
    quoted = toml_string("x\n\x1b")
    assert tomllib.loads(f"a = {quoted}")["a"] == "x\n\x1b"
