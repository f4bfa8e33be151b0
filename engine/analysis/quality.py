"""How good each frame is: sharpness, light, repeats, and mixes that nobody drew."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.drawing import alike, detail_of
from engine.analysis.looks import Look, difference
from engine.analysis.mixing import MixFinder
from engine.values import AnyArray, FrameFacts, Luma

_FAINTER = 0.85
"""Energy of the edges of a double exposure over its neighbours': that of an even one is a half."""

Place = tuple[float, float]

_RELEARN = 24
"""Frames after which the noise is learned anew."""

_MOVED_ON = 0.5
"""Source pixels that a camera moves at most while a drawing is held."""

_OPENING = 12
"""Frames from which the usual change of colour is learned."""
_OFF_COLOUR = 4.0
"""Change of mean colour that is seen, levels of one channel."""
_SAME_DRAWING = 0.6
"""Correlation of two frames of one drawing, though the camera moves."""

_LULL = 0.25
"""Share of its neighbours' change that a doubled frame has at most: noise."""

_LOUDEST = 16.0
"""Grey levels that noise reaches at most in a patch."""

_PATCH = 8
"""Side of the patches that tell a new drawing from noise, working pixels."""


@dataclass(slots=True)
class FactsKeeper:
    """Measures the frames of one shot as they come; keeps numbers, and the last few pictures."""

    scale: float
    """Reduced pixels for each source pixel."""
    sharpness: list[float] = field(default_factory=list)
    luma: list[float] = field(default_factory=list)
    change: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    """Largest change of any patch against the frame before, grey levels."""
    blend: list[bool] = field(default_factory=list)
    mixing: MixFinder = field(default_factory=MixFinder)
    """Looks for frames that were mixed to have more of them a second."""
    noise: float = 4.0
    """Changes up to this are noise, as far as is known, grey levels."""
    drawings: list[tuple[int, Look]] = field(default_factory=list)
    """The last drawings that differ, and their place in the shot."""

    def add(self, look: Look, place: Place) -> bool:
        """Measure the next frame; tell whether it is a new drawing.

        Parameters
        ----------
        look : Look
        place : (float, float)
            Of the camera, source pixels.
        """
        last = self.drawings[-1][1] if self.drawings else None
        before = self._before
        self.sharpness.append(look.sharpness * self.scale)
        self.luma.append(look.brightness)
        self.blend.append(False)
        self.mixing.add(look.grey)
        self._note_opening(look)
        if before is None or last is None:
            self.change.append(0.0)
            self.peak.append(255.0)
            self._new_drawing(look, place)
            return True
        gap = gap_of(before.grey, look.grey)
        self.change.append(cv2.mean(gap)[0])
        self.peak.append(patch_peak(gap))
        self._before = look
        if len(self.peak) % _RELEARN == 0:
            self.noise = noise_limit(np.array(self.peak[-4 * _RELEARN :]))
        new = (
            self.peak[-1] > self.noise
            or max(abs(a - b) for a, b in zip(place, self.place, strict=True)) > _MOVED_ON
            # Against the last drawing too: small changes may add up.
            or patch_peak(gap_of(last.grey, look.grey)) > 1.5 * self.noise
        )
        if new:
            self._new_drawing(look, place)
        return new

    _before: Look | None = None
    place: Place = (0.0, 0.0)
    """Of the camera at the last drawing, source pixels."""

    def _new_drawing(self, look: Look, place: Place) -> None:
        self._before, self.place = look, place
        self.drawings = [*self.drawings[-2:], (len(self.luma) - 1, look)]
        if len(self.drawings) < 3:
            return
        (_, early), (first, middle), (after, late) = self.drawings
        if is_blend(early.grey, middle.grey, late.grey) or is_flash(early, middle, late):
            for frame in range(first, after):
                self.blend[frame] = True

    def spoil(self, start: int, stop: int) -> None:
        """Mark frames of a fade or dissolve as unfit."""
        for place in range(max(0, start), min(stop, len(self.blend))):
            self.blend[place] = True

    def facts(self, path: NDArray[np.float32]) -> FrameFacts:
        """Give what was measured, as columns.

        Parameters
        ----------
        path : (N, 3) float array
            Of the camera: where it has moved on, however slowly, a frame is not a repeat.
        """
        self._judge_first()
        return FrameFacts(
            sharpness=np.array(self.sharpness, np.float32),
            luma=np.array(self.luma, np.float32),
            change=np.array(self.change, np.float32),
            repeat=self._repeats(path),
            blend=np.array(self.blend, np.bool_) | self.mixing.mixed(len(self.blend)),
        )

    def _repeats(self, path: NDArray[np.float32]) -> NDArray[np.bool_]:
        peak = np.array(self.peak)
        repeat = (peak <= noise_limit(peak)) | lone_lulls(peak)
        place = path[0, :2]
        for frame in range(1, len(repeat)):
            if float(np.abs(path[frame, :2] - place).max()) > _MOVED_ON:
                repeat[frame] = False
            if not repeat[frame]:
                place = path[frame, :2]
        return np.asarray(repeat, np.bool_)

    def _judge_first(self) -> None:
        """Leave out a first frame that the splice has put off in colour."""
        if len(self.tints) < 4 or self.first_alike < _SAME_DRAWING:
            return
        steps = np.abs(np.diff(np.stack(self.tints), axis=0)).max(axis=1)
        # Frames that follow each other through a move or a flicker keep their colour better.
        if steps[0] > max(_OFF_COLOUR, 3 * float(np.median(steps[1:]))):
            self.blend[0] = True

    tints: list[NDArray[np.float32]] = field(default_factory=list)
    """Mean colour of the first frames, BGR."""
    first_alike: float = 0.0
    """How alike the drawings of the first two frames are."""
    _opening: Look | None = None

    def _note_opening(self, look: Look) -> None:
        """Keep what tells whether the first frame is off in colour."""
        if len(self.tints) >= _OPENING:
            return
        self.tints.append(np.array(cv2.mean(look.thumb)[:3], np.float32))
        if self._opening is None:
            self._opening = look
        elif len(self.tints) == 2:
            self.first_alike = alike(detail_of(self._opening.thumb), detail_of(look.thumb))


def gap_of(one: Luma, other: Luma) -> Luma:
    """Give the absolute difference of two grey pictures."""
    return np.asarray(cv2.absdiff(one, other), np.uint8)


def noise_limit(peaks: NDArray[np.float64]) -> float:
    """Tell the largest change that is only noise, grey levels.

    Where drawings are held for two or three frames, changes fall into two heaps, far apart.

    Parameters
    ----------
    peaks : (N,) float array
        Of each frame, from :func:`patch_peak`.

    References
    ----------
    Otsu, "A threshold selection method from gray-level histograms", 1979 (on the logarithm).
    """
    usual = 4.0
    levels = np.sort(np.log(np.maximum(peaks[1:], 0.5)))
    count = len(levels)
    if count < 8:
        return usual
    below = np.arange(1, count)
    sums = np.cumsum(levels)[:-1]
    low, high = sums / below, (levels.sum() - sums) / (count - below)
    spread = below * (count - below) * (high - low) ** 2
    spread[(below < 0.08 * count) | (count - below < 0.08 * count)] = 0
    best = int(np.argmax(spread))
    between = (levels[best] + levels[best + 1]) / 2
    valley = float((np.abs(levels - between) < np.log(1.35)).mean())
    if high[best] - low[best] < np.log(3.5) or low[best] > np.log(16.0) or valley > 0.12:
        return usual
    return max(usual, float(np.exp(between)))


def lone_lulls(peaks: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark frames that change much less than those before and after them.

    Where film was made to run faster, one frame in 25 or so is doubled: too few to tell noise by.

    Parameters
    ----------
    peaks : (N,) float array
        Of each frame, from :func:`patch_peak`.

    Returns
    -------
    (N,) bool array
    """
    lull = np.zeros(len(peaks), np.bool_)
    lull[1:-1] = peaks[1:-1] <= _LULL * np.minimum(peaks[:-2], peaks[2:])
    return lull & (peaks <= _LOUDEST)


def patch_peak(gap: Luma) -> float:
    """Give the largest mean of any patch of a difference picture: noise has none, a move has."""
    height, width = (max(1, side // _PATCH) for side in gap.shape)
    # Whole patches make area averages several times as fast; a last odd line is left out.
    whole = gap[: height * _PATCH, : width * _PATCH]
    return float(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA).max())


def is_blend(early: Luma, middle: Luma, late: Luma) -> bool:
    """Whether a frame is a double exposure of its neighbours: an in-between that nobody drew.

    Parameters
    ----------
    early, middle, late : (H, W) uint8 arrays
        Three drawings in order, at working size.
    """
    strong = cv2.threshold(cv2.absdiff(early, late), 24, 1, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(strong) <= strong.size // 200:
        return False
    # Ten times as fast as with numbers.
    places = np.flatnonzero(strong.view(np.bool_))
    was = early.ravel()[places].astype(np.float32)
    moved, was = late.ravel()[places] - was, middle.ravel()[places] - was
    share = float((was * moved).sum() / (moved * moved).sum())
    if not 0.15 < share < 0.85:
        return False
    if float(np.abs(was - share * moved).mean() / np.abs(moved).mean()) >= 0.16:
        return False
    # What moves by a fraction of a pixel lies between its neighbours, too, but as sharp as they.
    around = cv2.dilate(strong, np.ones((3, 3), np.uint8))
    before, own, after = (_edge_energy(one, around) for one in (early, middle, late))
    return own < _FAINTER * (before + after) / 2


def _edge_energy(grey: Luma, where: AnyArray) -> float:
    """Sum the squared gradient over the places that are not 0 in ``where``."""
    across, down = (part.astype(np.float32) for part in cv2.spatialGradient(grey))
    return float(((across * across + down * down) * where).sum())


def is_flash(early: Look, middle: Look, late: Look) -> bool:
    """Whether a frame differs from both neighbours, which are alike."""
    away = min(difference(early.thumb, middle.thumb), difference(middle.thumb, late.thumb))
    return away > 12 and difference(early.thumb, late.thumb) < 0.3 * away
