"""Placed frames are fitted once more, each to the picture that they make together.

Corners followed from frame to frame leave a tremble of a tenth of a pixel. The median of all
frames is nearly free of noise; fitting each frame to it by its gradients, everywhere at once
(Lucas and Kanade 1981, over the whole frame), takes the tremble out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.placed import (
    Placed,
    how_many,
    overlap,
    part_of,
    reduced,
    resample,
    seen_in,
    tiles,
)
from engine.products.temporal import median_of
from engine.values import AnyArray, Box, Luma, Mask, Size

SIDE = 960
"""Longest side of the frames as they are compared."""
TILE = 256
"""Side of the parts of which the median is taken at once, reduced pixels."""
FURTHEST = 1.5
"""A frame that wants to move further (reduced pixels) has been fitted to something else."""
LEAST_PIXELS = 2000
LEAST_SLOPE = 0.4
"""Grey levels a pixel from which on a pixel tells of the place."""
LEAST_SEEN = 3
"""Frames that must see a pixel."""
MOST_PIXELS = 10_000
"""Of a frame that are fitted; more do not place it better."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A reduced frame, drawn where it lies."""

    box: Box
    """On the reduced canvas."""
    grey: Luma
    seen: Mask


@dataclass(frozen=True, slots=True)
class Refined:
    """Frames in their final places, and what they were last fitted to."""

    placed: list[Placed]
    drawn: list[Drawn]
    """Before the last, small move."""
    middle: Luma
    """The reduced canvas: the median of all frames."""
    step: float
    """Canvas pixels for each reduced pixel."""


def refine(placed: Sequence[Placed], size: Size, rounds: int = 2) -> Refined:
    """Fit each frame to the median of all, in place, size and brightness.

    Parameters
    ----------
    placed : sequence of Placed
        At most a pixel or so from where they belong.
    size : (int, int)
        Of the canvas.

    Returns
    -------
    Refined
        The same frames, moved.
    """
    widest = max(max(one.image.shape[:2]) for one in placed)
    step = max(1.0, widest / SIDE)
    box = Box(0, 0, max(1, int(size[0] / step)), max(1, int(size[1] / step)))
    small = at_once(lambda one: reduced(one, step, grey=True), placed)
    zooming = any(one.scale != 1 for one in placed)
    moved = list(placed)
    for _ in range(rounds):
        drawn = draw(small, box)
        middle, count = middle_of(drawn, box)
        fits = _fit_all(drawn, middle, count, zooming)
        fits -= np.median(fits, axis=0)
        moved = [_moved(one, fit, step) for one, fit in zip(moved, fits, strict=True)]
        small = [_moved(one, fit, 1.0) for one, fit in zip(small, fits, strict=True)]
    return Refined(moved, drawn, middle, step)


def draw(placed: Sequence[Placed], canvas: Box) -> list[Drawn]:
    """Draw grey frames, each into its own part of the canvas."""

    def draw_one(one: Placed) -> Drawn:
        box = part_of(one, canvas) or Box(0, 0, 1, 1)
        return Drawn(box, resample(one, box), seen_in(one, box))

    return at_once(draw_one, placed)


def middle_of(drawn: Sequence[Drawn], canvas: Box) -> tuple[Luma, NDArray[np.uint8]]:
    """Take the median of drawn frames, and how many see each pixel; ``(h, w)`` each."""
    middle = np.zeros((canvas.height, canvas.width), np.uint8)
    count = np.zeros_like(middle)

    def add(tile: Box) -> None:
        near = [one for one in drawn if overlap(one.box, tile)]
        if not near:
            return
        samples = np.zeros((len(near), tile.height, tile.width), np.uint8)
        seen = np.zeros(samples.shape, np.bool_)
        for sample, where, one in zip(samples, seen, near, strict=True):
            x0, y0 = max(tile.x, one.box.x), max(tile.y, one.box.y)
            x1, y1 = min(tile.right, one.box.right), min(tile.bottom, one.box.bottom)
            to = slice(y0 - tile.y, y1 - tile.y), slice(x0 - tile.x, x1 - tile.x)
            of = slice(y0 - one.box.y, y1 - one.box.y), slice(x0 - one.box.x, x1 - one.box.x)
            sample[to], where[to] = one.grey[of], one.seen[of]
        middle[tile.slices] = median_of(samples[..., None], seen)[..., 0]
        count[tile.slices] = how_many(seen)

    # One after the other: steps so short would only wait for their turn in several threads.
    for tile in tiles(canvas.size, TILE):
        add(tile)
    return middle, count


def _fit_all(
    drawn: Sequence[Drawn], middle: Luma, count: NDArray[np.uint8], zooming: bool
) -> Floats:
    """Fit ``(x, y, log zoom, log gain)`` of each frame to the median of all."""
    soft = _softened(middle)
    across = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8), np.float32)
    down = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8), np.float32)
    edges = (np.abs(across) + np.abs(down) > LEAST_SLOPE) & (count >= LEAST_SEEN)

    def fit(one: Drawn) -> Floats:
        part = one.box.slices
        use = np.flatnonzero(one.seen & edges[part])
        if len(use) < LEAST_PIXELS:
            return np.zeros(4)
        use = use[:: max(1, len(use) // MOST_PIXELS)]
        rows, columns = np.divmod(use, one.box.width)
        at = (rows + one.box.y) * middle.shape[1] + columns + one.box.x
        own = _softened(one.grey).take(use)
        middle_of_box = (one.box.height - 1) / 2, (one.box.width - 1) / 2
        away = (columns - middle_of_box[1], rows - middle_of_box[0]) if zooming else None
        return _fit(own, soft.take(at), across.take(at), down.take(at), away)

    return np.array(at_once(fit, drawn))


def _softened(grey: AnyArray) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8), np.float32)


def _fit(
    own: NDArray[np.float32],
    other: NDArray[np.float32],
    gradient_x: NDArray[np.float32],
    gradient_y: NDArray[np.float32],
    away: tuple[Floats, Floats] | None,
) -> Floats:
    """Solve ``own - other = gradient * move + gain * other`` by reweighted least squares.

    All are ``(n,)``; ``away`` is how far the pixels lie from the middle, across and down, where a
    zoom is to be fitted too.
    """
    columns: list[AnyArray] = [gradient_x, gradient_y, other]
    if away is not None:
        columns.append(gradient_x * away[0] + gradient_y * away[1])
    terms = np.array([*columns, own - other], np.float64)
    design, left = terms[:-1], terms[-1]
    answer: Floats = np.zeros(len(design))
    for _ in range(4):
        gap = left - _added(design, answer)
        spread = 1.48 * _median(np.abs(gap)) + 0.3
        weight = _biweight(gap, 4 * spread)
        # Sums by a matrix library would take more time: its threads wait for each other.
        sums = np.einsum("in,jn->ij", design * weight, terms)
        normal, right = sums[:, :-1], sums[:, -1]
        normal[np.diag_indices(len(normal))] *= 1 + 1e-6
        normal[np.diag_indices(len(normal))] += 1e-9
        answer = cv2.solve(normal, right)[1][:, 0]
    if np.hypot(answer[0], answer[1]) > FURTHEST:
        return np.zeros(4)
    zoom = 0.0 if away is None else float(answer[3])
    return np.array([answer[0], answer[1], zoom, answer[2]])


def _biweight(gap: Floats, reach: float) -> Floats:
    """Weigh down what is far off, by Tukey's biweight; ``gap`` is lost."""
    gap /= reach
    gap *= gap
    np.subtract(1, gap, out=gap)
    np.maximum(gap, 0, out=gap)
    gap *= gap
    return gap


def _added(design: Floats, answer: Floats) -> Floats:
    return np.asarray(np.einsum("in,i->n", design, answer), np.float64)


def _median(values: Floats) -> float:
    half = len(values) // 2
    ordered = np.partition(values, half)
    upper = float(ordered[half])
    return upper if len(values) % 2 else (float(ordered[:half].max()) + upper) / 2


def _moved(one: Placed, fit: Floats, step: float) -> Placed:
    x, y, zoom, gain = fit
    height, width = one.image.shape[:2]
    # Content that belongs at q + e * (q - centre) is drawn at q: the frame grows by e.
    scale = one.scale * (1 + zoom)
    return replace(
        one,
        left=one.left + x * step - width * (scale - one.scale) / 2,
        top=one.top + y * step - height * (scale - one.scale) / 2,
        scale=scale,
        gain=one.gain * float(np.exp(-gain)),
    )
