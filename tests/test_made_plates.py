"""The made plates that quality is measured on are what their truth says they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks.made_plates import make_case, shot_of
from benchmarks.plate_cast import Actor
from benchmarks.plate_shots import Shot
from engine.footage.sources import open_source


def small(name: str, frames: int) -> Shot:
    """Take the first frames of a shot, with few people, at a quarter of the size."""
    shot = shot_of(name)
    cast = [
        Actor(replace(one.look, height=70), 170, tuple((f, x / 4) for f, x in one.way))
        for one in shot.cast[:2]
    ]
    return replace(shot, size=(320, 180), frames=frames, cast=cast, camera=shot.camera[:frames])


def read(folder: Path, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED), np.uint8)


def test_a_made_plate_is_seen_wherever_its_truth_says_so(tmp_path: Path) -> None:
    make_case(tmp_path / "stop60", small("stop60", 30), "")
    truth, seen = read(tmp_path / "stop60", "gt.png"), read(tmp_path / "stop60", "seen.png")
    with open_source(tmp_path / "stop60" / "shot.mp4") as reader:
        frames = [picture for _, picture in reader.read(range(30))]
    always = seen == 255
    assert always.mean() > 0.3
    assert (seen[~always] < 250).any()
    off = np.abs(np.stack(frames).mean(axis=3) - truth.mean(axis=2))
    assert np.percentile(off[:, always], 99) < 15
    assert (off.max(axis=0)[seen < 200] > 20).mean() > 0.6


def test_a_made_plate_is_the_same_each_time_and_says_what_it_is(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "shake", tmp_path / "b" / "shake"):
        make_case(folder, small("shake", 6), "shaken")
    facts = json.loads((tmp_path / "a" / "shake" / "case.json").read_text())
    assert facts["n"] == len(facts["coverage"]) == len(facts["cams"]) == 6
    assert facts["register"]
    for name in ("gt.png", "seen.png", "never.png", "case.json"):
        first, second = (tmp_path / side / "shake" / name for side in "ab")
        assert first.read_bytes() == second.read_bytes()
