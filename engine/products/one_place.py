"""Whether pictures show one place at all: unrelated ones in a folder make no plate."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np

from engine.products.contrast import levels_apart
from engine.products.frame_stack import evenly
from engine.values import AnyArray

_LOOKS = 12  # pictures that are compared, spread over all
_SIDE = 160  # pixels: the longer side that they are compared at
_FINE = 3.0  # sigma above which detail is left out, pixels of these
_SAME = 16  # grey levels within which two pixels show the same
_ALIKE = 0.3  # share of two pictures' pixels that are the same where they show one place
_DETAIL = 0.15  # correlation of their detail, likewise


def show_one_place(small: AnyArray) -> bool:
    """Whether most pairs of pictures have colours or detail in common, place by place.

    Unrelated pictures share neither (a twentieth of the pixels, no correlation), frames of one
    shot most of both, whatever passes in front.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Registered and evenly lit.
    """
    looks = small[evenly(len(small), _LOOKS)]
    height, width = small.shape[1:3]
    scale = min(1.0, _SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    views = [np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA)) for one in looks]
    details = [_detail(view) for view in views]
    pairs = list(combinations(range(len(views)), 2))
    alike = [float((levels_apart(views[i], views[j]) <= _SAME).mean()) for i, j in pairs]
    if np.median(alike) >= _ALIKE:
        return True
    return bool(np.median([float((details[i] * details[j]).sum()) for i, j in pairs]) >= _DETAIL)


def _detail(view: AnyArray) -> AnyArray:
    """Give the fine band of a picture with a norm of one."""
    grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).astype(np.float32)
    band = grey - cv2.GaussianBlur(grey, (0, 0), _FINE)
    return np.asarray(band / max(float(np.linalg.norm(band)), 1.0))
