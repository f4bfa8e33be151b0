"""The same painting or set coming back in a later shot, whoever stands in front of it.

What a shot shows is kept as a sketch: its corners and how they look, its colours, a small
picture. Sketches of like colours are lined up by their corners, and the pictures compared where
they overlap: only where the drawing itself agrees over much of it is it the same set.

References
----------
Lowe, "Distinctive image features from scale-invariant keypoints", 2004.
Arandjelovic and Zisserman, "Three things everyone should know to improve object retrieval", 2012.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import Image, Luma, Mask

_SIDE = 320
"""Long side of the picture that is sketched, pixels."""

_CORNERS = 400

_CLEARLY = 0.8
"""A corner's match counts when it is this much nearer than the second."""

_OFF = 3.0
"""Pixels that a corner may be off the motion it belongs to."""

_FEWEST = 14
"""Corners that have to agree on one motion."""

_SPREAD = 5
"""Parts of the picture, of sixteen, that they have to come from."""

_ZOOM = 2.2

_OVERLAP = 0.3
"""Share of the smaller picture that both have to show."""

_AGREE = 0.35
"""Share of what is drawn in both that has to be drawn alike: the rest is who stands there."""

_ALIKE = 0.6
"""Correlation of two small windows from which they are drawn alike."""

_SHADES = (12, 4, 4)
"""Of hue, colourfulness and light that a histogram tells apart."""

_COLOURS = 0.35
"""Likeness of two histograms, 0 to 1, below which pictures are not compared."""

_NEAREST = 12
"""Earlier shots that one is compared with, the likest in colour."""

Affine = NDArray[np.float64]
"""``(2, 3)``."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a picture to know it again."""

    grey: Luma
    points: NDArray[np.float32]
    looks: NDArray[np.uint8]
    """How each corner looks, ``(N, 128)``."""
    colours: NDArray[np.float32]
    """Histogram of hue, colourfulness and light; sums to one."""
    carry: Affine
    """From pixels of the sketch to those of the source's frame."""


@dataclass(frozen=True, slots=True)
class Return:
    """A picture that shows the same set as another."""

    move: Affine
    """Carries places of the one onto the other, pixels of the source's frames."""
    overlap: float
    """Share of the smaller picture that both show."""
    agree: float
    """Share of what is drawn in both that is drawn alike."""


def sketch(
    image: Image, scale: float = 1.0, *, left: int = 0, top: int = 0, hidden: Mask | None = None
) -> Sketch:
    """Sketch a picture.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        BGR, without bars and film gate, which are the same everywhere.
    scale : float
        Its pixels for each of the source.
    left, top : int
        Where it lies in its frame, source pixels.
    hidden : (H, W) bool array or None
        True on what is burnt in.
    """
    height, width = image.shape[:2]
    shrink = min(1.0, _SIDE / max(height, width))
    size = max(8, round(width * shrink)), max(8, round(height * shrink))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    mask = np.full(grey.shape, 255, np.uint8)
    if hidden is not None:
        mask[cv2.resize(hidden.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0] = 0
    finder = cv2.SIFT.create(nfeatures=_CORNERS, contrastThreshold=0.012)
    corners, looks = finder.detectAndCompute(grey, mask)
    points = np.array([corner.pt for corner in corners], np.float32).reshape(-1, 2)
    if looks is None or not len(points):
        looks = np.zeros((0, 128), np.float32)
    # The finder gives whole numbers up to 255, as floats.
    across, down = width / size[0] / scale, height / size[1] / scale
    carry = np.array([[across, 0, left], [0, down, top]], np.float64)
    colours = _colours(np.asarray(small, np.uint8))
    return Sketch(grey, points, np.asarray(looks, np.uint8), colours, carry)


def _colours(small: Image) -> NDArray[np.float32]:
    hsv = cv2.cvtColor(cv2.blur(small, (5, 5)), cv2.COLOR_BGR2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, list(_SHADES), [0, 180, 0, 256, 0, 256])
    flat = np.asarray(counts, np.float32).ravel()
    return np.asarray(flat / max(float(flat.sum()), 1.0), np.float32)


def likeness_of_colours(one: Sketch, other: Sketch) -> float:
    """Compare colours: 1 for the same shares of the same ones, 0 for none in common."""
    return float(np.sqrt(one.colours * other.colours).sum())


def same_set(one: Sketch, other: Sketch) -> Return | None:
    """Tell whether two pictures show the same set, and how the one lies on the other."""
    fitted = _lined_up(one, other)
    if fitted is None:
        return None
    overlap, agree = _compared(one.grey, other.grey, fitted)
    if overlap < _OVERLAP or agree < _AGREE:
        return None
    square = np.vstack([fitted, [0, 0, 1]])
    there, here = (np.vstack([s.carry, [0, 0, 1]]) for s in (other, one))
    return Return((there @ square @ np.linalg.inv(here))[:2], overlap, agree)


def _lined_up(one: Sketch, other: Sketch) -> Affine | None:
    """Fit the motion that most corners of the one agree on, in pixels of the sketches."""
    if min(len(one.points), len(other.points)) < _FEWEST:
        return None
    alike = _rooted(one.looks) @ _rooted(other.looks).T
    best = alike.argmax(axis=1)
    near = np.sort(2 - 2 * np.partition(alike, -2, axis=1)[:, -2:], axis=1).clip(0)
    back = alike.argmax(axis=0)
    mutual = back[best] == np.arange(len(best))
    good = np.flatnonzero(mutual & (near[:, 0] < _CLEARLY**2 * near[:, 1] + 1e-9))
    if len(good) < _FEWEST:
        return None
    here, there = one.points[good], other.points[best[good]]
    # The stubs do not know that it may fail.
    answer: Any = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_OFF, maxIters=2000, confidence=0.995
    )
    fitted, belongs = answer
    if fitted is None:
        return None
    agreed = here[belongs.ravel() > 0]
    zoom = float(np.hypot(fitted[0, 0], fitted[1, 0]))
    height, width = one.grey.shape
    parts = np.unique((agreed // (width / 4, height / 4)).astype(int) @ (1, 4))
    if len(agreed) < _FEWEST or len(parts) < _SPREAD or not 1 / _ZOOM < zoom < _ZOOM:
        return None
    return np.asarray(fitted, np.float64)


def _rooted(looks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Take roots and bring to length one: products then compare shares, not single gradients."""
    rooted = np.sqrt(looks.astype(np.float32) / 512)
    rooted /= np.maximum(np.linalg.norm(rooted, axis=1, keepdims=True), 1e-6)
    return np.asarray(rooted, np.float32)


def _compared(one: Luma, other: Luma, fitted: Affine) -> tuple[float, float]:
    """Give how much of the smaller picture both show, and how much of it is drawn alike."""
    size = other.shape[1], other.shape[0]
    moved = cv2.warpAffine(one, fitted, size, flags=cv2.INTER_AREA).astype(np.float32)
    whole = np.full(one.shape, 255, np.uint8)
    seen = cv2.warpAffine(whole, fitted, size) == 255
    zoom = float(np.hypot(fitted[0, 0], fitted[1, 0]))
    overlap = float(seen.sum()) / min(other.size, one.size * zoom * zoom)
    still = other.astype(np.float32)
    side = (11, 11)

    def mean(values: Any) -> Any:
        return cv2.blur(values, side)

    spread = [mean(p * p) - mean(p) ** 2 for p in (moved, still)]
    common = mean(moved * still) - mean(moved) * mean(still)
    alike = common / np.sqrt(np.maximum(spread[0] * spread[1], 1.0))
    inner = cv2.erode(seen.astype(np.uint8), np.ones(side, np.uint8)) > 0
    drawn = inner & (np.maximum(spread[0], spread[1]) > 36)
    if int(drawn.sum()) < 0.02 * drawn.size:
        return overlap, 0.0
    return overlap, float((alike[drawn] > _ALIKE).mean())


def find_returns(shots: Sequence[Sequence[Sketch]]) -> list[tuple[int, Return] | None]:
    """Find for each shot an earlier one on the same set.

    Parameters
    ----------
    shots : sequence of sequences of Sketch
        A few of each shot, in order; the first of a shot speaks for it.

    Returns
    -------
    list of (int, Return) or None
        For each shot the place of the first shot on its set, and how the shot's first sketch
        lies on that one's; None for the first on a set, and for shots by themselves.
    """
    found: list[tuple[int, Return] | None] = []
    palette = _Palette()
    for mine in shots:
        best: tuple[int, Return] | None = None
        for earlier in palette.likest(mine):
            told = _best_return(mine, shots[earlier])
            if told and (best is None or told.agree * told.overlap > _worth(best[1])):
                best = earlier, told
        palette.add(mine)
        found.append(_from_first(best, found) if best else None)
    return found


def _worth(told: Return) -> float:
    return told.agree * told.overlap


class _Palette:
    """The colours of the shots so far, to find like ones at once."""

    def __init__(self) -> None:
        self._rooted = np.empty((64, int(np.prod(_SHADES))), np.float32)
        self._shot = np.empty(64, np.intp)
        self._sketches = self._shots = 0

    def add(self, shot: Sequence[Sketch]) -> None:
        """Keep the colours of one more shot."""
        for one in shot:
            if self._sketches == len(self._shot):
                self._shot = np.concatenate([self._shot, np.empty_like(self._shot)])
                self._rooted = np.concatenate([self._rooted, np.empty_like(self._rooted)])
            self._rooted[self._sketches] = np.sqrt(one.colours)
            self._shot[self._sketches] = self._shots
            self._sketches += 1
        self._shots += 1

    def likest(self, mine: Sequence[Sketch]) -> list[int]:
        """Give the places of earlier shots of like colours, the likest first."""
        scores = np.zeros(self._shots, np.float32)
        for one in mine:
            likeness = self._rooted[: self._sketches] @ np.sqrt(one.colours)
            np.maximum.at(scores, self._shot[: self._sketches], likeness)
        order = np.argsort(-scores, kind="stable")[:_NEAREST]
        return [int(place) for place in order if scores[place] > _COLOURS]


def _best_return(mine: Iterable[Sketch], others: Sequence[Sketch]) -> Return | None:
    told = [t for a in mine for b in others if (t := same_set(a, b)) is not None]
    return max(told, key=_worth, default=None)


def _from_first(
    best: tuple[int, Return], found: Sequence[tuple[int, Return] | None]
) -> tuple[int, Return]:
    """Follow a shot on the same set to the first one on it."""
    earlier, told = best
    before = found[earlier]
    if before is None:
        return best
    first, link = before
    move = np.vstack([link.move, [0, 0, 1]]) @ np.vstack([told.move, [0, 0, 1]])
    return first, Return(move[:2], min(told.overlap, link.overlap), min(told.agree, link.agree))
