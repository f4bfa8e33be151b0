"""Where the camera was, as far as reduced frames tell; kept for the tweaks that ask for less of it.

Lining frames up is most of what a preview costs. Another range, another step, a frame left out or
another trim need no more than a part of what was found out for the whole move.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from engine.footage.reader import FrameReader
from engine.products.depth import Fit
from engine.products.parallax import Layers
from engine.products.registration import Track
from engine.recipe import PanoramaRecipe

KEPT = 8
"""Moves kept, of a few dozen kilobytes each."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A camera move as far as reduced frames tell."""

    track: Track
    layers: Layers
    fit: Fit
    shown: frozenset[int]
    """Frames that show anything."""

    def among(self, frames: Sequence[int]) -> Followed | None:
        """Give what is known of some of the frames; None where too little is."""
        wanted = set(frames)
        rows = [row for row, frame in enumerate(self.track.frames) if frame in wanted]
        if len(rows) < 2:
            return None
        track = self.track.chosen(rows)
        place = track.place.copy()
        # The canvas has the scale of the tightest frame.
        tightest = place[:, 2].min()
        place[:, 2] -= tightest
        place[:, :2] *= np.exp(-tightest)
        track = replace(track, place=place, gain=track.gain - np.median(track.gain))
        return replace(self, track=track, shown=self.shown & wanted)


@dataclass(frozen=True, slots=True)
class _Memory:
    said: tuple[object, ...]
    model: str
    frames: tuple[int, ...]
    pixels: str
    found: Followed

    def serves(self, model: str) -> bool:
        """Tell whether the motion model asked for is the one asked for then, or found then."""
        return model in (self.model, self.found.track.model)


_memories: deque[_Memory] = deque(maxlen=KEPT)
_lock = Lock()


def recall(reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int]) -> Followed | None:
    """Recall a move of which ``frames`` are a part, if it was followed on the same proxies."""
    said, wanted = _said(reader, recipe), set(frames)
    with _lock:
        known = [
            m
            for m in _memories
            if m.said == said and m.serves(recipe.model) and wanted.issubset(m.frames)
        ]
    for memory in reversed(known):
        if reader.available(_samples(memory.frames)) != _samples(memory.frames):
            continue
        if _pixels(reader, memory.frames) == memory.pixels:
            return memory.found.among(frames)
    return None


def remember(
    reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int], found: Followed
) -> None:
    """Keep what was found out on proxies."""
    said, pixels = _said(reader, recipe), _pixels(reader, frames)
    memory = _Memory(said, recipe.model, tuple(frames), pixels, found)
    with _lock:
        _memories.append(memory)


def _said(reader: FrameReader, recipe: PanoramaRecipe) -> tuple[object, ...]:
    settings = recipe.anchor, recipe.overlays, recipe.picture
    return (*settings, reader.size, reader.scale)


def _samples(frames: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted({frames[0], frames[len(frames) // 2], frames[-1]}))


def _pixels(reader: FrameReader, frames: Sequence[int]) -> str:
    """Tell one film from another by some of its pixels."""
    digest = hashlib.sha256()
    for _, image in reader.read(_samples(frames)):
        digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()
