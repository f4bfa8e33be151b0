"""Frames that show two others at once: the blended in-betweens of footage held on twos and threes.

Such a frame looks like the one before and like the one after, both in place, so that a camera that
jumps from hold to hold seems to stand still; and it shows everything twice.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.views import Survey, View
from engine.values import AnyArray

EXPLAINED = 0.2
"""Share of its difference from either neighbour, squared, that a mix of both leaves at most."""
APART = 0.6
"""Correlation of the detail of the neighbours from which on they lie too near to each other: then
a frame halfway looks like a mix of them, and a mix of them like a frame halfway."""
LEAST_SHARE = 0.12
"""Of either neighbour in a mix; what shows less of it is that neighbour's other self."""
LEAST_DETAIL = 1.0
"""Grey levels squared of detail in which a mix can be told."""


def without_in_betweens(survey: Survey) -> Survey:
    """Leave out frames that are mixes of the frames before and after them.

    Parameters
    ----------
    survey : Survey
        Views in order of time.

    Returns
    -------
    Survey
        Two neighbours are never both left out.
    """
    views = survey.views
    mixed = [False] * len(views)
    detail = [_detail(view) for view in views]
    for i in range(1, len(views) - 1):
        if not mixed[i - 1]:
            mixed[i] = is_mix(detail[i], detail[i - 1], detail[i + 1])
    return replace(survey, views=[v for v, out in zip(views, mixed, strict=True) if not out])


def is_mix(between: AnyArray, before: AnyArray, after: AnyArray) -> bool:
    """Tell whether the detail of a picture is a weighted mean of that of two others.

    Parameters
    ----------
    between, before, after : (h, w) float arrays
        Around zero.
    """
    gap = before - after
    apart = float((gap * gap).mean())
    own, other = float((before * before).mean()), float((after * after).mean())
    if min(own, other) < LEAST_DETAIL or apart < (1 - APART) * (own + other):
        return False
    off = between - after
    share = float((off * gap).mean()) / apart
    if not LEAST_SHARE < share < 1 - LEAST_SHARE:
        return False
    left = float(((off - share * gap) ** 2).mean())
    nearest = min(float((off * off).mean()), float(((between - before) ** 2).mean()))
    return left < EXPLAINED * nearest


def _detail(view: View) -> NDArray[np.float32]:
    grey = view.small.astype(np.float32)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), 1.5), np.float32)
