"""Motion that cannot be seen: the inside of a flat thing looks the same while the thing moves.

A bird of one dark colour that beats its wings changes pixels only along its outline. But the
outline belongs to the whole piece: where most of it moves, all that it encloses moves with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.values import AnyArray, Image, Mask

_COLOURS = 12  # paints that a shot is taken to be drawn in
_BITS = 5  # of each channel that tell paints apart
_SAMPLES = 6000  # pixels, over the whole shot, that the paints are found from
_PART = 4096  # samples that are compared with all paints at once
_LEAST_OUTLINE = 16  # pixels: a shorter outline tells chance from motion badly
_REACH = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Paints:
    """The few colours that a shot is mostly drawn in."""

    table: AnyArray
    """``(2**15,)`` uint8: the paint nearest to each colour, by its five highest bits a channel."""

    @classmethod
    def of(cls, small: AnyArray) -> Paints:
        """Find the paints of a shot, ``(N, h, w, 3)`` uint8, by k-means (Lloyd 1982)."""
        frames = small[:: max(1, len(small) // 12)].reshape(-1, 3)
        points = frames[:: max(1, len(frames) // _SAMPLES)].astype(np.float32)
        # Begun from evenly spread samples in order of light: the same shot gives the same paints.
        order = points.sum(axis=1).argsort(kind="stable")
        count = min(_COLOURS, len(points))
        start = points[order[np.linspace(0, len(order) - 1, count).astype(int)]]
        for _ in range(8):
            nearest = _nearest(points, start)
            for paint in range(count):
                mine = points[nearest == paint]
                if len(mine):
                    start[paint] = mine.mean(axis=0)
        levels = (np.arange(1 << _BITS) << (8 - _BITS)) + (1 << (7 - _BITS))
        grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
        return cls(_nearest(grid.reshape(-1, 3).astype(np.float32), start).astype(np.uint8))

    def in_picture(self, picture: Image) -> AnyArray:
        """Give the paint of each pixel, ``(h, w)`` uint8, without specks."""
        blue, green, red = (
            np.asarray(plane, np.uint16) >> (8 - _BITS) for plane in cv2.split(picture)
        )
        index = (blue << (2 * _BITS)) | (green << _BITS) | red
        return np.asarray(cv2.medianBlur(self.table.take(index), 3))


def _nearest(points: AnyArray, paints: AnyArray) -> AnyArray:
    squares = (paints**2).sum(axis=1)[None]
    # In parts too small to be shared out: threads for that go on waiting for more.
    parts = (points[start : start + _PART] for start in range(0, len(points), _PART))
    apart = np.concatenate([squares - 2 * part @ paints.T for part in parts])
    return np.asarray(apart.argmin(axis=1))


def carried_share(paint: AnyArray, changed: Mask) -> AnyArray:
    """Tell how much of the outline of the piece of paint around each pixel moves.

    Parameters
    ----------
    paint : (h, w) uint8 array
        From :meth:`Paints.in_picture`.
    changed : (h, w) bool array
        Pixels that differ in the frames before or after.

    Returns
    -------
    (h, w) float32 array
        0 to 1; 0 on outlines, and in pieces too small to tell.
    """
    edge = cv2.morphologyEx(paint, cv2.MORPH_GRADIENT, _REACH) > 0
    count, pieces = cv2.connectedComponents(
        (~edge).view(np.uint8), connectivity=4, ltype=cv2.CV_16U
    )
    # An outline borders on two pieces: the higher and the lower number both have a say. It itself
    # has number 0, and after that is made the highest of all by one less, none beside a piece.
    highest = cv2.dilate(pieces, _REACH)
    lowest = cv2.erode(np.asarray(pieces, np.uint16) - np.uint16(1), _REACH)
    outline = np.flatnonzero(edge)
    moves = changed.ravel().take(outline)
    high, low = (side.ravel().take(outline) for side in (highest, lowest))
    low += np.uint16(1)
    other = low != high
    sums = _counted(high, moves, count) + _counted(low[other], moves[other], count)
    # Where the picture ends nothing is seen to move: ground reaches there, and stays.
    sums[:, 0] += _ending(pieces, len(sums))
    total = sums.sum(axis=1)
    share = np.where(total >= _LEAST_OUTLINE, sums[:, 1] / np.maximum(total, 1), 0)
    share[0] = 0
    return share.astype(np.float32).take(np.asarray(pieces, np.uint16))


def _ending(pieces: AnyArray, count: int) -> AnyArray:
    """Count the pixels of each piece along the picture's border, ``(count,)``."""
    sides = (pieces[0], pieces[-1], pieces[1:-1, 0], pieces[1:-1, -1])
    return np.bincount(np.concatenate(sides), minlength=count)


def _counted(owner: AnyArray, moves: Mask, count: int) -> AnyArray:
    """Count what rests and what moves of each owner, ``(count + 1, 2)``."""
    return np.bincount(owner * np.int32(2) + moves, minlength=2 * count + 2).reshape(-1, 2)
