"""Which frame is which: numbers in order of presentation against what the container calls them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.events import Advanced
from engine.footage.checksums import find_broken
from engine.footage.footage import MAX_FRAMES, Damage
from engine.footage.stream import NO_PTS, OpenStream, label, open_stream, seek_point
from engine.isolation import tell
from engine.text import plain, plural

_PROOF = 12
"""Frames at the head that are decoded to see whether the container tells the truth."""

_REGULAR = 0.95
"""Share of frames at even distances from which a wide one is a hole."""

_SHORTEST_HOLE = 0.25
"""Seconds."""

_BYTES_LOST = 0.3
"""Share of the bytes to be expected in a hole in time that must be there, unread, for frames to
have been lost in it; a film whose pictures stand still may leave them out."""

_TELLING = frozenset({"h264", "mpeg1video", "mpeg2video", "mpeg4"})
"""Codecs whose decoders see most damage, and tell the very frame."""

_FEW_HOLES = 20
"""Packets with holes in them, which any film may have."""

_MOST_HOLES = 0.02
"""Share of the packets from which their zeros are filling."""

_FIELDS = 0.2
"""Share of the packets without a frame of their own from which they are fields, or fillers."""

_LONGEST_REORDERING = 5.0
"""Seconds; where timestamps fall back further, recordings were joined or bytes are damaged."""

_LONG_PROOF = 48
"""The same for containers that often do not."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """The frames of a film: what they are called, when they show, where reading can begin."""

    labels: NDArray[np.int64]
    """Of each frame, in order of presentation."""
    times: NDArray[np.float64]
    """Seconds from the first frame."""
    keys: NDArray[np.int64]
    """Frames at which decoding can begin, ascending."""
    seeks: NDArray[np.int64]
    """For each key, the timestamp to seek to."""
    by_label: bool
    """Labels are unique; if not, frames are told apart by counting from the start only."""
    torn: frozenset[int] = frozenset()
    """Frames of which the container says that bytes are missing."""
    notes: tuple[Damage, ...] = ()
    """What the container shows to be missing."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def fps(self) -> Fraction:
        """Mean rate, measured."""
        if len(self) < 2 or self.times[-1] <= 0:
            return Fraction(0)
        return Fraction((len(self) - 1) / float(self.times[-1])).limit_denominator(1001)

    def frame_of(self) -> dict[int, int]:
        """Make the table from label to frame."""
        return {int(name): frame for frame, name in enumerate(self.labels)}

    def key_of(self) -> dict[int, tuple[int, int]]:
        """Make the table from a key's label to its frame and its seek timestamp."""
        names = self.labels[self.keys].tolist()
        return dict(
            zip(names, zip(self.keys.tolist(), self.seeks.tolist(), strict=True), strict=True)
        )

    def key_before(self, frame: int) -> int:
        """Give the place in ``keys`` of the last one at or before ``frame``; -1 for none."""
        return int(np.searchsorted(self.keys, frame, side="right")) - 1


@dataclass(frozen=True, eq=False)
class _Packets:
    """What a pass over the container says, without decoding; columns in order of the file."""

    labels: NDArray[np.int64]
    seeks: NDArray[np.int64]
    key: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    """Not cut off by an edit list."""
    torn: NDArray[np.bool_]
    """Bytes of it, or packets before it, are missing."""
    doubtful: NDArray[np.bool_]
    """A checksum fails somewhere about it, and so many are hurt that it is shown all the same."""


def read_timeline(opened: OpenStream) -> tuple[Timeline, av.VideoFrame]:
    """Find out which frames a film has; give the first whole one that was decoded on the way.

    The container is read through once; the first frames are decoded to check what it says. Where
    it lies or keeps silent (H.264 in AVI, fields in packets of their own, doubled timestamps),
    the whole film is decoded once to count.

    Parameters
    ----------
    opened : OpenStream
        At its beginning; it is at its end afterwards.

    Raises
    ------
    SourceError
        If there is no frame in it, or more than the limit.
    """
    packets = _scan_packets(opened)
    timeline = _trusting(packets, float(opened.stream.time_base or 1))
    first = _confirming(opened, timeline) if timeline else None
    if timeline is None or first is None:
        timeline, first = _counted(opened, packets)
    return replace(timeline, notes=_missing(timeline, packets, opened)), first


def _scan_packets(opened: OpenStream) -> _Packets:
    labels, seeks, key, shown, torn, hollow, places = [], [], [], [], [], [], []
    for packet in opened.packets():
        labels.append(label(packet))
        seeks.append(seek_point(packet))
        key.append(packet.is_keyframe)
        shown.append(not packet.is_discard)
        torn.append(packet.is_corrupt)
        hollow.append(opened.has_hole(packet))
        places.append((-1 if packet.pos is None else packet.pos, packet.size))
        if len(labels) > MAX_FRAMES:
            raise SourceError(
                f"{plain(opened.path.name)}: more than {MAX_FRAMES:,} frames; cut it into parts"
            )
    where = np.array(places, np.int64).reshape(-1, 2)
    decoding = np.array(seeks, np.int64)
    keys = np.array(key, np.bool_)
    hurt = np.array(torn, np.bool_) | _damaged(np.array(hollow, np.bool_))
    doubtful = np.zeros_like(hurt)
    if "matroska" in opened.container.format.name:
        # A key builds on nothing that was lost.
        hurt |= _after_lost(where, decoding) & ~keys
        doubtful = _in_broken(where[:, 0], hurt, opened)
    if bool((keys & ~hurt & ~doubtful).any()):
        hurt, doubtful = hurt | doubtful, np.zeros_like(hurt)
    return _Packets(
        np.array(labels, np.int64), decoding, keys, np.array(shown, np.bool_), hurt, doubtful
    )


def _in_broken(
    begins: NDArray[np.int64], hurt: NDArray[np.bool_], opened: OpenStream
) -> NDArray[np.bool_]:
    """Mark packets that lie where the file's checksums fail and nothing tells the place better."""
    doubtful = np.zeros(len(begins), np.bool_)
    if opened.codec not in _TELLING:
        for start, stop in find_broken(opened.path):
            inside = (begins >= start) & (begins < stop)
            if not (inside & hurt).any():
                doubtful |= inside
    return doubtful


def _after_lost(where: NDArray[np.int64], decoding: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark packets before which others are gone: time is missing, and bytes went unread.

    Parameters
    ----------
    where : (N, 2) int64 array
        Place in the file and length of each packet, bytes.
    decoding : (N,) int64 array
        When each is decoded.
    """
    after = np.zeros(len(where), np.bool_)
    steps = np.diff(decoding)
    if len(steps) < 8 or bool((where[:, 0] < 0).any()):
        return after
    usual = float(np.median(steps))
    if usual <= 0:
        return after
    between = np.diff(where[:, 0]) - where[:-1, 1]
    gone = steps / usual - 1
    unread = between - float(np.median(between)) * (gone + 1)
    lost = (gone > 0.6) & (unread > _BYTES_LOST * gone * float(where[:, 1].mean()))
    after[1:] = lost
    return after


def _damaged(hollow: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take holes in packets for damage unless there are so many that it is how the film is made."""
    many = max(_FEW_HOLES, _MOST_HOLES * len(hollow))
    return hollow if hollow.sum() <= many else np.zeros_like(hollow)


def _trusting(packets: _Packets, unit: float) -> Timeline | None:
    """Take the container at its word; None if it gives none, or contradicts itself."""
    if not packets.key.any() or bool((packets.labels >= NO_PTS // 2).any()):
        return None
    first_key = int(np.argmax(packets.key))
    usable = packets.shown & (packets.labels >= packets.labels[first_key])
    usable[:first_key] = False
    labels = np.sort(packets.labels[usable])
    if not len(labels) or bool((np.diff(labels) <= 0).any()):
        return None
    if _jumps_back(packets.labels[first_key:]) * unit > _LONGEST_REORDERING:
        return None
    keys, seeks = _places(packets, labels)
    return Timeline(
        labels,
        _seconds(labels, unit),
        keys,
        seeks,
        by_label=True,
        torn=_torn(labels, packets),
    )


def _torn(labels: NDArray[np.int64], packets: _Packets) -> frozenset[int]:
    """Give the frames that are hurt, or build on what is."""
    frames = np.flatnonzero(np.isin(labels, packets.labels[_hurt(packets)]))
    return frozenset(frames.tolist())


def _hurt(packets: _Packets) -> NDArray[np.bool_]:
    """Mark what is torn, and what comes after it in the file up to the next key.

    Of that, some is shown before the torn frame, and builds on it all the same.
    """
    order = np.arange(len(packets.torn))
    last_key = np.maximum.accumulate(np.where(packets.key, order, -1))
    last_torn = np.maximum.accumulate(np.where(packets.torn, order, -1))
    return (last_torn >= 0) & (last_torn >= last_key)


def _jumps_back(labels: NDArray[np.int64]) -> int:
    """Give how far labels fall back behind the latest before them, in order of the file."""
    return int((np.maximum.accumulate(labels) - labels).max())


def _places(
    packets: _Packets, labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the frames of the keys, ascending, and where to seek for each."""
    keys = packets.key & np.isin(packets.labels, labels)
    frames = np.searchsorted(labels, packets.labels[keys]).astype(np.int64)
    order = np.argsort(frames, kind="stable")
    return frames[order], packets.seeks[keys][order]


def _confirming(opened: OpenStream, timeline: Timeline) -> av.VideoFrame | None:
    """Give the first whole frame if those that come out of the decoder are as the table says."""
    wanted = min(len(timeline), _LONG_PROOF if opened.doubtful else _PROOF)
    again = open_stream(opened.path, for_long=False)
    seen: list[int] = []
    first: av.VideoFrame | None = None
    try:
        for name, frame in _from_first_key(again):
            if not frame.is_corrupt:
                first = first or frame
                seen.append(name)
            if len(seen) >= wanted:
                break
    finally:
        again.close()
    return first if _agrees(seen, timeline) else None


def _agrees(seen: Sequence[int], timeline: Timeline) -> bool:
    """Tell whether decoded labels ascend within the table, with few whole ones left out."""
    if not seen:
        return False
    labels = timeline.labels
    places = np.searchsorted(labels, seen)
    if bool((places >= len(labels)).any()) or bool((labels[places] != np.array(seen)).any()):
        return False
    last = int(places[-1])
    whole = last - sum(frame < last for frame in timeline.torn - set(places.tolist()))
    return bool((np.diff(places) > 0).all()) and whole < len(seen) * 1.5 + 1


def _from_first_key(opened: OpenStream) -> Iterator[tuple[int, av.VideoFrame]]:
    for packet in opened.packets():
        if packet.is_keyframe:
            yield from opened.frames(packet)
            return


def _counted(opened: OpenStream, packets: _Packets) -> tuple[Timeline, av.VideoFrame]:
    """Decode the whole film to learn its order."""
    again = open_stream(opened.path)
    labels: list[int] = []
    keys: list[int] = []
    first: av.VideoFrame | None = None
    try:
        for name, frame in again.frames():
            if len(labels) % 100 == 0:
                tell(Advanced(f"counting {plain(opened.path.name)}", len(labels), 0))
            if frame.is_corrupt and first is None:
                continue
            first = first or frame
            if frame.key_frame and not frame.is_corrupt:
                keys.append(len(labels))
            labels.append(name)
    finally:
        again.close()
    if first is None:
        raise SourceError(
            f"{plain(opened.path.name)}: no frame of it can be decoded; copy or convert it again"
        )
    return _timeline_of(np.array(labels, np.int64), keys, packets, opened), first


def _timeline_of(
    labels: NDArray[np.int64], keys: list[int], packets: _Packets, opened: OpenStream
) -> Timeline:
    unit = float(opened.stream.time_base or 1)
    unique = len(np.unique(labels)) == len(labels) and bool((labels > -NO_PTS).all())
    seek_of = dict(zip(packets.labels.tolist(), packets.seeks.tolist(), strict=True))
    places = [k for k in keys if int(labels[k]) in seek_of] if unique else []
    seeks = [seek_of[int(labels[k])] for k in places]
    return Timeline(
        labels,
        _times(labels, packets, unit, opened),
        np.array(places, np.int64),
        np.array(seeks, np.int64),
        by_label=unique,
        torn=_torn(labels, _with_lost(packets, labels)) if unique else frozenset(),
    )


def _with_lost(packets: _Packets, labels: NDArray[np.int64]) -> _Packets:
    """Take packets from which no frame came for torn, unless that is how the film is made."""
    lost = ~np.isin(packets.labels, labels)
    lost[: int(np.argmin(lost))] = False
    if float(lost.mean()) > _FIELDS:
        return packets
    return replace(packets, torn=packets.torn | _damaged(lost))


def _times(
    labels: NDArray[np.int64], packets: _Packets, unit: float, opened: OpenStream
) -> NDArray[np.float64]:
    """Say when frames show: by label where that ascends, else evenly or by order of decoding."""
    if bool((np.diff(labels) > 0).all()) and labels[-1] < NO_PTS // 2 and labels[0] > -NO_PTS:
        return _seconds(labels, unit)
    stamps = np.unique(packets.seeks)
    if len(stamps) >= len(labels):
        return _seconds(stamps[: len(labels)], unit)
    rate = float(opened.stream.average_rate or 24)
    return np.arange(len(labels)) / rate


def _seconds(stamps: NDArray[np.int64], unit: float) -> NDArray[np.float64]:
    seconds: NDArray[np.float64] = (stamps - stamps[0]) * unit
    return seconds


def _missing(timeline: Timeline, packets: _Packets, opened: OpenStream) -> tuple[Damage, ...]:
    """Put in words what a film's timestamps show to be missing: its head, its end, a stretch."""
    notes = []
    first_key = int(np.argmax(packets.key)) if packets.key.any() else 0
    if first_key:
        lost = plural(first_key, "frame")
        notes.append(
            Damage(0.0, f"begins in the middle; {lost} before the first whole one left out")
        )
    doubted = np.flatnonzero(np.isin(timeline.labels, packets.labels[packets.doubtful]))
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
    stated, end = _stated_length(opened), float(timeline.times[-1])
    if stated > end + max(1.0, 0.02 * stated):
        notes.append(Damage(end, f"ends at {end:.2f} s of {stated:.2f} s; the rest is not there"))
    return tuple(notes)


def _stated_length(opened: OpenStream) -> float:
    """Give the seconds that the file says its film lasts; 0 for unknown."""
    stream = opened.stream
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    # Matroska has it in a tag: 00:24:01.123000000.
    parts = stream.metadata.get("DURATION", "").split(":")
    with suppress(ValueError):
        hours, minutes, seconds = (float(part) for part in parts)
        return 3600 * hours + 60 * minutes + seconds
    return 0.0
