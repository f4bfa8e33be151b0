"""Which of two motions the parts of a picture have, by all that can be seen, however faint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.corners import CELLS
from engine.analysis.similarity import Affine, inverse
from engine.values import AnyArray, Luma

_FLAT = 21
"""Side of the surroundings that a place is told from, pixels."""
_QUIETEST = 0.03
"""Variance that noise has at least."""
_NOISY_PARTS = 30
"""Percent of the parts of a picture that show hardly more than noise."""
_TELLING = 4.0
"""Variance by which two motions must differ in a part of the picture, in that of noise."""
_BANDS = 0.5
"""Variance up to which what stays may be a codec's bands and blocks, which stay in skies that
move."""
_SIDED = 0.4
"""How far a part must lean to one of two motions: 1 is all the way, 0 between them."""
_COVERED = 0.3
"""Share of a part that a moved picture must cover."""
_FEWEST = 2
"""Parts that must move for a side of the picture to move."""
_SOME = 3
"""Parts that must change for a side of the picture to change."""
_BOLD, _OWN = 9.0, 0.4
"""Variance in that of noise that makes a figure, and the share of it that its motion leaves."""
_EVEN = 16
"""Side of the surroundings that contrast is evened out over, pixels."""
_CURVED = 0.02
"""Share by which a picture must fit worse half a pixel aside for its place to be measured."""
_PEAK = 7
"""Side of the surroundings that a likely shift outweighs, pixels."""

_SIDES = (np.s_[:, :2], np.s_[:, -2:], np.s_[:2, :], np.s_[-2:, :])
"""Parts at the left, the right, the top and the bottom of a picture."""

_EDGES = (np.s_[:, :1], np.s_[:, -1:], np.s_[:1, :], np.s_[-1:, :])
"""The outermost of these, which somebody who stands before the place hides last."""

Detail = NDArray[np.float32]
"""``(H, W)``, a small picture without its broad lights and shades."""

Way = NDArray[np.float64]
"""``(2,)``, pixels right and down."""


@dataclass(frozen=True, slots=True)
class Lean:
    """Parts of a picture that move, and parts that stay; of plain ones nobody can tell."""

    moves: NDArray[np.bool_]
    stays: NDArray[np.bool_]
    leaning: NDArray[np.float32]
    """1 for what moves just so, -1 for what stays, 0 between; 0 where nobody can tell."""

    def moves_throughout(self, way: Way) -> bool:
        """Whether two opposite sides move at once, and so the picture between them.

        Somebody who stands upright reaches from top to bottom: that tells only of a ``way`` up or
        down.
        """
        left, right, top, bottom = (
            self._moves_at(side) or self._moves_at(edge)
            for side, edge in zip(_SIDES, _EDGES, strict=True)
        )
        return (left and right) or (top and bottom and abs(way[1]) > abs(way[0]))

    def _moves_at(self, side: tuple[slice, slice]) -> bool:
        moving = np.count_nonzero(self.moves[side])
        return bool(moving >= _FEWEST and moving > np.count_nonzero(self.stays[side]))

    def stays_throughout(self) -> bool:
        """Whether the left and the right side stay."""
        return all(self._stays_at(side) for side in _SIDES[:2])

    def _stays_at(self, side: tuple[slice, slice]) -> bool:
        staying = int(np.count_nonzero(self.stays[side]))
        return bool(staying >= _FEWEST and staying >= np.count_nonzero(self.moves[side]))

    def at_sides(self) -> tuple[float, int]:
        """Sum up how well the motion explains the left and right side, and count what stays."""
        sides = np.concatenate([self.moves[side].ravel() for side in _SIDES[:2]])
        leaning = np.concatenate([self.leaning[side].ravel() for side in _SIDES[:2]])
        staying = sum(np.count_nonzero(self.stays[edge]) for edge in _EDGES[:2])
        return float((1 - np.abs(1 - leaning[sides])).sum()), int(staying)

    def rests(self) -> bool:
        """Whether the left and the right side stay rather than move, however faint they are."""
        return float(sum(self.leaning[side].sum() for side in _SIDES[:2])) < 0


def detail_of(grey: Luma) -> Detail:
    """Take from a picture half as large what tells one place of it from the next."""
    height, width = grey.shape
    half = cv2.resize(
        grey.astype(np.float32), (width // 2, height // 2), interpolation=cv2.INTER_AREA
    )
    soft = cv2.GaussianBlur(half, (3, 3), 0)
    return np.asarray(soft - cv2.boxFilter(soft, -1, (_FLAT, _FLAT)), np.float32)


def noise_of(before: Detail, after: Detail, links: Sequence[Affine]) -> float:
    """Tell how much two pictures differ where one of some motions, or none, explains them best.

    Returns
    -------
    float
        Variance, grey levels squared.
    """
    least = _part_squares(after - before)
    for link in links:
        least = np.minimum(least, _part_squares(after - _moved(before, link)))
    return max(_QUIETEST, float(np.percentile(least, _NOISY_PARTS)))


def lean_between(before: Detail, after: Detail, link: Affine, noise: float) -> Lean:
    """Ask each part of a picture whether it has moved by ``link`` or stayed.

    Parameters
    ----------
    before, after : (H, W) float32 arrays
        From :func:`detail_of`.
    link : (3, 3) array
        Carries places of the first onto the second.
    noise : float
        From :func:`noise_of`.
    """
    height, width = before.shape
    guess = _moved(before, link)
    seen = cv2.warpAffine(np.ones_like(before), link[:2], (width, height))
    seen = cv2.threshold(seen, 0.99, 1.0, cv2.THRESH_BINARY)[1]
    share = _part_means(seen)
    whole = 1 / np.maximum(share, 1e-3)
    gone, stayed, apart = (
        whole * _part_squares(seen * gap) for gap in (after - guess, after - before, guess - before)
    )
    tells = (share > _COVERED) & (apart > _TELLING * noise)
    # Squared distances from both, against the distance between them: a projection onto the line
    # from one to the other.
    lean = np.asarray((stayed - gone) / np.maximum(apart, 1e-6), np.float32)
    stays = tells & (lean < -_SIDED) & (apart > _BANDS)
    return Lean(tells & (lean > _SIDED), stays, np.where(tells, lean, 0))


def changes_throughout(before: Detail, after: Detail, noise: float) -> bool:
    """Whether a picture changes at its left and its right side."""
    changed = _part_squares(after - before) > _TELLING * noise
    return all(np.count_nonzero(changed[side]) >= _SOME for side in _SIDES[:2])


def likely_ways(before: Detail, after: Detail, link: Affine, most: int) -> list[Way]:
    """Find shifts that the rest of a picture may have, behind a figure that moves by ``link``.

    Faint and bold places count alike: it is their area that matters.

    Returns
    -------
    list of (2,) float64 arrays
        Whole pixels, the likeliest first, at most a quarter of the picture each way.
    """
    height, width = before.shape
    bold = _part_squares(after)
    own = _part_squares(after - _moved(before, link))
    quiet = noise_of(before, after, [link])
    figure = ((bold > _BOLD * quiet) & (own < _OWN * bold)).astype(np.float32)
    hidden = cv2.resize(figure, (width, height), interpolation=cv2.INTER_NEAREST)
    now = 1 - cv2.dilate(hidden, np.ones((5, 5)))
    then = _moved(now, inverse(link))
    loud = 1 + quiet**0.5
    spectra = [
        cv2.dft(_evened(part, loud) * shown) for part, shown in ((before, then), (after, now))
    ]
    product = cv2.mulSpectrums(spectra[1], spectra[0], 0, conjB=True)
    surface = np.fft.fftshift(cv2.dft(product, flags=cv2.DFT_INVERSE | cv2.DFT_REAL_OUTPUT))
    return _peaks(surface, most)


def _peaks(surface: AnyArray, most: int) -> list[Way]:
    height, width = surface.shape
    down, across = height // 4, width // 4
    near = np.ascontiguousarray(
        surface[
            height // 2 - down : height // 2 + down + 1,
            width // 2 - across : width // 2 + across + 1,
        ]
    )
    top = (near >= cv2.dilate(near, np.ones((_PEAK, _PEAK)))) & (near > 0)
    y, x = np.nonzero(top)
    best = np.argsort(-near[y, x])[:most]
    return [np.array([x[i] - across, y[i] - down], np.float64) for i in best]


def _evened(detail: Detail, loud: float) -> Detail:
    power = np.maximum(cv2.boxFilter(detail * detail, -1, (_EVEN - 1, _EVEN - 1)), 0)
    return np.asarray(detail / (np.sqrt(power) + loud), np.float32)


def refined(before: Detail, after: Detail, way: Way, lean: Lean) -> Way:
    """Measure a shift to a fraction of a pixel, on the parts of the picture that have it."""
    height, width = before.shape
    # Somebody who sways in the middle would pull it along.
    sides = np.zeros(lean.moves.shape, np.float32)
    for side in _SIDES[:2]:
        sides[side] = lean.moves[side]
    mine = cv2.resize(sides, (width, height), interpolation=cv2.INTER_NEAREST)
    way = way.copy()
    for axis in (0, 1, 0, 1):
        gaps = []
        for aside in (-0.5, 0.0, 0.5):
            shift = way.copy()
            shift[axis] += aside
            gap = after - _moved(before, shift_by(shift))
            gaps.append(float(np.vdot(mine, gap * gap)))
        bend = gaps[0] - 2 * gaps[1] + gaps[2]
        if max(gaps) - min(gaps) > _CURVED * gaps[1]:
            way[axis] += min(max(0.25 * (gaps[0] - gaps[2]) / max(bend, 1e-6), -0.5), 0.5)
    return way


def shift_by(way: Way) -> Affine:
    """Give a shift as a matrix."""
    link = np.eye(3)
    link[:2, 2] = way
    return link


def _moved(picture: AnyArray, link: Affine) -> Detail:
    height, width = picture.shape
    moved = cv2.warpAffine(picture, link[:2], (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _part_squares(values: AnyArray) -> NDArray[np.float32]:
    return _part_means(values * values)


def _part_means(values: AnyArray) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(values, CELLS, interpolation=cv2.INTER_AREA), np.float32)
