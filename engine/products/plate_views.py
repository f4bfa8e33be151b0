"""The frames of a plate at full size, each in the plate's place and light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.footage.reader import Planes
from engine.products.alignment import Shifts, shifted_plane
from engine.products.exposure import Gains, planes_with_gain, with_gain
from engine.products.frame_stack import FrameStack, thinned
from engine.products.handheld import turned
from engine.values import AnyArray, Image

ENOUGH = 24
"""Samples of a pixel, of which more take out no more noise that could be seen."""


@dataclass(frozen=True, slots=True)
class PlateViews:
    """How the useful frames of a shot lie and are lit; arrays hold one entry for each of them."""

    stack: FrameStack
    positions: tuple[int, ...]
    """Of the useful frames in ``stack``."""
    shifts: Shifts
    """``(N, 2)``, pixels of the reader's frames; zero when the camera is still."""
    turns: AnyArray | None
    """``(N, 3, 3)``: of photos taken by hand, pixels of the reader's frames; else None."""
    gains: Gains
    """``(N, 3)``."""

    @property
    def are_moved(self) -> bool:
        """Whether the frames do not lie on one another by themselves."""
        return self.turns is not None or bool(self.shifts.any())

    @property
    def held(self) -> list[int]:
        """Those that are in memory."""
        return [i for i, position in enumerate(self.positions) if position in self.stack.full.held]

    def in_place(self, planes: Planes, index: int) -> Planes:
        """Put a full frame in the plate's place and light."""
        if len(planes) > 1:
            width, shift = planes[0].shape[1], self.shifts[index]
            even = planes_with_gain(planes, float(self.gains[index].mean()), self.stack.full.black)
            return tuple(shifted_plane(p, shift / -(-width // p.shape[1])) for p in even)
        lit = with_gain(planes[0], self.gains[index])
        if self.turns is not None:
            return (turned(lit, self.turns[index]),)
        return (shifted_plane(lit, self.shifts[index]),)

    def planes(self, index: int) -> Planes:
        """Give a frame that is in memory, in its place."""
        position, full = self.positions[index], self.stack.full
        if position not in self.stack.placed:
            full.replace(position, self.in_place(full.held[position], index))
            self.stack.placed.add(position)
        return full.held[position]

    def picture(self, index: int) -> Image | None:
        """Give the same in BGR; None if it is not in memory."""
        if self.positions[index] not in self.stack.full.held:
            return None
        return self.stack.full.picture(self.planes(index))

    def chosen(self, ready: Sequence[int]) -> tuple[int, ...]:
        """Give those of some frames that a median is taken of."""
        return thinned(ready, ENOUGH)
