"""The exact median over time, by comparisons that run over whole tiles at once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray


@lru_cache(maxsize=256)
def median_network(count: int) -> tuple[tuple[int, int], ...]:
    """Give the comparisons that bring the middle of ``count`` values to its place.

    Batcher's merge exchange (Knuth, The Art of Computer Programming 3, algorithm 5.2.2 M),
    without the comparisons that the middle does not depend on.
    """
    steps: list[tuple[int, int]] = []
    top = 1 << max(0, (count - 1).bit_length() - 1)
    p = top
    while p > 0 and count > 1:
        q, r, d = top, 0, p
        while True:
            steps.extend((i, i + d) for i in range(count - d) if i & p == r)
            if q == p:
                break
            d, q, r = q - p, q >> 1, p
        p >>= 1
    needed = {(count - 1) // 2, count // 2}
    kept = []
    for a, b in reversed(steps):
        if a in needed or b in needed:
            kept.append((a, b))
            needed |= {a, b}
    return tuple(reversed(kept))


def median_of(samples: NDArray[np.uint8], seen: NDArray[np.bool_] | None = None) -> AnyArray:
    """Take the median over the first axis, exactly, of those samples that are seen.

    Parameters
    ----------
    samples : (n, h, w, c) uint8 array
    seen : (n, h, w) bool array, optional
        Where a sample counts. Pixels seen by none get a meaningless value.

    Returns
    -------
    (h, w, c) uint8 array
        Of an even number of samples the mean of the two in the middle, rounded up (where an odd
        number of samples is unseen, the lower of the two).
    """
    work = samples.copy()
    if seen is not None and not seen.all():
        # Unseen samples become 0 and 255 by turns, which leaves the middle where it was.
        unseen = ~seen
        turn = np.cumsum(unseen, axis=0, dtype=np.uint8) & 1
        turn = (turn - np.uint8(1)) * unseen
        for layer, where, value in zip(work, unseen, turn, strict=True):
            layer[where] = value[where][:, None]
    rows = work.reshape(len(work), -1)
    spare = np.empty(rows.shape[1], np.uint8)
    for a, b in median_network(len(rows)):
        np.minimum(rows[a], rows[b], out=spare)
        np.maximum(rows[a], rows[b], out=rows[b])
        rows[a] = spare
    low, high = work[(len(work) - 1) // 2], work[len(work) // 2]
    if len(work) % 2:
        return np.asarray(low)
    middle: AnyArray = (low >> 1) + (high >> 1) + ((low | high) & 1)
    if seen is not None:
        # With an odd number unseen there is one 0 more than 255, and the middle lies one higher.
        odd = ((len(seen) - seen.sum(axis=0)) & 1).astype(np.bool_)
        middle[odd] = high[odd]
    return middle
