"""Whole frames of a film in order, from any place in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, dropwhile
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.video.frame import PictureType
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.footage.fields import Cadence, Fields, progressive
from engine.footage.footage import Damage
from engine.footage.stream import OpenStream, is_timestamp, open_stream, seek_point
from engine.footage.timeline import Timeline

Numbered = tuple[int, av.VideoFrame]
"""A frame with its number."""

_STEPS_BACK = (0, 1, 2, 4, 8)
"""How many keys further back each new attempt at a seek begins."""

_REORDERED = 16
"""Frames by which the order of decoding and that of presentation differ at most."""

_MOST_BETWEEN = 4
"""B frames that wait: some encoders write nothing else, and memory is not for that."""

_FIELD_REACH = 3
"""Frames before a wanted one that its deinterlacing may depend on."""

_PROGRESSIVE = Fields()

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
        self,
        path: Path,
        timeline: Timeline,
        log: DamageLog,
        fields: Fields = _PROGRESSIVE,
        *,
        for_long: bool = True,
        is_smeared: Callable[[av.VideoFrame], bool] | None = None,
        whole: NDArray[np.bool_] | None = None,
        reduced: bool = False,
        opened: OpenStream | None = None,
        head: Iterator[tuple[int, av.VideoFrame]] | None = None,
    ) -> None:
        """Open a film, or take over one that is ``opened``, with the ``head`` that comes of it.

        Not ``for_long`` where a few frames here and there are looked at.

        ``is_smeared`` knows torn pictures where the decoder does not. Frames that come out whole
        when all are decoded are marked in ``whole``. Frames that will be
        ``reduced`` are not smoothed where no other is built on them: nobody sees it at a third of
        their size (usually 58 dB), and it saves a sixteenth of the time.
        """
        self._reduced = reduced
        self._is_smeared = is_smeared
        self._whole = whole
        self._fields = fields
        self._for_long = for_long
        self._path = path
        self._timeline = timeline
        self._log = log
        self._frame_of = timeline.frame_of() if timeline.by_label else {}
        self._key_of = timeline.key_of() if timeline.by_label else {}
        self._at_start = opened is None
        self._opened = opened or self._open()
        self._head = head
        self._began = 0
        """The key from which frames are decoded."""

    @property
    def codec(self) -> str:
        """Short name of the codec."""
        return self._opened.codec

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def _open(self) -> OpenStream:
        opened = open_stream(self._path, self._timeline.doubled, for_long=self._for_long)
        if self._reduced:
            opened.stream.codec_context.options = {"skip_loop_filter": "noref"}
        return opened

    def progressive_from(self, frame: int) -> Iterator[Numbered]:
        """Yield whole frames without combs, beginning at or before ``frame``."""
        begin = frame
        if self._fields.cadence is not Cadence.PROGRESSIVE:
            # The filters look at neighbours on both sides.
            begin = max(0, frame - _FIELD_REACH)
        return progressive(self.whole_from(begin), self._fields)

    def whole_from(self, frame: int) -> Iterator[Numbered]:
        """Yield whole frames in order, beginning at or before ``frame``.

        Frames that cannot be decoded, or only in pieces, are left out, and so are those that
        build on them; each such place is noted.
        """
        expected: int | None = None
        doubted_until = -1
        # A B frame builds on one that is shown after it: it waits to see that one whole.
        waiting: deque[Numbered] = deque()
        for number, picture in self._frames_from(frame):
            if expected is None:
                expected = self._began
            if number < expected:
                continue
            torn = picture.is_corrupt or number in self._timeline.torn or self._smeared(picture)
            broken = torn or number > expected
            if broken and waiting:
                expected = waiting[0][0]
                waiting.clear()
            if broken and number > doubted_until:
                doubted_until = self._next_key(number, torn)
            if torn or number < doubted_until:
                continue
            self._log.missing(expected, number)
            doubted_until = -1
            expected = number + 1
            waiting.append((number, picture))
            is_between = picture.pict_type == PictureType.B
            while len(waiting) > (_MOST_BETWEEN if is_between else 0):
                yield self._noted_whole(waiting.popleft())
        for numbered in waiting:
            yield self._noted_whole(numbered)
        if expected is not None:
            self._log.missing(expected, len(self._timeline))

    def _noted_whole(self, numbered: Numbered) -> Numbered:
        if self._whole is not None:
            self._whole[numbered[0]] = True
        return numbered

    def may_pass_over(self, frames: Sequence[int]) -> bool:
        """Whether :meth:`only` gives what :meth:`progressive_from` would of ascending ``frames``.

        So it does where all from the key on were seen to be whole: damage shows in any frame.
        """
        if self._whole is None or self._fields.cadence is not Cadence.PROGRESSIVE:
            return False
        key = self._timeline.key_before(frames[0])
        begin = int(self._timeline.keys[key]) if key >= 0 else 0
        return self._timeline.by_label and bool(self._whole[begin : frames[-1] + 1].all())

    def only(self, frames: Sequence[int]) -> Iterator[Numbered]:
        """Yield ascending ``frames``; what none of them builds on is passed over undecoded.

        It ends where one is not there, or not whole after all.
        """
        begin, packet = self._moved_before(frames[0])
        left = deque(frames)
        wanted = frozenset(frames)
        for number, picture in self._numbered(self._sifted(packet, wanted), begin):
            if number not in wanted:
                continue
            if number != left.popleft() or picture.is_corrupt or self._smeared(picture):
                return
            yield number, picture

    def _sifted(
        self, first: Packet[VideoStream] | None, wanted: frozenset[int]
    ) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield named frames from here or ``first`` on, until all ``wanted`` are out."""
        context = self._opened.stream.codec_context
        passes_over = self._opened.passes_over
        left = set(wanted)
        try:
            for packet in chain(() if first is None else (first,), self._opened.packets()):
                number = self._frame_of.get(self._opened.name(packet), -1)
                if number < 0 and not packet.is_discard:
                    passes_over = False  # part of a frame, perhaps its second field
                elif not left:
                    break
                left.discard(number)
                unwanted = passes_over and number not in wanted
                context.skip_frame = "NONREF" if unwanted else "DEFAULT"
                yield from self._opened.named(packet)
            yield from self._opened.named(None)
        finally:
            context.skip_frame = "DEFAULT"

    def _smeared(self, picture: av.VideoFrame) -> bool:
        return self._is_smeared is not None and self._is_smeared(picture)

    def _next_key(self, number: int, torn: bool) -> int:
        """Give the frame from which pictures can be trusted again."""
        keys = self._timeline.keys
        place = int(np.searchsorted(keys, number, side="right" if torn else "left"))
        key = int(keys[place]) if place < len(keys) else len(self._timeline)
        return min(key, number + _LONGEST_DISTRUST)

    def _frames_from(self, frame: int) -> Iterator[Numbered]:
        """Yield decoded frames in order from the last key at or before ``frame``."""
        head, self._head = self._head, None
        if head is not None and self._timeline.key_before(frame) == self._timeline.keys[0] == 0:
            yield from self._numbered(head, 0)
            return
        begin, packet = self._moved_before(frame)
        if self._timeline.by_label:
            yield from self._refreshed(begin, packet)
        else:
            self._began = 0
            pictures = (picture for _, picture in self._opened.frames(packet))
            yield from enumerate(dropwhile(lambda picture: picture.is_corrupt, pictures))

    def _refreshed(self, begin: int, packet: Packet[VideoStream] | None) -> Iterator[Numbered]:
        """Yield frames from a key on, or from one before it if itself it does not come out.

        Where pictures are refreshed bit by bit, what counts as a key builds on those before.
        """
        coming = self._numbered(self._opened.frames(packet), begin)
        first = next(coming, None)
        place = self._timeline.key_before(begin)
        for back in _STEPS_BACK[1:]:
            if begin == 0 or (first is not None and first[0] <= begin):
                break
            key = int(self._timeline.keys[max(0, place - back)])
            earlier, packet = self._moved_before(min(key, begin - 1))
            coming = self._numbered(self._opened.frames(packet), earlier)
            first = next(coming, None)
            self._began = begin if first is None else min(begin, first[0])
            if earlier == 0:
                break
        if first is not None:
            yield first
            yield from coming

    def _moved_before(self, frame: int) -> tuple[int, Packet[VideoStream] | None]:
        """Go to the last key at or before ``frame``; give its frame and its packet.

        Or go to the start, of which no packet is read yet.
        """
        at_start, self._at_start, self._head = self._at_start, False, None
        sought = self._timeline.by_label and not self._opened.builds_on_all
        place = self._timeline.key_before(frame) if sought else -1
        if place >= 0 and not (at_start and self._timeline.keys[place] == 0):
            for back in _STEPS_BACK:
                key = max(0, place - back)
                # In joined recordings a timestamp may lead to another that has it, too.
                least = int(self._timeline.keys[key]) if back < _STEPS_BACK[-1] else 0
                for offset, is_byte in self._offsets(key):
                    found = self._key_packet_at(offset, is_byte, least, frame)
                    if found is not None:
                        return found
                if key == 0:
                    break
            at_start = False
        if not at_start:
            # Seeking to the start is not exact everywhere; opening again is.
            self._opened.close()
            self._opened = self._open()
        return 0, None

    def _offsets(self, key: int) -> Iterator[tuple[int, bool]]:
        """Yield where to seek for a key, and whether that is a byte of the file."""
        for timestamp in self._timestamps(key):
            yield timestamp, False
        byte = int(self._timeline.places[key])
        if byte >= 0 and self._opened.sought_by_byte:
            yield byte, True

    def _timestamps(self, key: int) -> tuple[int, ...]:
        """Give where to seek for a key: containers index pts or dts, and do not say which."""
        keys, names = self._timeline.keys, self._timeline.names
        name, decoding = int(names[keys[key]]), int(self._timeline.seeks[key])
        if not is_timestamp(name) or name == decoding:
            return (decoding,)
        if self._opened.doubtful:
            return name, decoding
        # An edit list shifts what MP4 takes for the key's pts: asked for it, it gives the key
        # before, and all between would be decoded for nothing.
        following = int(keys[key + 1]) if key + 1 < len(keys) else len(names)
        later = int(names[min(keys[key] + _REORDERED, following - 1)])
        return (*([later] if is_timestamp(later) else []), name, decoding)

    def _key_packet_at(
        self, offset: int, is_byte: bool, least: int, frame: int
    ) -> tuple[int, Packet[VideoStream]] | None:
        """Seek, and give the first packet from which ``frame`` can be decoded, and its frame.

        That is ``least`` or a later one, or else there is none.

        Right after a seek in an MPEG program stream the timestamps of one picture can stick to
        another, so a key counts only if the timeline knows it by both its timestamps.
        """
        if not self._opened.seek(offset, by_byte=is_byte):
            return None
        for packet in self._opened.packets():
            if not packet.is_keyframe:
                continue
            name = self._opened.name(packet)
            begin, point = self._key_of.get(name, (-1, 0))
            if begin >= 0 and (not self._opened.doubtful or point == seek_point(packet)):
                return (begin, packet) if least <= begin <= frame else None
            if self._frame_of.get(name, -1) > frame:
                return None
        return None

    def _numbered(
        self, frames: Iterator[tuple[int, av.VideoFrame]], begin: int
    ) -> Iterator[Numbered]:
        """Give frames their numbers; those shown before the key have lost what they build on."""
        self._began = begin
        for name, picture in frames:
            number = self._frame_of.get(name, -1)
            if number >= begin:
                yield number, picture
