"""A folder or an archive of pictures as footage."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

import cv2
import numpy as np

from engine.errors import SourceError
from engine.footage.animation import Animation, is_animation
from engine.footage.closing import Closing
from engine.footage.fingerprint import combined_fingerprint, file_fingerprint
from engine.footage.footage import MAX_FRAMES, Damage, check_frames, reduced_scale, scaled_size
from engine.footage.natural import natural_key
from engine.footage.picture_file import PICTURE_SUFFIXES, decode_picture, picture_size
from engine.text import plain
from engine.values import Frame, Image, PictureFile, Size, Source, SourceKind

_PIECE = 1 << 16
"""Bytes hashed of each picture's beginning, middle and end."""

_MAX_BYTES = 1 << 30
"""Of one picture file, unpacked."""

_MODEST_BYTES = 64 << 20
"""What any picture in an archive may unpack to."""

_MOST_PACKED = 200
"""Beyond that it may unpack to this many times its packed size: no picture packs better."""

_AT_ONCE = 2
"""Pictures decoded at a time; each holds the interpreter only briefly."""

_LARGEST_REDUCED = 4
"""A picture among smaller ones is reduced to at most this many times the asked length."""


class _Shelf(Protocol):
    """Where the files of a source stand."""

    @property
    def names(self) -> Sequence[str]:
        """In natural order."""

    def load(self, place: int) -> bytes:
        """Give the file at ``place``."""

    def close(self) -> None:
        """Let go of what is open."""


class _Folder:
    """Pictures lying in a folder, or a single one."""

    def __init__(self, root: Path, names: Sequence[str]) -> None:
        self._root = root
        self.names = names

    def load(self, place: int) -> bytes:
        path = self._root / self.names[place]
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise SourceError(f"is larger than {_MAX_BYTES >> 20} MB; save it smaller")
            return path.read_bytes()
        except OSError as error:
            raise SourceError(f"cannot be read ({error.strerror})") from error

    def close(self) -> None:
        """Nothing is open."""


class _Archive:
    """Pictures in a ZIP or CBZ; read in memory, never unpacked to disk."""

    def __init__(self, path: Path) -> None:
        name = plain(path.name)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise SourceError(
                f"{name}: is not a ZIP archive, or is damaged; copy it again"
            ) from error
        members = [m for m in self._zip.infolist() if _is_safe_picture(m)]
        self._members = sorted(members, key=lambda m: natural_key(m.filename))
        self.names = [m.filename for m in self._members]

    def load(self, place: int) -> bytes:
        member = self._members[place]
        try:
            with self._zip.open(member) as file:
                # The header's size is the packer's word; the limit holds for what comes out.
                most = min(_MAX_BYTES, max(_MODEST_BYTES, _MOST_PACKED * member.compress_size))
                data = _read_at_most(file, most)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
            raise SourceError("is damaged in its archive; pack it again") from error
        except RuntimeError as error:
            raise SourceError("is locked with a password; unpack it first") from error
        except Exception as error:  # zlib, lzma and bz2 raise what they like on hostile data
            raise SourceError("is damaged in its archive; pack it again") from error
        if data is None:
            raise SourceError(f"unpacks to more than {most >> 20} MB; save it smaller")
        return data

    def contents(self) -> list[str]:
        """Give what tells the content of each file: its checksum and its size."""
        return [f"{member.CRC:08x}-{member.file_size}" for member in self._members]

    def close(self) -> None:
        self._zip.close()


def _read_at_most(file: IO[bytes], most: int) -> bytes | None:
    """Read a file piece by piece; None, without going on, once it is larger than ``most``."""
    data = bytearray()
    while piece := file.read(_PIECE):
        data += piece
        if len(data) > most:
            return None
    return bytes(data)


def _is_safe_picture(member: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if member.is_dir() or name.is_absolute() or ".." in name.parts or ":" in member.filename:
        return False
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
    return not hidden and name.suffix.lower() in PICTURE_SUFFIXES


@dataclass(frozen=True, slots=True)
class _Decoded:
    image: Image | None
    trouble: str = ""


class PictureFootage(Closing):
    """Pictures in natural order, open. See :class:`~engine.footage.footage.Footage`.

    They may differ in size: each is given as it is; ``size`` is that of the first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._shelf, identity, self._contents = _shelf(self._path)
        name = plain(path.name)
        if not self._shelf.names:
            self._shelf.close()
            raise SourceError(
                f"{name}: holds no pictures; "
                "PNG, JPEG, WebP, TIFF, AVIF, BMP and GIF files can be read"
            )
        if len(self._shelf.names) > MAX_FRAMES:
            raise SourceError(f"{name}: more than {MAX_FRAMES:,} pictures; divide it into folders")
        self._damage: dict[int, Damage] = {}
        self._source = Source(
            id=identity,
            name=path.name,
            path=self._path,
            kind=SourceKind.PICTURES,
            size=self._first_size(),
            frames=len(self._shelf.names),
            fps=Fraction(0),
        )

    @property
    def source(self) -> Source:
        """What the scan found."""
        return self._source

    @property
    def damage(self) -> tuple[Damage, ...]:
        """Pictures that could not be read so far; their time is their number."""
        return tuple(self._damage[place] for place in sorted(self._damage))

    @property
    def size(self) -> Size:
        """``(width, height)`` of the first picture."""
        return self._source.size

    @property
    def scale(self) -> float:
        """Always 1.0."""
        return 1.0

    def reduced_scale(self, long_side: int) -> float:
        """Give pixels of a reduced picture for each pixel of the source: the same for all."""
        return reduced_scale(self.size, long_side)

    def reduced(self, long_side: int, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield every picture of ``[start, stop)`` in order, reduced by one scale for all."""
        end = self._source.frames if stop is None else min(stop, self._source.frames)
        if start < 0:
            raise ValueError(f"no such pass: from picture {start}")
        scale = self.reduced_scale(long_side)
        most = long_side * _LARGEST_REDUCED
        for place, image in self._in_order(
            range(start, end), lambda p: self._small(p, scale, most)
        ):
            yield Frame(place, float(place), image)

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give those of ``frames`` that there are."""
        return tuple(sorted({f for f in frames if 0 <= f < self._source.frames}))

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` at its own full size for each of the ascending ``frames``."""
        check_frames(frames, self._source)
        yield from self._in_order(frames, lambda place: decode_picture(self._shelf.load(place)))

    def files(self) -> tuple[PictureFile, ...]:
        """Give the files that the frames are, by frame; none for an animation.

        What is in them is told as it was when they were opened.
        """
        names = self._shelf.names
        if isinstance(self._shelf, Animation):
            return ()
        if isinstance(self._shelf, _Archive):
            contents: Sequence[str] = self._shelf.contents()
        elif self._path.is_dir():
            contents = self._contents
        else:
            contents = [self._source.id]
        return tuple(PictureFile(plain(n), c) for n, c in zip(names, contents, strict=True))

    def name_of(self, frame: int) -> str:
        """Give the name of a picture's file, harmless to print."""
        return plain(self._shelf.names[frame])

    def close(self) -> None:
        """Let go of the archive."""
        self._shelf.close()

    def _small(self, place: int, scale: float, most: int) -> Image:
        data = self._shelf.load(place)
        size = picture_size(data)
        to = scaled_size(size, min(scale, reduced_scale(size, most)))
        image = decode_picture(data, max(to))
        if image.shape[1::-1] == to:
            return image
        return np.asarray(cv2.resize(image, to, interpolation=cv2.INTER_AREA), np.uint8)

    def _in_order(
        self, places: Sequence[int], decode: Callable[[int], Image]
    ) -> Iterator[tuple[int, Image]]:
        """Decode in threads, a few ahead; for a bad picture the one before it stands in."""
        held: Image | None = None
        for place, decoded in self._ahead(places, decode):
            if decoded.image is None:
                self._note(place, decoded.trouble)
                held = self._stand_in(place, decode) if held is None else held
            else:
                held = decoded.image
            yield place, held

    def _ahead(
        self, places: Sequence[int], decode: Callable[[int], Image]
    ) -> Iterator[tuple[int, _Decoded]]:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pictures") as pool:
            waiting: list[tuple[int, Future[_Decoded]]] = []
            try:
                for place in places:
                    waiting.append((place, pool.submit(_attempt, decode, place)))
                    if len(waiting) > _AT_ONCE:
                        done, future = waiting.pop(0)
                        yield done, future.result()
                for done, future in waiting:
                    yield done, future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _stand_in(self, place: int, decode: Callable[[int], Image]) -> Image:
        """Give the nearest readable picture before ``place``, or else after it."""
        others = [*range(place - 1, -1, -1), *range(place + 1, self._source.frames)]
        for other in others:
            image = _attempt(decode, other).image
            if image is not None:
                return image
        raise SourceError(f"{plain(self._path.name)}: none of its pictures can be read")

    def _note(self, place: int, trouble: str) -> None:
        text = f"{self.name_of(place)}: {trouble}; left out"
        self._damage.setdefault(place, Damage(float(place), text))

    def _first_size(self) -> Size:
        trouble = ""
        for place in range(len(self._shelf.names)):
            try:
                return picture_size(self._shelf.load(place))
            except SourceError as error:
                trouble = trouble or f"{self.name_of(place)} {error}"
        self._shelf.close()
        name = plain(self._path.name)
        if self.name_of(0) == name:  # a single picture
            raise SourceError(f"{name}: {trouble.removeprefix(name).lstrip()}")
        raise SourceError(f"{name}: no picture can be read: {trouble}")


def _attempt(decode: Callable[[int], Image], place: int) -> _Decoded:
    try:
        return _Decoded(decode(place))
    except SourceError as error:
        return _Decoded(None, str(error))


def picture_names(folder: Path) -> list[str]:
    """List the still pictures that lie directly in ``folder``, in natural order."""
    names = [
        entry.name
        for entry in folder.iterdir()
        if not entry.name.startswith(".")
        and entry.suffix.lower() in PICTURE_SUFFIXES
        and entry.is_file()
        and not is_animation(entry)
    ]
    return sorted(names, key=natural_key)


def frame_names(path: Path) -> Sequence[str]:
    """Give the names of the files that the frames of a source are.

    None for an animation, whose frames are no files.

    Raises
    ------
    OSError, SourceError
        If it cannot be read.
    """
    shelf = _opened(path)
    shelf.close()
    return () if isinstance(shelf, Animation) else shelf.names


def picture_folder_fingerprint(folder: Path) -> str:
    """Hash names, sizes and pieces of the pictures in ``folder``.

    Raises
    ------
    OSError
        If one cannot be read.
    """
    names = picture_names(folder)
    return _fingerprint_of(names, _contents(folder, names))


def _contents(folder: Path, names: Sequence[str]) -> list[str]:
    """Hash the pictures of a folder, each by pieces."""
    return [file_fingerprint(folder / name, _PIECE) for name in names]


def _fingerprint_of(names: Sequence[str], contents: Sequence[str]) -> str:
    return combined_fingerprint(f"{n}\n{c}" for n, c in zip(names, contents, strict=True))


def _shelf(path: Path) -> tuple[_Shelf, str, Sequence[str]]:
    """Open what pictures lie in: with its fingerprint and, of a folder, that of each picture."""
    try:
        if not path.is_dir():
            identity = file_fingerprint(path)
            return _opened(path), identity, ()
        shelf = _opened(path)
        contents = _contents(path, shelf.names)
        return shelf, _fingerprint_of(shelf.names, contents), contents
    except OSError as error:
        name = plain(Path(error.filename or path).name)
        raise SourceError(f"{name}: cannot be read ({error.strerror})") from error


def _opened(path: Path) -> _Shelf:
    if path.is_dir():
        return _Folder(path, picture_names(path))
    if path.suffix.lower() in PICTURE_SUFFIXES:
        single = _Folder(path.parent, [path.name])
        return _animated(path, single) if is_animation(path) else single
    return _Archive(path)


def _animated(path: Path, file: _Folder) -> _Shelf:
    try:
        return Animation(path, file.load(0))
    except SourceError as error:
        raise SourceError(f"{plain(path.name)}: {error}") from error
