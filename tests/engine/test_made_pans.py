from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.made_pans import CASES, posts
from benchmarks.pan_shots import Pan, course, make_case
from engine.footage.sources import open_source
from tests.synthetic import texture

ART = texture(260, 900)
PAN = Pan("small", "none", course((20, 20, 1), (420, 20, 1), 24), size=(320, 180))


def made(pan: Pan, folder: Path) -> dict[str, object]:
    make_case(pan, ART, folder)
    told: dict[str, object] = json.loads((folder / "case.json").read_text())
    return told


def test_a_made_pan_shows_the_art_where_its_case_says_within_30_db(tmp_path: Path) -> None:
    case = made(PAN, tmp_path)
    assert case["frame_psnr"] == pytest.approx(35, abs=8)
    with open_source(tmp_path / "clip.mp4") as footage:
        (_, frame), *_ = footage.read([12])
    truth = cv2.imread(str(tmp_path / "gt.webp"), cv2.IMREAD_COLOR)
    assert truth is not None
    origin, camera = case["gt_origin"], case["cams"]
    assert isinstance(origin, list)
    assert isinstance(camera, list)
    x, y = (round(c - o) for c, o in zip(camera[12][:2], origin, strict=True))
    there = truth[y : y + 180, x : x + 320].astype(np.float32)
    assert 10 * np.log10(65025 / np.mean((frame - there) ** 2)) > 25


def test_a_pan_is_made_the_same_again(tmp_path: Path) -> None:
    pan = replace(PAN, grain=4.0)
    assert made(pan, tmp_path / "a") == made(pan, tmp_path / "b")
    first, second = (tmp_path / name / "clip.mp4" for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_what_a_post_hides_throughout_is_not_scored(tmp_path: Path) -> None:
    still = replace(PAN, fronts=(posts(1.0, 260, 40, "303030"),))
    made(still, tmp_path)
    mask = cv2.imread(str(tmp_path / "mask.png"), cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    assert 0.03 < (mask == 128).mean() < 0.4


def test_cases_have_names_of_their_own() -> None:
    assert len({pan.name for pan in CASES}) == len(CASES) >= 36
