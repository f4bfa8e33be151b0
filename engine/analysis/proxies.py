"""The reduced frames of a shot that are kept for later stages, never more than a fixed number."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from engine.values import Camera, Image, Motion

MOST_MOVING = 400
"""Frames kept of a shot with a moving camera."""

MOST_STILL = 150
"""Frames kept of a shot with a static one."""

QUALITY = 88
"""Of the JPEG files, 0 to 100."""

Proxy = tuple[int, bytes]
"""Frame number and JPEG file."""


@dataclass(slots=True)
class ProxyKeeper:
    """Encodes frames as they come and thins them out when there are too many."""

    kept: list[Proxy] = field(default_factory=list)
    stride: int = 1
    """Every so many distinct frames one is kept."""
    seen: int = 0

    def add(self, index: int, image: Image) -> None:
        """Take a distinct frame; the first of a shot is always kept."""
        if self.seen % self.stride == 0:
            self.kept.append((index, encode(image)))
        self.seen += 1
        if len(self.kept) >= 2 * MOST_MOVING:
            self.kept = self.kept[::2]
            self.stride *= 2

    def choose(self, motion: Motion, start: int) -> tuple[Proxy, ...]:
        """Choose those that are worth keeping, now that the motion is known.

        Parameters
        ----------
        motion : Motion
            Of the shot.
        start : int
            First frame of the shot.
        """
        still = motion.camera is Camera.STATIC
        most = MOST_STILL if still else MOST_MOVING
        if len(self.kept) <= most:
            return tuple(self.kept)
        places = np.array([index - start for index, _ in self.kept])
        way = places.astype(np.float64)
        if not still:
            steps = np.linalg.norm(np.diff(motion.path[:, :2], axis=0, prepend=0), axis=1)
            # Time counts a little, so that a pause of the camera keeps some frames.
            way = np.cumsum(steps + 0.25 * float(steps.mean()) + 1e-6)[places]
        wanted = np.linspace(way[0], way[-1], most)
        chosen = np.unique(np.searchsorted(way, wanted).clip(0, len(way) - 1))
        return tuple(self.kept[int(i)] for i in chosen)


def encode(image: Image) -> bytes:
    """Encode a reduced frame as JPEG."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a frame of shape {image.shape} cannot be encoded")
    return data.tobytes()
