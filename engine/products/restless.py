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
_SETTLED = 0.25  # share of the frames from which on a pixel is no smear of many
_LEAST_AREA = 0.0015  # of the picture
_UNPROVEN = 0.4  # share of a part's pixels above which all of it is in doubt
_CARRIED = 0.35  # mean share of a piece's outline that moves above which it never rests
_MOSTLY = 0.5  # the same where nothing else was seen: passers-by may hide much of an outline
_ALONE = 0.85  # share of the frames from which on nothing else was seen to speak of
_PASSED = 0.15  # by so much more moves what passes in front of a place between moving things
_FEET = 0.25  # reach of a cast shadow around the feet, in heights of the figure


@dataclass(frozen=True, slots=True)
class Restless:
    """Where a plate cannot be sure what belongs to the place."""

    doubtful: Mask
    """``(h, w)``: never seen at rest, or in shade whenever it was seen."""
    places: tuple[Mask, ...]
    """Connected parts that are to be taken whole from one frame."""


def find_restless(modes: Modes, chosen: AnyArray, share: AnyArray) -> Restless:
    """Find the parts of a shot that never come to rest.

    Parameters
    ----------
    modes : Modes
    chosen : (h, w) int array
        The mode that is the backdrop.
    share : (h, w) float array
        Share of the frames that show it.
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
    doubtful = (restless & _shaded(modes, chosen)) | _never_at_rest(modes, chosen, share)
    places = []
    close, brush = cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(restless.astype(np.uint8))
    for part in range(1, count):
        x, y, part_width, part_height, area = (int(v) for v in stats[part])
        inside = parts == part
        if area < _LEAST_AREA * share.size or unproven[inside].mean() < _UNPROVEN:
            continue
        moving = cv2.morphologyEx((inside & (share < _SETTLED)).astype(np.uint8), close, brush)
        places.append(inside & (moving > 0))
        doubtful |= inside
        reach = round(_FEET * part_height)
        feet = doubtful.view(np.uint8)
        middle = x + part_width // 2, min(y + part_height, height) - reach // 4
        cv2.ellipse(feet, middle, (part_width // 2 + reach // 2, reach // 2), 0, 0, 360, 1, -1)
    return Restless(doubtful, tuple(places))


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
