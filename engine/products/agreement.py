"""How much of what each frame shows the picture explains: the measure of an honest panorama.

Where layers move differently, or the camera moves in depth, a mean of many frames is smooth where
each frame has detail, and nothing else gives it away: every pixel has "agreeing" samples. So the
fine band of each frame is held against the same band of the picture that all make together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.refinement import Refined
from engine.values import AnyArray, Box, FloatMap, Mask

CELL = 4
"""Reduced pixels across for each that agreement is told for."""
FINE, COARSE = 2.0, 6.0
"""Sigmas between which detail is compared, reduced pixels: above noise, below shading."""
STRIDE = 2
"""Reduced pixels of which one is looked at, across and down."""
AROUND = 4.0
"""Sigma over which detail is added up."""
EDGE = 16
"""Reduced pixels at the edge of a frame that the band filter spoils."""
LOST = 0.45
"""Share of the frames' detail that the picture lacks, above which they contradict each other."""
TORN = 0.25
"""The same, where a single frame shows it better once frames are known to contradict."""
MOST_FRAMES = 40
FLOOR = 3.0
"""Grey levels squared of difference that cannot be seen."""

InFront = tuple[NDArray[np.bool_], float]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the frames say of the picture they make."""

    step: float
    """Canvas pixels for each pixel of ``lost``."""
    lost: FloatMap
    """``(h, w)``: share of the frames' detail that is not in the picture; 0 where there is none."""
    explained: float
    """Share of all detail of all frames that is in the picture, 0 to 1."""
    conflict: float
    """Share of the picture where more than ``LOST`` of the detail is lost."""

    def without(self, mask: Mask, step: float) -> Agreement:
        """Give what is said of the rest of the picture.

        ``mask`` is a map of ``step`` canvas pixels for each of its own.
        """
        bad = self.lost > LOST
        rows, columns = _places(bad.shape, self.step, mask.shape, step)
        inside = mask[np.ix_(rows, columns)]
        left = float((bad & ~inside).sum()) / max(float(bad.sum()), 1.0)
        lost: FloatMap = np.where(inside, np.float32(0), self.lost)
        return replace(self, lost=lost, conflict=self.conflict * left)

    def torn(self, box: Box) -> FloatMap:
        """Say how far a tile of the canvas should come from single frames, ``(h, w, 1)`` 0-1."""
        apart: AnyArray = (self.lost > TORN).astype(np.uint8)
        apart = cv2.morphologyEx(apart, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
        apart = cv2.dilate(apart, np.ones((7, 7), np.uint8))
        step = self.step
        left, top = (box.x + 0.5) / step - 0.5, (box.y + 0.5) / step - 0.5
        move = np.array([[1 / step, 0, left], [0, 1 / step, top]])
        soft = cv2.GaussianBlur(apart.astype(np.float32), (0, 0), 2)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        alpha = cv2.warpAffine(soft, move, box.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(alpha[..., None], np.float32)


def measure_agreement(refined: Refined, in_front: InFront | None = None) -> Agreement:
    """Hold the detail of placed frames against that of their median.

    Parameters
    ----------
    refined : Refined
        Reduced frames and their median.
    in_front : (n, h, w) bool array and float, optional
        What is known of each frame to be in front, and the canvas pixels for each of its own:
        that does not count.

    Returns
    -------
    Agreement
        What else is in front of the background in less than half of the frames does not count.
    """
    picture = _band(refined.middle)
    height, width = (-(-side // CELL) for side in refined.middle.shape)
    stride = max(1, len(refined.drawn) // MOST_FRAMES)
    drawn = refined.drawn[::stride]
    hidden = None if in_front is None else in_front[0]
    at = [np.zeros(0, np.intp)] * 2
    if in_front is not None:
        step = refined.step * CELL
        at = _places((height, width), step, in_front[0].shape[1:], in_front[1])
    rest = np.full((len(drawn), height, width), np.nan, np.float32)
    detail = rest.copy()

    def compare(row: int) -> None:
        one = drawn[row]
        box = one.box
        # Of the canvas's even rows and columns: where the frame has the first of them.
        y, x = -(-box.y // STRIDE), -(-box.x // STRIDE)
        own = _band(one.grey[y * STRIDE - box.y :, x * STRIDE - box.x :])
        seen = cv2.erode(one.seen.astype(np.uint8), np.ones((3, 3)), iterations=EDGE // 2)
        rows = slice(-(-box.y // CELL), (box.bottom - 1) // CELL + 1)
        columns = slice(-(-box.x // CELL), (box.right - 1) // CELL + 1)
        of_own = (
            slice(rows.start * CELL // STRIDE - y, None, CELL // STRIDE),
            slice(columns.start * CELL // STRIDE - x, None, CELL // STRIDE),
        )
        of_frame = (
            slice(rows.start * CELL - box.y, None, CELL),
            slice(columns.start * CELL - box.x, None, CELL),
        )
        valid = seen[of_frame] > 0
        if hidden is not None:
            valid &= ~hidden[row * stride][at[0][rows][:, None], at[1][columns]]
        other = picture[y : y + own.shape[0], x : x + own.shape[1]]
        rest[row, rows, columns] = np.where(valid, _energy(own - other)[of_own], np.nan)
        detail[row, rows, columns] = np.where(valid, _energy(own)[of_own], np.nan)

    at_once(compare, range(len(drawn)))
    told = (~np.isnan(rest)).sum(axis=0) >= 3
    if not told.any():
        return Agreement(refined.step * CELL, np.zeros((height, width), np.float32), 1.0, 0.0)
    left_over = np.zeros((height, width), np.float32)
    total = left_over.copy()
    left_over[told] = _median_over_time(rest[:, told])
    total[told] = _median_over_time(detail[:, told])
    noise = float(np.percentile(left_over[told], 20))
    missing = np.maximum(left_over - 2 * noise - FLOOR, 0)
    lost: FloatMap = np.clip(missing / (total + 3 * noise + FLOOR), 0, 1).astype(np.float32)
    explained = 1 - float(missing.sum()) / max(float(total.sum()), 1.0)
    conflict = float((lost[told] > LOST).mean())
    return Agreement(refined.step * CELL, lost, max(explained, 0.0), conflict)


def _places(
    shape: tuple[int, ...], step: float, other: tuple[int, ...], other_step: float
) -> list[NDArray[np.intp]]:
    """Give the rows and columns of another map of the canvas for those of one."""
    return [
        np.minimum(((np.arange(side) + 0.5) * step / other_step).astype(np.intp), limit - 1)
        for side, limit in zip(shape, other, strict=True)
    ]


def _median_over_time(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take the median of each column of ``(n, P)``, of what is a number there."""
    ordered = np.sort(values, axis=0)
    count = values.shape[0] - np.isnan(values).sum(axis=0)
    low, high = (
        np.take_along_axis(ordered, at[None], axis=0)[0] for at in ((count - 1) // 2, count // 2)
    )
    return np.asarray((low + high) / 2, np.float32)


def _band(grey: AnyArray) -> NDArray[np.float32]:
    """Give the band of detail, of every ``STRIDE``-th pixel: so wide, it holds no finer one."""
    fine = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), FINE)[::STRIDE, ::STRIDE]
    more = (COARSE**2 - FINE**2) ** 0.5 / STRIDE
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), more), np.float32)


def _energy(band: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(band * band, (0, 0), AROUND / STRIDE), np.float32)
