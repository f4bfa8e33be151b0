"""Light that changes over a shot: flicker, fades and ramps, as one gain for each frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.footage.reader import Planes
from engine.products.at_once import at_once
from engine.products.temporal import middle_of
from engine.values import AnyArray, Image

Gains = NDArray[np.float32]
"""``(N, 3)``: what to multiply each frame's blue, green and red by."""

STRONGEST = 1.8
"""A frame that needs more gain than this is left out: its shadows hold nothing but noise."""

_NOTICEABLE = 0.012
_NONE = 0.002  # no grey level changes by more than a half
_GREY = 0.01  # gains of the three channels that differ by less mean one light
_NO_COLOUR = 128
_POINTS = 6000
_AGREE = 0.06  # share of the middle ratio by which others of the same light may differ


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
    points = points[:, :: max(1, points.shape[1] // _POINTS)]
    planes = [np.ascontiguousarray(points[..., channel]) for channel in range(3)]
    # A sum of planes: a mean over a last axis of three takes many times as long.
    sums = planes[0].astype(np.float32) + planes[1] + planes[2]
    luma = np.median(sums / np.float32(3), axis=1, overwrite_input=True)
    bright = luma >= np.median(luma)
    gains = np.stack(at_once(lambda plane: _gains_of(plane, bright), planes), axis=-1)
    return gains if np.abs(gains - 1).max() > _NOTICEABLE else np.ones_like(gains)


def _gains_of(points: AnyArray, bright: AnyArray) -> AnyArray:
    """Give the gain of each frame in one channel, ``(N,)``, by its points, ``(N, P)``."""
    reference = middle_of(points[bright])
    usable = reference > 24
    if usable.sum() < 200:
        return np.ones(len(points), np.float32)
    wanted = reference[usable]
    found = np.maximum(points[:, usable], 1).astype(np.float32)
    ratio = wanted / found
    middle = np.median(ratio, axis=1)[:, None]
    # The ratios of whole grey levels lie far apart: the sums of those that agree do not.
    ratio -= middle
    agree = np.abs(ratio, out=ratio) <= _AGREE * middle
    found *= agree
    sums = np.multiply(wanted, agree, out=ratio).sum(axis=1) / found.sum(axis=1)
    return np.asarray(sums, np.float32)


def is_grey(gains: Gains) -> bool:
    """Tell whether gains change the light alone, and not its colour."""
    return float(np.ptp(gains, axis=1).max()) < _GREY


def with_gain(picture: Image, gain: AnyArray) -> Image:
    """Multiply each channel, rounding and clipping: through one table, at byte speed."""
    if np.abs(gain - 1).max() < _NONE:
        return picture
    table = np.stack([_table(0, float(one)) for one in gain], axis=-1)
    return np.asarray(cv2.LUT(picture, table.reshape(1, 256, 3)), np.uint8)


def planes_with_gain(planes: Planes, gain: float, black: int) -> Planes:
    """Multiply the light of luma and chroma in planes of their own.

    Parameters
    ----------
    planes : Y, Cb and Cr, each (H, W) uint8
    gain : float
    black : int
        The value that luma has in black.
    """
    if abs(gain - 1) < _NONE:
        return planes
    levels = black, _NO_COLOUR, _NO_COLOUR
    return tuple(
        cv2.LUT(plane, _table(level, gain)) for plane, level in zip(planes, levels, strict=True)
    )


def _table(zero: int, gain: float) -> AnyArray:
    levels = zero + (np.arange(256, dtype=np.float32) - zero) * np.float32(gain)
    table: AnyArray = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return table
