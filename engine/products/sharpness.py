"""How wide edges are: the blur of a picture, whatever its contrast and however flat its areas."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import FloatMap, Image, Size

SHARP_WIDTH = 1.3
"""Edges up to this wide (standard deviation, pixels) look sharp at native size."""

SOFT_WIDTH = 2.2
"""Edges wider than this look out of focus."""

_REBLUR = 2.0
_LEAST_STEP = 12.0
"""Gradient below which there is no edge, grey levels a pixel."""


def measure_edge_width(image: Image) -> float:
    """Measure how wide the sharpest tenth of a picture's strong edges is.

    The picture is blurred once more: a sharp edge loses much of its gradient by that, a soft
    one little. Contrast cancels out, and flat areas do not count.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        At native resolution.

    Returns
    -------
    float
        Standard deviation of the blur that makes such edges from steps, pixels; ``inf`` where
        there is no edge. A picture enlarged twice has edges about twice as wide.

    References
    ----------
    Zhuo and Sim, "Defocus map estimation from a single image", 2011.
    """
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.float32)
    before = _gradient(grey)
    least = max(_LEAST_STEP, float(np.percentile(before, 95)))
    edges = before >= least
    if int(edges.sum()) < 16:
        return float("inf")
    after = _gradient(np.asarray(cv2.GaussianBlur(grey, (0, 0), _REBLUR), np.float32))
    ratio = float(np.percentile(before[edges] / np.maximum(after[edges], 1e-3), 75))
    return _REBLUR / float(np.sqrt(max(ratio**2 - 1, 1e-3)))


def measure_gradient_energy(image: Image, size: Size) -> FloatMap:
    """Measure Tenengrad (squared gradient) at native resolution, pooled to ``size``."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    across, down = cv2.spatialGradient(grey)
    strength = cv2.magnitude(across.astype(np.float32), down.astype(np.float32))
    return np.asarray(cv2.resize(strength * strength, size, interpolation=cv2.INTER_AREA))


def _gradient(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(across, down), np.float32)
