"""The picture inside the frame, where we know where we put it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from engine.footage.letterbox import PictureFinder, refine_picture
from engine.values import Box, Image, Size
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
    gate = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    radius = 40
    cv2.rectangle(gate, (radius, 0), (SIZE[0] - radius, SIZE[1]), 255, -1)
    cv2.rectangle(gate, (0, radius), (SIZE[0], SIZE[1] - radius), 255, -1)
    for x in (radius, SIZE[0] - radius):
        for y in (radius, SIZE[1] - radius):
            cv2.circle(gate, (x, y), radius, 255, -1)
    frames = shot(Box(0, 0, *SIZE))
    for frame in frames:
        np.maximum(frame, 60, out=frame)
        frame[gate == 0] = 24
    box = found(frames)
    inside = gate[box.slices]
    assert (inside == 255).all()
    assert box.width * box.height > 0.9 * SIZE[0] * SIZE[1]


@pytest.mark.parametrize("width", [2, 3, 4])
def test_blended_edge_columns_are_trimmed(width: int) -> None:
    frames = shot(Box(0, 0, *SIZE))
    fade = (np.arange(width) + 0.5) / (width + 0.5)
    for frame in frames:
        frame[:, :width] = (frame[:, :width] * fade[None, :, None]).astype(np.uint8)
    box = found(frames)
    assert width - 1 <= box.x <= width + 2
    assert (box.y, box.right, box.bottom) == (0, 960, 540)
