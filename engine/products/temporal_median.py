"""The exact median of many pictures over time, pixel by pixel, in little memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.values import Image, Mask

MOST_FRAMES = 255
"""More samples than this would overflow the counters, which are bytes to stay in cache."""

_CHUNK = 65536  # samples of one frame that are worked on at once: they stay in the cache


def masked_median(frames: Sequence[Image], valid: Sequence[Mask] | None = None) -> Image:
    """Take the median of each pixel and channel over the frames in which it counts.

    Found bit by bit from the top (eight sweeps of compare and add), which is exact and, unlike
    sorting, reads each sample in order. Of an even number of samples it is the lower middle one,
    so that every value was really seen.

    Parameters
    ----------
    frames : sequence of (H, W, 3) uint8 arrays
        At most :data:`MOST_FRAMES`.
    valid : sequence of (h, w) bool arrays, optional
        Where each frame counts; everywhere when not given. They may be smaller than the frames:
        each of their pixels then stands for a block.

    Returns
    -------
    (H, W, 3) uint8 array
        255 where no frame counts.

    Raises
    ------
    ValueError
        If there are no frames, or too many.
    """
    if not 0 < len(frames) <= MOST_FRAMES:
        raise ValueError(f"a median needs 1 to {MOST_FRAMES} frames, got {len(frames)}")
    height, width = frames[0].shape[:2]
    result = np.empty((height, width, 3), np.uint8)
    rows = max(1, _CHUNK // (width * 3))
    if valid is not None:
        block_row = np.arange(height) * valid[0].shape[0] // height
        block_column = np.arange(width) * valid[0].shape[1] // width
    for top in range(0, height, rows):
        strip = slice(top, top + rows)
        samples = np.stack([frame[strip].reshape(-1) for frame in frames])
        if valid is None:
            need = np.full(samples.shape[1], (len(frames) + 1) // 2, np.uint8)
        else:
            blocks = np.ix_(block_row[strip], block_column)
            counts = np.stack([mask[blocks].reshape(-1) for mask in valid])
            # An invalid sample becomes the highest value: it sorts behind all that count.
            samples = samples.reshape(len(frames), -1, 3)
            np.maximum(samples, ~counts[:, :, None] * np.uint8(255), out=samples)
            samples = samples.reshape(len(frames), -1)
            need = np.repeat(((counts.sum(axis=0) + 1) // 2).astype(np.uint8), 3)
            need[need == 0] = MOST_FRAMES
        result[strip] = _kth_smallest(samples, need).reshape(-1, width, 3)
    return result


def _kth_smallest(samples: np.ndarray[tuple[int, int], np.dtype[np.uint8]], need: Image) -> Image:
    """Give the ``need``-th smallest of each column of ``samples`` ``(N, P)``, counted from 1."""
    found = np.zeros(samples.shape[1], np.uint8)
    for bit in (128, 64, 32, 16, 8, 4, 2, 1):
        threshold = found + np.uint8(bit - 1)
        below = np.zeros(samples.shape[1], np.uint8)
        for row in samples:
            below += row <= threshold
        found += (below < need) * np.uint8(bit)
    return found
