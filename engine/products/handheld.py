"""Photos of one place taken by hand lined up: turned, tilted and nearer or farther, not just moved.

Of a flat or distant place two photos differ by a homography (Hartley and Zisserman 2004, 13.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

_BLOCK = 16  # pixels, of the squares in which two photos are compared
_DRAWN = 2.0  # grey levels a pixel, by which there is anything in a square
_AT_REST = 0.5  # pixels that a square may be off and lie where it was
_CLEARLY = 0.9  # of how unlike a square is when laid in one way, to lie better in another
_MOSTLY = 0.5  # share of the squares that lie where they were, in all that is only shifted


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
    probes = [i for i in evenly(len(greys), _PROBES) if i != middle]
    left = [i for i in probes if not _is_shifted(greys[middle], greys[i])]
    if not left:
        return None
    known = _features(greys[middle])
    if not any(_is_turned(known, greys[middle], greys[i]) for i in left):
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


def _is_shifted(middle: Luma, grey: Luma) -> bool:
    """Whether most of a photo lies on the middle one, but for a shift.

    So it does in a film whose camera stands: of a turned photo only the pivot stays where it is.
    """
    if min(middle.shape) < _BLOCK:
        return False
    return any(_share_laid(middle, grey, shift) > _MOSTLY for shift in _shifts_of(middle, grey))


def _shifts_of(middle: Luma, grey: Luma) -> Iterator[AnyArray]:
    """Give shifts that most of two photos may agree on, as homographies.

    None at all, and what their spectra say (Kuglin and Hines 1975).
    """
    yield np.eye(3, dtype=np.float32)
    height, width = middle.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(middle.astype(np.float32), grey.astype(np.float32), window)
    yield np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float32)


def _share_laid(middle: Luma, grey: Luma, turn: AnyArray) -> float:
    """Give the share of what is drawn in the middle photo that another shows where it is laid."""
    still = middle.astype(np.float32)
    across, down = cv2.Sobel(still, cv2.CV_32F, 1, 0), cv2.Sobel(still, cv2.CV_32F, 0, 1)
    slope = np.sqrt(_in_blocks(across * across + down * down)) / 8
    drawn = slope > _DRAWN
    off = _unlike(middle, grey, turn)
    return float((off[drawn] < _AT_REST * slope[drawn]).mean()) if drawn.any() else 0.0


def _unlike(middle: Luma, grey: Luma, turn: AnyArray) -> AnyArray:
    """Give by how much a photo, laid on the middle one, differs in each square, grey levels."""
    gap = turned(grey, turn, cv2.INTER_LINEAR).astype(np.float32) - middle
    # Light that differs is no move.
    return np.asarray(np.sqrt(np.maximum(_in_blocks(gap * gap) - _in_blocks(gap) ** 2, 0)))


def _in_blocks(values: AnyArray) -> AnyArray:
    """Give the mean of each square."""
    height, width = values.shape
    size = max(1, width // _BLOCK), max(1, height // _BLOCK)
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def _is_turned(known: tuple[AnyArray, AnyArray | None], middle: Luma, grey: Luma) -> bool:
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
    if turned_by <= _TURNED or explained.sum() <= _BETTER * shifted_only:
        return False
    # Who walks about may have most of the corners; the backdrop has most of the picture.
    by_turn = _unlike(middle, grey, turn)
    return all(
        np.count_nonzero(by_turn < _CLEARLY * by_shift)
        >= np.count_nonzero(by_shift < _CLEARLY * by_turn)
        for by_shift in (_unlike(middle, grey, shift) for shift in _shifts_of(middle, grey))
    )


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
