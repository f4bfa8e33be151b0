"""How glibc keeps memory that was freed; elsewhere these calls change nothing.

Frames are megabytes each and come and go by the thousand. By default each larger one is mapped
anew, and the system clears it page by page when it is first written to: up to a fifth of the
processor time of a panorama.
"""

from __future__ import annotations

import contextlib
import ctypes

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
_ARENA_MAX = -8
"""Numbers of settings in glibc's ``malloc.h``."""

_MAPPED_FROM = 32 << 20
"""Bytes from which a piece of memory is mapped anew: the most that every version takes."""

_KEPT = 512 << 20
"""Bytes that may be free at the end of the heap before the system gets them back."""


def share_heaps() -> None:
    """Let what one thread gives back serve the others.

    glibc keeps a heap for each thread, of which what was given back serves that thread alone: a
    move of 300 frames would take 120 MB more, a plate 35. Once threads have theirs, it is too late.
    """
    _set(_ARENA_MAX, 1)


def keep_what_is_freed() -> None:
    """Serve frames from memory that was had before, until :func:`give_back_memory`."""
    _set(_MMAP_THRESHOLD, _MAPPED_FROM)
    _set(_TRIM_THRESHOLD, _KEPT)


def give_back_memory() -> None:
    """Let the system have what was freed: glibc keeps it for whatever may come."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _set(what: int, value: int) -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):  # no such setting here
        ctypes.CDLL(None).mallopt(what, value)
