"""In what light a move is shown whose frames are not all as bright."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.products.views import Floats, View

FLASH = 9, 8
"""Frames, and part of all frames, more than half of which a light must last to be no flash."""
RAMP = 0.1
"""Log of how much lighter than most the lightest frames are where light fades in or out."""
FOLLOWS = 0.7
"""How far the brightness of whole frames follows a fade, as a share."""
BLOWN = 0.005
"""Share of the pixels that may become white where a fade is undone."""


def usual_gain(gains: Floats, views: Sequence[View]) -> float:
    """Give the brightness that a move is shown in, of the log brightness of its frames, ``(N,)``.

    That of most frames; where the light comes or goes over the move, that of the lightest: fades
    only darken. Flashes do not count. Gains that only add up the shading of a lens do not either:
    then the frames themselves are not lighter, or would be too light if the others were.
    """
    usual = float(np.median(gains))
    reach = max(FLASH[0], len(gains) // FLASH[1]) // 2
    lasting = [np.median(gains[max(0, i - reach) : i + reach + 1]) for i in range(len(gains))]
    lightest = float(np.max(lasting))
    if lightest - usual < RAMP:
        return usual
    bright = np.log([max(float(np.percentile(view.small, 95)), 1.0) for view in views])
    follows = float(np.polyfit(gains, bright, 1)[0])
    white = 256 * np.exp(gains - lightest)
    blown = [float((view.small > limit).mean()) for view, limit in zip(views, white, strict=True)]
    return lightest if follows > FOLLOWS and np.mean(blown) < BLOWN else usual
