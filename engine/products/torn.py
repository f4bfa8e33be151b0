"""Seams of a plate: parts that meet in it though no frame showed them side by side.

What a plate puts together from many frames goes on from one part to the next, as figures hide and
uncover neighbours at once. Where two neighbours were never seen in the same frame and yet differ,
one of them is of something that stood in front there: half of a coat, a head without its neck.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.contrast import levels_apart
from engine.products.frame_stack import evenly
from engine.values import AnyArray, Image, Mask

_JURORS = 64  # frames that are asked, spread over the shot
_APART = 2  # pixels between those that are compared: what lies between is a mix of both
_LEAST_LENGTH = 12  # pixels of a seam
_LEAST = 2  # frames that must show each of both
_TOGETHER = 0.1  # share of the frames that show the rarer one, from which on it is no seam


def find_torn(colour: Image, shown: AnyArray, tolerance: int) -> Mask:
    """Find the seams of a plate that no frame showed.

    Parameters
    ----------
    colour : (h, w, 3) uint8 array
        The reduced plate.
    shown : (N, h, w) bool array
        Where each frame shows it.
    tolerance : int
        Grey levels within which two samples show the same thing.

    Returns
    -------
    (h, w) bool array
        Pixels on such seams.
    """
    height, width = colour.shape[:2]
    jurors = shown[evenly(len(shown), _JURORS)].reshape(-1, height * width)
    times = jurors.sum(axis=0, dtype=np.uint8)
    # Beside what is always seen everything was seen.
    open_ = ((times >= _LEAST) & (times < len(jurors))).reshape(height, width)
    torn = np.zeros(height * width, bool)
    for middle, first, second in (
        (1, np.s_[:, :-_APART], np.s_[:, _APART:]),
        (width, np.s_[:-_APART], np.s_[_APART:]),
    ):
        asked = np.zeros((height, width), bool)
        differ = levels_apart(colour[first], colour[second]) > tolerance
        asked[first] = differ & open_[first] & open_[second]
        one = np.flatnonzero(asked)
        other = one + _APART * middle
        together = np.zeros(len(one), np.uint8)
        for juror in jurors:
            together += juror.take(one) & juror.take(other)
        rarer = np.minimum(times.take(one), times.take(other))
        torn[one.compress(together < _TOGETHER * rarer) + middle] = True
    return _long_ones(torn.reshape(height, width))


def _long_ones(seams: Mask) -> Mask:
    """Leave out what is no longer than noise makes it."""
    near = cv2.dilate(seams.view(np.uint8), np.ones((3, 3), np.uint8))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(near)
    long = stats[:, cv2.CC_STAT_AREA] >= 3 * _LEAST_LENGTH
    long[0] = False
    return np.asarray(seams & long[parts])
