"""Reduced frames unpacked lately: the next tweak of a picture is made of most of them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

from engine.footage.proxies import ProxyReader
from engine.footage.reader import AroundReader
from engine.values import Image

KEPT_BYTES = 80_000_000
"""Of the frames that are kept: a move of a hundred or two."""

_Key = tuple[str, int, int]
"""The file, the frame, and what tells its pixels from others."""

_kept: OrderedDict[_Key, Image] = OrderedDict()
_lock = Lock()


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
        with _lock:
            known = {frame: _kept[key] for frame, key in keys.items() if key in _kept}
            for frame in known:
                _kept.move_to_end(keys[frame])
        coming = self._reader.read([frame for frame in frames if frame not in known])
        for frame in frames:
            image = known.get(frame)
            if image is None:
                image = next(coming)[1]
                _keep(keys[frame], image)
            yield frame, image

    def _keys(self, frames: Sequence[int]) -> Iterator[_Key]:
        for frame, checksum in zip(frames, self.checksums(frames), strict=True):
            yield self._path, frame, checksum


def forget() -> None:
    """Let go of all that is kept, where nothing more is made of it."""
    with _lock:
        _kept.clear()


def _keep(key: _Key, image: Image) -> None:
    with _lock:
        _kept[key] = image
        held = sum(one.nbytes for one in _kept.values())
        while held > KEPT_BYTES and len(_kept) > 1:
            held -= _kept.popitem(last=False)[1].nbytes
