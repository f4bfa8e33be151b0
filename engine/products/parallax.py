"""Layers that move at speeds of their own: found by how far corners go between distant frames.

What is nearer moves faster than the background when the camera pans; what keeps up with the
camera, or is burnt in, hardly moves in the frame at all. A layer's speed is told as a share of
the anchor's: 1 is the anchor itself, 0 stands still in the frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.products.at_once import at_once
from engine.products.pairs import follow
from engine.products.registration import Track, link
from engine.products.views import Floats, Survey
from engine.values import Size

LEAST_REACH = 0.08
"""Share of the frame's width that two frames must lie apart for layers to tell themselves."""
MOST_PAIRS = 60
SIDEWAYS = 2.0
"""Reduced pixels a corner may stray from the line of the move."""
BIN = 0.04
FASTEST = 3.0
APART = 0.15
"""Speeds this near to the anchor's belong to it."""
CONTINUOUS = 0.4
"""Speeds this near to the anchor's may be the same ground, nearer or further off."""
RANGE = (15, 85)
"""Percentiles of those that stand for far and near."""
SLOWEST = 0.3
"""What is slower keeps up with the camera: it is no background."""
NEARLY = 0.5
"""Share of the anchor's corners that makes a slower layer the background."""
LEAST_SHARE = 0.02
"""Of all corners, for a layer that covers the background."""
NEARER = 0.03
"""The same, for one that may cover parts of it in most of the frames."""
WEAK = 0.005
"""The same, for one that stands out from what moves a little slower or faster: detailed ground
leaves few corners to trunks that pass in front of it, but these go at one speed."""
STANDS_OUT = 2.0
"""So many times the share of all speeds ``BESIDE`` its own it must have."""
BESIDE = (0.14, 0.26)
HELD = 0.12
"""Share of the corners that must move with the anchor for others to tell of layers."""
CLOSE_REACH = 0.015
"""Share of the frame's width, about, that two frames lie apart in which corners of something thin
are met again: further apart, what is behind leads them astray."""
CLEARLY = 0.2
"""By which its speed must differ from the anchor's: over so short a way, less is in the noise."""
MOST_CLOSE = 24
"""Pairs of such frames."""
STRAIGHT = 1.0
"""Reduced pixels that a corner may stray from the line of the move then."""
SURE_SHARE = 0.012
"""Of all corners, for a layer that is found in close frames."""
REFINED = 0.05
"""Share of the frame's width that two frames lie apart in which its speed is measured."""
MOST_REFINED = 24
OFF = 0.06
"""By which its speed may be off before."""
LEAST_REFINED = 12
"""Corners that must tell of it there."""
MOST_NEARER = 2
PASSED = 0.1
"""Shares of a frame that it must go by, to uncover what it hides."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What moves at which speed in a camera move."""

    speeds: tuple[float, ...]
    """Of the layers besides the anchor, the largest layer first."""
    shares: tuple[float, ...]
    """Of all corners that could be followed, for each layer."""
    anchor: float
    """Share of the corners that move with the anchor."""
    range: tuple[float, float] = (1.0, 1.0)
    """Speeds of the far and near parts where layers run into each other."""
    close: tuple[float, ...] = ()
    """Further speeds, of what passes in front and is met again in close frames alone."""

    def speed_of(self, anchor: str) -> float:
        """Give the speed of the layer that frames are to be lined up by.

        ``far`` is the slowest that keeps pace with the anchor at all, ``near`` the fastest;
        ``auto`` goes to a slower one only where that is nearly as large.
        """
        if anchor == "near":
            return max([s for s in self.speeds if s > 1], default=max(self.range[1], 1.0))
        slower = [
            (speed, share)
            for speed, share in zip(self.speeds, self.shares, strict=True)
            if SLOWEST < speed < 1
        ]
        if anchor == "far":
            return min([s for s, _ in slower], default=min(self.range[0], 1.0))
        large = [s for s, share in slower if share > NEARLY * self.anchor]
        return min(large, default=1.0)

    def passing(self, track: Track, size: Size) -> tuple[float, ...]:
        """Give the speeds of what passes in front of the anchor, the largest layer first.

        ``size`` is that of a frame, in the track's pixels.
        """
        if self.anchor < HELD:
            return ()
        reach = float((np.ptp(track.place[:, :2], axis=0) / size).max())
        own = zip(self.speeds, self.shares, strict=True)
        # What is so weak was only kept as it stands out.
        told = [s for s, share in own if share >= NEARER or share < LEAST_SHARE]
        far = [s for s in (*told, *self.close) if (s - 1) * reach >= PASSED]
        return tuple(far[:MOST_NEARER])


NO_LAYERS = Layers((), (), 1.0)


def find_layers(survey: Survey, track: Track) -> Layers:
    """Find the speeds at which larger parts of the picture move, against the track's.

    Parameters
    ----------
    survey : Survey
        The frames, reduced.
    track : Track
        Where the anchor lies in them.
    """
    speed, total = _speeds(survey, track)
    if total < 50:
        return NO_LAYERS
    edges = np.arange(-APART, FASTEST, BIN)
    count = np.histogram(speed, edges)[0].astype(np.float64)
    share = np.convolve(count, np.ones(3), "same") / total
    middle = (edges[:-1] + edges[1:]) / 2
    anchor = float((np.abs(speed - 1) < APART / 2).sum() / total)
    every = share.copy()
    share[np.abs(middle - 1) < APART] = 0
    found = []
    while share.max(initial=0.0) >= WEAK:
        best = int(share.argmax())
        away = np.abs(middle - middle[best])
        beside = every[(away >= BESIDE[0]) & (away <= BESIDE[1])].max(initial=0.0)
        stands_out = middle[best] > 1 and share[best] > STANDS_OUT * beside
        if share[best] >= LEAST_SHARE or stands_out:
            own = speed[np.abs(speed - middle[best]) < 1.5 * BIN]
            found.append((float(np.median(own)), float(share[best])))
        share[away < APART] = 0
    near = speed[np.abs(speed - 1) < CONTINUOUS]
    slow, fast = np.percentile(near, RANGE) if len(near) else (1.0, 1.0)
    speeds = tuple(s for s, _ in found)
    return Layers(
        speeds,
        tuple(s for _, s in found),
        anchor,
        (float(slow), float(fast)),
        _found_close(survey, track, speeds) if anchor >= HELD else (),
    )


def _found_close(survey: Survey, track: Track, known: tuple[float, ...]) -> tuple[float, ...]:
    """Find what else passes in front, by frames that lie close together; the largest first."""
    pairs = _close_pairs(survey, track, CLOSE_REACH, MOST_CLOSE)
    speed, total = _followed(survey, track, pairs, 2, STRAIGHT)
    if total < 50:
        return ()
    edges = np.arange(1 + APART, FASTEST, BIN)
    share = (
        np.convolve(np.histogram(speed, edges)[0].astype(np.float64), np.ones(3), "same") / total
    )
    every = share.copy()
    middle = (edges[:-1] + edges[1:]) / 2
    for one in known:
        share[np.abs(middle - one) < APART] = 0
    found = []
    while share.max(initial=0.0) >= SURE_SHARE:
        best = int(share.argmax())
        away = np.abs(middle - middle[best])
        beside = every[(away >= BESIDE[0]) & (away <= BESIDE[1])].max(initial=0.0)
        if share[best] > STANDS_OUT * beside:
            own = speed[np.abs(speed - middle[best]) < 1.5 * BIN]
            found.append(_measured(survey, track, float(np.median(own))))
        share[away < APART] = 0
    return tuple(one for one in found if one > 1 + CLEARLY)


def _measured(survey: Survey, track: Track, speed: float) -> float:
    """Measure the speed of a layer that is about known between frames further apart."""
    pairs = _close_pairs(survey, track, REFINED, MOST_REFINED)
    found, _ = _followed(survey, track, pairs, 1, STRAIGHT, speed)
    own = found[np.abs(found - speed) < OFF]
    return float(np.median(own)) if len(own) >= LEAST_REFINED else speed


def _close_pairs(
    survey: Survey, track: Track, reach: float, most: int
) -> list[tuple[int, int, Floats]]:
    """Choose pairs of frames ``reach`` apart, or little more, from all over the move."""
    place = track.place[:, :2] / survey.ratio
    zoom = track.place[:, 2]
    least = reach * survey.views[0].luma.shape[1]
    pairs = []
    for i in range(len(place)):
        moves = (place[i] - place[i + 1 :]) / np.exp(zoom[i + 1 :, None])
        far = np.hypot(*moves.T)
        first = int((far >= least).argmax()) if (far >= least).any() else -1
        if first >= 0 and far[first] < 2.5 * least:
            pairs.append((i, i + 1 + first, moves[first]))
    return pairs[:: max(1, -(-len(pairs) // most))]


def _speeds(survey: Survey, track: Track) -> tuple[Floats, int]:
    """Follow corners between distant frames; give the speeds of those that go along the move."""
    views = survey.views_of(track.frames)
    place = track.place[:, :2] / survey.ratio
    zoom = track.place[:, 2]
    height, width = views[0].luma.shape
    linked = link(np.column_stack([place, zoom]), (height, width))
    moves = [(i, j, (place[i] - place[j]) / np.exp(zoom[j])) for i, j in linked]
    far = [(i, j, move) for i, j, move in moves if np.hypot(*move) >= LEAST_REACH * width]
    far = far[:: max(1, -(-len(far) // MOST_PAIRS))]
    return _followed(survey, track, far, 3, SIDEWAYS)


def _followed(
    survey: Survey,
    track: Track,
    pairs: list[tuple[int, int, Floats]],
    levels: int,
    sideways: float,
    speed: float = 1.0,
) -> tuple[Floats, int]:
    """Give the speeds of the corners of pairs of frames, of those that go along the move.

    Each is looked for where one of a layer of that ``speed`` would be; also say how many were.
    """
    views, zoom = survey.views_of(track.frames), track.place[:, 2]

    def speeds_of(pair: tuple[int, int, Floats]) -> tuple[Floats, int]:
        i, j, move = pair
        grown = float(zoom[i] - zoom[j])
        guess = float(speed * move[0]), float(speed * move[1])
        votes = follow(views[i], views[j], guess, grown, levels)
        moved = votes.moved - np.float32(np.expm1(grown)) * votes.at
        length = float(np.hypot(*move))
        along, aside = moved @ move / length, moved @ np.array([-move[1], move[0]]) / length
        return np.asarray(along[np.abs(aside) < sideways] / length, np.float64), len(moved)

    found = at_once(speeds_of, pairs)
    return np.concatenate([np.zeros(0), *(s for s, _ in found)]), sum(n for _, n in found)
