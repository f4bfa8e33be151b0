"""Where each frame of a camera move lies: pairs of frames are measured, then solved together.

Frames are reduced to an equalised luma; corners, one for each cell of a grid so that every area
has the same say, are followed from frame to frame (pyramidal Lucas-Kanade); what most of the
area agrees on is the background's motion. A graph of pairs, not only neighbours, is then solved
by robust least squares, so that three hundred frames do not drift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RenderError
from engine.events import Advanced, Work
from engine.footage.reader import FrameReader
from engine.values import Box, Frame, Image, Luma, Size

Floats = NDArray[np.float64]
Points = NDArray[np.float32]

REGISTER_SIDE = 960
"""Longest side of the reduced frames; finer ones do not place a frame better."""
ENDS = 3
"""Frames at each end of a move that are looked at one by one: few see what is seen there."""
TRIED = 3
"""Frames of which the sharpest is taken, where not all are looked at."""
CORNER_SIDE = 480
"""Corners are looked for in pictures reduced to this or less, by a whole number."""
CELLS = 24
"""Voting cells along the longer side of a frame: one corner from each."""
SMALLEST_CELL = 12
"""Reduced pixels."""
TOLERANCE = 0.8
"""Votes this near to each other (reduced pixels) mean the same motion."""
CANDIDATES = 96
"""Motions that are tried as the one most of the area means."""
MEAN_GREY = 100
"""Frames are brought to this before they are followed."""
PRIOR = 6.0
"""Reduced pixels by which a prediction may be off."""
PATH_PRIOR = 4.0
"""The same, where a path is known."""
LAYER_PRIOR = 2.5
"""The same, where another layer must not be taken instead."""
LEAST_SHARES = {PRIOR: 0.15, PATH_PRIOR: 0.1, LAYER_PRIOR: 0.02}
"""Of the corners, that must agree; few, where a layer is followed that is not the largest."""
OFF_PATH = 0.3
"""Of the corners, that must agree that a path is wrong."""
LOST = "the picture cannot be followed: too little texture, or it moves too fast"
LEAST_VOTES = 10
GAIN_SAMPLES = 6000
"""Pixels of a view that its brightness is measured at."""
DARKEST, BRIGHTEST = 12, 245
"""Grey levels between which brightness can be measured."""
LEAST_LIT = 100
FLASH = 9, 8
"""Frames, and part of all frames, more than half of which a light must last to be no flash."""
RAMP = 0.1
"""Log of how much lighter than most the lightest frames are where light fades in or out."""
FOLLOWS = 0.7
"""How far the brightness of whole frames follows a fade, as a share."""
BLOWN = 0.005
"""Share of the pixels that may become white where a fade is undone."""
_LOG = np.log(np.maximum(np.arange(256), 1))
KEY_SPACING = 0.1
"""Share of the frame between two keyframes."""
KEY_REACH = 0.45
"""Frames further apart than this share of the frame are not compared."""
SCALE_DRIFT = 0.012
"""A zoom below this over the whole path is taken for noise."""
ROUGH_ZOOM = 0.02
"""A zoom added up from frame to frame below this may be an error added up."""
ZOOM_GAIN = 1.2
"""So many times as many corners must fit a zoom as fit a mere shift for it to be one."""
ZOOM_SEARCH = 0.3
"""Share of the corners below which a zoom is looked for that nothing has announced."""
ZOOM_STEPS = np.linspace(-0.06, 0.06, 49, dtype=np.float32)
"""Log zooms from one frame to the next that are tried then."""
ZOOM_VOTES = 120
"""Corners that are asked then."""


@dataclass(frozen=True, slots=True)
class View:
    """A reduced frame, ready to be followed."""

    frame: int
    luma: Luma
    """Equalised, for following corners."""
    points: Points
    """``(n, 2)`` corners, reduced pixels."""
    small: Luma
    """A quarter of ``luma``'s size, not equalised: for brightness."""
    detail: float
    """Mean absolute gradient, grey levels a pixel."""


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
class Track:
    """Where the frames lie on a common canvas."""

    frames: tuple[int, ...]
    place: Floats
    """``(N, 3)``: centre x and y of each picture on the canvas, in pixels of the picture as read,
    and the log of canvas pixels for each picture pixel."""
    gain: Floats
    """``(N,)`` log of each frame's brightness against the whole."""
    detail: Floats
    """``(N,)`` mean absolute gradient."""
    residual: float
    """Median disagreement of the measured pairs with the solution, picture pixels."""
    agreement: float
    """Median share of the area that moves with the background."""
    model: str

    def __len__(self) -> int:
        return len(self.frames)

    def chosen(self, keep: Sequence[int]) -> Track:
        """Give the track of some of its frames, by place in the list."""
        rows = list(keep)
        return replace(
            self,
            frames=tuple(self.frames[i] for i in rows),
            place=self.place[rows],
            gain=self.gain[rows],
            detail=self.detail[rows],
        )


def crop_of(picture: Box, trim: int, scale: float) -> Box:
    """Give the part of a frame at ``scale`` that is used: the picture without its dirty edge."""
    trim = min(trim, (min(picture.size) - 1) // 4)
    inner = Box(
        picture.x + trim, picture.y + trim, picture.width - 2 * trim, picture.height - 2 * trim
    )
    return inner.scaled(scale)


@runtime_checkable
class Reducing(Protocol):
    """A reader that can also give every frame reduced, at a fraction of the cost."""

    @property
    def size(self) -> Size:
        """Of a full frame."""

    def reduced(self, long_side: int, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield every frame of ``[start, stop)`` in order."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The reduced frames of a move."""

    views: list[View]
    ratio: tuple[float, float]
    """Pixels of the picture as read for each reduced pixel, across and down."""


def read_views(
    reader: FrameReader,
    frames: Sequence[int],
    crop: Box,
    side: int = REGISTER_SIDE,
    *,
    most: int = 0,
    must: Collection[int] = (),
) -> Work[Survey]:
    """Read frames, reduced for registration: by the reader itself, where it can do so.

    Parameters
    ----------
    reader : FrameReader
    frames : sequence of int
        Ascending.
    crop : Box
        What is used of a frame, pixels of the reader.
    side : int
        Long side of the reduced frames, pixels.
    most : int
        How many to look at; of more, the ends and the sharpest of every few. 0 for all.
    must : collection of int
        Frames that are looked at in any case.
    """
    shrink = side / max(crop.size)
    groups = grouped(frames, most, must)
    group_of = {frame: number for number, group in enumerate(groups) for frame in group}
    if isinstance(reader, Reducing) and shrink < 1:
        pictures = _reduced(reader, tuple(group_of), max(16, round(max(reader.size) * shrink)))
    else:
        pictures = reader.read(tuple(group_of))
    views: list[View] = []
    ratio = (1.0, 1.0)
    best: tuple[int, Luma, float] | None = None
    for done, (frame, image) in enumerate(pictures, start=1):
        height, width = image.shape[:2]
        ratio = reader.size[0] / width, reader.size[1] / height
        part = image[_within(crop, ratio).slices]
        grey = _reduced_grey(part, side)
        ratio = ratio[0] * part.shape[1] / grey.shape[1], ratio[1] * part.shape[0] / grey.shape[0]
        detail = _detail_of(grey)
        if best is not None and group_of[best[0]] != group_of[frame]:
            views.append(_view_of(*best))
            best = None
        if best is None or detail > best[2]:
            best = frame, grey, detail
        yield Advanced("reading the move", done, len(group_of))
    if best is not None:
        views.append(_view_of(*best))
    return Survey(views, ratio)


def grouped(frames: Sequence[int], most: int, must: Collection[int] = ()) -> list[tuple[int, ...]]:
    """Cut a move into ``most`` groups, of each of which one frame is to be looked at.

    Frames at the ends are groups of their own, as are those in ``must``, which stand for the group
    they would be in. Of a large group only the frames in its middle are in it.
    """
    if not most or len(frames) <= most:
        return [(frame,) for frame in frames]
    groups: list[tuple[int, ...]] = [(frame,) for frame in frames[:ENDS]]
    edges = np.linspace(ENDS, len(frames) - ENDS, max(2, most - 2 * ENDS + 1)).round().astype(int)
    for start, stop in pairwise(edges):
        group = tuple(frames[start:stop])
        spare = max(0, len(group) - TRIED) // 2
        alone: list[tuple[int, ...]] = [(frame,) for frame in group if frame in must]
        groups += alone or [group[spare : spare + TRIED]]
    return groups + [(frame,) for frame in frames[-ENDS:]]


def _reduced(reader: Reducing, frames: Sequence[int], side: int) -> Iterator[tuple[int, Image]]:
    wanted = set(frames)
    for frame in reader.reduced(side, frames[0], frames[-1] + 1):
        if frame.index in wanted:
            yield frame.index, frame.image


def _within(crop: Box, ratio: tuple[float, float]) -> Box:
    """Give the part of a reduced picture that shows nothing from outside ``crop``."""
    x, y = int(np.ceil(crop.x / ratio[0] - 1e-6)), int(np.ceil(crop.y / ratio[1] - 1e-6))
    right, bottom = int(crop.right / ratio[0] + 1e-6), int(crop.bottom / ratio[1] + 1e-6)
    return Box(x, y, max(1, right - x), max(1, bottom - y))


def _reduced_grey(image: Image, side: int) -> Luma:
    """Reduce a ``(H, W, 3)`` BGR picture to the grey of one at most ``side`` pixels long."""
    height, width = image.shape[:2]
    ratio = min(1.0, side / max(width, height))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if ratio < 1:
        size = max(16, round(width * ratio)), max(16, round(height * ratio))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _detail_of(grey: Luma) -> float:
    """Give the mean absolute gradient, grey levels a pixel."""
    across = cv2.norm(grey[:, 1:], grey[:, :-1], cv2.NORM_L1) / (grey.size - grey.shape[0])
    down = cv2.norm(grey[1:], grey[:-1], cv2.NORM_L1) / (grey.size - grey.shape[1])
    return float(across + down)


def _view_of(frame: int, grey: Luma, detail: float) -> View:
    """Equalise a reduced picture and find a corner in each cell."""
    height, width = grey.shape
    # Fades and flicker must not look like motion where there is hardly any texture.
    even = cv2.convertScaleAbs(grey, alpha=MEAN_GREY / max(cv2.mean(grey)[0], 1.0))
    equal = np.asarray(cv2.createCLAHE(3.0, (8, 8)).apply(even), np.uint8)
    small = cv2.resize(grey, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return View(frame, equal, find_corners(equal), np.asarray(small, np.uint8), detail)


def find_corners(luma: Luma) -> Points:
    """Find the strongest corner of each cell of ``(H, W)`` grey; ``(n, 2)`` float32 points."""
    shrink = -(-max(luma.shape) // CORNER_SIDE)
    cell = max(SMALLEST_CELL, round(max(luma.shape) / CELLS)) // shrink
    if shrink > 1:
        size = luma.shape[1] // shrink, luma.shape[0] // shrink
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
    strength = cv2.cornerMinEigenVal(luma, 5 if shrink == 1 else 3, ksize=3)
    margin = 6 // shrink
    strength[:margin] = strength[-margin:] = 0
    strength[:, :margin] = strength[:, -margin:] = 0
    rows, columns = max(1, luma.shape[0] // cell), max(1, luma.shape[1] // cell)
    height, width = luma.shape[0] // rows, luma.shape[1] // columns
    cells = strength[: rows * height, : columns * width].reshape(rows, height, columns, width)
    flat = cells.transpose(0, 2, 1, 3).reshape(rows * columns, height * width)
    best = flat.argmax(axis=1)
    number = np.arange(len(flat))
    peak = flat[number, best]
    x = (number % columns) * width + best % width
    y = (number // columns) * height + best // width
    good = peak > max(float(np.median(peak)) * 0.02, 1e-5)
    points: Points = np.stack([x[good], y[good]], axis=1).astype(np.float32)
    return (points + np.float32(0.5)) * np.float32(shrink) - np.float32(0.5)


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
        left = (away * away).sum(axis=1)
        weight = np.where(left < 9 * spread**2, 1 / (1 + left / spread**2), 0.0)
        if weight.sum() < 1:
            break
    return fit, left < TOLERANCE**2


def _fit_zoom(at: Floats, moved: Floats, weight: Floats, total: float) -> Floats:
    """Weighted least squares of ``moved = t + e * at``, closed form."""
    mean_at, mean_moved = weight @ at / total, weight @ moved / total
    centred = at - mean_at
    down = float(weight @ (centred * centred).sum(axis=1))
    e = float(weight @ (centred * (moved - mean_moved)).sum(axis=1)) / max(down, 1e-9)
    e = min(max(e, -0.3), 0.3)
    return np.array([*(mean_moved - e * mean_at), np.log1p(e)])


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
    straight = _unzoomed(votes, guess_zoom)
    agreed = strongest_motion(straight, near=guess if near else None, trust=near)
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
    one = first.small[np.ix_(rows[down], columns[across])]
    other = second.small[np.ix_(to_rows[down], to_columns[across])]
    usable = (one > DARKEST) & (one < BRIGHTEST) & (other > DARKEST) & (other < BRIGHTEST)
    if usable.sum() < LEAST_LIT:
        return 0.0
    ratio = np.sort(_LOG[other[usable]] - _LOG[one[usable]])
    return float(ratio[len(ratio) // 4 : len(ratio) - len(ratio) // 4].mean())


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


def chain(views: Sequence[View], *, zoom: bool = False) -> list[Pair | None]:
    """Measure each view against the one before; None where the picture cannot be followed."""
    pairs: list[Pair | None] = []
    last, growing = (0.0, 0.0), 0.0
    for i in range(1, len(views)):
        pair = measure_pair(views, i - 1, i, last, zoom=zoom, guess_zoom=growing)
        if pair is None or pair.share < 0.5:
            guess = coarse_shift(views[i - 1], views[i])
            other = measure_pair(views, i - 1, i, guess, zoom=zoom, guess_zoom=growing)
            if other is not None and (pair is None or other.votes > pair.votes):
                pair = other
        if pair is not None and pair.share < 0.12:
            pair = None
        if pair is not None:
            last, growing = pair.move, pair.zoom
        pairs.append(pair)
    return pairs


def longest_run(pairs: Sequence[Pair | None]) -> tuple[int, int]:
    """Give the run ``[start, stop)`` of views, unbroken in the chain, that travels furthest."""
    best, start, travel, best_travel = (0, 1), 0, 0.0, -1.0
    for i, pair in enumerate([*pairs, None]):
        if pair is not None:
            travel += float(np.hypot(*pair.move)) + 0.01
            continue
        if travel > best_travel:
            best, best_travel = (start, i + 1), travel
        start, travel = i + 1, 0.0
    return best


def solve(count: int, pairs: Sequence[Pair], values: Floats, soft: float) -> tuple[Floats, Floats]:
    """Solve ``x[second] - x[first] = value`` for all pairs together, outliers weighed down.

    Parameters
    ----------
    count : int
        Number of unknowns; the first is held at 0.
    values : (P,) or (P, k) float64 array
        What was measured for each pair.
    soft : float
        Disagreement at which a pair's weight is halved (Cauchy), in the values' unit.

    Returns
    -------
    (count, k) float64 array, (P,) float64 array
        The solution and what is left over for each pair.
    """
    values = values.reshape(len(pairs), -1)
    first = np.array([p.first for p in pairs])
    second = np.array([p.second for p in pairs])
    base = np.sqrt(np.array([p.votes for p in pairs]))
    weight = base.copy()
    for _ in range(8):
        # Few pairs, each with two unknowns: adding them up is cheaper than any matrix product.
        joint = np.bincount(first * count + second, weight, count * count)
        normal = -joint.reshape(count, count).astype(np.float64)
        normal = normal + normal.T
        normal[np.diag_indices(count)] -= normal.sum(axis=0)
        pull = weight[:, None] * values
        right = np.stack(
            [
                np.bincount(second, column, count) - np.bincount(first, column, count)
                for column in pull.T
            ],
            axis=1,
        )
        normal[0, 0] += weight.sum()
        normal[np.diag_indices(count)] += 1e-9
        # A matrix library with threads of its own spends more on them than on so few unknowns.
        _, solved = cv2.solve(normal, right, flags=cv2.DECOMP_CHOLESKY)
        solution: Floats = np.asarray(solved, np.float64)
        left: Floats = np.linalg.norm(solution[second] - solution[first] - values, axis=1)
        weight = base / (1 + (left / soft) ** 2)
    return solution, left


def camera_path(survey: Survey) -> tuple[tuple[int, ...], Floats]:
    """Follow the camera roughly, frame to frame.

    Returns
    -------
    tuple of int, (N, 3) float64 array
        The frames of the longest unbroken run, and the camera at each: x, y in pixels of the
        picture as read, log zoom.

    Raises
    ------
    RenderError
        If nothing can be followed.
    """
    views = survey.views
    steps = chain(views, zoom=True)
    start, stop = longest_run(steps)
    if stop - start < 2:
        raise RenderError(LOST)
    moves = np.array([[*p.move, p.zoom] for p in steps[start : stop - 1] if p])
    path = np.zeros((stop - start, 3))
    path[1:] = np.cumsum(moves * [-survey.ratio[0], -survey.ratio[1], 1], axis=0)
    return tuple(v.frame for v in views[start:stop]), path


def link(place: Floats, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Choose the pairs to measure: neighbours, and each frame with keyframes it overlaps.

    ``place`` is ``(N, 2)`` x and y in reduced pixels, or ``(N, 3)`` with log zoom.
    """
    height, width = shape
    unit = place / np.array([width, height, 1.0][: place.shape[1]])
    keys = [0]
    for i in range(1, len(unit)):
        if np.abs(unit[i] - unit[keys[-1]]).max() >= KEY_SPACING:
            keys.append(i)
    if keys[-1] != len(unit) - 1:
        keys.append(len(unit) - 1)
    chosen: set[tuple[int, int]] = set()
    key_units = unit[keys]
    for i in range(len(unit)):
        far = np.abs(key_units - unit[i]).max(axis=1)
        reach = [k for k in np.argsort(far, kind="stable") if far[k] < KEY_REACH and keys[k] != i]
        wanted = reach[:2] + (reach[2::2][:3] if i in keys else [])
        chosen.update((min(i, keys[k]), max(i, keys[k])) for k in wanted)
    return sorted(chosen)


def estimate_track(survey: Survey, model: str, rough: Floats | None = None) -> Work[Track]:
    """Place the views on one canvas.

    Parameters
    ----------
    survey : Survey
        Views in order of time.
    model : str
        ``auto``, ``translation`` or ``similarity`` (translation and zoom).
    rough : (N, 3) float64 array, optional
        Where the views lie as far as is known: x, y in reduced pixels of the canvas, log of canvas
        pixels for each reduced one. Found by following the camera from view to view otherwise.

    Returns
    -------
    Track
        In pixels of the picture; the longest run of frames that could be followed.

    Raises
    ------
    RenderError
        If nothing can be followed: no texture, or too fast.
    """
    views, trust = survey.views, PRIOR
    if rough is None:
        views, neighbours = _chained(survey.views)
        rough = _added_up(neighbours, zoom=model != "translation")
    else:
        trust = PATH_PRIOR
        neighbours, rough = _retraced(views, rough, model)
    links = link(rough, views[0].luma.shape)
    if model == "translation":
        rough[:, 2] = 0
    linked = yield from _measure(views, links, rough[:, :2], rough[:, 2], model, trust)
    pairs = [*neighbours, *linked]
    if trust == PATH_PRIOR:
        views, pairs, kept = _together(views, pairs)
        rough = rough[kept]
    track = _solve_track(views, pairs, survey.ratio, model)
    if track.model == "translation" or _agree(track.place[:, 2], rough[:, 2]):
        return track
    # A zoom spreads the corners apart: follow them again from where it puts them.
    place = track.place / (*survey.ratio, 1.0)
    links = _linked(place, views[0].luma.shape)
    pairs = yield from _measure(views, links, place[:, :2], place[:, 2], "similarity")
    return _solve_track(views, pairs, survey.ratio, "similarity")


def _chained(views: list[View]) -> tuple[list[View], list[Pair]]:
    """Give the longest run of views that can be followed, and how each lies to the one before."""
    steps = chain(views)
    start, stop = longest_run(steps)
    if stop - start < 2:
        raise RenderError(LOST)
    neighbours = [
        replace(p, first=p.first - start, second=p.second - start)
        for p in steps[start : stop - 1]
        if p
    ]
    return views[start:stop], neighbours


def _retraced(views: list[View], path: Floats, model: str) -> tuple[list[Pair], Floats]:
    """Measure how neighbours lie that are known to lie along a path; mend the path by it."""
    steps, pairs = np.diff(path, axis=0), list[Pair]()
    for i, (x, y, grown) in enumerate(steps):
        shrink = np.exp(path[i + 1, 2])
        guess = float(-x / shrink), float(-y / shrink)
        pair = measure_pair(
            views, i, i + 1, guess, zoom=model != "translation", guess_zoom=-grown, near=PATH_PRIOR
        )
        least = LEAST_SHARES[PATH_PRIOR]
        if pair is None or pair.share < least:
            pair, least = (
                measure_pair(views, i, i + 1, coarse_shift(views[i], views[i + 1])),
                OFF_PATH,
            )
        if pair is not None and pair.share > least:
            steps[i, :2] = -np.array(pair.move) * shrink
            pairs.append(pair)
    return pairs, path[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


def _linked(place: Floats, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Choose pairs to measure, neighbours in time among them."""
    return sorted({*link(place, shape), *((i, i + 1) for i in range(len(place) - 1))})


def _agree(log_scale: Floats, other: Floats) -> bool:
    """Tell whether two zooms are the same but for where they begin."""
    return bool(np.ptp(log_scale - other) < ROUGH_ZOOM / 2)


def _together(views: list[View], pairs: Sequence[Pair]) -> tuple[list[View], list[Pair], list[int]]:
    """Keep the most views that pairs hold together.

    Raises
    ------
    RenderError
        If these are not even two.
    """
    group = list(range(len(views)))
    for pair in pairs:
        one, other = group[pair.first], group[pair.second]
        if one != other:
            group = [one if g == other else g for g in group]
    most = max(set(group), key=lambda g: (group.count(g), -g))
    kept = [i for i, g in enumerate(group) if g == most]
    if len(kept) < 2:
        raise RenderError(LOST)
    row = {i: n for n, i in enumerate(kept)}
    inner = [replace(p, first=row[p.first], second=row[p.second]) for p in pairs if p.first in row]
    return [views[i] for i in kept], inner, kept


def along_path(path: Floats, ratio: tuple[float, float]) -> Floats:
    """Turn a camera path into places of its frames.

    Parameters
    ----------
    path : (N, 3) array
        Camera x, y in pixels of the picture as read, each step as it is seen in its own frame, and
        the log of the zoom, positive when closer.
    ratio : (float, float)
        Such pixels for each reduced one.

    Returns
    -------
    (N, 3) float64 array
        x, y in reduced pixels, log of canvas pixels for each reduced one; the first is at 0.
    """
    place = np.zeros((len(path), 3))
    place[:, 2] = path[0, 2] - path[:, 2]
    steps = np.diff(path[:, :2].astype(np.float64), axis=0) / ratio
    place[1:, :2] = np.cumsum(steps * np.exp(place[1:, 2:]), axis=0)
    return place


def _added_up(neighbours: Sequence[Pair], *, zoom: bool) -> Floats:
    """Add up how the camera moved from view to view: ``(N, 3)`` x, y, log zoom, reduced pixels."""
    place = np.zeros((len(neighbours) + 1, 3))
    growth = np.cumsum([p.growth for p in neighbours])
    if zoom and np.ptp(growth) > ROUGH_ZOOM:
        place[1:, 2] = -growth
    moves = np.array([p.move for p in neighbours]) * np.exp(place[1:, 2:])
    place[1:, :2] = -np.cumsum(moves, axis=0)
    return place


def anchored(survey: Survey, track: Track, speed: float) -> Work[Track]:
    """Line the frames up by another layer, which moves at ``speed`` times the track's.

    Raises
    ------
    RenderError
        If that layer cannot be followed from one end to the other.
    """
    chosen = set(track.frames)
    views = [view for view in survey.views if view.frame in chosen]
    place = track.place[:, :2] / survey.ratio * speed
    zoom = track.place[:, 2]
    shape = views[0].luma.shape
    linked = link(np.column_stack([place, zoom]), shape)
    links = sorted({*linked, *((i, i + 1) for i in range(len(views) - 1))})
    pairs = yield from _measure(views, links, place, zoom, track.model, LAYER_PRIOR)
    met = {pair.second for pair in pairs}
    if len(met) < 0.8 * (len(views) - 1):
        raise RenderError("that layer cannot be followed: too little of it is seen")
    held = [
        Pair(i, i + 1, _step(place, zoom, i), float(zoom[i] - zoom[i + 1]), 1e-3, 0, 0)
        for i in range(len(views) - 1)
    ]
    return _solve_track(views, [*pairs, *held], survey.ratio, track.model)


def _step(place: Floats, zoom: Floats, i: int) -> tuple[float, float]:
    x, y = (place[i] - place[i + 1]) / np.exp(zoom[i + 1])
    return float(x), float(y)


def _measure(
    views: Sequence[View],
    links: Sequence[tuple[int, int]],
    place: Floats,
    log_scale: Floats,
    model: str,
    trust: float = PRIOR,
) -> Work[list[Pair]]:
    """Measure the linked pairs, starting from where the views are thought to lie."""
    pairs = []
    for done, (i, j) in enumerate(links, start=1):
        x, y = (place[i] - place[j]) / np.exp(log_scale[j])
        pair = measure_pair(
            views,
            i,
            j,
            (float(x), float(y)),
            zoom=model != "translation",
            guess_zoom=float(log_scale[i] - log_scale[j]),
            levels=1,
            near=trust,
        )
        if pair is not None and pair.share > LEAST_SHARES[trust]:
            pairs.append(pair)
        yield Advanced("lining up", done, len(links), "pairs")
    return pairs


def _solve_track(
    views: Sequence[View], pairs: Sequence[Pair], ratio: tuple[float, float], model: str
) -> Track:
    count = len(views)
    log_scale = np.zeros(count)
    long = [p for p in pairs if p.second - p.first > 1 or p.zoom != 0]
    zooms = np.array([p.zoom for p in long])
    if model != "translation" and long:
        linked = [*long, *(Pair(i, i + 1, (0, 0), 0, 1e-4, 0, 0) for i in range(count - 1))]
        solved, _ = solve(count, linked, np.array([-z for z in zooms] + [0.0] * (count - 1)), 0.002)
        log_scale = solved[:, 0]
    zooming = model == "similarity" or (model == "auto" and float(np.ptp(log_scale)) > SCALE_DRIFT)
    if not zooming:
        log_scale = np.zeros(count)
    log_scale = log_scale - log_scale.min() if zooming else log_scale
    moves = np.array([p.move for p in pairs])
    second = np.array([p.second for p in pairs])
    values = -moves * np.exp(log_scale[second])[:, None]
    centre, left = solve(count, pairs, values, 0.15)
    gains, _ = solve(count, pairs, np.array([p.gain for p in pairs]), 0.02)
    place = np.concatenate([centre * np.array(ratio), log_scale[:, None]], axis=1)
    return Track(
        frames=tuple(v.frame for v in views),
        place=place,
        gain=gains[:, 0] - usual_gain(gains[:, 0], views),
        detail=np.array([v.detail for v in views]),
        residual=float(np.median(left)) * sum(ratio) / 2,
        agreement=float(np.median([p.share for p in pairs])),
        model="similarity" if zooming else "translation",
    )
