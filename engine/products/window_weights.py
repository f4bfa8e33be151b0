"""What each part of each map tells of a window; fitted by ``benchmarks/crop_weights.py``."""

from __future__ import annotations

MAP_WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "structure": (0.425, 0.454, -0.661, -0.720),
    "detail": (0.023, 0.274, 0.181, 0.380),
    "around": (0.091, 0.256, 0.148, -0.121),
    "spectral": (0.224, 0.383, 0.248, -0.309),
    "skin": (-0.031, 0.172, 0.115, 0.105),
    "people": (0.107, 0.194, 0.297, 0.212),
    "heads": (0.425, 0.292, -0.453, -0.894),
}
"""For each map: core, middle, rim, outside."""

SIZE_WEIGHTS: dict[str, tuple[float, float]] = {
    "structure": (0.379, 0.446),
    "detail": (-0.649, -0.050),
    "around": (0.052, 0.305),
    "spectral": (-0.444, -1.255),
}
"""For each map: core and outside, times the logarithm of the size."""

PLACE_WEIGHTS = (0.137, 0.572, 0.022, -0.166, 0.403, -0.783, 0.690)
"""For size, size squared, height, height squared, aside, size with people, whole regions."""

BIAS = -0.654
