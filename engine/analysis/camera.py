"""What the camera does in a shot, told from where the tracker has placed its frames."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.tracking import Step
from engine.values import Camera, Foreground, Motion, Size

STILL = 0.015
"""A camera that moves the picture by less than this share of its width is static."""

_STRAIGHT = 0.7
"""Share of its length that a pan, tilt or zoom gets on by; it may pause, but not come back."""

_LULL = 15
"""Frames over which unsteadiness evens out, so that it does not pass for a way gone."""

_TURNED = 0.22
"""Share of its length that a move may bulge to the side: the arc of a quarter turn does so."""

_SUPPORTED = 0.3
"""Share of the textured picture that must move as one for a move to have a name."""

_TELLING = 0.0125
"""Share of the picture's width that a backdrop must move before its layers can be told apart."""

_TITLE = 0.15
"""A smaller textured share than this is a title or a lone light, not a place."""

_FEWEST_CLEAR = 8
"""Frames; with fewer outside fades and dissolves all are judged."""

Path = NDArray[np.float64]
"""``(N, 3)``: x, y in source pixels, log of the zoom."""


def describe_motion(
    steps: Sequence[Step], size: Size, scale: float, clear: tuple[int, int] | None = None
) -> Motion:
    """Sum up the placed frames of a shot.

    Parameters
    ----------
    steps : sequence of Step
        One for each frame.
    size : (int, int)
        Of the pictures that were followed, pixels.
    scale : float
        Pixels of those pictures for each pixel of the source.
    clear : (int, int), optional
        Frames ``[start, stop)`` of the shot that no fade or dissolve covers: only these say what
        the camera does.

    Returns
    -------
    Motion
        With the path of the middle of the picture.
    """
    path = camera_path(steps, size, scale)
    width, height = size[0] / scale, size[1] / scale
    reach = np.array([1.0, 1.0, 0.25 * (width + height)])
    start, stop = clear or (0, len(steps))
    if stop - start < _FEWEST_CLEAR:
        start, stop = 0, len(steps)
    judged = steps[start:stop]
    camera = _judge_camera(judged, path[start:stop] * reach, width)
    moving = (0, 0)
    if camera is not Camera.STATIC:
        first, last = find_moving(path[start:stop] * reach, width)
        moving = (start + first, start + last)
    share = float(np.mean([step.foreground for step in judged]))
    return Motion(
        camera=camera,
        path=path.astype(np.float32),
        moving=moving,
        parallax=_parallax(steps[moving[0] : moving[1]], size),
        foreground=_in_words(share),
        foreground_share=share,
    )


def _parallax(steps: Sequence[Step], size: Size) -> float:
    """Tell how far layers move apart, from the frames that are furthest from their key frames."""
    if not steps:
        return 0.0
    reach = np.array([step.reach for step in steps])
    far = reach >= max(_TELLING * size[0], float(np.percentile(reach, 75)))
    depth = [step.depth for step, tells in zip(steps, far, strict=True) if tells]
    return float(np.median(depth)) if depth else 0.0


def _judge_camera(steps: Sequence[Step], path: Path, width: float) -> Camera:
    """Name the move, or own up to not knowing it."""
    if float(np.median([step.textured for step in steps])) < _TITLE:
        return Camera.STATIC  # A title that grows on black is no camera.
    camera = name_camera(path, width)
    sure = float(np.median([step.support for step in steps]))
    unsure = camera is not Camera.STATIC and sure < _SUPPORTED
    return Camera.COMPLEX if unsure else camera


def camera_path(steps: Sequence[Step], size: Size, scale: float) -> Path:
    """Give the place of the picture's middle, frame by frame, in source pixels and log zoom."""
    middle = np.array([size[0] / 2, size[1] / 2, 1.0])
    poses = np.stack([step.pose for step in steps])
    places = (poses @ middle - middle)[:, :2] / scale
    areas = np.abs(poses[:, 0, 0] * poses[:, 1, 1] - poses[:, 0, 1] * poses[:, 1, 0])
    return np.column_stack([places, -0.5 * np.log(np.maximum(areas, 1e-6))])


def name_camera(path: Path, width: float) -> Camera:
    """Name the move of a path whose third column is what the zoom does at the picture's sides.

    Parameters
    ----------
    path : (N, 3) float64 array
        All in source pixels.
    width : float
        Of the picture, source pixels.
    """
    smooth = smoothed(path, 5)
    extent = np.ptp(smooth, axis=0)
    if float(extent.max()) < STILL * width:
        return Camera.STATIC
    travel = smooth[-1] - smooth[0]
    length = float(np.linalg.norm(np.diff(smoothed(path, _LULL), axis=0), axis=1).sum())
    straight = float(np.linalg.norm(travel)) / max(length, 1e-6)
    if straight < _STRAIGHT or _turn(smooth) > _TURNED:
        return Camera.HANDHELD if float(extent.max()) < 0.12 * width else Camera.COMPLEX
    return _name_straight(travel)


def _turn(path: Path) -> float:
    """Tell how far a path strays from the line between its ends, against the line's length."""
    way = path[-1] - path[0]
    length = max(float(np.linalg.norm(way)), 1e-6)
    away = path - path[0]
    aside = away - np.outer(away @ way, way) / length**2
    return float(np.linalg.norm(aside, axis=1).max()) / length


def _name_straight(travel: NDArray[np.float64]) -> Camera:
    x, y, zoom = (float(v) for v in travel)
    across, down, closer = abs(x), abs(y), abs(zoom)
    if closer > 0.8 * max(across, down):
        return Camera.ZOOM_IN if zoom > 0 else Camera.ZOOM_OUT
    if min(across, down) > 0.4 * max(across, down):
        return Camera.DIAGONAL
    if across > down:
        return Camera.PAN_RIGHT if x > 0 else Camera.PAN_LEFT
    return Camera.TILT_DOWN if y > 0 else Camera.TILT_UP


def find_moving(path: Path, width: float) -> tuple[int, int]:
    """Find the frames ``[start, stop)`` from the first to the last in which the camera moves.

    A single frame that is held (a pan on twos) does not end the move.
    """
    speed = np.linalg.norm(np.diff(path, axis=0, prepend=path[:1]), axis=1)
    # Over nine frames a pan on threes moves evenly; the jitter of a still camera goes nowhere.
    steady = np.linalg.norm(smoothed(path, 9)[1:] - smoothed(path, 9)[:-1], axis=1)
    if not len(steady):
        return 0, 0
    enough = max(0.08 * float(np.percentile(steady, 95)), 0.00025 * width)
    frames = np.flatnonzero(steady > enough)
    if not len(frames):
        return 0, 0
    start, stop = int(frames[0]), int(frames[-1]) + 2
    own = np.flatnonzero(speed[start:stop] > enough)
    if len(own):
        start, stop = start + int(own[0]) - 1, start + int(own[-1]) + 1
    return max(0, start), min(len(path), max(stop, start + 1))


def smoothed(path: Path, frames: int) -> Path:
    """Average over ``frames`` frames, the ends held."""
    if len(path) < 3:
        return path
    side = min(frames, len(path)) // 2
    kernel = np.full(2 * side + 1, 1.0 / (2 * side + 1))
    padded = cv2.copyMakeBorder(path, side, side, 0, 0, cv2.BORDER_REPLICATE)
    return np.column_stack([np.convolve(column, kernel, "valid") for column in padded.T])


def _in_words(share: float) -> Foreground:
    if share < 0.025:
        return Foreground.NONE
    return Foreground.SOME if share < 0.12 else Foreground.HEAVY
