"""Pictures that a decoder made out of noise, told by colours that no film has."""

from __future__ import annotations

import av
import cv2
import numpy as np

from engine.footage.colour import colour_of
from engine.footage.samples import plane
from engine.values import AnyArray

_END = 2
"""Levels at either end of chroma's 8 bits. Film keeps to 16-240; edges of saturated drawings
overshoot, now and then down to the last level, but not over whole areas."""

_FAR_OUT = 8
"""Levels at either end of luma's 8 bits, where film that keeps to 16-235 has no areas."""

_FEWEST = 6
"""Places whose neighbours are all so, from which a picture of 640x360 is noise. Saturated art at
the lowest quality came to 4; of 26 films in whose middle noise lay, 20 had pictures with more."""

_SIDE = 240.0
"""Geometric mean of the sides of chroma in such a picture."""


def stray_chroma(picture: av.VideoFrame) -> int:
    """Count places of a picture that lie in areas at the very ends of chroma's range.

    Parameters
    ----------
    picture : VideoFrame
        As decoded, planar YUV; of others, and of full range, nothing can be told.

    Returns
    -------
    int
        Samples of chroma within 2 levels (of 8 bits) of an end, as are their eight neighbours.
    """
    layout = picture.format
    planar = layout.name.startswith("yuv4") and len(picture.planes) >= 3
    if not planar or colour_of(picture).full_range:
        return 0
    bits = layout.components[1].bits
    ends = _END << (bits - 8)
    return sum(_at_ends(plane(picture, index, bits), ends, 1 << bits) for index in (1, 2))


def is_full_range(picture: av.VideoFrame) -> bool:
    """Tell whether a picture has areas that only full range has, whatever its file says."""
    layout = picture.format
    if not layout.name.startswith("yuv") or colour_of(picture).full_range:
        return False
    bits = layout.components[0].bits
    return _at_ends(plane(picture, 0, bits), _FAR_OUT << (bits - 8), 1 << bits) > 0


def _at_ends(samples: AnyArray, ends: int, levels: int) -> int:
    """Count samples that lie within ``ends`` of either end, as do their eight neighbours."""
    # An area of three lines is on one line in three, too.
    low, high, _, _ = cv2.minMaxLoc(samples[::3])
    if low >= ends and high < levels - ends:
        return 0
    at_end = ((samples < ends) | (samples >= levels - ends)).astype(np.uint8)
    return cv2.countNonZero(cv2.erode(at_end, np.ones((3, 3), np.uint8)))


def is_noise(picture: av.VideoFrame) -> bool:
    """Tell whether parts of a picture were decoded from bytes that are no picture."""
    chroma = picture.planes[1] if len(picture.planes) >= 3 else picture.planes[0]
    # Where drawings overshoot is along edges, whose length goes with the picture's side.
    least = _FEWEST * max(1.0, (chroma.width * chroma.height) ** 0.5 / _SIDE)
    return bool(stray_chroma(picture) >= least)
