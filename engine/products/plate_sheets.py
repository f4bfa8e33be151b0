"""Parts of a plate that are drawn by themselves: of its planes, and of the picture in BGR."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np

from engine.footage.reader import Planes
from engine.products.fringe import find_fringe
from engine.products.full_frames import FullFrames
from engine.products.plate_views import PlateViews
from engine.products.temporal_median import masked_median
from engine.values import AnyArray, Box, Mask, Size

_FRINGE = 14  # reduced pixels around what may not be backdrop
_STRIP, _LOWEST_STRIP = 128_000, 48  # pixels, and rows, of all frames that are worked on at once
_NOWHERE = np.empty(0, np.intp), np.empty(0, np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A part of the picture that holds what may not be backdrop."""

    box: Box
    depth: AnyArray
    """``(H, W)`` int32: how deep each pixel of a fringe lies in it, 0 where there is none."""
    has_fringe: bool


def find_areas(doubtful: Mask, size: Size) -> list[Area]:
    """Give what lies around the parts of a reduced mask that are far from each other.

    Parameters
    ----------
    doubtful : (h, w) bool array
    size : (width, height)
        Of the picture.
    """
    rows, columns = doubtful.shape
    reach = np.ones((2 * _FRINGE + 1, 2 * _FRINGE + 1), np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(doubtful.view(np.uint8), reach))
    areas = []
    for small in _apart([Box(*(int(value) for value in row[:4])) for row in stats[1:]]):
        first = small.x * size[0] // columns, small.y * size[1] // rows
        last = small.right * size[0] // columns, small.bottom * size[1] // rows
        box = Box(*first, last[0] - first[0], last[1] - first[1])
        depth = find_fringe(doubtful[small.slices], box.size)
        areas.append(Area(box, depth, bool(depth.any())))
    return areas


def _apart(boxes: Sequence[Box]) -> list[Box]:
    """Join boxes that overlap, until none do."""
    apart: list[Box] = []
    for box in boxes:
        joined = box
        while over := [one for one in apart if _overlap(one, joined)]:
            apart = [one for one in apart if one not in over]
            for one in over:
                joined = _around_both(one, joined)
        apart.append(joined)
    return apart


def _overlap(one: Box, other: Box) -> bool:
    across = one.x < other.right and other.x < one.right
    return across and one.y < other.bottom and other.y < one.bottom


def _around_both(one: Box, other: Box) -> Box:
    left, top = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.right, other.right), max(one.bottom, other.bottom)
    return Box(left, top, right - left, bottom - top)


@dataclass(slots=True)
class Sheet:
    """A part of a plane of the plate in the making, or a part of the picture in BGR."""

    of: Callable[[Planes], AnyArray]
    """Gives the same of a frame."""
    rows: AnyArray
    """The row of reduced masks that stands for each of its own."""
    columns: AnyArray
    samples: AnyArray
    """What is drawn."""
    box: Box | None = None
    """Where a part of the picture lies; None for a plane."""
    area: Area | None = None
    """What that is a part of."""
    wanted: tuple[AnyArray, ...] = _NOWHERE
    """Rows and columns of the samples that more frames will be asked for."""
    seen: dict[int, AnyArray] = field(default_factory=dict)
    """What frames show there."""
    deep: tuple[AnyArray, ...] = _NOWHERE
    """Rows and columns of a fringe."""
    fringe: AnyArray = field(default_factory=lambda: np.empty(0, np.uint8))
    """What the frames in memory show there, ``(N, P, 3)``."""

    def look_for(self, rare: Mask) -> None:
        """Prepare to keep what frames show of rare places, reduced, and of a fringe."""
        if rare.any():
            grown = cv2.dilate(rare.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
            self.wanted = np.nonzero(grown[np.ix_(self.rows, self.columns)])
        if self.box is not None and self.area is not None:
            top = self.box.y - self.area.box.y
            self.deep = np.nonzero(self.area.depth[top : top + self.box.height])

    def draw(
        self,
        views: PlateViews,
        ready: Sequence[int],
        used: Sequence[int],
        held: Sequence[int],
        masks: AnyArray,
    ) -> None:
        """Take the median of the ``used`` frames where ``masks`` say so.

        Also keep what those that are ``held`` show of rare places, and all that are ``ready`` of
        a fringe.
        """
        frames, edge = [], []
        for index in ready if len(self.deep[0]) else used:
            frame = self.of(views.planes(index))
            if index in held:
                self.look_at(index, frame)
            edge.append(frame[self.deep])
            if index in used:
                frames.append(frame)
        first, last = self.rows[0], self.rows[-1] + 1
        places = self.rows - first, self.columns
        self.samples[:] = masked_median(frames, list(masks[:, first:last]), places)
        self.fringe = np.stack(edge)

    def look_at(self, index: int, frame: AnyArray) -> None:
        """Keep what a frame shows of what is wanted."""
        self.seen[index] = frame[self.wanted]


def cut_planes(full: FullFrames, planes: Planes, small: tuple[int, ...]) -> Iterator[Sheet]:
    """Cut planes in parts that may be drawn at once."""
    for number, plane in enumerate(planes):
        rows, columns = full.places(plane, small)
        for part in _halves(len(plane)) if number == 0 else (slice(None),):
            yield Sheet(partial(_part, number, part), rows[part], columns, plane[part])


def _part(number: int, rows: slice, planes: Planes) -> AnyArray:
    return planes[number][rows]


def _halves(length: int) -> tuple[slice, ...]:
    middle = length // 2
    return (slice(0, middle), slice(middle, length)) if middle else (slice(0, length),)


def cut_area(full: FullFrames, area: Area, size: Size, small: tuple[int, ...]) -> Iterator[Sheet]:
    """Cut an area into strips that are composed in BGR.

    Chroma reaches beyond its pixel: beside what is taken for the place in error, that of the
    plate is tinted by it, and that of a frame in which it stood elsewhere is not.
    """
    whole = area.box
    columns = np.arange(whole.x, whole.right) * small[1] // size[0]
    height = max(_LOWEST_STRIP, _STRIP // max(1, whole.width))
    for top in range(whole.y, whole.bottom, height):
        box = Box(whole.x, top, whole.width, min(height, whole.bottom - top))
        rows = np.arange(box.y, box.bottom) * small[0] // size[1]
        samples = np.empty((box.height, box.width, 3), np.uint8)
        yield Sheet(partial(full.picture, inside=box), rows, columns, samples, box, area)
