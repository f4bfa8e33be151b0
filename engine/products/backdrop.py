"""Which of a pixel's lasting colours is the backdrop, and which stands in front of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.modes import MODES, Modes
from engine.values import AnyArray, FloatMap, Image, Mask

_ROUNDS = 4
_JURORS = 64  # frames whose shapes are asked, spread over the shot
_SETTLE = 4.0  # frames of evidence that are needed before it is believed in full


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The reduced plate, and where each frame shows it."""

    colour: Image
    """``(h, w, 3)``."""
    shown: NDArray[np.bool_]
    """``(N, h, w)``: where each frame shows the backdrop."""
    confidence: FloatMap
    """``(h, w)``: share of the frames that show it, less where the choice was close."""


def find_backdrop(small: AnyArray, valid: AnyArray, modes: Modes, tolerance: int) -> Backdrop:
    """Choose each pixel's backdrop among its modes.

    It begins with the mode that was seen most in quiet moments (after LaBGen: Laugraud, Piérard
    and Van Droogenbroeck 2017). Then each frame is held against that plate: a region that differs
    is either a thing in front, whose outline has contrast in the frame, or the ghost of a thing
    that the plate took for backdrop, whose outline has contrast in the plate. The frames vote.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Registered frames with their light evened out.
    valid : (N, h, w) bool array
        Where a frame shows something that may be taken.
    modes : Modes
        Of ``small``.
    tolerance : int
        Grey levels within which two samples show the same thing.
    """
    chosen = np.argmax(modes.trust, axis=0)
    jurors = np.unique(np.linspace(0, len(small) - 1, _JURORS).astype(int))
    for _ in range(_ROUNDS):
        colour = _colour_of(modes, chosen)
        evidence = _votes(small, valid, modes, colour, jurors, tolerance)
        margin = _margins(modes, chosen, evidence)
        better = np.argmax(margin, axis=0)
        switch = (np.take_along_axis(margin, better[None], 0)[0] > 0) & (better != chosen)
        switch &= cv2.medianBlur(switch.view(np.uint8), 3) > 0
        if not switch.any():
            break
        chosen = np.where(switch, better, chosen)
    colour = _colour_of(modes, chosen)
    shown = np.stack([_same(picture, colour, tolerance) for picture in small]) & valid
    usable = np.maximum(valid.sum(axis=0), 1)
    confidence = (shown.sum(axis=0) / usable).astype(np.float32)
    return Backdrop(colour, shown, confidence)


def _colour_of(modes: Modes, chosen: AnyArray) -> Image:
    return np.asarray(np.take_along_axis(modes.colours, chosen[None, ..., None], 0)[0])


def _same(picture: Image, colour: Image, tolerance: int) -> Mask:
    return np.asarray(cv2.absdiff(picture, colour).max(axis=2) <= tolerance)


def _votes(
    small: AnyArray,
    valid: AnyArray,
    modes: Modes,
    colour: Image,
    jurors: AnyArray,
    tolerance: int,
) -> AnyArray:
    """Average over frames how ghostly the regions are in which each mode was shown."""
    total = np.zeros((MODES, *colour.shape[:2]), np.float32)
    asked = np.zeros_like(total)
    for index in jurors:
        front = ~_same(small[index], colour, tolerance) & valid[index]
        count, regions = cv2.connectedComponents(front.view(np.uint8), connectivity=8)
        ghostly = _ghostliness(small[index], colour, regions, count)[regions]
        label = modes.labels[index]
        for mode in range(MODES):
            here = front & (label == mode)
            total[mode][here] += ghostly[here]
            asked[mode][here] += 1
    return total / (asked + _SETTLE)


def _ghostliness(picture: Image, colour: Image, regions: AnyArray, count: int) -> AnyArray:
    """Compare the contrast along each region's outline in the plate with that in the frame.

    Positive where the outline belongs to the plate (the region is a ghost), negative where it
    belongs to the frame (the region is a thing); a natural logarithm of the ratio.
    """
    pairs = np.zeros(count, np.float64)
    in_plate = np.zeros(count, np.float64)
    in_frame = np.zeros(count, np.float64)
    for axis in (0, 1):
        turned = regions if axis else regions.T
        near, far = turned[:, 1:-2], turned[:, 2:-1]
        row, column = np.nonzero((near > 0) != (far > 0))
        region = np.maximum(near, far)[row, column]
        # One pixel further on both sides: the outline itself is a mix of inside and outside.
        sides = [(row, column), (row, column + 3)]
        ends = [side if axis else side[::-1] for side in sides]
        for image, sums in ((colour, in_plate), (picture, in_frame)):
            apart = np.abs(image[ends[0]].astype(np.int16) - image[ends[1]]).max(axis=1)
            sums += np.bincount(region, apart, count)
        pairs += np.bincount(region, minlength=count)
    pairs[0] = 1e-9
    ratio = np.log((in_plate / np.maximum(pairs, 1) + 2) / (in_frame / np.maximum(pairs, 1) + 2))
    result = ratio * pairs / (pairs + 8)
    result[0] = 0
    return np.asarray(result, np.float32)


def _margins(modes: Modes, chosen: AnyArray, evidence: AnyArray) -> AnyArray:
    """Weigh what speaks for each mode against the chosen one: ``(MODES, h, w)``, 0 for it."""
    known = np.maximum(modes.trust, 1e-3)
    now = np.take_along_axis(known, chosen[None], 0)
    runs = np.maximum(modes.runs, 1).astype(np.float32)
    runs_now = np.take_along_axis(runs, chosen[None], 0)
    margin = 2 * evidence + 0.5 * np.log(runs / runs_now) + 0.4 * np.log(known / now)
    margin[modes.counts < 2] = -np.inf
    np.put_along_axis(margin, chosen[None], 0, 0)
    return np.asarray(margin)
