"""Subtitles, captions and credits: lettering that comes at once, stands still and goes at once.

Every third frame is compared with what was there before, so that each place has an age. Lettering
whose strokes are all of one age, while what is around them is older or does not stop moving, was
laid over the film; so was lettering that outlasts a cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from engine.analysis.lettering import Strokes, around, blocks_of, find_lines, find_strokes
from engine.values import AnyArray, Box, Luma, Mask

EVERY = 3
"""Frames between two that are looked at."""

_GROWN = 5
"""Looks after which lettering has stood long enough."""

_RIPE = 6
"""Looks for which it counts as new."""

_SAME = 16
"""Grey levels by which a place may differ and still be the same."""

_THERE = 0.25
"""Share of its own contrast from which lettering is there; fading lettering has less."""

_TOGETHER = 0.45
"""Share of what is around lettering that may have come with it."""

_FOR_GOOD = 4
"""Looks after which what has replaced the surroundings of lettering does not merely pass."""

_FEWEST_PIXELS = 24
"""Strokes that come together, pixels, from which a look is worth it."""

_CLEAN = 0.74
"""Share of the strokes in its place that lettering makes up."""

_CLEANER = 0.85
"""The same for a short word, which much else looks like."""

_LONG = 5
"""Width of a long line over its height, with its margins."""

_LONGER = 8
"""The same, of lines that may lie over what is as bright as their ink."""

_CONTRAST = 35
"""Grey levels by which lettering stands out from what is beside it."""

_BRIGHT = 120
"""Grey level of the dimmest subtitles."""

_REMEMBERED = 36
"""Frames kept to find when lettering came."""

_OUTLINED = (9, 9)
"""Lettering with its outline and its glow, pixels across and down for each of it."""

_HALF_THERE = 0.6
"""Share of its contrast that lettering has while it fades."""

_AS_IT_WAS = 0.15
"""Share of its strokes that may be as they were then."""

_PLAIN = 0.6
"""Share of a title card that is of one colour."""

_CARD_LONG = 4
"""Looks that a title card lasts at least."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Lettering over the film, or instead of it."""

    kind: str
    """``subtitle`` or ``credits``."""
    box: Box
    """Reduced pixels, with outline and glow."""
    start: int
    stop: int


@dataclass(slots=True)
class _Track:
    """One block of lettering that stands in the picture."""

    kind: str
    box: Box
    strokes: AnyArray
    """True on its strokes, of the box's shape."""
    beside: AnyArray
    contrast: float
    start: int
    last: int
    """Newest frame on which it was there."""
    ring: Luma
    """What was there and around it when it was found."""
    is_sure: bool
    replaced: int = 0
    """Looks in a row for which something else has been around it."""

    def presence(self, luma: Luma) -> float:
        """Give how much of its contrast is there: 1 when it stands, 0 when it is gone."""
        inside = luma[self.box.slices]
        return float(inside[self.strokes].mean() - inside[self.beside].mean()) / self.contrast


@dataclass(slots=True)
class _Card:
    """A run of looks at nothing but lettering."""

    start: int
    last: int
    boxes: list[Box] = field(default_factory=list)


class CaptionFinder:
    """Follows lettering through a source, frame by frame."""

    def __init__(self) -> None:
        self.found: list[Caption] = []
        self._recent: deque[tuple[int, Luma]] = deque(maxlen=_REMEMBERED)
        self._held: Luma | None = None
        """What each place has shown since it last changed."""
        self._age: AnyArray = np.zeros((0, 0), np.uint8)
        """Looks since then."""
        self._one = self._age
        self._tracks: list[_Track] = []
        self._card: _Card | None = None

    def add(self, index: int, luma: Luma) -> None:
        """Take the next frame, reduced and grey."""
        if self._held is None or self._held.shape != luma.shape:
            self._begin(luma)
        self._recent.append((index, luma))
        # By the frame's own number: who goes on in the middle of a source looks at the same ones.
        if index % EVERY == 0:
            self._look(index, luma)

    def captions(self) -> list[Caption]:
        """Give what is known so far; what still stands ends with the newest frame."""
        newest = self._recent[-1][0] + 1 if self._recent else 0
        standing = [_caption(track, newest) for track in self._tracks if track.is_sure]
        card = [_card_caption(self._card)] if self._card and _is_card(self._card) else []
        return _without_doubles([*self.found, *standing, *card])

    def forget(self, before: int) -> None:
        """Let go of what was found and is over before a frame."""
        self.found = [caption for caption in self.found if caption.stop > before]

    def _begin(self, luma: Luma) -> None:
        for track in self._tracks:
            self._end(track, track.last + 1)
        self._tracks = []
        self._recent.clear()
        self._held = luma.copy()
        self._age, self._one = np.zeros_like(luma), np.ones_like(luma)

    def _look(self, index: int, luma: Luma) -> None:
        assert self._held is not None
        _, changed = cv2.threshold(cv2.absdiff(luma, self._held), _SAME, 255, cv2.THRESH_BINARY)
        cv2.copyTo(luma, changed, self._held)
        self._age = cv2.bitwise_and(cv2.add(self._age, self._one), cv2.bitwise_not(changed))
        self._follow(index, luma, changed)
        self._read_card(index, luma)
        if index % (3 * EVERY):
            return
        grown = cv2.inRange(self._age, _GROWN, _GROWN + _RIPE)
        for track in self._tracks:
            grown[track.box.slices] = 0
        if cv2.countNonZero(grown) >= _FEWEST_PIXELS:
            self._find_new(index, luma, grown)

    def _find_new(self, index: int, luma: Luma, grown: AnyArray) -> None:
        drawn = find_strokes(luma)
        strokes = np.asarray(cv2.bitwise_and(drawn, grown), np.uint8)
        if cv2.countNonZero(strokes) < _FEWEST_PIXELS:
            return
        for block in blocks_of(find_lines(strokes, luma)):
            tall = max(line.height for line in block)
            box = _padded(around(block), max(2, round(0.4 * tall)), luma.shape)
            if any(_overlap(box, track.box) > 0.3 for track in self._tracks):
                continue
            track = self._track(box, len(block), strokes, luma, index)
            if track is None:
                continue
            track.start = self._first(track)
            place = around(block)
            surely = place.width > _LONGER * place.height
            there = self._not_framed(track.start, drawn) if surely else drawn
            if not _is_clean(place, strokes, there):
                continue
            track.is_sure = self._came_alone(track)
            self._tracks.append(track)

    def _track(
        self, box: Box, lines: int, strokes: Strokes, luma: Luma, index: int
    ) -> _Track | None:
        inside = strokes[box.slices] > 0
        grown = cv2.dilate(inside.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        near = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        beside = grown & ~near
        if not beside.any():
            return None
        patch = luma[box.slices]
        contrast = float(patch[inside].mean() - patch[beside].mean())
        if contrast < _CONTRAST or float(np.median(patch[inside])) < _BRIGHT:
            return None
        kind = _kind(box, lines, luma.shape)
        ring = luma[self._ring(box).slices].copy()
        return _Track(kind, box, inside, beside, contrast, index, index, ring, False)

    def _not_framed(self, start: int, drawn: Strokes) -> Strokes:
        """Leave out of what is drawn what is as it was before lettering came and was no stroke.

        The dark edges of letters frame pieces of a bright picture between them, and where it was
        as bright as their ink, nothing has changed: neither tells when the strokes there came.
        """
        before = next((luma for i, luma in reversed(self._recent) if i < start), None)
        if before is None:
            return drawn
        changed = cv2.absdiff(self._recent[-1][1], before)
        _, changed = cv2.threshold(changed, _SAME, 255, cv2.THRESH_BINARY)
        tells = cv2.bitwise_or(changed, find_strokes(before))
        return np.asarray(cv2.bitwise_and(drawn, tells), np.uint8)

    def _came_alone(self, track: _Track) -> bool:
        """Whether what is around lettering did not come with it, or never stands still."""
        ring, outside = self._surroundings(track.box)
        ages = self._age[ring.slices][outside]
        if float((ages < _GROWN).mean()) > 1 - _TOGETHER:
            return True
        before = [luma for index, luma in self._recent if index < track.start]
        if not before:
            return False
        change = cv2.absdiff(self._recent[-1][1], before[-1])
        # Who passes and uncovers it changes what is between the letters, too.
        parts = (change[ring.slices][outside], change[track.box.slices][_between(track)])
        near = max(float(part.mean()) if part.size else 0.0 for part in parts)
        # Lettering this long is nothing else: it is enough that the shot has gone on.
        goes_on = _is_long(track.box) and float((change > 2 * _SAME).mean()) < 0.5
        return goes_on or near < _TOGETHER / 2 * track.contrast

    def _surroundings(self, box: Box) -> tuple[Box, Mask]:
        """Give the box around a box, and what of it lies outside the inner one."""
        ring = self._ring(box)
        outside = np.ones((ring.height, ring.width), np.bool_)
        inner = Box(box.x - ring.x, box.y - ring.y, box.width, box.height)
        outside[inner.slices] = False
        return ring, outside

    def _ring(self, box: Box) -> Box:
        return _padded(box, max(6, box.height // 2), self._age.shape)

    def _first(self, track: _Track) -> int:
        """Walk back to the first frame that carries lettering, if only faintly."""
        first = track.start
        for index, luma in reversed(self._recent):
            if index < track.start and track.presence(luma) < _THERE:
                break
            first = index
        return first

    def _follow(self, index: int, luma: Luma, changed: AnyArray) -> None:
        for track in list(self._tracks):
            if track.presence(luma) >= _THERE:
                track.last = index
                track.is_sure = track.is_sure or self._outlasts(track, luma)
                continue
            recent = [(i, at) for i, at in self._recent if i > track.last]
            stop = track.last + 1
            for frame, at in recent:
                if track.presence(at) < _THERE:
                    break
                stop = frame + 1
            alone = self._changed_around(track, changed) < _TOGETHER
            if alone and not self._is_covered(track):
                track.is_sure = True
            self._end(track, stop)
            self._tracks.remove(track)

    def _outlasts(self, track: _Track, luma: Luma) -> bool:
        """Whether lettering has stood while half of what is around it was replaced for good.

        Who passes a part of the picture that never changes replaces it, too, but it comes back.
        """
        looks = (track.last - track.start) // EVERY - 1
        ring, outside = self._surroundings(track.box)
        young = self._age < looks
        another = cv2.absdiff(luma[ring.slices], track.ring) > _SAME
        others = (young[ring.slices] & another)[outside]
        replaced = float(others.mean()) if others.size else 0.0
        stood = float(young[track.box.slices][track.strokes].mean()) < 0.3
        track.replaced = track.replaced + 1 if replaced > 0.5 and stood else 0
        return track.replaced >= _FOR_GOOD

    def _is_covered(self, track: _Track) -> bool:
        """Whether lettering went piece by piece: it fades as a whole, or goes at once."""
        ring = self._ring(track.box)
        there = Box(track.box.x - ring.x, track.box.y - ring.y, track.box.width, track.box.height)
        stood = track.ring[there.slices]
        for _, luma in reversed(self._recent):
            presence = track.presence(luma)
            if presence > _HALF_THERE:
                return False
            off = cv2.absdiff(luma[track.box.slices], stood)[track.strokes]
            if presence >= _THERE and float((off < _THERE * track.contrast).mean()) > _AS_IT_WAS:
                return True
        return False

    def _changed_around(self, track: _Track, changed: AnyArray) -> float:
        """Give the share of the places around lettering, or between it, that have just changed.

        The larger of the two: what covers it in passing changes both.
        """
        ring, outside = self._surroundings(track.box)
        places = (changed[ring.slices][outside], changed[track.box.slices][_between(track)])
        return max(float((part > 0).mean()) if part.size else 0.0 for part in places)

    def _end(self, track: _Track, stop: int) -> None:
        if track.is_sure:
            self.found.append(_caption(track, stop))

    def _read_card(self, index: int, luma: Luma) -> None:
        """Follow screens that hold nothing but lettering, standing or rolling."""
        boxes = _lettering_of_card(luma)
        card = self._card
        if boxes and card is None:
            self._card = _Card(index, index, boxes)
        elif boxes and card is not None:
            card.last = index
            card.boxes = [*card.boxes, *boxes][-200:]
        elif card is not None and index - card.last > 2 * EVERY:
            if _is_card(card):
                self.found.append(_card_caption(card))
            self._card = None


def _between(track: _Track) -> Mask:
    """Mark what is between letters and around them, within the track's box, past their outline."""
    outlined = cv2.dilate(track.strokes.astype(np.uint8), np.ones(_OUTLINED, np.uint8))
    return np.asarray(outlined == 0)


def _is_long(box: Box) -> bool:
    return box.width > _LONG * box.height


def _is_clean(box: Box, strokes: Strokes, drawn: Strokes) -> bool:
    """Whether what came makes up what is drawn in its place; a short word has to prove more."""
    came, there = (cv2.countNonZero(m[box.slices]) for m in (strokes, drawn))
    return came >= (_CLEAN if _is_long(box) else _CLEANER) * there


def _lettering_of_card(luma: Luma) -> list[Box]:
    """Give the lines of a picture that is lettering on one colour; none for any other."""
    sparse = luma[::4, ::4]
    counts = np.bincount(sparse.ravel() >> 3, minlength=32)
    mode = int(counts.argmax())
    if int(counts[max(0, mode - 1) : mode + 2].sum()) < _PLAIN * sparse.size:
        return []
    if float(sparse.max()) - float(sparse.min()) < 60:
        return []
    strokes = find_strokes(luma, dark=mode >= 16)
    lines = find_lines(strokes, luma)
    inked = int(cv2.countNonZero(strokes))
    written = sum(cv2.countNonZero(strokes[line.slices]) for line in lines)
    return lines if lines and written > 0.6 * inked else []


def _is_card(card: _Card) -> bool:
    return card.last - card.start >= _CARD_LONG * EVERY


def _card_caption(card: _Card) -> Caption:
    return Caption("credits", around(card.boxes), card.start, card.last + EVERY)


def _caption(track: _Track, stop: int) -> Caption:
    return Caption(track.kind, track.box, track.start, max(stop, track.start + 1))


def _without_doubles(captions: Sequence[Caption]) -> list[Caption]:
    """Leave out lettering that a title card already counts."""
    # The longest first, so that of two that count each other one is left.
    ranked = sorted(dict.fromkeys(captions), key=_weight)[::-1]
    kept: list[Caption] = []
    for caption in ranked:
        if not any(
            card.kind == "credits"
            and min(card.stop, caption.stop) > max(card.start, caption.start)
            and _overlap(caption.box, card.box) > 0.7
            for card in kept
        ):
            kept.append(caption)
    return [caption for caption in dict.fromkeys(captions) if caption in kept]


def _weight(caption: Caption) -> tuple[int, int]:
    return caption.stop - caption.start, caption.box.width * caption.box.height


def _kind(box: Box, lines: int, shape: tuple[int, ...]) -> str:
    """Tell a subtitle by its place: low or at the very top, in the middle, few lines."""
    height, width = shape
    middle_y = (box.y + box.bottom) / 2 / height
    middle_x = (box.x + box.right) / 2 / width
    placed = (middle_y > 0.66 or middle_y < 0.18) and abs(middle_x - 0.5) < 0.15
    return "subtitle" if placed and lines <= 3 else "credits"


def _padded(box: Box, by: int, shape: tuple[int, ...]) -> Box:
    x, y = max(0, box.x - by), max(0, box.y - by)
    right, bottom = min(shape[1], box.right + by), min(shape[0], box.bottom + by)
    return Box(x, y, right - x, bottom - y)


def _overlap(one: Box, other: Box) -> float:
    """Give the share of ``one`` that ``other`` covers."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return max(0, across) * max(0, down) / (one.width * one.height)
