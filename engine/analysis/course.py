"""The course that a place takes through a shot, whoever was followed before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.analysis.leaning import (
    Detail,
    Way,
    changes_throughout,
    lean_between,
    likely_ways,
    noise_of,
    refined,
    shift_by,
)
from engine.analysis.similarity import Affine, median, similarity_of

MOVED = 1.0
"""Pixels of the small picture that are a motion."""

_SAME_SIZE = 0.01
"""Change of size up to which a motion is a mere shift."""
_TRIED = 4
"""Motions that are tried for a place too faint to be followed."""
_SLIGHT, _SELDOM = 0.03, 0.3
"""Noise, and the share of the pairs that change by more at both sides for that to be worth it."""
_AT_SIDES = 3
"""Parts of the picture's left and right side that must move."""
_BETTER = 1.1
"""How much better than a simpler motion another must explain these."""
_FEWEST = 3
"""Pairs that make a course."""
_NEIGHBOURS = 5
"""Pairs whose usual motion is expected of one among them."""
_UNEVEN = 0.35, 1.0
"""Share of that motion, and pixels of the small picture, by which it may be off."""
_FAR = 0.25
"""Share of the picture's width and height up to which a way is measured at once."""


@dataclass(slots=True)
class Pair:
    """Two frames of a shot, and what moves from one to the other."""

    start: int
    stop: int
    before: Detail
    after: Detail
    link: Affine
    """How what was followed has moved, pixels of the small picture."""
    tried: list[Way] = field(default_factory=list)
    """Ways that the place may have moved behind it."""
    throughout: bool = False
    """Whether the whole picture has moved with what was followed."""
    stays: bool = False
    """Whether it stays at both sides."""
    found: Way | None = None
    """The way that the place has moved, whatever was followed."""
    both: bool = False
    """Whether opposite sides have moved so."""

    @property
    def furthest(self) -> float:
        """Pixels by which what was followed would move the corners and the middle at most."""
        return float(np.abs(self._ways()).max())

    @property
    def moved(self) -> bool:
        """Whether what was followed has moved."""
        return self.furthest > MOVED

    @property
    def way(self) -> Way:
        """How it would move the middle."""
        return np.asarray(self._ways()[-1], np.float64)

    def _ways(self) -> NDArray[np.float64]:
        height, width = self.before.shape
        places = np.array(
            [[0, 0], [width, 0], [0, height], [width, height], [width / 2, height / 2]]
        )
        return np.asarray(places @ self.link[:2, :2].T + self.link[:2, 2] - places, np.float64)

    def guess(self) -> None:
        """Find out how the place may have moved."""
        ways = likely_ways(self.before, self.after, self.link, _TRIED)
        self.tried = [way for way in ways if float(np.abs(way).max()) > MOVED]

    def noise(self) -> float:
        """Tell how noisy the pictures are, so far as their motions are known."""
        return noise_of(self.before, self.after, [self.link, *map(shift_by, self.tried)])

    def ask(self, noise: float) -> None:
        """Ask the parts of the picture whether they have moved with what was followed."""
        if self.moved:
            lean = lean_between(self.before, self.after, self.link, noise)
            self.throughout, self.stays = lean.moves_throughout(self.way), lean.stays_throughout()

    def judge(self, noise: float) -> None:
        """Ask the parts of the picture which of the motions they have."""
        self.ask(noise)
        shifted = self.moved and abs(abs(similarity_of(self.link).turn) - 1) < _SAME_SIZE
        self.find([*([self.way] if shifted else []), *self.tried], noise)

    def find(self, ways: list[Way], noise: float) -> None:
        """Find out which of some ways both sides of the picture have gone, if any."""
        best = 0.0
        for way in [simple for both in ways for simple in _simple_first(both)]:
            lean = lean_between(self.before, self.after, shift_by(way), noise)
            moving, staying = lean.at_sides()
            if moving >= _AT_SIDES and moving - 2 * staying > _BETTER * best:
                best = moving - 2 * staying
                self.found = refined(self.before, self.after, way, lean)
                self.both = lean.moves_throughout(way)

    def lose(self) -> None:
        """Forget the way that was found."""
        self.found, self.both = None, False


def judge_pairs(pairs: list[Pair]) -> float:
    """Ask all pairs of a shot what moves, and tell how noisy they are."""
    changing = share_of(changes_throughout(pair.before, pair.after, _SLIGHT) for pair in pairs)
    if changing > _SELDOM:
        for pair in pairs:
            pair.guess()
    noise = median(np.array([pair.noise() for pair in pairs]))
    for pair in pairs:
        pair.judge(noise)
    return noise


def find_course(pairs: list[Pair], noise: float) -> None:
    """Keep of the ways that were found those of one course; look for it in the other pairs."""
    found = _with_way(pairs)
    odd = [pair for pair in found if not _fits(pair, _expected(pair, found))]
    for pair in odd:
        pair.lose()
    kept = _with_way(pairs)
    if len(kept) < _FEWEST:
        for pair in kept:
            pair.lose()
        return
    for pair, way in [(pair, _expected(pair, kept)) for pair in pairs]:
        own = pair.found
        if own is None or not _is_near(own, way):
            pair.lose()
            pair.find([way, *([] if own is None else [own])], noise)
            if not _fits(pair, way):
                pair.lose()


def measure_course(pairs: list[Pair], noise: float) -> list[Way]:
    """Measure how far the place goes from frame to frame of each pair.

    Ways are measured against a first frame for as long as it is in the picture, so that errors
    add up only where another takes its place.

    Parameters
    ----------
    pairs : list of Pair
        Of which some have a way, from :func:`find_course`.
    noise : float
        From :func:`judge_pairs`.

    Returns
    -------
    list of (2,) float64 arrays
        Pixels of the small picture.
    """
    kept = _with_way(pairs)
    course: list[Way] = []
    first, total = pairs[0], np.zeros(2)
    for number, pair in enumerate(pairs):
        way = _way_of(pair, kept, noise)
        height, width = pair.before.shape
        far = np.abs(total + way) > (_FAR * width, _FAR * height)
        if far.any() or (number and pairs[number - 1].stop != pair.start):
            first, total = pair, np.zeros(2)
        reached = total + way
        lean = lean_between(first.before, pair.after, shift_by(reached), noise)
        moving, staying = lean.at_sides()
        if moving >= _AT_SIDES and moving > 2 * staying:
            reached = refined(first.before, pair.after, reached, lean)
        course.append(reached - total)
        total = reached
    return course


def share_of(truths: Iterable[bool]) -> float:
    """Give the share of what is true; 0 of nothing."""
    marks = list(truths)
    return sum(marks) / max(1, len(marks))


def _way_of(pair: Pair, kept: list[Pair], noise: float) -> Way:
    """Give a pair's way: where none was found that of its neighbours, unless it rests."""
    if pair.found is not None:
        return pair.found
    way = _expected(pair, kept)
    lean = lean_between(pair.before, pair.after, shift_by(way), noise)
    return np.zeros(2) if lean.rests() else way


def _with_way(pairs: list[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair.found is not None]


def _expected(pair: Pair, found: list[Pair]) -> Way:
    near = sorted(found, key=lambda other: abs(other.start - pair.start))[:_NEIGHBOURS]
    ways = [other.found for other in near if other.found is not None]
    return np.asarray(np.median(ways, axis=0), np.float64)


def _fits(pair: Pair, way: Way) -> bool:
    """Whether a pair has a way that is expected, or a slower one: it may come to rest."""
    if pair.found is None:
        return False
    pace = float(way @ way)
    slower = min(max(float(pair.found @ way) / max(pace, 1e-6), 0.0), 1.0)
    return _is_near(pair.found, way) or _is_near(pair.found, slower * way, way)


def _is_near(way: Way, other: Way, course: Way | None = None) -> bool:
    """Whether a way is about another, as exactly as ``course``, if given, is known."""
    share, pixels = _UNEVEN
    pace = float(np.hypot(*(other if course is None else course)))
    return float(np.abs(way - other).max()) <= max(pixels, share * pace)


def _simple_first(way: Way) -> list[Way]:
    """Give a way across and a way down, then both: lines along it do not tell how far it goes."""
    across, down = np.array([way[0], 0.0]), np.array([0.0, way[1]])
    return [*(part for part in (across, down) if float(np.abs(part).max()) > MOVED), way]
