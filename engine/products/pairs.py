"""How the background moved from one view to another: what most of the area agrees on.

Corners, one for each cell of a grid so that every area has the same say, are followed from frame
to frame (pyramidal Lucas-Kanade).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.views import Floats, Points, View

TOLERANCE = 0.8
"""Votes this near to each other (reduced pixels) mean the same motion."""
CANDIDATES = 96
"""Motions that are tried as the one most of the area means."""
PRIOR = 6.0
"""Reduced pixels by which a prediction may be off."""
LEAST_VOTES = 10
GAIN_SAMPLES = 6000
"""Pixels of a view that its brightness is measured at."""
DARKEST, BRIGHTEST = 12, 245
"""Grey levels between which brightness can be measured."""
LEAST_LIT = 100
_LOG = np.log(np.maximum(np.arange(256), 1))
STILL = 0.6
"""Reduced pixels by which a corner that was left as it was may seem to move."""
FAINT = 1.6
"""Grey levels by which what lies around a corner differs, below which an encoder may do so."""
FAINT_WINDOW = (5, 5)
"""Pixels of a small view, that lie around a corner."""
LEFT_ALONE = 0.04
"""Share of the corners from which on they are asked for."""
SET_OUT = 0.8
"""Reduced pixels that the others must move to show that these were left."""
SPREAD_OUT = 0.6
"""Share of the frame's width or height that they must reach over: more than somebody does."""
UNSURE = 0.25
"""Share of the corners below which those that are faint may have no say."""
GOES_ON = 1.5
"""Reduced pixels by which a motion may differ from what was guessed to count as the same."""
MOSTLY_FAINT = 0.5
"""Share of the corners that must be faint for the others to be heard alone."""
UNANIMOUS = 0.7
"""Share of the corners that are not faint that must move together to be heard alone."""
ZOOM_GAIN = 1.2
"""So many times as many corners must fit a zoom as fit a mere shift for it to be one."""
ZOOM_SEARCH = 0.3
"""Share of the corners below which a zoom is looked for that nothing has announced."""
ZOOM_STEPS = np.linspace(-0.06, 0.06, 49, dtype=np.float32)
"""Log zooms from one frame to the next that are tried then."""
ZOOM_VOTES = 120
"""Corners that are asked then."""


@dataclass(frozen=True, slots=True)
class Pair:
    """How the background moved from one view to another."""

    first: int
    second: int
    """Places in the list of views."""
    move: tuple[float, float]
    """Of the content at the centre of the frame, reduced pixels."""
    zoom: float
    """Log of how much larger the content became."""
    votes: float
    """How many cells agree."""
    share: float
    """Of the votes cast, those that agree."""
    gain: float
    """Log of the brightness of the second over the first."""
    growth: float = 0.0
    """What ``zoom`` would be if it were free: told of shifts too."""


@dataclass(frozen=True, slots=True)
class Votes:
    """What the corners of one view say about another."""

    at: Points
    """``(n, 2)`` where, from the centre of the frame."""
    moved: Points
    """``(n, 2)`` how far."""


def follow(
    first: View, second: View, guess: tuple[float, float], zoom: float, levels: int
) -> Votes:
    """Follow the corners of one view into another, starting from a guessed motion."""
    height, width = first.luma.shape
    centre = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    guessed = first.points + np.asarray(guess, np.float32)
    guessed += np.float32(np.expm1(zoom)) * (first.points - centre)
    inside = ((guessed > 4) & (guessed < np.array([width - 5, height - 5]))).all(axis=1)
    points = np.ascontiguousarray(first.points[inside]).reshape(-1, 1, 2)
    if not len(points):
        nothing = np.zeros((0, 2), np.float32)
        return Votes(nothing, nothing)
    found, status, error = cv2.calcOpticalFlowPyrLK(
        first.luma,
        second.luma,
        points,
        np.ascontiguousarray(guessed[inside]).reshape(-1, 1, 2),
        winSize=(17, 17),
        maxLevel=levels,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-5,
    )
    good = (status.ravel() == 1) & (error.ravel() < 40)
    start, end = points.reshape(-1, 2)[good], found.reshape(-1, 2)[good]
    return Votes(start - centre, end - start)


def strongest_motion(
    votes: Votes,
    tolerance: float = TOLERANCE,
    near: tuple[float, float] | None = None,
    trust: float = PRIOR,
) -> NDArray[np.bool_]:
    """Find the votes that agree with the motion most of them mean, ``(n,)`` bool.

    ``near`` prefers motions within a few pixels (``trust``) of a prediction.
    """
    moved = votes.moved
    asked = moved[:: max(1, len(moved) // CANDIDATES)]
    gap = np.maximum(np.abs(asked[:, :1] - moved[:, 0]), np.abs(asked[:, 1:] - moved[:, 1]))
    support = (gap < tolerance).sum(axis=1).astype(np.float64)
    if near is not None:
        off = np.hypot(*(asked - np.asarray(near, np.float32)).T)
        support *= np.exp(-((off / trust) ** 2)) + (0.02 if trust == PRIOR else 0.0)
    agreed: NDArray[np.bool_] = gap[int(support.argmax())] < tolerance
    return agreed


def fit_motion(
    votes: Votes, agreed: NDArray[np.bool_], *, zoom: bool
) -> tuple[Floats, NDArray[np.bool_]]:
    """Fit ``(x, y, log zoom)`` to the agreeing votes by iterated reweighting; drop outliers."""
    at, moved = votes.at.astype(np.float64), votes.moved.astype(np.float64)
    weight = agreed.astype(np.float64)
    fit = np.zeros(3)
    for spread in (1.0, 0.7, 0.5, 0.35, 0.25, 0.25):
        total = float(weight.sum())
        if zoom and total >= LEAST_VOTES:
            fit = _fit_zoom(at, moved, weight, total)
        else:
            fit = np.array([*(weight @ moved / max(total, 1e-12)), 0.0])
        away = moved - fit[:2]
        if fit[2]:
            away -= np.expm1(fit[2]) * at
        left = _dot(away, away)
        weight = np.where(left < 9 * spread**2, 1 / (1 + left / spread**2), 0.0)
        if weight.sum() < 1:
            break
    return fit, left < TOLERANCE**2


def _fit_zoom(at: Floats, moved: Floats, weight: Floats, total: float) -> Floats:
    """Weighted least squares of ``moved = t + e * at``, closed form."""
    mean_at, mean_moved = weight @ at / total, weight @ moved / total
    centred = at - mean_at
    down = float(weight @ _dot(centred, centred))
    e = float(weight @ _dot(centred, moved - mean_moved)) / max(down, 1e-9)
    e = min(max(e, -0.3), 0.3)
    return np.array([*(mean_moved - e * mean_at), np.log1p(e)])


def _dot(some: Floats, others: Floats) -> Floats:
    """Multiply vectors with others, ``(n, 2)`` each: in a quarter of the time of a sum of rows."""
    both = some * others
    return np.asarray(both[:, 0] + both[:, 1], np.float64)


def measure_pair(
    views: Sequence[View],
    first: int,
    second: int,
    guess: tuple[float, float],
    *,
    zoom: bool = False,
    guess_zoom: float = 0.0,
    levels: int = 3,
    near: float = 0.0,
) -> Pair | None:
    """Measure the background's motion between two views; None where too few corners agree."""
    votes = follow(views[first], views[second], guess, guess_zoom, levels)
    if len(votes.at) < LEAST_VOTES:
        return None
    hope = guess if near else None
    agreed = strongest_motion(_unzoomed(votes, guess_zoom), near=hope, trust=near)
    left = _left_as_it_was(votes, views[first])
    if left.sum() > LEFT_ALONE * len(left) and len(left) - left.sum() >= LEAST_VOTES:
        others = _without(votes, left)
        moving = strongest_motion(_unzoomed(others, guess_zoom), near=hope, trust=near)
        if _sets_out(others, moving, views[first]):
            # In the middle of a zoom they rightly stand still.
            left &= would_move(votes.at, others, moving)
            votes = _without(votes, left)
            agreed = strongest_motion(_unzoomed(votes, guess_zoom), near=hope, trust=near)
    unsure = agreed.mean() < UNSURE
    if unsure or not _goes_on(_unzoomed(votes, guess_zoom), agreed, guess):
        faint = _is_faint(votes, views[first])
        firm = _without(votes, faint)
        told = None
        if faint.mean() > MOSTLY_FAINT:
            told = _told_by_firm(_unzoomed(firm, guess_zoom), guess, views[first])
        if told is not None and (unsure or agreed[~faint].mean() < 1 - UNANIMOUS):
            votes, agreed = firm, told
    fit, inliers, growth = _shift_or_zoom(votes, agreed, zoom=zoom)
    if not near and inliers.mean() < ZOOM_SEARCH:
        other = _shift_or_zoom(votes, _strongest_zoom(votes), zoom=zoom)
        if other[1].sum() > ZOOM_GAIN * inliers.sum():
            fit, inliers, growth = other
    count = int(inliers.sum())
    if count < LEAST_VOTES:
        return None
    return Pair(
        first,
        second,
        (float(fit[0]), float(fit[1])),
        float(fit[2]),
        count,
        count / len(votes.at),
        measure_gain(views[first], views[second], fit),
        growth,
    )


def _left_as_it_was(votes: Votes, view: View) -> NDArray[np.bool_]:
    """Say which corners stand still in the frame, where it is so flat that they may not do so.

    Encoders that save leave flat parts as they were: a sky then stands still though the camera
    pans.
    """
    left: NDArray[np.bool_] = np.asarray((np.abs(votes.moved) < STILL).all(axis=1))
    if left.sum() > LEFT_ALONE * len(left):
        left[left] = _is_faint(_without(votes, ~left), view)
    return left


def _is_faint(votes: Votes, view: View) -> NDArray[np.bool_]:
    """Say which corners lie where the frame is so flat that an encoder may move it as it likes."""
    height, width = view.luma.shape
    rows, columns = view.small.shape
    at = votes.at + np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    x, y = (at * (columns / width, rows / height)).astype(int).T
    small = view.small.astype(np.float32)
    mean, square = (cv2.blur(one, FAINT_WINDOW) for one in (small, small * small))
    spread = (square - mean * mean)[np.minimum(y, rows - 1), np.minimum(x, columns - 1)]
    return np.asarray(spread < FAINT**2)


def _goes_on(votes: Votes, agreed: NDArray[np.bool_], guess: tuple[float, float]) -> bool:
    """Tell whether corners that agree move as it was guessed."""
    off = np.median(votes.moved[agreed], axis=0) - np.asarray(guess, np.float32)
    return bool(np.hypot(*off) < GOES_ON)


def _told_by_firm(firm: Votes, guess: tuple[float, float], view: View) -> NDArray[np.bool_] | None:
    """Find the motion that nearly all corners tell that are not faint; None where they do not.

    An encoder that saves shifts a sky by a vector that came cheap, so that most of the area moves
    as nothing does. Only what goes on as it was guessed, or reaches over the frame, is believed
    against it: before a blank wall, somebody who walks has all firm corners.
    """
    if len(firm.at) < LEAST_VOTES:
        return None
    agreed = strongest_motion(firm)
    if agreed.sum() < LEAST_VOTES or agreed.mean() < UNANIMOUS:
        return None
    told = _goes_on(firm, agreed, guess) or _sets_out(firm, agreed, view)
    return agreed if told else None


def _sets_out(votes: Votes, agreed: NDArray[np.bool_], view: View) -> bool:
    """Tell whether corners all over the frame move together."""
    if agreed.sum() < LEAST_VOTES:
        return False
    reach = np.ptp(np.percentile(votes.at[agreed], (5, 95), axis=0), axis=0)
    wide = (reach > SPREAD_OUT * np.array(view.luma.shape[::-1])).any()
    return bool(wide and np.hypot(*np.median(votes.moved[agreed], axis=0)) > SET_OUT)


def would_move(at: Points, votes: Votes, agreed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which places would move with the corners of ``votes`` that ``agreed``.

    ``at`` holds ``(n, 2)`` places from the centre of the frame; gives ``(n,)``.
    """
    motion, _ = fit_motion(votes, agreed, zoom=True)
    return np.asarray(np.hypot(*(motion[:2] + np.expm1(motion[2]) * at).T) > SET_OUT)


def _without(votes: Votes, left: NDArray[np.bool_]) -> Votes:
    return Votes(votes.at[~left], votes.moved[~left])


def measure_gain(first: View, second: View, motion: Floats) -> float:
    """Measure how much brighter a view is than another, over all that both show; log.

    Corners would not do: where one thing meets another, the brightness changes with what is
    behind. ``motion`` is ``(x, y, log zoom)`` from the first to the second, reduced pixels.
    """
    height, width = first.small.shape
    step = max(1, round((height * width / GAIN_SAMPLES) ** 0.5))
    # Rows and columns of a grid in the first, and where they lie in the second.
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    grown = np.exp(motion[2])
    middle = (height - 1) / 2, (width - 1) / 2
    to_rows = np.rint((rows - middle[0]) * grown + middle[0] + motion[1] / 4).astype(int)
    to_columns = np.rint((columns - middle[1]) * grown + middle[1] + motion[0] / 4).astype(int)
    down, across = (to_rows >= 0) & (to_rows < height), (to_columns >= 0) & (to_columns < width)
    one = first.small.take(rows[down], axis=0).take(columns[across], axis=1)
    other = second.small.take(to_rows[down], axis=0).take(to_columns[across], axis=1)
    usable = (one > DARKEST) & (one < BRIGHTEST) & (other > DARKEST) & (other < BRIGHTEST)
    if usable.sum() < LEAST_LIT:
        return 0.0
    ratio = np.sort(_LOG.take(other[usable]) - _LOG.take(one[usable]))
    return float(ratio[len(ratio) // 4 : len(ratio) - len(ratio) // 4].mean())


def _unzoomed(votes: Votes, zoom: float) -> Votes:
    return replace(votes, moved=votes.moved - np.float32(np.expm1(zoom)) * votes.at)


def _shift_or_zoom(
    votes: Votes, agreed: NDArray[np.bool_], *, zoom: bool
) -> tuple[Floats, NDArray[np.bool_], float]:
    """Fit a zoom, or a shift unless far more fits a zoom; also say what the zoom would be."""
    free, free_inliers = fit_motion(votes, agreed, zoom=True)
    growth = float(free[2])
    if zoom:
        return free, free_inliers, growth
    fit, inliers = fit_motion(votes, agreed, zoom=False)
    if free_inliers.sum() > ZOOM_GAIN * inliers.sum():
        return free, free_inliers, growth
    return fit, inliers, growth


def _strongest_zoom(votes: Votes) -> NDArray[np.bool_]:
    """Find the votes that agree with the zoom, of those that can be, which most of them mean."""
    few = slice(None, None, max(1, len(votes.at) // ZOOM_VOTES))
    moved = votes.moved[few] - np.expm1(ZOOM_STEPS)[:, None, None] * votes.at[few]
    asked = moved[:, ::2]
    near = np.abs(asked[:, :, None, 0] - moved[:, None, :, 0]) < TOLERANCE
    near &= np.abs(asked[:, :, None, 1] - moved[:, None, :, 1]) < TOLERANCE
    best = int(near.sum(axis=2).max(axis=1).argmax())
    return strongest_motion(_unzoomed(votes, float(ZOOM_STEPS[best])))


def coarse_shift(first: View, second: View) -> tuple[float, float]:
    """Guess the motion of the whole picture by phase correlation, reduced pixels."""
    a, b = (v.small.astype(np.float32) for v in (first, second))
    window = cv2.createHanningWindow((a.shape[1], a.shape[0]), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(a, b, window)
    return float(x * 4), float(y * 4)
