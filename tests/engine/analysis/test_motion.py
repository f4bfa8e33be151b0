from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from engine.analysis.camera import describe_motion
from engine.analysis.tracking import Step
from engine.values import Camera, Foreground
from tests.engine.analysis.footage import (
    SIZE,
    analyse,
    compressed,
    flight,
    layered,
    mix,
    pan,
    stacked,
    still,
    walker,
    zoom,
)
from tests.synthetic import texture


@pytest.mark.parametrize(
    ("step", "camera"),
    [
        ((4.0, 0.0), Camera.PAN_RIGHT),
        ((-4.0, 0.0), Camera.PAN_LEFT),
        ((0.0, 3.0), Camera.TILT_DOWN),
        ((0.0, -3.0), Camera.TILT_UP),
        ((3.0, 2.0), Camera.DIAGONAL),
    ],
)
def test_a_move_is_named_and_measured_to_one_percent(
    step: tuple[float, float], camera: Camera
) -> None:
    places = [(260 + step[0] * i, 200 + step[1] * i) for i in range(50)]
    (shot,) = analyse(pan(5, places), scale=0.5)
    assert shot.motion.camera is camera
    wanted = np.multiply(step, 49 / 0.5)
    np.testing.assert_allclose(shot.motion.travel, wanted, atol=0.01 * np.abs(wanted).max())


def test_a_zoom_is_named_and_measured_to_two_percent() -> None:
    for sign, camera in ((1, Camera.ZOOM_IN), (-1, Camera.ZOOM_OUT)):
        scales = np.exp(np.linspace(0, 0.25, 50))[::sign]
        (shot,) = analyse(zoom(6, scales))
        assert shot.motion.camera is camera
        assert shot.motion.path[-1, 2] == pytest.approx(sign * 0.25, abs=0.005)


def test_a_zoom_at_something_beside_the_middle_is_a_zoom() -> None:
    scales = np.exp(np.linspace(0, 0.4, 40))
    places = [(70 * (1 - 1 / s), 40 * (1 - 1 / s), float(s), 0.0) for s in scales]
    (shot,) = analyse(flight(30, places))
    assert shot.motion.camera is Camera.ZOOM_IN


def test_a_zoom_that_is_jolted_on_its_way_is_a_zoom() -> None:
    jolt = 16 * np.exp(-(((np.arange(70) - 35) / 4) ** 2))
    scales = np.exp(np.linspace(0, 0.4, 70))
    (shot,) = analyse(flight(48, [(x, 0.0, s, 0.0) for x, s in zip(jolt, scales, strict=True)]))
    assert shot.motion.camera is Camera.ZOOM_IN


def test_a_pan_with_a_zoom_of_equal_weight_is_complex() -> None:
    (shot,) = analyse(flight(31, [(3.0 * i, 0.0, float(np.exp(0.01 * i)), 0.0) for i in range(40)]))
    assert shot.motion.camera is Camera.COMPLEX


def test_a_pan_that_rolls_is_complex() -> None:
    (shot,) = analyse(flight(32, [(1.5 * i, 0.0, 1.0, 0.5 * i) for i in range(40)]))
    assert shot.motion.camera is Camera.COMPLEX


def test_a_camera_that_rolls_in_its_place_is_complex_and_moves_while_it_rolls() -> None:
    rolls = np.interp(np.arange(70), (20, 50), (0, 9))
    (shot,) = analyse(flight(47, [(0.0, 0.0, 1.0, float(roll)) for roll in rolls]))
    assert shot.motion.camera is Camera.COMPLEX
    assert shot.motion.moving == pytest.approx((20, 50), abs=4)
    assert np.abs(shot.motion.path).max() < 1


def test_a_pan_with_a_small_roll_is_summed_along_the_axes_of_its_frames() -> None:
    rolls = 3 * np.sin(np.linspace(0, np.pi, 50))
    (shot,) = analyse(flight(33, [(3.0 * i, 0.0, 1.0, float(r)) for i, r in enumerate(rolls)]))
    assert shot.motion.camera is Camera.PAN_RIGHT
    aslant = -3 * np.sin(np.radians(rolls)).sum()
    np.testing.assert_allclose(shot.motion.travel, (147, aslant), atol=1)


def test_a_pan_along_a_wall_that_stands_aslant_is_a_pan_though_its_size_changes_a_little() -> None:
    (shot,) = analyse(
        flight(31, [(0.4 * i, 0.0, float(np.exp(-0.001 * i)), 0.0) for i in range(46)])
    )
    assert shot.motion.camera is Camera.PAN_RIGHT
    np.testing.assert_allclose(shot.motion.travel, (18, 0), atol=0.5)


@pytest.mark.parametrize(("bulge", "camera"), [(0, Camera.DIAGONAL), (18, Camera.COMPLEX)])
def test_a_diagonal_is_straight_and_a_camera_that_turns_on_its_way_is_complex(
    bulge: float, camera: Camera
) -> None:
    arc = bulge * np.sin(np.linspace(0, np.pi, 50))
    places = [(260 + 3.0 * i - 0.55 * a, 200 + 2.0 * i + 0.83 * a) for i, a in enumerate(arc)]
    (shot,) = analyse(pan(5, places))
    assert shot.motion.camera is camera


def test_a_hand_that_sways_is_told_from_a_camera_that_goes_and_comes_back() -> None:
    sway = [(14 * np.sin(0.5 * i), 8 * np.cos(0.37 * i)) for i in range(70)]
    (held,) = analyse(pan(34, [(290 + x, 200 + y) for x, y in sway]))
    (back,) = analyse(pan(34, [(290 + 30 * np.sin(np.pi * i / 69), 200.0) for i in range(70)]))
    assert held.motion.camera is Camera.HANDHELD
    assert back.motion.camera is Camera.COMPLEX


def test_a_pan_on_grainy_film_behind_a_walker_is_measured_to_two_percent() -> None:
    rng = np.random.default_rng(5)
    frames = walker(pan(35, [(3.0 * i, 100.0) for i in range(70)]), width=110)
    grainy = [np.clip(f + rng.normal(0, 22, f.shape), 0, 255).astype(np.uint8) for f in frames]
    (shot,) = analyse(compressed(grainy, quality=25))
    assert shot.motion.camera is Camera.PAN_RIGHT
    assert shot.motion.travel[0] == pytest.approx(207, rel=0.02)


def test_a_static_shot_with_a_walker_is_static_to_half_a_pixel() -> None:
    (shot,) = analyse(walker(still(7, 90)))
    assert shot.motion.camera is Camera.STATIC
    assert shot.motion.moving == (0, 0)
    assert np.abs(shot.motion.path[:, :2]).max() < 0.5
    assert shot.motion.foreground is not Foreground.NONE


def test_a_pan_is_followed_behind_a_figure_that_fills_half_of_the_picture() -> None:
    frames = pan(8, [(4.0 * i, 100.0) for i in range(60)])
    figure = still(9, 1)[0]
    for frame in frames:
        frame[40:, 70:250] = figure[40:, 70:250]
    (shot,) = analyse(frames)
    assert shot.motion.camera is Camera.PAN_RIGHT
    assert shot.motion.travel[0] == pytest.approx(236, rel=0.02)


def test_flicker_does_not_move_a_static_camera() -> None:
    rng = np.random.default_rng(1)
    frame = still(10, 1)[0]
    lit = [
        np.clip(frame * gain, 0, 255).astype(np.uint8)
        for gain in 1 + 0.08 * rng.standard_normal(60)
    ]
    (shot,) = analyse(lit)
    assert shot.motion.camera is Camera.STATIC
    assert np.abs(shot.motion.path[:, :2]).max() < 0.5


def test_a_film_gate_does_not_hold_a_pan_still() -> None:
    frames = pan(11, [(3.0 * i, 100.0) for i in range(60)])
    gate = np.zeros(frames[0].shape[:2], np.uint8)
    cv2.rectangle(gate, (14, 14), (305, 165), 255, -1)
    light = cv2.GaussianBlur(gate, (9, 9), 0)[..., None] / 255.0
    (shot,) = analyse([(frame * light).astype(np.uint8) for frame in frames])
    assert shot.motion.travel[0] == pytest.approx(177, rel=0.02)
    assert shot.picture.x >= 8
    assert shot.picture.y >= 8


def test_the_moving_range_leaves_out_the_holds_around_a_pan() -> None:
    places = [(0.0, 90.0)] * 30 + [(5.0 * i, 90.0) for i in range(1, 41)] + [(200.0, 90.0)] * 30
    (shot,) = analyse(pan(12, places))
    start, stop = shot.motion.moving
    assert abs(start - 29) <= 3
    assert abs(stop - 70) <= 3


def test_a_pan_on_twos_moves_from_end_to_end_and_every_second_frame_is_a_repeat() -> None:
    rng = np.random.default_rng(2)
    frames = pan(13, [(8.0 * (i // 2), 100.0) for i in range(60)])
    noisy = [np.clip(f + rng.normal(0, 1.5, f.shape), 0, 255).astype(np.uint8) for f in frames]
    (shot,) = analyse(noisy)
    assert shot.motion.camera is Camera.PAN_RIGHT
    assert shot.motion.moving[1] - shot.motion.moving[0] > 54
    np.testing.assert_array_equal(shot.facts.repeat, [False, True] * 30)
    assert [index for index, _ in shot.proxies] == list(range(0, 60, 2))


def test_a_camera_that_halts_and_jerks_is_placed_to_half_a_pixel_in_every_frame() -> None:
    rng = np.random.default_rng(3)
    steps = rng.choice([0.0, 0.0, 2.5, 7.0, -4.0], 80)
    places = np.column_stack([300 + np.cumsum(steps), 150 + 0.3 * np.cumsum(steps[::-1])])
    (shot,) = analyse(compressed(pan(38, [(x, y) for x, y in places])))
    np.testing.assert_allclose(shot.motion.path[:, :2], places - places[0], atol=0.5)


def test_a_slow_pan_has_no_repeats() -> None:
    (shot,) = analyse(pan(14, [(0.7 * i, 100.0) for i in range(60)]))
    assert not shot.facts.repeat.any()


def test_in_betweens_that_nobody_drew_are_not_fit_to_be_kept() -> None:
    frames = pan(15, [(8.0 * i, 100.0) for i in range(30)])
    blended = [
        mix(frames[i - 1], frames[i + 1], 0.5) if i % 4 == 2 else frame
        for i, frame in enumerate(frames[:-1])
    ]
    (shot,) = analyse(blended)
    np.testing.assert_array_equal(np.flatnonzero(shot.facts.blend), range(2, 29, 4))


def test_in_betweens_of_a_figure_are_recognised_through_codec_noise() -> None:
    drawn = walker(still(4, 40), step=8.0)[10:]
    shown = []
    for one, other in pairwise(drawn):
        shown += [one, mix(one, other, 0.5)]
    (shot,) = analyse(compressed(shown))
    assert shot.facts.blend[1:-1:2].mean() > 0.9
    assert not shot.facts.blend[::2].any()


def test_a_figure_on_threes_is_held_in_spite_of_codec_noise() -> None:
    drawn = walker(still(4, 20), step=8.0)[10:]
    shown = [picture for picture in drawn for _ in range(3)]
    rng = np.random.default_rng(4)
    noisy = [np.clip(f + rng.normal(0, 1.5, f.shape), 0, 255).astype(np.uint8) for f in shown]
    (shot,) = analyse(compressed(noisy))
    np.testing.assert_array_equal(shot.facts.repeat, [False, True, True] * 10)


def test_a_frame_doubled_once_a_second_is_a_repeat_in_spite_of_noise() -> None:
    rng = np.random.default_rng(5)
    smooth = pan(46, [(100 + 3.0 * i, 100.0) for i in range(72)])
    shown = [frame for i, frame in enumerate(smooth) for _ in range(2 if i % 24 == 11 else 1)]
    noisy = [np.clip(f + rng.normal(0, 9, f.shape), 0, 255).astype(np.uint8) for f in shown]
    (shot,) = analyse(noisy)
    assert np.flatnonzero(shot.facts.repeat).tolist() == [12, 37, 62]


def test_layers_that_move_apart_are_measured_and_a_flat_painting_has_none() -> None:
    (deep,) = analyse(layered(17, step=3.0, near=1.8))
    (shallow,) = analyse(layered(17, step=3.0, near=1.2))
    (flat,) = analyse(pan(17, [(3.0 * i, 100.0) for i in range(50)]))
    assert deep.motion.parallax == pytest.approx(1 - 1 / 1.8, abs=0.04)
    assert shallow.motion.parallax == pytest.approx(1 - 1 / 1.2, abs=0.04)
    assert flat.motion.parallax < 0.03


def test_grain_is_not_taken_for_layers() -> None:
    rng = np.random.default_rng(6)
    flat = pan(36, [(3.0 * i, 100.0) for i in range(50)])
    grainy = [np.clip(f + rng.normal(0, 18, f.shape), 0, 255).astype(np.uint8) for f in flat]
    (shot,) = analyse(compressed(grainy, quality=40))
    assert shot.motion.parallax < 0.06


def test_a_pan_that_turns_into_a_tilt_is_complex() -> None:
    places = [(4.0 * i, 300.0) for i in range(40)] + [(156.0, 300 - 4.0 * i) for i in range(1, 40)]
    (shot,) = analyse(pan(18, places))
    assert shot.motion.camera is Camera.COMPLEX
    np.testing.assert_allclose(shot.motion.travel, (156, -156), atol=2)


def test_a_slow_pan_behind_a_crowd_loses_nothing_when_key_frames_change() -> None:
    frames = pan(19, [(0.12 * i, 100.0) for i in range(100)])
    (shot,) = analyse(walker(walker(frames, width=110, step=5.0), width=80, step=3.0))
    assert shot.motion.travel[0] == pytest.approx(0.12 * 99, abs=1)


def test_a_pan_in_the_dark_is_followed() -> None:
    frames = [
        np.asarray(f * 0.15 + 4, np.uint8) for f in pan(20, [(3.0 * i, 9) for i in range(50)])
    ]
    (shot,) = analyse(compressed(frames))
    assert shot.motion.camera is Camera.PAN_RIGHT
    assert shot.motion.travel[0] == pytest.approx(147, rel=0.03)


def test_a_pan_is_named_though_most_of_it_fades() -> None:
    dark = np.zeros_like(still(1, 1)[0])
    frames = pan(21, [(3.0 * i, 100.0) for i in range(60)])
    lit = [mix(dark, frame, min(1.0, (i + 1) / 40)) for i, frame in enumerate(frames)]
    shots = analyse([dark] * 5 + lit)
    assert shots[-1].motion.camera is Camera.PAN_RIGHT


@pytest.mark.parametrize("step", [0.4, -3.0])
@pytest.mark.parametrize("edge", [70, 115])
def test_clouds_that_drift_over_ground_that_stays_do_not_move_the_camera(
    step: float, edge: int
) -> None:
    clouds = pan(40, [(300 + step * i, 100.0) for i in range(60)])
    (shot,) = analyse(walker(compressed(stacked(clouds, still(41, 60), edge)), step=3.0))
    assert shot.motion.camera is Camera.STATIC
    np.testing.assert_allclose(shot.motion.path[20:, :2], 0, atol=1)


def test_a_sky_that_stays_over_ground_that_goes_by_does_not_hold_a_pan_still() -> None:
    ground = pan(42, [(100 + 4.0 * i, 100.0) for i in range(60)])
    (shot,) = analyse(stacked(still(43, 60), ground, 60))
    assert shot.motion.camera is Camera.PAN_RIGHT
    np.testing.assert_allclose(shot.motion.travel, (236, 0), atol=3)


def test_somebody_gone_along_with_and_a_subtitle_do_not_hold_a_pan_still() -> None:
    frames = pan(44, [(100 + 4.0 * i, 100.0) for i in range(60)])
    figure = texture(SIZE[1], SIZE[0], seed=45)
    for count, frame in enumerate(frames):
        bob = round(3 * float(np.sin(0.5 * count)))
        lower = frame[60 + bob :, 110:210]
        lower[:] = figure[50 : 50 + len(lower), 110:210]
        frame[155:172, 40:280] = figure[155:172, 40:280]
    (shot,) = analyse(frames)
    assert shot.motion.camera is Camera.PAN_RIGHT
    np.testing.assert_allclose(shot.motion.travel, (236, 0), atol=5)


def test_frames_that_show_nothing_do_not_make_a_tilt_complex() -> None:
    empty = [Step(np.eye(3), support=0.0, other=0.0, foreground=0.0, textured=0.0)] * 24
    ways = [np.array([[1, 0, 0], [0, 1, 4.0 * i], [0, 0, 1]]) for i in range(48)]
    seen = [Step(way, support=1.0, other=0.0, foreground=0.0, textured=1.0) for way in ways]
    assert describe_motion([*empty, *seen], SIZE, 1.0).camera is Camera.TILT_DOWN
    left = [replace(empty[0], pose=ways[-1])] * 24
    assert describe_motion([*seen, *left], SIZE, 1.0).camera is Camera.TILT_DOWN
