"""Frames in, shots out: one pass that finds the cuts and measures everything between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto

import cv2
import numpy as np

from engine.analysis.camera import camera_place, describe_motion
from engine.analysis.cuts import Seen, find_shots
from engine.analysis.fades import find_fades, glimpse_of
from engine.analysis.faint import FaintBackdrop
from engine.analysis.logos import LogoFinder
from engine.analysis.looks import Look, look_at
from engine.analysis.overlays import OverlayFinder
from engine.analysis.proxies import Proxy, ProxyKeeper
from engine.analysis.quality import FactsKeeper
from engine.analysis.tracking import BackgroundTracker, Step
from engine.footage.footage import scaled_size
from engine.footage.letterbox import PictureFinder
from engine.values import (
    Box,
    Frame,
    FrameFacts,
    Gradual,
    Luma,
    Mask,
    Motion,
    Overlay,
    Shot,
    Size,
    Transition,
)

_DARK = 28
"""Grey level that no frame of the source has passed where there is only a bar or a gate."""


WARM_UP = 120
"""Frames before a shot from which on its beginning is judged as if all before had been seen."""


class Kinship(Enum):
    """What the frames of a source are to each other."""

    FILM = auto()
    ONE_PLACE = auto()
    """Photos taken by hand, which differ as cuts do: all of them are one shot."""
    STILLS = auto()
    """Pictures picked here and there: a shot ends wherever two have nothing in common."""


@dataclass(frozen=True, slots=True)
class Memory:
    """All that one shot hands on to the next: with it, a pass can go on in the middle."""

    start: int
    """First frame of the shot that comes next."""
    entry: Transition
    """How that one begins."""
    reach: int
    """Frames that its dissolve reaches to either side."""
    brightest: Luma
    """Of each place, the brightest so far."""
    count: int
    """Frames that ``brightest`` has seen."""
    logos: LogoFinder
    """What is known of logos."""


class LostPlaceError(Exception):
    """The shot to go on with does not begin where it is said to."""


@dataclass(frozen=True, slots=True)
class AnalysedShot:
    """A shot with all that one pass can tell of it."""

    shot: Shot
    motion: Motion
    facts: FrameFacts
    gradual: tuple[Gradual, ...]
    """Fades and dissolves in it; one that leads into the next shot is told of that shot."""
    picture: Box
    """The picture inside the frame, source pixels."""
    proxies: tuple[Proxy, ...]
    """Reduced frames worth keeping: frame number and JPEG, ascending."""
    overlays: tuple[Overlay, ...]
    """What is burnt in, as far as it is known by now."""
    memory: Memory | None
    """What to go on with; None after the last shot."""


def analyse_shots(
    frames: Iterable[Frame],
    *,
    scale: float,
    fps: float = 24.0,
    size: Size | None = None,
    since: Memory | None = None,
    overlays: OverlayFinder | None = None,
    kinship: Kinship = Kinship.FILM,
    with_proxies: bool = True,
) -> Iterator[AnalysedShot]:
    """Find the shots of a source and measure them, in one pass.

    Parameters
    ----------
    frames : iterable of Frame
        Every frame of the source in order, reduced to a long side of about 640 pixels.
    scale : float
        Pixels of these frames for each pixel of the source.
    fps : float
        Mean frames a second; 0 for pictures.
    size : (int, int), optional
        Of the source; pictures of another size are measured by themselves.
    since : Memory, optional
        Of an earlier pass over the same source, which this one goes on with: the same shots
        come from ``since.start`` on. ``frames`` then begin :data:`WARM_UP` before that.
    overlays : OverlayFinder, optional
        Gathers what is burnt in; ask it at the end for logos that earlier shots carry, too.
    kinship : Kinship
        What the frames are to each other, which says where a shot ends.
    with_proxies : bool
        Shots come with reduced frames, which take a quarter of the time.

    Yields
    ------
    AnalysedShot
        In order, without gaps. Memory holds one shot's numbers and thinned-out JPEG files, and
        some 80 thumbnails; it does not grow with the length of the source.

    Raises
    ------
    ValueError
        If ``scale`` is not in (0, 1].
    LostPlaceError
        If no shot begins at ``since.start``.
    """
    if not 0 < scale <= 1:
        raise ValueError(f"scale must be in (0, 1], got {scale}")
    gate = _Gate(since)
    overlays = overlays or OverlayFinder(scale)
    if since is not None:
        overlays.go_on(since.logos)
    looks = overlays.watch(look_at(frame) for frame in frames)
    with _one_thread(), ThreadPoolExecutor(1, thread_name_prefix="proxies") as encoder:
        builder: _ShotBuilder | None = None
        for seen in _shots_of(looks, kinship):
            if since is not None and builder is None:
                if seen.look.index < since.start:
                    continue
                if (seen.begins, seen.reach) != (since.entry, since.reach):
                    raise LostPlaceError
            if seen.begins is not None:
                if builder is not None:
                    yield builder.finish(seen)
                proxies = ProxyKeeper(encoder) if with_proxies else None
                builder = _ShotBuilder(seen, scale, size, gate, overlays, proxies)
            assert builder is not None  # the first frame always begins a shot
            builder.add(seen)
        if builder is not None:
            yield builder.finish(None)
        elif since is not None:
            raise LostPlaceError


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep OpenCV to one thread: pictures this small are done before they are dealt out."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _shots_of(looks: Iterable[Look], kinship: Kinship) -> Iterator[Seen]:
    if kinship is not Kinship.ONE_PLACE:
        yield from find_shots(looks, stills=kinship is Kinship.STILLS)
        return
    for number, look in enumerate(looks):
        yield Seen(look, None if number else Transition.START)


class _Gate:
    """Learns where the source never shows anything: letterbox bars, a film gate's corners."""

    def __init__(self, since: Memory | None) -> None:
        self.brightest: Luma | None = since.brightest.copy() if since else None
        self.count = since.count if since else 0

    def add(self, grey: Luma) -> None:
        if self.brightest is None or self.brightest.shape != grey.shape:
            self.brightest, self.count = grey.copy(), 0
        elif self.count % 4 == 0:
            np.maximum(self.brightest, grey, out=self.brightest)
        self.count += 1

    def memory(self, following: Seen | None, logos: LogoFinder) -> Memory | None:
        if following is None or following.begins is None or self.brightest is None:
            return None
        return Memory(
            start=following.look.index,
            entry=following.begins,
            reach=following.reach,
            brightest=self.brightest.copy(),
            count=self.count,
            logos=logos,
        )

    def still(self) -> Mask | None:
        """Mark places at and near what has always been dark, from the border inwards."""
        if self.brightest is None:
            return None
        dark = (self.brightest < _DARK).astype(np.uint8)
        framed = cv2.copyMakeBorder(dark, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
        filled = framed.copy()
        cv2.floodFill(filled, None, (0, 0), 2)
        bars = (filled == 2).astype(np.uint8)
        if bars[1:-1, 1:-1].mean() > 0.6:
            return None  # a dark film so far; nothing is known
        wide = cv2.dilate(bars, np.ones((11, 11), np.uint8))[1:-1, 1:-1]
        return np.asarray(wide > 0, np.bool_)


class _ShotBuilder:
    """Gathers one shot, frame by frame."""

    def __init__(
        self,
        first: Seen,
        scale: float,
        whole: Size | None,
        gate: _Gate,
        overlays: OverlayFinder,
        proxies: ProxyKeeper | None,
    ) -> None:
        self.first = first
        self.overlays = overlays
        self.whole = whole
        self.picture = PictureFinder(scale)
        self.scale = scale
        self.gate = gate
        self.tracker: BackgroundTracker | None = None
        self.faint = FaintBackdrop(None)
        self.still: Mask | None = None
        self.steps: list[Step] = []
        self.facts = FactsKeeper(scale)
        self.proxies = proxies
        self.contrast: list[float] = []
        self.glimpses: list[Luma] = []
        self.blank: list[bool] = []
        self.size: Size = (1, 1)
        self.closing: list[Gradual] = []

    def add(self, seen: Seen) -> None:
        look = seen.look
        if seen.begins is None and seen.reach:
            ends = look.index - seen.reach, look.index + seen.reach
            self.closing.append(Gradual(Transition.DISSOLVE, *ends))
        self.gate.add(look.grey)
        if self.tracker is None:
            height, width = look.grey.shape
            self.size = (width, height)
            self.still = self.gate.still()
            self.tracker = BackgroundTracker(self.still)
            self.faint = FaintBackdrop(self.still)
        self.overlays.add(look, self.still)
        self.steps.append(self.tracker.add(look.grey))
        self.faint.add(len(self.steps) - 1, look.grey)
        new = self.facts.add(look, self._place())
        self.contrast.append(look.contrast)
        self.glimpses.append(glimpse_of(look.thumb))
        self.blank.append(look.blank)
        if new:
            self.picture.add(look.image)
        if new and self.proxies is not None:
            self.proxies.add(look.index, look.image)

    def finish(self, following: Seen | None) -> AnalysedShot:
        start = self.first.look.index
        count = len(self.steps)
        gradual = [Gradual(Transition.FADE, start + a, start + b) for a, b in self._fades()]
        if self.first.begins is Transition.DISSOLVE:
            reach = self.first.reach
            gradual.insert(0, Gradual(Transition.DISSOLVE, start - reach, start + reach))
        gradual += self.closing
        for change in gradual:
            self.facts.spoil(change.start - start, change.stop - start)
        leaving = following.reach if following is not None else 0
        self.facts.spoil(count - leaving, count)
        clear = _clear_of([self._hidden(g, start) for g in gradual], start, start + count - leaving)
        steps = self.faint.settle(self.steps)
        motion = describe_motion(steps, self.size, self._working(), clear)
        facts = self.facts.facts(motion.path)
        assert self.first.begins is not None
        shot = Shot(start, start + count, self._entry(gradual, start))
        overlays = self.overlays.end_shot(shot, self._source_size(), self.gate.still())
        return AnalysedShot(
            shot=shot,
            motion=motion,
            facts=facts,
            gradual=tuple(gradual),
            picture=self.picture.box(self._source_size(), gate=self.gate.brightest),
            proxies=self.proxies.choose(motion, facts.repeat, start) if self.proxies else (),
            overlays=overlays,
            memory=self.gate.memory(following, self.overlays.memory()),
        )

    def _hidden(self, change: Gradual, start: int) -> tuple[int, int]:
        """Give the frames of a fade or dissolve in which the camera cannot be followed.

        Of a fade that is the dark half: in the other the drawing is seen well enough.
        """
        middle = (change.start + change.stop) // 2
        if change.kind is not Transition.FADE:
            return change.start, change.stop
        first, last = (
            self.contrast[max(0, min(frame - start, len(self.contrast) - 1))]
            for frame in (change.start, change.stop - 1)
        )
        return (change.start, middle) if first < last else (middle, change.stop)

    def _fades(self) -> list[tuple[int, int]]:
        return find_fades(np.array(self.contrast), np.array(self.blank), np.stack(self.glimpses))

    def _place(self) -> tuple[float, float]:
        """Give where the camera stands, source pixels."""
        return camera_place(self.steps[-1], self.size, self._working())

    def _working(self) -> float:
        """Give the scale of the pictures that are followed, against the source."""
        return self.scale / self.first.look.step

    def _source_size(self) -> Size:
        height, width = self.first.look.image.shape[:2]
        whole = self.whole
        if whole is not None and scaled_size(whole, self.scale) == (width, height):
            return whole
        return max(1, int(width / self.scale)), max(1, int(height / self.scale))

    def _entry(self, gradual: list[Gradual], start: int) -> Transition:
        begins = self.first.begins or Transition.CUT
        early = any(g.kind is Transition.FADE and g.start <= start + 1 for g in gradual)
        return Transition.FADE if begins is Transition.START and early else begins


def _clear_of(hidden: list[tuple[int, int]], start: int, stop: int) -> tuple[int, int]:
    """Give the longest run of a shot's frames that no fade or dissolve hides, from its start."""
    covered = sorted((max(first, start), min(last, stop)) for first, last in hidden)
    runs, at = [], start
    for first, last in covered:
        runs.append((at, first))
        at = max(at, last)
    runs.append((at, stop))
    first, last = max(runs, key=lambda run: run[1] - run[0])
    return first - start, max(first, last) - start
