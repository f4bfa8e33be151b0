"""Follow the background through a shot: how the camera stands against the first frame.

Corners of a key frame are followed from frame to frame, and each frame is placed against the key
frame itself, so that errors add up only where a new key frame is taken. While the backdrop goes on
as expected, two frames of three get no more than a glance: a few of its corners are followed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.backdrop import Fit, choose_background
from engine.analysis.corners import share_of
from engine.analysis.foreground import measure_foreground
from engine.analysis.greys import GreyFrame, Light, light_between, relit
from engine.analysis.keyframe import KeyFrame, find_points, still_seen, take_key
from engine.analysis.similarity import (
    FEWEST,
    Affine,
    Points,
    Similarity,
    carried,
    inverse,
    median,
    part_of,
    products_of,
    settled,
    simplest_motion,
)
from engine.analysis.spectrum import shift_fits, spectrum_shift
from engine.values import Luma, Mask, Size

_CLOSE, _LOOSE = 1.0, 2.5
"""Pixels that a point may be off the motion it belongs to: in a clean picture, in heavy grain."""
_OFTEN = 3.0
"""A point may be this many times as far off as is usual."""
_WORN, _WORN_IN_GRAIN = 0.35, 0.25
"""Support below which a new key frame is taken. Grain scatters points, and a codec that is short
of bits holds the picture still from one frame to the next: key frames have to last there."""
_GONE = 0.4
"""Share of the picture's width and height that its middle may move before that."""
_SMALLER, _LARGER = 0.8, 1.25
"""Change of size at most before that."""
_ALIVE = 0.5
"""Share of its points that have to be found."""
_POOR = 0.3
"""Support below which it is tried whether the whole picture has jumped."""
_JUMPED = 2.0
"""Pixels from which that is worth it."""
_RETURNED = 0.5
"""Support from which a frame has come back to an earlier key frame."""
_NEARBY = 0.2
"""Share of the picture's width and height that such a one is off at most."""
_LEARNED = 0.2
"""Weight of a frame in what is known of each point."""
_FAINT = 2.5
"""Standard deviation below which a picture shows nothing to follow, grey levels."""
_PATIENCE = 3
"""Key frames to take before trying again to go back to one that was in use before."""
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
    throughout: bool = False
    """The whole picture moves so, however little of it can be followed."""


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
        self.key: KeyFrame | None = None
        self.keys: list[KeyFrame] = []
        """Some that were in use before; frames may come back to them."""
        self.last: GreyFrame | None = None
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
        self.jump: tuple[tuple[float, float] | None] | None = None
        """How far this frame has jumped from the last one, if that was asked for."""
        self.light: Light | None = None
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
        before, now = self.last, GreyFrame(grey)
        self.last = now
        if self.key is None or before is None:
            key = self._take_key(now, self.last_pose)
            self.since_look = 0
            return Step(self.last_pose, 1.0, 0.0, 0.0, share_of(key.parts))
        return self._glance(self.key, now, mean) or self._look(self.key, before, now, mean)

    def _look(self, key: KeyFrame, before: GreyFrame, grey: GreyFrame, mean: float) -> Step:
        """Follow all points of the key frame."""
        self._catch_up(key)
        self.jump = None
        fit = self._follow(key, before, grey)
        if fit is None or fit.support < self._least() or _is_worn(fit, grey.size):
            key, fit = self._change_key(before, grey)
        back = inverse(fit.link)
        pose = key.pose @ back
        differs = measure_foreground(key.grey, grey, fit.link)
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
        self.last_pose = key.pose @ inverse(fit.whole)
        turn = part_of(inverse(pose) @ self.looked, self.since_look)
        self.looked, self.link, self.since_look = pose, fit.link, 0
        few = _spread(np.flatnonzero(fit.with_background), _FEW)
        sure = fit.support >= _STEADY and len(few) == _FEW and not self.doubt
        self.doubt = max(0, self.doubt - 1)
        self.course = _Course(step, few, turn, mean, _GLANCES) if sure else None
        return step

    def _glance(self, key: KeyFrame, grey: GreyFrame, mean: float) -> Step | None:
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

    def _catch_up(self, key: KeyFrame) -> None:
        """Carry points along with the backdrop over the frames that were only glanced at."""
        if key.link is not self.link:
            key.followed += carried(key.points, self.link) - carried(key.points, key.link)
            key.link = self.link

    def _least(self) -> float:
        """Give the support below which a new key frame is better."""
        return float(np.interp(self.close, (_CLOSE, _LOOSE), (_WORN, _WORN_IN_GRAIN)))

    def _change_key(self, before: GreyFrame, grey: GreyFrame) -> tuple[KeyFrame, Fit]:
        """Go back to a key frame that shows the same place, or else take the last frame."""
        self.since_return += 1
        for key in self._earlier(grey.size) if self.since_return > _PATIENCE else []:
            key.link = inverse(self.last_pose) @ key.pose
            key.followed = carried(key.points, key.link)
            fit = self._follow(key, before, grey)
            if fit is not None and fit.support > _RETURNED and not _is_worn(fit, grey.size):
                self.key = key
                return key, fit
            self.since_return = 0
        key = self._take_key(before, self.last_pose)
        return key, self._follow(key, before, grey) or self._by_spectrum(key, grey)

    def _earlier(self, size: Size) -> list[KeyFrame]:
        """Give the key frames near the last frame, the oldest first; not the one in use."""
        width, height = size
        middle = np.array([width / 2, height / 2, 1.0])
        here = (self.last_pose @ middle)[:2]
        far = np.array([_NEARBY * width, _NEARBY * height])
        near = [
            key
            for key in self.keys
            if key is not self.key and bool((np.abs((key.pose @ middle)[:2] - here) < far).all())
        ]
        return near[:2]

    def _take_key(self, grey: GreyFrame, pose: Affine) -> KeyFrame:
        self.link = np.eye(3)
        self.key = take_key(grey, pose, self.link, self.still, self.key)
        # The first stays: many shots come back to it.
        self.keys = [*self.keys[:1], *self.keys[1:][-3:], self.key]
        return self.key

    def _follow(self, key: KeyFrame, before: GreyFrame, grey: GreyFrame) -> Fit | None:
        if len(key.points) < FEWEST:
            return None
        fit = self._fit(key, grey, key.followed)
        if fit is None or fit.support < _POOR:
            moved = self._jump_of(before, grey)
            if moved is not None and max(map(abs, moved)) > _JUMPED:
                guess = key.followed + np.array(moved, np.float32)
                other = self._fit(key, grey, guess)
                if other is not None and (fit is None or other.support > fit.support):
                    fit = other
        if fit is None:
            return None
        key.followed, key.link = fit.followed, fit.link
        wanted = min(max(_OFTEN * fit.grain, _CLOSE), _LOOSE)
        # Frames that were only glanced at count, too.
        self.close += (1 - 0.9**self.since_look) * (wanted - self.close)
        key.trust += _LEARNED * (fit.with_background - key.trust)
        return fit

    def _jump_of(self, before: GreyFrame, grey: GreyFrame) -> tuple[float, float] | None:
        """Measure how far the whole picture has jumped; several key frames ask for it."""
        if self.jump is None:
            self.jump = (before.rough_shift(grey),)
        return self.jump[0]

    def _fit(self, key: KeyFrame, grey: GreyFrame, guess: Points) -> Fit | None:
        self.light = light_between(grey.levels_at(guess), key.levels, key.trust)
        followed, found = self._find(key, grey, key.points, guess, levels=2)
        seen, inside = still_seen(key, grey, followed, self.still)
        return choose_background(key, followed, found & seen, inside, self.close)

    def _find(
        self, key: KeyFrame, grey: GreyFrame, points: Points, guess: Points, levels: int
    ) -> tuple[Points, NDArray[np.bool_]]:
        now = relit(grey.levels, self.light)
        return find_points(key.grey.levels, now, points, guess, levels)

    def _by_spectrum(self, key: KeyFrame, grey: GreyFrame) -> Fit:
        """Fall back on one shift for the whole picture, or on no motion at all."""
        link = np.eye(3)
        before, after = key.grey.levels, grey.levels
        moved = spectrum_shift(before, after)
        if moved is not None and shift_fits(before, after, moved):
            link[:2, 2] = moved
        key.link = link
        nobody = np.zeros(len(key.points))
        textured = share_of(key.parts)
        return Fit(link, link, key.points, nobody, 0.0, 0.0, 0.0, 0.0, 0.0, textured, 0.0)


def _is_worn(fit: Fit, size: Size) -> bool:
    """Whether a key frame has too little in common with the frame to carry on with it."""
    width, height = size
    (a, b, x), (c, d, y) = fit.link[:2].tolist()
    across = (a - 1) * width / 2 + b * height / 2 + x
    down = c * width / 2 + (d - 1) * height / 2 + y
    far = abs(across) > _GONE * width or abs(down) > _GONE * height
    return far or not _SMALLER < (a * a + c * c) ** 0.5 < _LARGER or fit.alive < _ALIVE


def _gone_on(expected: Points, followed: Points, close: float) -> Affine | None:
    """Fit how points have gone on from where they were expected; None where they disagree."""
    enough = _MOST_OF_THEM * _FEW
    if len(expected) < enough:
        return None
    across, down = (followed - expected).T
    proven = np.maximum(np.abs(across), np.abs(down)) < _AS_EXPECTED
    if np.count_nonzero(proven) >= enough:
        return np.eye(3)
    products = products_of(expected, followed)
    rough = Similarity(1, complex(median(across), median(down)))
    fitted, chosen = settled(products, rough, close)
    if np.count_nonzero(chosen) < enough:
        return None
    return simplest_motion(products, chosen, fitted)


def _spread(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Take at most so many of some places, evenly."""
    if len(places) <= most:
        return places
    return np.asarray(places[np.linspace(0, len(places) - 1, most).astype(int)], np.int64)
