"""A film as footage."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np

from engine.errors import SourceError
from engine.footage.ahead import ahead
from engine.footage.colour import full_bgr, reduced_bgr, refuse_hdr
from engine.footage.fingerprint import file_fingerprint
from engine.footage.footage import Damage, check_frames, reduced_scale, scaled_size
from engine.footage.playback import DamageLog, Numbered, Playback
from engine.footage.stream import OpenStream, open_stream
from engine.footage.timeline import Timeline, read_timeline
from engine.text import plain
from engine.values import Frame, Image, Size, Source, SourceKind

_AHEAD = 8
"""Reduced frames waiting for the analysis."""

_WORTH_A_SEEK = 6
"""Frames that are decoded for nothing rather than seeking past them."""

_ODDEST_PIXEL = Fraction(4)
"""Pixels this much wider than high are a mistake in the file."""

_known_timelines: OrderedDict[tuple[Path, str], Timeline] = OrderedDict()
_known_lock = Lock()
_MAX_KNOWN = 8


class VideoFootage:
    """A film, open. See :class:`~engine.footage.footage.Footage`."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        name = plain(path.name)
        try:
            identity = file_fingerprint(self._path)
        except OSError as error:
            raise SourceError(f"{name}: cannot be read ({error.strerror})") from error
        opened = open_stream(self._path)
        try:
            self._timeline = _timeline(opened, identity)
            rate = _rate(opened, self._timeline)
            pixel = _pixel_shape(opened)
        finally:
            opened.close()
        self._log = DamageLog(self._timeline)
        self._idle: Playback | None = None
        self._lock = Lock()
        first = self._first_frame()
        refuse_hdr(int(first.color_trc), name)
        self._geometry = _Geometry((first.width, first.height), pixel, first.rotation)
        self._source = Source(
            id=identity,
            name=path.name,
            path=self._path,
            kind=SourceKind.VIDEO,
            size=self._geometry.size,
            frames=len(self._timeline),
            fps=rate,
        )

    @property
    def source(self) -> Source:
        """What the scan found."""
        return self._source

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What could not be read so far."""
        return self._log.notes

    @property
    def size(self) -> Size:
        """``(width, height)`` of a full frame."""
        return self._source.size

    @property
    def scale(self) -> float:
        """Always 1.0."""
        return 1.0

    def reduced_scale(self, long_side: int) -> float:
        """Give pixels of a reduced frame for each pixel of the source."""
        return reduced_scale(self.size, long_side)

    def reduced(self, long_side: int, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield every frame of ``[start, stop)`` in order, at most ``long_side`` pixels long."""
        end = len(self._timeline) if stop is None else min(stop, len(self._timeline))
        if start < 0 or long_side < 1:
            raise ValueError(f"no such pass: from frame {start}, {long_side} pixels long")
        scale = self.reduced_scale(long_side)
        return ahead(self._reduced(scale, start, end), _AHEAD)

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give those of ``frames`` that the film has."""
        return tuple(sorted({f for f in frames if 0 <= f < len(self._timeline)}))

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` at full size for each of the ascending ``frames``."""
        check_frames(frames, self._source)
        playback = self._take_playback()
        try:
            for number, picture in _picked(playback, frames, self._timeline):
                yield number, self._geometry.full(picture, playback.codec)
        finally:
            self._give_back(playback)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._idle is not None:
                self._idle.close()
                self._idle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _reduced(self, scale: float, start: int, stop: int) -> Iterator[Frame]:
        playback = Playback(self._path, self._timeline, self._log)
        try:
            yield from self._shrunk(playback.whole_from(start), scale, start, stop)
        finally:
            playback.close()

    def _shrunk(
        self, whole: Iterator[Numbered], scale: float, start: int, stop: int
    ) -> Iterator[Frame]:
        """Shrink frames; where one is missing, the one before it stands in."""
        wanted, before, image = start, None, None
        for number, picture in whole:
            if number < start:
                before = picture
                continue
            if image is None:
                image = self._geometry.reduced(
                    before if before and number > start else picture, scale
                )
            while wanted < min(number, stop):
                yield self._frame(wanted, image)
                wanted += 1
            if wanted >= stop:
                return
            image = self._geometry.reduced(picture, scale)
            yield self._frame(wanted, image)
            wanted += 1
        if image is None and before is not None:
            image = self._geometry.reduced(before, scale)
        if image is None and wanted < stop:
            raise SourceError(f"{plain(self._path.name)}: no frame of it can be decoded")
        for missing in range(wanted, stop):
            assert image is not None
            yield self._frame(missing, image)

    def _frame(self, number: int, image: Image) -> Frame:
        return Frame(number, float(self._timeline.times[number]), image)

    def _first_frame(self) -> av.VideoFrame:
        playback = self._take_playback()
        try:
            for _, picture in playback.whole_from(0):
                return picture
        finally:
            self._give_back(playback)
        raise SourceError(
            f"{plain(self._path.name)}: no frame of it can be decoded; copy or convert it again"
        )

    def _take_playback(self) -> Playback:
        with self._lock:
            playback, self._idle = self._idle, None
        return playback or Playback(self._path, self._timeline, self._log)

    def _give_back(self, playback: Playback) -> None:
        with self._lock:
            if self._idle is None:
                self._idle = playback
                return
        playback.close()


def _picked(playback: Playback, frames: Sequence[int], timeline: Timeline) -> Iterator[Numbered]:
    """Yield each wanted frame, or the last whole one before it, or else the first after."""
    coming: Iterator[Numbered] = iter(())
    held: Numbered | None = None
    following: Numbered | None = None
    for wanted in frames:
        at = held[0] if held else -1
        key = timeline.key_before(wanted)
        key_frame = int(timeline.keys[key]) if key >= 0 and timeline.by_label else 0
        if held is None or key_frame > at + _WORTH_A_SEEK:
            coming, held, following = playback.whole_from(wanted), None, None
        held, following = _advanced(coming, wanted, held, following)
        back = wanted
        while held is None and back > 0:
            back = max(0, key_frame - 1) if back == wanted else back // 2
            coming = playback.whole_from(back)
            held, following = _advanced(coming, wanted, None, None)
        found = held or following
        if found is None:
            raise SourceError(f"frame {wanted} cannot be decoded, nor any before it")
        yield wanted, found[1]


def _advanced(
    coming: Iterator[Numbered], wanted: int, held: Numbered | None, following: Numbered | None
) -> tuple[Numbered | None, Numbered | None]:
    """Move on until ``held`` is the last whole frame up to ``wanted``."""
    while held is None or held[0] < wanted:
        if following is None:
            following = next(coming, None)
        if following is None or following[0] > wanted:
            break
        held, following = following, None
    return held, following


class _Geometry:
    """What lies between a decoded frame and an upright picture of square pixels."""

    def __init__(self, coded: Size, pixel: Fraction, rotation: int) -> None:
        self._square = max(1, round(coded[0] * pixel)), coded[1]
        self._turns = round(rotation / 90) % 4
        self.size = self._square if self._turns % 2 == 0 else self._square[::-1]

    def full(self, picture: av.VideoFrame, codec: str) -> Image:
        """Convert at full size."""
        image = full_bgr(picture, codec)
        height, width = image.shape[:2]
        if (width, height) != self._square:
            smaller = self._square[0] < width
            method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
            image = np.asarray(cv2.resize(image, self._square, interpolation=method), np.uint8)
        return self._upright(image)

    def reduced(self, picture: av.VideoFrame, scale: float) -> Image:
        """Convert and shrink."""
        return self._upright(reduced_bgr(picture, scaled_size(self._square, scale)))

    def _upright(self, image: Image) -> Image:
        # libav counts degrees against the clock, as numpy does.
        return image if not self._turns else np.ascontiguousarray(np.rot90(image, self._turns))


def _timeline(opened: OpenStream, identity: str) -> Timeline:
    """Read the timeline, or remember it: a project opens the same film many times."""
    key = (opened.path, identity)
    with _known_lock:
        if key in _known_timelines:
            _known_timelines.move_to_end(key)
            return _known_timelines[key]
    timeline = read_timeline(opened)
    with _known_lock:
        _known_timelines[key] = timeline
        while len(_known_timelines) > _MAX_KNOWN:
            _known_timelines.popitem(last=False)
    return timeline


def _rate(opened: OpenStream, timeline: Timeline) -> Fraction:
    """Give the rate that the file states if that is about what was measured."""
    measured, stated = timeline.fps, opened.stream.average_rate
    if stated and measured and abs(float(stated) / float(measured) - 1) < 0.01:
        return Fraction(stated)
    return measured or Fraction(stated or 0)


def _pixel_shape(opened: OpenStream) -> Fraction:
    """Give the width of a pixel over its height."""
    shape = opened.stream.sample_aspect_ratio
    if not shape or not 1 / _ODDEST_PIXEL <= shape <= _ODDEST_PIXEL:
        return Fraction(1)
    return Fraction(shape)
