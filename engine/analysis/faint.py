"""Whether the place moves in a shot, or only who is in it.

Before a painted wall or an empty sky the only corners are a figure's, and whoever follows them
takes the figure's way for the camera's; water and leaves are followed where they fill the picture.
A camera that moves takes the picture along at both its sides, however faint; a figure has the place
beside it, which stays or is too plain to tell.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.analysis.camera import GROUNDED, camera_path, name_camera
from engine.analysis.course import (
    MOVED,
    Pair,
    find_course,
    judge_pairs,
    measure_course,
    share_of,
)
from engine.analysis.foreground import measure_foreground
from engine.analysis.greys import GreyFrame
from engine.analysis.leaning import Detail, Way, changes_throughout, detail_of, shift_by
from engine.analysis.similarity import Affine, inverse, median
from engine.analysis.tracking import Step
from engine.values import Camera, Luma, Mask, Size

_THIN = 0.5
"""Textured share of the picture below which a shot is judged so."""
_SCATTERED = 0.22
"""Share of the picture that moves as one, below which it is judged so, too: in grain there is
something to be found everywhere, but little to follow."""
_SPACING = 6
"""Frames from one of a pair to the other."""
_TIMES = (1, 2, 4)
"""How many times as many are tried until what moves has moved clearly."""
_CLEARLY = 2.0
"""Pixels of the small picture that it has moved then."""
_OFTEN = 75
"""Percent of the pairs in which it may have moved less."""
_MOST = 64
"""Frames that are kept of a shot."""
_FEWEST = 4
"""Pairs that a shot must have to be judged."""
_FEWEST_MOVED = 2
"""Of these, in which something must have moved for the place to be seen to stay."""
_SMALLEST = 32
"""Pixels of the picture's shorter side; less has no parts."""

_PROVEN, _UNPROVEN = 0.5, 0.3
"""Share of the pairs in which the whole picture must have the motion of what was followed, and
below which it has it hardly ever."""
_FOUND, _BOTH = 0.5, 0.4
"""Share of the pairs in which another motion of the place must be found, and at both sides."""
_SURER = 0.1
"""How much more often that must be than the motion of what was followed is the whole picture's."""
_STRAYS = 0.15
"""Share of the pairs in which what was followed must go another way."""
_RESTLESS = 0.75
"""Share of the pairs in which both sides of the picture may change while the place stays."""
_STAYING = 0.4
"""Share of the pairs in which both sides must be seen to stay for that not to matter."""
_SEEN_TO_MOVE = 0.1
"""Share of the pairs up to which the whole picture may seem to move with what was followed, for a
place that has much to follow to be at rest."""
_ALL = 0.5
"""Share of the picture that changes when it is not only somebody who passes."""
_AT_HAND = 0.12
"""Share of the picture's width: an unproven motion within that is somebody's who talks."""

_UNSTEADY = (Camera.HANDHELD, Camera.COMPLEX, Camera.ZOOM_IN, Camera.ZOOM_OUT)


class FaintBackdrop:
    """Keeps some frames of a shot, and judges by them whether the place moves.

    Parameters
    ----------
    still : (H, W) bool array or None
        Places that belong to no picture.
    """

    def __init__(self, still: Mask | None) -> None:
        self._inside = _inside(still)
        self._frames: dict[int, Luma] = {}
        self._stride = 1

    def add(self, frame: int, grey: Luma) -> None:
        """Keep a frame of a shot, counted from its first, if it is wanted."""
        if not self._wants(frame):
            return
        self._frames[frame] = grey[self._inside]
        if len(self._frames) > _MOST:
            # Pairs stay together.
            self._stride = max(4, 2 * self._stride)
            self._frames = {f: kept for f, kept in self._frames.items() if self._wants(f)}

    def _wants(self, frame: int) -> bool:
        number, rest = divmod(frame, _SPACING)
        return rest == 0 and number % self._stride < 2

    def settle(self, steps: list[Step]) -> list[Step]:
        """Give the steps of a shot as they are, or as its faint backdrop says they must be.

        Parameters
        ----------
        steps : list of Step
            One for each frame of the shot.

        Returns
        -------
        list of Step
            The same; or marked as the whole picture's motion; or those of a place that stays while
            somebody moves before it; or those of a place that moves behind somebody who stays.
        """
        if share_of(step.grounded for step in steps) > GROUNDED:
            return steps
        thin = _is_thin(steps)
        if not (thin or self._wanders(steps)):
            return steps
        pairs = self._pairs(steps)
        if len(pairs) < _FEWEST:
            return steps
        if not thin:
            return self._at_rest(steps) if _stays_behind(pairs) else steps
        noise = judge_pairs(pairs)
        course = _other_course(pairs, noise)
        if course is not None:
            return self._moving(steps, pairs, course)
        moved = [pair for pair in pairs if pair.moved]
        if not moved:
            return steps
        proven = share_of(pair.throughout for pair in moved)
        if proven >= _PROVEN:
            return [replace(step, throughout=True) for step in steps]
        calm = proven < _UNPROVEN and _is_calm(moved, noise)
        return self._at_rest(steps) if calm or self._is_near(steps) else steps

    def _wanders(self, steps: list[Step]) -> bool:
        """Whether what was followed goes no straight way, as people, water and leaves do.

        Who leaves, or letters that come and go, may look like a zoom for some frames.
        """
        if not self._frames:
            return False
        height, width = next(iter(self._frames.values())).shape
        size: Size = (width, height)
        reach = 0.25 * (width + height)
        path = camera_path(steps, size, 1.0) * (1.0, 1.0, reach)
        return name_camera(path, size) in _UNSTEADY

    def _at_rest(self, steps: list[Step]) -> list[Step]:
        """Give the steps of a place that stays, unless most of the picture changes."""
        passing = self._passing()
        if passing > _ALL:
            return steps
        return [_placed(step, steps[0].pose, passing) for step in steps]

    def _pairs(self, steps: list[Step]) -> list[Pair]:
        """Take pairs of frames so far apart that what moves has clearly moved."""
        if not self._frames or min(next(iter(self._frames.values())).shape) < _SMALLEST:
            return []
        details = {frame: detail_of(grey) for frame, grey in self._frames.items()}
        candidates = [self._apart(details, steps, times) for times in _TIMES]
        for pairs in candidates:
            if pairs and np.percentile([pair.furthest for pair in pairs], _OFTEN) > _CLEARLY:
                return pairs
        return candidates[0]

    def _apart(self, details: dict[int, Detail], steps: list[Step], times: int) -> list[Pair]:
        pairs = []
        for start in list(details)[::times]:
            stop = start + times * _SPACING
            if stop in details:
                link = self._small(inverse(steps[stop].pose) @ steps[start].pose)
                pairs.append(Pair(start, stop, details[start], details[stop], link))
        return pairs

    def _small(self, link: Affine) -> Affine:
        """Give a motion as the small pictures have it."""
        rows, columns = self._inside
        corner = np.array([columns.start or 0, rows.start or 0], np.float64)
        small = link.copy()
        small[:2, 2] = (link[:2, :2] @ corner + link[:2, 2] - corner) / 2
        return small

    def _is_near(self, steps: list[Step]) -> bool:
        """Whether what was followed has not gone far."""
        height, width = next(iter(self._frames.values())).shape
        middle = np.array([width / 2, height / 2, 1.0])
        path = np.array([(step.pose @ middle)[:2] for step in steps])
        return bool(np.ptp(path, axis=0).max() < _AT_HAND * width)

    def _passing(self) -> float:
        """Measure how much of the picture somebody takes who passes before a place that stays."""
        first, *others = map(GreyFrame, self._frames.values())
        return float(np.mean([measure_foreground(first, other, np.eye(3)) for other in others]))

    def _moving(self, steps: list[Step], pairs: list[Pair], course: list[Way]) -> list[Step]:
        # A pixel of the small picture is two of the frame.
        ways = [2 * way for way in course]
        middles = [(pair.start + pair.stop) / 2 for pair in pairs]
        pace = np.array([w / (p.stop - p.start) for w, p in zip(ways, pairs, strict=True)])
        between = np.arange(1, len(steps)) - 0.5
        went = np.column_stack([np.interp(between, middles, pace[:, axis]) for axis in (0, 1)])
        places = np.vstack([np.zeros((1, 2)), -np.cumsum(went, axis=0)])
        differs = [self._differs(p, w) for p, w in zip(pairs, ways, strict=True)]
        share = float(np.mean(differs))
        return [
            replace(_placed(step, steps[0].pose @ shift_by(place), share), throughout=True)
            for step, place in zip(steps, places, strict=True)
        ]

    def _differs(self, pair: Pair, way: Way) -> float:
        before, after = (GreyFrame(self._frames[frame]) for frame in (pair.start, pair.stop))
        return measure_foreground(before, after, shift_by(way))


def _placed(step: Step, pose: Affine, foreground: float) -> Step:
    """Give a step with another place, of which no layers are known."""
    return replace(step, pose=pose, support=1.0, foreground=foreground, depth=0.0, reach=0.0)


def _is_thin(steps: list[Step]) -> bool:
    """Whether there is little to follow in a shot."""
    textured = np.array([step.textured for step in steps])
    together = textured * [step.support for step in steps]
    return median(textured) <= _THIN or median(together) <= _SCATTERED


def _other_course(pairs: list[Pair], noise: float) -> list[Way] | None:
    """Find a course of the place that is not the way of what was followed."""
    proven = share_of(pair.throughout for pair in pairs)
    find_course(pairs, noise)
    found = share_of(pair.found is not None for pair in pairs)
    if found < max(_FOUND, proven + _SURER) or share_of(p.both for p in pairs) < _BOTH:
        return None
    course = measure_course(pairs, noise)
    apart = [np.abs(way - pair.way).max() for way, pair in zip(course, pairs, strict=True)]
    return course if share_of(bool(far > MOVED) for far in apart) > _STRAYS else None


def _stays_behind(pairs: list[Pair]) -> bool:
    """Whether the place is seen to stay at both sides, whoever was followed."""
    noise = median(np.array([pair.noise() for pair in pairs]))
    for pair in pairs:
        pair.ask(noise)
    moved = [pair for pair in pairs if pair.moved]
    if len(moved) < _FEWEST_MOVED or share_of(pair.throughout for pair in moved) > _SEEN_TO_MOVE:
        return False
    return share_of(pair.stays for pair in moved) >= _STAYING


def _is_calm(pairs: list[Pair], noise: float) -> bool:
    """Whether the sides of the picture hardly change, or are seen to stay while somebody passes."""
    restless = share_of(changes_throughout(pair.before, pair.after, noise) for pair in pairs)
    return restless < _RESTLESS or share_of(pair.stays for pair in pairs) >= _STAYING


def _inside(still: Mask | None) -> tuple[slice, slice]:
    """Give the rows and columns in which there is a picture."""
    whole = slice(None), slice(None)
    if still is None:
        return whole
    rows, columns = (np.flatnonzero(still.mean(axis=axis) < 0.5) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return whole
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
