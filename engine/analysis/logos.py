"""Logos and watermarks: edges that stay where they are while one picture follows another.

The mean gradient over many unlike pictures is nothing but what they have in common. So a logo is
found however thin it is laid over the film.

References
----------
Dekel, Rubinstein, Liu and Freeman, "On the effectiveness of visible watermarks", CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Box, Luma, Mask

EVERY = 5
"""Frames between two that are looked at."""

_LONGEST = 30
"""Looks in one stretch; a longer shot is divided, so that sums fit 16 bits."""

_FEWEST_PICTURES = 5
"""Unlike pictures that a logo has to stand in."""

_UNLIKE = 14.0
"""Mean grey levels by which thumbnails of unlike pictures differ."""

_SURE = 6.0
"""Mean gradient over its standard error, from which an edge is no accident."""

_STEADY = 1.4
"""Mean gradient over its standard deviation, from which an edge stands in most pictures."""

_STRONG = 24.0
"""Weakest mean gradient of a logo's outline, Sobel units: eight for each grey level."""

_FEWEST_EDGES = 16
"""Places on the outline of a logo, pixels."""

_DRAWN = 0.06
"""Share of its box that a logo's edges fill."""

_LARGEST = (0.45, 0.22)
"""Width and height of a logo at most, shares of the picture's."""

_PRESENT = 0.4
"""Share of its own strength from which a logo is there."""

_STEADY_ALONE = 2.0
"""The same in one stretch, where every picture counts."""

_ALONE_LOOKS = 6
"""Looks that a stretch needs to show a logo by itself."""

_UNIT = 8
"""Sobel units for each grey level."""

_STRONG_ALONE = 48.0
"""The same for a logo of one stretch."""

_AVERAGED = 0.35
"""Share of the squared gradients around a logo that may be left in their mean: it moves there."""

_HELD_MOST = 0.1
"""Share of what is drawn that may stand still where a logo of one stretch is looked for."""

_ALONE_HELD = 0.4
"""Share of all that stands still that a logo of one stretch is: before a camera that stands still,
too, most of what is drawn changes where many people pass."""

_LIVELY = 120.0
"""Mean squared gradient, Sobel units, from which it can be told whether a place moves."""

_FAINT = 6.0
"""Standard deviation below which a picture shows nothing."""

_THUMBS = 40
"""Unlike pictures that are remembered."""

_WAITING = 6
"""Stretches kept to be looked at again once the first logo is known."""

Gradient = tuple[AnyArray, AnyArray]
"""Across and down: float32 Sobel units, or int8 when packed."""


@dataclass(frozen=True, slots=True)
class Logo:
    """An outline that stays, and how strong it is."""

    box: Box
    """Reduced pixels."""
    outline: Mask
    """True on its edges, of the box's shape."""
    across: AnyArray
    """Mean gradient inside the box, Sobel units."""
    down: AnyArray

    def presence(self, mean: Gradient) -> float:
        """Give how much of it is in the mean gradient of a stretch, 1 for all of it."""
        unit = np.float32(4 if mean[0].dtype == np.int8 else 1)
        across, down = (part[self.box.slices][self.outline] * unit for part in mean)
        mine = self.across[self.outline], self.down[self.outline]
        alike = float((across * mine[0] + down * mine[1]).sum())
        return alike / float((mine[0] ** 2 + mine[1] ** 2).sum())


@dataclass(slots=True)
class _Stretch:
    """Some frames of one shot, looked at as one."""

    start: int
    stop: int
    thumb: Luma
    across: NDArray[np.int16]
    """Sum of the gradients."""
    down: NDArray[np.int16]
    energy: NDArray[np.float32]
    """Sum of the squared gradients."""
    looks: int = 1

    def mean(self) -> Gradient:
        """Give the mean gradient, across and down."""
        looks = np.float32(self.looks)
        return self.across.astype(np.float32) / looks, self.down.astype(np.float32) / looks


@dataclass(slots=True)
class _Sums:
    """What unlike pictures of the source have in common."""

    across: NDArray[np.float32]
    down: NDArray[np.float32]
    energy: NDArray[np.float32]
    count: int = 0
    thumbs: list[Luma] = field(default_factory=list)


@dataclass(slots=True)
class LogoFinder:
    """Gathers evidence of logos over a whole source; a copy can go on in its middle."""

    every: int = EVERY
    logos: list[Logo] = field(default_factory=list)
    runs: list[tuple[Box, int, int]] = field(default_factory=list)
    """Boxes in pixels of the frames given, with the frames ``[start, stop)`` that carry them."""
    _count: int = 0
    _counted: bool = False
    """This shot has been counted in: one shot proves no more than one picture."""
    _stretch: _Stretch | None = None
    _sums: _Sums | None = None
    _waiting: list[tuple[int, int, Gradient]] = field(default_factory=list)

    def to_arrays(self) -> dict[str, AnyArray]:
        """Write down what is known between two shots, as arrays of plain numbers."""
        arrays: dict[str, AnyArray] = {
            "every": np.array(self.every),
            "runs": np.array(
                [[b.x, b.y, b.width, b.height, start, stop] for b, start, stop in self.runs],
                np.int64,
            ).reshape(-1, 6),
            "waiting": np.array([run[:2] for run in self._waiting], np.int64).reshape(-1, 2),
        }
        for place, (_, _, mean) in enumerate(self._waiting):
            arrays[f"waiting_{place}"] = np.stack(mean)
        for place, logo in enumerate(self.logos):
            box = logo.box
            arrays[f"logo_{place}"] = np.array([box.x, box.y, box.width, box.height])
            arrays[f"outline_{place}"] = logo.outline
            arrays[f"gradient_{place}"] = np.stack([logo.across, logo.down])
        if self._sums is not None:
            sums = self._sums
            arrays["sums"] = np.stack([sums.across, sums.down, sums.energy])
            arrays["pictures"] = np.array(sums.count)
            arrays["thumbs"] = np.stack(sums.thumbs) if sums.thumbs else np.zeros((0, 18, 32))
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> Self:
        """Read what :meth:`to_arrays` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is anything else.
        """
        finder = cls(int(arrays["every"]))
        for x, y, width, height, start, stop in arrays["runs"].tolist():
            finder.runs.append((Box(x, y, width, height), start, stop))
        for place, (start, stop) in enumerate(arrays["waiting"].tolist()):
            across, down = arrays[f"waiting_{place}"].astype(np.int8)
            finder._waiting.append((start, stop, (across, down)))
        for place in range(len([name for name in arrays if name.startswith("logo_")])):
            x, y, width, height = arrays[f"logo_{place}"].tolist()
            across, down = arrays[f"gradient_{place}"].astype(np.float32)
            outline = arrays[f"outline_{place}"].astype(np.bool_)
            finder.logos.append(Logo(Box(x, y, width, height), outline, across, down))
        if "sums" in arrays:
            across, down, energy = arrays["sums"].astype(np.float32)
            thumbs = list(arrays["thumbs"].astype(np.uint8))
            finder._sums = _Sums(across, down, energy, int(arrays["pictures"]), thumbs)
        return finder

    def add(self, index: int, grey: Luma, still: Mask | None) -> None:
        """Take the next frame, about 320 pixels long.

        ``still`` marks what is no picture: bars, a film gate.
        """
        stretch = self._stretch
        if stretch and (stretch.energy.shape != grey.shape or stretch.looks >= _LONGEST):
            self._end(still)
        if self._stretch is None or self._count % self.every == 0:
            self._look(index, grey)
        self._stretch_on(index)
        self._count += 1

    def end_shot(self, still: Mask | None) -> None:
        """End a shot: count in what it has shown, and note which logos it carries."""
        self._end(still)
        self._counted = False

    def _end(self, still: Mask | None) -> None:
        stretch, self._stretch = self._stretch, None
        self._count = 0
        if stretch is None:
            return
        mean = stretch.mean()
        if not self._counted:
            self._count_in(stretch, mean)
        known = len(self.logos)
        self._establish(stretch, mean, still)
        if len(self.logos) > known:
            for start, stop, earlier in self._waiting:
                self._note(start, stop, earlier, self.logos[known:])
        self._note(stretch.start, stretch.stop, mean, self.logos)
        self._waiting = [*self._waiting, (stretch.start, stretch.stop, _packed(mean))][-_WAITING:]

    def _stretch_on(self, index: int) -> None:
        if self._stretch is not None:
            self._stretch.stop = index + 1

    def _look(self, index: int, grey: Luma) -> None:
        across, down = cv2.spatialGradient(grey)
        # Squared in 8 bits and 32: a square of these would not fit 16.
        rough = [cv2.convertScaleAbs(part, alpha=1 / _UNIT) for part in (across, down)]
        stretch = self._stretch
        if stretch is None:
            thumb = np.asarray(cv2.resize(grey, (32, 18), interpolation=cv2.INTER_AREA), np.uint8)
            energy = np.zeros(grey.shape, np.float32)
            stretch = _Stretch(
                index, index + 1, thumb, np.asarray(across), np.asarray(down), energy
            )
            self._stretch = stretch
        else:
            cv2.add(stretch.across, across, dst=stretch.across)
            cv2.add(stretch.down, down, dst=stretch.down)
            stretch.looks += 1
        for part in rough:
            cv2.accumulateSquare(part, stretch.energy)

    def _note(self, start: int, stop: int, mean: Gradient, logos: list[Logo]) -> None:
        for logo in logos:
            if _fits(logo, mean[0]) and logo.presence(mean) > _PRESENT:
                self.runs.append((logo.box, start, stop))

    def _count_in(self, stretch: _Stretch, mean: Gradient) -> None:
        """Add a stretch to what the source has shown, if its picture is a new one."""
        sums = self._sums
        if sums is None or sums.across.shape != mean[0].shape:
            across, down, energy = (np.zeros(mean[0].shape, np.float32) for _ in range(3))
            sums = self._sums = _Sums(across, down, energy)
        thumb = stretch.thumb
        if float(thumb.std()) < _FAINT:
            return
        if any(float(cv2.absdiff(thumb, known).mean()) < _UNLIKE for known in sums.thumbs):
            return
        sums.thumbs = [*sums.thumbs, thumb][-_THUMBS:]
        sums.across += mean[0]
        sums.down += mean[1]
        sums.energy += mean[0] ** 2 + mean[1] ** 2
        sums.count += 1
        self._counted = True

    def _establish(self, stretch: _Stretch, mean: Gradient, still: Mask | None) -> None:
        """Look for logos in what pictures have in common, and in a stretch that moves."""
        sums = self._sums
        if sums is not None and sums.count >= _FEWEST_PICTURES:
            count = np.float32(sums.count)
            common = sums.across / count, sums.down / count
            steady = _steadiness(common, sums.energy / count)
            sure = steady * np.sqrt(count)
            likely = (steady > _STEADY / 2) & (sure > _SURE / 2)
            seeds = likely & (steady > _STEADY) & (sure > _SURE)
            self._take(seeds, likely, common, still)
        if stretch.looks >= _ALONE_LOOKS:
            squared = stretch.energy * np.float32(_UNIT**2 / stretch.looks)
            steady = _steadiness(mean, squared)
            strength = cv2.magnitude(*mean)
            edges = np.asarray((steady > _STEADY_ALONE) & (strength > _STRONG_ALONE))
            drawn = squared > _STRONG_ALONE**2
            if drawn.any() and float((steady[drawn] > 1).mean()) < _HELD_MOST:
                held, seen = strength * strength * ~edges, squared * ~edges
                if still is not None and still.shape == edges.shape:
                    edges &= ~still
                around = edges & _moves_around(edges, held, seen)
                self._take(around, around, mean, still, least=_ALONE_HELD * edges.sum())

    def _take(
        self, seeds: Mask, edges: Mask, mean: Gradient, still: Mask | None, *, least: float = 0
    ) -> None:
        """Take for logos what edges join up to around seeds, which are sure to be on one.

        In a single stretch, at ``least`` so many pixels of edges have to be on logos.
        """
        strong = np.asarray(cv2.magnitude(*mean) > _STRONG, np.bool_)
        if still is not None and still.shape == edges.shape:
            strong &= ~still
        shapes = _shapes(seeds & strong, edges & strong, alone=least > 0)
        if sum(int(outline.sum()) for _, outline in shapes) < least:
            return
        for box, outline in shapes:
            if any(_covers(logo.box, box) for logo in self.logos):
                continue
            across, down = (np.asarray(part[box.slices], np.float32).copy() for part in mean)
            self.logos.append(Logo(box, outline, across, down))


def _packed(mean: Gradient) -> Gradient:
    """Keep a gradient in an eighth of the space: half a grey level is enough to know it again."""
    across, down = (np.clip(np.rint(part / 4), -127, 127).astype(np.int8) for part in mean)
    return across, down


def _steadiness(mean: Gradient, squared: AnyArray) -> NDArray[np.float32]:
    """Give the length of the mean gradient over the spread of the gradients around it."""
    length = mean[0] ** 2 + mean[1] ** 2
    spread = np.maximum(squared - length, 4.0)
    return np.asarray(np.sqrt(length / spread), np.float32)


def _moves_around(edges: Mask, held: AnyArray, seen: AnyArray) -> Mask:
    """Mark places around which the picture moves, whatever stands there itself."""
    side = max(9, edges.shape[0] // 5 | 1)
    apart = (~edges).astype(np.float32)
    left = cv2.blur(np.asarray(held, np.float32), (side, side))
    all_of_it = cv2.blur(np.asarray(seen, np.float32), (side, side))
    share = cv2.blur(apart, (side, side))
    lively = all_of_it > _LIVELY * share
    return np.asarray((left < _AVERAGED * all_of_it) & lively, np.bool_)


def _shapes(seeds: Mask, edges: Mask, *, alone: bool) -> list[tuple[Box, Mask]]:
    """Gather edges into shapes that may be logos: compact, clear of the border, of some size.

    In a single stretch (``alone``) something that is held before a moving backdrop looks the
    same, so only small shapes in a corner count.
    """
    height, width = edges.shape
    reach = max(4, height // 28)
    near = cv2.morphologyEx(
        edges.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, 2 * reach), np.uint8)
    )
    _, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    found = []
    for label in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= _FEWEST_EDGES)[1:].tolist():
        here = labels == label
        if int((seeds & here).sum()) < _FEWEST_EDGES:
            continue
        rows, columns = np.nonzero(edges & here)
        x, y = int(columns.min()), int(rows.min())
        box = Box(x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y)
        outline = np.zeros((box.height, box.width), np.bool_)
        outline[rows - y, columns - x] = True
        if _may_be_logo(box, (width, height), alone) and float(outline.mean()) > _DRAWN:
            found.append((_padded(box, 2, edges.shape), _framed(outline, box, 2, edges.shape)))
    return found


def _may_be_logo(box: Box, size: tuple[int, int], alone: bool) -> bool:
    width, height = size
    if box.width > _LARGEST[0] * width or box.height > _LARGEST[1] * height:
        return False
    if min(box.width, box.height) < 0.015 * height:
        return False
    margin = max(2, round(0.006 * width))
    if box.x < margin or box.y < margin:
        return False
    if box.right > width - margin or box.bottom > height - margin:
        return False
    if not alone:
        return True
    in_corner_across = box.right < 0.34 * width or box.x > 0.66 * width
    in_corner_down = box.bottom < 0.3 * height or box.y > 0.7 * height
    return in_corner_across and in_corner_down


def _padded(box: Box, by: int, shape: tuple[int, ...]) -> Box:
    x, y = max(0, box.x - by), max(0, box.y - by)
    right, bottom = min(shape[1], box.right + by), min(shape[0], box.bottom + by)
    return Box(x, y, right - x, bottom - y)


def _framed(outline: Mask, box: Box, by: int, shape: tuple[int, ...]) -> Mask:
    wide = _padded(box, by, shape)
    framed = np.zeros((wide.height, wide.width), np.bool_)
    y, x = box.y - wide.y, box.x - wide.x
    framed[y : y + box.height, x : x + box.width] = outline
    return framed


def _covers(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return max(0, across) * max(0, down) > 0.3 * other.width * other.height


def _fits(logo: Logo, picture: AnyArray) -> bool:
    return bool(logo.box.right <= picture.shape[1] and logo.box.bottom <= picture.shape[0])
