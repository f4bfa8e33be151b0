"""Shade told from things: a shadow darkens what it falls on, and leaves its colour."""

from __future__ import annotations

import numpy as np

from engine.values import AnyArray


def is_shade(colour: AnyArray, other: AnyArray) -> AnyArray:
    """Tell whether ``colour`` is ``other`` in another light.

    A shadow takes about the same share of each channel (Horprasert, Harwood and Davis 1999).

    Parameters
    ----------
    colour, other : (…, 3) uint8 arrays

    Returns
    -------
    (…) float32 array
        1 where ``colour`` is the same thing better lit, -1 where worse, 0 where it is another.
    """
    ratio = (colour.astype(np.float32) + 4) / (other.astype(np.float32) + 4)
    # Plane by plane: a minimum over a last axis of three is many times slower.
    blue, green, red = ratio[..., 0], ratio[..., 1], ratio[..., 2]
    least = np.minimum(np.minimum(blue, green), red)
    most = np.maximum(np.maximum(blue, green), red)
    alike = most / least < 1.25
    brighter = alike & (least > 1.1) & (most < 3)
    darker = alike & (most < 0.9) & (least > 1 / 3)
    return np.asarray(brighter.astype(np.float32) - darker)
