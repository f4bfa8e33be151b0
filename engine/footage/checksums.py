"""Checksums that Matroska files carry: where their bytes are no longer what was written.

Decoders of HEVC, VP9 and the like take noise for a picture and say nothing. FFmpeg writes a
CRC-32 into every cluster of frames; players do not look at it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_HEADER: Final = 0x1A45DFA3
_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_CRC: Final = 0xBF

_BESIDE: Final = frozenset(
    # Seek head, info, tracks, cues, attachments, chapters, tags, and what is left empty.
    (0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, 0xEC)
)

_PIECE: Final = 1 << 20

_LONGEST_HEAD: Final = 12
"""Bytes of an element's name and length."""

_FEW: Final = 20
"""Broken clusters that any file may have; of more than half of all, the writer was wrong."""


@dataclass(frozen=True, slots=True)
class _Element:
    """Where a piece of a Matroska file lies, in bytes of the file."""

    name: int
    body: int
    end: int


def find_broken(path: Path) -> tuple[tuple[int, int], ...]:
    """Find the stretches of a Matroska file in which bytes are not what was written.

    Parameters
    ----------
    path : Path
        A file that exists.

    Returns
    -------
    tuple of (int, int)
        Bytes ``[start, stop)`` of the file, ascending: clusters whose checksum fails, and what
        lies between clusters and is nothing. Empty where the file carries no checksums; the last
        cluster of a file that is cut off counts as whole as far as it goes.

    References
    ----------
    RFC 8794, "Extensible Binary Meta Language", 2020, section 11.3.1: CRC-32 elements.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        at = _first_cluster(file, size)
        if at is None:
            return ()
        broken: list[tuple[int, int]] = []
        count = 0
        while at < size:
            element = _element_at(file, at, size)
            if element is not None and element.name in _BESIDE and element.end <= size:
                at = element.end
                continue
            count += 1
            if element is not None and _is_whole(file, element, size):
                at = element.end
                continue
            # A hurt cluster may lie about its own length.
            after = _next_cluster(file, at + 1, size)
            if not (after == size and element is not None and element.end > size):
                broken.append((at, after))
            at = after
    return tuple(broken) if len(broken) <= max(_FEW, count // 2) else ()


def _first_cluster(file: BinaryIO, size: int) -> int | None:
    """Give where the first cluster with a checksum begins; None for a file without any."""
    header = _element_at(file, 0, size)
    if header is None or header.name != _HEADER:
        return None
    segment = _element_at(file, header.end, size)
    if segment is None or segment.name != _SEGMENT:
        return None
    at = segment.body
    while (element := _element_at(file, at, size)) is not None:
        if element.name == _CLUSTER:
            child = _element_at(file, element.body, size)
            return at if child is not None and child.name == _CRC else None
        at = element.end
    return None


def _element_at(file: BinaryIO, at: int, size: int) -> _Element | None:
    """Read the head of an element; None for what is none, or does not say where it ends."""
    file.seek(at)
    head = file.read(_LONGEST_HEAD)
    name = _number(head, keep_mark=True)
    length = _number(head[name[1] :]) if name else None
    if name is None or length is None:
        return None
    body = at + name[1] + length[1]
    if name[0] == _SEGMENT:
        return _Element(_SEGMENT, body, size)
    if length[0] == (1 << (7 * length[1])) - 1:
        return None
    return _Element(name[0], body, body + length[0])


def _number(head: bytes, *, keep_mark: bool = False) -> tuple[int, int] | None:
    """Read a number of variable length and tell its bytes."""
    if not head or not head[0]:
        return None
    length = 9 - head[0].bit_length()
    if len(head) < length:
        return None
    value = int.from_bytes(head[:length], "big")
    return (value if keep_mark else value & ((1 << (7 * length)) - 1)), length


def _is_whole(file: BinaryIO, cluster: _Element, size: int) -> bool:
    """Whether a cluster is as its checksum says."""
    if cluster.name != _CLUSTER or cluster.end > size:
        return False
    child = _element_at(file, cluster.body, cluster.end)
    if child is None or child.name != _CRC or child.end - child.body != 4:
        return False
    file.seek(child.body)
    written = int.from_bytes(file.read(4), "little")
    found, left = 0, cluster.end - child.end
    while left > 0 and (piece := file.read(min(left, _PIECE))):
        found = zlib.crc32(piece, found)
        left -= len(piece)
    return found == written


def _next_cluster(file: BinaryIO, at: int, size: int) -> int:
    """Give where the next cluster seems to begin; the end of the file for none."""
    name = _CLUSTER.to_bytes(4, "big")
    while at < size:
        file.seek(at)
        piece = file.read(_PIECE)
        found = piece.find(name)
        if found >= 0:
            return at + found
        at += max(1, len(piece) - len(name) + 1) if len(piece) == _PIECE else len(piece)
        if not piece:
            break
    return size
