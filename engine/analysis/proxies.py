"""The reduced frames of a shot that are kept for later stages, never more than a fixed number."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
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

_AT_ONCE = 8
"""Frames that are handed over to be encoded."""

_BEHIND = 2
"""Times that so many may wait."""

Proxy = tuple[int, bytes]
"""Frame number and JPEG file."""


@dataclass(slots=True)
class ProxyKeeper:
    """Has frames encoded as they come and thins them out when there are too many."""

    encoder: Executor
    """Encodes beside all that follows the camera, which takes longer."""
    kept: list[Proxy] = field(default_factory=list)
    """Those that are encoded."""
    count: int = 0
    """Those, and what is on its way."""
    stride: int = 1
    """Every so many distinct frames one is kept."""
    seen: int = 0
    _waiting: list[tuple[int, Image]] = field(default_factory=list)
    _sent: deque[Future[list[Proxy]]] = field(default_factory=deque)

    def add(self, index: int, image: Image) -> None:
        """Take a distinct frame; the first of a shot is always kept."""
        if self.seen % self.stride == 0:
            self._waiting.append((index, image))
            self.count += 1
            if len(self._waiting) == _AT_ONCE:
                self._send()
                self._receive(_BEHIND)
        self.seen += 1
        if self.count >= 2 * MOST_MOVING:
            self._receive_all()
            self.kept = self.kept[::2]
            self.count = len(self.kept)
            self.stride *= 2

    def _send(self) -> None:
        """Have frames encoded, several at once: each by itself takes long to hand over."""
        self._sent.append(self.encoder.submit(_encoded, self._waiting))
        self._waiting = []

    def _receive(self, behind: int) -> None:
        while len(self._sent) > behind:
            self.kept += self._sent.popleft().result()

    def _receive_all(self) -> None:
        self._send()
        self._receive(0)

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
        self._receive_all()
        kept = [proxy for proxy in self.kept if proxy[0] == start or not repeat[proxy[0] - start]]
        if len(kept) <= most:
            return tuple(kept)
        places = np.array([index - start for index, _ in kept])
        way = places.astype(np.float64)
        if not still:
            steps = np.linalg.norm(np.diff(motion.path[:, :2], axis=0, prepend=0), axis=1)
            # Time counts a little, so that a pause of the camera keeps some frames.
            way = np.cumsum(steps + 0.25 * float(steps.mean()) + 1e-6)[places]
        wanted = np.linspace(way[0], way[-1], most)
        chosen = np.unique(np.searchsorted(way, wanted).clip(0, len(way) - 1))
        return tuple(kept[int(i)] for i in chosen)


def _encoded(frames: Sequence[tuple[int, Image]]) -> list[Proxy]:
    return [(index, encode_proxy(image)) for index, image in frames]
