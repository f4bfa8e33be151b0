"""The picture inside the frame: without bars, film gate and dirty edges.

Bars are what stays dark in every frame of a shot and ends in a straight line; a dark scene stays
dark too, but its edge is ragged. Where a shot is too dark to tell, the rest of the film may know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Box, Image, Luma, Mask, Size

_DARKEST_BAR = 40
"""Grey levels: a bar's own level is at most this, in any channel."""

_STRAIGHT = 0.6
"""Share of a line that must light up at the inner edge of a bar."""

_QUIET = 0.02
"""Share of a bar's line that may light up: hot pixels, compression."""

_MOST = 0.4
"""A bar takes at most this share of the frame."""

_MOST_ONE_SIDED = 0.2
"""The same for a bar without a partner on the other side."""

_GATE_DARK = 0.6
"""A gate's corner is never brighter than this share of the picture just inside it."""

_GATE_LIT = 0.65
"""Share of the way from the gate's dark to the picture's light at which the picture begins."""

_GATE_MOST = 0.06
"""A gate's corner reaches at most this share of the shorter side into the picture, diagonally."""

_DIRTY_STEP = 2.5
"""Grey levels a pixel: a steeper slope along a whole edge is dirt, not picture."""

_LASTING = 0.5
"""Share of the slope at an edge that has to be left further in."""

_NEARLY_ALL = 0.9
"""Share of an edge along which dirt must be darker than what lies inside."""

_DIMMED = 0.85
"""What is left of the light there, at most: what is lighter may be a picture's own frame."""

_OWN_LIGHT = 0.35
"""The same, above which what is inside must shine through: a line has a colour of its own."""

_SHINES = 0.4
"""Share of that light with which it must at least."""

_BLACK = 24
"""Grey levels up to which the outermost column may be black, and dirt begin further in."""

_DIRTIEST = 8
"""Pixels of dirty edge that are looked for at full size."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """What one side of the frame shows."""

    width: int
    """Pixels of bar; 0 for none."""
    dark: int
    """Pixels from the edge that never light up, bar or not."""


class PictureFinder:
    """Gathers the reduced frames of a shot and finds the picture in them."""

    def __init__(self, scale: float) -> None:
        """Begin a shot whose reduced frames have ``scale`` pixels for each of the source."""
        if not 0 < scale <= 1:
            raise ValueError(f"a scale is between 0 and 1, got {scale}")
        self._scale = scale
        self._brightest: Image | None = None

    def add(self, image: Image) -> None:
        """Take a reduced frame into account; those of another size than the first are not."""
        if self._brightest is None:
            self._brightest = image.copy()
        elif self._brightest.shape == image.shape:
            cv2.max(self._brightest, image, dst=self._brightest)

    def box(self, source_size: Size, usual: Box | None = None, gate: Luma | None = None) -> Box:
        """Find the picture.

        Parameters
        ----------
        source_size : (int, int)
            Width and height of a full frame.
        usual : Box, optional
            Where the picture is in most of the film: followed on sides where this shot is too
            dark to tell and nothing in it speaks against.
        gate : (H, W) uint8 array, optional
            Of each place, the brightest that the source has shown so far, at any size: a film
            gate is the same in all shots, and one shot may be too dark to see it.

        Returns
        -------
        Box
            In source pixels, to about one reduced pixel; :func:`refine_picture` makes it exact.
            The whole frame when nothing is sure.
        """
        whole = Box(0, 0, *source_size)
        if self._brightest is None:
            return whole
        light = _brightest_channel(self._brightest)
        inner = _without_bars(light, self._usual_bars(source_size, usual))
        inner = self._without_known_gate(light, inner, gate) or _without_gate(light, inner)
        return _between(inner, light.shape, source_size) or whole

    def _without_known_gate(self, light: AnyArray, inner: Box, gate: Luma | None) -> Box | None:
        """Step inside the gate that the source as a whole shows; None where it shows none."""
        if gate is None:
            return None
        across, down = light.shape[1] / gate.shape[1], light.shape[0] / gate.shape[0]
        if abs(across / down - 1) > 0.05:
            return None  # a picture of another shape
        seen = inner.scaled(1 / across)
        if seen.right > gate.shape[1] or seen.bottom > gate.shape[0]:
            seen = Box(seen.x, seen.y, gate.shape[1] - seen.x, gate.shape[0] - seen.y)
        stepped = _without_gate(gate, seen)
        if stepped == seen:
            return None
        left, top = stepped.x - seen.x, stepped.y - seen.y
        right, bottom = seen.right - stepped.right, seen.bottom - stepped.bottom
        x, y = inner.x + int(np.ceil(left * across)), inner.y + int(np.ceil(top * down))
        width = inner.right - int(np.ceil(right * across)) - x
        height = inner.bottom - int(np.ceil(bottom * down)) - y
        return Box(x, y, width, height) if width > 0 and height > 0 else None

    def _usual_bars(self, source_size: Size, usual: Box | None) -> tuple[int, int, int, int]:
        if usual is None:
            return 0, 0, 0, 0
        width, height = source_size
        bars = (usual.x, usual.y, width - usual.right, height - usual.bottom)
        left, top, right, bottom = (round(bar * self._scale) for bar in bars)
        return left, top, right, bottom


def refine_picture(box: Box, images: Sequence[Image], scale: float = 0.25) -> Box:
    """Find the edges of the picture to the pixel, and trim dirty ones.

    Parameters
    ----------
    box : Box
        From :meth:`PictureFinder.box`.
    images : sequence of (H, W, 3) uint8 arrays
        One to three full frames of the shot; the brighter and the more different, the better.
    scale : float
        Of the reduced frames that ``box`` comes from; it says how coarse ``box`` may be.

    Returns
    -------
    Box
        Never larger than ``box`` by more than its coarseness. Edges on which a slope of two to
        four pixels runs along the whole side are trimmed by it.
    """
    if not images:
        return box
    coarse = min(48, int(np.ceil(1.5 / scale)) + 1)
    height, width = images[0].shape[:2]
    alike = [image for image in images if image.shape[:2] == (height, width)]
    light = np.max([_brightest_channel(image) for image in alike], 0)
    left, right = _refined_pair(light[box.y : box.bottom], box.x, box.right, coarse)
    top, bottom = _refined_pair(light[:, left:right].T, box.y, box.bottom, coarse)
    grey = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in images]
    inside = [picture[top:bottom, left:right].astype(np.float32) for picture in grey]
    trims = [
        _dirt([_from_side(picture, side) for picture in inside]) for side in range(4)
    ]  # left, top, right, bottom
    x, y = left + trims[0], top + trims[1]
    right, bottom = right - trims[2], bottom - trims[3]
    if right - x < 16 or bottom - y < 16:
        return box
    return Box(x, y, right - x, bottom - y)


def _brightest_channel(image: Image) -> AnyArray:
    """Give of each place the largest of its three numbers."""
    blue, green, red = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(blue, green), red))


def _without_bars(light: AnyArray, usual: tuple[int, int, int, int]) -> Box:
    """Find the rectangle inside the bars, in reduced pixels."""
    height, width = light.shape
    box = Box(0, 0, width, height)
    # Twice: bars at the sides shorten the lines by which those above and below are judged.
    for straight in (_STRAIGHT * 0.75, _STRAIGHT):
        left, right = _bar_pair(light[box.y : box.bottom], usual[0], usual[2], straight)
        box = Box(left, box.y, width - left - right, box.height)
        top, bottom = _bar_pair(light[:, box.x : box.right].T, usual[1], usual[3], straight)
        box = Box(box.x, top, box.width, height - top - bottom)
    return box


def _bar_pair(
    across: AnyArray, usual_near: int, usual_far: int, straight: float
) -> tuple[int, int]:
    """Find bars at the left and the right of ``(n, length)``."""
    length = across.shape[1]
    near, far = _bar(across, straight), _bar(across[:, ::-1], straight)
    widths = [near.width, far.width]
    paired = min(widths) > 0 and max(widths) - min(widths) <= max(3, 0.25 * max(widths))
    for place, (bar, usual) in enumerate(((near, usual_near), (far, usual_far))):
        if not paired and bar.width > length * _MOST_ONE_SIDED:
            widths[place] = 0
        if not widths[place] and 0 < usual <= bar.dark:
            widths[place] = usual
    return widths[0], widths[1]


def _bar(across: AnyArray, straight: float) -> _Bar:
    """Find a bar at the left of ``(n, length)``: columns in the dark, ended by a straight step."""
    rim = across[:, :2]
    level = float(np.median(rim))
    if level > _DARKEST_BAR:
        return _Bar(0, 0)
    spread = float(np.percentile(rim, 98)) - level
    threshold = level + min(24.0, max(8.0, 2 * spread))
    share = np.mean(across > threshold, axis=0)
    lit = np.flatnonzero(share > _QUIET)
    dark = int(lit[0]) if len(lit) else len(share)
    width = _step(share, straight)
    return _Bar(width if width <= len(share) * _MOST else 0, dark)


def _step(share: NDArray[np.float64], straight: float) -> int:
    """Give the column where the dark ends at once for most of its length; 0 for none.

    Subtitles may lie in a bar, so what matters is the quiet just before the step, that most of
    the bar is quiet, and that the picture goes on after it.
    """
    for column in np.flatnonzero(share >= straight):
        if column == 0 or float(np.mean(share[column : column + 4])) < straight:
            return 0
        before = share[:column]
        # A reduced pixel on the border is a mix, so one half-lit column is let through.
        quiet_until = column if before[-1] <= _QUIET else column - 1
        clean = before[:quiet_until]
        if not len(clean):
            return 1 if float(before[-1]) < straight else 0
        is_bar = clean[-1] <= _QUIET and float(np.mean(clean <= _QUIET)) > 0.5
        return int(quiet_until if quiet_until == column else column) if is_bar else 0
    return 0


def _without_gate(light: AnyArray, box: Box) -> Box:
    """Step inside a film gate whose rounded corners stay dark, if at least three do."""
    inside = light[box.slices].astype(np.float32)
    reach = int(_GATE_MOST * min(inside.shape))
    if reach < 2:
        return box
    corners = [inside, inside[:, ::-1], inside[::-1], inside[::-1, ::-1]]
    depths = [_corner_depth(corner, reach) for corner in corners]
    found = [depth for depth in depths if depth > 0]
    if len(found) < 3:
        return box
    # A corner in which the picture itself is dark is about as round as the others.
    usual = float(np.median(found))
    upper_left, upper_right, lower_left, lower_right = (
        min(depth or round(usual), int(np.ceil(1.4 * usual))) for depth in depths
    )
    left, right = max(upper_left, lower_left), max(upper_right, lower_right)
    top, bottom = max(upper_left, upper_right), max(lower_left, lower_right)
    return Box(box.x + left, box.y + top, box.width - left - right, box.height - top - bottom)


def _corner_depth(corner: NDArray[np.float32], reach: int) -> int:
    """Give how far a dark, rounded corner reaches along the diagonal; 0 for none."""
    diagonal = np.array([corner[i, i] for i in range(3 * reach)], np.float32)
    # What lies just inside may be darker than the picture is further on.
    inside = corner[reach : 4 * reach, reach : 4 * reach]
    picture = min(float(np.median(inside)), float(np.median(diagonal[reach:])))
    # The outermost reduced pixel may be a mix with a bar, which is dark, too: where it is lighter,
    # something dark of the picture lies near its corner.
    dark = float(diagonal[1])
    if picture < 48 or max(dark, float(diagonal[0])) > _GATE_DARK * picture:
        return 0
    lit = np.flatnonzero(diagonal[1:] > dark + _GATE_LIT * (picture - dark)) + 1
    if not len(lit) or lit[0] > reach:
        return 0
    # A gate is dark in its corners and not along its sides; a vignette or a prop is otherwise.
    middle = slice(4 * reach, 6 * reach)
    sides = float(np.median(corner[1, middle])), float(np.median(corner[middle, 1]))
    return int(lit[0]) if min(sides) > dark * 1.2 else 0


def _between(inner: Box, shape: tuple[int, ...], source_size: Size) -> Box | None:
    """Carry a box over to source pixels, inwards; None when hardly anything is left."""
    across, down = source_size[0] / shape[1], source_size[1] / shape[0]
    x, y = int(np.ceil(inner.x * across)), int(np.ceil(inner.y * down))
    right, bottom = int(inner.right * across), int(inner.bottom * down)
    if right - x < source_size[0] * 0.2 or bottom - y < source_size[1] * 0.2:
        return None
    return Box(x, y, right - x, bottom - y)


def _refined_pair(across: AnyArray, start: int, stop: int, coarse: int) -> tuple[int, int]:
    """Move both ends of ``[start, stop)`` to where the columns of ``(n, length)`` light up."""
    length = across.shape[1]
    near = _lit_from(across, start, coarse)
    far = length - _lit_from(across[:, ::-1], length - stop, coarse)
    return (near, far) if far - near >= 16 else (start, stop)


def _lit_from(across: AnyArray, start: int, coarse: int) -> int:
    """Give the first column near ``start`` that most of its length lights up."""
    if start == 0:
        return 0
    first = max(0, start - coarse)
    outside = across[:, :first] if first >= 2 else across[:, :1]
    level = float(np.median(outside))
    spread = float(np.percentile(outside, 98)) - level
    threshold = level + min(24.0, max(8.0, 2 * spread))
    share = np.mean(across[:, first : start + coarse] > threshold, axis=0)
    lit = np.flatnonzero(share >= _STRAIGHT / 2)
    if level > _DARKEST_BAR or not len(lit) or lit[0] == 0:
        return start
    return first + int(lit[0])


def _from_side(picture: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Turn a picture so that a side lies on the left: left, top, right, bottom."""
    return (picture, picture.T, picture[:, ::-1], picture[::-1].T)[side]


def _dirt(pictures: Sequence[NDArray[np.float32]]) -> int:
    """Give how many columns at the left do not belong to the picture.

    In a picture, neighbours along an edge are as often brighter as darker; where nearly all of
    them get darker from the outermost column on, the edge is blended with a bar, or with black
    outside the frame. What slopes the other way, or only for most of the side, is drawn.
    """
    strip = np.concatenate([picture[:, : 2 * _DIRTIEST + 1] for picture in pictures])
    if strip.shape[1] < 2 * _DIRTIEST + 1:
        return 0
    steps = np.median(np.diff(strip, axis=1), axis=0)
    natural = float(np.abs(steps[_DIRTIEST:]).mean())
    steep: Mask = np.abs(steps[:_DIRTIEST]) > max(_DIRTY_STEP, 4 * natural)
    columns = np.flatnonzero(steep)
    if not len(columns) or columns[0] > 2:
        return 0
    last = int(columns[0])
    while last + 1 < _DIRTIEST and steep[last + 1]:
        last += 1
    outermost = strip[:, 0]
    if columns[0] > 0 and float(np.median(outermost)) > _BLACK:
        return 0
    # Dirt leaves for good; a drawn line or a shaded moulding along the edge comes back to what
    # was before it.
    rise = float(steps[: last + 1].sum())
    inside = strip[:, last + 2 :].mean(axis=1)
    if float(np.median(inside - outermost)) <= _LASTING * abs(rise) or rise < 0:
        return 0
    dimmed = float(np.median(outermost) / max(1.0, float(np.median(inside))))
    if np.mean(outermost < inside) < _NEARLY_ALL or dimmed > _DIMMED:
        return 0
    drawn = dimmed > _OWN_LIGHT and _slope(inside, outermost) < _SHINES * dimmed
    return 0 if drawn else last + 1


def _slope(inside: AnyArray, outermost: AnyArray) -> float:
    """Give by how much more light one shows where there is more in the other, along an edge."""
    apart = inside - inside.mean()
    return float((apart * outermost).sum() / max(1.0, float((apart**2).sum())))
