"""How wide edges are: the blur of a picture, whatever its contrast and however flat its areas."""

from __future__ import annotations

import cv2
import numpy as np

from engine.values import Image, Luma

_NATIVE_WIDTH = 0.6
"""Width of the edges of a drawing with smoothed outlines, and of a good lens, at their own
resolution; enlarged, they are that much wider."""

_REBLUR = 2.0
_LEAST_STEP = 12
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
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    before = measure_gradient(grey)
    counts = cv2.calcHist([before], [0], None, [256], [0, 256]).ravel()
    steep = int(np.searchsorted(np.cumsum(counts), 0.95 * before.size))
    edges = before >= max(_LEAST_STEP, steep)
    if int(edges.sum()) < 16:
        return float("inf")
    after = measure_gradient(np.asarray(cv2.GaussianBlur(grey, (0, 0), _REBLUR), np.uint8))
    ratios = before[edges].astype(np.float32) / np.maximum(after[edges], 1)
    return _REBLUR / float(np.sqrt(max(float(np.percentile(ratios, 75)) ** 2 - 1, 1e-3)))


def enlargement_of(width: float) -> float:
    """Tell how much larger a picture is than the detail in it asks for, from its edge width.

    At least 1; what has no edges tells nothing and counts as native.
    """
    return max(1.0, width / _NATIVE_WIDTH) if np.isfinite(width) else 1.0


def measure_gradient(grey: Luma) -> Luma:
    """Measure the gradient of a picture, grey levels a pixel, rounded."""
    across, down = cv2.spatialGradient(grey)
    # Sobel's weights add up to 8 for a step of one grey level a pixel.
    return np.asarray(
        cv2.addWeighted(
            cv2.convertScaleAbs(across, alpha=0.125),
            1,
            cv2.convertScaleAbs(down, alpha=0.125),
            1,
            0,
        ),
        np.uint8,
    )
