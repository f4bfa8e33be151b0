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
from av.error import BlockingIOError as NotYet
from av.error import EOFError as NoMore
from av.filter import Graph
from numpy.typing import NDArray

from engine.footage.colour import plane
from engine.values import AnyArray, Mask

_COMB = 12
"""Grey levels by which a line must stand out from both its neighbours."""

_CHANGE = 8
"""Mean grey levels of change from which a place moves."""

_STILL = 0.005
"""Share of the picture that must move for anything to be told."""

_MOST_LINES = 1088
"""Nobody interlaces more."""

_MIN_VOTES = 3


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
        Luma of a few frames in a row, from several places.
    flagged : bool
        The stream calls its frames interlaced; often true of film, too, so only half a proof.
    """
    votes = _Votes()
    for run in runs:
        for before, frame in pairwise(run):
            _vote(votes, before, frame, flagged)
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
    """Copy every other column of luma as 8 bits: combs run across."""
    bits = frame.format.components[0].bits
    luma = plane(frame, 0, bits)[:, ::2]
    return (luma if bits == 8 else luma >> (bits - 8)).astype(np.uint8)


def _vote(votes: _Votes, before: AnyArray, frame: AnyArray, flagged: bool) -> None:
    if before.shape != frame.shape or frame.shape[0] < 16:
        return
    moving = _moving(before, frame)
    if float(moving.mean()) < _STILL:
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


def _moving(before: AnyArray, frame: AnyArray) -> Mask:
    """Mark the parts of a picture that changed by more than grain, without its rim."""
    change = cv2.blur(cv2.absdiff(before, frame), (4, 8))
    return np.asarray(change[1:-1] > _CHANGE, np.bool_)


def _combs(luma: AnyArray, where: Mask) -> float:
    """Give the share of the pixels ``where`` that stand out from the lines above and below."""
    lines = luma.astype(np.int16)
    above = lines[1:-1] - lines[:-2]
    below = lines[1:-1] - lines[2:]
    out = ((above > _COMB) & (below > _COMB)) | ((above < -_COMB) & (below < -_COMB))
    return float((out & where).sum() / where.sum())


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
            graph = _graph(frame, fields)
        frame.pts, frame.time_base = number, Fraction(1, 1)
        graph.vpush(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.vpush(None)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[tuple[int, av.VideoFrame]]:
    while True:
        try:
            frame = graph.vpull()
        except (NotYet, NoMore):
            return
        if frame.pts is not None and frame.time_base is not None:
            yield round(frame.pts * frame.time_base), frame


def _graph(frame: av.VideoFrame, fields: Fields) -> Graph:
    order = "tff" if fields.top_first else "bff"
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1)
    )
    chain = [source]
    if fields.cadence is Cadence.TELECINED:
        chain.append(graph.add("fieldmatch", f"order={order}:combmatch=full"))
        chain.append(graph.add("bwdif", f"mode=send_frame:parity={order}:deint=interlaced"))
    else:
        chain.append(graph.add("bwdif", f"mode=send_frame:parity={order}:deint=all"))
    chain.append(graph.add("buffersink"))
    graph.link_nodes(*chain).configure()
    return graph
