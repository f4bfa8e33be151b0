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
"""Frames over which unsteadiness evens out, so that it passes for no way gone and no turn."""

_TURNED = 0.22
"""Share of its length that a move may bulge to the side: the arc of a quarter turn does so."""

_LOST = 0.25
"""Share of the textured picture: where less than this moves as one, the camera is lost."""

_SELDOM = 0.2
"""Share of a shot's frames in which the camera may be lost for its move to have a name."""

_AT_ONCE = 5
"""Frames in which it may be lost in any shot: a jerk of that length proves nothing."""

_SECOND = 0.25
"""Share of a pan or tilt that a change of size may reach at the picture's sides."""

_UNSEEN = 0.06
"""Change of size that nobody sees beside a pan or tilt: it comes of a wall that stands aslant."""

_ROLLED = 0.5
"""Share of a move that a roll may reach at the picture's sides."""

_TIPPED = 0.03
"""Share of the picture's width by which a camera that rolls in its place turns the sides."""

_AT_HAND = 0.12
"""Share of the picture's width that an unsteady hand stays within."""

_SWAY = 0.004
"""Share of the picture's width that is a sway and not noise."""

_BACK = 24
"""Frames within which a hand turns back once at least."""

_SLANTED = 0.4
"""Share of the longer way that the shorter one of a diagonal has."""

_BENT = 0.05
"""Share of its length that a diagonal may bulge: an arc that turns by 23 degrees does so."""

_LED_ASTRAY = 10.0
"""Times the usual error of a point by which grain may bend a measured path."""

_TELLING = 0.0125
"""Share of the picture's width that a backdrop must move before its layers can be told apart."""

_TITLE = 0.15
"""A smaller textured share than this is a title or a lone light, not a place."""

GROUNDED = 0.3
"""Share of a shot's frames in which ground must stay under drifting clouds to have been at rest."""

_FEWEST_CLEAR = 8
"""Frames; with fewer outside fades and dissolves all are judged."""

Path = NDArray[np.float64]
"""``(N, 3)``: x, y, and zoom at the picture's sides, all in source pixels."""


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
    reach = 0.25 * (width + height)
    seen = path * (1.0, 1.0, reach)
    start, stop = clear or (0, len(steps))
    if stop - start < _FEWEST_CLEAR:
        start, stop = 0, len(steps)
    start, stop = _where_seen(steps, start, stop)
    judged = steps[start:stop]
    camera = _judge_camera(judged, seen[start:stop], (width, height), scale)
    moving = (0, 0)
    if camera is not Camera.STATIC:
        first, last = find_moving(seen[start:stop], width)
        if first == last:
            first, last = find_moving(reach * _rolls(judged)[:, None], width)
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


def _where_seen(steps: Sequence[Step], start: int, stop: int) -> tuple[int, int]:
    """Leave out frames at both ends that show nothing: what a camera does there nobody can say."""
    shown = [frame for frame in range(start, stop) if steps[frame].textured > 0]
    if len(shown) < _FEWEST_CLEAR:
        return start, stop
    return shown[0], shown[-1] + 1


def _parallax(steps: Sequence[Step], size: Size) -> float:
    """Tell how far layers move apart, from the frames that are furthest from their key frames."""
    if not steps:
        return 0.0
    reach = np.array([step.reach for step in steps])
    far = reach >= max(_TELLING * size[0], float(np.percentile(reach, 75)))
    depth = [step.depth for step, tells in zip(steps, far, strict=True) if tells]
    return float(np.median(depth)) if depth else 0.0


def _judge_camera(
    steps: Sequence[Step], path: Path, size: tuple[float, float], scale: float
) -> Camera:
    """Name the move, or own up to not knowing it."""
    throughout = any(step.throughout for step in steps)
    if not throughout and float(np.median([step.textured for step in steps])) < _TITLE:
        return Camera.STATIC  # A title that grows on black is no camera.
    if float(np.mean([step.grounded for step in steps])) > GROUNDED:
        return Camera.STATIC  # Until they had gone far enough, clouds were taken for the backdrop.
    camera = name_camera(path, size)
    rolls = 0.25 * sum(size) * _rolls(steps)
    if camera is Camera.STATIC:
        turned = float(np.ptp(smoothed(rolls[:, None], 5)))
        return Camera.COMPLEX if turned > _TIPPED * size[0] else camera
    if camera is Camera.HANDHELD:
        return camera
    lost = sum(step.support < _LOST for step in steps)
    if lost > max(_AT_ONCE, _SELDOM * len(steps)) and not throughout:
        return Camera.COMPLEX
    travel = float(np.linalg.norm(path[-1] - path[0]))
    if abs(float(rolls[-1] - rolls[0])) > _ROLLED * travel:
        return Camera.COMPLEX
    grain = float(np.median([step.grain for step in steps])) / scale
    bent = _turn(smoothed(path, 5)) > max(_BENT, _LED_ASTRAY * grain / max(travel, 1e-6))
    # A pan may end in a tilt and have the name of what there is more of; here neither is more.
    return Camera.COMPLEX if bent and camera is Camera.DIAGONAL else camera


def _rolls(steps: Sequence[Step]) -> NDArray[np.float64]:
    """Give by how much each frame is turned against the first, radians."""
    poses = np.stack([step.pose for step in steps])
    return np.unwrap(np.arctan2(poses[:, 1, 0], poses[:, 0, 0]))


def camera_path(steps: Sequence[Step], size: Size, scale: float) -> Path:
    """Sum up the way of the picture's middle.

    Each step counts as it is seen, in pixels of its own frame and along the frame's own axes: a
    little false zoom or roll early on does not bend or stretch all that follows.

    Parameters
    ----------
    steps : sequence of Step
    size : (int, int)
        Of the pictures that were followed, pixels.
    scale : float
        Pixels of those pictures for each pixel of the source.

    Returns
    -------
    (N, 3) float64 array
        x, y in source pixels, log of the zoom; zeros for the first frame.
    """
    middle = np.array([size[0] / 2, size[1] / 2, 1.0])
    poses = np.stack([step.pose for step in steps])
    links = np.linalg.inv(poses[1:]) @ poses[:-1]
    ways = (middle - links @ middle)[:, :2] / scale
    return np.vstack([np.zeros((1, 3)), np.cumsum(np.column_stack([ways, _zooms(links)]), axis=0)])


def camera_place(step: Step, size: Size, scale: float) -> tuple[float, float]:
    """Give where the middle of a frame lies in the shot's first, source pixels."""
    middle = np.array([size[0] / 2, size[1] / 2, 1.0])
    x, y = (step.pose @ middle - middle)[:2] / scale
    return float(x), float(y)


def _zooms(links: NDArray[np.float64]) -> NDArray[np.float64]:
    areas = np.abs(links[:, 0, 0] * links[:, 1, 1] - links[:, 0, 1] * links[:, 1, 0])
    return np.asarray(0.5 * np.log(np.maximum(areas, 1e-6)), np.float64)


def name_camera(path: Path, size: tuple[float, float]) -> Camera:
    """Name the move of a path.

    Parameters
    ----------
    path : (N, 3) float64 array
        All in source pixels.
    size : (float, float)
        Of the picture, source pixels.
    """
    width = size[0]
    smooth = smoothed(path, 5)
    extent = np.ptp(smooth, axis=0)
    if float(extent.max()) < STILL * width:
        return Camera.STATIC
    travel, steady = smooth[-1] - smooth[0], smoothed(path, _LULL)
    length = float(np.linalg.norm(np.diff(steady, axis=0), axis=1).sum())
    straight = float(np.linalg.norm(travel)) / max(length, 1e-6)
    if straight < _STRAIGHT or _turn(steady) > _TURNED:
        near = float(extent.max()) < _AT_HAND * width
        return Camera.HANDHELD if near and _sways(smooth[:, :2], width) else Camera.COMPLEX
    return _name_straight(travel, size)


def _sways(path: NDArray[np.float64], width: float) -> bool:
    """Whether a path goes to and fro, again and again."""
    turns = sum(_turning_points(way, _SWAY * width) for way in path.T)
    return turns >= max(2, len(path) / _BACK)


def _turning_points(way: NDArray[np.float64], least: float) -> int:
    """Count how often a way turns back by more than ``least``."""
    turns, heading, furthest = 0, 0, float(way[0])
    for place in map(float, way):
        if heading == 0:
            heading = int(np.sign(place - furthest)) if abs(place - furthest) > least else 0
            furthest = place if heading else furthest
        elif (place - furthest) * heading > 0:
            furthest = place
        elif (furthest - place) * heading > least:
            turns, heading, furthest = turns + 1, -heading, place
    return turns


def _turn(path: Path) -> float:
    """Tell how far a path strays from the line between its ends, against the line's length."""
    way = path[-1] - path[0]
    length = max(float(np.linalg.norm(way)), 1e-6)
    away = path - path[0]
    aside = away - np.outer(away @ way, way) / length**2
    return float(np.linalg.norm(aside, axis=1).max()) / length


def _name_straight(travel: NDArray[np.float64], size: tuple[float, float]) -> Camera:
    x, y, zoom = (float(v) for v in travel)
    across, down, closer = abs(x), abs(y), abs(zoom)
    grown = closer / (0.25 * sum(size))
    # Who zooms in on something has it in the picture: that place alone stays where it is.
    if across < 0.5 * size[0] * grown and down < 0.5 * size[1] * grown:
        return Camera.ZOOM_IN if zoom > 0 else Camera.ZOOM_OUT
    if grown > _UNSEEN and closer > _SECOND * float(np.hypot(across, down)):
        return Camera.COMPLEX
    if min(across, down) > _SLANTED * max(across, down):
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
