"""Light that changes over a shot: flicker, fades and ramps, as one gain for each frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Image

Gains = NDArray[np.float32]
"""``(N, 3)``: what to multiply each frame's blue, green and red by."""

STRONGEST = 1.8
"""A frame that needs more gain than this is left out: its shadows hold nothing but noise."""

_NOTICEABLE = 0.008
_POINTS = 6000


def estimate_gains(small: AnyArray) -> Gains:
    """Measure the gain that brings each frame to the light of the brighter half of the frames.

    The median over pixels of the ratio to a reference picture, channel by channel: what moves in
    front changes fewer than half of the ratios.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Registered frames, reduced.

    Returns
    -------
    (N, 3) float32 array
        All ones when the light does not change.
    """
    points = small.reshape(len(small), -1, 3)
    points = points[:, :: max(1, points.shape[1] // _POINTS)].astype(np.float32)
    luma = np.median(points.mean(axis=2), axis=1)
    bright = points[luma >= np.median(luma)]
    reference = np.median(bright, axis=0)
    gains = np.ones((len(small), 3), np.float32)
    for channel in range(3):
        usable = reference[:, channel] > 24
        if usable.sum() < 200:
            continue
        ratio = reference[usable, channel] / np.maximum(points[:, usable, channel], 1)
        gains[:, channel] = np.median(ratio, axis=1)
    return gains if np.abs(gains - 1).max() > _NOTICEABLE else np.ones_like(gains)


def with_gain(picture: Image, gain: AnyArray) -> Image:
    """Multiply each channel, rounding and clipping: through one table, at byte speed."""
    if np.abs(gain - 1).max() < 0.002:
        return picture
    levels = np.arange(256, dtype=np.float32)[:, None] * gain[None]
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, table.reshape(1, 256, 3)), np.uint8)
