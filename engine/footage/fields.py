"""Interlaced and telecined film: found by its combs, made whole by libav's filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from engine.footage.filters import filter_row, filtered
from engine.footage.samples import plane
from engine.values import AnyArray

_COMB = 12
"""Grey levels by which a line must stand out from both its neighbours."""

_CHANGE = 8
"""Mean grey levels of change from which a place moves."""

_STILL = 0.005
"""Share of the picture that must move for anything to be told."""

_MOST_LINES = 1088
"""Nobody interlaces more."""

_MIN_VOTES = 3

_CLEAN_PLACES = 3
"""Places without a comb after which a film that does not call itself interlaced has none."""

_WIDE = 1280
"""Pixels across from which a quarter of the columns says enough."""


class Cadence(StrEnum):
    """How the two fields of a frame belong together."""

    PROGRESSIVE = "progressive"
    INTERLACED = "interlaced"
    """Each field is a moment of its own."""
    TELECINED = "telecined"
    """Film whose fields were spread over more frames; they find together again."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a film's frames are made of."""

    cadence: Cadence = Cadence.PROGRESSIVE
    top_first: bool = True
    """The top field is the earlier one."""


@dataclass
class _Votes:
    """What pairs of neighbouring frames say."""

    progressive: int = 0
    interlaced: int = 0
    telecined: int = 0
    for_top_first: float = 0.0


def find_fields(runs: Iterable[Sequence[AnyArray]], *, flagged: bool) -> Fields:
    """Find out how a film's fields belong together.

    Each frame is woven anew with the fields of the one before, three ways, and the combs are
    counted: a film's own frames comb least; a telecined frame finds a partner without combs; an
    interlaced one combs whichever way, and most with the field that is furthest off in time.

    Parameters
    ----------
    runs : iterable of sequences of (H, W) uint8 arrays
        Luma of a few frames in a row, from several places; no more are asked for than it takes.
    flagged : bool
        The stream calls its frames interlaced; often true of film, too, so only half a proof.
    """
    votes = _Votes()
    for count, run in enumerate(runs, start=1):
        for before, frame in pairwise(run):
            _vote(votes, before, frame, flagged)
        combed = votes.interlaced + votes.telecined
        # Of drawings on twos that were telecined, one frame in five has combs.
        if not flagged and not combed and count >= _CLEAN_PLACES:
            break
    combed = votes.interlaced + votes.telecined
    counted = combed + votes.progressive
    if combed < _MIN_VOTES or combed < 0.2 * counted:
        return Fields()
    telecined = votes.telecined > votes.interlaced and votes.progressive > 0
    cadence = Cadence.TELECINED if telecined else Cadence.INTERLACED
    return Fields(cadence, votes.for_top_first >= 0)


def may_have_fields(frame: av.VideoFrame) -> bool:
    """Tell whether it is worth looking for combs: planar YUV of a size that was ever interlaced."""
    name = frame.format.name
    planar = name.startswith(("yuv420p", "yuv422p", "yuvj420p", "yuvj422p"))
    return planar and frame.height <= _MOST_LINES


def luma_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Copy every other column of luma as 8 bits, or every fourth: combs run across."""
    bits = frame.format.components[0].bits
    luma = plane(frame, 0, bits)[:, :: 4 if frame.width >= _WIDE else 2]
    return (luma if bits == 8 else luma >> (bits - 8)).astype(np.uint8)


def _vote(votes: _Votes, before: AnyArray, frame: AnyArray, flagged: bool) -> None:
    if before.shape != frame.shape or frame.shape[0] < 16:
        return
    moving = _moving(before, frame)
    if cv2.countNonZero(moving) < _STILL * moving.size:
        return
    top_of_before, bottom_of_before = frame.copy(), frame.copy()
    top_of_before[0::2], bottom_of_before[1::2] = before[0::2], before[1::2]
    own = _combs(frame, moving)
    late, early = _combs(bottom_of_before, moving), _combs(top_of_before, moving)
    low, high = min(late, early), max(late, early)
    if own < 0.6 * low:
        votes.progressive += 1
    elif low < 0.5 * own:
        votes.telecined += 1
        votes.for_top_first += early - late
    # Grain and fine detail comb as well, but as much with the field before as with the one after.
    elif own > 0.15 * high and high > (1.1 if flagged else 1.2) * low:
        votes.interlaced += 1
        votes.for_top_first += early - late


def _moving(before: AnyArray, frame: AnyArray) -> AnyArray:
    """Mark with 255 where a picture changed by more than grain, without its first and last line."""
    change = cv2.blur(cv2.absdiff(before, frame), (4, 8))
    return cv2.threshold(change[1:-1], _CHANGE, 255, cv2.THRESH_BINARY)[1]


def _combs(luma: AnyArray, where: AnyArray) -> float:
    """Give the share of the pixels ``where`` that stand out from the lines above and below."""
    line, above, below = luma[1:-1], luma[:-2], luma[2:]
    # Subtraction of OpenCV ends at 0.
    brighter = cv2.min(cv2.subtract(line, above), cv2.subtract(line, below))
    darker = cv2.min(cv2.subtract(above, line), cv2.subtract(below, line))
    apart = cv2.bitwise_and(cv2.max(brighter, darker), where)
    out = cv2.threshold(apart, _COMB, 255, cv2.THRESH_BINARY)[1]
    return cv2.countNonZero(out) / cv2.countNonZero(where)


def progressive(
    frames: Iterator[tuple[int, av.VideoFrame]], fields: Fields
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield as many frames as come, with the same numbers, without combs.

    Interlaced frames go through bwdif. Telecined ones are matched field by field first; frames
    that this doubles stay in, so that numbers and times stay those of the file.
    """
    if fields.cadence is Cadence.PROGRESSIVE:
        yield from frames
        return
    graph: Graph | None = None
    for number, frame in frames:
        if graph is None:
            graph = filter_row(frame, _steps(fields))
        frame.pts, frame.time_base = number, Fraction(1, 1)
        yield from _numbered(filtered(graph, frame))
    if graph is not None:
        yield from _numbered(filtered(graph, None))


def _numbered(frames: Iterator[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
    for frame in frames:
        if frame.pts is not None and frame.time_base is not None:
            yield round(frame.pts * frame.time_base), frame


def _steps(fields: Fields) -> tuple[tuple[str, str], ...]:
    order = "tff" if fields.top_first else "bff"
    if fields.cadence is Cadence.TELECINED:
        return (
            ("fieldmatch", f"order={order}:combmatch=full"),
            ("bwdif", f"mode=send_frame:parity={order}:deint=interlaced"),
        )
    return (("bwdif", f"mode=send_frame:parity={order}:deint=all"),)
