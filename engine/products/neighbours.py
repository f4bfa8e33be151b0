"""Pixels of a plate asked whether they agree with their neighbours on when the place is seen.

What stands in front covers neighbours in the same frames. So a pixel's backdrop shows in those
frames in which the pixels around it show theirs, and a colour that it shows just when they are
covered is of the thing that covers them. This mends specks, which codec noise and outlines leave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from engine.products.at_once import at_once
from engine.products.modes import MODES, Modes
from engine.values import AnyArray, Mask

_REACHES = (11, 7, 5)
_CLEARLY = 0.2  # share of the neighbours that another mode must have on its side, beyond
_LONELY = 0.1  # share of the neighbours on whose side a pixel must be to be believed
_LASTING = 2
_JURORS = 64  # frames that are asked, spread over the shot


@dataclass(frozen=True, slots=True)
class Asked:
    """The pixels that showed more than one thing, and what each juror frame shows there."""

    at: AnyArray
    """``(P,)``: their places in a flat picture."""
    jurors: range
    labels: AnyArray
    """``(J, P)``: what each juror shows, -1 for none of the modes."""
    counts: AnyArray
    """``(MODES, P)``: how many jurors show each."""
    lasting: AnyArray
    """``(MODES, P)`` bool."""

    @classmethod
    def of(cls, modes: Modes) -> Asked:
        """Ask about the pixels that show more than one thing."""
        count = len(modes.labels)
        lasting = modes.counts >= _LASTING
        at = np.flatnonzero(lasting.any(axis=0) & (modes.counts.max(axis=0) < count))
        jurors = range(0, count, -(-count // _JURORS))
        labels = np.stack([modes.labels[index].ravel().take(at) for index in jurors])
        counts = [(labels == mode).sum(axis=0, dtype=np.uint8) for mode in range(MODES)]
        numbers = np.stack(counts).astype(np.int64)
        return cls(at, jurors, labels, numbers, lasting.reshape(MODES, -1)[:, at])

    def support(self, around: Callable[[int], AnyArray]) -> AnyArray:
        """Tell what share of the neighbours is open when each mode is shown, ``(MODES, P)``.

        ``around`` gives, for a juror's frame, the share of each pixel's neighbours that show
        their backdrop: ``(h, w)`` uint8, 255 for all.
        """
        if not len(self.at):
            return np.zeros(self.counts.shape)

        def asked(part: range) -> AnyArray:
            # Whole numbers, of shares in 255ths, which are exact in floating point: OpenCV adds up
            # those of some pixels in a third of the time that NumPy takes.
            sums = np.zeros((*self.counts.shape, 1), np.float32)
            for row in part:
                open_ = around(self.jurors[row]).ravel().take(self.at)
                for mode in range(MODES):
                    shows = (self.labels[row] == mode).view(np.uint8)
                    cv2.accumulate(open_, sums[mode], shows)
            return sums[..., 0]

        count = len(self.jurors)
        one, other = at_once(asked, (range(count // 2), range(count // 2, count)))
        return np.asarray((one + other) / np.float32(255) / np.maximum(self.counts, 1))

    def follow(self, modes: Modes, chosen: AnyArray, reach: int) -> tuple[AnyArray, Mask]:
        """Choose, for each pixel, the mode that shows when its neighbours show their backdrop.

        Parameters
        ----------
        modes : Modes
        chosen : (h, w) int array
            The mode that is taken for the backdrop so far.
        reach : int
            Side of the neighbourhood, pixels.

        Returns
        -------
        chosen : (h, w) int array
            Changed where the neighbours clearly say otherwise.
        lonely : (h, w) bool array
            Where even what was chosen shows just when the neighbours are covered.
        """
        taken = chosen.astype(np.int8)

        def around(index: int) -> AnyArray:
            shows = -(modes.labels[index] == taken).view(np.int8)
            return np.asarray(cv2.blur(shows.view(np.uint8), (reach, reach)))

        support = np.where(self.lasting, self.support(around), -1)
        now, each = chosen.ravel()[self.at], np.arange(len(self.at))
        best = support.argmax(axis=0)
        better = support[best, each] > support[now, each] + _CLEARLY
        result = chosen.copy()
        result.ravel()[self.at[better]] = best[better]
        lonely = np.zeros(chosen.shape, bool)
        lonely.ravel()[self.at] = support[best, each] < _LONELY
        return result, lonely


def agreed(modes: Modes, chosen: AnyArray, asked: Asked) -> tuple[AnyArray, Mask, Mask]:
    """Let pixels follow their neighbours, from far to near.

    Also tells which ones did, and which are lonely: they show even what was chosen just when the
    pixels around them are covered.
    """
    first, lonely = chosen, np.zeros(chosen.shape, bool)
    for reach in _REACHES:
        chosen, lonely = asked.follow(modes, chosen, reach)
    return chosen, chosen != first, lonely
