"""Similarities, that is turn, zoom and shift in one, and how they are fitted to pairs of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""``(N, 2)``, pixels ``(x, y)``."""

Affine = NDArray[np.float64]
"""``(3, 3)``, last row ``0 0 1``."""

Products = NDArray[np.float64]
"""``(N, 9)``, from :func:`products_of`."""

FEWEST = 8
"""Points that a motion must rest on."""

_NEAR = 0.6
"""Share of the distance that a point may be off within which points count in full."""
_TURNS = 4
"""Times that a fit is weighed anew."""
_SETTLED = 5e-5, 0.01
"""Change of turn and zoom, and of the shift in pixels, from which a fit is settled."""
_SURE = 10.0
"""F value above which a motion is more than noise."""
_LEAST_ZOOM, _MOST_ZOOM = 0.6, 1.6
"""Change of size from a key frame that can still be told from chance."""


@dataclass(slots=True)
class Similarity:
    """Carries places as ``turn * place + shift``, in complex numbers."""

    turn: complex
    """Turn and zoom."""
    shift: complex
    """Pixels."""

    def affine(self) -> Affine:
        """Give it as a matrix."""
        turn, shift = self.turn, self.shift
        return np.array(
            [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1]]
        )

    def squares(self) -> NDArray[np.float64]:
        """Give what makes a row of :func:`products_of` the squared distance that it is off."""
        turn, shift = self.turn, self.shift
        lean = turn * shift.conjugate()
        return np.array(
            [
                abs(shift) ** 2,
                2 * lean.real,
                -2 * lean.imag,
                -2 * shift.real,
                -2 * shift.imag,
                abs(turn) ** 2,
                -2 * turn.real,
                -2 * turn.imag,
                1.0,
            ]
        )


def similarity_of(motion: Affine) -> Similarity:
    """Take a similarity from a matrix, ``(2, 3)`` or ``(3, 3)``."""
    (a, _, x), (b, _, y) = motion[:2].tolist()
    return Similarity(complex(a, b), complex(x, y))


def inverse(motion: Affine) -> Affine:
    """Give the similarity that undoes one."""
    there = similarity_of(motion)
    back = 1 / there.turn
    return Similarity(back, -back * there.shift).affine()


def part_of(motion: Affine, parts: int) -> Affine:
    """Divide a similarity into as many equal motions, and give one."""
    if parts == 1:
        return motion
    whole = similarity_of(motion)
    turn = whole.turn ** (1 / parts)
    return Similarity(turn, whole.shift / sum(turn**i for i in range(parts))).affine()


def carried(points: Points, link: Affine) -> Points:
    """Give where points lie after ``link``."""
    return np.asarray(points @ link[:2, :2].T + link[:2, 2], np.float32)


def median(values: NDArray[Any]) -> float:
    """Give the median of some numbers: NumPy's own takes ten times as long over so few."""
    count = len(values)
    half = count // 2
    ordered = np.sort(values)
    return float(ordered[half] if count % 2 else (ordered[half - 1] + ordered[half]) / 2)


def products_of(points: Points, followed: Points) -> Products:
    """Give the products of which sums and squares are made, of pairs of points.

    With ``b`` where a point was and ``a`` where it is now, in complex numbers, the columns are
    ``1, b.x, b.y, a.x, a.y, |b|², Re(b* a), Im(b* a), |a|²``. Sums over pairs are one product of
    matrices then, and so are the squared distances that a similarity is off.
    """
    rows = np.empty((len(points), 9))
    rows[:, 0] = 1.0
    rows[:, 1:3] = points
    rows[:, 3:5] = followed
    bx, by, ax, ay = rows[:, 1:5].T
    rows[:, 5] = bx * bx + by * by
    rows[:, 6] = bx * ax + by * ay
    rows[:, 7] = bx * ay - by * ax
    rows[:, 8] = ax * ax + ay * ay
    return rows


def find_one_motion(
    points: Points, followed: Points, products: Products, close: float
) -> tuple[Affine, Similarity, NDArray[np.bool_]] | None:
    """Find the motion that most of some points share.

    Parameters
    ----------
    points, followed : (N, 2) float32 arrays
    products : (N, 9) array
        Of these.
    close : float
        Pixels that a point may be off the motion it belongs to.

    Returns
    -------
    simplest : (3, 3) array
        No motion, or one shift, where that is enough.
    whole : Similarity
        The motion that fits best.
    chosen : (N,) bool array
        Points that belong to it.
    """
    # The stubs do not know that it may fail.
    answer: Any = cv2.estimateAffinePartial2D(
        points, followed, method=cv2.RANSAC, ransacReprojThreshold=close, maxIters=300
    )
    rough, belongs = answer
    if rough is None or cv2.countNonZero(belongs) < FEWEST:
        return None
    whole, chosen = settled(products, similarity_of(rough), close)
    if np.count_nonzero(chosen) < FEWEST or not _LEAST_ZOOM < abs(whole.turn) < _MOST_ZOOM:
        return None
    return simplest_motion(products, chosen, whole), whole, chosen


def settled(
    products: Products, rough: Similarity, close: float
) -> tuple[Similarity, NDArray[np.bool_]]:
    """Let a similarity settle where most of its points agree to well under a pixel.

    References
    ----------
    Geman and McClure, "Statistical methods for tomographic image reconstruction", 1987: weights
    that forget what lies far off.
    """
    turn, shift = rough.turn, rough.shift
    narrow = 1.0 / (_NEAR * close) ** 2
    fitted = rough
    for _ in range(_TURNS):
        weight = products @ (narrow * fitted.squares())
        weight += 1.0
        weight *= weight
        np.reciprocal(weight, out=weight)
        total, bx, by, ax, ay, square, along, across, _ = (weight @ products).tolist()
        here, there = complex(bx, by) / total, complex(ax, ay) / total
        spread = square - total * abs(here) ** 2
        if spread < 1e-6:
            break
        before = fitted
        turn = (complex(along, across) - total * here.conjugate() * there) / spread
        shift = there - turn * here
        fitted = Similarity(turn, shift)
        if abs(turn - before.turn) < _SETTLED[0] and abs(shift - before.shift) < _SETTLED[1]:
            break
    return fitted, products @ fitted.squares() < close * close


def simplest_motion(products: Products, chosen: NDArray[np.bool_], fitted: Similarity) -> Affine:
    """Give no motion, or one shift, where they explain the points as well as ``fitted`` does.

    A zoom fitted to the noise of a few points throws the far side of the picture off.

    Parameters
    ----------
    products : (N, 9) array
    chosen : (N,) bool array
        Points that move as one.
    fitted : Similarity
        That they fit.

    Returns
    -------
    (3, 3) array
    """
    sums = chosen @ products
    count, bx, by, ax, ay, was, along, _, now = sums.tolist()
    shift = complex(ax - bx, ay - by) / count
    similar = max(float(fitted.squares() @ sums), 0.0) / count
    still = (was + now - 2 * along) / count
    shifted = still - abs(shift) ** 2
    # Neighbouring points err together: four count as one.
    worth = count / 4 / max(similar, 1e-4)
    if (shifted - similar) * worth > _SURE:
        return fitted.affine()
    if (still - shifted) * worth > _SURE:
        return Similarity(1, shift).affine()
    return np.eye(3)
