"""Squares inside a picture: which sides are worth cutting, and which squares say the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.values import Size

LEAST_SHARE = 0.474
"""Least side against the picture's short side: 512 px in a frame of 1080 lines."""

MOST_OVERLAP = 0.3
"""Intersection over union above which two squares of a picture show the same."""

NEST_RATIO = 1.8
"""A square may lie within another one (a face in a half figure) if the sides differ this much."""

_INSIDE = 0.7
_NEAR = 1.15
_NEAR_TARGET = 0.85
_STEP = 8


@dataclass(frozen=True, slots=True)
class Square:
    """A square of whole pixels."""

    x: int
    """Left edge, pixels from the left."""
    y: int
    """Top edge, pixels from the top."""
    side: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of an ``(H, W, …)`` array: ``picture[square.slices]``."""
        return slice(self.y, self.y + self.side), slice(self.x, self.x + self.side)

    def shared_area(self, other: Square) -> int:
        """Count the pixels that lie in both."""
        width = min(self.x + self.side, other.x + other.side) - max(self.x, other.x)
        height = min(self.y + self.side, other.y + other.side) - max(self.y, other.y)
        return max(0, width) * max(0, height)

    def overlap(self, other: Square) -> float:
        """Give the intersection over union."""
        both = self.shared_area(other)
        return float(both / (self.side**2 + other.side**2 - both))


def fits_beside(
    square: Square, others: Iterable[Square], most_overlap: float = MOST_OVERLAP
) -> bool:
    """Whether a square shows something that none of the others does."""
    return all(_are_distinct(square, other, most_overlap) for other in others)


def _are_distinct(one: Square, other: Square, most_overlap: float) -> bool:
    if one.overlap(other) > most_overlap:
        return False
    small, large = sorted((one.side, other.side))
    return one.shared_area(other) <= _INSIDE * small**2 or large >= NEST_RATIO * small


def place_square(centre: tuple[float, float], side: int, size: Size) -> Square:
    """Put a square around a point, moved so that it lies inside a picture of ``size``."""
    width, height = size
    x = min(max(0, round(centre[0] - side / 2)), width - side)
    y = min(max(0, round(centre[1] - side / 2)), height - side)
    return Square(x, y, side)


def sides_for(size: Size, targets: Sequence[int]) -> tuple[int, ...]:
    """Choose the sides worth cutting from a picture, smallest first.

    Targets and their whole multiples come first, since they reach the trainer as they are or
    by an exact reduction. A picture too small for the smallest target in its parts is cut into
    parts of the same share as 512 px have of 1080 lines.
    """
    short = min(size)
    least = least_side_for(size, targets)
    first = [n * target for n in (1, 2, 3) for target in targets if least <= n * target <= short]
    filling = [_STEP * round(least * factor / _STEP) for factor in (1.5, 2, 3)]
    sides = [least] if least < min(targets) else []
    for side in [*first, *filling]:
        if side <= short and all(max(side, s) > _NEAR * min(side, s) for s in sides):
            sides.append(side)
    return tuple(sorted(sides))


def least_side_for(size: Size, targets: Sequence[int]) -> int:
    """Give the smallest side worth cutting from a picture of ``size``, pixels."""
    least = max(1, round(LEAST_SHARE * min(size)))
    # A frame trimmed by a few lines still gives crops that no trainer resamples.
    return min(targets) if least > _NEAR_TARGET * min(targets) else least


def fit_side(wanted: float, sides: Sequence[int], short: int) -> int:
    """Choose a side of at least ``wanted`` pixels: one of ``sides`` if that is not far off."""
    for side in sides:
        if wanted <= side <= 1.35 * max(wanted, sides[0]):
            return side
    step = 64 if wanted >= 256 else _STEP
    return min(short, max(sides[0], step * -(-int(wanted) // step)))
