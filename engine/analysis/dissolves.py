"""Whether frames are mixes of what goes before and what comes after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from engine.analysis.drawing import alike, detail_of, within_bars
from engine.analysis.looks import ExactThumb, Thumb, difference

_UNEXPLAINED = 0.34
"""Share of the change that the mixes of a dissolve may leave unexplained: both shots go on."""

_INNER = (2, 1, 3)
"""The inner three of five frames, that which tells most first."""


def mixing(frames: Sequence[Thumb], shares: dict[int, float]) -> float:
    """Measure how surely the inner three of five frames are mixes of the outer two.

    A mix of two unrelated pictures lies between them, and has less contrast than either: that
    tells it from a camera or a figure on its way from one to the other.

    Parameters
    ----------
    frames : sequence of five (h, w, 3) uint8 arrays
        Thumbnails at even distances in time, the first and the last of which differ.
    shares : dict of int to float
        From :func:`even_shares`.

    Returns
    -------
    float
        0 for no dissolve; else the change between the ends in grey levels, less what the mixes
        leave unexplained.
    """
    within = within_bars(frames)
    # Bars do not change, so they have no part in the shares that were given.
    if within[0].shape != frames[0].shape:
        shares = dict(zip(_INNER, _shares(within, _INNER), strict=True))
    inside = [thumb.astype(np.float32) for thumb in within]
    start, end = inside[0], inside[-1]
    along, whole, left = end - start, difference(start, end), 0.0
    for place, share in shares.items():
        left = max(left, difference(inside[place], start + share * along))
        if left > _UNEXPLAINED * whole:
            return 0.0
    if not _lose_contrast(inside, [shares[place] for place in (1, 2, 3)]):
        return 0.0
    if float((np.abs(along).max(axis=2) > 6).mean()) < 0.5:
        return 0.0  # A title comes up over a picture that stays.
    return whole - left / _UNEXPLAINED


def even_shares(frames: Sequence[Thumb]) -> dict[int, float] | None:
    """Give the shares of the inner of five frames if the last picture comes in evenly over them."""
    coming = _shares(frames, _INNER)
    # Of most frames the first of them tells enough.
    middle = next(coming)
    if not 0.25 < middle < 0.75 or not 0.05 < (early := next(coming)) < middle - 0.05:
        return None
    late = next(coming)
    if not middle + 0.05 < late < 0.95:
        return None
    return dict(zip(_INNER, (middle, early, late), strict=True))


def _shares(frames: Sequence[Thumb], which: Sequence[int]) -> Iterator[float]:
    """Give how much of the last is in each of some inner frames, by least squares.

    From squared distances, as the sides of a triangle tell where its height stands: of whole
    numbers these are exact, and much less work than products.
    """
    start, end = frames[0], frames[-1]
    way = _squared(start, end)
    for place in which:
        yield (_squared(start, frames[place]) + way - _squared(end, frames[place])) / (2 * way)


def _squared(one: Thumb, other: Thumb) -> float:
    return float(cv2.norm(one, other, cv2.NORM_L2SQR))


def _lose_contrast(frames: Sequence[ExactThumb], shares: Sequence[float]) -> bool:
    details = [detail_of(frame) for frame in frames]
    if alike(details[0], details[4]) > 0.3:
        return False
    first, *inner, last = (float(detail.std()) for detail in details)
    if min(first, last) < 1.0:
        return False  # A fade, which is told from its blank.
    wanted = [float(np.hypot((1 - share) * first, share * last)) for share in shares]
    ratios = [got / want for got, want in zip(inner, wanted, strict=True)]
    return 0.75 < ratios[1] < 1.17 and sum(ratios) < 3 * 1.15
