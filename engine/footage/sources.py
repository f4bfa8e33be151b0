"""What on disk is footage, and opening it."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from engine.errors import SourceError
from engine.footage.animation import is_animation, is_film
from engine.footage.fingerprint import file_fingerprint
from engine.footage.footage import Footage
from engine.footage.known import Known
from engine.footage.natural import natural_key
from engine.footage.picture_file import PICTURE_SUFFIXES
from engine.footage.pictures import PictureFootage, picture_folder_fingerprint, picture_names
from engine.footage.video import VideoFootage
from engine.text import plain
from engine.values import PictureFile

_VIDEO_SUFFIXES: Final = frozenset(
    "." + suffix
    for suffix in (
        *("mp4", "m4v", "mov", "qt", "3gp", "3g2", "f4v", "mkv", "webm", "avi", "divx", "flv"),
        *("wmv", "asf", "wtv", "rm", "rmvb", "ogv", "ogm", "dv", "mxf", "gxf", "nut", "y4m"),
        *("m2ts", "mts", "m2t", "ts", "tp", "trp", "tod", "mod", "vob", "vro", "evo"),
        *("mpg", "mpeg", "m1v", "m2v", "mpv", "h264", "264", "avc", "h265", "265", "hevc"),
        *("ivf", "obu", "mjpeg", "mjpg", "apng", "fli", "flc", "smk", "bik", "roq"),
    )
)
_ARCHIVE_SUFFIXES: Final = frozenset({".cbz", ".zip"})

_POSTERS: Final = 12
"""Up to this many pictures beside films are taken for posters and thumbnails."""

_DEEPEST = 16
"""Folders within folders that are looked into."""


def find_sources(paths: Sequence[Path]) -> list[Path]:
    """Find the footage that ``paths`` stand for, in the order given and then in natural order.

    A file is a source; a folder that holds pictures is one, and so is each film, animation,
    archive and such folder inside it. Hidden files and project folders are passed over.

    Raises
    ------
    SourceError
        If a path does not exist, cannot be looked into, or holds no footage.
    """
    found: dict[Path, None] = {}
    for path in paths:
        for source in _sources_at(path.absolute()):
            found.setdefault(source)
    return list(found)


def open_source(path: Path, known: Known | None = None) -> Footage:
    """Open a film, a folder of pictures, an archive of pictures or a single picture.

    ``known`` is what :func:`known_of` gave when it was open before: it then opens at once.

    Raises
    ------
    SourceError
        One line that names the file and the way out.
    """
    _check_exists(path)
    return PictureFootage(path) if _is_pictures(path) else VideoFootage(path, known)


def known_of(footage: Footage) -> Known | None:
    """Give what takes time to find out about a film; None for pictures, which tell at once."""
    return footage.known if isinstance(footage, VideoFootage) else None


def known_by_now(footage: Footage) -> Known | None:
    """Give what opening a film found out: all but how its full frames are converted."""
    return footage.known_by_now if isinstance(footage, VideoFootage) else None


def files_of(footage: Footage) -> tuple[PictureFile, ...]:
    """Give the files that the frames are; none for a film."""
    return footage.files() if isinstance(footage, PictureFootage) else ()


def came_whole(footage: Footage, start: int, stop: int) -> bool:
    """Whether frames ``[start, stop)`` of a film were all decoded so far, and came out whole."""
    return isinstance(footage, VideoFootage) and footage.came_whole(start, stop)


def fingerprint(path: Path) -> str:
    """Give the ``Source.id`` that opening ``path`` would give, without decoding anything.

    Raises
    ------
    SourceError
        If it is gone or cannot be read.
    """
    try:
        return picture_folder_fingerprint(path) if path.is_dir() else file_fingerprint(path)
    except OSError as error:
        raise SourceError(f"{plain(path.name)}: cannot be read ({error.strerror})") from error


def _sources_at(path: Path) -> list[Path]:
    _check_exists(path)
    if not path.is_dir():
        return [path]
    found = list(_sources_in(path, _DEEPEST))
    if not found:
        raise SourceError(
            f"{plain(path.name)}: no video and no pictures in this folder; "
            "give a film, a folder of pictures, or a folder of those"
        )
    return found


def _sources_in(folder: Path, depth: int) -> Iterator[Path]:
    entries = _listed(folder)
    films = [e for e in entries if _is_film_or_archive(e)]
    pictures = picture_names(folder)
    if pictures and not (films and len(pictures) <= _POSTERS):
        yield folder
    for entry in entries:
        if entry in films or is_animation(entry):
            yield entry
        # A link to a folder could lead round in a circle.
        elif depth > 0 and entry.is_dir() and not entry.is_symlink():
            yield from _sources_in(entry, depth - 1)


def _listed(folder: Path) -> list[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise SourceError(
            f"{plain(folder.name)}: cannot be looked into ({error.strerror}); "
            "check that it is yours to read"
        ) from error
    # What a project or an export holds was made from footage; it is none.
    shown = [e for e in entries if not e.name.startswith(".") and not _is_ours(e)]
    return sorted(shown, key=lambda e: natural_key(e.name))


def _is_ours(folder: Path) -> bool:
    return folder.suffix == ".cuttingroom" or any(
        (folder / name).is_file() for name in ("catalog.sqlite", "cuttingroom.json")
    )


def _is_film_or_archive(path: Path) -> bool:
    return path.suffix.lower() in _VIDEO_SUFFIXES | _ARCHIVE_SUFFIXES and path.is_file()


def _is_pictures(path: Path) -> bool:
    suffix = path.suffix.lower()
    if path.is_dir() or suffix in _ARCHIVE_SUFFIXES:
        return True
    try:
        if suffix in PICTURE_SUFFIXES:
            return not (is_animation(path) and is_film(path))
        return suffix not in _VIDEO_SUFFIXES and zipfile.is_zipfile(path)
    except OSError:
        return False


def _check_exists(path: Path) -> None:
    try:
        kind = path.stat().st_mode
    except OSError as error:
        raise SourceError(
            f"{plain(str(path))}: cannot be read ({error.strerror}); check the path"
        ) from error
    except ValueError as error:
        raise SourceError(f"{plain(str(path))}: is not a path") from error
    # To read from a pipe may wait for ever, and a device may have no end.
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise SourceError(
            f"{plain(str(path))}: is a pipe or a device; give a file or a folder on disk"
        )
