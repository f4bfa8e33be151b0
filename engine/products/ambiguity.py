"""Parts of a plate where what was taken for the backdrop may as well stand in front of it."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.modes import MODES, Modes
from engine.products.shade import is_shade
from engine.values import AnyArray, Mask

_CLOSE = -1.2  # evidence (a natural logarithm of odds) for the other reading
_STANDS = 0.08  # share of the frames that another reading must have been seen in
_RIVALS = 0.25  # of the frames that show what was chosen, that another reading must have
_LEAST_AREA = 0.002  # of the picture
_MOST = 12


def find_ambiguous(modes: Modes, chosen: AnyArray, against: AnyArray) -> tuple[Mask, ...]:
    """Find where another lasting colour speaks nearly as loud as the one that was chosen.

    Parameters
    ----------
    modes : Modes
    chosen : (h, w) int array
        The mode that is taken for the backdrop.
    against : (h, w) float array
        The strongest evidence for another reading that was turned down, in logarithmic odds.

    Returns
    -------
    tuple of (h, w) bool arrays
        Connected parts, the largest first.
    """
    count = np.take_along_axis(modes.counts, chosen[None], 0)[0]
    colour = np.take_along_axis(modes.colours, chosen[None, ..., None], 0)[0]
    rivalled = np.zeros(chosen.shape, bool)
    least = np.maximum(_STANDS * len(modes.labels), _RIVALS * count)
    for mode in range(MODES):
        rivalled |= (
            (modes.counts[mode] >= least)
            & (chosen != mode)
            & (is_shade(modes.colours[mode], colour) == 0)
        )
    disputed = (rivalled & (against > _CLOSE)).view(np.uint8)
    smooth = cv2.medianBlur(disputed, 5)
    whole = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(whole)
    areas = stats[1:, cv2.CC_STAT_AREA]
    order = [int(i) + 1 for i in np.argsort(-areas, kind="stable")[:_MOST]]
    return tuple(parts == part for part in order if areas[part - 1] >= _LEAST_AREA * whole.size)
