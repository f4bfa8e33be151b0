"""Which parts of a shot are camera moves, and what each would cover."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import Camera, Size

REST = 12
"""Frames without motion that end a move."""
RESTS_KEPT = 8
"""Frames of rest taken with a move: they clean up its ends."""
SLOW = 0.0004
"""Shares of the frame's width a frame below which the camera rests."""
ZOOM_SLOW = 0.0002
"""Log zoom a frame below which the camera rests."""
LONG = 24
"""Frames over which a crawl shows, before as well as after."""
CRAWL = 0.00012
"""Shares of the frame's width a frame that a camera crawls at least."""


@dataclass(frozen=True, slots=True)
class Move:
    """One camera move inside a shot."""

    start: int
    """First frame, rests included, counted from the start of the path."""
    stop: int
    path: NDArray[np.float64]
    """``(N, 3)`` x, y in source pixels and log zoom, against its first frame."""

    @property
    def camera(self) -> Camera:
        """Name the move by where it goes."""
        x, y, _ = self.path[np.abs(self.path[:, :2]).sum(axis=1).argmax()]
        zoom = self.path[np.abs(self.path[:, 2]).argmax(), 2]
        if abs(zoom) > 0.08 and max(abs(x), abs(y)) < 600 * abs(zoom):
            return Camera.ZOOM_IN if zoom > 0 else Camera.ZOOM_OUT
        if min(abs(x), abs(y)) > 0.3 * max(abs(x), abs(y)):
            return Camera.DIAGONAL
        if abs(x) >= abs(y):
            return Camera.PAN_RIGHT if x > 0 else Camera.PAN_LEFT
        return Camera.TILT_DOWN if y > 0 else Camera.TILT_UP

    def growth(self, size: Size) -> float:
        """Give the area that the frames cover in all, in frames of ``(width, height)``."""
        width, height = size
        zoom = self.path[:, 2]
        shrink = np.exp(-zoom)
        left = self.path[:, 0] - width / 2 * shrink
        right = self.path[:, 0] + width / 2 * shrink
        top = self.path[:, 1] - height / 2 * shrink
        bottom = self.path[:, 1] + height / 2 * shrink
        wide = (right.max() - left.min()) / shrink.min()
        tall = (bottom.max() - top.min()) / shrink.min()
        corner = np.ptp(self.path[:, 0]) * np.ptp(self.path[:, 1]) / shrink.min() ** 2
        return float((wide * tall - corner) / (width * height))


def find_moves(path: NDArray[np.floating], size: Size) -> list[Move]:
    """Find the moves of a camera path, with a little of the rests around each.

    Parameters
    ----------
    path : (N, 3) array
        Camera x and y in source pixels, log zoom; one row a frame.
    size : (int, int)
        Of the frame, source pixels.

    Returns
    -------
    list of Move
        In order of time; none when the camera stands still throughout.
    """
    camera: NDArray[np.float64] = np.asarray(path, np.float64)
    # Held on twos and threes a camera moves in steps: look at the speed over a few frames.
    speed = _smoothed_speed(camera[:, :2]) / size[0]
    zooming = _smoothed_speed(camera[:, 2:])
    moving = (speed > SLOW) | (zooming > ZOOM_SLOW)
    # Within reach of a faster move, a rest would seem to crawl.
    alone = np.asarray(cv2.dilate(moving.view(np.uint8)[None], np.ones((1, 2 * LONG + 1))))[0] == 0
    moving |= alone & (_crawling_speed(camera[:, :2]) / size[0] > CRAWL)
    spans = _joined(_runs(moving), REST)
    moves = []
    for i, (start, stop) in enumerate(spans):
        before = spans[i - 1][1] if i else 0
        after = spans[i + 1][0] if i + 1 < len(spans) else len(path)
        low = max(start - RESTS_KEPT, (before + start) // 2 if i else 0)
        high = min(stop + RESTS_KEPT, (stop + after + 1) // 2 if after < len(path) else len(path))
        moves.append(Move(low, high, camera[low:high] - camera[low]))
    return moves


def _smoothed_speed(path: NDArray[np.float64]) -> NDArray[np.float64]:
    reach = 4
    padded = np.pad(path, ((reach, reach), (0, 0)), mode="edge")
    speed: NDArray[np.float64] = np.linalg.norm(
        padded[2 * reach :] - padded[: -2 * reach], axis=1
    ) / (2 * reach)
    return speed


def _crawling_speed(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the slower of the speeds before and after each frame, pixels a frame."""
    frame = np.arange(len(path))
    before, after = np.maximum(frame - LONG, 0), np.minimum(frame + LONG, len(path) - 1)
    past = np.linalg.norm(path - path[before], axis=1) / np.maximum(frame - before, 1)
    next_ = np.linalg.norm(path[after] - path, axis=1) / np.maximum(after - frame, 1)
    # At its ends, a path tells of one side only.
    past[: LONG // 2], next_[len(path) - LONG // 2 :] = np.inf, np.inf
    slower = np.minimum(past, next_)
    return np.where(np.isfinite(slower), slower, 0.0)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _joined(spans: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in spans:
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined
