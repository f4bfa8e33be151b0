from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.products.burnt_in import find_burnt_in
from engine.products.choices import Choices, decide_background
from engine.products.moves import find_moves
from engine.products.nearer import Nearer
from engine.products.occlusion import find_occlusion
from engine.products.placed import Placed, resample
from engine.products.rectangles import largest_rectangle
from engine.products.temporal import median_of, middle_of
from engine.values import Box, Camera, Image
from tests.synthetic import texture, window


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 12, 25])
def test_the_median_is_exact(count: int) -> None:
    samples = np.random.default_rng(count).integers(0, 256, (count, 9, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(median_of(samples), np.ceil(np.median(samples, axis=0)))
    np.testing.assert_array_equal(middle_of(samples), np.median(samples, axis=0))


@pytest.mark.parametrize("count", [2, 5, 8, 11])
def test_what_is_not_seen_never_darkens_the_median(count: int) -> None:
    rng = np.random.default_rng(count)
    samples = rng.integers(100, 110, (count, 12, 12, 3), dtype=np.uint8)
    seen = rng.random((count, 12, 12)) < 0.4
    middle = median_of(samples, seen)[seen.any(axis=0)]
    assert middle.min() >= 100
    assert middle.max() < 110


def test_the_largest_rectangle_of_a_staircase() -> None:
    mask = np.zeros((60, 90), np.bool_)
    mask[5:40, 10:60] = True
    mask[30:58, 50:85] = True
    assert largest_rectangle(mask) == Box(10, 5, 50, 35)


def test_the_rectangle_of_a_large_mask_is_exact_to_the_pixel() -> None:
    mask = np.zeros((1100, 3300), np.bool_)
    mask[7:1087, 13:3291] = True
    assert largest_rectangle(mask) == Box(13, 7, 3278, 1080)


def test_nothing_seen_has_no_rectangle() -> None:
    assert largest_rectangle(np.zeros((40, 40), np.bool_)) is None


def test_a_move_on_twos_is_one_move() -> None:
    path = np.zeros((100, 3))
    path[:, 0] = np.clip((np.arange(100) // 2) * 2 - 40, 0, 80) * 3.0
    (move,) = find_moves(path, (640, 360))
    assert move.camera is Camera.PAN_RIGHT
    assert 10 <= move.start <= 45
    assert 55 <= move.stop <= 100


def test_a_slow_zoom_is_a_move() -> None:
    path = np.zeros((80, 3))
    path[:, 2] = np.linspace(0, 0.2, 80)
    (move,) = find_moves(path, (640, 360))
    assert move.camera is Camera.ZOOM_IN
    assert move.growth((640, 360)) == pytest.approx(np.exp(0.4), rel=0.02)


def placed_across(pictures: list[Image], step: float) -> list[Placed]:
    return [Placed(i, one, step * i, 0.0) for i, one in enumerate(pictures)]


def test_a_strong_edge_that_goes_by_is_not_burnt_in() -> None:
    art = texture(200, 900, seed=5)
    cv2.rectangle(art, (300, 0), (420, 199), (20, 20, 250), -1)
    frames = [window(art, 9.0 * i, 20, (320, 160)) for i in range(30)]
    assert find_burnt_in(placed_across(frames, 9)) == [None] * 30


def test_a_subtitle_is_found_in_the_frames_that_carry_it_and_in_no_other() -> None:
    art = texture(200, 900, seed=5)
    frames = [window(art, 9.0 * i, 20, (320, 160)) for i in range(36)]
    for frame in frames[5:25]:
        cv2.putText(frame, "HELLO", (90, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255, 255, 255), 2)
    found = find_burnt_in(placed_across(frames, 9))
    part = slice(115, 145), slice(90, 190)
    white = (frames[10][part] == 255).all(axis=2)
    hidden = [0.0 if mask is None else float(mask[part][white].mean()) for mask in found]
    assert min(hidden[5:25]) > 0.98
    assert max(hidden[:5] + hidden[25:]) < 0.3
    assert all(mask is None or mask.mean() < 0.1 for mask in found)


@pytest.mark.parametrize(("left", "top"), [(3.3, -2.75), (-7.5, 0.4), (12.02, 5.5)])
def test_a_frame_between_pixels_is_drawn_as_a_general_lanczos_warp_draws_it(
    left: float, top: float
) -> None:
    picture = texture(90, 140, seed=5)
    drawn = resample(Placed(0, picture, left, top), Box(0, 0, 120, 80))
    move = np.array([[1, 0, round(left) if abs(left - round(left)) < 0.04 else left], [0, 1, top]])
    warped = cv2.warpAffine(picture, move, (120, 80), flags=cv2.INTER_LANCZOS4)
    # A general warp rounds to 32nds of a pixel.
    inside = slice(12, 70), slice(20, 110)
    assert cv2.absdiff(drawn, warped)[inside].max() <= 4


@pytest.mark.parametrize("scale", [1.004, 1.37, 2.9])
@pytest.mark.parametrize("shape", [(90, 140, 3), (90, 140)])
def test_an_enlarged_frame_is_drawn_as_a_general_lanczos_warp_draws_it(
    scale: float, shape: tuple[int, ...]
) -> None:
    picture = texture(90, 140, seed=5)[..., : shape[-1] if len(shape) == 3 else 1].reshape(shape)
    left, top = -7.3, 3.6
    box = Box(5, 3, 83, 77)
    drawn = resample(Placed(0, picture, left, top, scale), box)
    half = (scale - 1) / 2
    move = np.array([[scale, 0, left + half - box.x], [0, scale, top + half - box.y]])
    flags, border = cv2.INTER_LANCZOS4, cv2.BORDER_REPLICATE
    warped = cv2.warpAffine(picture, move, box.size, flags=flags, borderMode=border)
    # A general warp rounds to 32nds of a pixel.
    assert drawn.shape == warped.shape
    assert cv2.absdiff(drawn, warped)[1:].max() <= 4


def test_an_enlarged_frame_looks_the_same_whatever_parts_it_is_drawn_in() -> None:
    one = Placed(0, texture(90, 140, seed=6), -4.4, 2.7, 1.21)
    whole = resample(one, Box(0, 0, 150, 100))
    for box in (Box(0, 0, 31, 17), Box(37, 5, 64, 95), Box(149, 99, 1, 1)):
        np.testing.assert_array_equal(resample(one, box), whole[box.slices])


@pytest.mark.parametrize(("x", "shown"), [(-40, 0), (-29, 1), (0, 30), (45, 15), (70, 0)])
def test_a_layer_is_where_its_speed_has_taken_it_however_far(x: int, shown: int) -> None:
    layer = Nearer(np.zeros((1, 20, 30), np.bool_), ((2.0, (0, 0), np.ones((20, 60), np.bool_)),))
    assert layer.predicted((30, 20), np.array([x, 0.0])).sum() == shown * 20


@pytest.mark.parametrize("frames", [120, 300])
def test_what_is_behind_a_figure_is_told_of_however_many_frames(frames: int) -> None:
    art = texture(30, 80)
    placed = []
    for number in range(frames):
        left = 40 * (number % 2)
        picture = art[:, left : left + 40].copy()
        if number % 20 < 3:
            # Around the figure, something else now and then: no two alike.
            picture[6:24, 10:30] = number * 37 % 256
        elif number % 20 < 11:
            picture[8:22, 12:28] = 255
        placed.append(Placed(number, picture, left, 0))
    found = find_occlusion(placed, (80, 30))
    assert np.abs(found.background.astype(int) - art).mean() < 1
    assert found.covered.any(axis=0).sum() > 2 * 14 * 16


def test_one_frame_that_is_cleaner_than_all_others_does_not_tell_what_is_behind() -> None:
    side, frames = 15, 8
    rng = np.random.default_rng(2)
    member = np.zeros((3, frames, side * side), np.bool_)
    member[0] = rng.random((frames, side * side)) < 0.7
    member[0, -1] = True
    member[1] = ~member[0]
    share = np.zeros((3, side * side), np.float32)
    share[0] = 1
    bar = np.zeros((side, side), np.bool_)
    bar[4:11, 6:9] = True
    here = np.flatnonzero(bar)
    # All but one agree there, and that one shows another thing.
    member[0][:, here] = np.arange(frames)[:, None] < frames - 1
    member[1][:, here] = ~member[0][:, here]
    share[0, here], share[1, here] = 7 / 8, 1 / 8
    every = np.ones((side, side), np.bool_)
    chosen = decide_background(Choices(member, share), every, np.arange(side * side))
    assert not chosen[here].any()
