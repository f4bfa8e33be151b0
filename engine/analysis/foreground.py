"""How much of a picture is not the backdrop that moves through it."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from engine.analysis.greys import GreyFrame
from engine.analysis.similarity import Affine, inverse, median
from engine.values import AnyArray

_APART = 16.0
"""Grey levels by which a place differs from the backdrop."""
_LEAST_SHARED = 1 / 8
"""Share of the picture that has to be in both frames."""


def measure_foreground(before: GreyFrame, now: GreyFrame, link: Affine) -> float:
    """Measure the share of a picture that an earlier one, moved by ``link``, does not show."""
    here = now.small
    # Every other place each way is enough for a share.
    few = here[::2, ::2]
    size = (few.shape[1], few.shape[0])
    move = link.copy()
    move[:2, 2] /= 2
    back = inverse(move)[:2]
    back[:, :2] *= 2
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    then = cv2.warpAffine(before.small, back, size, flags=flags)
    seen = cv2.warpAffine(_white(here.shape[1], here.shape[0]), back, size, flags=flags)
    valid = cv2.threshold(seen, 254, 1, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(valid) < valid.size * _LEAST_SHARED:
        return 0.0
    wide, had = (float(cv2.meanStdDev(part, mask=valid)[1][0, 0]) for part in (few, then))
    # Flicker and fades change the whole picture: only what differs more than that counts.
    gain = min(max(wide / max(had, 1.0), 0.2), 5.0)
    told = valid.view(np.bool_)
    gap = few[told].astype(np.float32) - np.float32(gain) * then[told]
    gap -= np.float32(median(gap))
    return np.count_nonzero(np.abs(gap) > _APART * min(1.0, gain)) / len(gap)


@lru_cache(maxsize=4)
def _white(width: int, height: int) -> AnyArray:
    return np.full((height, width), 255, np.uint8)
