"""How wide edges are: the blur of a picture, whatever its contrast and however flat its areas."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.values import Image, Luma

_NATIVE_WIDTH = 0.6
"""Width of the edges of a drawing with smoothed outlines, and of a good lens, at their own
resolution; enlarged, they are that much wider."""

_REBLUR = 2.0
_ROWS = 256
"""Rows of a place that are looked at; more tell the same."""

_LEAST_STEP = 12
"""Gradient below which there is no edge, grey levels a pixel."""


@dataclass(frozen=True)
class Edges:
    """The edges of a picture, measured once for all its crops."""

    before: Luma
    """Gradient, grey levels a pixel."""
    after: Luma
    """The same after one more blur: a sharp edge loses much of its gradient by that, a soft one
    little."""

    def width(self, place: tuple[slice, slice] = (slice(None), slice(None))) -> float:
        """Measure how wide the sharpest quarter of the strong edges of a place is.

        Contrast cancels out, and flat areas do not count.

        Parameters
        ----------
        place : pair of slices
            Rows and columns of the picture; all of it by default.

        Returns
        -------
        float
            Standard deviation of the blur that makes such edges from steps, pixels; ``inf`` where
            there is no edge. A picture enlarged twice has edges about twice as wide.

        References
        ----------
        Zhuo and Sim, "Defocus map estimation from a single image", 2011.
        """
        every = max(1, self.before[place].shape[0] // _ROWS)
        before = np.ascontiguousarray(self.before[place][::every])
        after = self.after[place][::every]
        counts = cv2.calcHist([before], [0], None, [256], [0, 256]).ravel()
        steep = int(np.searchsorted(np.cumsum(counts), 0.95 * before.size))
        edges = before >= max(_LEAST_STEP, steep)
        found = before[edges].astype(np.float32)
        if len(found) < 16:
            return float("inf")
        ratio = float(np.percentile(found / np.maximum(after[edges], 1), 75))
        return _REBLUR / float(np.sqrt(max(ratio**2 - 1, 1e-3)))


def find_edges(image: Image) -> Edges:
    """Measure the edges of a picture.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        At native resolution.
    """
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    softer = np.asarray(cv2.GaussianBlur(grey, (0, 0), _REBLUR), np.uint8)
    return Edges(measure_gradient(grey), measure_gradient(softer))


def enlargement_of(width: float) -> float:
    """Tell how much larger a picture is than the detail in it asks for, from its edge width.

    At least 1; what has no edges tells nothing and counts as native.
    """
    return max(1.0, width / _NATIVE_WIDTH) if np.isfinite(width) else 1.0


def measure_gradient(grey: Luma) -> Luma:
    """Measure the gradient of a picture, grey levels a pixel, rounded."""
    across, down = cv2.spatialGradient(grey)
    # Sobel's weights add up to 8 for a step of one grey level a pixel.
    both = cv2.convertScaleAbs(across, alpha=0.125), cv2.convertScaleAbs(down, alpha=0.125)
    return np.asarray(cv2.add(*both), np.uint8)
