"""Frames of a known camera move that were not looked at are placed by those beside them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.products.at_once import at_once
from engine.products.pairs import Pair
from engine.products.registration import Track, measure_near
from engine.products.views import Floats, Survey

Spot = Floats
"""``(4,)``: x and y in reduced pixels of the canvas, log scale and log brightness of a frame."""


def beside(frames: Sequence[int], frame: int) -> tuple[int, ...]:
    """Give those of ascending frames that are next to another one: before and after it."""
    after = bisect_left(frames, frame)
    return tuple(frames[max(0, after - 1) : after + 1])


def place_between(survey: Survey, track: Track, frames: Sequence[int], model: str) -> Track:
    """Place further frames of a move, each by those of its track that are beside it.

    Parameters
    ----------
    survey : Survey
        Of these frames, and of those beside each of them.
    track : Track
        Where the others lie.
    frames : sequence of int
        Ascending, none of the track's. Beyond its ends one leads to the next.
    model : str
        As :func:`~engine.products.registration.estimate_track` takes it.

    Returns
    -------
    Track
        Of all these frames, but for those that are lost.
    """
    number_of = {view.frame: number for number, view in enumerate(survey.views)}
    unit = (*survey.ratio, 1.0, 1.0)
    rows = np.column_stack([track.place, track.gain]) / unit
    spots: dict[int, Spot] = dict(zip(track.frames, rows, strict=True))

    def measure(known: int, new: int) -> Pair | None:
        here, there = spots[known], _expected(spots, new)
        x, y = (here[:2] - there[:2]) / np.exp(there[2])
        guess, grown = (float(x), float(y)), float(here[2] - there[2])
        pair = number_of[known], number_of[new]
        return measure_near(survey.views, pair, guess, grown, zoom=model != "translation")

    first, last = track.frames[0], track.frames[-1]
    asked = [
        (known, new) for new in frames if first < new < last for known in beside(track.frames, new)
    ]
    told: dict[int, list[tuple[Spot, Pair]]] = {}
    for (known, new), pair in zip(asked, at_once(lambda both: measure(*both), asked), strict=True):
        if pair is not None:
            told.setdefault(new, []).append((spots[known], pair))
    spots |= {new: _spot_by(pairs, track.model) for new, pairs in told.items()}
    beyond = [new for new in frames if new > last], [new for new in frames[::-1] if new < first]
    for known, way in zip((last, first), beyond, strict=True):
        for new in way:
            pair = measure(known, new)
            if pair is None:
                break
            spots[new] = _spot_by([(spots[known], pair)], track.model)
            known = new
    return _all_of(survey, track, {frame: spot * unit for frame, spot in spots.items()})


def _expected(spots: Mapping[int, Spot], frame: int) -> Spot:
    """Say where a frame should lie by the two next to it, or the two at the end it lies beyond."""
    frames = sorted(spots)
    after = min(max(1, bisect_left(frames, frame)), len(frames) - 1)
    low, high = frames[after - 1], frames[after]
    share = (frame - low) / (high - low)
    return np.asarray(spots[low] + (spots[high] - spots[low]) * share, np.float64)


def _spot_by(told: Sequence[tuple[Spot, Pair]], model: str) -> Spot:
    """Place a frame by what pairs with known ones say, those with more votes first."""
    found = []
    for spot, pair in told:
        scale = spot[2] - pair.zoom if model == "similarity" else spot[2]
        centre = spot[:2] - np.array(pair.move) * np.exp(scale)
        found.append([*centre, scale, spot[3] + pair.gain])
    return np.average(found, axis=0, weights=[pair.votes for _, pair in told])


def _all_of(survey: Survey, track: Track, spots: Mapping[int, Spot]) -> Track:
    detail = {view.frame: view.detail for view in survey.views}
    detail |= dict(zip(track.frames, track.detail, strict=True))
    frames = tuple(sorted(spots))
    rows = np.array([spots[frame] for frame in frames])
    return replace(
        track,
        frames=frames,
        place=rows[:, :3],
        gain=rows[:, 3],
        detail=np.array([detail[frame] for frame in frames]),
    )
