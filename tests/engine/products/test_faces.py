import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.products.faces import (
    CLEAR_SCORE,
    MODEL_NAME,
    align_face,
    expression_gap,
    find_face_model,
    find_faces,
)
from engine.values import Image
from tests.engine.products.drawn_faces import GASPING, SMILING, STERN, draw_face
from tests.synthetic import texture


def backdrop() -> Image:
    return np.asarray(cv2.GaussianBlur(texture(540, 960), (0, 0), 6), np.uint8)


def test_a_drawn_face_is_found_where_it_was_drawn() -> None:
    (face,) = find_faces(draw_face(backdrop(), (300, 240), 140))
    assert face.centre == pytest.approx((300, 247), abs=15)
    assert face.score > 0.8
    assert face.eye_line == pytest.approx(236, abs=8)


def test_two_faces_are_found_the_one_large_and_the_other_small() -> None:
    picture = draw_face(draw_face(backdrop(), (250, 250), 220), (760, 200), 80)
    found = find_faces(picture)
    assert sorted(round(face.centre[0], -1) for face in found) == [250, 760]


def test_faces_are_found_alike_whatever_sizes_were_looked_at_before() -> None:
    picture = draw_face(backdrop(), (300, 240), 140)
    first = find_faces(picture)
    for height in range(64, 704, 64):
        find_faces(picture[: min(height, 540), :640])
    assert find_faces(picture) == first


def test_a_landscape_has_no_face() -> None:
    assert not [face for face in find_faces(texture(540, 960)) if face.score >= 0.5]


def draw_clouds(seed: int) -> Image:
    """Draw clouds in which one can imagine things."""
    rng = np.random.default_rng(seed)
    clouds = np.zeros((360, 480, 3), np.float32)
    for grain in (4, 8, 16, 40, 80):
        fine = cv2.GaussianBlur(rng.normal(0, 1, (360, 480)).astype(np.float32), (0, 0), grain)
        clouds += fine[..., None] * grain * rng.uniform(0.3, 2) * np.array([0.7, 0.85, 1])
    return np.asarray(np.clip(110 + 40 * clouds / clouds.std(), 0, 255), np.uint8)


@pytest.mark.parametrize("seed", [0, 36, 73, 223])
def test_what_one_can_imagine_in_clouds_is_no_clear_face(seed: int) -> None:
    assert all(face.score < CLEAR_SCORE for face in find_faces(draw_clouds(seed)))


def test_a_face_at_the_edge_of_the_picture_is_found_as_surely_as_within() -> None:
    picture = np.full((360, 640, 3), 200, np.uint8)
    draw_face(picture, (60, 180), 150)
    (face,) = find_faces(picture)
    assert face.score >= CLEAR_SCORE
    assert abs(face.centre[0] - 60) < 15


@pytest.mark.parametrize("size", [(1, 500), (500, 1), (9, 300), (40, 900)])
def test_a_strip_has_no_face_whatever_was_looked_at_before(size: tuple[int, int]) -> None:
    """The network says anything of a picture that it sees so small."""
    for seed in range(4):
        find_faces(texture(240, 320, seed=seed))
        assert find_faces(texture(*size, seed=seed)) == []


def test_without_a_model_there_are_no_faces_and_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site-packages" not in p])
    assert find_face_model() is None
    assert find_faces(draw_face(backdrop(), (300, 240), 140)) == []


def test_the_users_own_model_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shipped = find_face_model()
    assert shipped is not None
    own, data = tmp_path / "own", tmp_path / "data"
    for folder in (own, data / "cuttingroom" / "models"):
        folder.mkdir(parents=True)
        (folder / MODEL_NAME).write_bytes(shipped.read_bytes())
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    assert find_face_model() == data / "cuttingroom" / "models" / MODEL_NAME
    monkeypatch.setenv("CUTTINGROOM_MODELS", str(own))
    assert find_face_model() == own / MODEL_NAME


def test_one_expression_in_two_places_differs_less_than_any_two_expressions() -> None:
    aligned = {}
    for expression in (SMILING, STERN, GASPING):
        for centre, size in (((300, 240), 140), ((520, 300), 120)):
            picture = draw_face(backdrop(), centre, size, expression)
            aligned[expression, size] = align_face(picture, find_faces(picture)[0])
    same = [expression_gap(aligned[e, 140], aligned[e, 120]) for e in (SMILING, STERN, GASPING)]
    other = [
        expression_gap(aligned[a, 140], aligned[b, 140])
        for a, b in ((SMILING, STERN), (SMILING, GASPING), (STERN, GASPING))
    ]
    assert max(same) < 0.12 < min(other)
