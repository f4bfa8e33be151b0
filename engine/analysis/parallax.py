"""How unequally far the layers of one backdrop move: parallax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.analysis.corners import Cells, members
from engine.analysis.similarity import FEWEST, Affine, Points, carried, median

_FAR = 3.0
"""Pixels that a point must move before it tells a near layer from a far one."""
_FOLLOWING = 0.25
"""Share of the motion below which a point stays in its place."""
_SLOWEST, _FASTEST = 0.4, 4.0
"""Motion of the layers of one backdrop, against the layer that was found."""
_ASIDE, _ASTRAY = 1.0, 0.12
"""Pixels that a layer may go to the side: at all, and more for each pixel along."""
_SHARES = 0.15, 0.85
"""What of the layers counts as the slowest and the fastest."""


@dataclass(frozen=True, slots=True)
class Layers:
    """A backdrop whose parts go the same way, the near ones further than the far ones."""

    depth: float
    """1 less the motion of far layers by that of near ones, 0 to 1."""
    reach: float
    """Usual length of the motion, pixels."""


def measure_layers(points: Points, followed: Points, cells: Cells, link: Affine) -> Layers:
    """Measure how unequally far the parts of a backdrop go that go the way of ``link``.

    Parameters
    ----------
    points, followed : (N, 2) float32 arrays
    cells : (N,) int64 array
        The part of the picture each lies in; every part weighs the same.
    link : (3, 3) array
        Motion of one layer.
    """
    expected = np.asarray(carried(points, link) - points, np.float64)
    # The length of a complex number, as of these two, is found much faster than a norm.
    length = np.abs(expected.view(np.complex128)[:, 0])
    reach = median(length)
    far = length > _FAR
    if np.count_nonzero(far) < FEWEST:
        return Layers(0.0, reach)
    went = np.asarray(followed - points, np.float64)
    # What stays in its place while the camera moves is followed by it, or burnt in.
    far &= np.abs(went.view(np.complex128)[:, 0]) > _FOLLOWING * length
    way = expected / np.maximum(length, 1e-6)[:, None]
    along = went[:, 0] * way[:, 0] + went[:, 1] * way[:, 1]
    across = went[:, 0] * way[:, 1] - went[:, 1] * way[:, 0]
    share = along / np.maximum(length, 1e-6)
    belongs = (share > _SLOWEST) & (share < _FASTEST) & (np.abs(across) < _ASIDE + _ASTRAY * along)
    told = np.flatnonzero(belongs & far)
    if len(told) < FEWEST:
        return Layers(0.0, reach)
    weight = 1.0 / members(cells)[cells[told]]
    slow, fast = _quantiles(share[told], weight)
    # Layers differ along the way only; grain scatters points across it as much as along.
    left, right = _quantiles(across[told] / length[told], weight)
    apart = max(0.0, (fast - slow) ** 2 - (right - left) ** 2) ** 0.5
    return Layers(apart / fast, reach)


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    order = np.argsort(values)
    risen = np.cumsum(weights[order])
    low, high = np.searchsorted(risen, [share * risen[-1] for share in _SHARES])
    return float(values[order[low]]), float(values[order[high]])
