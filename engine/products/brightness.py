"""In what light a move is shown whose frames are not all as bright."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.products.views import Floats, View

FLASH = 9, 8
"""Frames, and part of all frames, more than half of which a light must last to be no flash."""
RAMP = 0.1
"""Log of how much lighter than most the lightest frames are where light fades in or out."""
FOLLOWS = 0.7
"""How far the brightness of whole frames follows a fade, as a share."""
FOLLOWS_LIGHT = 0.3
"""The same, where the camera's way does not explain a fade: frames show other places, too."""
OUT_OF_STEP = 0.1
"""Share of their spread by which gains stray from what would be in step with the camera."""
TOP = 0.1
"""Share of a fade by which frames may be darker than the lightest and still be in full light."""
LASTS = 0.25
"""Share of the camera's way in full light, from which on a fade is none that adds up on the way:
that would take but a ``TOP`` of it."""
BLOWN = 0.005
"""Share of the pixels that may become white where a fade is undone."""


def usual_gain(gains: Floats, views: Sequence[View], centre: Floats) -> float:
    """Give the brightness that a move is shown in, of the log brightness of its frames, ``(N,)``.

    That of most frames; where the light comes or goes over the move, or over a part of it, that of
    the lightest: fades only darken. Flashes do not count. Gains that only add up the shading of a
    lens do not either: these go in step with the camera, whose places are ``centre`` ``(N, 2)``,
    and then the frames themselves are not lighter, or would be too light if the others were.
    """
    usual = float(np.median(gains))
    reach = max(FLASH[0], len(gains) // FLASH[1]) // 2
    lasting = [
        float(np.median(gains[max(0, i - reach) : i + reach + 1])) for i in range(len(gains))
    ]
    lightest = float(np.max(lasting))
    sudden = _in_full_light(np.array(lasting), centre)
    if lightest - usual < RAMP and not sudden:
        return usual
    bright = np.log([max(float(np.percentile(view.small, 95)), 1.0) for view in views])
    follows = float(np.polyfit(gains, bright, 1)[0])
    terms = np.column_stack([np.ones(len(gains)), centre - centre.mean(axis=0)])
    _, step = cv2.solve(terms, gains[:, None], flags=cv2.DECOMP_SVD)
    lights = float((gains - terms @ step[:, 0]).std()) > OUT_OF_STEP * float(gains.std())
    white = 256 * np.exp(gains - lightest)
    blown = [float((view.small > limit).mean()) for view, limit in zip(views, white, strict=True)]
    needed = FOLLOWS_LIGHT if lights else FOLLOWS
    fades = sudden or follows > needed
    return lightest if fades and np.mean(blown) < BLOWN else usual


def _in_full_light(lasting: Floats, centre: Floats) -> bool:
    """Tell whether a fade leaves out much of the camera's way, on which all is equally light."""
    fade, way = float(np.ptp(lasting)), float(np.hypot(*np.ptp(centre, axis=0)))
    if fade < RAMP or way == 0:
        return False
    full = centre[lasting > lasting.max() - TOP * fade]
    return float(np.hypot(*np.ptp(full, axis=0))) > LASTS * way
