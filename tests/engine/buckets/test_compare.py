from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.buckets.compare import compare, read_bucket_info, read_log, read_lora
from engine.buckets.measure import Picture
from engine.buckets.presets import TARGETS
from engine.buckets.tally import Tally, count_up
from engine.errors import SourceError
from engine.recipe import ReportRecipe
from tests.engine.buckets.configurations import CONFIGURATIONS
from tests.engine.buckets.test_report import film

SHARED = Path(os.environ.get("CUTTINGROOM_SHARED", "")) / "golden" / "buckets" / "datasets.json"


def log_of(tally: Tally) -> str:
    lines = [
        f"INFO     bucket {k}: resolution {row.size}, count: {row.batches.count}   train_util.py"
        for k, row in enumerate(tally.buckets)
    ]
    return "\n".join([*lines, f"mean ar error (without repeats): {tally.aspect_error}"])


def info_of(tally: Tally) -> str:
    buckets = {
        str(k): {"resolution": list(row.size), "count": row.batches.count}
        for k, row in enumerate(tally.buckets)
    }
    return json.dumps({"buckets": buckets, "mean_img_ar_error": tally.aspect_error})


def tally_of(recipe: ReportRecipe) -> Tally:
    return count_up(film(), recipe)


def test_a_log_of_the_same_run_agrees() -> None:
    tally = tally_of(TARGETS["sdxl"])
    trained = read_log(log_of(tally))
    assert trained.aspect_error == tally.aspect_error
    result = compare(tally, trained)
    assert result.agrees
    assert result.rows[0] == ((1024, 1024), 6, 6)


def test_metadata_of_a_lora_agrees(tmp_path: Path) -> None:
    tally = tally_of(TARGETS["sdxl"])
    assert compare(tally, read_bucket_info(info_of(tally))).agrees
    sets = json.dumps([{"resolution": [1024, 1024], "bucket_info": json.loads(info_of(tally))}])
    header = json.dumps({"__metadata__": {"ss_datasets": sets}}).encode()
    lora = tmp_path / "a.safetensors"
    lora.write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 100)
    assert compare(tally, read_lora(lora)).agrees


def test_forgotten_settings_are_found_out() -> None:
    meant = tally_of(TARGETS["sdxl"])
    real = tally_of(CONFIGURATIONS["kohya_sdxl_1024_clidefault"])
    result = compare(meant, read_log(log_of(real)))
    assert not result.agrees
    assert "max_bucket_reso 1024 instead of 2048" in result.text
    noup = tally_of(CONFIGURATIONS["kohya_sdxl_1024_noup_s64"])
    assert "bucket_no_upscale" in compare(meant, read_log(log_of(noup))).text


def test_other_repeats_are_found_out() -> None:
    tally = tally_of(TARGETS["sdxl"])
    ten = count_up([replace(p, repeats=10) for p in film()], TARGETS["sdxl"])
    assert "10 times as full" in compare(tally, read_log(log_of(ten))).text


def test_other_pictures_are_found_out() -> None:
    tally = tally_of(TARGETS["sdxl"])
    more = count_up([*film(), Picture("x.png", (300, 900))], TARGETS["sdxl"])
    assert "it trained 46 pictures, here are 45" in compare(tally, read_log(log_of(more))).text


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"buckets": {"0": 3}}', "[" * 9999])
def test_what_tells_of_no_buckets_is_refused_in_words(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no line like"):
        read_log(text)
    with pytest.raises(SourceError, match="ss_bucket_info"):
        read_bucket_info(text)
    (tmp_path / "a.safetensors").write_text(text)
    with pytest.raises(SourceError, match="is no LoRA"):
        read_lora(tmp_path / "a.safetensors")


@pytest.mark.skipif(not SHARED.is_file(), reason="CUTTINGROOM_SHARED has no golden tables")
def test_kohyas_own_log_lines_are_read_and_agree() -> None:
    for dataset in json.loads(SHARED.read_text()).values():
        pictures = [
            Picture(str(row["id"]), (row["width"], row["height"]), "", row["repeats"])
            for row in dataset["images"]
        ]
        for name, expected in dataset["results"].items():
            if "log" in expected:
                trained = read_log("\n".join(expected["log"]))
                assert compare(count_up(pictures, CONFIGURATIONS[name]), trained).agrees
