"""Parts of pictures, shifted between their pixels or enlarged: Lanczos over 8 pixels.

Across and down one after the other, which takes a fraction of the time of a general warp, and is
exact where that knows 32 places between two pixels only. Duchon 1979, Lanczos filtering in one and
two dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Size

TAPS = 8
"""Pixels that one between them is worked out from, along each axis."""
BAND = 8
"""Pixels worked out at once where a picture is enlarged: few use the same few pixels, and so small
a matrix is multiplied in one thread."""

KNOWN = 512
"""Parts of frames, across and down, of which it is remembered how they are enlarged: as many as the
frames of a move have in a row of tiles. One takes 20 kB."""

_ONE = np.ones(1, np.float32)
"""The weight of a pixel that lies just where it is wanted."""


def shifted(image: AnyArray, corner: tuple[float, float], size: Size) -> AnyArray:
    """Cut a part of ``size`` out of a picture from a ``corner`` between its pixels.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        Goes on beyond its edges as it is there.
    corner : (float, float)
        x and y, pixels: whole numbers take whole pixels.

    Returns
    -------
    (h, w) or (h, w, 3) uint8 array
        Maybe a part of the picture itself.
    """
    (left, across), (top, down) = (_shifting_taps(value) for value in corner)
    if len(across) == len(down) == 1:
        return _part(image, (top, top + size[1]), (left, left + size[0]))
    before, after = TAPS // 2 - 1, TAPS // 2
    rows = top - before, top + size[1] + after
    columns = left - before, left + size[0] + after
    drawn = _part(image, rows, columns)
    # Two general filters take a third less time than one that is made for this.
    if len(across) == 1 or len(down) == 1:
        anchor = 0 if len(across) == 1 else before, 0 if len(down) == 1 else before
        drawn = np.asarray(cv2.filter2D(drawn, -1, down[:, None] * across, anchor=anchor))
    else:
        # From grey levels to fractions, OpenCV would filter in twice the time.
        fine = drawn.astype(np.float32)
        fine = np.asarray(cv2.filter2D(fine, -1, down[:, None], anchor=(0, before)), np.float32)
        drawn = _as_grey(cv2.filter2D(fine, -1, across[None], anchor=(before, 0)))
    return drawn[before : before + size[1], before : before + size[0]]


def enlarged(image: AnyArray, corner: tuple[float, float], scale: float, size: Size) -> AnyArray:
    """Cut a part of ``size`` out of a picture made ``scale`` times as large.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8 array
        Goes on beyond its edges as it is there.
    corner : (float, float)
        Where the first pixel's middle lies in the picture, x and y, from its first pixel's middle.
    scale : float
        1 or more: nothing is smoothed.

    Returns
    -------
    (h, w) or (h, w, 3) uint8 array
    """
    across, down = (_bands(at, scale, count) for at, count in zip(corner, size, strict=True))
    part = _part(image, down.reach, across.reach)
    # On its side, so that runs of whole rows are added up both times.
    wide = across.applied(cv2.transpose(part), size[0])
    drawn = down.applied(cv2.transpose(wide), size[1])
    return _as_grey(drawn)


@dataclass(frozen=True, slots=True)
class _Bands:
    """What an enlarged picture's pixels are worked out from along an axis, a few at a time."""

    reach: tuple[int, int]
    """The picture's pixels from which to which all of them are worked out."""
    starts: list[int]
    """The first pixel that each band uses, of these."""
    weights: NDArray[np.float32]
    """``(bands, BAND, n)``: of the pixels from there on; 0 beyond the last that is wanted."""

    def applied(self, picture: AnyArray, count: int) -> NDArray[np.float32]:
        """Work out the ``count`` rows, of the rows of a picture that they reach."""
        lines = picture.astype(np.float32, copy=False).reshape(len(picture), -1)
        drawn = np.empty((len(self.starts) * BAND, lines.shape[1]), np.float32)
        taps = self.weights.shape[2]
        for band, (start, weights) in enumerate(zip(self.starts, self.weights, strict=True)):
            to = slice(band * BAND, band * BAND + BAND)
            np.matmul(weights, lines[start : start + taps], out=drawn[to])
        return drawn[:count].reshape(count, *picture.shape[1:])


@lru_cache(maxsize=KNOWN)
def _bands(at: float, scale: float, count: int) -> _Bands:
    """Work out ``count`` pixels of which the first lies ``at`` a place of the picture."""
    places = at + np.arange(count) / scale
    first = np.floor(places)
    taps = _taps(places - first)
    first = first.astype(int) - (TAPS // 2 - 1)
    starts = first[::BAND]
    column = first - np.repeat(starts, BAND)[:count]
    width = int(column.max()) + TAPS
    weights = np.zeros((len(starts) * BAND, width), np.float32)
    weights[np.arange(count)[:, None], column[:, None] + np.arange(TAPS)] = taps
    reach = int(first[0]), int(starts[-1]) + width
    return _Bands(reach, (starts - first[0]).tolist(), weights.reshape(-1, BAND, width))


def _taps(phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weights of the pixels around places, ``(n, TAPS)``; ``phase`` is ``(n,)`` 0 to 1."""
    away = np.arange(1 - TAPS // 2, TAPS // 2 + 1) - phase[:, None]
    taps = np.sinc(away) * np.sinc(away / (TAPS // 2))
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float64)


def _shifting_taps(place: float) -> tuple[int, NDArray[np.float32]]:
    """Give the pixel before a place, and the weights of those around it."""
    first = int(np.floor(place))
    if first == place:
        return first, _ONE
    return first, _taps(np.array([place - first]))[0].astype(np.float32)


def _as_grey(values: AnyArray) -> AnyArray:
    """Round to grey levels, those beyond the ends to the ends; ``values`` are lost."""
    # Both together take half as long as OpenCV's other ways to round.
    _, bright = cv2.threshold(values, 0, 0, cv2.THRESH_TOZERO, dst=values)
    return np.asarray(cv2.convertScaleAbs(bright))


def _part(image: AnyArray, rows: tuple[int, int], columns: tuple[int, int]) -> AnyArray:
    """Cut out ``[first, last)`` rows and columns, repeating the edge beyond it."""
    part = image[max(0, rows[0]) : max(0, rows[1]), max(0, columns[0]) : max(0, columns[1])]
    if not part.size:
        at = (np.arange(*ends) for ends in (rows, columns))
        down, across = (np.clip(a, 0, n - 1) for a, n in zip(at, image.shape, strict=False))
        return np.asarray(image[down[:, None], across])
    missing = (
        max(0, -rows[0]),
        max(0, rows[1] - image.shape[0]),
        max(0, -columns[0]),
        max(0, columns[1] - image.shape[1]),
    )
    if any(missing):
        part = np.asarray(cv2.copyMakeBorder(part, *missing, cv2.BORDER_REPLICATE))
    return part
