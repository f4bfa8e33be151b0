"""What drawing frames between the pixels takes from the finest detail, and giving it back.

A frame that lies half a pixel off loses all that changes from one pixel to the next; averaged
over many frames, each at its own phase, the loss is the same everywhere and known. As noise has
been averaged away, the finest detail can be raised again to where it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.placed import Placed, snapped
from engine.values import Image

LENGTH = 64
"""Frequencies at which the loss is worked out."""
REACH = 7
"""Taps of the filter on each side."""
SAMPLINGS = 2
"""Each frame was sampled twice: by the camera, and by us."""
FLOOR = 0.03
"""Keeps what is lost for good from being raised to noise."""
ROWS = 128
"""Of a picture, that are filtered at once."""
LEAST_LOSS = 0.03
"""At the finest detail; below this there is nothing to give back."""

Floats = NDArray[np.float64]


def lanczos_loss(phase: float) -> Floats:
    """Give what Lanczos interpolation over 8 pixels keeps of each frequency, 0 to 0.5 a pixel.

    Duchon 1979, Lanczos filtering in one and two dimensions.
    """
    away = np.arange(-3, 5) - phase
    taps = np.sinc(away) * np.sinc(away / 4)
    taps /= taps.sum()
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(LENGTH)[:, None] * away)
    return np.asarray(np.abs(turns @ taps), np.float64)


def restoring_taps(phases: Sequence[float]) -> Floats | None:
    """Work out the filter that undoes the mean loss of frames at these phases, along one axis.

    Returns
    -------
    (2 * REACH + 1,) float64 array or None
        None where hardly anything was lost.
    """
    kept = np.mean([lanczos_loss(phase % 1.0) for phase in phases], axis=0)
    if kept[-1] > 1 - LEAST_LOSS:
        return None
    left = kept**SAMPLINGS
    gain = left / (left**2 + FLOOR) * (1 + FLOOR)
    response = np.fft.irfft(gain, LENGTH)
    taps = np.concatenate([response[-REACH:], response[: REACH + 1]])
    return np.asarray(taps / taps.sum(), np.float64)


def restored(image: Image, placed: Sequence[Placed]) -> Image:
    """Raise the finest detail of a mean of placed frames to what it was before they were drawn.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        Composited, hardly any noise left.
    placed : sequence of Placed
        What it was composited of. Of a zoom nothing is given back: its losses differ from
        place to place.
    """
    if any(one.scale != 1 for one in placed):
        return image
    identity = np.ones(1)
    across = restoring_taps([snapped(one.left) for one in placed])
    down = restoring_taps([snapped(one.top) for one in placed])
    if across is None and down is None:
        return image
    out = np.empty_like(image)

    def restore(top: int) -> None:
        first, last = max(0, top - REACH), min(len(image), top + ROWS + REACH)
        part = cv2.sepFilter2D(
            image[first:last].astype(np.float32),
            cv2.CV_32F,
            identity if across is None else across,
            identity if down is None else down,
            borderType=cv2.BORDER_REFLECT,
        )
        out[top : top + ROWS] = cv2.convertScaleAbs(
            np.maximum(part, 0)[top - first : top - first + ROWS]
        )

    at_once(restore, range(0, len(image), ROWS))
    return out
