"""Follow the background through a shot: how the camera stands against the first frame.

Corners of a key frame are followed from frame to frame, and each frame is placed against the key
frame itself, so that errors add up only where a new key frame is taken. While the backdrop goes on
as expected, two frames of three get no more than a glance: a few of its corners are followed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Luma, Mask

_ENOUGH = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03)
"""When a point is followed well enough: after so many turns, or moves as small, pixels."""

_Light = tuple[float, float]
"""Factor and grey levels to add."""

Points = NDArray[np.float32]
"""``(N, 2)``, pixels ``(x, y)``."""

Affine = NDArray[np.float64]
"""``(3, 3)``, last row ``0 0 1``."""

_CELLS = (10, 8)
"""Columns and rows that corners are spread over."""
_CORNERS_A_CELL = 3
_FEWEST = 8
"""Points that a link must rest on."""
_CLOSE, _LOOSE = 1.0, 2.5
"""Pixels that a point may be off the motion it belongs to: in a clean picture, in heavy grain."""
_NEAR = 0.6
"""Share of that within which points count in full."""
_SETTLED = 5e-5, 0.01
"""Change of turn and zoom, and of the shift in pixels, from which a fit is settled."""
_OFTEN = 3.0
"""A point may be this many times as far off as is usual."""
_WORN, _WORN_IN_GRAIN = 0.35, 0.25
"""Support below which a new key frame is taken. Grain scatters points, and a codec that is short
of bits holds the picture still from one frame to the next: key frames have to last there."""
_SURE = 10.0
"""F value above which a motion is more than noise."""
_FAINT = 2.5
"""Standard deviation below which a picture shows nothing to follow, grey levels."""
_NEIGHBOURS = 12.0
"""Points this close are taken to be on one thing, pixels."""
_WINDOW = 17
"""Side of the patch that is followed, pixels."""
_LEAST, _MOST = 0.6, 1.4
"""Weight of points that have never moved with the background, and of those that always have."""
_FADED = 0.25
"""Share of its contrast that a place must keep to be found."""
_PATIENCE = 3
"""Key frames to take before trying again to go back to one that was in use before."""
_STAYS = 0.7
"""Pixels by which still ground may seem to move, each way."""
_DRIFTED = 2.0
"""Pixels that what is above it must have moved to be told from it."""
_ALWAYS = 0.65
"""Share of the frames in which ground must stay."""
_MOVED = 0.45
"""The same, below which it has not."""
_GROUND = 0.2
"""Share that it must have of both; a subtitle has less."""
_ACROSS = 0.4
"""Share of the picture's width that it must take; figures stand before the rest."""
_BESIDE = 0.1
"""Share of what moves that may be lower than the ground's edge."""
_FAR = 3.0
"""Pixels that a point must move before it tells a near layer from a far one."""
_SLOWEST, _FASTEST = 0.4, 4.0
"""Motion of the layers of one backdrop, against the layer that was found."""
_ASTRAY = 0.12
"""Pixels that a layer may go to the side for each pixel along."""
_GLANCES = 2
"""Frames in a row of which a few points are followed, to see whether the backdrop goes on."""
_FEW = 32
"""Points that are followed then."""
_STEADY = 0.35
"""Support from which a few points speak for the backdrop."""
_MOST_OF_THEM = 0.65
"""Share of these points that have to agree."""
_AS_EXPECTED = 0.1
"""Pixels that they may be off what was expected and prove it right."""
_DOUBT = 1
"""Frames that are looked at in full after a glance that told nothing."""
_SAME_LIGHT = 3.0
"""Grey levels by which a picture may get lighter or darker meanwhile."""


@dataclass(frozen=True, slots=True)
class Step:
    """One frame, placed against the shot's first."""

    pose: Affine
    """Carries places of this frame onto the first, working pixels."""
    support: float
    """Share of the textured picture that moves so, 0 to 1; 0 where nothing could be followed."""
    other: float
    """Share of the textured picture that moves otherwise, 0 to 1."""
    foreground: float
    """Share of the picture that differs from the moved key frame, 0 to 1."""
    textured: float
    """Share of the picture in which there is something to follow, 0 to 1."""
    depth: float = 0.0
    """How far the slowest layer of the backdrop falls behind the fastest, 0 to 1."""
    reach: float = 0.0
    """How far the backdrop has moved against the key frame, working pixels; the further, the surer
    is ``depth``."""
    grain: float = 0.0
    """How far points of the backdrop usually are off its motion, working pixels."""
    grounded: bool = False
    """Ground stays where it is while what is above it, clouds, goes its own way."""


@dataclass(slots=True)
class _Key:
    grey: Luma
    points: Points
    cells: NDArray[np.int64]
    pose: Affine
    trust: NDArray[np.float64]
    """How often each point has moved with the background, 0 to 1."""
    followed: Points
    """Where the points were seen last."""
    link: Affine
    """Carries places of the key frame onto the last frame."""
    levels: NDArray[np.float64]
    """Grey levels at the points."""
    small: Luma
    """Soft and half as large."""
    span: NDArray[np.int64]
    """Grey levels between the darkest and the brightest about each point."""
    stayed: NDArray[np.float64]
    """How often each point has been where it was, 0 to 1."""
    grounded: bool
    """Ground stays under drifting clouds."""


@dataclass(slots=True)
class _Course:
    """How the backdrop goes on, as the last frame that was looked at in full tells."""

    step: Step
    few: NDArray[np.int64]
    """Points of the key frame that speak for the backdrop."""
    turn: Affine
    """Carries places of one frame onto the next."""
    level: float
    """Mean grey level of that frame."""
    left: int
    """Frames that a glance may still be enough for."""


class BackgroundTracker:
    """Places the frames of one shot, one after the other.

    Parameters
    ----------
    still : (H, W) bool array or None
        Places that belong to no picture (letterbox, film gate): True where nothing is followed.
    """

    def __init__(self, still: Mask | None = None) -> None:
        self.still = still
        self.key: _Key | None = None
        self.keys: list[_Key] = []
        """Some that were in use before; frames may come back to them."""
        self.last: Luma | None = None
        self.last_pose: Affine = np.eye(3)
        self.link: Affine = np.eye(3)
        """Carries places of the key frame onto the last frame."""
        self.looked: Affine = np.eye(3)
        """Pose of the last frame of which all points were followed."""
        self.since_look = 0
        """Frames since then."""
        self.course: _Course | None = None
        self.doubt = 0
        """Frames for which no glance is tried: the last one told nothing."""
        self.light: _Light | None = None
        """What gives the last frame the light of the key frame."""
        self.close = _CLOSE
        """Pixels that a point may be off, learned from how far they are off."""
        self.since_return = _PATIENCE
        """Key frames changed since one that was in use before was last tried in vain."""

    def add(self, grey: Luma) -> Step:
        """Place the next frame.

        Parameters
        ----------
        grey : (H, W) uint8 array
            The frame at working size; all frames of a shot have one size.
        """
        mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(grey))
        self.since_look += 1
        if spread < _FAINT:
            # A fade has taken the picture; where the camera goes meanwhile nobody can see.
            self.course = None
            return Step(self.last_pose, 0.0, 0.0, 0.0, 0.0)
        if self.key is None or self.last is None:
            self._take_key(grey, self.last_pose)
            self.last, self.since_look = grey, 0
            return Step(self.last_pose, 1.0, 0.0, 0.0, self._textured())
        step = self._glance(self.key, grey, mean) or self._look(grey, mean)
        self.last = grey
        return step

    def _look(self, grey: Luma, mean: float) -> Step:
        """Follow all points of the key frame."""
        assert self.key is not None
        self._catch_up(self.key)
        fit = self._follow(self.key, grey)
        if fit is None or fit.support < self._least() or self._worn(self.key, fit, grey):
            fit = self._change_key(grey)
        pose = self.key.pose @ inverse(fit.link)
        differs = self._differs(self.key, fit.link, grey)
        step = Step(
            pose,
            fit.support,
            fit.other,
            differs,
            fit.textured,
            fit.depth,
            fit.reach,
            fit.grain,
            fit.grounded,
        )
        self.last_pose = self.key.pose @ inverse(fit.whole)
        turn = part_of(inverse(pose) @ self.looked, self.since_look)
        self.looked, self.link, self.since_look = pose, fit.link, 0
        few = _spread(np.flatnonzero(fit.with_background), _FEW)
        sure = fit.support >= _STEADY and len(few) == _FEW and not self.doubt
        self.doubt = max(0, self.doubt - 1)
        self.course = _Course(step, few, turn, mean, _GLANCES) if sure else None
        return step

    def _glance(self, key: _Key, grey: Luma, mean: float) -> Step | None:
        """Follow a few points where they are expected; None where that does not tell enough."""
        course = self.course
        if course is None or not course.left or abs(mean - course.level) > _SAME_LIGHT:
            return None
        guess = carried(key.points[course.few], course.turn @ self.link)
        followed, good = self._find(key, grey, key.points[course.few], guess, levels=1)
        motion = _gone_on(guess[good], followed[good], self.close)
        if motion is None:
            self.doubt = _DOUBT
            return None
        turn = motion @ course.turn
        self.link = turn @ self.link
        self.last_pose = self.last_pose @ inverse(turn)
        course.left -= 1
        return replace(course.step, pose=key.pose @ inverse(self.link))

    def _catch_up(self, key: _Key) -> None:
        """Carry points along with the backdrop over the frames that were only glanced at."""
        if key.link is not self.link:
            key.followed += carried(key.points, self.link) - carried(key.points, key.link)
            key.link = self.link

    def _least(self) -> float:
        """Give the support below which a new key frame is better."""
        return float(np.interp(self.close, (_CLOSE, _LOOSE), (_WORN, _WORN_IN_GRAIN)))

    def _textured(self) -> float:
        assert self.key is not None
        return _textured(_members(self.key.cells))

    def _change_key(self, grey: Luma) -> _Fit:
        """Go back to a key frame that shows the same place, or else take the last frame."""
        assert self.last is not None
        self.since_return += 1
        for key in self._earlier() if self.since_return > _PATIENCE else []:
            key.link = inverse(self.last_pose) @ key.pose
            key.followed = carried(key.points, key.link)
            fit = self._follow(key, grey)
            if fit is not None and fit.support > 0.5 and not self._worn(key, fit, grey):
                self.key = key
                return fit
            self.since_return = 0
        self._take_key(self.last, self.last_pose)
        assert self.key is not None
        return self._follow(self.key, grey) or self._by_spectrum(self.key, grey)

    def _earlier(self) -> list[_Key]:
        """Give the key frames near the last frame, the oldest first; not the one in use."""
        height, width = self.last.shape if self.last is not None else (1, 1)
        middle = np.array([width / 2, height / 2, 1.0])
        here = (self.last_pose @ middle)[:2]
        near = [
            key
            for key in self.keys
            if key is not self.key
            and bool((np.abs((key.pose @ middle)[:2] - here) < (0.2 * width, 0.2 * height)).all())
        ]
        return near[:2]

    def _take_key(self, grey: Luma, pose: Affine) -> None:
        points, cells = find_corners(grey, self.still)
        trust, stayed = _inherited(points, self.key)
        self.key = _Key(
            grey,
            points,
            cells,
            pose,
            trust,
            points.copy(),
            np.eye(3),
            levels_at(grey, points),
            _halved(grey),
            span_at(grey, points),
            stayed,
            self.key is not None and self.key.grounded,
        )
        self.link = self.key.link
        # The first stays: many shots come back to it.
        self.keys = [*self.keys[:1], *self.keys[1:][-3:], self.key]

    def _follow(self, key: _Key, grey: Luma) -> _Fit | None:
        if len(key.points) < _FEWEST:
            return None
        fit = self._fit(key, grey, key.followed)
        if fit is None or fit.support < 0.3:
            assert self.last is not None
            moved = _rough_shift(self.last, grey)
            if moved is not None and max(map(abs, moved)) > 2:
                guess = key.followed + np.array(moved, np.float32)
                other = self._fit(key, grey, guess)
                if other is not None and (fit is None or other.support > fit.support):
                    fit = other
        if fit is None:
            return None
        key.followed, key.link = fit.followed, fit.link
        wanted = float(np.clip(_OFTEN * fit.grain, _CLOSE, _LOOSE))
        # Frames that were only glanced at count, too.
        self.close += (1 - 0.9**self.since_look) * (wanted - self.close)
        key.trust += 0.2 * (fit.with_background - key.trust)
        return fit

    def _fit(self, key: _Key, grey: Luma, guess: Points) -> _Fit | None:
        self.light = light_between(grey, guess, key.levels, key.trust)
        followed, good = self._find(key, grey, key.points, guess, levels=2)
        height, width = grey.shape
        inside = (
            (followed[:, 0] > 2)
            & (followed[:, 1] > 2)
            & (followed[:, 0] < width - 3)
            & (followed[:, 1] < height - 3)
        )
        good &= inside
        if self.still is not None:
            at = np.clip(followed.round().astype(int), 0, (width - 1, height - 1))
            good &= ~self.still[at[:, 1], at[:, 0]]
        # What has faded to one colour is found everywhere.
        good &= span_at(grey, followed) >= _FADED * key.span
        return choose_background(key, followed, good, inside, self.close)

    def _find(
        self, key: _Key, grey: Luma, points: Points, guess: Points, levels: int
    ) -> tuple[Points, NDArray[np.bool_]]:
        """Find points of the key in a frame, near where they are expected, and say which are."""
        followed, status, error = cv2.calcOpticalFlowPyrLK(
            key.grey,
            relit(grey, self.light),
            points,
            guess.copy(),
            winSize=(_WINDOW, _WINDOW),
            maxLevel=levels,
            criteria=_ENOUGH,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
            minEigThreshold=1e-5,
        )
        found = (status.ravel() == 1) & (error.ravel() < 20)
        return np.asarray(followed, np.float32), found

    def _worn(self, key: _Key, fit: _Fit, grey: Luma) -> bool:
        """Whether a key frame has too little in common with the frame to carry on with it."""
        height, width = grey.shape
        centre = np.array([width / 2, height / 2, 1.0])
        moved = np.abs(fit.link @ centre - centre)
        zoom = np.hypot(fit.link[0, 0], fit.link[1, 0])
        far = moved[0] > 0.4 * width or moved[1] > 0.4 * height or not 0.8 < zoom < 1.25
        return bool(far or fit.alive < 0.5)

    def _by_spectrum(self, key: _Key, grey: Luma) -> _Fit:
        """Fall back on one shift for the whole picture, or on no motion at all."""
        link = np.eye(3)
        moved = spectrum_shift(key.grey, grey)
        if moved is not None and shift_fits(key.grey, grey, moved):
            link[:2, 2] = moved
        key.link = link
        nobody = np.zeros(len(key.points))
        textured = _textured(_members(key.cells))
        return _Fit(link, link, key.points, nobody, 0.0, 0.0, 0.0, 0.0, 0.0, textured, 0.0)

    def _differs(self, key: _Key, link: Affine, grey: Luma) -> float:
        """Share of the picture that is not the moved key frame."""
        now = _halved(grey)
        small = (now.shape[1], now.shape[0])
        move = link[:2].copy()
        move[:, 2] /= 2
        then = cv2.warpAffine(key.small, move, small, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        valid = cv2.warpAffine(np.full(small[::-1], 255, np.uint8), move, small) == 255
        if cv2.countNonZero(valid.view(np.uint8)) < valid.size // 8:
            return 0.0
        # Every other place each way is enough for a share.
        told = valid[::2, ::2]
        one, two = (part[::2, ::2][told].astype(np.float32) for part in (now, then))
        # Flicker and fades change the whole picture: only what differs more than that counts.
        gain = float(np.clip(one.std() / max(float(two.std()), 1.0), 0.2, 5.0))
        gap = one - gain * two
        gap -= float(np.median(gap))
        return float((np.abs(gap) > 16 * min(1.0, gain)).mean())


@dataclass(frozen=True, slots=True)
class _Fit:
    link: Affine
    """The simplest motion that fits."""
    whole: Affine
    """The motion that fits best: what is too little to be told is not lost with the key frame."""
    followed: Points
    with_background: NDArray[np.float64]
    support: float
    other: float
    alive: float
    """Share of the key frame's points that are still in the picture and found."""
    depth: float
    reach: float
    textured: float
    grain: float
    grounded: bool = False


def span_at(grey: Luma, places: AnyArray) -> NDArray[np.int64]:
    """Give how far the grey levels about each place lie apart: 0 where there is one colour."""
    height, width = grey.shape
    small = cv2.resize(
        grey, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA
    )
    span = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    x, y = (places / 2).astype(int).clip(0, (small.shape[1] - 1, small.shape[0] - 1)).T
    return np.asarray(span[y, x], np.int64)


def _halved(grey: Luma) -> Luma:
    height, width = grey.shape
    small = cv2.resize(
        grey, (max(8, width // 2), max(8, height // 2)), interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.GaussianBlur(small, (5, 5), 0), np.uint8)


def find_corners(grey: Luma, still: Mask | None = None) -> tuple[Points, NDArray[np.int64]]:
    """Find corners all over a picture, so that no busy part outweighs the rest.

    Parameters
    ----------
    grey : (H, W) uint8 array
    still : (H, W) bool array or None
        True where no corner is wanted.

    Returns
    -------
    points : (N, 2) float32 array
    cells : (N,) int64 array
        The part of the picture each lies in.
    """
    height, width = grey.shape
    margin = max(3, round(0.02 * max(width, height)))
    strength = cv2.cornerMinEigenVal(grey, 5)
    peaks = strength >= cv2.dilate(strength, np.ones((7, 7), np.uint8))
    peaks[:margin] = peaks[-margin:] = False
    peaks[:, :margin] = peaks[:, -margin:] = False
    if still is not None:
        peaks &= ~still
    # An eigenvalue this low is codec noise.
    peaks &= strength > max(5e-6, 0.0005 * float(strength.max()))
    rows, columns = np.nonzero(peaks)
    cells = (rows * _CELLS[1] // height) * _CELLS[0] + columns * _CELLS[0] // width
    order = np.lexsort((-strength[rows, columns], cells))
    cells, rows, columns = cells[order], rows[order], columns[order]
    first = np.searchsorted(cells, cells, side="left")
    best = np.arange(len(cells)) - first < _CORNERS_A_CELL
    points = np.stack([columns[best], rows[best]], axis=1).astype(np.float32)
    return points, cells[best].astype(np.int64)


def choose_background(
    key: _Key,
    followed: Points,
    good: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    close: float,
) -> _Fit | None:
    """Fit the motions in the picture and take the one that the backdrop has.

    The backdrop is what moves as one in the most parts of the picture, and reaches its sides and
    top; who stands in the middle of it may fill more of the frame.
    """
    index = np.flatnonzero(good)
    if len(index) < _FEWEST:
        return None
    total = _area(_members(key.cells[inside]))
    models: list[tuple[float, float, Affine, Affine, NDArray[np.int64]]] = []
    rest, best = index, 0.0
    for _ in range(3):
        # With the most trust, the points that are left might still outweigh what was found.
        if len(rest) < _FEWEST or _area(_members(key.cells[rest])) / total * _MOST <= best:
            break
        found = _one_motion(key.points[rest], followed[rest], close)
        if found is None:
            break
        link, whole, belongs = found
        mine = rest[belongs]
        share = _area(_members(key.cells[mine])) / total
        weight = share * (_LEAST + (_MOST - _LEAST) * float(key.trust[mine].mean()))
        models.append((weight, share, link, whole, mine))
        best = max(best, weight)
        rest = rest[~belongs]
    if not models:
        return None
    _, share, link, whole, mine = max(models, key=lambda m: m[0])
    still = find_still_ground(key, followed, index, [model[4] for model in models])
    if still is not None:
        mine = still[0]
        share = _area(_members(key.cells[np.concatenate(still)])) / total
        link, whole = np.eye(3), np.eye(3)
    backdrop = measure_layers(key.points[index], followed[index], key.cells[index], link)
    mark = np.zeros(len(key.points))
    mark[mine] = 1.0
    taken, found_in = _members(key.cells[mine]), _members(key.cells[index])
    other = _area((found_in > 0) & (taken == 0)) / total
    # Points that were lost go where the backdrop went, to be found again.
    onward = carried(key.points, link)
    onward[index] = followed[index]
    alive = float(good.sum()) / len(key.points)
    return _Fit(
        link,
        whole,
        onward,
        mark,
        share,
        other,
        alive,
        backdrop.depth,
        backdrop.reach,
        _textured(found_in),
        _usually_off(key.points[mine], followed[mine], whole),
        still is not None,
    )


def find_still_ground(
    key: _Key, followed: Points, found: NDArray[np.int64], motions: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Find ground that stays where it is below what moves: then clouds drift, and no camera turns.

    No camera that turns leaves ground in its place. Somebody whom it goes along with stays, too,
    but has the world beside him, and does not stay to the fraction of a pixel frame after frame.

    Parameters
    ----------
    key : _Key
        Learns which of its points stay.
    followed : (N, 2) float32 array
        Its points, now.
    found : (M,) int64 array
        Points that were followed.
    motions : list of (K,) int64 arrays
        Those of them that move as one.

    Returns
    -------
    (ground, clouds) : int64 arrays, or None
        Points of both. The clouds go their own way and are not lost for the backdrop.
    """
    way = np.abs(followed - key.points).max(axis=1)
    stays = way < _STAYS
    key.stayed[found] += 0.2 * (stays[found] - key.stayed[found])
    drifting = [m for m in motions if np.count_nonzero(way[m] > _DRIFTED) > len(m) / 2]
    if not drifting:
        return None
    clouds = max(drifting, key=len)
    stays &= key.stayed > _ALWAYS
    stays[clouds] = False
    ground = found[stays[found]]
    if len(ground) < _FEWEST:
        return None
    low, high = _members(key.cells[ground]) > 0, _members(key.cells[clouds]) > 0
    # Whoever walks by hides ground that stayed until then.
    moved = _members(key.cells[key.stayed < _MOVED]) > 0
    # What was ground needs less to be so still, while figures stand in front.
    key.grounded = _lies_below(low, high, moved, 0.4 if key.grounded else 1.0)
    return (ground, clouds) if key.grounded else None


def _lies_below(
    low: NDArray[np.bool_], high: NDArray[np.bool_], moved: NDArray[np.bool_], wanted: float
) -> bool:
    """Whether parts of the picture lie below others, and have not the world at both sides.

    They are to have ``wanted`` of the size that ground has at least.
    """
    columns, rows = _CELLS
    over = high.reshape(rows, columns)
    # What stays above some cloud is a film gate's corner, or a logo.
    under = low.reshape(rows, columns) & ~np.cumsum(over[::-1], axis=0)[::-1].astype(bool)
    both = float(_CELL_WEIGHTS @ (low | high))
    if float(_CELL_WEIGHTS @ under.ravel()) < wanted * _GROUND * both:
        return False
    across = under.any(axis=0)
    if across.sum() < wanted * _ACROSS * columns:
        return False
    level = int(np.median(under.argmax(axis=0)[across]))
    beside = moved.reshape(rows, columns)[level + 1 :, [0, 1, -2, -1]]
    sides = beside[:, :2], beside[:, 2:]
    if all(np.count_nonzero(side) > side.size / 4 for side in sides):
        return False
    return int(over[level + 1 :].sum()) <= _BESIDE * int(over.sum())


@dataclass(frozen=True, slots=True)
class Layers:
    """A backdrop whose parts go the same way, the near ones further than the far ones."""

    depth: float
    """1 less the motion of far layers by that of near ones, 0 to 1."""
    reach: float
    """Usual length of the motion, pixels."""


def _usually_off(points: Points, followed: Points, whole: Affine) -> float:
    return float(np.median(np.linalg.norm(carried(points, whole) - followed, axis=1)))


def measure_layers(
    points: Points, followed: Points, cells: NDArray[np.int64], link: Affine
) -> Layers:
    """Measure how unequally far the parts of a backdrop go that go the way of ``link``.

    Parameters
    ----------
    points, followed : (N, 2) float32 arrays
    cells : (N,) int64 array
        The part of the picture each lies in; every part weighs the same.
    link : (3, 3) array
        Motion of one layer.
    """
    expected = np.asarray(carried(points, link) - points, np.float64)
    went = np.asarray(followed - points, np.float64)
    length = np.linalg.norm(expected, axis=1)
    reach = float(np.median(length))
    weight = 1.0 / _members(cells)[cells]
    # What stays in its place while the camera moves is followed by it, or burnt in.
    far = (length > _FAR) & (np.linalg.norm(went, axis=1) > 0.25 * length)
    if far.sum() < _FEWEST:
        return Layers(0.0, reach)
    way = expected / np.maximum(length, 1e-6)[:, None]
    along = (went * way).sum(axis=1)
    across = went[:, 0] * way[:, 1] - went[:, 1] * way[:, 0]
    share = along / np.maximum(length, 1e-6)
    belongs = (share > _SLOWEST) & (share < _FASTEST) & (np.abs(across) < _CLOSE + _ASTRAY * along)
    told = belongs & far
    if told.sum() < _FEWEST:
        return Layers(0.0, reach)
    slow, fast = _quantiles(share[told], weight[told], (0.15, 0.85))
    # Layers differ along the way only; grain scatters points across it as much as along.
    left, right = _quantiles(across[told] / length[told], weight[told], (0.15, 0.85))
    apart = max(0.0, (fast - slow) ** 2 - (right - left) ** 2) ** 0.5
    return Layers(apart / fast, reach)


def _quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], shares: tuple[float, ...]
) -> list[float]:
    order = np.argsort(values)
    risen = np.cumsum(weights[order])
    return [float(values[order][np.searchsorted(risen, q * risen[-1])]) for q in shares]


def _gone_on(expected: Points, followed: Points, close: float) -> Affine | None:
    """Fit how points have gone on from where they were expected; None where they disagree."""
    enough = _MOST_OF_THEM * _FEW
    if len(expected) < enough:
        return None
    away = followed - expected
    if np.count_nonzero(np.abs(away).max(axis=1) < _AS_EXPECTED) >= enough:
        return np.eye(3)
    rough = np.eye(3)[:2]
    rough[:, 2] = np.median(away, axis=0)
    fitted, chosen = _settled(expected, followed, rough, close)
    if np.count_nonzero(chosen) < enough:
        return None
    return simplest_motion(expected[chosen], followed[chosen], fitted)


def inverse(motion: Affine) -> Affine:
    """Give the similarity that undoes one."""
    turn, shift = complex(motion[0, 0], motion[1, 0]), complex(motion[0, 2], motion[1, 2])
    back = 1 / turn
    there = -back * shift
    return np.array(
        [[back.real, -back.imag, there.real], [back.imag, back.real, there.imag], [0, 0, 1]]
    )


def part_of(motion: Affine, parts: int) -> Affine:
    """Divide a similarity into as many equal motions, and give one."""
    if parts == 1:
        return motion
    turn = complex(motion[0, 0], motion[1, 0]) ** (1 / parts)
    shift = complex(motion[0, 2], motion[1, 2]) / sum(turn**i for i in range(parts))
    return np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1]]
    )


def _spread(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Take at most so many of some places, evenly."""
    if len(places) <= most:
        return places
    return np.asarray(places[np.linspace(0, len(places) - 1, most).astype(int)], np.int64)


def _inherited(points: Points, key: _Key | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


def carried(points: Points, link: Affine) -> Points:
    """Give where points lie after ``link``."""
    return np.asarray(points @ link[:2, :2].T + link[:2, 2], np.float32)


def light_between(
    grey: Luma, at: Points, then: NDArray[np.float64], weights: NDArray[np.float64]
) -> _Light | None:
    """Tell what gives a picture the light of another: points are followed through flicker so.

    Parameters
    ----------
    grey : (H, W) uint8 array
    at : (N, 2) float32 array
        Places in it.
    then : (N,) float array
        Grey levels of the other picture where it shows about the same things.
    weights : (N,) float array
        How far each pair is to be believed.

    Returns
    -------
    (float, float) or None
        Factor and grey levels to add; None where the light is about the same.
    """
    now = levels_at(grey, at)
    inside = (now >= 0) & (then >= 0)
    if float(weights[inside].sum()) < _FEWEST / 2:
        return None
    mean, spread = _moments(now[inside], weights[inside])
    wanted, wide = _moments(then[inside], weights[inside])
    gain = wide / max(spread, 1.0)
    if abs(gain - 1) < 0.05 and abs(mean - wanted) < 4:
        return None
    return gain, wanted - gain * mean


def relit(grey: Luma, light: _Light | None) -> Luma:
    """Give a picture another light."""
    if light is None:
        return grey
    return np.asarray(cv2.convertScaleAbs(grey, alpha=light[0], beta=light[1]), np.uint8)


def levels_at(grey: Luma, at: Points) -> NDArray[np.float64]:
    """Give the grey levels at places; -1 outside the picture."""
    soft = cv2.boxFilter(grey, -1, (5, 5))
    height, width = grey.shape
    outside = (at < 0).any(axis=1) | (at[:, 0] >= width) | (at[:, 1] >= height)
    x, y = at.astype(int).clip(0, (width - 1, height - 1)).T
    return np.where(outside, -1.0, soft[y, x])


def _moments(levels: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    mean = float(levels @ weights) / float(weights.sum())
    away = levels - mean
    return mean, float(np.sqrt((away * away) @ weights / weights.sum()))


def _one_motion(
    points: Points, followed: Points, close: float
) -> tuple[Affine, Affine, NDArray[np.bool_]] | None:
    # The stubs do not know that it may fail.
    answer: Any = cv2.estimateAffinePartial2D(
        points, followed, method=cv2.RANSAC, ransacReprojThreshold=close, maxIters=300
    )
    rough, belongs = answer
    if rough is None:
        return None
    chosen = belongs.ravel().astype(bool)
    if chosen.sum() < _FEWEST:
        return None
    rough, chosen = _settled(points, followed, rough, close)
    if chosen.sum() < _FEWEST:
        return None
    zoom = float(np.hypot(rough[0, 0], rough[1, 0]))
    if not 0.6 < zoom < 1.6:
        return None
    whole = np.eye(3)
    whole[:2] = rough
    return simplest_motion(points[chosen], followed[chosen], rough), whole, chosen


def _settled(
    points: Points, followed: Points, rough: Affine, close: float
) -> tuple[Affine, NDArray[np.bool_]]:
    """Let a similarity settle where most of its points agree to well under a pixel.

    References
    ----------
    Geman and McClure, "Statistical methods for tomographic image reconstruction", 1987: weights
    that forget what lies far off.
    """
    before = points[:, 0] + 1j * points[:, 1].astype(np.complex128)
    after = followed[:, 0] + 1j * followed[:, 1].astype(np.complex128)
    turn, shift = complex(rough[0, 0], rough[1, 0]), complex(rough[0, 2], rough[1, 2])
    for _ in range(4):
        off = np.abs(turn * before + shift - after)
        near = 1.0 + (off * (1.0 / (_NEAR * close))) ** 2
        weight = 1.0 / (near * near)
        total = weight.sum()
        here, there = (weight @ before) / total, (weight @ after) / total
        away = before - here
        spread = weight @ (away.real**2 + away.imag**2)
        if spread < 1e-6:
            break
        before_that = turn, shift
        turn = complex((weight * away.conj()) @ (after - there) / spread)
        shift = complex(there - turn * here)
        if abs(turn - before_that[0]) < _SETTLED[0] and abs(shift - before_that[1]) < _SETTLED[1]:
            break
    off = np.abs(turn * before + shift - after)
    fitted = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return fitted, off < close


def simplest_motion(points: Points, followed: Points, fitted: Affine) -> Affine:
    """Give no motion, or one shift, where they explain the points as well as ``fitted`` does.

    A zoom fitted to the noise of a few points throws the far side of the picture off.

    Parameters
    ----------
    points, followed : (N, 2) float32 arrays
        That move as one.
    fitted : (2, 3) array
        Similarity that they fit.

    Returns
    -------
    (3, 3) array
    """
    count = len(points)
    away = np.subtract(followed, points, dtype=np.float64)
    off = carried(points, fitted) - followed
    shift = away.sum(axis=0) / count
    similar, still = float(np.vdot(off, off)) / count, float(np.vdot(away, away)) / count
    shifted = still - float(shift @ shift)
    # Neighbouring points err together: four count as one.
    worth = count / 4 / max(similar, 1e-4)
    link = np.eye(3)
    if (shifted - similar) * worth > _SURE:
        link[:2] = fitted
    elif (still - shifted) * worth > _SURE:
        link[:2, 2] = shift
    return link


def _cell_weights() -> NDArray[np.float64]:
    """Weigh the parts of a picture: the sides and top are mostly backdrop."""
    columns, rows = _CELLS
    x, y = np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns)
    edge = (x < 2) | (x >= columns - 2) | (y < 2)
    return np.where(edge, 2.5, 1.0)


_CELL_WEIGHTS = _cell_weights()


def _members(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the points in each part of the picture."""
    return np.bincount(cells, minlength=len(_CELL_WEIGHTS))


def _textured(members: NDArray[Any]) -> float:
    """Give the share of the picture's parts that have points."""
    return float(np.count_nonzero(members)) / len(_CELL_WEIGHTS)


def _area(members: NDArray[Any]) -> float:
    """Weigh the parts of the picture that have points."""
    return float(_CELL_WEIGHTS @ (members > 0))


@lru_cache(maxsize=4)
def _taper(width: int, height: int) -> AnyArray:
    return cv2.createHanningWindow((width, height), cv2.CV_32F)


def spectrum_shift(before: Luma, after: Luma) -> tuple[float, float] | None:
    """Measure one shift for the whole picture, however far, by phase correlation.

    Returns
    -------
    (dx, dy) or None
        Pixels, positive when the picture moves right or down; None where it is a guess.

    References
    ----------
    Kuglin and Hines, "The phase correlation image alignment method", 1975.
    """
    height, width = before.shape
    if min(height, width) < 16:
        return None  # too small for a spectrum to mean anything
    taper = _taper(width, height)
    (dx, dy), response = cv2.phaseCorrelate(
        before.astype(np.float32), after.astype(np.float32), taper
    )
    return (dx, dy) if response > 0.08 else None


def _rough_shift(before: Luma, after: Luma) -> tuple[float, float] | None:
    """Measure one shift well enough to begin with, in a quarter of the time."""
    halves = [np.asarray(cv2.pyrDown(picture), np.uint8) for picture in (before, after)]
    moved = spectrum_shift(*halves)
    return (2 * moved[0], 2 * moved[1]) if moved else None


def shift_fits(before: Luma, after: Luma, shift: tuple[float, float]) -> bool:
    """Whether the pictures are alike where they overlap after ``shift``, and only after it."""
    height, width = before.shape
    dx, dy = round(shift[0]), round(shift[1])
    if abs(dx) > 0.5 * width or abs(dy) > 0.5 * height:
        return False
    was = before[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    now = after[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
    moved = _alike(was, now)
    return moved > 0.6 and moved > _alike(before, after) + 0.1


def _alike(one: Luma, other: Luma) -> float:
    """Correlate two pictures of one size: 1 for the same."""
    away, there = (np.subtract(part, cv2.mean(part)[0], dtype=np.float32) for part in (one, other))
    scale = float(np.vdot(away, away)) * float(np.vdot(there, there))
    return float(np.vdot(away, there) / np.sqrt(max(scale, 1e-6)))
