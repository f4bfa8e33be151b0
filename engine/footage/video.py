"""A film as footage."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Lock

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.footage.ahead import ahead
from engine.footage.closing import Closing
from engine.footage.colour import (
    CENTRED_CHROMA,
    ExactColour,
    StoredFrame,
    eight_bit_planes,
    is_stored_in_planes,
    reduced_bgr,
    refuse_hdr,
)
from engine.footage.fields import Fields, find_fields, luma_of, may_have_fields
from engine.footage.fingerprint import file_fingerprint
from engine.footage.footage import Damage, check_frames, reduced_scale, scaled_size
from engine.footage.glances import Glances
from engine.footage.noise import is_full_range, is_noise, stray_chroma
from engine.footage.playback import DamageLog, Numbered, Playback
from engine.footage.reader import ConvertedFrame, WholeFrame
from engine.footage.siting import is_left_sited
from engine.footage.stream import OpenStream, open_stream
from engine.footage.timeline import Timeline, read_timeline
from engine.text import plain
from engine.values import Frame, Image, Size, Source, SourceKind

_AHEAD = 8
"""Reduced frames waiting for the analysis."""

_DECODED_AHEAD = 3
"""Decoded frames waiting to be reduced: enough that the decoder never waits."""

_WORTH_A_SEEK = 6
"""Frames that are decoded for nothing rather than seeking past them."""

_ODDEST_PIXEL = Fraction(4)
"""Pixels this much wider than high are a mistake in the file."""

_RUN = 6
"""Frames in a row from which fields are judged in each place that is looked at: all pairs of a
telecine's cycle of five, and drawings are held for two or three."""


@dataclass
class Known:
    """What was found out about a film: a project opens it many times, in many processes."""

    identity: str
    """The film's fingerprint; of another film nothing here is true."""
    timeline: Timeline
    rate: Fraction
    """Frames a second."""
    pixel: Fraction
    """Width of a pixel over its height."""
    coded: Size
    """Of a frame as it is decoded."""
    rotation: int
    """Degrees against the clock by which it is shown."""
    fields: Fields
    left_sited: bool | None = None
    """Where chroma lies; None until a full frame is wanted."""
    vivid: bool | None = None
    """Whole pictures have colours that others have from noise only; None until one has."""
    whole: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Frames that came out whole when all were decoded; to read them, others are passed over."""

    def __post_init__(self) -> None:
        if len(self.whole) != len(self.timeline):
            self.whole = np.zeros(len(self.timeline), np.bool_)


_MAX_KNOWN = 8
_known_films: OrderedDict[tuple[Path, str], Known] = OrderedDict()
_known_lock = Lock()


class VideoFootage(Closing):
    """A film, open. See :class:`~engine.footage.footage.Footage`."""

    def __init__(self, path: Path, known: Known | None = None) -> None:
        self._path = path.absolute()
        try:
            identity = file_fingerprint(self._path)
        except OSError as error:
            name = plain(path.name)
            raise SourceError(f"{name}: cannot be read ({error.strerror})") from error
        self._glances: Glances | None = None
        self._sights: list[av.VideoFrame] = []
        """Frames from which it is to be found out where chroma lies."""
        self._asked = Lock()
        """Full frames are converted in several threads, and each asks where their chroma lies."""
        if known is None or known.identity != identity:
            known = _recalled(self._path, identity)
        if known is None:
            known, self._glances = _found_out(self._path, identity)
        _remember(self._path, known)
        self._known = known
        self._timeline = known.timeline
        self._log = DamageLog(self._timeline)
        self._idle: Playback | None = None
        self._lock = Lock()
        self._geometry = _Geometry(known.coded, known.pixel, known.rotation)
        self._source = Source(
            id=identity,
            name=path.name,
            path=self._path,
            kind=SourceKind.VIDEO,
            size=self._geometry.size,
            frames=len(self._timeline),
            fps=known.rate,
        )

    @property
    def known(self) -> Known:
        """All that takes time to find out; give it to whoever opens the film next."""
        self._is_left_sited()
        return self._known

    @property
    def known_by_now(self) -> Known:
        """What was found out so far: all that reduced frames are read by."""
        return self._known

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
        exact = ExactColour(left_sited=self._siting())
        playback = self._take_playback()
        try:
            for number, picture in _picked(playback, frames, self._timeline):
                yield number, self._geometry.full(exact.bgr(picture))
        finally:
            self._give_back(playback)

    def skim(
        self, frames: Sequence[int], whole: Collection[int], long_side: int
    ) -> Iterator[tuple[int, Image, WholeFrame | None]]:
        """Yield ``(frame, reduced, full)``; the full frame only of those in ``whole``."""
        check_frames(frames, self._source)
        scale = self.reduced_scale(long_side)
        exact = ExactColour(left_sited=self._siting())
        playback = self._take_playback()
        try:
            picked = _picked(playback, frames, self._timeline)
            with closing(ahead(picked, _DECODED_AHEAD)) as pictures:
                for number, picture in pictures:
                    full = self._whole(exact, picture) if number in whole else None
                    yield number, self._geometry.reduced(picture, scale), full
        finally:
            self._give_back(playback)

    def _whole(self, exact: ExactColour, picture: av.VideoFrame) -> WholeFrame:
        if self._geometry.is_plain(picture) and is_stored_in_planes(picture):
            return StoredFrame(exact, picture)
        return ConvertedFrame(self._geometry.full(exact.bgr(picture)))

    def came_whole(self, start: int, stop: int) -> bool:
        """Whether all of frames ``[start, stop)`` were decoded so far, and came out whole."""
        return bool(self._known.whole[start:stop].all())

    def rest(self) -> None:
        """Let go of the decoder until more is read."""
        with self._lock:
            idle, self._idle = self._idle, None
        if idle is not None:
            idle.close()

    def close(self) -> None:
        """Let go of the file."""
        self.rest()
        self._end_glances()

    def _reduced(self, scale: float, start: int, stop: int) -> Iterator[Frame]:
        # The decoder's own threads are idle while nobody asks it for the next frame.
        with closing(ahead(self._progressive(start), _DECODED_AHEAD)) as whole:
            yield from self._shrunk(whole, scale, start, stop)

    def _progressive(self, start: int) -> Iterator[Numbered]:
        with closing(self._new_playback(reduced=True)) as playback:
            yield from playback.progressive_from(start)

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

    def _siting(self) -> Callable[[], bool]:
        """Give what tells where chroma lies: once a frame is converted, while others are decoded.

        What it takes to find that out is decoded now, before another decoder begins.
        """
        if len(self._timeline.keys) != 1:
            self._is_left_sited()
        elif self._known.left_sited is None and not self._sights:
            self._sights = list(self._glanced())
        return self._is_left_sited

    def _is_left_sited(self) -> bool:
        """Tell where chroma lies; found out when the first full frame is wanted."""
        with self._asked:
            if self._known.left_sited is None:
                with closing(self._glanced()) as pictures:
                    planes = (eight_bit_planes(picture) for picture in self._sights or pictures)
                    known = (found for found in planes if found is not None)
                    self._known.left_sited = is_left_sited(known)
                self._sights = []
            return self._known.left_sited

    def _is_smeared(self, picture: av.VideoFrame) -> bool:
        """Tell whether a picture that was decoded without complaint is noise in part."""
        return is_noise(picture) and not self._is_vivid()

    def _is_vivid(self) -> bool:
        if self._known.vivid is None:
            # With the ends: of a film of a few keys one may be the noise in question.
            pictures = list(self._glanced(ends=True))
            vivid = [stray_chroma(picture) > 0 or is_full_range(picture) for picture in pictures]
            self._known.vivid = sum(vivid) > len(vivid) / 2
        return self._known.vivid

    def _take_glances(self) -> Glances | None:
        with self._lock:
            glances, self._glances = self._glances, None
        return glances

    def _end_glances(self) -> None:
        glances = self._take_glances()
        if glances is not None:
            glances.close()

    def _glanced(self, *, ends: bool = False) -> Generator[av.VideoFrame, None, None]:
        seen = self._take_glances() or Glances(self._path, self._timeline)
        try:
            for run in seen.runs(1, ends=ends):
                yield from run
        finally:
            self._keep_or_close(seen)

    def _keep_or_close(self, glances: Glances) -> None:
        """Keep what a playback can go on with."""
        with self._lock:
            if glances.goes_on and self._glances is None:
                self._glances = glances
                return
        glances.close()

    def _new_playback(self, *, reduced: bool = False) -> Playback:
        # They hold as much memory as a decoder at work, and are hardly asked for from here on.
        glances = self._take_glances()
        opened, head = None, None
        if glances is not None and glances.goes_on and not reduced:
            opened, head = glances.handed_over()
        elif glances is not None:
            glances.close()
        return Playback(
            self._path,
            self._timeline,
            self._log,
            self._known.fields,
            is_smeared=self._is_smeared,
            whole=self._known.whole,
            reduced=reduced,
            opened=opened,
            head=head,
        )

    def _take_playback(self) -> Playback:
        with self._lock:
            playback, self._idle = self._idle, None
        return playback or self._new_playback()

    def _give_back(self, playback: Playback) -> None:
        with self._lock:
            if self._idle is None:
                self._idle = playback
                return
        playback.close()


def _picked(playback: Playback, frames: Sequence[int], timeline: Timeline) -> Iterator[Numbered]:
    """Yield each wanted frame, or the last whole one before it, or else the first after."""
    for run in _between_seeks(frames, timeline):
        done = 0
        if playback.may_pass_over(run):
            for numbered in playback.only(run):
                yield numbered
                done += 1
        yield from _picked_from_all(playback, run[done:], timeline)


def _between_seeks(frames: Sequence[int], timeline: Timeline) -> Iterator[Sequence[int]]:
    """Split ``frames`` where to go to a key takes less than to decode all up to it."""
    begin = 0
    for place in range(1, len(frames)):
        if _key_frame(frames[place], timeline) > frames[place - 1] + _WORTH_A_SEEK:
            yield frames[begin:place]
            begin = place
    if begin < len(frames):
        yield frames[begin:]


def _key_frame(frame: int, timeline: Timeline) -> int:
    key = timeline.key_before(frame)
    return int(timeline.keys[key]) if key >= 0 and timeline.by_label else 0


def _picked_from_all(
    playback: Playback, frames: Sequence[int], timeline: Timeline
) -> Iterator[Numbered]:
    """Pick frames out of all that are decoded from the key before the first one on."""
    coming: Iterator[Numbered] = iter(())
    held: Numbered | None = None
    following: Numbered | None = None
    for wanted in frames:
        if held is None:
            coming, following = playback.progressive_from(wanted), None
        held, following = _advanced(coming, wanted, held, following)
        key_frame = _key_frame(wanted, timeline)
        back = wanted
        while held is None and back > 0:
            back = max(0, key_frame - 1) if back == wanted else back // 2
            coming = playback.progressive_from(back)
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

    def is_plain(self, picture: av.VideoFrame) -> bool:
        """Tell whether a decoded frame is upright, of square pixels."""
        return self._turns == 0 and (picture.width, picture.height) == self._square

    def full(self, image: Image) -> Image:
        """Give a converted frame upright and with square pixels."""
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


def _recalled(path: Path, identity: str) -> Known | None:
    with _known_lock:
        return _known_films.get((path, identity))


def _remember(path: Path, known: Known) -> None:
    with _known_lock:
        _known_films[path, known.identity] = known
        _known_films.move_to_end((path, known.identity))
        while len(_known_films) > _MAX_KNOWN:
            _known_films.popitem(last=False)


def _found_out(path: Path, identity: str) -> tuple[Known, Glances]:
    """Read a film's packets, and decode a little of it."""
    opened = open_stream(path, for_long=False)
    try:
        timeline, head = read_timeline(opened)
        first = head.first
        rate, pixel = _rate(opened, timeline), _pixel_shape(opened)
        left_sited = False if opened.codec in CENTRED_CHROMA else None
        refuse_hdr(int(first.color_trc), plain(path.name))
        coded = first.width, first.height
        glances = Glances(path, timeline, opened, head)
        fields = _fields(glances, first)
    except BaseException:
        opened.close()
        raise
    found = Known(identity, timeline, rate, pixel, coded, first.rotation, fields, left_sited)
    return found, glances


def _fields(glances: Glances, first: av.VideoFrame) -> Fields:
    if not may_have_fields(first):
        return Fields()
    lumas = ([luma_of(picture) for picture in run] for run in glances.runs(_RUN))
    return find_fields(lumas, flagged=first.interlaced_frame)


def _rate(opened: OpenStream, timeline: Timeline) -> Fraction:
    """Give the rate that the file states if that is about what was measured."""
    measured, stated = timeline.fps, opened.stream.average_rate
    if stated and measured and abs(float(stated) / float(measured) - 1) < 0.01:
        return Fraction(stated.numerator, stated.denominator)
    return measured or (Fraction(stated.numerator, stated.denominator) if stated else Fraction(0))


def _pixel_shape(opened: OpenStream) -> Fraction:
    """Give the width of a pixel over its height."""
    shape = opened.stream.sample_aspect_ratio
    if not shape or not 1 / _ODDEST_PIXEL <= shape <= _ODDEST_PIXEL:
        return Fraction(1)
    return Fraction(shape.numerator, shape.denominator)
