"""What is burnt in over the film: logos, subtitles and credits, gathered over a whole source."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from engine.analysis.captions import CaptionFinder
from engine.analysis.logos import EVERY, LogoFinder
from engine.analysis.looks import Look
from engine.values import Box, Mask, Overlay, Scene, Shot, Size

_SLACK = 2
"""Frames that a logo may miss at either end of a shot that carries it."""


class OverlayFinder:
    """Finds what is burnt in, in the pass over a source that all analysis shares.

    Subtitles are looked for in frames as they come, logos and title cards shot by shot.

    Parameters
    ----------
    scale : float
        Pixels of a reduced frame for each pixel of the source.
    is_film : bool
        Frames follow each other in time; pictures are looked at one by one, for logos only.
    """

    def __init__(self, scale: float, *, is_film: bool = True) -> None:
        self._scale = scale
        self._captions = CaptionFinder() if is_film else None
        self._logos = LogoFinder(EVERY if is_film else 1)
        self._step = 1

    def go_on(self, logos: LogoFinder) -> None:
        """Take up what an earlier pass over the same source has gathered."""
        self._logos = copy.deepcopy(logos)

    def watch(self, looks: Iterable[Look]) -> Iterator[Look]:
        """Pass frames on as they come, reading what is written in them."""
        for look in looks:
            if self._captions is not None:
                self._captions.add(look.index, look.luma)
            yield look

    def add(self, look: Look, still: Mask | None) -> None:
        """Take the next frame of a shot; ``still`` marks what is no picture."""
        self._step = look.step
        self._logos.add(look.index, look.grey, still)

    def end_shot(self, shot: Shot, size: Size, still: Mask | None) -> tuple[Overlay, ...]:
        """Give what is known to be burnt in on a shot that has just ended.

        Parameters
        ----------
        shot : Shot
        size : (int, int)
            Of a full frame of this shot.
        still : (H, W) bool array or None
            What is no picture.
        """
        self._logos.end_shot(still)
        found = [*self.logos(size)]
        if self._captions is not None:
            for caption in self._captions.captions():
                box = _at_source(caption.box, self._scale, size)
                found.append(Overlay(caption.kind, box, caption.start, caption.stop))
            self._captions.forget(shot.stop)
        return overlays_in(found, shot)

    def logos(self, size: Size) -> tuple[Overlay, ...]:
        """Give where logos are now known to be, on earlier shots too."""
        scale = self._scale / self._step
        return tuple(
            Overlay("logo", _at_source(box, scale, size), start, stop)
            for box, start, stop in self._logos.runs
        )

    def memory(self) -> LogoFinder:
        """Give what a later pass can go on with, as it is now."""
        return copy.deepcopy(self._logos)


def overlays_in(overlays: Iterable[Overlay], shot: Shot) -> tuple[Overlay, ...]:
    """Give those that a shot carries, cut to its frames; runs of one logo are joined."""
    kept: list[Overlay] = []
    for overlay in sorted(overlays, key=lambda o: (o.start, o.stop, o.kind, o.box.y, o.box.x)):
        start, stop = max(overlay.start, shot.start), min(overlay.stop, shot.stop)
        if start >= stop:
            continue
        for place, earlier in enumerate(kept):
            same = (earlier.kind, earlier.box) == (overlay.kind, overlay.box)
            if same and start <= earlier.stop + _SLACK:
                kept[place] = replace(earlier, stop=max(stop, earlier.stop))
                break
        else:
            kept.append(replace(overlay, start=start, stop=stop))
    return tuple(kept)


def with_logos(scene: Scene, logos: Sequence[Overlay]) -> Scene:
    """Give a scene with the logos that the rest of its source has told of."""
    others = [overlay for overlay in scene.overlays if overlay.kind != "logo"]
    return replace(scene, overlays=overlays_in([*others, *logos], scene.shot))


def _at_source(box: Box, scale: float, size: Size) -> Box:
    """Carry a box over to source pixels, outwards, inside the frame."""
    x, y = int(box.x / scale), int(box.y / scale)
    right = min(size[0], int(-(-box.right // scale)))
    bottom = min(size[1], int(-(-box.bottom // scale)))
    return Box(min(x, size[0] - 1), min(y, size[1] - 1), max(1, right - x), max(1, bottom - y))
