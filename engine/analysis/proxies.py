"""The reduced frames of a shot that are kept for later stages, never more than a fixed number."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.footage.proxies import encode_proxy
from engine.values import Camera, Image, Motion

MOST_MOVING = 400
"""Frames kept of a shot with a moving camera."""

MOST_STILL = 150
"""Frames kept of a shot with a static one."""

_WAITING = 16
"""Frames that may wait to be encoded."""

Proxy = tuple[int, bytes]
"""Frame number and JPEG file."""


@dataclass(slots=True)
class ProxyKeeper:
    """Has frames encoded as they come and thins them out when there are too many."""

    encoder: Executor
    """Encodes beside all that follows the camera, which takes longer."""
    kept: list[tuple[int, Future[bytes]]] = field(default_factory=list)
    stride: int = 1
    """Every so many distinct frames one is kept."""
    seen: int = 0

    def add(self, index: int, image: Image) -> None:
        """Take a distinct frame; the first of a shot is always kept."""
        if self.seen % self.stride == 0:
            self.kept.append((index, self.encoder.submit(encode_proxy, image)))
            if len(self.kept) > _WAITING:
                self.kept[-_WAITING][1].result()
        self.seen += 1
        if len(self.kept) >= 2 * MOST_MOVING:
            self.kept = self.kept[::2]
            self.stride *= 2

    def choose(self, motion: Motion, repeat: NDArray[np.bool_], start: int) -> tuple[Proxy, ...]:
        """Choose those that are worth keeping, now that the motion is known.

        Parameters
        ----------
        motion : Motion
            Of the shot.
        repeat : (N,) bool array
            Frames of the shot that repeat the one before; they are left out.
        start : int
            First frame of the shot.
        """
        still = motion.camera is Camera.STATIC
        most = MOST_STILL if still else MOST_MOVING
        kept = [proxy for proxy in self.kept if proxy[0] == start or not repeat[proxy[0] - start]]
        if len(kept) <= most:
            return tuple((index, data.result()) for index, data in kept)
        places = np.array([index - start for index, _ in kept])
        way = places.astype(np.float64)
        if not still:
            steps = np.linalg.norm(np.diff(motion.path[:, :2], axis=0, prepend=0), axis=1)
            # Time counts a little, so that a pause of the camera keeps some frames.
            way = np.cumsum(steps + 0.25 * float(steps.mean()) + 1e-6)[places]
        wanted = np.linspace(way[0], way[-1], most)
        chosen = np.unique(np.searchsorted(way, wanted).clip(0, len(way) - 1))
        return tuple((kept[int(i)][0], kept[int(i)][1].result()) for i in chosen)
