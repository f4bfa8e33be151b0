"""Reduced frames of one scene in one file, so that a tweak redraws without the source.

A proxy file is a ZIP whose members are stored, not packed again: ``000123.jpg`` for each frame
that is kept, and ``proxies.json`` with the scale, the size of the source's frames, and where in
them the picture is.
"""

from __future__ import annotations

import json
import zipfile
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engine.errors import SourceError
from engine.files import whole_file
from engine.footage.closing import Closing
from engine.text import plain
from engine.values import Box, Image, Size

_ABOUT = "proxies.json"
_VERSION = 1
_QUALITY = 92
_MAX_BYTES = 64 << 20
"""Of one proxy frame."""
_AT_ONCE = 2
"""Frames that are unpacked at once, where OpenCV may use as many threads."""
_AHEAD = 4
"""Frames unpacked before they are asked for."""


def encode_proxy(image: Image) -> bytes:
    """Pack a reduced frame, ``(H, W, 3)`` BGR uint8, as JPEG with chroma at full size."""
    settings = [
        cv2.IMWRITE_JPEG_QUALITY,
        _QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    done, data = cv2.imencode(".jpg", image, settings)
    if not done:
        raise ValueError(f"no JPEG can be made of an array of shape {image.shape}")
    return data.tobytes()


def write_proxies(
    path: Path,
    entries: Iterable[tuple[int, bytes]],
    scale: float,
    source_size: Size,
    picture: Box | None = None,
) -> None:
    """Write reduced frames, given as ``(frame, JPEG)``, to ``path``, whole or not at all.

    Parameters
    ----------
    path : Path
    entries : iterable of (int, bytes)
        Frames from :func:`encode_proxy`, ascending.
    scale : float
        Pixels of a reduced frame for each pixel of the source.
    source_size : (int, int)
        Width and height of the source's frames.
    picture : Box, optional
        Where in these the picture is, as far as reduced frames tell.
    """
    about: dict[str, Any] = {
        "version": _VERSION,
        "scale": scale,
        "source_size": list(source_size),
        "picture": _numbers(picture) if picture else None,
    }
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as file:
        file.writestr(_member(_ABOUT), json.dumps(about))
        for frame, data in entries:
            file.writestr(_member(f"{frame:06d}.jpg"), data)


def _numbers(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _member(name: str) -> zipfile.ZipInfo:
    # A fixed date: the same frames give the same file.
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


class ProxyReader(Closing):
    """The reduced frames of one scene. See :class:`~engine.footage.reader.FrameReader`."""

    def __init__(self, path: Path) -> None:
        self._name = plain(path.name)
        try:
            self._file = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise SourceError(
                f"{self._name}: proxies are missing or damaged; scan again"
            ) from error
        try:
            self._read_about()
        except (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
            self._file.close()
            raise SourceError(f"{self._name}: is not a file of proxies; scan again") from error

    @property
    def size(self) -> Size:
        """``(width, height)`` of a reduced frame."""
        return self._size

    @property
    def scale(self) -> float:
        """Pixels of a reduced frame for each pixel of the source."""
        return self._scale

    @property
    def source_size(self) -> Size:
        """``(width, height)`` of the source's frames."""
        return self._source_size

    @property
    def picture(self) -> Box | None:
        """Where in the source's frames the picture is, as far as reduced ones tell."""
        return self._picture

    @property
    def frames(self) -> tuple[int, ...]:
        """Those that are held, ascending."""
        return self._frames

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give the nearest held frame of each of ``frames``, ascending, without doubles."""
        return tuple(sorted({nearest(self._frames, frame) for frame in frames}))

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` for each of ``frames``, which must be held."""
        if len(frames) <= _AHEAD or cv2.getNumThreads() < _AT_ONCE:
            for frame in frames:
                yield frame, self._decoded(frame)
            return
        waiting: deque[tuple[int, Future[Image]]] = deque()
        with ThreadPoolExecutor(_AT_ONCE, "proxies") as pool:
            for frame in frames:
                waiting.append((frame, pool.submit(self._unpacked, frame, self._packed(frame))))
                if len(waiting) > _AHEAD:
                    first, image = waiting.popleft()
                    yield first, image.result()
            for frame, image in waiting:
                yield frame, image.result()

    def checksums(self, frames: Sequence[int]) -> tuple[int, ...]:
        """Tell frames, which must be held, from others without unpacking them."""
        return tuple(self._file.getinfo(f"{frame:06d}.jpg").CRC for frame in frames)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _read_about(self) -> None:
        about = json.loads(self._file.read(_ABOUT))
        if about["version"] != _VERSION:
            raise ValueError(f"version {about['version']}")
        self._scale = float(about["scale"])
        width, height = about["source_size"]
        self._source_size: Size = (int(width), int(height))
        picture = about.get("picture")
        self._picture = Box(*(int(number) for number in picture)) if picture else None
        numbers = (name.removesuffix(".jpg") for name in self._file.namelist())
        self._frames = tuple(sorted(int(n) for n in numbers if n.isdecimal()))
        if not self._frames:
            raise ValueError("no frames")
        first = self._decoded(self._frames[0])
        self._size: Size = (first.shape[1], first.shape[0])

    def _decoded(self, frame: int) -> Image:
        return self._unpacked(frame, self._packed(frame))

    def _packed(self, frame: int) -> bytes:
        try:
            with self._file.open(f"{frame:06d}.jpg") as file:
                return file.read(_MAX_BYTES)
        except (KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise SourceError(f"{self._name}: no proxy of frame {frame}; scan again") from error

    def _unpacked(self, frame: int, data: bytes) -> Image:
        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        except cv2.error as error:
            raise SourceError(f"{self._name}: no proxy of frame {frame}; scan again") from error
        if image is None:
            raise SourceError(f"{self._name}: the proxy of frame {frame} is damaged; scan again")
        return np.asarray(image, np.uint8)


def nearest(held: Sequence[int], frame: int) -> int:
    """Give the one of some ascending frames that lies nearest to ``frame``."""
    place = bisect_left(held, frame)
    return min(held[max(0, place - 1) : place + 1], key=lambda one: abs(one - frame))
