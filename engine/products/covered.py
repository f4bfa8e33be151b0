"""What is burnt into frames, and the frames that saw what it hides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from engine.products.placed import Placed, moved, reduced, seen_in
from engine.products.registration import Track
from engine.recipe import OverlayBox
from engine.values import AnyArray, Box, Mask, Size

BEHIND_STEP = 4
"""Canvas pixels for each in which it is looked up what lies behind an overlay."""
ENOUGH = 2
"""Frames that should see what an overlay hides in others."""
MOST_BEHIND = 12
"""Frames added to see behind overlays."""
LEAST_BEHIND = 4
"""Reduced pixels that a frame must show for that."""
OVERLAY_CELL = 4
"""Pixels for each of the map of what is burnt in."""


def frames_behind(placed: Sequence[Placed], track: Track, size: Size) -> list[int]:
    """Find frames that saw what is burnt in hides in all, or all but one, of those chosen.

    A logo near the edge leaves a gap of a few pixels: a frame must fall just there.

    Parameters
    ----------
    placed : sequence of Placed
        The chosen frames, on a canvas of ``size``.
    track : Track
        Of these and of all that could be chosen.

    Returns
    -------
    list of int
        Places in the track.
    """
    if all(one.hidden is None for one in placed):
        return []
    box = Box(0, 0, max(1, size[0] // BEHIND_STEP), max(1, size[1] // BEHIND_STEP))
    small = [reduced(one, BEHIND_STEP, grey=True) for one in placed]
    seen = np.zeros((box.height, box.width), np.int16)
    reached = seen.copy()
    for one in small:
        seen += seen_in(one, box)
        reached += seen_in(replace(one, hidden=None), box)
    need = np.minimum(reached, ENOUGH) - np.minimum(seen, ENOUGH)
    if not need.any():
        return []
    return choose_frames(need, dict(_other_views(small, track, box, need > 0)))


def choose_frames(need: AnyArray, views: dict[int, Mask]) -> list[int]:
    """Choose a few frames that show most of what is needed.

    Parameters
    ----------
    need : (h, w) int array
        How many more frames should show each pixel.
    views : dict
        What each frame would show of it, ``(h, w)`` bool.
    """
    views = dict(views)
    found: list[int] = []
    while views and len(found) < MOST_BEHIND:
        gains = {row: int(need[view].sum()) for row, view in views.items()}
        best = max(gains, key=gains.__getitem__)
        if gains[best] < LEAST_BEHIND:
            break
        found.append(best)
        need = np.maximum(need - views.pop(best), 0)
    return found


def _other_views(
    small: Sequence[Placed], track: Track, box: Box, wanted: Mask
) -> Iterator[tuple[int, Mask]]:
    """Say which part of what is wanted each frame would show that has not been chosen."""
    row_of = {frame: row for row, frame in enumerate(track.frames)}
    rows = [row_of[one.frame] for one in small]
    for row, frame in enumerate(track.frames):
        if row in rows:
            continue
        # Between two chosen frames, what is burnt into either may be burnt in here.
        after = int(np.searchsorted(rows, row))
        near = [small[k] for k in (after - 1, after) if 0 <= k < len(small)]
        mate = min(near, key=lambda one: abs(one.frame - frame))
        move = (track.place[row, :2] - track.place[row_of[mate.frame], :2]) / BEHIND_STEP
        hidden = both_hidden(near[0].hidden, near[-1].hidden)
        view = seen_in(replace(moved(mate, move), hidden=hidden), box) & wanted
        if view.any():
            yield row, view


def hidden_alike(placed: Sequence[Placed], known: Mapping[int, Mask | None]) -> list[Placed]:
    """Hide in frames what is known to be burnt into them, or into those before and after.

    ``known`` tells all that is hidden in some frames, in order of time.
    """
    frames = list(known)
    if not any(mask is not None for mask in known.values()):
        return list(placed)
    out = []
    for one in placed:
        if one.frame in known:
            out.append(replace(one, hidden=known[one.frame]))
            continue
        after = min(int(np.searchsorted(frames, one.frame)), len(frames) - 1)
        hidden = both_hidden(known[frames[max(0, after - 1)]], known[frames[after]])
        out.append(replace(one, hidden=both_hidden(hidden, one.hidden)))
    return out


def both_hidden(one: Mask | None, other: Mask | None) -> Mask | None:
    """Give what either hides, at the size of the first; None for nothing."""
    return other if one is None else joined(one, other)


def joined(mask: Mask, other: Mask | None) -> Mask:
    """Give what either mask holds, at the size of the first."""
    if other is None:
        return mask
    height, width = mask.shape
    grown = cv2.resize(other.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return mask | (grown > 0)


def overlaid(overlays: Sequence[OverlayBox], frame: int, crop: Box, scale: float) -> Mask | None:
    """Mark what is burnt in on a frame, in cells of the part used; None for nothing."""
    shown = [o for o in overlays if o[4] <= frame < o[5]]
    if not shown:
        return None
    mask = np.zeros((-(-crop.height // OVERLAY_CELL), -(-crop.width // OVERLAY_CELL)), np.bool_)
    # The mask is stretched over the whole part, whose sides need not be multiples of a cell.
    fx, fy = mask.shape[1] / crop.width, mask.shape[0] / crop.height
    for x, y, width, height, _, _ in shown:
        left, top = (x * scale - crop.x) * fx, (y * scale - crop.y) * fy
        right, bottom = left + width * scale * fx, top + height * scale * fy
        rows = slice(max(0, int(np.floor(top))), max(0, int(np.ceil(bottom))))
        mask[rows, max(0, int(np.floor(left))) : max(0, int(np.ceil(right)))] = True
    return mask
