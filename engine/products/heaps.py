"""Memory that is had from glibc's heaps: shared by threads, and given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MOST_HEAPS = -8
"""``M_ARENA_MAX`` in glibc's ``malloc.h``."""


def share_heaps() -> None:
    """Let what one thread gives back serve the others, where memory is had from glibc.

    It keeps a heap for each thread, of which what was given back serves that thread alone: a move
    of 300 frames would take 120 MB more. Once threads have theirs, it is too late.
    """
    with suppress(AttributeError, OSError, TypeError):  # another one knows no such setting
        ctypes.CDLL(None).mallopt(_MOST_HEAPS, 2)


def trim_heaps() -> None:
    """Give back what lies unused in them: of what was small and many, they keep nearly all.

    It takes some milliseconds, and to have it again takes more: for what needs much more memory.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
