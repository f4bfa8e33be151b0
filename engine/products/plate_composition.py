"""A plate at full size: of each pixel, the median of the frames that show the place there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import cv2
import numpy as np

from engine.events import Advanced, Work
from engine.footage.reader import FrameReader, Planes
from engine.products.at_once import at_once
from engine.products.frame_stack import thinned
from engine.products.fringe import uncover_fringe
from engine.products.plate_sheets import Area, Sheet, cut_area, cut_planes, find_areas
from engine.products.plate_study import PlateStudy
from engine.products.plate_views import PlateViews
from engine.products.temporal_median import masked_median
from engine.recipe import PlateRecipe
from engine.values import AnyArray, Image

_FEW = 5  # samples of a pixel below which more are looked for among the frames in memory
_FEWER = 3  # the same among those that would have to be read again
_EXTRA = 32  # frames that may be added, at most
_WORTH_A_FRAME = 12  # reduced pixels
_EXTRA_BYTES = 12_000_000  # of those pixels of them that are wanted
_AT_ONCE = 20_000  # pixels of them that are worked on


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
    areas = find_areas(parts, study.stack.size)
    planes = tuple(np.empty_like(plane) for plane in views.planes(used[0]))
    sheets = [*cut_planes(full, planes, parts.shape)]
    if full.in_planes:
        for area in areas:
            sheets += cut_area(full, area, study.stack.size, parts.shape)
    rare = _times(shown[used]) < np.minimum(_times(shown), _FEW)
    held = used
    if rare.any():
        held = [*used, *_missing(shown, used, set(ready) - set(used), _FEW)]
    for sheet in sheets:
        sheet.look_for(rare)
    at_once(views.planes, ready if any(area.has_fringe for area in areas) else used)
    at_once(lambda sheet: sheet.draw(views, ready, used, held, masks), sheets)
    if rare.any():
        used = yield from _mended(reader, study, sheets, shown, ready, held)
    image = full.picture(planes)
    for sheet in sheets:
        if sheet.box is not None:
            image[sheet.box.slices] = sheet.samples
    for area in areas:
        if area.has_fringe:
            samples = _fringe_of(sheets, views, ready, area)
            uncover_fringe(image[area.box.slices], area.depth, samples, study.draft.tolerance)
    return image, tuple(used)


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


def _fringe_of(
    sheets: Sequence[Sheet], views: PlateViews, ready: Sequence[int], area: Area
) -> AnyArray:
    """Give what the frames in memory show of an area's fringe, ``(N, P, 3)``."""
    strips = [sheet.fringe for sheet in sheets if sheet.area is area and len(sheet.deep[0])]
    if strips:
        return np.concatenate(strips, axis=1)
    return np.stack([views.planes(i)[0][area.box.slices][area.depth > 0] for i in ready])


def _mended(
    reader: FrameReader,
    study: PlateStudy,
    sheets: Sequence[Sheet],
    shown: AnyArray,
    ready: Sequence[int],
    held: Sequence[int],
) -> Work[list[int]]:
    """Take the pixels that too few frames showed from more frames.

    From those that are ``held`` in memory, and from some that have to be read again. Of these only
    such pixels are kept, as whole frames would take too much memory. Gives all that had a say.
    """
    extra = _missing(shown, held, set(range(len(shown))) - set(ready), _FEWER)
    for index in held:
        _look(sheets, study.views.planes(index), index)
    size = max(1, sum(sheet.seen[held[0]].nbytes for sheet in sheets))
    extra = sorted(extra[: max(4, _EXTRA_BYTES // size)])
    index_of = {study.frames[i]: i for i in extra}
    read = study.stack.full.read(reader, tuple(index_of)) if extra else ()
    for done, (frame, planes) in enumerate(read, start=1):
        index = index_of[frame]
        _look(sheets, study.views.in_place(planes, index), index)
        yield Advanced("reading rare views", done, len(extra))
    order = sorted(sheets[0].seen)
    masks = _cautious(shown[order], study.valid[order])
    at_once(lambda sheet: _mend(sheet, order, masks), sheets)
    return order


def _look(sheets: Sequence[Sheet], planes: Planes, index: int) -> None:
    """Keep what a frame shows of what is wanted, where that is not known yet."""
    unknown = [sheet for sheet in sheets if index not in sheet.seen]
    at_once(lambda sheet: sheet.look_at(index, sheet.of(planes)), unknown)


def _mend(sheet: Sheet, order: Sequence[int], masks: AnyArray) -> None:
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
