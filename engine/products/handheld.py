"""Photos of one place taken by hand lined up: turned, tilted and nearer or farther, not just moved.

Of a flat or distant place two photos differ by a homography (Hartley and Zisserman 2004, 13.1).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.products.frame_stack import evenly
from engine.values import AnyArray, Image, Luma, Mask

_FEATURES = 2000
_NEAR = 3.0  # pixels: matches closer than this to a homography speak for it
_ENOUGH = 40  # matches that must speak for it
MOST_PHOTOS = 60
"""More frames than this are a film's."""

_PROBES = 4
_TURNED = 2.0  # pixels by which a corner must lie elsewhere than a shift would put it
_BETTER = 1.3  # times as many matches as a shift explains
_MOST_FIT = 0.7  # share of the photos of a folder that must lie on the middle one
_WILDEST = 0.35  # of the picture's longer side, that a corner may move


def estimate_turns(greys: Sequence[Luma]) -> AnyArray | None:
    """Measure how each photo lies on the middle one, where a shift does not say it.

    Oriented corners (Rublee et al. 2011) are matched both ways, the homography most of them
    agree on is found by RANSAC (Fischler and Bolles 1981) and made finer on the pictures
    themselves (Evangelidis and Psarakis 2008).

    Parameters
    ----------
    greys : sequence of (H, W) uint8 arrays

    Returns
    -------
    (N, 3, 3) float32 array or None
        From places in the middle photo to places in each; all NaN for a photo that does not
        fit. None when shifts are enough, or when there are so many frames that it is a film.
    """
    if not 3 <= len(greys) <= MOST_PHOTOS:
        return None
    middle = len(greys) // 2
    known = _features(greys[middle])
    probes = evenly(len(greys), _PROBES)
    if not any(_is_turned(known, greys[i]) for i in probes if i != middle):
        return None
    turns = np.full((len(greys), 3, 3), np.nan, np.float32)
    for index, grey in enumerate(greys):
        if index == middle:
            turns[index] = np.eye(3)
            continue
        turn = _homography(*_matches(known, grey))
        if turn is not None and not _is_wild(turn, grey):
            turns[index] = _finer(greys[middle], grey, turn)
    return turns


def is_one_place(pictures: Sequence[Image]) -> bool:
    """Whether pictures are photos of one place, taken by hand: most lie on the middle one.

    Parameters
    ----------
    pictures : sequence of (H, W, 3) uint8 arrays
        Reduced; of one size, or the answer is no.
    """
    if len({picture.shape for picture in pictures}) != 1:
        return False
    greys = [np.asarray(cv2.cvtColor(p, cv2.COLOR_BGR2GRAY), np.uint8) for p in pictures]
    turns = estimate_turns(greys)
    return turns is not None and bool(np.isfinite(turns[:, 0, 0]).mean() >= _MOST_FIT)


def _features(grey: Luma) -> tuple[AnyArray, AnyArray | None]:
    if min(grey.shape) < 2:  # a single line, which OpenCV cannot halve
        return np.empty((0, 2), np.float32), None
    points, words = cv2.ORB.create(_FEATURES).detectAndCompute(grey, None)
    return np.array([point.pt for point in points], np.float32), words


def _matches(known: tuple[AnyArray, AnyArray | None], grey: Luma) -> tuple[AnyArray, AnyArray]:
    """Give ``(M, 2)`` places in the middle photo and where the same is seen in another."""
    there = _features(grey)
    if known[1] is None or there[1] is None:
        return np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)
    found = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(known[1], there[1])
    one = known[0][[match.queryIdx for match in found]]
    return one, there[0][[match.trainIdx for match in found]]


def _homography(one: AnyArray, other: AnyArray) -> AnyArray | None:
    if len(one) < _ENOUGH:
        return None
    turn, agree = cv2.findHomography(one, other, cv2.RANSAC, _NEAR)
    if turn is None or int(agree.sum()) < _ENOUGH:
        return None
    return np.asarray(turn, np.float32)


def _is_turned(known: tuple[AnyArray, AnyArray | None], grey: Luma) -> bool:
    """Whether a homography speaks for many more matches than any shift, and moves corners apart."""
    one, other = _matches(known, grey)
    turn = _homography(one, other)
    if turn is None or _is_wild(turn, grey):
        return False
    mapped = cv2.perspectiveTransform(one[:, None], turn)[:, 0]
    explained = np.abs(mapped - other).max(axis=1) < _NEAR / 2
    moves = other - one
    # The shift that speaks for most: none at all, or the one in the middle.
    shifts = (np.zeros(2, np.float32), np.median(moves, axis=0))
    shifted_only = max(
        int((np.abs(moves - shift).max(axis=1) < _NEAR / 2).sum()) for shift in shifts
    )
    corners = _corners(grey)
    apart = (cv2.perspectiveTransform(corners, turn) - corners)[:, 0]
    turned_by = np.abs(apart - apart.mean(axis=0)).max()
    return bool(turned_by > _TURNED and explained.sum() > _BETTER * shifted_only)


def _is_wild(turn: AnyArray, grey: Luma) -> bool:
    """Whether a homography is no view of the same place, but a mistake."""
    corners = _corners(grey)
    moves = cv2.perspectiveTransform(corners, turn) - corners
    return bool(np.abs(moves).max() > _WILDEST * max(grey.shape))


def _corners(grey: Luma) -> AnyArray:
    height, width = grey.shape
    return np.array([[[0, 0]], [[width, 0]], [[0, height]], [[width, height]]], np.float32)


def _finer(middle: Luma, grey: Luma, turn: AnyArray) -> AnyArray:
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
    try:
        everywhere = np.full(middle.shape, 255, np.uint8)
        _, better = cv2.findTransformECC(
            middle, grey, turn.copy(), cv2.MOTION_HOMOGRAPHY, stop, everywhere, 5
        )
    except cv2.error:  # it did not converge
        return turn
    return np.asarray(better, np.float32)


def scaled_turn(turn: AnyArray, scale: float) -> AnyArray:
    """Give a homography for pictures ``scale`` times as large, pixel centres kept."""
    grow = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5], [0, 0, 1]])
    return np.asarray(grow @ turn @ np.linalg.inv(grow), np.float64)


def turned(picture: AnyArray, turn: AnyArray, flags: int = cv2.INTER_CUBIC) -> AnyArray:
    """Lay a photo on the middle one; edges are repeated."""
    height, width = picture.shape[:2]
    return cv2.warpPerspective(
        picture,
        turn,
        (width, height),
        flags=flags | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def in_sight(size: tuple[int, int], turn: AnyArray) -> Mask:
    """Tell which pixels of the middle photo another one shows: ``(H, W)`` bool."""
    width, height = size
    whole = np.full((height, width), 255, np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(whole, turn, (width, height), flags=flags) == 255)
