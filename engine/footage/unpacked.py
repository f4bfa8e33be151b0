"""Reduced frames unpacked lately: the next tweak of a picture is made of most of them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock

from engine.footage.proxies import ProxyReader
from engine.footage.reader import AroundReader
from engine.values import Image

KEPT_BYTES = 80_000_000
"""Of the frames that are kept: a move of a hundred or two."""

_Key = tuple[str, int, int]
"""The file, the frame, and what tells its pixels from others."""


class _Store:
    """Holds the frames that were asked for last."""

    def __init__(self) -> None:
        self._images: OrderedDict[_Key, Image] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def take(self, keys: Iterable[_Key]) -> dict[_Key, Image]:
        """Give those of some frames that are held."""
        with self._lock:
            found = {key: self._images[key] for key in keys if key in self._images}
            for key in found:
                self._images.move_to_end(key)
        return found

    def keep(self, key: _Key, image: Image) -> None:
        """Hold one more, and let go of the oldest instead."""
        with self._lock:
            before = self._images.pop(key, None)
            self._bytes += image.nbytes - (0 if before is None else before.nbytes)
            self._images[key] = image
            while self._bytes > KEPT_BYTES and len(self._images) > 1:
                self._bytes -= self._images.popitem(last=False)[1].nbytes

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._images.clear()
            self._bytes = 0


_store = _Store()


class UnpackedProxies(AroundReader[ProxyReader]):
    """Gives a scene's reduced frames, which are not to be written to, and keeps them for later."""

    def __init__(self, reader: ProxyReader, path: Path) -> None:
        super().__init__(reader)
        self._path = str(path)

    def checksums(self, frames: Sequence[int]) -> tuple[int, ...]:
        """Tell frames, which must be held, from others without unpacking them."""
        return self._reader.checksums(frames)

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` for each of ``frames``, which must be held."""
        keys = dict(zip(frames, self._keys(frames), strict=True))
        known = _store.take(keys.values())
        coming = self._reader.read([frame for frame in frames if keys[frame] not in known])
        for frame in frames:
            image = known.get(keys[frame])
            if image is None:
                image = next(coming)[1]
                _store.keep(keys[frame], image)
            yield frame, image

    def _keys(self, frames: Sequence[int]) -> Iterator[_Key]:
        for frame, checksum in zip(frames, self.checksums(frames), strict=True):
            yield self._path, frame, checksum


def forget() -> None:
    """Let go of all that is kept, where nothing more is made of it."""
    _store.clear()
