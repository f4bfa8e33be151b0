"""Parts of a shot that never come to rest: a set that is on, water, or somebody who never leaves.

Neither can be told from the other by motion, and neither was ever seen at rest: what shows
there is taken whole from one frame, so that it stays sharp, and is marked as doubtful.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.products.modes import MODES, Modes
from engine.products.shade import is_shade
from engine.values import AnyArray, Image, Mask

DOUBTFUL = np.float32(0.2)
"""The most confidence that a pixel of a doubtful part can have."""

_REST = 0.12  # share of the frames that show the backdrop in which it must be quiet around it
_RETURNS = 3  # times that a backdrop comes back which is really behind something
_RARE, _ALWAYS = 0.2, 0.9  # shares of the frames: a backdrop that was uncovered lies between
_RIVAL = 0.3  # of the frames that hide what comes back, in which the same thing may hide it
_MANY_ALIKE = 15  # pixels: side of the neighbourhood of which most must come back like this
_SETTLED = 0.25  # share of the frames from which on a pixel is no smear of many
_LEAST_AREA = 0.0015  # of the picture
_HALF = 0.5  # share of the frames: less is seen of a pixel that something moves over
_MOVED_OVER = 0.04  # share of a part's pixels of which that must hold, for it not to be edges
_UNPROVEN = 0.4  # share of a part's pixels above which all of it is in doubt
_CARRIED = 0.35  # mean share of a piece's outline that moves above which it never rests
_MOSTLY = 0.5  # the same where nothing else was seen: passers-by may hide much of an outline
_ALONE = 0.85  # share of the frames from which on nothing else was seen to speak of
_WHOLLY = 0.6  # the same, above which nothing else can be the reason
_PASSED = 0.15  # by so much more moves what passes in front of a place between moving things
_UNCOVERED = 0.44  # togetherness along a part's rim from which on the place comes into view there
_BEHIND = 0.65  # togetherness of a pixel of such a part, from which on it shows the place
_SURELY = 0.76  # the same where shade or moving outlines speak against it
_TELLING = 0.8  # share of the frames above which a pixel was hidden too seldom to tell anything
_RIM = 5  # pixels that gaps in a part are closed over before its rim is followed
_AROUND = 25  # pixels around a part in which it is looked at how often the place changes
_GAP = 9  # pixels of a part that does not change, which are closed over at least
_OFTENER = 3  # changes more than there that are not of passers-by
_FEET = 0.25  # reach of a cast shadow around the feet, in heights of the figure


@dataclass(frozen=True, slots=True)
class Restless:
    """Where a plate cannot be sure what belongs to the place."""

    doubtful: Mask
    """``(h, w)``: never seen at rest, or in shade whenever it was seen."""
    places: tuple[Mask, ...]
    """Connected parts that are to be taken whole from one frame."""
    around: Mask
    """``(h, w)``: where something moved nearly whenever the place was seen."""


def find_restless(
    modes: Modes, chosen: AnyArray, share: AnyArray, together: AnyArray, *, shaken: bool = False
) -> Restless:
    """Find the parts of a shot that never come to rest.

    Parameters
    ----------
    modes : Modes
    chosen : (h, w) int array
        The mode that is the backdrop.
    share : (h, w) float array
        Share of the frames that show it.
    together : (h, w) float array
        How far its neighbours are seen in the same frames.
    shaken : bool
        Whether the frames had to be lined up, which leaves edges that tremble.
    """
    height, width = share.shape
    # Motion is felt around what moves, half a window far; some of that is taken back.
    halo = min(height, width) // 80 * 2 + 1
    rest = np.take_along_axis(modes.rest, chosen[None], 0)[0]
    felt = filled((rest < _REST).view(np.uint8))
    restless = cv2.erode(felt, np.ones((halo, halo), np.uint8), borderValue=1) > 0
    runs = np.take_along_axis(modes.runs, chosen[None], 0)[0]
    proven = (runs >= _RETURNS) & (share > _RARE) & (share < _ALWAYS)
    unproven = restless & ~proven
    # What is hidden and seen again as one with all that is around is behind what moves.
    behind = np.where(share < _TELLING, together, 0)
    doubtful = (restless & _shaded(modes, chosen)) | _never_at_rest(modes, chosen, share)
    doubtful &= behind < _SURELY
    places = []
    close, brush = cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(restless.astype(np.uint8))
    for part in range(1, count):
        x, y, part_width, part_height, area = (int(v) for v in stats[part])
        inside = parts == part
        if area < _LEAST_AREA * share.size or unproven[inside].mean() < _UNPROVEN:
            continue
        moving = np.asarray(inside & (share < _SETTLED), np.uint8)
        moving = np.asarray(cv2.morphologyEx(moving, close, brush), np.uint8)
        inside &= _busy(modes, inside, restless)
        if shaken and _trembles(inside, share):
            continue
        if _is_uncovered(moving, together):
            doubtful |= inside & (behind < _BEHIND)
            continue
        places.append(inside & (moving > 0))
        doubtful |= inside
        reach = round(_FEET * part_height)
        feet = doubtful.view(np.uint8)
        middle = x + part_width // 2, min(y + part_height, height) - reach // 4
        cv2.ellipse(feet, middle, (part_width // 2 + reach // 2, reach // 2), 0, 0, 360, 1, -1)
    doubtful &= ~_comes_back(modes, chosen, share) | np.logical_or.reduce([share < 0, *places])
    return Restless(doubtful, tuple(places), restless)


def _comes_back(modes: Modes, chosen: AnyArray, share: AnyArray) -> Mask:
    """Find what shows again and again from behind ever other things: it is the place.

    Who moves in place is hidden by nobody but himself, and thus by the same few colours.
    """
    counts, frames = modes.counts, len(modes.labels)
    covered = frames - np.take_along_axis(counts, chosen[None], 0)[0]
    rival = np.zeros(chosen.shape, counts.dtype)
    for mode in range(MODES):
        np.maximum(rival, counts[mode] * (chosen != mode), out=rival)
    runs = np.take_along_axis(modes.runs, chosen[None], 0)[0]
    back = (runs > _RETURNS) & (share > _RARE) & (rival < _RIVAL * covered)
    window = (_MANY_ALIKE, _MANY_ALIKE)
    return np.asarray(cv2.blur(back.view(np.uint8) * np.uint8(255), window) > 127)


def _trembles(part: Mask, share: AnyArray) -> bool:
    """Whether only edges change in a part, as lining up leaves them: nothing moves over it."""
    hidden = (part & (share < _HALF)).view(np.uint8)
    broad = cv2.morphologyEx(hidden, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return bool(np.count_nonzero(broad) < _MOVED_OVER * np.count_nonzero(part))


def _is_uncovered(part: Image, together: AnyArray) -> bool:
    """Whether the place comes into view in a part just when it does around: a crowd hid it.

    A set that is on, water, or somebody who sways goes its own way.
    """
    brush = np.ones((_RIM, _RIM), np.uint8)
    whole = cv2.morphologyEx(part, cv2.MORPH_CLOSE, brush)
    rim = cv2.morphologyEx(whole, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    return bool(rim.any() and together[rim].mean() >= _UNCOVERED)


def _busy(modes: Modes, part: Mask, restless: Mask) -> Mask:
    """Mark what changes more often than what lies around a part, and all that it encloses.

    Motion is felt around what moves, too: the place beside somebody who sways is no part of him.
    """
    changes = modes.runs.sum(axis=0)
    brush = np.ones((_AROUND, _AROUND), np.uint8)
    around = (cv2.dilate(part.view(np.uint8), brush) > 0) & ~restless
    usual = float(np.percentile(changes[around], 75)) if around.any() else 0.0
    busy = (part & (changes >= usual + _OFTENER)).view(np.uint8)
    # Of a flat coat that sways only the sides change: what lies between them is closed over.
    rows, columns = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
    reach = max(_GAP, min(int(np.ptp(rows)), int(np.ptp(columns))) // 2) | 1
    room = cv2.copyMakeBorder(busy, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(room, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    whole = filled(np.asarray(closed[reach:-reach, reach:-reach]))
    return np.asarray(cv2.dilate(whole, np.ones((5, 5), np.uint8)) > 0)


def filled(mask: Image) -> Image:
    """Fill the holes: what is all enclosed by motion belongs to what moves."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(mask.copy(), outlines, -1, 1, -1), np.uint8)


def _never_at_rest(modes: Modes, chosen: AnyArray, share: AnyArray) -> Mask:
    """Find flat pieces whose outlines moved nearly whenever they were seen: they are no place."""
    carried = np.take_along_axis(modes.carried, chosen[None], 0)[0]
    passed = np.zeros(chosen.shape, bool)
    for mode in range(MODES):
        passed |= (modes.counts[mode] >= 2) & (modes.carried[mode] > carried + _PASSED)
    passed &= carried < _WHOLLY
    moving = ((carried > np.where(share > _ALONE, _MOSTLY, _CARRIED)) & ~passed).view(np.uint8)
    # Pieces are told apart by their outlines, which themselves carry nothing.
    moving = cv2.morphologyEx(moving, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(moving)
    large = stats[:, cv2.CC_STAT_AREA] >= _LEAST_AREA * moving.size
    large[0] = False
    return np.asarray(large[parts])


def _shaded(modes: Modes, chosen: AnyArray) -> Mask:
    """Find where shade comes and goes: there the lightest that was seen may still be shade."""
    now = np.take_along_axis(modes.colours, chosen[None, ..., None], 0)[0]
    shaded = np.zeros(chosen.shape, bool)
    for mode in range(MODES):
        other = (modes.counts[mode] >= 2) & (chosen != mode)
        shaded |= other & (is_shade(modes.colours[mode], now) != 0)
    smooth = cv2.medianBlur(shaded.view(np.uint8), 5)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    return np.asarray(cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, brush) > 0)
