"""Cameras before walls and skies that show next to nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.values import Camera, Image
from tests.engine.analysis.footage import SIZE, analyse, compressed, walker
from tests.synthetic import texture, window

COUNT = 60


def wall(places: list[tuple[float, float]], contrast: float) -> list[Image]:
    """A camera that stands at each place over a wall with this much of a picture's contrast."""
    picture = cv2.GaussianBlur(texture(600, 900, seed=61), (0, 0), 2).astype(np.float32)
    faint = np.clip(150 + contrast * (picture - picture.mean()), 0, 255).astype(np.uint8)
    return [window(faint, x, y, SIZE) for x, y in places]


def stands(count: int = COUNT) -> list[tuple[float, float]]:
    return [(250.0, 200.0)] * count


def with_somebody(frames: list[Image]) -> list[Image]:
    """The same frames, with a patterned figure that sways in the middle of the picture."""
    out = []
    for count, frame in enumerate(frames):
        picture = frame.copy()
        x = round(130 + 4 * np.sin(0.4 * count))
        picture[40:175, x : x + 60] = texture(135, 60, seed=99)
        out.append(picture)
    return out


@pytest.mark.parametrize("contrast", [0.0, 0.06])
def test_somebody_who_crosses_a_plain_wall_does_not_move_the_camera(contrast: float) -> None:
    (shot,) = analyse(compressed(walker(wall(stands(), contrast), step=5.0), 90))
    assert shot.motion.camera is Camera.STATIC
    assert np.abs(shot.motion.path).max() == 0
    assert shot.motion.foreground_share > 0.1


def test_somebody_who_sways_before_a_plain_wall_does_not_shake_the_camera() -> None:
    (shot,) = analyse(with_somebody(wall(stands(), 0.0)))
    assert shot.motion.camera is Camera.STATIC


def test_something_large_that_sways_between_sides_that_stay_does_not_shake_the_camera() -> None:
    large = texture(SIZE[1], SIZE[0], seed=8)
    frames = []
    for count, place in enumerate(wall(stands(), 0.06)):
        picture = place.copy()
        x, y = round(30 + 9 * np.sin(0.25 * count)), round(5 + 5 * np.sin(0.4 * count))
        picture[40:, 60:-60] = large[y : y + SIZE[1] - 40, x : x + SIZE[0] - 120]
        frames.append(picture)
    (shot,) = analyse(frames)
    assert shot.motion.camera is Camera.STATIC
    assert np.abs(shot.motion.path).max() == 0


def test_something_large_that_comes_closer_between_sides_that_stay_is_no_zoom() -> None:
    large = texture(SIZE[1] - 40, SIZE[0] - 120, seed=8)
    height, width = large.shape[:2]
    frames = []
    for count, place in enumerate(wall(stands(), 0.06)):
        picture = place.copy()
        closer = 1 + 0.12 * min(max(0, count - 20), 14) / 14
        move = cv2.getRotationMatrix2D((width / 2, height / 2), 0, closer)
        picture[40:, 60:-60] = cv2.warpAffine(large, move, (width, height))
        frames.append(picture)
    (shot,) = analyse(frames)
    assert shot.motion.camera is Camera.STATIC


def test_a_hand_that_shakes_all_of_a_place_behind_somebody_is_not_taken_for_rest() -> None:
    at = np.arange(COUNT)
    places = np.column_stack([250 + 9 * np.sin(0.25 * at), 200 + 5 * np.sin(0.4 * at)])
    (shot,) = analyse(with_somebody(wall([(x, y) for x, y in places.tolist()], 1.0)))
    assert shot.motion.camera is Camera.HANDHELD


def test_a_faint_wall_that_goes_by_behind_somebody_is_a_pan_to_two_percent() -> None:
    places = [(150 + 3.0 * i, 200.0) for i in range(COUNT)]
    (shot,) = analyse(with_somebody(wall(places, 0.08)))
    assert shot.motion.camera is Camera.PAN_RIGHT
    np.testing.assert_allclose(shot.motion.travel, (177, 0), atol=4)


def test_a_wall_too_faint_to_be_followed_is_seen_to_go_by() -> None:
    places = [(250.0, 300 - 2.5 * i) for i in range(COUNT)]
    (shot,) = analyse(wall(places, 0.02))
    assert shot.motion.camera is Camera.TILT_UP
    np.testing.assert_allclose(shot.motion.travel, (0, -147.5), atol=4)


def test_lines_that_lie_along_the_way_do_not_tell_how_far_a_camera_goes() -> None:
    rows = np.cumsum(np.random.default_rng(5).normal(0, 1.5, 600))
    bands = cv2.GaussianBlur(np.tile(rows[:, None], (1, 900)).astype(np.float32), (0, 0), 4)
    picture = np.repeat(np.clip(130 + bands, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    (shot,) = analyse([window(picture, 250, 300 - 2.5 * i, SIZE) for i in range(COUNT)])
    assert shot.motion.camera is Camera.TILT_UP
    assert abs(shot.motion.travel[0]) < 4


def test_a_plain_room_that_comes_closer_is_a_zoom_and_no_title() -> None:
    room = np.full((540, 960, 3), 170, np.uint8)
    for x, y in ((352, 235), (566, 250)):
        cv2.rectangle(room, (x, y), (x + 44, y + 30), (40, 60, 90), 3)
    scales = np.exp(np.linspace(0, 0.3, COUNT))
    frames = []
    for scale in scales:
        move = cv2.getRotationMatrix2D((480, 270), 0, float(scale))
        move[:, 2] -= np.array([480 - SIZE[0] / 2, 270 - SIZE[1] / 2])
        frames.append(np.asarray(cv2.warpAffine(room, move, SIZE), np.uint8))
    (shot,) = analyse(frames)
    assert shot.motion.camera is Camera.ZOOM_IN
