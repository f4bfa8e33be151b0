"""A film as footage."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock

import av

from engine.errors import SourceError
from engine.footage.ahead import ahead
from engine.footage.closing import Closing
from engine.footage.colour import (
    ExactColour,
    StoredFrame,
    eight_bit_planes,
    is_stored_in_planes,
)
from engine.footage.fingerprint import file_fingerprint
from engine.footage.footage import Damage, check_frames, reduced_scale
from engine.footage.geometry import Geometry
from engine.footage.glances import Glances
from engine.footage.known import Known, recalled, remember
from engine.footage.noise import is_full_range, is_noise, stray_chroma
from engine.footage.picking import picked
from engine.footage.playback import DamageLog, Numbered, Playback
from engine.footage.probe import probed
from engine.footage.reader import ConvertedFrame, WholeFrame
from engine.footage.siting import is_left_sited
from engine.text import plain
from engine.values import Frame, Image, Size, Source, SourceKind

_AHEAD = 8
"""Reduced frames waiting for the analysis."""

_DECODED_AHEAD = 3
"""Decoded frames waiting to be reduced: enough that the decoder never waits."""


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
            known = recalled(self._path, identity)
        if known is None:
            known, self._glances = probed(self._path, identity)
        remember(self._path, known)
        self._known = known
        self._timeline = known.timeline
        self._log = DamageLog(self._timeline)
        self._idle: Playback | None = None
        self._lock = Lock()
        self._geometry = Geometry(known.coded, known.pixel, known.rotation)
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
            for number, picture in picked(playback, frames, self._timeline):
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
            coming = picked(playback, frames, self._timeline)
            with closing(ahead(coming, _DECODED_AHEAD)) as pictures:
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
