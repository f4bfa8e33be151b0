"""Shots that we made, so that we know what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from engine.analysis.shots import AnalysedShot, analyse_shots
from engine.values import Frame, Image, Size
from tests.synthetic import texture, window

SIZE: Size = (320, 180)


def pan(seed: int, places: Iterable[tuple[float, float]], canvas: Size = (900, 600)) -> list[Image]:
    """A camera that stands at each of ``places`` over a picture."""
    backdrop = texture(canvas[1], canvas[0], seed=seed)
    return [window(backdrop, x, y, SIZE) for x, y in places]


def still(seed: int, count: int) -> list[Image]:
    return [texture(SIZE[1], SIZE[0], seed=seed)] * count


def zoom(seed: int, scales: Iterable[float]) -> list[Image]:
    """A camera that comes closer to the middle of a picture."""
    return flight(seed, [(0.0, 0.0, scale, 0.0) for scale in scales])


def flight(seed: int, places: Iterable[tuple[float, float, float, float]]) -> list[Image]:
    """A camera at x, y off the middle of a picture, this close to it and rolled by degrees."""
    width, height = SIZE
    backdrop = texture(3 * height, 3 * width, seed=seed)
    views = []
    for x, y, scale, roll in places:
        move = cv2.getRotationMatrix2D((1.5 * width + x, 1.5 * height + y), roll, scale)
        move[:, 2] -= np.array([width + x, height + y])
        views.append(np.asarray(cv2.warpAffine(backdrop, move, SIZE), np.uint8))
    return views


def mix(one: Image, other: Image, share: float) -> Image:
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)


def black(count: int, level: int = 0) -> list[Image]:
    return [np.full((SIZE[1], SIZE[0], 3), level, np.uint8)] * count


def walker(frames: Sequence[Image], width: int = 60, step: float = 4.0) -> list[Image]:
    """The same frames with a patterned figure that crosses them."""
    figure = texture(140, width, seed=99)
    out = []
    for count, frame in enumerate(frames):
        picture = frame.copy()
        x = round(-width + step * count)
        left, right = max(0, x), min(picture.shape[1], x + width)
        if left < right:
            picture[30:170, left:right] = figure[:, left - x : right - x]
        out.append(picture)
    return out


def layered(seed: int, step: float, near: float) -> list[Image]:
    """A camera that goes right past a far layer and, below it, one that goes ``near`` as fast."""
    far = pan(seed, [(step * i, 100.0) for i in range(50)])
    front = pan(seed + 100, [(near * step * i, 100.0) for i in range(50)])
    for picture, below in zip(far, front, strict=True):
        picture[110:] = below[110:]
    return far


def stacked(above: Sequence[Image], below: Sequence[Image], edge: int) -> list[Image]:
    """The upper part of some frames over the lower part of others, from line ``edge`` on."""
    return [np.vstack([a[:edge], b[edge:]]) for a, b in zip(above, below, strict=True)]


def compressed(frames: Sequence[Image], quality: int = 60) -> list[Image]:
    """The same frames as a codec leaves them."""
    kept = []
    for frame in frames:
        code = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        kept.append(np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8))
    return kept


def analyse(frames: Sequence[Image], scale: float = 1.0) -> list[AnalysedShot]:
    numbered = (Frame(i, i / 24, image) for i, image in enumerate(frames))
    return list(analyse_shots(numbered, scale=scale))
