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
    least, most = ratio.min(axis=-1), ratio.max(axis=-1)
    alike = most / least < 1.25
    brighter = alike & (least > 1.1) & (most < 3)
    darker = alike & (most < 0.9) & (least > 1 / 3)
    return np.asarray(brighter.astype(np.float32) - darker)
