"""Looks at a film here and there, before it is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np

from engine.footage.closing import Closing
from engine.footage.playback import DamageLog, Playback
from engine.footage.stream import OpenStream
from engine.footage.timeline import Head, Timeline

Named = tuple[int, av.VideoFrame]
"""A frame after the name that it is known by."""

_PLACES = 8
"""Keys, spread over the film, that are looked at."""


class Glances(Closing):
    """Frames from places spread over a film."""

    def __init__(
        self,
        path: Path,
        timeline: Timeline,
        opened: OpenStream | None = None,
        head: Head | None = None,
    ) -> None:
        log, named = DamageLog(timeline), head.named if head else None
        self._left: tuple[OpenStream, Iterator[Named]] | None = None
        if opened is not None and named is not None and _is_plain(opened, timeline):
            # What is looked at here is not decoded again by who goes on.
            named, again = _twice(named)
            self._left = opened, again
        self._playback = Playback(path, timeline, log, for_long=False, opened=opened, head=named)
        self._keys = timeline.keys if len(timeline.keys) else np.zeros(1, np.int64)
        self._seen: dict[int, list[av.VideoFrame]] = {}
        self._looks = 0

    @property
    def goes_on(self) -> bool:
        """Whether the stream still gives all of the film, from its first frame on."""
        # To look a second time, it was moved.
        return self._left is not None and self._looks <= 1

    def handed_over(self) -> tuple[OpenStream, Iterator[Named]]:
        """Give the stream, and all frames that come of it, to who will close it."""
        assert self._left is not None
        left, self._left = self._left, None
        self._seen.clear()
        return left

    def close(self) -> None:
        """Let go of the file."""
        self._playback.close()
        self._seen.clear()

    def runs(self, length: int, *, ends: bool = False) -> Iterator[list[av.VideoFrame]]:
        """Yield ``length`` frames in a row from up to eight keys, or with the film's ``ends``."""
        last = len(self._keys) - 1
        spread = np.linspace(0, last, _PLACES if ends else _PLACES + 2)
        places = sorted(set((spread if ends else spread[1:-1]).astype(int).tolist()))
        many = 1 if len(places) > 2 else 3
        # Whoever has seen enough after a few has seen some of all parts.
        for key in self._keys[[*places[1::3], *places[::3], *places[2::3]]].tolist():
            run = self._seen.get(key, [])
            if len(run) < length * many:
                self._looks += 1
                frames = (picture for _, picture in self._playback.whole_from(key))
                run = list(islice(frames, length * many))
            self._seen[key] = run[:many]
            yield run[: length * many]


def _twice(frames: Iterator[Named]) -> tuple[Iterator[Named], Iterator[Named]]:
    """Let frames be taken, and afterwards all of them from the first on; none is held longer."""
    taken: deque[Named] = deque()

    def take() -> Iterator[Named]:
        for frame in frames:
            taken.append(frame)
            yield frame

    def take_all() -> Iterator[Named]:
        while taken:
            yield taken.popleft()
        yield from frames

    return take(), take_all()


def _is_plain(opened: OpenStream, timeline: Timeline) -> bool:
    """Whether to read on from a film's first key is as good as to open it again.

    Elsewhere a seek to the start may lead to another packet, or past some that are hurt.
    """
    is_exact = not opened.doubtful and not opened.builds_on_all and not opened.errors
    return is_exact and not timeline.notes and not timeline.doubled
