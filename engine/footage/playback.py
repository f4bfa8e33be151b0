"""Whole frames of a film in order, from any place in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, dropwhile
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from engine.footage.fields import Cadence, Fields, progressive
from engine.footage.footage import Damage
from engine.footage.stream import label, open_stream, seek_point
from engine.footage.timeline import Timeline

Numbered = tuple[int, av.VideoFrame]
"""A frame with its number."""

_STEPS_BACK = (0, 1, 2, 4, 8)
"""How many keys further back each new attempt at a seek begins."""

_FIELD_REACH = 3
"""Frames before a wanted one that its deinterlacing may depend on."""

_PROGRESSIVE = Fields()

_HURRIED_CODECS = frozenset({"h264", "hevc"})
"""Those whose decoders can leave out just the frames that no other builds on."""

_LONGEST_DISTRUST = 300
"""Frames after damage that are doubted if no key comes before."""


class DamageLog:
    """Where a film could not be read; the same place is noted once."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._notes: dict[tuple[int, int], Damage] = {}

    @property
    def notes(self) -> tuple[Damage, ...]:
        """All of it, in order of time."""
        found = [*self._timeline.notes, *self._notes.values()]
        return tuple(sorted(found, key=lambda note: note.time))

    def missing(self, start: int, stop: int) -> None:
        """Note that frames ``[start, stop)`` cannot be decoded."""
        if start >= stop or any(a <= start and stop <= b for a, b in self._notes):
            return
        first, last = (float(self._timeline.times[f]) for f in (start, stop - 1))
        frames = f"frame {start}" if stop == start + 1 else f"frames {start} to {stop - 1}"
        text = f"{frames} ({first:.2f} to {last:.2f} s) cannot be decoded; the one before stands in"
        # A reader that began in the middle of the place knew only a part of it.
        for part in [(a, b) for a, b in self._notes if start <= a and b <= stop]:
            del self._notes[part]
        self._notes[start, stop] = Damage(first, text)


class Playback:
    """One open decoder on a film; one reader at a time."""

    def __init__(
        self, path: Path, timeline: Timeline, log: DamageLog, fields: Fields = _PROGRESSIVE
    ) -> None:
        self._fields = fields
        self._path = path
        self._timeline = timeline
        self._log = log
        self._frame_of = timeline.frame_of() if timeline.by_label else {}
        self._key_of = timeline.key_of() if timeline.by_label else {}
        self._opened = open_stream(path)

    @property
    def codec(self) -> str:
        """Short name of the codec."""
        return self._opened.codec

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def progressive_from(self, frame: int) -> Iterator[Numbered]:
        """Yield whole frames without combs, beginning at or before ``frame``."""
        begin = frame
        if self._fields.cadence is not Cadence.PROGRESSIVE:
            # The filters look at neighbours on both sides.
            begin = max(0, frame - _FIELD_REACH)
        return progressive(self.whole_from(begin), self._fields)

    def progressive_at(self, frame: int) -> Iterator[Numbered]:
        """Yield what :meth:`progressive_from` does, but begin with ``frame`` where that is faster.

        What lies between it and the key before is decoded only as far as ``frame`` builds on it.
        """
        if not self._may_hurry():
            return self.progressive_from(frame)
        coming = self._hurried_to(frame)
        first = next(coming, None)
        if first is None:
            return self.progressive_from(frame)
        return self._whole(chain((first,), coming))

    def _may_hurry(self) -> bool:
        """Whether a film is of a kind, and in a state, in which frames may be left out."""
        timeline = self._timeline
        sound = timeline.by_label and not timeline.notes and not timeline.torn
        progressive = self._fields.cadence is Cadence.PROGRESSIVE
        return sound and progressive and self._opened.codec in _HURRIED_CODECS

    def _hurried_to(self, frame: int) -> Iterator[Numbered]:
        """Yield ``frame`` and those after it; nothing where anything is amiss on the way."""
        place = self._timeline.key_before(frame)
        begin = int(self._timeline.keys[place]) if place >= 0 else 0
        before = frozenset(self._timeline.labels[begin:frame].tolist())
        arrived = False
        # Opened anew at the beginning of a film, so it is told of what to pass over in any case.
        for number, picture in self._frames_from(frame, before):
            if not arrived and (picture.is_corrupt or self._opened.errors):
                return
            if number < frame:
                continue
            if not arrived and number > frame:
                return
            arrived = True
            yield number, picture

    def whole_from(self, frame: int) -> Iterator[Numbered]:
        """Yield whole frames in order, beginning at or before ``frame``.

        Frames that cannot be decoded, or only in pieces, are left out, and so are those that
        build on them; each such place is noted.
        """
        return self._whole(self._frames_from(frame))

    def _whole(self, frames: Iterator[Numbered]) -> Iterator[Numbered]:
        expected: int | None = None
        doubted_until = -1
        for number, picture in frames:
            if expected is not None and number < expected:
                continue
            torn = picture.is_corrupt or number in self._timeline.torn
            broken = torn or (expected is not None and number > expected)
            if broken and number > doubted_until:
                doubted_until = self._next_key(number, torn)
            if torn or number < doubted_until:
                expected = number if expected is None else expected
                continue
            if expected is not None:
                self._log.missing(expected, number)
            doubted_until = -1
            expected = number + 1
            yield number, picture
        if expected is not None:
            self._log.missing(expected, len(self._timeline))

    def _next_key(self, number: int, torn: bool) -> int:
        """Give the frame from which pictures can be trusted again."""
        keys = self._timeline.keys
        place = int(np.searchsorted(keys, number, side="right" if torn else "left"))
        key = int(keys[place]) if place < len(keys) else len(self._timeline)
        return min(key, number + _LONGEST_DISTRUST)

    def _frames_from(self, frame: int, hurried: frozenset[int] = frozenset()) -> Iterator[Numbered]:
        """Yield decoded frames in order from the last key at or before ``frame``."""
        self._hurry(hurried)
        place = self._timeline.key_before(frame) if self._timeline.by_label else -1
        if place > 0:
            for back in _STEPS_BACK:
                key = max(0, place - back)
                for timestamp in self._timestamps(key):
                    found = self._key_packet_at(timestamp, frame)
                    if found is not None:
                        begin, packet = found
                        yield from self._numbered(self._opened.frames(packet), begin)
                        return
                if key == 0:
                    break
        yield from self._from_the_start(hurried)

    def _hurry(self, labels: frozenset[int]) -> None:
        self._opened.hurried = labels
        self._opened.stream.codec_context.skip_frame = "DEFAULT"

    def _timestamps(self, key: int) -> tuple[int, ...]:
        """Give where to seek for a key: containers index pts or dts, and do not say which."""
        name = int(self._timeline.labels[self._timeline.keys[key]])
        decoding = int(self._timeline.seeks[key])
        return (name, decoding) if abs(name) < 1 << 59 and name != decoding else (decoding,)

    def _key_packet_at(self, timestamp: int, frame: int) -> tuple[int, Packet[VideoStream]] | None:
        """Seek, and give the first packet from which ``frame`` can be decoded, and its frame.

        Right after a seek in an MPEG program stream the timestamps of one picture can stick to
        another, so a key counts only if the timeline knows it by both its timestamps.
        """
        try:
            self._opened.container.seek(timestamp, stream=self._opened.stream)
        except FFmpegError:
            return None
        for packet in self._opened.packets():
            if not packet.is_keyframe:
                continue
            begin, point = self._key_of.get(label(packet), (-1, 0))
            if begin >= 0 and (not self._opened.doubtful or point == seek_point(packet)):
                return (begin, packet) if begin <= frame else None
            if self._frame_of.get(label(packet), -1) > frame:
                return None
        return None

    def _numbered(
        self, frames: Iterator[tuple[int, av.VideoFrame]], begin: int
    ) -> Iterator[Numbered]:
        """Give frames their numbers; those shown before the key have lost what they build on."""
        for name, picture in frames:
            number = self._frame_of.get(name, -1)
            if number >= begin:
                yield number, picture

    def _from_the_start(self, hurried: frozenset[int]) -> Iterator[Numbered]:
        # Seeking to the start is not exact everywhere; opening again is.
        self._opened.close()
        self._opened = open_stream(self._path)
        self._hurry(hurried)
        frames = self._opened.frames()
        if self._timeline.by_label:
            yield from self._numbered(frames, 0)
        else:
            pictures = (picture for _, picture in frames)
            yield from enumerate(dropwhile(lambda picture: picture.is_corrupt, pictures))
