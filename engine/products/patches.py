"""What moves in place is taken whole from one frame: many make a picture that none of them shows.

A figure that turns its head before one backdrop is in front most of the time, wherever it is;
pixel by pixel the commonest colour wins, and eyes and edges come from different moments. Such
places give themselves away: around them no frame agrees with the picture. (Where somebody walked
by, the frames before and after agree.) There one frame is chosen that shows the place whole, and
all that it shows in front there comes with it, so that the seam runs where it agrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.occlusion import Occlusion
from engine.products.passers import LEAST_AREA, SEEN, unlike_all, window_of
from engine.products.placed import Placed, furthest, reduced, resample
from engine.values import AnyArray, Box, FloatMap, Image, Mask

MOST = 0.25
"""Of a frame's area, in all; where more would have to be patched, whole layers move."""
LARGE = 1.0
"""Windows from which on a place that no frame shows whole speaks against all patches, and against
the picture."""
MOST_TRIED = 12
"""Frames tried for a place."""
PASSING = 0.05
"""Share of a patch that may show a nearer layer."""
BROUGHT = 0.6
"""Of the area of a place, that a frame may show in front around it, where others see behind: who
moves in place has been there all the time, who passes is brought along whole."""
SEAM = 20.0
"""Grey levels along the seam that cost as much as the area of the place once more."""
FAINT = 14.0
"""Grey levels from which on a frame shows something else than the picture."""
RIM = 3
"""Reduced pixels around what is in front that are taken with it."""
SOFT = 0.7
"""Sigma of the edge of a patch, reduced pixels."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A place that one frame shows."""

    row: int
    """Which of the placed frames."""
    mask: Mask
    """``(h, w)`` on the reduced canvas of the occlusion."""


def find_patches(
    occlusion: Occlusion, placed: Sequence[Placed], unlike: Mask, row: int | None = None
) -> list[Patch]:
    """Choose a frame for each place that no frame shows as it is composited.

    Parameters
    ----------
    occlusion : Occlusion
    placed : sequence of Placed
        The frames that it is of.
    unlike : (h, w) bool array
        Of :func:`unlike_frames`.
    row : int, optional
        The frame whose foreground is shown: what is in front there comes from no other.

    Returns
    -------
    list of Patch
        Empty where all is well, and where no frame shows a large place whole or too much would
        be patched: then it is no figure that moves, and one patch would contradict the next.
    """
    window = window_of(placed, occlusion.step)
    looks = [_Look(occlusion, placed, k) for k in range(len(placed))]
    whole = np.ones((window, window), np.uint8)
    places = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_CLOSE, whole)
    outlines, _ = cv2.findContours(places, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(places, outlines, -1, 1, cv2.FILLED)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(places, connectivity=8)
    chosen: list[tuple[Mask, Patch]] = []
    area = 0
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < LEAST_AREA * window**2:
            continue
        place: Mask = np.asarray(labels == label)
        found = _best_frame(looks, place, window, row)
        if found is None:
            if stats[label, cv2.CC_STAT_AREA] > LARGE * window**2:
                return []
            continue
        area += int(found.mask.sum())
        # Two places of one figure must not show it at different moments.
        around = cv2.dilate(found.mask.view(np.uint8), np.ones((window, window), np.uint8)) > 0
        for other in [one for one in chosen if (one[1].mask & around).any()]:
            both = _best_frame(looks, place | other[0], window, row)
            if both is not None:
                chosen = [one for one in chosen if one is not other]
                place, found = place | other[0], both
        if row is None or found.row == row or not (occlusion.covered[row] & found.mask).any():
            chosen.append((place, found))
    frame_area = float(occlusion.seen.sum(axis=(1, 2)).max())
    # Joined, the patches of a layer that moves would share much, and look like one small figure.
    return [patch for _, patch in chosen] if area <= MOST * frame_area else []


def unlike_frames(occlusion: Occlusion, placed: Sequence[Placed]) -> Mask:
    """Mark where no frames agree with the picture all around, but for what is nearer.

    ``(h, w)`` on the reduced canvas; ``placed`` are the frames that the occlusion is of.
    """
    in_place = occlusion.covered & occlusion.seen
    if occlusion.nearer is not None:
        in_place &= ~occlusion.nearer
    return unlike_all(in_place, occlusion.seen, window_of(placed, occlusion.step)) > 0


def unpatched(unlike: Mask, patches: Sequence[Patch], window: int) -> Mask:
    """Mark the large places that no frames agree with and that no patch shows as one does.

    Parameters
    ----------
    unlike : (h, w) bool array
        Of :func:`unlike_frames`.
    patches : sequence of Patch
    window : int
        In which frames must agree, reduced pixels.
    """
    bare = unlike.copy()
    for patch in patches:
        bare &= ~patch.mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bare.view(np.uint8), connectivity=8)
    large: Mask = stats[:, cv2.CC_STAT_AREA] >= LARGE * window**2
    return np.asarray(large[labels] & bare)


class _Look:
    """What a frame shows, as far as it was asked for: many places ask for the same."""

    def __init__(self, occlusion: Occlusion, placed: Sequence[Placed], row: int) -> None:
        self._occlusion, self._one = occlusion, placed[row]
        self._nearer = None if occlusion.nearer is None else occlusion.nearer[row]
        self.reach = _reach(occlusion.seen[row])

    def passed(self, mask: Mask) -> bool:
        """Tell whether a nearer layer passes there: that is in front, and moves on."""
        nearer = self._nearer
        return nearer is not None and bool((nearer & mask).sum() > PASSING * mask.sum())

    @cached_property
    def away(self) -> NDArray[np.uint8]:
        """How far it lies from the picture, whatever is thought to be burnt in."""
        height, width = self._occlusion.background.shape[:2]
        small = replace(reduced(self._one, self._occlusion.step), hidden=None)
        return furthest(resample(small, Box(0, 0, width, height)), self._occlusion.background)


def _best_frame(
    looks: Sequence[_Look], place: Mask, window: int, wanted: int | None
) -> Patch | None:
    """Choose the frame that shows a place whole, and that the picture goes on from best."""
    area = float(place.sum())
    able = [k for k, look in enumerate(looks) if (place & look.reach).sum() >= SEEN * area]
    if wanted is not None and wanted in able:
        able = [wanted]
    best: tuple[float, Patch] | None = None
    for row in able[:: max(1, len(able) // MOST_TRIED)]:
        away, reach = looks[row].away, looks[row].reach
        mask = _with_figure(away, place, reach, window)
        if _cut_off(reach, mask, window) or looks[row].passed(mask):
            continue
        inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        seam = away[mask & ~inner & reach]
        more = mask & ~place
        if (more & (away > FAINT)).sum() > BROUGHT * area:
            continue
        cost = float(more.sum()) / area + float(seam.mean()) / SEAM
        if best is None or cost < best[0]:
            best = cost, Patch(row, mask)
    return None if best is None else best[1]


def _reach(seen: Mask) -> Mask:
    """Give all that a frame shows, with what is taken for burnt in: here it may be the figure."""
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    reach = np.zeros_like(seen)
    if len(rows):
        reach[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return reach


def _with_figure(away: NDArray[np.uint8], place: Mask, reach: Mask, window: int) -> Mask:
    """Add to a place all that a frame shows in front that touches it, without gaps."""
    usual = _median_where(away, reach & ~place)
    dot, rim = np.ones((3, 3), np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    differs: AnyArray = ((away > max(FAINT, 3 * usual)) & reach).astype(np.uint8)
    wide: AnyArray = cv2.dilate(cv2.morphologyEx(differs, cv2.MORPH_OPEN, dot), rim)
    near: AnyArray = cv2.max(wide, place.view(np.uint8))
    count, numbered = cv2.connectedComponents(near, connectivity=8)
    labels: AnyArray = np.asarray(numbered)
    touched = np.zeros(count, np.uint8)
    touched[labels[place]] = 1
    mask: AnyArray = touched.take(labels)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(mask, outlines, -1, 1, cv2.FILLED)
    return np.asarray((mask > 0) & reach)


def _median_where(levels: NDArray[np.uint8], where: Mask) -> float:
    """Take the median of the levels in a mask; 0 where it holds none."""
    counted = cv2.calcHist([levels], [0], where.view(np.uint8), [256], [0, 256])[:, 0].cumsum()
    total = int(counted[-1])
    if not total:
        return 0.0
    return float(np.searchsorted(counted, [(total + 1) // 2, total // 2 + 1]).mean())


def _cut_off(reach: Mask, mask: Mask, window: int) -> bool:
    """Tell whether a figure runs into the edge of its frame where the canvas goes on."""
    rows, columns = (np.flatnonzero(reach.any(axis=axis)) for axis in (1, 0))
    near = RIM + 1
    at_edges = (
        (rows[0], mask[rows[0] : rows[0] + near]),
        (len(reach) - 1 - rows[-1], mask[rows[-1] + 1 - near : rows[-1] + 1]),
        (columns[0], mask[:, columns[0] : columns[0] + near]),
        (reach.shape[1] - 1 - columns[-1], mask[:, columns[-1] + 1 - near : columns[-1] + 1]),
    )
    return any(gap > window / 2 and part.sum() > near**2 for gap, part in at_edges)


def draw_patches(
    image: Image, patches: Sequence[Patch], placed: Sequence[Placed], step: float, box: Box
) -> Image:
    """Lay patches over a tile of the canvas, each with a soft edge; ``(h, w, 3)`` uint8."""
    for patch in patches:
        alpha = patch_alpha(patch.mask, step, box)
        if alpha.any():
            drawn = resample(placed[patch.row], box).astype(np.float32)
            mixed = image + (drawn - image) * alpha[..., None]
            image = np.asarray(np.rint(mixed), np.uint8)
    return image


def patch_alpha(mask: Mask, step: float, box: Box) -> FloatMap:
    """Give how far a tile shows a patch, ``(h, w)`` float32, 0 to 1."""
    x0, y0 = max(0, int(box.x / step) - 4), max(0, int(box.y / step) - 4)
    part = mask[y0 : int(box.bottom / step) + 5, x0 : int(box.right / step) + 5]
    if not part.any():
        return np.zeros((box.height, box.width), np.float32)
    soft = cv2.GaussianBlur(part.astype(np.float32), (0, 0), SOFT)
    left, top = (box.x + 0.5) / step - 0.5 - x0, (box.y + 0.5) / step - 0.5 - y0
    move = np.array([[1 / step, 0, left], [0, 1 / step, top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    alpha = cv2.warpAffine(soft, move, box.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(alpha, np.float32)
