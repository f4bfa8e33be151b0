"""A plate at full size: of each pixel, the median of the frames that show the place there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

import cv2
import numpy as np

from engine.events import Advanced, Work
from engine.footage.reader import FrameReader, Planes
from engine.products.frame_stack import thinned
from engine.products.fringe import uncover_fringe
from engine.products.full_frames import FullFrames
from engine.products.plate_study import PlateStudy
from engine.products.temporal_median import masked_median
from engine.recipe import PlateRecipe
from engine.values import AnyArray, Box, Image, Mask, Size

_ENOUGH = 24  # samples of a pixel, of which more take out no more noise that could be seen
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
    full, small = study.stack.full, shown.shape[1:]
    ready = _ready(reader, study)
    used = list(thinned(ready, _ENOUGH))
    masks = _cautious(shown[used], study.valid[used])
    # What may never be taken, and what no frame has in view, would otherwise come out blank.
    masks[:, ~study.valid.any(axis=0)] = True
    parts = study.backdrop.doubtful if recipe.compositor != "median" else np.zeros(small, bool)
    area = _Area.around(parts, study.stack.size)
    sheets = _planes(full, study.held(used[0]), small)
    if area is not None and full.in_planes:
        sheets += _strips(full, area.box, study.stack.size, small)
    for sheet in sheets:
        frames = [sheet.of(study.held(i)) for i in used]
        sheet.samples = masked_median(frames, list(masks), (sheet.rows, sheet.columns))
    used = yield from _mended(reader, study, sheets, shown, ready, used)
    image = full.picture(tuple(sheet.samples for sheet in sheets if sheet.box is None))
    for sheet in sheets:
        if sheet.box is not None:
            image[sheet.box.slices] = sheet.samples
    if area is not None:
        pictures = (full.picture(study.held(i), area.box) for i in ready)
        near, small_near = image[area.box.slices], parts[area.small.slices]
        uncover_fringe(near, small_near, pictures, study.draft.tolerance)
    return image, tuple(used)


@dataclass(slots=True)
class _Sheet:
    """A plane of the plate in the making, or a part of it in BGR."""

    of: Callable[[Planes], AnyArray]
    """Gives the same of a frame."""
    rows: AnyArray
    """The row of reduced masks that stands for each of its own."""
    columns: AnyArray
    samples: AnyArray
    box: Box | None = None
    """Where a part of it lies; None for a plane."""


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
    ready = [i for i in usable if study.positions[i] in full.held]
    if ready:
        return ready
    index_of = {study.frames[i]: i for i in thinned(usable, _FEW)}
    for frame, planes in full.read(reader, tuple(index_of)):
        full.held[study.positions[index_of[frame]]] = planes
    return list(index_of.values())


def _planes(full: FullFrames, like: Planes, small: tuple[int, ...]) -> list[_Sheet]:
    return [
        _Sheet(itemgetter(number), *full.places(plane, small), plane)
        for number, plane in enumerate(like)
    ]


def _strips(full: FullFrames, area: Box, size: Size, small: tuple[int, ...]) -> list[_Sheet]:
    """Cut an area into strips that are composed in BGR.

    Chroma reaches beyond its pixel: beside what is taken for the place in error, that of the
    plate is tinted by it, and that of a frame in which it stood elsewhere is not.
    """
    columns = np.arange(area.x, area.right) * small[1] // size[0]
    sheets = []
    for top in range(area.y, area.bottom, _STRIP):
        box = Box(area.x, top, area.width, min(_STRIP, area.bottom - top))
        rows = np.arange(box.y, box.bottom) * small[0] // size[1]
        sheets.append(_Sheet(partial(full.picture, inside=box), rows, columns, columns, box))
    return sheets


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
    rare = _times(shown[used]) < np.minimum(_times(shown), _FEW)
    if not rare.any():
        return used
    held = [*used, *_missing(shown, used, set(ready) - set(used), _FEW)]
    extra = _missing(shown, held, set(range(len(shown))) - set(ready), _FEWER)
    grown = cv2.dilate(rare.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    wanted = [np.nonzero(grown[np.ix_(sheet.rows, sheet.columns)]) for sheet in sheets]
    seen = {i: _samples(sheets, study.held(i), wanted) for i in held}
    size = max(1, sum(samples.nbytes for samples in seen[used[0]]))
    extra = sorted(extra[: max(4, _EXTRA_BYTES // size)])
    index_of = {study.frames[i]: i for i in extra}
    read = study.stack.full.read(reader, tuple(index_of)) if extra else ()
    for done, (frame, planes) in enumerate(read, start=1):
        placed = study.in_place(planes, index_of[frame])
        seen[index_of[frame]] = _samples(sheets, placed, wanted)
        yield Advanced("reading rare views", done, len(extra))
    order = sorted(seen)
    masks = _cautious(shown[order], study.valid[order])
    for number, (sheet, (rows, columns)) in enumerate(zip(sheets, wanted, strict=True)):
        for first in range(0, len(rows), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            y, x = rows[some], columns[some]
            here = [seen[i][number][None, some] for i in order]
            counts = masks[:, None, sheet.rows[y], sheet.columns[x]]
            sheet.samples[y, x] = masked_median(here, list(counts))[0]
    return order


def _samples(
    sheets: Sequence[_Sheet], planes: Planes, wanted: Sequence[tuple[AnyArray, ...]]
) -> list[AnyArray]:
    return [sheet.of(planes)[at] for sheet, at in zip(sheets, wanted, strict=True)]


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
