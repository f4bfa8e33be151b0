"""What a film's container says of its packets, without decoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.footage.checksums import find_broken
from engine.footage.footage import MAX_FRAMES
from engine.footage.stream import DOUBLED, Identity, OpenStream, seek_point
from engine.text import plain

_BYTES_LOST = 0.3
"""Share of the bytes to be expected in a hole in time that must be there, unread, for frames to
have been lost in it; a film whose pictures stand still may leave them out."""

_TELLING = frozenset({"h264", "mpeg1video", "mpeg2video", "mpeg4"})
"""Codecs whose decoders see most damage, and tell the very frame."""

_FEW_HOLES = 20
"""Packets with holes in them, which any film may have."""

_MOST_HOLES = 0.02
"""Share of the packets from which their zeros are filling."""

_MARKED_LATE = 2
"""Packets among which a break between two is marked."""


@dataclass(frozen=True, eq=False)
class Packets:
    """What a pass over the container says; columns in order of the file."""

    labels: NDArray[np.int64]
    """Timestamps, or marks in their place; some may share one."""
    names: NDArray[np.int64]
    """What the decoder is told in their place, so that each frame is known by its own."""
    seeks: NDArray[np.int64]
    places: NDArray[np.int64]
    """Where each begins in the file, bytes; -1 for unknown."""
    key: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    """Not cut off by an edit list."""
    torn: NDArray[np.bool_]
    """Bytes of it, or packets before it, are missing."""
    doubtful: NDArray[np.bool_]
    """A checksum fails somewhere about it, and so many are hurt that it is shown all the same."""
    doubled: Mapping[Identity, int]
    """Names of those that share their label with others."""


def scan_packets(opened: OpenStream) -> Packets:
    """Read a container through once.

    Raises
    ------
    SourceError
        If there are more packets than the limit of frames.
    """
    found, seeks, key, shown, torn, hollow = [], [], [], [], [], []
    for packet in opened.packets():
        found.append(opened.identity(packet))
        seeks.append(seek_point(packet))
        key.append(packet.is_keyframe)
        shown.append(not packet.is_discard)
        torn.append(packet.is_corrupt)
        hollow.append(opened.has_hole(packet))
        if len(found) > MAX_FRAMES:
            raise SourceError(
                f"{plain(opened.path.name)}: more than {MAX_FRAMES:,} frames; cut it into parts"
            )
    table = np.array(found, np.int64).reshape(-1, 3)
    labels, where = table[:, 0], table[:, 1:]
    decoding = np.array(seeks, np.int64)
    keys = np.array(key, np.bool_)
    if opened.builds_on_all:
        keys[int(np.argmax(keys)) + 1 :] = False
    hurt = np.array(torn, np.bool_)
    if keys.any():
        # Where transport streams were joined, their counts do not go on: nothing need be lost.
        hurt &= ~_before(find_recordings(labels, keys)[1:], len(keys))
    if "mpegts" in opened.container.format.name:
        # Its packets end where the next begins; libav marks the one before that which is torn.
        hurt[1:] |= hurt[:-1].copy()
    hurt |= take_for_damage(np.array(hollow, np.bool_))
    doubtful = np.zeros_like(hurt)
    if "matroska" in opened.container.format.name:
        # A key builds on nothing that was lost.
        hurt |= _after_lost(where, decoding) & ~keys
        doubtful = _in_broken(where[:, 0], hurt, opened)
    if bool((keys & ~hurt & ~doubtful).any()):
        hurt, doubtful = hurt | doubtful, np.zeros_like(hurt)
    names, doubled = _named(table)
    shown_ones = np.array(shown, np.bool_)
    return Packets(labels, names, decoding, where[:, 0], keys, shown_ones, hurt, doubtful, doubled)


def _named(table: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[Identity, int]]:
    """Give each packet a name of its own: its label, or a number where others have that, too.

    Parameters
    ----------
    table : (N, 3) int64 array
        What each is known by: label, place in the file, bytes.
    """
    names = table[:, 0].copy()
    _, label, count = np.unique(names, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(count[label] > 1)
    numbers = range(DOUBLED, DOUBLED + len(shared))
    doubled: dict[Identity, int] = {}
    for (stamp, place, size), number in zip(table[shared].tolist(), numbers, strict=True):
        doubled[stamp, place, size] = number
    if len(doubled) < len(shared):  # nothing tells them apart
        return names, {}
    names[shared] = numbers
    return names, doubled


def find_recordings(labels: NDArray[np.int64], key: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give the keys with which recordings begin: those that do not come after all before them.

    Parameters
    ----------
    labels, key : (N,) arrays
        Of packets in order of the file; one is a key.
    """
    keys = np.flatnonzero(key)
    latest = np.maximum.reduceat(labels, keys).tolist()
    begins, reached = [0], latest[0]
    for place, stamp in enumerate(labels[keys].tolist()):
        if place and stamp <= reached:
            begins.append(place)
            reached = latest[place]
        reached = max(reached, latest[place])
    return keys[begins].astype(np.int64)


def _before(begins: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Mark the last packets of recordings that others were joined to."""
    last = np.zeros(count, np.bool_)
    for back in range(1, _MARKED_LATE + 1):
        last[begins[begins >= back] - back] = True
    return last


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
    # Where the container leaves out when packets are decoded, presentation stands in, out of order.
    in_order = decoding[1:] <= np.minimum.accumulate(decoding[:0:-1])[::-1]
    lost = in_order & (gone > 0.6) & (unread > _BYTES_LOST * gone * float(where[:, 1].mean()))
    after[1:] = lost
    return after


def take_for_damage(hollow: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take holes in packets for damage unless there are so many that it is how the film is made."""
    many = max(_FEW_HOLES, _MOST_HOLES * len(hollow))
    return hollow if hollow.sum() <= many else np.zeros_like(hollow)
