"""A key frame: its corners, and how they are found again in the frames after it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.corners import Cells, Parts, find_corners, parts_of
from engine.analysis.greys import GreyFrame
from engine.analysis.similarity import Affine, Points
from engine.values import AnyArray, Luma, Mask

_ENOUGH = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03)
"""When a point is followed well enough: after so many turns, or moves as small, pixels."""
_WINDOW = 17
"""Side of the patch that is followed, pixels."""
_UNLIKE = 20.0
"""Mean grey levels by which a patch may differ from what was followed."""
_FADED = 0.25
"""Share of its contrast that a place must keep to be found."""
_NEIGHBOURS = 12.0
"""Points this close are taken to be on one thing, pixels."""


@dataclass(slots=True)
class KeyFrame:
    """Corners of one frame and all that is learned of them."""

    grey: GreyFrame
    points: Points
    cells: Cells
    parts: Parts
    """Parts of the picture that have corners."""
    pose: Affine
    """Carries places of this frame onto the shot's first."""
    trust: NDArray[np.float64]
    """How often each point has moved with the background, 0 to 1."""
    followed: Points
    """Where the points were seen last."""
    link: Affine
    """Carries places of the key frame onto the last frame."""
    levels: NDArray[np.float64]
    """Grey levels at the points."""
    faded: NDArray[np.float64]
    """Grey levels from the darkest to the brightest about each point, below which it is lost."""
    stayed: NDArray[np.float64]
    """How often each point has been where it was, 0 to 1."""
    grounded: bool
    """Ground stays under drifting clouds."""


def take_key(
    grey: GreyFrame, pose: Affine, link: Affine, still: Mask | None, before: KeyFrame | None
) -> KeyFrame:
    """Make a key frame of a frame; what its corners are worth is taken over from the one before."""
    points, cells = find_corners(grey.levels, still)
    trust, stayed = _inherited(points, before)
    return KeyFrame(
        grey=grey,
        points=points,
        cells=cells,
        parts=parts_of(cells),
        pose=pose,
        trust=trust,
        followed=points.copy(),
        link=link,
        levels=grey.levels_at(points),
        faded=_FADED * grey.spans_at(points),
        stayed=stayed,
        grounded=before is not None and before.grounded,
    )


def _inherited(
    points: Points, key: KeyFrame | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trust new points as their nearest old ones: a new key frame stays with the same layer.

    The second array says how often they stayed where they were.
    """
    trust, stayed = np.full(len(points), 0.5), np.full(len(points), 0.5)
    if key is None or not len(points) or not len(key.points):
        return trust, stayed
    across, down = (np.subtract.outer(points[:, i], key.followed[:, i]) for i in (0, 1))
    away = across * across + down * down
    nearest = away.argmin(axis=1)
    near = away[np.arange(len(points)), nearest] < _NEIGHBOURS**2
    trust[near], stayed[near] = key.trust[nearest[near]], key.stayed[nearest[near]]
    return trust, stayed


def find_points(
    before: Luma, after: Luma, points: Points, guess: Points, levels: int
) -> tuple[Points, NDArray[np.bool_]]:
    """Find points of one picture in another, near where they are expected, and say which are.

    References
    ----------
    Bouguet, "Pyramidal implementation of the Lucas Kanade feature tracker", 2000.
    """
    followed, status, error = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points,
        guess.copy(),
        winSize=(_WINDOW, _WINDOW),
        maxLevel=levels,
        criteria=_ENOUGH,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-5,
    )
    found = (status.ravel() == 1) & (error.ravel() < _UNLIKE)
    return np.asarray(followed, np.float32), found


def still_seen(
    key: KeyFrame, grey: GreyFrame, followed: Points, still: Mask | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which points are where something can be seen, and which are in the picture at all."""
    width, height = grey.size
    within = (followed > 2) & (followed < (width - 3, height - 3))
    inside = within[:, 0] & within[:, 1]
    # What has faded to one colour is found everywhere.
    seen = inside & (grey.spans_at(followed) >= key.faded)
    if still is not None:
        seen &= ~_marked(still, followed)
    return seen, inside


def _marked(mask: AnyArray, at: Points) -> NDArray[np.bool_]:
    height, width = mask.shape
    places = np.minimum(np.maximum(at.round().astype(np.int64), 0), (width - 1, height - 1))
    return np.asarray(mask[places[:, 1], places[:, 0]], np.bool_)
