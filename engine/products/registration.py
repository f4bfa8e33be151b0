"""Where each frame of a camera move lies: pairs of frames are measured, then solved together.

A graph of pairs, not only neighbours, is solved by robust least squares, so that three hundred
frames do not drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from engine.errors import RenderError
from engine.events import Advanced, Work
from engine.products.at_once import at_once
from engine.products.brightness import usual_gain
from engine.products.groups import LOST, Hopes, together
from engine.products.in_betweens import without_in_betweens
from engine.products.pairs import PRIOR, Pair, coarse_shift, measure_pair
from engine.products.views import Floats, Survey, View

PATH_PRIOR = 4.0
"""Reduced pixels by which a prediction may be off, where a path is known."""
LAYER_PRIOR = 2.5
"""The same, where another layer must not be taken instead."""
LEAST_SHARES = {PRIOR: 0.15, PATH_PRIOR: 0.1, LAYER_PRIOR: 0.02}
"""Of the corners, that must agree; few, where a layer is followed that is not the largest."""
OFF_PATH = 0.3
"""Of the corners, that must agree that a path is wrong."""
KEY_SPACING = 0.1
"""Share of the frame between two keyframes."""
KEY_REACH = 0.45
"""Frames further apart than this share of the frame are not compared."""
SCALE_DRIFT = 0.012
"""A zoom below this over the whole path is taken for noise."""
ROUGH_ZOOM = 0.02
"""A zoom added up from frame to frame below this may be an error added up."""
AT_ONCE = 12
"""Pairs measured between two words on how far that is."""
SURE = 0.7
"""Share of the corners below which a step of a chain is looked at from a coarse guess, too: among
tiles and fences, half of them may agree on one that is a tile too long."""
LOOKED_THROUGH = 32
"""Views at the beginning of a chain among which mixes are looked for: held footage has some."""
LEAST_SHARE = 0.12
"""Of the votes cast, those that must agree for views to follow each other."""
SETS_OUT, OFF_COURSE, FEWEST_TOLD = 1.2, 0.5, 16
"""Where fewer do: pixels that the views before moved by at least, pixels that they may go another
way, and votes that must say so."""
PAST = 5
"""Views that a chain may be broken by and go on behind."""
IN_VAIN = 4
"""Breaks in a row that nothing goes on behind, from which on none is looked past: each look takes
ten times what a step does, and where nothing at all can be followed, every step is a break."""
SPREAD = 3
"""Of neighbours along a known path, every n-th is measured first."""
RETRACED_AT_ONCE = 2
"""Of these, measured before it is asked whether enough of the move can still be followed."""


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
    """Median disagreement of the measured pairs with the solution, each counted for as much as it
    counts there, picture pixels."""
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


_Asked = tuple[int, int, tuple[float, float], float]
"""Two frames that follow each other, and how the second is thought to lie."""


class Chain:
    """Measures each view against the one before; more of them as they come."""

    def __init__(self, *, zoom: bool = False) -> None:
        self._zoom = zoom
        self._views: list[View] = []
        self._pairs: list[Pair | None] = []
        self._known: dict[_Asked, tuple[View, View, Pair | None]] = {}
        self._mixed = False
        """Whether some of the views are mixes of others, which have no part."""

    def begin(self, views: Sequence[View]) -> None:
        """Measure views while others come; none any more where some would have to be left out."""
        if len(self._views) < LOOKED_THROUGH and not self._mixed:
            shown = without_in_betweens(Survey(list(views), (1.0, 1.0))).views
            self._mixed = len(shown) < len(views)
        if not self._mixed:
            self.go_on(views)

    def of(self, views: Sequence[View]) -> list[Pair | None]:
        """Give the pairs of some views; None where the picture cannot be followed.

        Of those that follow each other as they did before, it knows them.
        """
        self._views, self._pairs = [], []
        self.go_on(views)
        return self._pairs

    def go_on(self, views: Sequence[View]) -> None:
        """Measure further views."""
        for view in views:
            self._views.append(view)
            if len(self._views) > 1:
                self._pairs.append(self._last())

    def _last(self) -> Pair | None:
        first, second = self._views[-2:]
        before = next((pair for pair in reversed(self._pairs) if pair is not None), None)
        guess = ((0.0, 0.0), 0.0) if before is None else (before.move, before.zoom)
        asked = (first.frame, second.frame, *guess)
        known = self._known.get(asked)
        if known is None or known[0] is not first or known[1] is not second:
            known = first, second, self._measured(*guess)
            self._known[asked] = known
        pair, place = known[2], len(self._pairs)
        return pair if pair is None else replace(pair, first=place, second=place + 1)

    def _measured(self, last: tuple[float, float], growing: float) -> Pair | None:
        """Measure the last two views, of which it is known how those before them lie."""
        views, zoom, i = self._views, self._zoom, len(self._views) - 1
        pair = measure_pair(views, i - 1, i, last, zoom=zoom, guess_zoom=growing)
        if pair is None or pair.share < SURE:
            guess = coarse_shift(views[i - 1], views[i])
            other = measure_pair(views, i - 1, i, guess, zoom=zoom, guess_zoom=growing)
            if other is not None and (pair is None or other.votes > pair.votes):
                pair = other
        if pair is None or pair.share >= LEAST_SHARE or self._goes_on(pair, last, growing):
            return pair
        return None

    def _goes_on(self, pair: Pair, last: tuple[float, float], growing: float) -> bool:
        """Tell whether the few corners that agree say what those before them said.

        Where little but broad lights and soft edges is to be seen, most corners drift along these.
        Started from where it is expected, a corner may stay there for want of anything to follow:
        so it is started from rest, too.
        """
        if np.hypot(*last) < SETS_OUT or pair.votes < FEWEST_TOLD:
            return False
        i = len(self._views) - 1
        alone = measure_pair(self._views, i - 1, i, (0.0, 0.0), zoom=self._zoom)
        if alone is None or alone.votes < FEWEST_TOLD:
            return False
        moves = np.array([pair.move, alone.move]) - last
        return bool(np.hypot(*moves.T).max() < OFF_COURSE)

    def past(self, i: int) -> Pair | None:
        """Measure a view against the next that goes on from it, where the one just after does not.

        ``i`` is a place among the views that :meth:`of` was asked for last.
        """
        views, before = self._views, self._pairs[i - 1] if i else None
        pace = np.zeros(2)
        if before is not None:
            pace = np.array(before.move) / (views[i].frame - views[i - 1].frame)
        for j in range(i + 2, min(len(views), i + 2 + PAST)):
            x, y = pace * (views[j].frame - views[i].frame)
            for guess in ((float(x), float(y)), coarse_shift(views[i], views[j])):
                pair = measure_pair(views, i, j, guess, zoom=self._zoom)
                if pair is not None and pair.share > OFF_PATH:
                    return pair
        return None


def longest_run(views: Sequence[View], chain: Chain) -> tuple[list[int], list[Pair]]:
    """Follow views in a chain, past a few that show something else: a flash, a splice, damage.

    Returns
    -------
    list of int, list of Pair
        The views of the run that travels furthest, and how each lies to the one before, in
        places of that list.

    Raises
    ------
    RenderError
        If not even two views can be followed.
    """
    steps = chain.of(views)
    best, best_travel, start = ([0], list[Pair]()), -1.0, 0
    vain = 0  # looks past a break, since anything was followed last, that found nothing
    while start < len(views):
        run, pairs, travel = [start], list[Pair](), 0.0
        while run[-1] < len(steps):
            pair = steps[run[-1]]
            if pair is None and vain < IN_VAIN:
                pair = chain.past(run[-1])
            if pair is None:
                vain += 1
                break
            vain = 0
            pairs.append(replace(pair, first=len(pairs), second=len(pairs) + 1))
            travel += float(np.hypot(*pair.move)) + 0.01
            run.append(pair.second)
        if travel > best_travel:
            best, best_travel = (run, pairs), travel
        start = run[-1] + 1
    if not best[1]:
        raise RenderError(LOST)
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


def camera_path(survey: Survey, chain: Chain) -> tuple[tuple[int, ...], Floats]:
    """Follow the camera roughly, frame to frame, by a chain that may have begun.

    Returns
    -------
    tuple of int, (N, 3) float64 array
        The frames of the run that travels furthest, and the camera at each: x, y in pixels of the
        picture as read, log zoom.

    Raises
    ------
    RenderError
        If nothing can be followed.
    """
    views = survey.views
    run, pairs = longest_run(views, chain)
    moves = np.array([[*p.move, p.zoom] for p in pairs])
    path = np.zeros((len(run), 3))
    path[1:] = np.cumsum(moves * [-survey.ratio[0], -survey.ratio[1], 1], axis=0)
    return tuple(views[i].frame for i in run), path


def keys_along(unit: Floats, spacing: float) -> list[int]:
    """Choose frames ``spacing`` apart along a path, its ends among them; both in frame sizes."""
    keys = [0]
    for i in range(1, len(unit)):
        if np.abs(unit[i] - unit[keys[-1]]).max() >= spacing:
            keys.append(i)
    if keys[-1] != len(unit) - 1:
        keys.append(len(unit) - 1)
    return keys


def link(place: Floats, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Choose the pairs to measure: neighbours, and each frame with keyframes it overlaps.

    ``place`` is ``(N, 2)`` x and y in reduced pixels, or ``(N, 3)`` with log zoom.
    """
    height, width = shape
    unit = place / np.array([width, height, 1.0][: place.shape[1]])
    keys = keys_along(unit, KEY_SPACING)
    chosen: set[tuple[int, int]] = set()
    key_units = unit[keys]
    for i in range(len(unit)):
        far = np.abs(key_units - unit[i]).max(axis=1)
        reach = [k for k in np.argsort(far, kind="stable") if far[k] < KEY_REACH and keys[k] != i]
        wanted = reach[:2] + (reach[2::2][:3] if i in keys else [])
        chosen.update((min(i, keys[k]), max(i, keys[k])) for k in wanted)
    return sorted(chosen)


def estimate_track(
    survey: Survey,
    model: str,
    rough: Floats | None = None,
    least: float = 0.0,
    chain: Chain | None = None,
) -> Work[Track]:
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
    least : float
        Share of the views that must be lined up along ``rough``.
    chain : Chain, optional
        That has begun to follow them.

    Returns
    -------
    Track
        In pixels of the picture; the longest run of frames that could be followed.

    Raises
    ------
    RenderError
        If nothing can be followed: no texture, or too fast. If fewer than ``least`` can be lined
        up: as soon as that is certain.
    """
    views, trust, neighbours = survey.views, PRIOR, list[Pair]()
    if rough is None:
        views, neighbours = _chained(survey.views, chain or Chain())
        rough = _added_up(neighbours, zoom=model != "translation")
    else:
        trust = PATH_PRIOR
        neighbours, rough = _retraced(views, rough, model, least)
    links = link(rough, views[0].luma.shape)
    if model == "translation":
        rough[:, 2] = 0
    hopes = Hopes(len(views), neighbours, least if trust == PATH_PRIOR else 0.0)
    linked = yield from _measure(views, links, rough[:, :2], rough[:, 2], model, trust, hopes)
    pairs = [*neighbours, *linked]
    if trust == PATH_PRIOR:
        views, pairs, kept = together(views, pairs)
        rough = rough[kept]
    track = solve_track(views, pairs, survey.ratio, model)
    if track.model == "translation" or _agree(track.place[:, 2], rough[:, 2]):
        return track
    # A zoom spreads the corners apart: follow them again from where it puts them.
    return (yield from track_near(replace(survey, views=views), track.place, "similarity"))


def track_near(survey: Survey, place: Floats, model: str) -> Work[Track]:
    """Place views on one canvas that are known to lie very nearly where ``place`` says.

    Parameters
    ----------
    survey : Survey
        Views in order of time.
    place : (N, 3) float64 array
        As in a :class:`Track`.
    model : str
        As for :func:`estimate_track`.
    """
    views, near = survey.views, place / (*survey.ratio, 1.0)
    links = sorted({*link(near, views[0].luma.shape), *pairwise(range(len(near)))})
    pairs = yield from _measure(views, links, near[:, :2], near[:, 2], model)
    return solve_track(views, pairs, survey.ratio, model)


def _chained(views: list[View], chain: Chain) -> tuple[list[View], list[Pair]]:
    """Give the longest run of views that can be followed, and how each lies to the one before."""
    run, neighbours = longest_run(views, chain)
    return [views[i] for i in run], neighbours


def _retraced(
    views: list[View], path: Floats, model: str, least: float
) -> tuple[list[Pair], Floats]:
    """Measure how neighbours lie that are known to lie along a path; mend the path by it."""
    steps, zoom = np.diff(path, axis=0), model != "translation"

    def measure(i: int) -> Pair | None:
        (x, y, grown), shrink = steps[i], np.exp(path[i + 1, 2])
        guess = float(-x / shrink), float(-y / shrink)
        return measure_near(views, (i, i + 1), guess, -grown, zoom=zoom)

    # From all over the move, so that it shows soon where it cannot be followed.
    order = [i for first in range(SPREAD) for i in range(first, len(steps), SPREAD)]
    hopes, pairs = Hopes(len(views), (), least), list[Pair]()
    for start in range(0, len(order), RETRACED_AT_ONCE):
        stop = start + RETRACED_AT_ONCE
        pairs += [pair for pair in at_once(measure, order[start:stop]) if pair is not None]
        hopes.refuse_pieces(pairs, [(i, i + 1) for i in order[stop:]])
    pairs.sort(key=lambda pair: pair.first)
    for pair in pairs:
        steps[pair.first, :2] = -np.array(pair.move) * np.exp(path[pair.second, 2])
    return pairs, path[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


def measure_near(
    views: Sequence[View],
    pair: tuple[int, int],
    guess: tuple[float, float],
    grown: float,
    *,
    zoom: bool,
) -> Pair | None:
    """Measure a pair that is known to lie about so; where it does not, from a look at both."""
    least = LEAST_SHARES[PATH_PRIOR]
    found = measure_pair(views, *pair, guess, zoom=zoom, guess_zoom=grown, near=PATH_PRIOR)
    if found is None or found.share < least:
        found = measure_pair(views, *pair, coarse_shift(views[pair[0]], views[pair[1]]))
        least = OFF_PATH
    return found if found is not None and found.share > least else None


def _agree(log_scale: Floats, other: Floats) -> bool:
    """Tell whether two zooms are the same but for where they begin."""
    return bool(np.ptp(log_scale - other) < ROUGH_ZOOM / 2)


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
    views = survey.views_of(track.frames)
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
    return solve_track(views, [*pairs, *held], survey.ratio, track.model)


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
    hopes: Hopes | None = None,
) -> Work[list[Pair]]:
    """Measure the linked pairs, starting from where the views are thought to lie."""

    def measure(linked: tuple[int, int]) -> Pair | None:
        i, j = linked
        x, y = (place[i] - place[j]) / np.exp(log_scale[j])
        return measure_pair(
            views,
            i,
            j,
            (float(x), float(y)),
            zoom=model != "translation",
            guess_zoom=float(log_scale[i] - log_scale[j]),
            levels=1,
            near=trust,
        )

    pairs: list[Pair] = []
    for start in range(0, len(links), AT_ONCE):
        if hopes is not None:
            hopes.refuse_hopeless(pairs, links[start:])
        part = links[start : start + AT_ONCE]
        measured = at_once(measure, part)
        pairs += [p for p in measured if p is not None and p.share > LEAST_SHARES[trust]]
        yield Advanced("lining up", start + len(part), len(links), "pairs")
    return pairs


def solve_track(
    views: Sequence[View], pairs: Sequence[Pair], ratio: tuple[float, float], model: str
) -> Track:
    """Place views where measured pairs say, all of them together."""
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
        gain=gains[:, 0] - usual_gain(gains[:, 0], views, centre),
        detail=np.array([v.detail for v in views]),
        residual=_median_of(left, np.sqrt([p.votes for p in pairs])) * sum(ratio) / 2,
        agreement=float(np.median([p.share for p in pairs])),
        model="similarity" if zooming else "translation",
    )


def _median_of(values: Floats, weights: Floats) -> float:
    """Give the value below which half of all weight lies."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])
