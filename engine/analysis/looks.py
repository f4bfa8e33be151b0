"""One glance at each frame: the small pictures and numbers that all later stages share."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Frame, Image, Luma, Size

WORKING_SIDE = 320
"""Long side of the grey picture that motion is measured on, pixels."""

THUMB_SIDE = 64
"""Long side of the thumbnail that changes are measured on, pixels."""

_ONE_COLOUR = 10.0
"""Levels by which places of one colour differ at most."""

Thumb = NDArray[np.uint8]
"""Small BGR picture, shape ``(h, w, 3)``."""

ExactThumb = NDArray[np.float32]
"""One to reckon with, or a mean or mix of some, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Look:
    """A frame and what one glance at it tells."""

    index: int
    image: Image
    """Reduced frame."""
    luma: Luma
    """Grey, of the reduced frame's size."""
    grey: Luma
    """Grey, long side about :data:`WORKING_SIDE`."""
    step: int
    """Pixels of the reduced frame for each of ``grey``."""
    thumb: Thumb
    brightness: float
    """Mean grey level, 0 to 255."""
    contrast: float
    """Standard deviation of the thumbnail's grey levels."""
    blank: bool
    """Nothing but one colour: black, white or any other."""
    sharpness: float
    """From :func:`measure_sharpness`; measured while the frame is still in the cache."""


def look_at(frame: Frame) -> Look:
    """Take the small pictures and first numbers of a frame."""
    height, width = frame.image.shape[:2]
    step = working_step((width, height))
    # Whole steps make area averages several times as fast; a last odd line is left out.
    whole = frame.image[: height // step * step, : width // step * step]
    half = cv2.resize(whole, (width // step, height // step), interpolation=cv2.INTER_AREA)
    small = fitted((width, height), THUMB_SIDE)
    thumb = np.asarray(cv2.resize(half, small, interpolation=cv2.INTER_AREA), np.uint8)
    mean, spread = cv2.meanStdDev(grey_of(thumb))
    luma = np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY), np.uint8)
    return Look(
        index=frame.index,
        image=frame.image,
        luma=luma,
        grey=np.asarray(cv2.cvtColor(half, cv2.COLOR_BGR2GRAY), np.uint8),
        step=step,
        thumb=thumb,
        brightness=float(mean[0, 0]),
        contrast=float(spread[0, 0]),
        blank=_is_blank(thumb),
        sharpness=measure_sharpness(luma),
    )


def working_step(size: Size) -> int:
    """Tell how many pixels make one, each way, in the picture that motion is measured on."""
    # A strip among the pictures of a folder may be narrower than a step.
    return max(1, min(round(max(size) / WORKING_SIDE - 0.01), *size))


def fitted(size: Size, side: int) -> Size:
    """Shrink ``size`` so that its long side is at most ``side``, keeping its shape."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def grey_of(thumb: Thumb | ExactThumb) -> NDArray[np.float32]:
    """Give the grey levels of a thumbnail without rounding them."""
    exact = thumb.astype(np.float32, copy=False)
    return np.asarray(cv2.cvtColor(exact, cv2.COLOR_BGR2GRAY), np.float32)


def difference(one: AnyArray, other: AnyArray) -> float:
    """Mean absolute difference of two thumbnails, grey levels."""
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size


def measure_sharpness(luma: Luma) -> float:
    """Measure the mean gradient on edge pixels, grey levels a pixel.

    Parameters
    ----------
    luma : (H, W) uint8 array
    """
    across, down = (cv2.Sobel(luma, cv2.CV_16S, x, 1 - x) for x in (1, 0))
    # The kernel sums up to eight times the slope; divided, even ink on white does not saturate.
    steep = cv2.add(
        cv2.convertScaleAbs(across, alpha=1 / 8), cv2.convertScaleAbs(down, alpha=1 / 8)
    )
    edges = cv2.threshold(steep, 8, 0, cv2.THRESH_TOZERO)[1]
    count = cv2.countNonZero(edges)
    if count <= luma.size // 500:
        return float(steep.mean())
    return float(cv2.sumElems(edges)[0]) / count


def _is_blank(thumb: Thumb) -> bool:
    height, width = thumb.shape[:2]
    # A letterbox or film gate frames a white or grey blank; only the middle counts.
    middle = thumb[height // 6 : height - height // 6, width // 6 : width - width // 6]
    if middle.size == 0:
        middle = thumb
    # A few places show of most pictures that they are none.
    few = middle[::4, ::4, 1]
    if int(few.max() - few.min()) >= _ONE_COLOUR:
        return False
    return int((middle.max(axis=(0, 1)) - middle.min(axis=(0, 1))).max()) < _ONE_COLOUR
