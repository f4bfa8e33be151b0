"""Frames of a nearly still camera: told to be still, or lined up."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.alignment import estimate_shifts, shifted, shifted_plane
from engine.values import AnyArray, Luma

_STILLNESS = 0.15


def _room() -> AnyArray:
    """Draw a place with corners all over, four times as large as it is looked at."""
    chance = np.random.default_rng(7)
    room = np.full((1280, 1920), 120, np.uint8)
    for _ in range(300):
        x, y = (int(v) for v in chance.integers(0, (1800, 1200)))
        width, height = (int(v) for v in chance.integers(40, 200, 2))
        level = int(chance.integers(20, 230))
        cv2.rectangle(room, (x, y), (x + width, y + height), level, -1)
    return room


def _seen(room: AnyArray, x: float, y: float, seed: int, noise: float = 2.0) -> Luma:
    """Look at it from ``(x, y)`` pixels further left and up, through grain."""
    move = np.array([[1, 0, 4 * x], [0, 1, 4 * y]], np.float64)
    moved = cv2.warpAffine(room, move, room.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    small = cv2.resize(moved, (480, 320), interpolation=cv2.INTER_AREA).astype(np.float32)
    grain = np.random.default_rng(seed).normal(0, noise, small.shape)
    return np.asarray(np.clip(np.rint(small + grain), 0, 255), np.uint8)


def test_a_grainy_shot_through_which_somebody_walks_stands_still() -> None:
    room = _room()
    frames = [_seen(room, 0, 0, seed) for seed in range(14)]
    for index, frame in enumerate(frames):
        frame[60:300, 30 * index : 30 * index + 90] = 35
    assert estimate_shifts(frames, _STILLNESS) is None


def test_one_frame_that_is_a_third_of_a_pixel_off_is_found() -> None:
    room = _room()
    frames = [_seen(room, 0.34 * (index == 0), 0, index) for index in range(9)]
    shifts = estimate_shifts(frames, _STILLNESS)
    assert shifts is not None
    np.testing.assert_allclose(shifts[0], (0.34, 0), atol=0.08)
    np.testing.assert_allclose(shifts[1:], 0, atol=0.08)


def test_a_frame_that_moved_is_found_behind_something_even_that_covers_most_of_it() -> None:
    room = _room()
    frames = [_seen(room, 4.0 * (index == 8), 0, index) for index in range(9)]
    frames[8][:, :300] = 128
    shifts = estimate_shifts(frames, _STILLNESS)
    assert shifts is not None
    np.testing.assert_allclose(shifts[8], (4, 0), atol=0.1)


def test_shake_is_found_to_a_tenth_of_a_pixel() -> None:
    room = _room()
    moves = np.random.default_rng(3).normal(0, 4, (9, 2))
    moves[4] = 0
    frames = [_seen(room, x, y, index) for index, (x, y) in enumerate(moves)]
    shifts = estimate_shifts(frames, _STILLNESS)
    assert shifts is not None
    np.testing.assert_allclose(shifts, moves, atol=0.1)


def test_a_frame_moved_by_whole_pixels_is_copied_and_its_edges_are_repeated() -> None:
    picture = np.arange(48, dtype=np.uint8).reshape(6, 8)
    rows, columns = np.clip(np.arange(6) - 2, 0, 5), np.clip(np.arange(8) + 3, 0, 7)
    moved = shifted(picture, np.array([3.0, -2.0], np.float32))
    np.testing.assert_array_equal(moved, picture[np.ix_(rows, columns)])
    far = shifted(picture, np.array([20.0, 0.0], np.float32))
    np.testing.assert_array_equal(far, np.repeat(picture[:, -1:], 8, axis=1))


def test_the_place_is_followed_where_most_of_the_picture_never_rests() -> None:
    room = _room()
    frames = [_seen(room, 0.5 * abs(index - 4), 0, index) for index in range(9)]
    chance = np.random.default_rng(3)
    for frame in frames:
        water = chance.integers(0, 255, (32, 30)).astype(np.uint8)
        frame[:, 170:] = cv2.resize(water, (310, 320), interpolation=cv2.INTER_NEAREST)
    shifts = estimate_shifts(frames, _STILLNESS)
    assert shifts is not None
    np.testing.assert_allclose(shifts[:, 0], 0.5 * np.abs(np.arange(9) - 4), atol=0.15)


def test_a_plane_moved_in_less_time_is_the_same_within_a_level_or_two() -> None:
    picture = cv2.GaussianBlur(_seen(_room(), 0, 0, 1, noise=0), (0, 0), 1)
    for shift in ((0.3, -1.6), (-5.45, 2.5), (0.5, 0.02)):
        exact = shifted(picture, np.array(shift, np.float32)).astype(np.int16)
        apart = np.abs(exact - shifted_plane(picture, np.array(shift, np.float32)))
        assert apart.max() <= 2
        assert apart.mean() < 0.3
    whole = np.array([3.01, -2.0], np.float32)
    assert (shifted_plane(picture, whole) == shifted(picture, whole)).all()


def _dunes(walked: float) -> Luma:
    """Draw a place of flat colours, which has hardly any corners, and three in checked coats."""
    picture = np.full((180, 320), 150, np.uint8)
    flat = (((250, 200), (140, 110), 20, 90), ((60, 30), (50, 20), 0, 210))
    for centre, axes, tilt, level in (*flat, ((170, 60), (60, 20), 0, 210)):
        cv2.ellipse(picture, centre, axes, tilt, 0, 360, level, -1, cv2.LINE_AA)
    for k in range(3):
        checks = np.random.default_rng(k).integers(20, 235, (10, 4), np.uint8)
        coat = cv2.resize(checks, (20, 44), interpolation=cv2.INTER_NEAREST)
        x = round(walked) + 55 * k - 90
        left, right = max(0, x), min(320, x + 20)
        if left < right:
            picture[100:144, left:right] = coat[:, left - x : right - x]
    return picture


def test_people_who_walk_through_a_flat_place_do_not_move_it() -> None:
    assert estimate_shifts([_dunes(6.0 * index) for index in range(24)], 0.3) is None
