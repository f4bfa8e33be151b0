"""Where a move seems to rest, but only lettering does that is burnt into its frames.

Where hardly anything else offers corners, these are followed: the path stands still while the
picture goes on. What is drawn tells by its area that it has moved on.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.analysis.leaning import Detail, detail_of, lean_between, noise_of, shift_by
from engine.products.registration import Track
from engine.products.views import Floats, Survey, View

_RESTS = 0.2
"""Share of the usual pace below which a camera rests."""
_FAST = 0.1
"""Share of the fastest pace below which a step says nothing of the usual one."""
_CLEARLY = 3.0
"""Pixels of the small pictures that two frames must have moved apart to be compared."""
_APART = 12
"""Frames looked at besides, at most, until they have."""
_BESIDE = 3
"""Steps at each side of a rest that tell at which pace the move comes and goes on."""
_MOSTLY = 0.5
"""Share of the pairs within a rest that must show that the picture moves."""
_FEWEST = 2
"""Steps that a rest has; one is a frame held."""


def without_stalls(survey: Survey, track: Track) -> Floats | None:
    """Find rests of a path in which the picture goes on, and lead the path on through them.

    Parameters
    ----------
    survey : Survey
        Has the views of the track.
    track : Track

    Returns
    -------
    (N, 3) float64 array, or None
        About where each frame of the track lies, as in a :class:`Track`; None where nothing
        contradicts the path.
    """
    views = survey.views_of(track.frames)
    if len(views) != len(track):
        return None
    spans = np.diff(track.frames)[:, None]
    pace = np.diff(track.place[:, :2], axis=0) / spans
    speed = np.linalg.norm(pace, axis=1)
    fast = speed[speed > _FAST * speed.max(initial=0.0)]
    if not len(fast) or speed.max() <= 0:
        return None
    usual = float(np.median(fast))
    ratio = np.array(survey.ratio)
    found = False
    for first, last in _runs(speed < _RESTS * usual):
        around = [
            *range(max(0, first - _BESIDE), first),
            *range(last, min(last + _BESIDE, len(pace))),
        ]
        if last - first < _FEWEST or not around or first == 0 or last == len(pace):
            continue
        expected = np.median(pace[around], axis=0)
        if _goes_on(views[first : last + 1], expected / ratio):
            pace[first:last] = expected
            found = True
    if not found:
        return None
    place = track.place.copy()
    place[1:, :2] = place[0, :2] + np.cumsum(pace * spans, axis=0)
    return place


def _runs(marks: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[tuple[int, int]]:
    """Give the runs ``[first, last)`` of what is marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marks, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _goes_on(views: list[View], pace: Floats) -> bool:
    """Whether the picture moves at a pace, reduced pixels a frame, while the path rests."""
    details: dict[int, Detail] = {}
    moving = looked = 0
    for here, view in enumerate(views):
        for there in range(here + 1, min(here + _APART, len(views))):
            # The pictures that are compared are half as large. A camera that goes right takes
            # the picture left.
            way = -pace * (views[there].frame - view.frame) / 2
            if float(np.abs(way).max()) < _CLEARLY:
                continue
            before, after = (details.setdefault(i, detail_of(views[i].luma)) for i in (here, there))
            link = shift_by(way)
            lean = lean_between(before, after, link, noise_of(before, after, [link]))
            moving += lean.moves_throughout(way)
            looked += 1
            break
    return looked > 0 and moving >= _MOSTLY * looked
