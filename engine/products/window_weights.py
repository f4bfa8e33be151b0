"""What each part of each map tells of a window; fitted by ``benchmarks/crop_weights.py``."""

from __future__ import annotations

MAP_WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "structure": (0.313, 0.371, -0.319, -0.457),
    "detail": (0.131, 0.300, 0.152, 0.182),
    "around": (0.192, 0.333, 0.079, -0.319),
    "spectral": (0.195, 0.279, 0.149, -0.246),
    "skin": (-0.028, 0.151, 0.174, 0.013),
    "people": (0.143, 0.189, 0.222, 0.135),
    "heads": (0.286, 0.193, -0.319, -0.614),
}
"""For each map: core, middle, rim, outside."""

PLACE_WEIGHTS = (-0.008, 0.413, 0.041, -0.020, 0.340, -0.693)
"""For size, size squared, height, height squared, aside, size with people."""

BIAS = -0.575
