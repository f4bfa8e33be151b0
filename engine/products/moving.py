"""What moves in a frame: what looks unlike the rest of its scene, the camera's way taken out."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.footage.reader import FrameReader
from engine.products.reduction import reduce_to
from engine.products.saliency import measure_unlike
from engine.recipe import KeeperRecipe
from engine.values import Box, FloatMap, Image, Scene

_LONG_SIDE = 320
"""Of the pictures that are compared, pixels."""

_MOST_OTHERS, _LEAST_OTHERS = 8, 3
_APART = 4
"""Frames that are nearer than this show the same drawing."""

_SHARED = 0.65
"""Share of width and height that another frame has to show of what this one does."""

_SAME_ZOOM = 0.03
"""Change of the log of the zoom below which a frame only lies elsewhere."""

_OFTEN, _ALWAYS = 0.25, 0.75
"""Share of the other frames that look different where something moves."""

_MOST_MOVING = 0.5
"""Share of a frame that may move; where more does, the camera's way is not understood."""


class SceneFrames:
    """The frames of a scene as what moves in one of them is found by; each is read once."""

    def __init__(self, reader: FrameReader, scene: Scene) -> None:
        """Take a reader, maybe of reduced frames; the scene's motion tells how frames lie."""
        self._reader, self._scene = reader, scene
        self._small: dict[tuple[int, Box], Image] = {}
        self._reading = Lock()

    def measure_moving(self, keeper: KeeperRecipe) -> FloatMap | None:
        """Measure where a frame looks unlike others of its scene, laid on it by the camera's way.

        Parameters
        ----------
        keeper : KeeperRecipe
            The frame, and the picture in it.

        Returns
        -------
        (h, w) float32 array, or None
            0 to 1, of the keeper's picture reduced; None where too few frames show the same place.
        """
        others = _frames_beside(self._reader, self._scene, keeper)
        if len(others) < _LEAST_OTHERS:
            return None
        images = self._reduced([*others, *self._reader.available((keeper.frame,))], keeper.picture)
        small = images.pop(keeper.frame, None)
        if small is None or len(images) < _LEAST_OTHERS:
            return None
        box = keeper.picture.scaled(self._reader.scale)
        scale = self._reader.scale * small.shape[1] / max(1, box.width)
        total = np.zeros(small.shape[:2], np.float32)
        seen = np.zeros(small.shape[:2], np.float32)
        for frame, image in images.items():
            there, shown = _laid(image, scale * _way(self._scene, keeper.frame, frame))
            total += shown * np.clip((measure_unlike(small, there) - 8.0) / 56.0, 0, 1)
            seen += shown
        share = np.where(seen >= _LEAST_OTHERS, total / np.maximum(seen, 1), 0)
        moving = np.clip((share - _OFTEN) / (_ALWAYS - _OFTEN), 0, 1)
        if float(moving.mean()) > _MOST_MOVING:
            return None
        return np.asarray(cv2.GaussianBlur(moving, (0, 0), 1.5), np.float32)

    def _reduced(self, frames: Sequence[int], picture: Box) -> dict[int, Image]:
        """Give the picture in some frames, reduced; keepers of a scene share most of them."""
        ascending = sorted(set(frames))
        part = picture.scaled(self._reader.scale).slices
        with self._reading:
            missing = [frame for frame in ascending if (frame, picture) not in self._small]
            for frame, image in self._reader.read(missing):
                self._small[frame, picture] = _reduced(image, part)
        held = [frame for frame in ascending if (frame, picture) in self._small]
        return {frame: self._small[frame, picture] for frame in held}


def _frames_beside(reader: FrameReader, scene: Scene, keeper: KeeperRecipe) -> list[int]:
    """Choose frames, spread over those that show most of the same place."""
    path, facts, start = scene.motion.path, scene.facts, scene.shot.start
    place = min(max(0, keeper.frame - start), len(path) - 1)
    gap = np.abs(path - path[place])
    room = (1 - _SHARED) * np.array(keeper.picture.size)
    near = (gap[:, 0] <= room[0]) & (gap[:, 1] <= room[1]) & (gap[:, 2] <= _SAME_ZOOM)
    near[: len(facts.blend)] &= ~facts.blend[: len(near)]
    near[max(0, place - _APART + 1) : place + _APART] = False
    frames = [f for f in reader.available(scene.shot) if f - start < len(near) and near[f - start]]
    return _spread(frames)


def _spread(frames: Sequence[int]) -> list[int]:
    places = np.linspace(0, len(frames) - 1, min(_MOST_OTHERS, len(frames)))
    return [frames[round(float(place))] for place in places]


def _way(scene: Scene, here: int, there: int) -> NDArray[np.float64]:
    """Give how far the camera went between two frames, ``(x, y)`` in source pixels."""
    path, start = scene.motion.path, scene.shot.start
    last = len(path) - 1
    move = path[min(there - start, last), :2] - path[min(max(0, here - start), last), :2]
    return np.asarray(move, np.float64)


def _reduced(image: Image, part: tuple[slice, slice]) -> Image:
    picture = image[part]
    height, width = picture.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(reduce_to(picture, size), np.uint8)


def _laid(image: Image, way: NDArray[np.float64]) -> tuple[Image, FloatMap]:
    """Move a frame to where the camera showed it from; also say which pixels it has there."""
    height, width = image.shape[:2]
    move = np.array([[1, 0, way[0]], [0, 1, way[1]]], np.float64)
    laid = cv2.warpAffine(image, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    ones = np.ones((height, width), np.float32)
    shown = cv2.warpAffine(ones, move, (width, height)) > 0.99
    return np.asarray(laid, np.uint8), np.asarray(shown, np.float32)
