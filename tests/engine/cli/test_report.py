"""The report command: on every kind of thing, and beside what a training run really made."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from engine.cli.buckets import report
from engine.cli.reporting import Session

LOG = """[Dataset 0]
loading image sizes.
make buckets
number of images (including repeats)
bucket 0: resolution (1024, 1024), count: 2
bucket 1: resolution (1024, 576), count: 3
mean ar error (without repeats): 0.0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        Image.new("RGB", (1920, 1080)).save(tmp_path / f"wide{number}.png")
    for number in range(2):
        Image.new("RGB", (1080, 1080)).save(tmp_path / f"square{number}.png")
    (tmp_path / "log.txt").write_text(LOG)
    return tmp_path


def run(*arguments: object, pasted: str = "") -> Result:
    return CliRunner().invoke(report, [str(a) for a in arguments], obj=Session(), input=pasted)


def as_json(*arguments: object, pasted: str = "") -> Any:
    result = run(*arguments, "--json", pasted=pasted)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_three_targets_are_reported_unless_some_are_named(folder: Path) -> None:
    targets = [r["target"] for r in as_json(folder)["reports"]]
    assert targets == ["sd1", "nai", "sdxl"]
    assert len(as_json(folder, "--target", "sdxl,sd1")["reports"]) == 2


def test_every_setting_of_a_trainer_can_be_changed(folder: Path) -> None:
    settings = ("--target", "nai", "--min", 320, "--max", 960)
    (made,) = as_json(folder, *settings)["reports"]
    buckets = {tuple(row["bucket"]): row["pictures"] for row in made["buckets"]}
    assert buckets == {(960, 512): 3, (768, 768): 2}
    (made,) = as_json(folder, "--target", "sdxl", "--trainer", "onetrainer", "--resolution", 512,
                      "--step", 8)["reports"]  # fmt: skip
    assert {tuple(row["bucket"]) for row in made["buckets"]} == {(680, 384), (512, 512)}


def test_a_log_says_that_it_was_trained_with_another_largest_side(folder: Path) -> None:
    text = run(folder, "--target", "sdxl", "--compare", folder / "log.txt").output
    assert "max_bucket_reso 1024 instead of 2048: then all 2 buckets agree" in text
    assert "1344×768" in text
    (found,) = as_json(folder, "--target", "sdxl", "--max", 1024, "--min", 256, "--compare",
                       folder / "log.txt")["compared"]  # fmt: skip
    assert found["agrees"] is True


def test_a_log_may_be_pasted(folder: Path) -> None:
    (found,) = as_json(folder, "--target", "sdxl", "--compare", "-", pasted=LOG)["compared"]
    assert found["agrees"] is False
    assert {"bucket": [1024, 576], "ours": 0, "theirs": 3} in found["buckets"]


def test_what_a_lora_says_of_its_buckets_is_compared(folder: Path) -> None:
    info = {"buckets": {"0": {"resolution": [1024, 1024], "count": 2},
                        "1": {"resolution": [1344, 768], "count": 3}}}  # fmt: skip
    header = json.dumps({"__metadata__": {"ss_bucket_info": json.dumps(info)}}).encode()
    lora = folder / "knight.safetensors"
    lora.write_bytes(len(header).to_bytes(8, "little") + header)
    (found,) = as_json(folder, "--target", "sdxl", "--compare", lora)["compared"]
    assert found["agrees"] is True
    (folder / "info.json").write_text(json.dumps(info))
    (found,) = as_json(folder, "--target", "sdxl", "--compare", folder / "info.json")["compared"]
    assert found["agrees"] is True


@pytest.mark.parametrize(
    ("content", "says"),
    [("nothing of the sort", "no line like"), ('{"a": 1}', "no buckets"), ("{", "not JSON")],
)
def test_what_is_no_training_run_is_said_to_be_none(folder: Path, content: str, says: str) -> None:
    (folder / "odd.txt").write_text(content)
    result = run(folder, "--compare", folder / "odd.txt")
    assert result.exit_code != 0
    assert says in str(result.exception)


def test_a_csv_has_a_row_for_each_picture_and_target(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(folder, "--csv").stdout)))
    assert len(rows) == 15
    assert {row["target"] for row in rows} == {"sd1", "nai", "sdxl"}


def test_a_page_is_written_and_named(folder: Path) -> None:
    page = folder / "report.html"
    assert f"{page}: 5 pictures" in run(folder, "--html", page).output
    text = page.read_text(encoding="utf-8")
    assert "data:image/jpeg;base64," in text
    assert "http" not in text.replace("http-equiv", "")
