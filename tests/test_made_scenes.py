"""What the made films say of themselves is what they show."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.scene_props import backdrop, camera
from benchmarks.scene_stage import Card, Film, Shot, draw_film, lay_out, write_film
from benchmarks.scenes_quality import Count, score_cuts, score_gradual
from engine.analysis.shots import analyse_shots
from engine.footage.sources import open_source
from engine.values import Camera

SIZE = (320, 180)


def _film() -> Film:
    town = Card(lambda _: backdrop("town", 1, 700, 400))
    sea = Card(lambda _: backdrop("sea", 2, 500, 300))
    return Film(
        "small",
        [
            Shot("pan_right", camera(30, (90, 0), rests=(5, 5)), [town]),
            Shot("static", camera(24), [sea]),
            Shot("tilt_up", camera(40, (0, -60)), [town], entry=("dissolve", 8)),
            Shot("static", camera(24), [sea], entry=("fade", 6, 2, 6, 0)),
        ],
        SIZE,
    )


def test_the_truth_of_a_made_film_counts_its_frames() -> None:
    slots, truth = lay_out(_film())
    assert len(slots) == 30 + 24 + 40 - 8 + 2 + 24
    assert truth["cuts"] == [30]
    assert truth["gradual"] == [[46, 53], [80, 85], [88, 93]]
    spans = [(shot["start"], shot["end"]) for shot in truth["shots"]]
    assert spans == [(0, 29), (30, 49), (50, 86), (87, len(slots) - 1)]
    assert all(a[1] + 1 == b[0] for a, b in pairwise(spans))


def test_a_made_backdrop_moves_as_its_truth_says_within_half_a_pixel() -> None:
    film = _film()
    slots, truth = lay_out(film)
    (move,) = truth["shots"][0]["moves"]
    assert move["dx"] == pytest.approx(-90, abs=1)
    frames = list(draw_film(film, slots, 1))
    window = cv2.createHanningWindow(SIZE, cv2.CV_32F)
    grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.float32) for frame in frames]
    gone = sum(cv2.phaseCorrelate(a, b, window)[0][0] for a, b in pairwise(grey[:30]))
    assert gone == pytest.approx(move["dx"], abs=0.5 * 10)
    assert np.array_equal(frames[0], frames[4])


def test_a_made_film_is_read_as_what_it_is(tmp_path: Path) -> None:
    film = _film()
    slots, truth = lay_out(film)
    write_film(film, tmp_path / "small.mp4", draw_film(film, slots, 1))
    with open_source(tmp_path / "small.mp4") as footage:
        shots = list(analyse_shots(footage.reduced(640), scale=1.0, size=footage.size))
    assert [shot.motion.camera for shot in shots] == [Camera(s["camera"]) for s in truth["shots"]]


def test_a_cut_one_frame_off_is_right_and_two_are_wrong() -> None:
    assert score_cuts([11, 40], [10, 42]) == Count(1, 1, 1)
    assert score_gradual([(5, 9)], [(9, 12), (20, 30)]) == Count(1, 0, 1)
