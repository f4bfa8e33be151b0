"""The exact median of many pictures over time, pixel by pixel, in little memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.values import AnyArray, Mask

MOST_FRAMES = 255
"""More samples than this would overflow the counters, which are bytes to stay in cache."""

_CHUNK = 65536  # samples of one frame that are worked on at once: they stay in the cache


def masked_median(
    frames: Sequence[AnyArray],
    valid: Sequence[Mask] | None = None,
    places: tuple[AnyArray, AnyArray] | None = None,
) -> AnyArray:
    """Take the median of each pixel and channel over the frames in which it counts.

    Found bit by bit from the top (eight sweeps of compare and add), which is exact and, unlike
    sorting, reads each sample in order. Of an even number of samples it is the lower middle one,
    so that every value was really seen.

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
    rows = max(1, _CHUNK // (width * channels))
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
        if hidden is None:
            need: AnyArray = np.full(here.shape[1:], (len(frames) + 1) // 2, np.uint8)
        else:
            need = hidden.apply(here, top)
        flat = here.reshape(len(frames), -1)
        result[strip] = _kth_smallest(flat, need.reshape(-1)).reshape(result[strip].shape)
    return result


def spread_over(small: tuple[int, ...], large: tuple[int, int]) -> tuple[AnyArray, AnyArray]:
    """Give the row and the column of a small array that stand for each of a large one's."""
    rows = np.arange(large[0]) * small[0] // large[0]
    return rows, np.arange(large[1]) * small[1] // large[1]


@dataclass(frozen=True, slots=True)
class _Hidden:
    """Which samples do not count, and how many do."""

    levels: AnyArray
    """``(N, h, w)``: 255 where a sample does not count; each stands for a block."""
    need: AnyArray
    """``(h, w)``: which of the ordered samples is the middle one."""
    row_of: AnyArray
    """``(H,)``: the row that stands for each of the picture's."""
    column_of: AnyArray
    """The same of each sample in a row."""

    @classmethod
    def of(cls, valid: Sequence[Mask], row_of: AnyArray, column_of: AnyArray) -> _Hidden:
        """Prepare masks."""
        counts: AnyArray = np.stack(list(valid)).sum(axis=0)
        need: AnyArray = ((counts + 1) // 2).astype(np.uint8)
        need[need == 0] = MOST_FRAMES
        levels = np.stack([-(~mask).view(np.int8) for mask in valid]).view(np.uint8)
        return cls(levels, need, row_of, column_of)

    def apply(self, samples: AnyArray, top: int) -> AnyArray:
        """Let no sample of ``(N, rows, columns)`` count that is hidden; give the order wanted."""
        rows = self.row_of[top : top + samples.shape[1]]
        first, blocks = rows[0], slice(rows[0], rows[-1] + 1)
        for one, levels in zip(samples, self.levels, strict=True):
            # An invalid sample becomes the highest value: it sorts behind all that count.
            np.maximum(one, levels[blocks].take(self.column_of, axis=1)[rows - first], out=one)
        return np.asarray(self.need[blocks].take(self.column_of, axis=1)[rows - first])


def _kth_smallest(samples: AnyArray, need: AnyArray) -> AnyArray:
    """Give the ``need``-th smallest of each column of ``samples`` ``(N, P)``, counted from 1."""
    found = np.zeros(samples.shape[1], np.uint8)
    for bit in (128, 64, 32, 16, 8, 4, 2, 1):
        threshold = found + np.uint8(bit - 1)
        below = np.zeros(samples.shape[1], np.uint8)
        for row in samples:
            below += row <= threshold
        found += (below < need) * np.uint8(bit)
    return found
