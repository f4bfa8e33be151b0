"""Pictures made small fast: averaged over areas, by halves as long as that is possible."""

from __future__ import annotations

import cv2
import numpy as np

from engine.values import AnyArray, Image, Size

NEARLY = 0.01
"""Share by which a picture may come out larger or smaller than was asked for."""

_STRIP = 135
"""Rows that are worked on at once: they stay in the processor's cache."""


def handy(factor: float) -> float:
    """Give a whole number that is as good a factor to reduce by, which takes far less time."""
    whole = float(round(factor))
    return whole if abs(factor - whole) <= NEARLY * factor else factor


def reduce_to(picture: AnyArray, size: Size) -> AnyArray:
    """Reduce a picture to ``size``, each pixel the mean of what it covers.

    Parameters
    ----------
    picture : (H, W) or (H, W, 3) array
        Halving, which is many times faster than any other factor, leaves out an odd last row or
        column: half a pixel of the picture.
    size : (width, height)
        Enlarged if that is larger.
    """
    while picture.shape[1] >= 2 * size[0] and picture.shape[0] >= 2 * size[1]:
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        even = picture[: 2 * height, : 2 * width]
        picture = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


class Reduction:
    """Reduces many pictures of one size, each pixel the mean of what it covers.

    From three to two, as video sizes often are to each other, it takes half of the time that
    OpenCV takes, with the same outcome.
    """

    def __init__(self, size: Size, to: Size) -> None:
        self._to = to
        self._room: AnyArray | None = None
        if all(2 * before == 3 * after for before, after in zip(size, to, strict=True)):
            # Memory of its own: new memory for each step would take longer than the step.
            self._room = np.empty((4, _STRIP * size[0] * 3), np.uint16)

    def reduce(self, picture: Image, out: Image) -> None:
        """Reduce a picture into ``out``."""
        if self._room is None:
            cv2.resize(picture, self._to, dst=out, interpolation=cv2.INTER_AREA)
            return
        for top in range(0, len(picture), _STRIP):
            strip, first = picture[top : top + _STRIP], top // 3 * 2
            _reduce_from_three_to_two(strip, out[first : first + len(strip) // 3 * 2], self._room)


def _reduce_from_three_to_two(picture: Image, out: Image, room: AnyArray) -> None:
    (height, width), (low, narrow) = picture.shape[:2], out.shape[:2]
    shapes = (height, width), (low, width), (width, low), (narrow, low)
    rows, fewer_rows, columns, fewer_columns = (
        some[: many * length * 3].reshape(many, length, 3)
        for some, (many, length) in zip(room, shapes, strict=True)
    )
    rows[:] = picture
    _take_two_of_three(rows, fewer_rows)
    # On its side, whole runs of columns are added up at once as well.
    cv2.transpose(fewer_rows, dst=columns)
    _take_two_of_three(columns, fewer_columns)
    cv2.transpose(cv2.convertScaleAbs(fewer_columns, alpha=1 / 9), dst=out)


def _take_two_of_three(rows: AnyArray, out: AnyArray) -> None:
    """Give three times the mean of each half of three rows: of one, and half of the middle one."""
    first, middle, last = rows.reshape(len(rows) // 3, 3, -1).swapaxes(0, 1)
    two = out.reshape(len(first), 2, -1)
    np.add(first, first, out=two[:, 0])
    np.add(last, last, out=two[:, 1])
    two += middle[:, None]
