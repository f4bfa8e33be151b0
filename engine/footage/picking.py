"""Single frames out of a playback: sought where that takes less, whole ones for broken ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.errors import SourceError
from engine.footage.playback import Numbered, Playback
from engine.footage.timeline import Timeline

_WORTH_A_SEEK = 6
"""Frames that are decoded for nothing rather than seeking past them."""


def picked(playback: Playback, frames: Sequence[int], timeline: Timeline) -> Iterator[Numbered]:
    """Yield each wanted frame, or the last whole one before it, or else the first after."""
    for run in _between_seeks(frames, timeline):
        done = 0
        if playback.may_pass_over(run):
            for numbered in playback.only(run):
                yield numbered
                done += 1
        yield from _picked_from_all(playback, run[done:], timeline)


def _between_seeks(frames: Sequence[int], timeline: Timeline) -> Iterator[Sequence[int]]:
    """Split ``frames`` where to go to a key takes less than to decode all up to it."""
    begin = 0
    for place in range(1, len(frames)):
        if _key_frame(frames[place], timeline) > frames[place - 1] + _WORTH_A_SEEK:
            yield frames[begin:place]
            begin = place
    if begin < len(frames):
        yield frames[begin:]


def _key_frame(frame: int, timeline: Timeline) -> int:
    key = timeline.key_before(frame)
    return int(timeline.keys[key]) if key >= 0 and timeline.by_label else 0


def _picked_from_all(
    playback: Playback, frames: Sequence[int], timeline: Timeline
) -> Iterator[Numbered]:
    """Pick frames out of all that are decoded from the key before the first one on."""
    coming: Iterator[Numbered] = iter(())
    held: Numbered | None = None
    following: Numbered | None = None
    for wanted in frames:
        if held is None:
            coming, following = playback.progressive_from(wanted), None
        held, following = _advanced(coming, wanted, held, following)
        key_frame = _key_frame(wanted, timeline)
        back = wanted
        while held is None and back > 0:
            back = max(0, key_frame - 1) if back == wanted else back // 2
            coming = playback.progressive_from(back)
            held, following = _advanced(coming, wanted, None, None)
        found = held or following
        if found is None:
            raise SourceError(f"frame {wanted} cannot be decoded, nor any before it")
        yield wanted, found[1]


def _advanced(
    coming: Iterator[Numbered], wanted: int, held: Numbered | None, following: Numbered | None
) -> tuple[Numbered | None, Numbered | None]:
    """Move on until ``held`` is the last whole frame up to ``wanted``."""
    while held is None or held[0] < wanted:
        if following is None:
            following = next(coming, None)
        if following is None or following[0] > wanted:
            break
        held, following = following, None
    return held, following
