"""Pictures made small fast: averaged over areas, by halves as long as that is possible."""

from __future__ import annotations

import cv2
import numpy as np

from engine.values import AnyArray, Image, Size

NEARLY = 0.01
"""Share by which a picture may come out larger or smaller than was asked for."""


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
        self._room: tuple[AnyArray, ...] = ()
        if all(2 * before == 3 * after for before, after in zip(size, to, strict=True)):
            (width, height), (narrow, low) = size, to
            shapes = (height, 3 * width), (low, 3 * width), (width, 3 * low), (narrow, 3 * low)
            # Memory of its own: new memory for each step would take longer than the step.
            self._room = tuple(np.empty(shape, np.uint16) for shape in shapes)

    def reduce(self, picture: Image, out: Image) -> None:
        """Reduce a picture into ``out``."""
        if not self._room:
            cv2.resize(picture, self._to, dst=out, interpolation=cv2.INTER_AREA)
            return
        rows, fewer_rows, columns, fewer_columns = self._room
        rows[:] = picture.reshape(rows.shape)
        _take_two_of_three(rows, fewer_rows)
        width, low = len(columns), len(fewer_rows)
        # On its side, whole runs of columns are added up at once as well.
        upright = fewer_rows.reshape(low, width, 3)
        cv2.transpose(upright, dst=columns.reshape(width, low, 3))
        _take_two_of_three(columns, fewer_columns)
        ninths = cv2.convertScaleAbs(fewer_columns, alpha=1 / 9)
        cv2.transpose(ninths.reshape(-1, low, 3), dst=out)


def _take_two_of_three(rows: AnyArray, out: AnyArray) -> None:
    """Add up one row and half of the next, times two: the sums of three half rows."""
    first, middle, last = rows[0::3], rows[1::3], rows[2::3]
    two = out.reshape(len(first), 2, -1)
    np.add(first, first, out=two[:, 0])
    np.add(last, last, out=two[:, 1])
    two += middle[:, None]
