"""The picture inside the frame, where we know where we put it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from engine.analysis.shots import analyse_shots
from engine.footage.letterbox import PictureFinder, refine_picture
from engine.values import Box, Frame, Image, Size
from tests.synthetic import texture, window

SIZE: Size = (960, 540)
SCALE = 0.25


def shot(inside: Box, *, level: int = 0, noise: float = 0.0, dim: float = 1.0) -> list[Image]:
    """A pan seen through ``inside``, with bars of a grey ``level`` around it."""
    rng = np.random.default_rng(4)
    wide = (texture(inside.height, inside.width + 80, blur=3) * dim).astype(np.uint8)
    frames = []
    for step in range(3):
        frame = np.full((SIZE[1], SIZE[0], 3), level, np.uint8)
        frame[inside.slices] = window(wide, 11.0 * step, 0, inside.size)
        if noise:
            noisy = frame + rng.normal(0, noise, frame.shape)
            frame = np.clip(noisy, 0, 255).astype(np.uint8)
        frames.append(frame)
    return frames


def reduced(frame: Image) -> Image:
    small = cv2.resize(frame, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def found(frames: list[Image], usual: Box | None = None) -> Box:
    finder = PictureFinder(SCALE)
    for frame in frames:
        finder.add(reduced(frame))
    return refine_picture(finder.box(SIZE, usual), frames[:2], SCALE)


def assert_close(box: Box, truth: Box, most: int) -> None:
    sides = (box.x, box.y, box.right, box.bottom)
    wanted = (truth.x, truth.y, truth.right, truth.bottom)
    assert max(abs(a - b) for a, b in zip(sides, wanted, strict=True)) <= most, (box, truth)


@pytest.mark.parametrize(
    "inside",
    [
        Box(0, 67, 960, 406),
        Box(121, 0, 718, 540),
        Box(90, 50, 780, 440),
        Box(0, 0, 960, 485),
        Box(3, 0, 957, 540),
    ],
    ids=["letterbox", "pillarbox", "windowbox", "below only", "thin at the left"],
)
@pytest.mark.parametrize(("level", "noise"), [(0, 0.0), (16, 3.0)], ids=["black", "noisy"])
def test_bars_are_found_to_the_pixel(inside: Box, level: int, noise: float) -> None:
    assert_close(found(shot(inside, level=level, noise=noise)), inside, most=2)


def test_a_full_picture_is_left_whole() -> None:
    whole = Box(0, 0, *SIZE)
    assert found(shot(whole)) == whole


def night(frame: Image) -> None:
    frame[:] = (frame * 0.08).astype(np.uint8)


def black_sky(frame: Image) -> None:
    hills = 200 + 60 * np.sin(np.arange(SIZE[0]) / 70)
    frame[np.arange(SIZE[1])[:, None] < hills[None, :]] = 0


def spotlight(frame: Image) -> None:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    frame[(x - 480) ** 2 + (y - 270) ** 2 > 200**2] = 0


def title(frame: Image) -> None:
    frame[:] = 0
    for line, text in enumerate(("DIRECTED BY", "NOBODY AT ALL")):
        place = (250, 240 + 70 * line)
        cv2.putText(frame, text, place, cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 5)


@pytest.mark.parametrize("paint", [night, black_sky, spotlight, title])
def test_a_dark_scene_is_not_taken_for_bars(paint: Callable[[Image], None]) -> None:
    frames = shot(Box(0, 0, *SIZE))
    for frame in frames:
        paint(frame)
    finder = PictureFinder(SCALE)
    for frame in frames:
        finder.add(reduced(frame))
    assert finder.box(SIZE) == Box(0, 0, *SIZE)


def test_a_shot_too_dark_to_tell_follows_the_rest_of_the_film() -> None:
    inside = Box(0, 68, 960, 404)
    frames = shot(inside)
    for frame in frames:
        title(frame)
    finder = PictureFinder(SCALE)
    for frame in frames:
        finder.add(reduced(frame))
    assert finder.box(SIZE, usual=inside) == inside
    bright = shot(Box(0, 0, *SIZE))
    assert found(bright, usual=inside) == Box(0, 0, *SIZE)


def test_subtitles_in_a_bar_do_not_hide_it() -> None:
    inside = Box(0, 68, 960, 404)
    frames = shot(inside)
    for frame in frames:
        cv2.putText(frame, "So be it.", (380, 515), 0, 1.2, (255, 255, 255), 3)
    assert_close(found(frames), inside, most=2)


def test_a_film_gate_with_rounded_corners_is_left_outside() -> None:
    gate = gate_mask(40)[..., 0]
    frames = shot(Box(0, 0, *SIZE))
    for frame in frames:
        np.maximum(frame, 60, out=frame)
        frame[gate == 0] = 24
    box = found(frames)
    inside = gate[box.slices]
    assert (inside == 255).all()
    assert box.width * box.height > 0.9 * SIZE[0] * SIZE[1]


def test_dark_things_near_the_corners_of_a_light_picture_are_no_film_gate() -> None:
    frame = np.full((SIZE[1], SIZE[0], 3), 190, np.uint8)
    for x in (8, SIZE[0] - 9):
        for y in (8, SIZE[1] - 9):
            cv2.circle(frame, (x, y), 6, (20, 30, 25), -1)
    assert found([frame]) == Box(0, 0, *SIZE)


def gate_mask(radius: int) -> Image:
    gate = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    cv2.rectangle(gate, (radius, 0), (SIZE[0] - radius, SIZE[1]), (255,) * 3, -1)
    cv2.rectangle(gate, (0, radius), (SIZE[0], SIZE[1] - radius), (255,) * 3, -1)
    for x in (radius, SIZE[0] - radius):
        for y in (radius, SIZE[1] - radius):
            cv2.circle(gate, (x, y), radius, (255,) * 3, -1)
    return gate


def test_shots_of_one_film_have_one_gate_even_where_a_shot_is_too_dark_to_show_it() -> None:
    gate = gate_mask(36)
    shots = [texture(SIZE[1], SIZE[0], seed=seed, blur=3) for seed in range(4)]
    shots[2] = (shots[2] * 0.12).astype(np.uint8)
    frames: list[Frame] = []
    for place, painting in enumerate(shots):
        for step in range(12):
            frame = np.maximum(np.roll(painting, 3 * step, axis=1), 60 if place != 2 else 0)
            frame[gate == 0] = 20
            frames.append(Frame(len(frames), 0.0, reduced(frame.astype(np.uint8))))
    pictures = [shot.picture for shot in analyse_shots(frames, scale=SCALE, size=SIZE)]
    assert len(pictures) == 4
    for picture in pictures:
        assert_close(picture, pictures[0], most=8)
        assert (gate[picture.slices] == 255).all()


def test_each_stretch_of_a_film_has_its_own_bars() -> None:
    insides = [Box(0, 67, 960, 406), Box(0, 0, 960, 540), Box(121, 0, 718, 540)]
    frames = [frame for inside in insides for frame in shot(inside) for _ in range(5)]
    looks = [Frame(i, 0.0, reduced(frame)) for i, frame in enumerate(frames)]
    pictures = [s.picture for s in analyse_shots(looks, scale=SCALE, size=SIZE)]
    assert len(pictures) == 3
    for picture, inside in zip(pictures, insides, strict=True):
        assert_close(picture, inside, most=5)


def test_a_moulding_drawn_along_the_edge_is_not_trimmed() -> None:
    frames = shot(Box(0, 0, *SIZE))
    for frame in frames:
        frame[:40] = (60, 70, 80)
        frame[1:3] = (72, 82, 92)
    assert refine_picture(Box(0, 0, *SIZE), frames[:2], SCALE) == Box(0, 0, *SIZE)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_blended_edge_columns_are_trimmed(width: int) -> None:
    frames = shot(Box(0, 0, *SIZE))
    fade = (np.arange(width) + 0.5) / (width + 0.5)
    for frame in frames:
        frame[:, :width] = (frame[:, :width] * fade[None, :, None]).astype(np.uint8)
    box = found(frames)
    assert width - 1 <= box.x <= width + 2
    assert (box.y, box.right, box.bottom) == (0, 960, 540)


@pytest.mark.parametrize(("level", "share"), [(250, 1.0), (30, 0.7)])
def test_what_is_drawn_along_an_edge_belongs_to_the_picture(level: int, share: float) -> None:
    frame = np.full((SIZE[1], SIZE[0], 3), 140, np.uint8)
    frame[:, 40:] = texture(SIZE[1], SIZE[0] - 40, blur=3)
    # A light rim along the whole side, or something dark along most of it.
    frame[: int(share * SIZE[1]), :3] = level
    whole = Box(0, 0, *SIZE)
    assert refine_picture(whole, [frame] * 3) == whole


def test_a_line_of_its_own_colour_along_an_edge_is_no_dirt() -> None:
    frame = np.maximum(texture(SIZE[1], SIZE[0], blur=3), 110)
    frame[:, 0] = 75
    frame[:, 1] = frame[:, 1] // 2 + 37
    whole = Box(0, 0, *SIZE)
    assert refine_picture(whole, [frame] * 3) == whole
