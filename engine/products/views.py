"""A move's frames, reduced and made even in light, with the corners by which they are followed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.events import Advanced, Work
from engine.footage.reader import FrameReader
from engine.products.at_once import at_once
from engine.products.reduction import handy
from engine.values import Box, Frame, Image, Luma, Size

Floats = NDArray[np.float64]
Points = NDArray[np.float32]
_Look = tuple[int, Luma, float]
"""A frame, reduced, and its detail."""

REGISTER_SIDE = 960
"""Longest side of the reduced frames; finer ones do not place a frame better."""
ENDS = 3
"""Frames at each end of a move that are looked at one by one: few see what is seen there."""
TRIED = 3
"""Frames of which the sharpest is taken, where not all are looked at."""
CORNER_SIDE = 480
"""Corners are looked for in pictures reduced to this or less, by a whole number."""
CELLS = 24
"""Voting cells along the longer side of a frame: one corner from each."""
SMALLEST_CELL = 12
"""Reduced pixels."""
MEAN_GREY = 100
"""Frames are brought to this before they are followed."""
AT_ONCE = 16
"""Frames that are kept until they are made ready together."""


@dataclass(frozen=True, slots=True)
class View:
    """A reduced frame, ready to be followed."""

    frame: int
    luma: Luma
    """Equalised, for following corners."""
    points: Points
    """``(n, 2)`` corners, reduced pixels."""
    small: Luma
    """A quarter of ``luma``'s size, not equalised: for brightness."""
    detail: float
    """Mean absolute gradient, grey levels a pixel."""


def crop_of(picture: Box, trim: int, scale: float) -> Box:
    """Give the part of a frame at ``scale`` that is used: the picture without its dirty edge."""
    trim = min(trim, (min(picture.size) - 1) // 4)
    inner = Box(
        picture.x + trim, picture.y + trim, picture.width - 2 * trim, picture.height - 2 * trim
    )
    return inner.scaled(scale)


@runtime_checkable
class Reducing(Protocol):
    """A reader that can also give every frame reduced, at a fraction of the cost."""

    @property
    def size(self) -> Size:
        """Of a full frame."""

    def reduced(self, long_side: int, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield every frame of ``[start, stop)`` in order."""


@runtime_checkable
class Holding(Protocol):
    """A reader that holds some of the frames that it gives, for they are wanted again."""

    def hold_one_of(self, groups: Sequence[Sequence[int]]) -> None:
        """Be told, before a pass, of groups of frames of each of which one is used."""

    def let_go(self, frame: int) -> None:
        """Be told which frames are not used."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The reduced frames of a move."""

    views: list[View]
    ratio: tuple[float, float]
    """Pixels of the picture as read for each reduced pixel, across and down."""

    def views_of(self, frames: Collection[int]) -> list[View]:
        """Give the views of some frames, in the order of the move."""
        chosen = set(frames)
        return [view for view in self.views if view.frame in chosen]


def read_views(
    reader: FrameReader,
    frames: Sequence[int],
    crop: Box,
    side: int = REGISTER_SIDE,
    *,
    most: int = 0,
    must: Collection[int] = (),
    beside: Callable[[Sequence[View]], object] | None = None,
) -> Work[Survey]:
    """Read frames, reduced for registration: by the reader itself, where it can do so.

    Parameters
    ----------
    reader : FrameReader
    frames : sequence of int
        Ascending.
    crop : Box
        What is used of a frame, pixels of the reader.
    side : int
        Long side of the reduced frames, pixels.
    most : int
        How many to look at; of more, the ends and the sharpest of every few. 0 for all.
    must : collection of int
        Frames that are looked at in any case.
    beside : callable, optional
        Is given views in order, a few at a time, while the next are made ready; not the last.
    """
    shrink = side / max(crop.size)
    groups = grouped(frames, most, must)
    holding = reader if isinstance(reader, Holding) else None
    if holding is not None:
        holding.hold_one_of(groups)
    group_of = {frame: number for number, group in enumerate(groups) for frame in group}
    if isinstance(reader, Reducing) and shrink < 1:
        reduced_side = round(max(reader.size) / handy(1 / shrink))
        pictures = _reduced(reader, tuple(group_of), max(16, reduced_side))
    else:
        pictures = reader.read(tuple(group_of))
    views: list[View] = []
    ratio = (1.0, 1.0)
    best: _Look | None = None
    chosen: list[_Look] = []
    last: list[View] = []
    for done, (frame, image) in enumerate(pictures, start=1):
        height, width = image.shape[:2]
        ratio = reader.size[0] / width, reader.size[1] / height
        part = image[_within(crop, ratio).slices]
        grey = _reduced_grey(part, side)
        ratio = ratio[0] * part.shape[1] / grey.shape[1], ratio[1] * part.shape[0] / grey.shape[0]
        detail = _detail_of(grey)
        if best is not None and group_of[best[0]] != group_of[frame]:
            chosen.append(best)
            best = None
            if len(chosen) == AT_ONCE:
                last = _made_ready(chosen, last, beside)
                views += last
                chosen = []
        if best is None or detail > best[2]:
            spare, best = best, (frame, grey, detail)
        else:
            spare = frame, grey, detail
        if spare is not None and holding is not None:
            holding.let_go(spare[0])
        yield Advanced("reading the move", done, len(group_of))
    views += _made_ready([*chosen, best] if best is not None else chosen, last, beside)
    return Survey(views, ratio)


def grouped(frames: Sequence[int], most: int, must: Collection[int] = ()) -> list[tuple[int, ...]]:
    """Cut a move into ``most`` groups, of each of which one frame is to be looked at.

    Frames at the ends are groups of their own, as are those in ``must``, which stand for the group
    they would be in. Of a large group only the frames in its middle are in it.
    """
    if not most or len(frames) <= most:
        return [(frame,) for frame in frames]
    groups: list[tuple[int, ...]] = [(frame,) for frame in frames[:ENDS]]
    edges = np.linspace(ENDS, len(frames) - ENDS, max(2, most - 2 * ENDS + 1)).round().astype(int)
    for start, stop in pairwise(edges):
        group = tuple(frames[start:stop])
        spare = max(0, len(group) - TRIED) // 2
        alone: list[tuple[int, ...]] = [(frame,) for frame in group if frame in must]
        groups += alone or [group[spare : spare + TRIED]]
    return groups + [(frame,) for frame in frames[-ENDS:]]


def _reduced(reader: Reducing, frames: Sequence[int], side: int) -> Iterator[tuple[int, Image]]:
    wanted = set(frames)
    for frame in reader.reduced(side, frames[0], frames[-1] + 1):
        if frame.index in wanted:
            yield frame.index, frame.image


def _within(crop: Box, ratio: tuple[float, float]) -> Box:
    """Give the part of a reduced picture that shows nothing from outside ``crop``."""
    x, y = int(np.ceil(crop.x / ratio[0] - 1e-6)), int(np.ceil(crop.y / ratio[1] - 1e-6))
    right, bottom = int(crop.right / ratio[0] + 1e-6), int(crop.bottom / ratio[1] + 1e-6)
    return Box(x, y, max(1, right - x), max(1, bottom - y))


def _reduced_grey(image: Image, side: int) -> Luma:
    """Reduce a ``(H, W, 3)`` BGR picture to the grey of one at most ``side`` pixels long."""
    height, width = image.shape[:2]
    ratio = min(1.0, side / max(width, height))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if ratio < 1:
        size = max(16, round(width * ratio)), max(16, round(height * ratio))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _detail_of(grey: Luma) -> float:
    """Give the mean absolute gradient, grey levels a pixel."""
    across = cv2.norm(grey[:, 1:], grey[:, :-1], cv2.NORM_L1) / (grey.size - grey.shape[0])
    down = cv2.norm(grey[1:], grey[:-1], cv2.NORM_L1) / (grey.size - grey.shape[1])
    return float(across + down)


def _made_ready(
    looks: Sequence[_Look],
    before: Sequence[View],
    beside: Callable[[Sequence[View]], object] | None,
) -> list[View]:
    """Make views; meanwhile, something else is done with those made before."""
    if beside is None:
        return at_once(_view_of, looks)

    def work(look: _Look | None) -> View | None:
        if look is not None:
            return _view_of(look)
        beside(before)
        return None

    return [view for view in at_once(work, [None, *looks]) if view is not None]


def _view_of(look: _Look) -> View:
    """Equalise a reduced picture and find a corner in each cell."""
    frame, grey, detail = look
    height, width = grey.shape
    # Fades and flicker must not look like motion where there is hardly any texture.
    even = cv2.convertScaleAbs(grey, alpha=MEAN_GREY / max(cv2.mean(grey)[0], 1.0))
    equal = np.asarray(cv2.createCLAHE(3.0, (8, 8)).apply(even), np.uint8)
    small = cv2.resize(grey, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return View(frame, equal, find_corners(equal), np.asarray(small, np.uint8), detail)


def find_corners(luma: Luma) -> Points:
    """Find the strongest corner of each cell of ``(H, W)`` grey; ``(n, 2)`` float32 points."""
    shrink = -(-max(luma.shape) // CORNER_SIDE)
    cell = max(SMALLEST_CELL, round(max(luma.shape) / CELLS)) // shrink
    if shrink > 1:
        size = luma.shape[1] // shrink, luma.shape[0] // shrink
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
    strength = cv2.cornerMinEigenVal(luma, 5 if shrink == 1 else 3, ksize=3)
    margin = 6 // shrink
    strength[:margin] = strength[-margin:] = 0
    strength[:, :margin] = strength[:, -margin:] = 0
    rows, columns = max(1, luma.shape[0] // cell), max(1, luma.shape[1] // cell)
    height, width = luma.shape[0] // rows, luma.shape[1] // columns
    cells = strength[: rows * height, : columns * width].reshape(rows, height, columns, width)
    flat = cells.transpose(0, 2, 1, 3).reshape(rows * columns, height * width)
    best = flat.argmax(axis=1)
    number = np.arange(len(flat))
    peak = flat[number, best]
    x = (number % columns) * width + best % width
    y = (number // columns) * height + best // width
    good = peak > max(float(np.median(peak)) * 0.02, 1e-5)
    points: Points = np.stack([x[good], y[good]], axis=1).astype(np.float32)
    return (points + np.float32(0.5)) * np.float32(shrink) - np.float32(0.5)
