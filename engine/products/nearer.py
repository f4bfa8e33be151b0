"""What moves with a layer nearer than the background, though it may cover that most of the time.

At the ends of a pan the background is seen in few frames, and a trunk in front covers a place in
most of them: what is commonest there is the trunk. But lined up by its own speed, what is near
looks the same from frame to frame while the background goes by behind it; lined up by the
background's, it does not. What is thought to be the background changes with what is known to be
in front of it, so both are found by turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.placed import Placed, Stack, furthest, how_many, tiles
from engine.products.temporal import median_of
from engine.values import AnyArray, Box, FloatMap, Image, Mask

ROUNDS = 5
"""Turns in which the layer and the background are found anew."""
TOLD = 30.0
"""Grey levels beyond which a difference counts no more."""
WORSE = 4.0
"""Grey levels by which a place must fit its own layer better than the background."""
WINDOW = (5, 5)
"""Reduced pixels that fit together."""
GAPS = np.ones((7, 7), np.uint8)
"""Reduced pixels of a layer that may be missing."""
LEAST_SEEN = 3
"""Frames that must see a place of a layer."""
REACH = 4.0
"""Reduced pixels that a layer must move against the background to be told from it."""
EDGE = 20
"""Grey levels between neighbours across which a layer is not taken to go on."""
CORE = 0.3
"""Share of what looks alike that must be known to be in front for the rest to be, too."""
MOSTLY = 0.6
"""The same, for what does not even lie between parts that are."""
TILE = 128
"""Side of the parts of which the median is taken at once, reduced pixels."""
SPOT = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Nearer:
    """What passes in front of the background at speeds of its own."""

    shown: NDArray[np.bool_]
    """``(n, h, w)``: where each frame shows it, on the reduced canvas."""
    layers: tuple[tuple[float, tuple[int, int], Mask], ...]
    """Of each layer its speed, the place of the first frame on its own canvas, what it fills."""

    def predicted(self, size: tuple[int, int], way: NDArray[np.float64]) -> Mask:
        """Say where a frame would show it whose middle lies ``way`` from the first frame's.

        ``size`` ``(width, height)`` is that of the reduced canvas, as is ``way``.
        """
        width, height = size
        out = np.zeros((height, width), np.bool_)
        for speed, start, filled in self.layers:
            x, y = (np.rint((speed - 1) * way) + start).astype(int).tolist()
            left, top = max(0, -x), max(0, -y)
            part = filled[y + top : max(0, y + height), x + left : max(0, x + width)]
            out[top : top + part.shape[0], left : left + part.shape[1]] |= part
        return out


def find_nearer(
    placed: Sequence[Placed], stack: Stack, background: Image, speeds: Sequence[float]
) -> Nearer:
    """Find which samples fit a layer in front better than the background.

    Parameters
    ----------
    placed : sequence of n Placed
        Frames on the reduced canvas.
    stack : Stack
        What each of them shows of the whole of it.
    background : (h, w, 3) uint8 array
        What is thought to be behind: the commonest.
    speeds : sequence of float
        Of the layers, as a share of the background's.
    """
    middles = np.array([[(b[0] + b[2]) / 2, (b[1] + b[3]) / 2] for b in (p.box for p in placed)])
    layers = [_Layer(stack, (speed - 1) * (middles - middles[0])) for speed in speeds]
    known = np.ones(background.shape[:2], np.bool_)
    shown = np.zeros(stack.seen.shape, np.bool_)
    for turn in range(ROUNDS):
        if turn:
            behind = stack.seen & ~shown
            known = how_many(behind) > 0
            background = median_of(stack.samples, behind)
        away = _away_from(stack, background, known)
        for layer in layers:
            layer.fill(stack.seen & known, away, with_cores=turn > 1)
        shown = np.any([layer.seen_in(stack) for layer in layers], axis=0)
    found = zip(speeds, layers, strict=True)
    return Nearer(shown, tuple((speed, layer.start, layer.filled) for speed, layer in found))


def _away_from(stack: Stack, reference: Image, known: Mask) -> NDArray[np.uint8]:
    """Say how far each sample lies from all that is just around its place, ``(n, h, w)``."""
    low, high = cv2.erode(reference, SPOT), cv2.dilate(reference, SPOT)

    def compare(k: int) -> AnyArray:
        near = np.asarray(np.clip(stack.samples[k], low, high))
        return np.where(stack.seen[k] & known, furthest(stack.samples[k], near), np.uint8(0))

    return np.stack(at_once(compare, range(len(stack.samples))))


class _Layer:
    """Frames laid on the canvas of a layer, and where it turns out to be."""

    def __init__(self, stack: Stack, moves: NDArray[np.float64]) -> None:
        _, height, width = stack.seen.shape
        shifts = np.rint(moves).astype(int)
        shifts -= shifts.min(axis=0)
        self.start: tuple[int, int] = (int(shifts[0, 0]), int(shifts[0, 1]))
        self._upright = bool(np.ptp(moves[:, 1]) > np.ptp(moves[:, 0]))
        corners = [(int(x), int(y)) for x, y in shifts]
        self._parts = [np.s_[y : y + height, x : x + width] for x, y in corners]
        shape = height + int(shifts[:, 1].max()), width + int(shifts[:, 0].max())
        picture = self._picture(stack, corners, shape)
        low, high = cv2.erode(picture, SPOT), cv2.dilate(picture, SPOT)
        misfit, seen = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        nearest, furthest_ = np.full(shape, np.inf, np.float32), np.zeros(shape, np.float32)
        for k, part in enumerate(self._parts):
            own = furthest(
                stack.samples[k], np.asarray(np.clip(stack.samples[k], low[part], high[part]))
            )
            misfit[part] += np.minimum(own, TOLD) * stack.seen[k]
            seen[part] += stack.seen[k]
            far = np.float32(np.hypot(*(moves[k] - moves[0])))
            where = stack.seen[k]
            nearest[part][where] = np.minimum(nearest[part][where], far)
            furthest_[part][where] = np.maximum(furthest_[part][where], far)
        misfit = np.where(seen >= LEAST_SEEN, misfit / np.maximum(seen, 1), TOLD)
        self._misfit: FloatMap = cv2.blur(misfit, WINDOW).astype(np.float32)
        self._edges: Mask = furthest(high, low) > EDGE
        self._told: Mask = furthest_ - nearest >= REACH
        self.filled: Mask = np.zeros(shape, np.bool_)

    @staticmethod
    def _picture(stack: Stack, corners: Sequence[tuple[int, int]], shape: tuple[int, int]) -> Image:
        """Take the median of the frames as they lie on the layer's canvas."""
        _, height, width = stack.seen.shape
        picture = np.zeros((*shape, 3), np.uint8)

        def fill(tile: Box) -> None:
            samples, seen = [], []
            for k, (x, y) in enumerate(corners):
                x0, x1 = max(0, tile.x - x), min(width, tile.right - x)
                y0, y1 = max(0, tile.y - y), min(height, tile.bottom - y)
                if x0 >= x1 or y0 >= y1 or not stack.seen[k, y0:y1, x0:x1].any():
                    continue
                to = np.s_[y0 + y - tile.y : y1 + y - tile.y, x0 + x - tile.x : x1 + x - tile.x]
                samples.append(np.zeros((tile.height, tile.width, 3), np.uint8))
                seen.append(np.zeros((tile.height, tile.width), np.bool_))
                samples[-1][to] = stack.samples[k, y0:y1, x0:x1]
                seen[-1][to] = stack.seen[k, y0:y1, x0:x1]
            if samples:
                picture[tile.slices] = median_of(np.stack(samples), np.stack(seen))

        at_once(fill, list(tiles((shape[1], shape[0]), TILE)))
        return picture

    def fill(self, known: NDArray[np.bool_], away: NDArray[np.uint8], *, with_cores: bool) -> None:
        """Find where the frames fit the layer better than the background, as far as it is known."""
        unlike, seen = (np.zeros(self._misfit.shape, np.float32) for _ in range(2))
        for k, part in enumerate(self._parts):
            unlike[part] += np.minimum(away[k], TOLD)
            seen[part] += known[k]
        told: AnyArray = cv2.blur(seen, WINDOW)
        lead = cv2.blur(unlike, WINDOW) / np.maximum(told, 0.3) - self._misfit
        # Half as high as around: just where the layer ends, however wide the window.
        edge = cv2.dilate(np.minimum(lead, TOLD), np.ones(WINDOW, np.uint8)) / 2
        filled: Mask = np.where(told >= 1, lead > np.maximum(edge, WORSE), self.filled)
        if with_cores:
            filled = self._with_cores(filled, np.abs(lead) <= WORSE)
        closed = cv2.morphologyEx(filled.astype(np.uint8), cv2.MORPH_CLOSE, GAPS)
        self.filled = np.asarray(closed > 0)

    def _with_cores(self, filled: Mask, either: Mask) -> Mask:
        """Add what fits both, as nothing else was seen there, and goes on within the layer."""
        either = either & (self._misfit <= WORSE) & self._told & ~self._edges
        even = (filled & ~self._edges) | either
        count, label = cv2.connectedComponents(even.astype(np.uint8), connectivity=4)
        own, whole = (np.bincount(label[mask], minlength=count) for mask in (filled & even, even))
        marks = np.where(filled & even, label, 0)
        between = _between(marks.T, label.T).T if self._upright else _between(marks, label)
        inner = (between & (own > CORE * whole)[label]) | (own > MOSTLY * whole)[label]
        return np.asarray(filled | (either & inner))

    def seen_in(self, stack: Stack) -> NDArray[np.bool_]:
        """Say which samples show it, ``(n, h, w)``."""
        pairs = zip(self._parts, stack.seen, strict=True)
        return np.stack([self.filled[part] & seen for part, seen in pairs])


def _between(marks: AnyArray, label: AnyArray) -> Mask:
    """Tell which pixels have marks of their own label before and behind them in their row."""
    before = _last(marks)
    behind = _last(marks[:, ::-1])[:, ::-1]
    return np.asarray((before == label) & (behind == label) & (label > 0))


def _last(marks: AnyArray) -> AnyArray:
    """Give the last mark that is not 0 up to each pixel of a row."""
    places = np.where(marks > 0, np.arange(marks.shape[1]), 0)
    return np.take_along_axis(marks, np.maximum.accumulate(places, axis=1), axis=1)
