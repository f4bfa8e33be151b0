"""Whole frames side by side, cut where they agree: for what no mean of many frames can show.

Few frames are taken, evenly along the move; each gives the part of the canvas near its middle.
Between two neighbours the cut follows the path along which they differ least (dynamic
programming, as Efros and Freeman 2001 cut textures), so that it goes around things rather than
through them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.placed import Placed, resample
from engine.products.refinement import Drawn, Refined
from engine.values import Box, Image, Mask

SPACING = 0.15
"""Share of a frame between two that are taken."""
SMOOTH = 1.2
"""Sigma over which frames are compared, reduced pixels."""
PULL = 6.0
"""Grey levels that a cut may cost more to lie halfway between the middles of two frames."""
SOFT = 2.0
"""Sigma of the rim over which two frames are blended, canvas pixels."""

Labels = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Seams:
    """Which frame each part of the canvas is taken from."""

    labels: Labels
    """``(h, w)``: place in the list of placed frames; -1 where none was seen."""
    step: float
    """Canvas pixels for each of ``labels``."""

    def draw(self, placed: Sequence[Placed], box: Box) -> Image:
        """Draw a tile of the canvas, each part from its frame."""
        step = self.step
        move = np.array([[1 / step, 0, (box.x + 0.5) / step - 0.5], [0, 1 / step, 0.0]])
        move[1, 2] = (box.y + 0.5) / step - 0.5
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        edge = cv2.BORDER_REPLICATE
        total = np.zeros((box.height, box.width, 3), np.float32)
        weight = np.zeros((box.height, box.width), np.float32)
        x0, y0 = max(0, int(box.x / step) - 2), max(0, int(box.y / step) - 2)
        near = self.labels[y0 : int(box.bottom / step) + 3, x0 : int(box.right / step) + 3]
        for label in np.unique(near[near >= 0]):
            own = (self.labels == label).astype(np.float32)
            share = cv2.warpAffine(own, move, box.size, flags=flags, borderMode=edge)
            share = cv2.GaussianBlur(share, (0, 0), SOFT)
            total += resample(placed[int(label)], box) * share[..., None]
            weight += share
        mixed = total / np.maximum(weight, 1e-3)[..., None]
        return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def find_seams(refined: Refined) -> Seams:
    """Decide which frame shows which part of the canvas.

    Parameters
    ----------
    refined : Refined
        Reduced frames, lined up.
    """
    drawn = refined.drawn
    shape = refined.middle.shape
    labels: Labels = np.full(shape, -1, np.int16)
    shown = np.zeros(shape, np.float32)
    before: Drawn | None = None
    for label in _spread(drawn):
        one = drawn[label]
        part = one.box.slices
        free = one.seen & (labels[part] < 0)
        over = one.seen & (labels[part] >= 0)
        mine = free.copy()
        if before is not None and over.any():
            mine |= over & _side(one, before, shown[part], over)
        labels[part][mine] = label
        shown[part][mine] = one.grey[mine]
        before = one
    return Seams(labels, refined.step)


def _spread(drawn: Sequence[Drawn]) -> list[int]:
    """Choose frames a part of a frame from each other, in order along the main axis."""
    middles = np.array([_middle(one) for one in drawn])
    size = np.array([max(1, max(o.box.width for o in drawn)), max(o.box.height for o in drawn)])
    axis = int(np.ptp(middles / size, axis=0).argmax())
    order = np.argsort(middles[:, axis], kind="stable")
    chosen = [int(order[0])]
    for i in order[1:]:
        if (np.abs(middles[i] - middles[chosen[-1]]) / size).max() >= SPACING:
            chosen.append(int(i))
    last = int(order[-1])
    if chosen[-1] != last:
        chosen.append(last)
    return chosen


def _middle(one: Drawn) -> tuple[float, float]:
    return one.box.x + one.box.width / 2, one.box.y + one.box.height / 2


def _side(one: Drawn, before: Drawn, shown: NDArray[np.float32], over: Mask) -> Mask:
    """Say which of the pixels that both show lie on the new frame's side of the best cut."""
    gap = cv2.GaussianBlur(np.abs(one.grey.astype(np.float32) - shown), (0, 0), SMOOTH)
    (x, y), (old_x, old_y) = _middle(one), _middle(before)
    across = abs(x - old_x) >= abs(y - old_y)
    halfway = ((x + old_x) / 2 - one.box.x) if across else ((y + old_y) / 2 - one.box.y)
    ahead = (x > old_x) if across else (y > old_y)
    if not across:
        gap, over = gap.T, over.T
    places = np.arange(gap.shape[1])
    cost = gap + PULL * (2 * np.abs(places - halfway) / gap.shape[1]) ** 2
    cost = np.where(over, cost, cost.max() + 50).astype(np.float32)
    cut = best_path(cost)
    side = places[None] >= cut[:, None] if ahead else places[None] <= cut[:, None]
    return side if across else side.T


def best_path(cost: NDArray[np.float32]) -> NDArray[np.intp]:
    """Find the cheapest path from the first row to the last, one column a step at most.

    Parameters
    ----------
    cost : (H, W) float32 array

    Returns
    -------
    (H,) int array
        The column in each row.
    """
    total = cost.copy()
    for y in range(1, len(total)):
        above = total[y - 1]
        least = above.copy()
        least[1:] = np.minimum(least[1:], above[:-1])
        least[:-1] = np.minimum(least[:-1], above[1:])
        total[y] += least
    path = np.zeros(len(total), np.intp)
    path[-1] = total[-1].argmin()
    for y in range(len(total) - 2, -1, -1):
        low = max(0, path[y + 1] - 1)
        path[y] = low + total[y, low : path[y + 1] + 2].argmin()
    return path
