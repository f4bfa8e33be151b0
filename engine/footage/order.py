"""In which order a film's frames are shown, from what its packets say.

Timestamps say it, except in two cases. Where recordings were joined, stamps of the second begin
at or before the last of the first; nothing of the second is shown before the first has ended. And
of frames that share a stamp only the decoder knows which comes first: those places are decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.events import Advanced
from engine.footage.packets import Packets, find_recordings
from engine.footage.stream import NO_PTS, OpenStream, open_stream
from engine.isolation import tell
from engine.text import plain
from engine.values import AnyArray

_LONGEST_REORDERING = 5.0
"""Seconds; where timestamps fall back further without a key, bytes are damaged."""

_REORDERED = 16
"""Packets from a joint on after which all before it have come out of the decoder."""

_MOST_DECODED = 0.2
"""Share of the packets from which it is as well to decode the whole film."""

_MOST_JOINTS = 4
"""Joints that are decoded to see whether they are any."""

Span = tuple[int, int]
"""Packets ``[start, stop)`` in order of the file, from a key on."""


@dataclass(frozen=True, eq=False)
class Order:
    """Which packets are shown, and when."""

    shown: NDArray[np.int64]
    """Place in the file of each frame's packet, in order of presentation."""
    orphaned: NDArray[np.bool_]
    """Frames that build on what was cut away where recordings were joined."""


def find_order(packets: Packets, opened: OpenStream) -> Order | None:
    """Find the order of presentation; None if the container gives none, or contradicts itself."""
    if not packets.key.any() or bool((packets.labels >= NO_PTS // 2).any()):
        return None
    begins = find_recordings(packets.labels, packets.key)
    parts = np.split(packets.labels, begins)[1:]
    unit = float(opened.stream.time_base or 1)
    if max(_falls_back(part) for part in parts) * unit > _LONGEST_REORDERING:
        return None
    recording = np.full(len(packets.labels), -1)
    recording[begins[0] :] = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    before_key = packets.labels < packets.labels[begins][recording]
    usable = packets.shown & (recording >= 0) & ~(before_key & (recording == 0))
    order = np.lexsort((packets.labels, recording))
    order = order[usable[order]]
    # A set is known at once; NumPy would load what it has for masked arrays first.
    if not len(order) or len(set(packets.names[order].tolist())) < len(order):
        return None
    changes = _changes(recording[order]) | _changes(packets.labels[order])
    moment = np.cumsum(changes, dtype=np.int64)
    spans = [*_around_ties(order, moment, packets), *_around_joints(begins[1:], packets.key)]
    proven = _proven(order, moment, packets, spans, opened)
    return None if proven is None else Order(proven, before_key[proven])


def _falls_back(labels: NDArray[np.int64]) -> int:
    """Give how far labels fall back behind the latest before them, in order of the file."""
    return int((np.maximum.accumulate(labels) - labels).max())


def _changes(column: AnyArray) -> NDArray[np.bool_]:
    """Mark the rows that differ from the one before."""
    changes: NDArray[np.bool_] = np.diff(column, prepend=column[:1]) != 0
    return changes


def _around_ties(
    order: NDArray[np.int64], moment: NDArray[np.int64], packets: Packets
) -> Iterator[Span]:
    """Yield what must be decoded to see frames of the same moment come out."""
    keys = np.flatnonzero(packets.key)
    for tied in _ties(moment):
        places = order[tied]
        key = int(np.searchsorted(keys, places.min(), side="right")) - 1
        # What is shown before a key builds on the one before.
        if key and packets.labels[places[0]] < packets.labels[keys[key]]:
            key -= 1
        yield int(keys[key]), int(places.max()) + 1


def _ties(moment: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the frames of each moment that has several."""
    _, first, count = np.unique(moment, return_index=True, return_counts=True)
    for begin, many in zip(first[count > 1], count[count > 1], strict=True):
        yield np.arange(begin, begin + many)


def _around_joints(joints: NDArray[np.int64], key: NDArray[np.bool_]) -> Iterator[Span]:
    """Yield what must be decoded to see that a recording is over before the next begins."""
    keys = np.flatnonzero(key)
    spread = np.linspace(0, len(joints) - 1, min(_MOST_JOINTS, len(joints)))
    for joint in joints[spread.astype(int)]:
        before = keys[max(0, int(np.searchsorted(keys, joint)) - 1)]
        yield int(before), min(int(joint) + _REORDERED, len(key))


def _proven(
    order: NDArray[np.int64],
    moment: NDArray[np.int64],
    packets: Packets,
    spans: Sequence[Span],
    opened: OpenStream,
) -> NDArray[np.int64] | None:
    """Order frames of the same moment as the decoder does; None if it contradicts the rest."""
    if not spans:
        return order
    merged = _merged(spans)
    if sum(stop - start for start, stop in merged) > _MOST_DECODED * len(packets.key):
        return None
    frame_of = dict(zip(packets.names[order].tolist(), range(len(order)), strict=True))
    came: dict[int, list[int]] = {}
    for names in _decoded(merged, packets, opened):
        frames = [frame_of[name] for name in names if name in frame_of]
        if bool((np.diff(moment[frames]) < 0).any()):
            return None
        for frame in frames:
            came.setdefault(int(moment[frame]), []).append(frame)
    proven = order.copy()
    for tied in _ties(moment):
        seen = came.get(int(moment[tied[0]]), [])
        if len(seen) != len(tied):
            return None
        proven[tied] = order[seen]
    return proven


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Put together spans that overlap, in order of the file."""
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start < merged[-1][1]:
            start, before = merged.pop()
            stop = max(before, stop)
        merged.append((start, stop))
    return merged


def _decoded(spans: Sequence[Span], packets: Packets, opened: OpenStream) -> Iterator[list[int]]:
    """Yield the names of the frames of each span in the order in which they come out."""
    again = open_stream(opened.path, packets.doubled)
    coming = iter(enumerate(again.packets()))
    try:
        for done, (start, stop) in enumerate(spans):
            tell(Advanced(f"counting {plain(opened.path.name)}", done, len(spans), "places"))
            names: list[int] = []
            for place, packet in coming:
                if place >= start:
                    names += [name for name, _ in again.named(packet)]
                if place + 1 >= stop:
                    break
            names += [name for name, _ in again.named(None)]
            again.stream.codec_context.flush_buffers()
            yield names
    finally:
        again.close()
