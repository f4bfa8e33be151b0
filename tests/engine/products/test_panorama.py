from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import RenderError
from engine.events import Advanced, result_of
from engine.products.move_in_range import find_move
from engine.products.panorama import propose_panoramas, render_panorama
from engine.products.proposal import Proposal, Skipped
from engine.recipe import PanoramaRecipe, changed
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Image,
    Motion,
    Rendered,
    Scene,
    Shot,
    Size,
    Source,
    SourceKind,
)
from tests.synthetic import MemoryReader, texture, window

SIZE = (240, 136)
PLACE = 20
"""Left and top of the first view in the art, so that views never leave it."""


def pan(path: Sequence[tuple[float, float]], size: Size = SIZE, seed: int = 3) -> list[Image]:
    art = the_art(seed)
    return [window(art, PLACE + x, PLACE + y, size) for x, y in path]


def the_art(seed: int = 3) -> Image:
    return texture(420, 900, seed=seed)


def across(step: float, count: int) -> list[tuple[float, float]]:
    return [(step * i, 0.0) for i in range(count)]


def recipe(count: int, size: Size = SIZE, **settings: object) -> PanoramaRecipe:
    return changed(PanoramaRecipe(Box(0, 0, *size), 0, count), **settings)


def stitched(frames: list[Image], **settings: object) -> Rendered:
    height, width = frames[0].shape[:2]
    return result_of(
        render_panorama(MemoryReader(frames), recipe(len(frames), (width, height), **settings))
    )


def truth_of(made: Rendered, first: tuple[float, float] = (0.0, 0.0), trim: int = 2) -> Image:
    """The art as the panorama should show it, from where it put the first of its frames."""
    _, left, top = made.frames_used[0]
    x, y = PLACE + first[0] + trim - left, PLACE + first[1] + trim - top
    height, width = made.image.shape[:2]
    return window(the_art(), x, y, (width, height))


def error(a: Image, b: Image) -> float:
    """Mean difference away from the border, grey levels."""
    return float(cv2.absdiff(a, b)[4:-4, 4:-4].mean())


def test_a_pan_by_whole_pixels_gives_back_the_art_exactly() -> None:
    made = stitched(pan(across(8, 24)))
    assert made.image.shape[1] >= 8 * 23 + SIZE[0] - 4 - 3 * 8
    assert made.image.shape[0] >= SIZE[1] - 4 - 2
    assert error(made.image, truth_of(made)) < 0.5
    assert made.score > 0.9
    assert made.low_confidence < 0.02
    assert made.warnings == ()


@pytest.mark.parametrize(("dx", "dy"), [(5.37, 0.0), (0.0, 4.21), (4.6, 3.3), (-6.1, 0.0)])
def test_a_pan_by_parts_of_a_pixel_gives_back_the_art(dx: float, dy: float) -> None:
    start = (140.0 if dx < 0 else 0.0, 0.0)
    path = [(start[0] + dx * i, start[1] + dy * i) for i in range(24)]
    made = stitched(pan(path))
    assert error(made.image, truth_of(made, start)) < 3.0


def test_frames_lie_where_the_camera_was_to_a_tenth_of_a_pixel() -> None:
    path = [(150 * (1 - np.cos(np.pi * i / 39)), 0.0) for i in range(40)]
    made = stitched(pan(path))
    for frame, left, top in made.frames_used:
        first, x, y = made.frames_used[0]
        assert left - x == pytest.approx(path[frame][0] - path[first][0], abs=0.1)
        assert top - y == pytest.approx(0, abs=0.1)


def test_noise_is_averaged_away() -> None:
    rng = np.random.default_rng(1)
    clean = pan(across(4, 30))
    noisy = [np.clip(f + rng.normal(0, 8, f.shape), 0, 255).astype(np.uint8) for f in clean]
    made = stitched(noisy)
    assert error(made.image, truth_of(made)) < 0.55 * error(noisy[0], clean[0])


def walker(frames: list[Image], speed: float) -> list[Image]:
    """Someone walks in front, seen from the camera."""
    out = []
    for i, frame in enumerate(frames):
        drawn = frame.copy()
        x = round(80 + speed * i)
        cv2.rectangle(drawn, (x, 40), (x + 40, 120), (40, 30, 220), -1)
        cv2.circle(drawn, (x + 20, 30), 16, (180, 220, 240), -1)
        out.append(drawn)
    return out


def test_a_walker_leaves_no_trace() -> None:
    made = stitched(walker(pan(across(10, 36)), 1.0))
    _, left, _ = made.frames_used[0]
    # What is to the right of where the walker ends was behind them to the last.
    shown = slice(None), slice(0, round(left) + 330)
    difference = cv2.absdiff(made.image, truth_of(made))[shown]
    assert (difference.max(axis=2) > 40).mean() < 0.005


def test_the_walker_of_one_frame_can_stay_whole_and_once() -> None:
    frames = walker(pan(across(10, 36)), 1.0)
    made = stitched(frames, subject=18)
    red = (np.abs(made.image.astype(int) - (40, 30, 220)).max(axis=2) < 12).astype(np.uint8)
    _, left, top = next(u for u in made.frames_used if u[0] == 18)
    x, y = round(left) + 80 + 18 - 2, round(top) + 40 - 2
    assert red[y + 4 : y + 76, x + 4 : x + 36].mean() > 0.97
    red[y - 8 : y + 88, x - 8 : x + 50] = 0
    assert red[:, : round(made.frames_used[-1][1]) + 90].mean() < 0.01


def test_a_logo_on_the_screen_leaves_no_trace() -> None:
    frames = pan(across(9, 36))
    for frame in frames:
        cv2.putText(frame, "LOGO", (170, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    made = stitched(frames)
    _, left, _ = made.frames_used[0]
    shown = slice(None), slice(0, round(left) + 9 * 35 + 160)
    difference = cv2.absdiff(made.image, truth_of(made))[shown]
    assert (difference.max(axis=2) > 40).mean() < 0.005


def test_a_picked_frame_brings_its_walker_but_not_its_logo() -> None:
    frames = walker(pan(across(9, 36)), 1.0)
    for frame in frames:
        cv2.putText(frame, "LOGO", (170, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    made = stitched(frames, subject=18)
    _, left, top = next(u for u in made.frames_used if u[0] == 18)
    x, y = round(left) + 80 + 18 - 2, round(top) + 40 - 2
    red = np.abs(made.image.astype(int) - (40, 30, 220)).max(axis=2) < 12
    assert red[y + 4 : y + 76, x + 4 : x + 36].mean() > 0.97
    logo = slice(round(top) + 8, round(top) + 36), slice(round(left) + 164, round(left) + 236)
    difference = cv2.absdiff(made.image, truth_of(made))[logo]
    assert (difference.max(axis=2) > 40).mean() < 0.01


def test_a_logo_near_the_edge_is_gone_from_where_it_comes_to_rest_too() -> None:
    # Only the frames that happen to have it in the narrow gap show what ends up behind the logo.
    frames = pan(across(3, 200))
    for frame in frames:
        cv2.putText(frame, "TV7", (178, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    made = stitched(frames)
    difference = cv2.absdiff(made.image, truth_of(made))[4:-4, 4:-12]
    assert (difference.max(axis=2) > 40).mean() < 0.0005


def test_a_fade_from_black_does_not_darken_the_picture() -> None:
    frames = pan(across(6, 36))
    for i in range(10):
        frames[i] = (frames[i] * (i / 10)).astype(np.uint8)
    made = stitched(frames)
    first = made.frames_used[0][0]
    assert error(made.image, truth_of(made, (6.0 * first, 0.0))) < 3


def test_a_zoom_is_drawn_at_the_scale_of_its_tightest_frame() -> None:
    art = the_art()
    frames = []
    for i in range(25):
        zoom = 1.0 + 0.3 * i / 24
        move = np.array([[zoom, 0, 120 - zoom * 400], [0, zoom, 68 - zoom * 200]])
        frames.append(np.asarray(cv2.warpAffine(art, move, SIZE, flags=cv2.INTER_AREA), np.uint8))
    made = stitched(frames)
    height, width = made.image.shape[:2]
    assert width == pytest.approx(1.3 * (SIZE[0] - 4), abs=8)
    assert height == pytest.approx(1.3 * (SIZE[1] - 4), abs=8)
    middle = made.image[height // 2 - 40 : height // 2 + 40, width // 2 - 80 : width // 2 + 80]
    tight = frames[-1]
    found = cv2.matchTemplate(tight, middle, cv2.TM_CCOEFF_NORMED)
    assert found.max() > 0.95


def test_frames_held_on_twos_stitch_as_well() -> None:
    path = [(12.0 * (i // 2), 0.0) for i in range(32)]
    made = stitched(pan(path))
    assert error(made.image, truth_of(made)) < 0.5


def test_out_and_back_gives_one_picture() -> None:
    path = across(10, 18) + across(10, 18)[::-1]
    made = stitched(pan(path))
    assert made.image.shape[1] < 17 * 10 + SIZE[0]
    assert error(made.image, truth_of(made)) < 0.5


def test_a_preview_is_the_picture_reduced() -> None:
    size = (480, 272)
    frames = pan(across(8, 24), size)
    full = stitched(frames)
    small = [
        np.asarray(cv2.resize(f, SIZE, interpolation=cv2.INTER_AREA), np.uint8) for f in frames
    ]
    preview = result_of(render_panorama(MemoryReader(small, scale=0.5), recipe(len(frames), size)))
    _, width = preview.image.shape[:2]
    assert width == pytest.approx(full.image.shape[1] / 2, abs=10)
    reduced = cv2.resize(full.image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    middle = np.ascontiguousarray(preview.image[12:-12, 12:-12])
    assert cv2.matchTemplate(reduced, middle, cv2.TM_CCOEFF_NORMED).max() > 0.97


def test_everything_is_shown_on_a_full_canvas_and_the_rest_is_filled() -> None:
    path = [(8.0 * i, 5.0 * i) for i in range(20)]
    inner, full = stitched(pan(path)), stitched(pan(path), extent="full", fill="white")
    assert full.image.shape[0] > inner.image.shape[0]
    assert full.image.shape[1] >= SIZE[0] - 4 + 19 * 8
    assert (full.image[:12, -12:] == 255).all()


def test_a_still_camera_has_nothing_to_stitch() -> None:
    frames = pan([(0.0, 0.0)] * 20)
    with pytest.raises(RenderError, match="stands still"):
        result_of(find_move(MemoryReader(frames), 0, 20, Box(0, 0, *SIZE)))


def test_flat_frames_cannot_be_followed() -> None:
    frames = [np.full((136, 240, 3), 90, np.uint8)] * 10
    with pytest.raises(RenderError):
        stitched(frames)


def unlike(count: int) -> list[Image]:
    """Frames of which no two have anything in common."""
    return [texture(SIZE[1], SIZE[0], seed=100 + i) for i in range(count)]


def test_few_frames_of_a_long_range_are_no_camera_move() -> None:
    frames = unlike(20) + pan(across(12, 5)) + unlike(40)[20:]
    reader = MemoryReader(frames)
    with pytest.raises(RenderError, match="only 5 of 45 frames"):
        result_of(find_move(reader, 0, len(frames), Box(0, 0, *SIZE)))
    with pytest.raises(RenderError, match="only 5 of 45 frames"):
        result_of(render_panorama(reader, recipe(len(frames))))


def test_a_panorama_that_leaves_most_frames_out_says_so_and_scores_lower() -> None:
    move = pan(across(9, 16))
    alone, among = stitched(move), stitched(move + unlike(24))
    assert not any("lined up" in text for text in alone.warnings)
    assert any("only 16 of 40 frames" in text for text in among.warnings)
    assert among.score < 0.8 * alone.score


def test_black_frames_and_a_cut_are_left_out_of_the_range() -> None:
    black = [np.zeros((136, 240, 3), np.uint8)] * 5
    other = pan([(300.0, 200.0)] * 6, seed=9)
    frames = black + pan(across(7, 30)) + other
    found = result_of(find_move(MemoryReader(frames), 0, len(frames), Box(0, 0, *SIZE))).recipe
    assert 5 <= found.start <= 7
    assert 33 <= found.stop <= 36


def test_progress_is_told_on_the_way() -> None:
    work = render_panorama(MemoryReader(pan(across(8, 12))), recipe(12))
    stages = [event.stage for event in work if isinstance(event, Advanced)]
    assert stages[0] == "reading the move"
    assert stages[-1] == "compositing"


def test_frames_left_out_are_not_used() -> None:
    made = stitched(pan(across(8, 20)), left_out=(3, 4, 5))
    assert not {3, 4, 5} & {frame for frame, _, _ in made.frames_used}


def scene_of(path: list[tuple[float, float]]) -> Scene:
    count = len(path)
    camera = np.array([[x, y, 0.0] for x, y in path], np.float32)
    no = np.zeros(count, np.bool_)
    flat = np.zeros(count, np.float32)
    return Scene(
        number=1,
        source=Source("0" * 16, "a", Path("/a"), SourceKind.VIDEO, SIZE, count, Fraction(24)),
        shot=Shot(0, count),
        picture=Box(0, 0, *SIZE),
        motion=Motion(Camera.PAN_RIGHT, camera, (0, count), 0.0, Foreground.NONE, 0.0),
        facts=FrameFacts(flat, flat, flat, no, no),
    )


def test_each_move_of_a_shot_is_proposed() -> None:
    rest = 20
    path = [(0.0, 0.0)] * rest + across(6, 21) + [(120.0, 0.0)] * rest
    path += [(120.0, 5.0 * i) for i in range(21)] + [(120.0, 100.0)] * rest
    found = list(propose_panoramas(scene_of(path), MemoryReader(pan(path))))
    assert [p.reason for p in found if isinstance(p, Proposal)] == ["pan_right", "tilt_down"]
    first = found[0]
    assert isinstance(first, Proposal)
    assert first.preview is not None
    assert first.size[0] == pytest.approx(SIZE[0] + 120, abs=30)
    assert first.score > 0.8


def test_a_static_shot_is_skipped_with_the_reason() -> None:
    path = [(0.0, 0.0)] * 30
    (found,) = propose_panoramas(scene_of(path), MemoryReader(pan(path)))
    assert isinstance(found, Skipped)
    assert "still" in found.reason


def test_a_move_is_followed_on_behind_frames_that_show_something_else() -> None:
    splice = pan([(300.0, 200.0)] * 3, seed=9)
    frames = pan(across(7, 40))
    frames[18:21] = splice
    reader = MemoryReader(frames)
    found = result_of(find_move(reader, 0, len(frames), Box(0, 0, *SIZE))).recipe
    assert (found.start, found.stop) == (0, 40)
    made = result_of(render_panorama(reader, found))
    assert not {18, 19, 20} & {frame for frame, _, _ in made.frames_used}
    assert made.image.shape[1] >= 7 * 37 + SIZE[0] - 4
    assert error(made.image, truth_of(made)) < 0.5


def test_a_move_behind_frames_that_nothing_goes_on_from_is_followed_past_a_splice() -> None:
    apart = [pan([(300.0, 200.0)], seed=seed)[0] for seed in range(20, 28)]
    frames = apart + pan(across(7, 30))
    frames[20:22] = pan([(300.0, 200.0)] * 2, seed=9)
    found = result_of(find_move(MemoryReader(frames), 0, len(frames), Box(0, 0, *SIZE))).recipe
    assert (found.start, found.stop) == (8, 38)


def test_a_move_over_soft_curves_is_followed_by_the_few_corners_that_tell_of_it() -> None:
    rng = np.random.default_rng(3)
    down, across_ = np.mgrid[:900, :560].astype(np.float32)
    round_ = np.hypot(across_ - 308, (down - 1170) * 1.1)
    waves = [128 + 70 * np.sin(round_ / wide + k) for k, wide in enumerate((37, 53, 71))]
    drawn = cv2.GaussianBlur(np.stack(waves, -1).astype(np.uint8), (0, 0), 3)
    art = np.asarray(drawn, np.uint8)
    # Corners that lie along a curve tell nothing of the way along it; few do from the middle on.
    for count, top, bottom in ((120, 600, 900), (56, 0, 600)):
        for x, y in rng.integers((0, top), (560, bottom), (count, 2)):
            cv2.circle(art, (int(x), int(y)), 2, (30, 30, 30), -1, cv2.LINE_AA)
    frames = []
    for step in range(100):
        grain = cv2.GaussianBlur(rng.normal(0, 1, (270, 480, 3)), (0, 0), 2)
        frame = window(art, 40, 600 - 5.0 * step, (480, 270)) + 2.5 * grain / grain.std()
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    found = result_of(find_move(MemoryReader(frames), 0, 100, Box(0, 0, 480, 270)))
    assert (found.recipe.start, found.recipe.stop) == (0, 100)
    assert not found.unfollowed


def test_it_is_said_which_frames_cannot_be_followed_on_from_the_move() -> None:
    frames = pan(across(7, 30)) + pan(across(2, 20), seed=9)
    reader = MemoryReader(frames)
    found = result_of(find_move(reader, 0, len(frames), Box(0, 0, *SIZE)))
    made = result_of(render_panorama(reader, found.recipe))
    said = found.qualified(made)
    assert said.warnings[0] == (
        "only frames 0–29 are in it: of 50 frames that were looked at, 20 could not be followed on "
        "from them"
    )
    assert said.warnings[1:] == made.warnings
    assert said.score == pytest.approx(0.6 * made.score, abs=1e-3)
    whole = result_of(render_panorama(reader, PanoramaRecipe(Box(0, 0, *SIZE), 0, len(frames))))
    part = result_of(render_panorama(reader, PanoramaRecipe(Box(0, 0, *SIZE), 0, 30)))
    assert any("frames 30–49 could not be followed" in text for text in whole.warnings)
    assert whole.score < 0.7 * part.score


def test_light_that_fades_over_the_end_of_a_move_is_that_of_its_beginning() -> None:
    light = np.interp(np.arange(50), [0, 16, 49], [1, 1, 0.82])
    frames = [
        np.rint(f * g).astype(np.uint8) for f, g in zip(pan(across(6, 50)), light, strict=True)
    ]
    made = stitched(frames)
    assert abs(float(made.image.mean() / truth_of(made).mean()) - 1) < 0.015
