"""What each part of each map tells of a window; fitted by ``benchmarks/crop_weights.py``."""

from __future__ import annotations

MAP_WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "structure": (0.294, 0.351, -0.343, -0.455),
    "detail": (0.138, 0.305, 0.168, 0.210),
    "around": (0.183, 0.349, 0.097, -0.292),
    "spectral": (0.194, 0.290, 0.164, -0.204),
    "skin": (-0.025, 0.152, 0.170, 0.005),
    "people": (0.140, 0.185, 0.216, 0.128),
    "heads": (0.287, 0.186, -0.320, -0.597),
}
"""For each map: core, middle, rim, outside."""

SIZE_WEIGHTS: dict[str, tuple[float, float]] = {
    "structure": (0.345, 0.067),
    "detail": (-0.322, -0.131),
    "around": (0.089, -0.071),
    "spectral": (-0.125, -0.768),
}
"""For each map: core and outside, times the logarithm of the size."""

PLACE_WEIGHTS = (0.128, 0.477, 0.029, -0.157, 0.337, -0.591)
"""For size, size squared, height, height squared, aside, size with people."""

BIAS = -0.588
