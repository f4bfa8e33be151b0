"""Pixels of a plate asked whether they agree with their neighbours on when the place is seen.

What stands in front covers neighbours in the same frames. So a pixel's backdrop shows in those
frames in which the pixels around it show theirs, and a colour that it shows just when they are
covered is of the thing that covers them. This mends specks, which codec noise and outlines leave.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.modes import MODES, Modes
from engine.values import AnyArray, Mask

_REACHES = (11, 7, 5)
_CLEARLY = 0.2  # share of the neighbours that another mode must have on its side, beyond
_LONELY = 0.1  # share of the neighbours on whose side a pixel must be to be believed
_LASTING = 2
_JURORS = 64  # frames that are asked, spread over the shot


def follow(modes: Modes, chosen: AnyArray, valid: AnyArray, reach: int) -> tuple[AnyArray, Mask]:
    """Choose, for each pixel, the mode that shows when its neighbours show their backdrop.

    Parameters
    ----------
    modes : Modes
    chosen : (h, w) int array
        The mode that is taken for the backdrop so far.
    valid : (N, h, w) bool array
    reach : int
        Side of the neighbourhood, pixels.

    Returns
    -------
    chosen : (h, w) int array
        Changed where the neighbours clearly say otherwise.
    lonely : (h, w) bool array
        Where even what was chosen shows just when the neighbours are covered.
    """
    lasting = modes.counts >= _LASTING
    rows, columns = np.nonzero(lasting.any(axis=0) & (modes.counts.max(axis=0) < len(valid)))
    support = np.zeros((MODES, len(rows)), np.float32)
    jurors = range(0, len(valid), -(-len(valid) // _JURORS))
    counts = np.zeros(support.shape, np.int16)
    for index in jurors:
        label, usable = modes.labels[index], valid[index]
        shows = ((label == chosen) & usable).astype(np.float32)
        around = cv2.blur(shows, (reach, reach))[rows, columns]
        here = label[rows, columns]
        seen = here >= 0
        at = here[seen], np.flatnonzero(seen)
        support[at] += around[seen]
        counts[at] += 1
    support = np.where(lasting[:, rows, columns], support / np.maximum(counts, 1), -1)
    now = chosen[rows, columns]
    best = support.argmax(axis=0)
    each = np.arange(len(rows))
    better = support[best, each] > support[now, each] + _CLEARLY
    result = chosen.copy()
    result[rows[better], columns[better]] = best[better]
    lonely = np.zeros(chosen.shape, bool)
    lonely[rows, columns] = support[best, each] < _LONELY
    return result, lonely


def agreed(modes: Modes, chosen: AnyArray, valid: AnyArray) -> tuple[AnyArray, Mask, Mask]:
    """Let pixels follow their neighbours, from far to near.

    Also tells which ones did, and which are lonely: see :func:`follow`.
    """
    first, lonely = chosen, np.zeros(chosen.shape, bool)
    for reach in _REACHES:
        chosen, lonely = follow(modes, chosen, valid, reach)
    return chosen, chosen != first, lonely
