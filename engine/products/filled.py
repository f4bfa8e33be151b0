"""Where the picture lies in its frames, found while these are read for something else.

It mostly fills them, so that what they are read for can take that for granted and see afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from engine.footage.letterbox import PictureFinder, refine_picture
from engine.footage.reader import AroundReader, SkimmingReader, WholeFrame
from engine.values import Box, Image

KEPT = 8
"""Of so many frames that are looked at, one is kept to find the picture's edges to the pixel."""


class NotFilledError(Exception):
    """The first frame that was looked at shows bars, or a gate."""


class LookingReader(AroundReader[SkimmingReader]):
    """Gives the frames of another reader, and looks for the picture in some of them."""

    def __init__(self, reader: SkimmingReader, looks: Sequence[int]) -> None:
        """Look at the ascending frames ``looks``, also where nobody else asks for them."""
        super().__init__(reader)
        self._looks = tuple(looks)
        self._finder = PictureFinder(1.0)
        self._images: list[Image] = []

    @property
    def picture(self) -> Box:
        """Where the picture lies in the frames that were looked at so far, pixels."""
        return refine_picture(self._finder.box(self.size), self._images)

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` at full size; nothing is looked for in these."""
        return self._reader.read(frames)

    def skim(
        self, frames: Sequence[int], whole: Collection[int], long_side: int
    ) -> Iterator[tuple[int, Image, WholeFrame | None]]:
        """Yield ``(frame, reduced, full)``; the full frame only of those in ``whole``.

        Raises
        ------
        NotFilledError
            When the picture does not fill the first frame that is looked at.
        """
        asked = frozenset(frames)
        place_of = {frame: place for place, frame in enumerate(self._looks)}
        all_of_them = sorted(asked.union(self._looks))
        for frame, reduced, full in self._reader.skim(
            all_of_them, {*whole, *self._looks}, long_side
        ):
            if full is not None and frame in place_of:
                self._look(full.picture(full.planes), place_of[frame])
            if frame in asked:
                yield frame, reduced, full if frame in whole else None

    def rest(self) -> None:
        """Let go of the decoder until more is read."""
        self._reader.rest()

    def _look(self, image: Image, place: int) -> None:
        self._finder.add(image)
        if place == 0 and self._finder.box(self.size) != Box(0, 0, *self.size):
            raise NotFilledError
        if place % KEPT == 0:
            self._images.append(image)
