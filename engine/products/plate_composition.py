"""A plate at full size: of each pixel, the median of the frames that show the place there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np

from engine.events import Advanced, Work
from engine.footage.reader import FrameReader, Planes
from engine.products.at_once import at_once
from engine.products.frame_stack import thinned
from engine.products.fringe import find_fringe, uncover_fringe
from engine.products.full_frames import FullFrames
from engine.products.plate_study import PlateStudy
from engine.products.plate_views import PlateViews
from engine.products.temporal_median import masked_median
from engine.recipe import PlateRecipe
from engine.values import AnyArray, Box, Image, Mask, Size

_FEW = 5  # samples of a pixel below which more are looked for among the frames in memory
_FEWER = 3  # the same among those that would have to be read again
_EXTRA = 32  # frames that may be added, at most
_WORTH_A_FRAME = 12  # reduced pixels
_EXTRA_BYTES = 12_000_000  # of those pixels of them that are wanted
_AT_ONCE = 20_000  # pixels of them that are worked on
_FRINGE = 14  # reduced pixels around what may not be backdrop
_STRIP = 128  # rows of BGR of all frames that are worked on at once


def compose(
    reader: FrameReader, recipe: PlateRecipe, study: PlateStudy, shown: AnyArray
) -> Work[tuple[Image, tuple[int, ...]]]:
    """Take the masked median at full size; also give which of the study's frames were used.

    Parameters
    ----------
    reader : FrameReader
    recipe : PlateRecipe
    study : PlateStudy
    shown : (N, h, w) bool array
        Where each frame may be taken.
    """
    full, views = study.stack.full, study.views
    ready = _ready(reader, study)
    used = list(views.chosen(ready))
    masks = _cautious(shown[used], study.valid[used])
    # What may never be taken, and what no frame has in view, would otherwise come out blank.
    masks[:, ~study.valid.any(axis=0)] = True
    parts = study.backdrop.doubtful & (recipe.compositor != "median")
    area = _Area.around(parts, study.stack.size)
    planes = tuple(np.empty_like(plane) for plane in views.planes(used[0]))
    sheets = [*_planes(full, planes, parts.shape)]
    depth = np.zeros((0, 0), np.int32)
    if area is not None:
        if full.in_planes:
            sheets += _strips(full, area.box, study.stack.size, parts.shape)
        depth = find_fringe(parts[area.small.slices], area.box.size)
    rare = _times(shown[used]) < np.minimum(_times(shown), _FEW)
    for sheet in sheets:
        sheet.look_for(rare, depth)
    at_once(views.planes, ready if depth.any() else used)
    at_once(lambda sheet: sheet.draw(views, ready, used, masks), sheets)
    if rare.any():
        used = yield from _mended(reader, study, sheets, shown, ready, used)
    image = full.picture(planes)
    for sheet in sheets:
        if sheet.box is not None:
            image[sheet.box.slices] = sheet.samples
    if area is not None and depth.any():
        samples = _fringe_of(sheets, views, ready, area.box, depth)
        uncover_fringe(image[area.box.slices], depth, samples, study.draft.tolerance)
    return image, tuple(used)


_NOWHERE = np.empty(0, np.intp), np.empty(0, np.intp)


@dataclass(slots=True)
class _Sheet:
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
    top: int = 0
    """The first row of that, of those that a fringe is looked for in."""
    wanted: tuple[AnyArray, ...] = _NOWHERE
    """Rows and columns of the samples that more frames will be asked for."""
    seen: dict[int, AnyArray] = field(default_factory=dict)
    """What frames show there."""
    deep: tuple[AnyArray, ...] = _NOWHERE
    """Rows and columns of a fringe."""
    fringe: AnyArray = field(default_factory=lambda: np.empty(0, np.uint8))
    """What the frames in memory show there, ``(N, P, 3)``."""

    def look_for(self, rare: Mask, depth: AnyArray) -> None:
        """Prepare to keep what frames show of rare places, reduced, and of a fringe."""
        if rare.any():
            grown = cv2.dilate(rare.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
            self.wanted = np.nonzero(grown[np.ix_(self.rows, self.columns)])
        if self.box is not None:
            self.deep = np.nonzero(depth[self.top : self.top + self.box.height])

    def draw(
        self, views: PlateViews, ready: Sequence[int], used: Sequence[int], masks: AnyArray
    ) -> None:
        """Take the median of the ``used`` frames where ``masks`` say so."""
        frames, edge = [], []
        for index in ready if len(self.deep[0]) else used:
            frame = self.of(views.planes(index))
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


@dataclass(frozen=True, slots=True)
class _Area:
    """A part of the picture, reduced and at full size."""

    small: Box
    box: Box

    @classmethod
    def around(cls, mask: Mask, size: Size) -> _Area | None:
        """Give what lies around a reduced mask; None if it marks nothing."""
        if not mask.any():
            return None
        rows, columns = mask.shape
        x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
        left, top = max(0, x - _FRINGE), max(0, y - _FRINGE)
        right, bottom = min(columns, x + width + _FRINGE), min(rows, y + height + _FRINGE)
        first = left * size[0] // columns, top * size[1] // rows
        last = right * size[0] // columns, bottom * size[1] // rows
        return cls(
            Box(left, top, right - left, bottom - top),
            Box(*first, last[0] - first[0], last[1] - first[1]),
        )


def _ready(reader: FrameReader, study: PlateStudy) -> list[int]:
    """Give the useful frames in memory; where the user left those out, read some of the others."""
    full = study.stack.full
    usable: list[int] = np.flatnonzero(study.valid.any(axis=(1, 2))).tolist()
    ready = [i for i in usable if study.views.positions[i] in full.held]
    if ready:
        return ready
    index_of = {study.frames[i]: i for i in thinned(usable, _FEW)}
    for frame, planes in full.read(reader, tuple(index_of)):
        full.held[study.views.positions[index_of[frame]]] = planes
    return list(index_of.values())


def _planes(full: FullFrames, planes: Planes, small: tuple[int, ...]) -> Iterator[_Sheet]:
    """Cut planes in parts that may be drawn at once."""
    for number, plane in enumerate(planes):
        rows, columns = full.places(plane, small)
        for part in _halves(len(plane)) if number == 0 else (slice(None),):
            yield _Sheet(partial(_part, number, part), rows[part], columns, plane[part])


def _fringe_of(
    sheets: Sequence[_Sheet], views: PlateViews, ready: Sequence[int], area: Box, depth: AnyArray
) -> AnyArray:
    """Give what the frames in memory show of a fringe, ``(N, P, 3)``."""
    strips = [sheet.fringe for sheet in sheets if len(sheet.deep[0])]
    if strips:
        return np.concatenate(strips, axis=1)
    return np.stack([views.planes(index)[0][area.slices][depth > 0] for index in ready])


def _part(number: int, rows: slice, planes: Planes) -> AnyArray:
    return planes[number][rows]


def _halves(length: int) -> tuple[slice, ...]:
    middle = length // 2
    return (slice(0, middle), slice(middle, length)) if middle else (slice(0, length),)


def _strips(full: FullFrames, area: Box, size: Size, small: tuple[int, ...]) -> Iterator[_Sheet]:
    """Cut an area into strips that are composed in BGR.

    Chroma reaches beyond its pixel: beside what is taken for the place in error, that of the
    plate is tinted by it, and that of a frame in which it stood elsewhere is not.
    """
    columns = np.arange(area.x, area.right) * small[1] // size[0]
    for top in range(area.y, area.bottom, _STRIP):
        box = Box(area.x, top, area.width, min(_STRIP, area.bottom - top))
        rows = np.arange(box.y, box.bottom) * small[0] // size[1]
        samples = np.empty((box.height, box.width, 3), np.uint8)
        part = partial(full.picture, inside=box)
        yield _Sheet(part, rows, columns, samples, box, top - area.y)


def _mended(
    reader: FrameReader,
    study: PlateStudy,
    sheets: Sequence[_Sheet],
    shown: AnyArray,
    ready: Sequence[int],
    used: list[int],
) -> Work[list[int]]:
    """Take the pixels that too few of the ``used`` frames showed from more frames.

    From the others in memory first; of those that have to be read again, only these pixels are
    kept, as whole frames would take too much memory. Gives all the frames that had a say.
    """
    held = [*used, *_missing(shown, used, set(ready) - set(used), _FEW)]
    extra = _missing(shown, held, set(range(len(shown))) - set(ready), _FEWER)
    for index in held:
        _look(sheets, study.views.planes(index), index)
    size = max(1, sum(sheet.seen[used[0]].nbytes for sheet in sheets))
    extra = sorted(extra[: max(4, _EXTRA_BYTES // size)])
    index_of = {study.frames[i]: i for i in extra}
    read = study.stack.full.read(reader, tuple(index_of)) if extra else ()
    for done, (frame, planes) in enumerate(read, start=1):
        index = index_of[frame]
        _look(sheets, study.views.in_place(planes, index), index)
        held.append(index)
        yield Advanced("reading rare views", done, len(extra))
    order = sorted(held)
    masks = _cautious(shown[order], study.valid[order])
    at_once(lambda sheet: _mend(sheet, order, masks), sheets)
    return order


def _look(sheets: Sequence[_Sheet], planes: Planes, index: int) -> None:
    """Keep what a frame shows of what is wanted, where that is not known yet."""
    unknown = [sheet for sheet in sheets if index not in sheet.seen]
    at_once(lambda sheet: sheet.look_at(index, sheet.of(planes)), unknown)


def _mend(sheet: _Sheet, order: Sequence[int], masks: AnyArray) -> None:
    rows, columns = sheet.wanted
    for first in range(0, len(rows), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        y, x = rows[some], columns[some]
        here = [sheet.seen[i][None, some] for i in order]
        counts = masks[:, None, sheet.rows[y], sheet.columns[x]]
        sheet.samples[y, x] = masked_median(here, list(counts))[0]


def _missing(shown: AnyArray, used: Sequence[int], others: Collection[int], few: int) -> list[int]:
    """Pick more frames for pixels that the ``used`` ones show too seldom, the best ones first."""
    have, total = _times(shown[used]), _times(shown)
    want = np.minimum(total, few)
    lacking = have < want
    rest, shows = sorted(others), shown[:, lacking]
    have, want = have[lacking], want[lacking]
    picks: list[int] = []
    while rest and len(picks) < _EXTRA:
        gains = [int((shows[i] & (have < want)).sum()) for i in rest]
        best = int(np.argmax(gains))
        if gains[best] < _WORTH_A_FRAME:
            break
        picks.append(rest.pop(best))
        have = have + shows[picks[-1]]
    return picks


def _times(shown: AnyArray) -> AnyArray:
    """Count the frames that show each pixel."""
    # By default NumPy counts in eight bytes, which takes four times as long.
    return np.asarray(shown.sum(axis=0, dtype=np.uint16))


def _cautious(shown: AnyArray, valid: AnyArray) -> AnyArray:
    """Shrink what each frame shows by a pixel where enough samples stay: outlines are mixed."""
    cross = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
    inner = np.stack([cv2.erode(m.view(np.uint8), cross) for m in shown]).view(bool)
    enough = _times(inner) >= 3
    masks = np.where(enough, inner, shown)
    return np.where(masks.any(axis=0), masks, valid)
