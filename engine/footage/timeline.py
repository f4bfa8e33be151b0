"""Which frame is which: numbers in order of presentation against what the container calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, pairwise

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.events import Advanced
from engine.footage.footage import Damage
from engine.footage.order import find_order
from engine.footage.packets import Packets, scan_packets, take_for_damage
from engine.footage.stream import NO_PTS, Identity, OpenStream, open_stream
from engine.isolation import tell
from engine.text import plain, plural

_PROOF = 12
"""Frames at the head that are decoded to see whether the container tells the truth."""

_LONG_PROOF = 48
"""The same for containers that often do not."""

_REGULAR = 0.95
"""Share of frames at even distances from which a wide one is a hole."""

_SHORTEST_HOLE = 0.25
"""Seconds."""

_FIELDS = 0.2
"""Share of the packets without a frame of their own from which they are fields, or fillers."""

_ASCENDING = 0.9
"""Share of the frames from which timestamps that ascend are those of the film."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """The frames of a film: what they are called, when they show, where reading can begin."""

    names: NDArray[np.int64]
    """Of each frame, in order of presentation: its timestamp, or a mark in its place."""
    times: NDArray[np.float64]
    """Seconds from the first frame."""
    keys: NDArray[np.int64]
    """Frames at which decoding can begin, ascending."""
    seeks: NDArray[np.int64]
    """For each key, the timestamp to seek to."""
    places: NDArray[np.int64]
    """For each key, where its packet begins in the file, bytes; -1 for unknown."""
    by_label: bool
    """Names are unique; if not, frames are told apart by counting from the start only."""
    torn: frozenset[int] = frozenset()
    """Frames of which the container says that bytes are missing."""
    notes: tuple[Damage, ...] = ()
    """What the container shows to be missing."""
    doubled: Mapping[Identity, int] = field(default_factory=dict)
    """Names of packets that share their timestamp with others."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def fps(self) -> Fraction:
        """Mean rate, measured."""
        if len(self) < 2 or self.times[-1] <= 0:
            return Fraction(0)
        return Fraction((len(self) - 1) / float(self.times[-1])).limit_denominator(1001)

    def frame_of(self) -> dict[int, int]:
        """Make the table from name to frame."""
        return dict(zip(self.names.tolist(), range(len(self)), strict=True))

    def key_of(self) -> dict[int, tuple[int, int]]:
        """Make the table from a key's name to its frame and its seek timestamp."""
        names = self.names[self.keys].tolist()
        return dict(
            zip(names, zip(self.keys.tolist(), self.seeks.tolist(), strict=True), strict=True)
        )

    def key_before(self, frame: int) -> int:
        """Give the place in ``keys`` of the last one at or before ``frame``; -1 for none."""
        return int(np.searchsorted(self.keys, frame, side="right")) - 1


@dataclass(frozen=True, eq=False)
class Head:
    """What was decoded of a film to see whether its container tells the truth."""

    first: av.VideoFrame
    """The first whole frame."""
    named: Iterator[tuple[int, av.VideoFrame]] | None = None
    """All from the first key on, with those not decoded yet, as long as the stream is not moved;
    None where the film can be entered elsewhere, too."""


def read_timeline(opened: OpenStream) -> tuple[Timeline, Head]:
    """Find out which frames a film has; give what was decoded on the way.

    The container is read through once; the first frames are decoded to check what it says. Where
    it lies or keeps silent (H.264 in AVI, fields in packets of their own, a share of timestamps
    doubled), the whole film is decoded once to count.

    Parameters
    ----------
    opened : OpenStream
        At its beginning; it is anywhere afterwards.

    Raises
    ------
    SourceError
        If there is no frame in it, or more than the limit.
    """
    packets = scan_packets(opened)
    opened.doubled = packets.doubled
    timeline = _trusting(packets, opened)
    head = _confirming(opened, packets, timeline) if timeline else None
    if timeline is None or head is None:
        timeline, head = _counted(opened, packets)
    return replace(timeline, notes=_missing(timeline, packets, opened)), head


def _trusting(packets: Packets, opened: OpenStream) -> Timeline | None:
    """Take the container at its word; None if it gives none, or contradicts itself."""
    order = find_order(packets, opened)
    if order is None:
        return None
    keys = np.flatnonzero(packets.key[order.shown])
    torn = np.flatnonzero(_hurt(packets)[order.shown] | order.orphaned)
    return Timeline(
        packets.names[order.shown],
        _seconds(packets.labels[order.shown], opened),
        keys.astype(np.int64),
        packets.seeks[order.shown][keys],
        packets.places[order.shown][keys],
        by_label=True,
        torn=frozenset(torn.tolist()),
        doubled=packets.doubled,
    )


def _torn(names: NDArray[np.int64], packets: Packets) -> frozenset[int]:
    """Give the frames that are hurt, or build on what is."""
    frames = np.flatnonzero(np.isin(names, packets.names[_hurt(packets)]))
    return frozenset(frames.tolist())


def _hurt(packets: Packets) -> NDArray[np.bool_]:
    """Mark what is torn, and what comes after it in the file up to the next key.

    Of that, some is shown before the torn frame, and builds on it all the same.
    """
    order = np.arange(len(packets.torn))
    last_key = np.maximum.accumulate(np.where(packets.key, order, -1))
    last_torn = np.maximum.accumulate(np.where(packets.torn, order, -1))
    return (last_torn >= 0) & (last_torn >= last_key)


def _confirming(opened: OpenStream, packets: Packets, timeline: Timeline) -> Head | None:
    """Give the first frames if those that come out of the decoder are as the table says."""
    key = _key_again(opened, packets)
    head = _head_agreeing(opened, key, timeline) if key is not None else None
    if head is not None:
        return head
    again = open_stream(opened.path, timeline.doubled, for_long=False)
    try:
        key = _next_key(again)
        head = _head_agreeing(again, key, timeline) if key is not None else None
        return Head(head.first) if head is not None else None
    finally:
        again.close()


def _key_again(opened: OpenStream, packets: Packets) -> Packet[VideoStream] | None:
    """Go back to the first key; None where its container does not lead there."""
    row = int(np.argmax(packets.key))
    if not opened.seek(int(packets.seeks[: row + 1].min())):
        return None
    key = _next_key(opened)
    return key if key is not None and opened.name(key) == packets.names[row] else None


def _next_key(opened: OpenStream) -> Packet[VideoStream] | None:
    return next((packet for packet in opened.packets() if packet.is_keyframe), None)


def _head_agreeing(opened: OpenStream, key: Packet[VideoStream], timeline: Timeline) -> Head | None:
    """Decode from the first key on, until enough agrees with the table."""
    wanted = min(len(timeline), _LONG_PROOF if opened.doubtful else _PROOF)
    whole = len(timeline.keys) == 1 and not timeline.torn
    if whole:
        # All that will be looked at of it follows, and none is decoded for nothing.
        opened.decode_for_long()
    coming = opened.frames(key)
    decoded: list[tuple[int, av.VideoFrame]] = []
    seen: list[int] = []
    first: av.VideoFrame | None = None
    for name, frame in coming:
        if whole:
            decoded.append((name, frame))
        if not frame.is_corrupt:
            first = first or frame
            seen.append(name)
        if len(seen) >= wanted:
            break
    if first is None or not _agrees(seen, timeline):
        return None
    return Head(first, chain(decoded, coming) if whole else None)


def _agrees(seen: Sequence[int], timeline: Timeline) -> bool:
    """Tell whether decoded names ascend within the table, with few whole ones left out."""
    frame_of = timeline.frame_of()
    if not seen or not all(name in frame_of for name in seen):
        return False
    places = [frame_of[name] for name in seen]
    last = places[-1]
    whole = last - sum(frame < last for frame in timeline.torn - set(places))
    return all(a < b for a, b in pairwise(places)) and whole < len(seen) * 1.5 + 1


def _counted(opened: OpenStream, packets: Packets) -> tuple[Timeline, Head]:
    """Decode the whole film to learn its order."""
    again = open_stream(opened.path, packets.doubled)
    names: list[int] = []
    keys: list[int] = []
    first: av.VideoFrame | None = None
    try:
        for name, frame in again.frames():
            if len(names) % 100 == 0:
                tell(Advanced(f"counting {plain(opened.path.name)}", len(names), 0))
            if frame.is_corrupt and first is None:
                continue
            first = first or frame
            if frame.key_frame and not frame.is_corrupt:
                keys.append(len(names))
            names.append(name)
    finally:
        again.close()
    if first is None:
        raise SourceError(
            f"{plain(opened.path.name)}: no frame of it can be decoded; copy or convert it again"
        )
    return _timeline_of(np.array(names, np.int64), keys, packets, opened), Head(first)


def _timeline_of(
    names: NDArray[np.int64], keys: list[int], packets: Packets, opened: OpenStream
) -> Timeline:
    unique = len(np.unique(names)) == len(names) and bool((names > -NO_PTS).all())
    row_of = dict(zip(packets.names.tolist(), range(len(packets.names)), strict=True))
    places = [k for k in keys if int(names[k]) in row_of] if unique else []
    rows = np.array([row_of[int(names[k])] for k in places], np.int64)
    labels = [
        int(packets.labels[row_of[name]]) if name in row_of else name for name in names.tolist()
    ]
    return Timeline(
        names,
        _times(np.array(labels, np.int64), packets, opened),
        np.array(places, np.int64),
        packets.seeks[rows],
        packets.places[rows],
        by_label=unique,
        torn=_torn(names, _with_lost(packets, names)) if unique else frozenset(),
        doubled=packets.doubled,
    )


def _with_lost(packets: Packets, names: NDArray[np.int64]) -> Packets:
    """Take packets from which no frame came for torn, unless that is how the film is made."""
    lost = ~np.isin(packets.names, names)
    lost[: int(np.argmin(lost))] = False
    # On what is shown before the key that it comes after, nothing else is built.
    key = np.maximum.accumulate(np.where(packets.key, np.arange(len(lost)), 0))
    lost &= packets.labels >= packets.labels[key]
    if float(lost.mean()) > _FIELDS:
        return packets
    return replace(packets, torn=packets.torn | take_for_damage(lost))


def _times(labels: NDArray[np.int64], packets: Packets, opened: OpenStream) -> NDArray[np.float64]:
    """Say when frames show: by label where that ascends, else evenly or by order of decoding."""
    ascending = float(np.mean(np.diff(labels) > 0)) if len(labels) > 1 else 1.0
    if ascending > _ASCENDING and labels.max() < NO_PTS // 2 and labels.min() > -NO_PTS:
        return _seconds(labels, opened)
    stamps = np.unique(packets.seeks)
    if len(stamps) >= len(labels):
        return _seconds(stamps[: len(labels)], opened)
    return np.arange(len(labels)) / _stated_rate(opened)


def _seconds(stamps: NDArray[np.int64], opened: OpenStream) -> NDArray[np.float64]:
    """Turn timestamps in order of presentation into seconds from the first, ascending.

    Where they fall back, recordings were joined; frames that share one are spread over the time
    to the next.
    """
    unit = float(opened.stream.time_base or 1)
    steps = np.diff(stamps)
    if bool((steps > 0).all()):
        seconds: NDArray[np.float64] = (stamps - stamps[0]) * unit
        return seconds
    forward = steps[steps > 0] * unit
    usual = float(np.median(forward)) if len(forward) else 1 / _stated_rate(opened)
    times = np.cumsum([0.0, *np.where(steps < 0, usual, steps * unit)])
    begin = np.flatnonzero(np.diff(times, prepend=-1.0) > 0)
    many = np.diff(begin, append=len(times))
    each = np.minimum(usual, np.diff(times[begin], append=np.inf) / many)
    within = np.arange(len(times)) - np.repeat(begin, many)
    spread: NDArray[np.float64] = times + within * np.repeat(each, many)
    return spread


def _stated_rate(opened: OpenStream) -> float:
    return float(opened.stream.average_rate or 24)


def _missing(timeline: Timeline, packets: Packets, opened: OpenStream) -> tuple[Damage, ...]:
    """Put in words what a film's timestamps show to be missing: its head, its end, a stretch."""
    notes = []
    first_key = int(np.argmax(packets.key)) if packets.key.any() else 0
    if first_key:
        lost = plural(first_key, "frame")
        notes.append(
            Damage(0.0, f"begins in the middle; {lost} before the first whole one left out")
        )
    doubted = np.flatnonzero(np.isin(timeline.names, packets.names[packets.doubtful]))
    if len(doubted):
        since, until = (float(timeline.times[frame]) for frame in (doubted[0], doubted[-1]))
        hurt = f"somewhere from {since:.2f} to {until:.2f} s bytes are not what was written"
        notes.append(Damage(since, f"{hurt}; pictures may be wrong"))
    spacing = np.diff(timeline.times)
    if len(spacing) > 8:
        usual = float(np.median(spacing))
        regular = float(np.mean(spacing < 1.6 * usual)) > _REGULAR
        for frame in np.flatnonzero(spacing > max(4 * usual, _SHORTEST_HOLE)) if regular else ():
            gone, back = (float(timeline.times[f]) for f in (frame, frame + 1))
            notes.append(Damage(gone, f"nothing to read from {gone:.2f} to {back:.2f} s"))
    stated, end = _stated_length(opened, packets), float(timeline.times[-1])
    if stated > end + max(1.0, 0.02 * stated):
        notes.append(Damage(end, f"ends at {end:.2f} s of {stated:.2f} s; the rest is not there"))
    return tuple(notes)


def _stated_length(opened: OpenStream, packets: Packets) -> float:
    """Give the seconds that the file says its film lasts; 0 for unknown."""
    stream = opened.stream
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    # Matroska has it in a tag, counted from 0 wherever the film begins: 00:24:01.123000000.
    parts = stream.metadata.get("DURATION", "").split(":")
    begins = max(0.0, float(packets.labels.min() * (stream.time_base or 1)))
    with suppress(ValueError):
        hours, minutes, seconds = (float(part) for part in parts)
        return 3600 * hours + 60 * minutes + seconds - begins
    return 0.0
