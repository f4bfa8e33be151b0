"""The exact median of many pictures over time, pixel by pixel, in little memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.products.temporal import middle_two
from engine.values import AnyArray, Mask

MOST_FRAMES = 255
"""Of more frames, to sort them pixel by pixel takes too long."""

_CHUNK = 3_000_000  # samples that are worked on at once: in shorter steps, threads would wait


def masked_median(
    frames: Sequence[AnyArray],
    valid: Sequence[Mask] | None = None,
    places: tuple[AnyArray, AnyArray] | None = None,
) -> AnyArray:
    """Take the median of each pixel and channel over the frames in which it counts.

    By comparisons of whole rows, see :func:`~engine.products.temporal.middle_two`. Of an even
    number of samples it is the lower middle one, so that every value was really seen.

    Parameters
    ----------
    frames : sequence of (H, W) or (H, W, C) uint8 arrays
        At most :data:`MOST_FRAMES`.
    valid : sequence of (h, w) bool arrays, optional
        Where each frame counts; everywhere when not given. They may be smaller than the frames:
        each of their pixels then stands for a block.
    places : (H,) and (W,) int arrays, optional
        The row and the column of the masks that stand for each row and column of the frames,
        ascending; evenly spread over the masks when not given.

    Returns
    -------
    (H, W) or (H, W, C) uint8 array
        255 where no frame counts.

    Raises
    ------
    ValueError
        If there are no frames, or too many.
    """
    if not 0 < len(frames) <= MOST_FRAMES:
        raise ValueError(f"a median needs 1 to {MOST_FRAMES} frames, got {len(frames)}")
    height, width = frames[0].shape[:2]
    result = np.empty(frames[0].shape, np.uint8)
    channels = result[:1, :1].size
    rows = min(height, max(1, _CHUNK // (len(frames) * width * channels)))
    samples = np.empty((len(frames), rows, width * channels), np.uint8)
    hidden = None
    if valid is not None:
        places = places or spread_over(valid[0].shape, (height, width))
        hidden = _Hidden.of(valid, places[0], np.repeat(places[1], channels))
    for top in range(0, height, rows):
        strip = slice(top, min(top + rows, height))
        here = samples[:, : strip.stop - top]
        for row, frame in zip(here, frames, strict=True):
            row[:] = frame[strip].reshape(row.shape)
        upper = None if hidden is None else hidden.apply(here, top)
        low, high = middle_two(here.reshape(len(frames), -1))
        if upper is not None:
            low = np.where(upper.reshape(-1), high, low)
        result[strip] = low.reshape(result[strip].shape)
    return result


def spread_over(small: tuple[int, ...], large: tuple[int, int]) -> tuple[AnyArray, AnyArray]:
    """Give the row and the column of a small array that stand for each of a large one's."""
    rows = np.arange(large[0]) * small[0] // large[0]
    return rows, np.arange(large[1]) * small[1] // large[1]


@dataclass(frozen=True, slots=True)
class _Hidden:
    """Which samples do not count: of each pixel, by turns lowest and highest, and so not middle."""

    lowest: AnyArray
    """``(N, h, w)``, each for a block: 0 where a sample is made the lowest, 255 elsewhere."""
    highest: AnyArray
    """``(N, h, w)``: 255 where a sample is made the highest."""
    upper: AnyArray
    """``(h, w)``: where the middle lies one higher: one sample more is lowest than highest."""
    row_of: AnyArray
    """``(H,)``: the row that stands for each of the picture's."""
    column_of: AnyArray
    """The same of each sample in a row."""

    @classmethod
    def of(cls, valid: Sequence[Mask], row_of: AnyArray, column_of: AnyArray) -> _Hidden:
        """Prepare masks."""
        seen = np.stack(list(valid))
        never = ~seen.any(axis=0)
        odd = np.zeros_like(never)
        lowest, highest = np.full(seen.shape, 255, np.uint8), np.zeros(seen.shape, np.uint8)
        for low, high, shown in zip(lowest, highest, seen, strict=True):
            high[~shown & (odd | never)] = 255
            low[~shown & ~odd & ~never] = 0
            odd ^= ~shown
        upper = odd if len(seen) % 2 == 0 else np.zeros_like(odd)
        return cls(lowest, highest, upper, row_of, column_of)

    def apply(self, samples: AnyArray, top: int) -> AnyArray | None:
        """Let no sample of ``(N, rows, columns)`` count that is hidden; give ``upper`` for them."""
        rows = self.row_of[top : top + samples.shape[1]]
        blocks = slice(rows[0], rows[-1] + 1)
        for one, low, high in zip(samples, self.lowest, self.highest, strict=True):
            if not low[blocks].all():
                np.minimum(one, self._spread(low[blocks], rows), out=one)
            if high[blocks].any():
                np.maximum(one, self._spread(high[blocks], rows), out=one)
        return self._spread(self.upper[blocks], rows) if self.upper[blocks].any() else None

    def _spread(self, blocks: AnyArray, rows: AnyArray) -> AnyArray:
        """Repeat blocks to the size of the picture."""
        return np.asarray(blocks.take(self.column_of, axis=1)[rows - rows[0]])
