"""What each part of each map tells of a window; fitted by ``benchmarks/crop_weights.py``."""

from __future__ import annotations

MAP_WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "structure": (0.377, 0.407, -0.759, -0.653),
    "detail": (0.022, 0.298, 0.241, 0.438),
    "around": (0.097, 0.350, 0.127, -0.193),
    "spectral": (0.204, 0.351, 0.240, -0.273),
    "skin": (-0.065, 0.216, 0.184, 0.008),
    "people": (0.097, 0.200, 0.306, 0.175),
    "heads": (0.411, 0.339, -0.517, -0.858),
}
"""For each map: core, middle, rim, outside."""

SIZE_WEIGHTS: dict[str, tuple[float, float]] = {
    "structure": (0.642, 0.543),
    "detail": (-0.695, -0.016),
    "around": (0.065, 0.233),
    "spectral": (-0.413, -1.275),
}
"""For each map: core and outside, times the logarithm of the size."""

PLACE_WEIGHTS = (0.145, 0.518, -0.002, -0.202, 0.412, -0.764, 0.646)
"""For size, size squared, height, height squared, aside, size with people, whole regions."""

BIAS = -0.635
