"""Where one shot ends and the next begins: cuts, fades, dissolves and wipes, found in passing.

A cut is proposed where the drawing changes, and then gets a second look: a flash comes back to
what it left, a whip pan is explained by one shift, a body passing the lens goes on changing for
several frames. What is left is a cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from engine.analysis.dissolves import even_shares, mixing
from engine.analysis.drawing import Detail, alike, detail_of, passes_on, shift_explains, within_bars
from engine.analysis.fades import comes_up_evenly
from engine.analysis.looks import Look, Thumb, difference
from engine.analysis.wipes import SAMPLES, find_sweep, is_patchwork
from engine.values import Transition

AHEAD = 42
"""Frames that are seen before a frame is let go."""

FLASH = 6
"""Longest flash, frames."""

_NEAR = 8
"""Frames around a proposed cut that are compared with each other."""
_HALVES = (4, 6, 9, 13, 18, 24, 31)
"""Half-lengths of the dissolves that are looked for, frames."""
_WIPES = range(6, 25)
"""Half-lengths of the wipes that are looked for, with what is clear on both sides, frames."""
_LONGEST_WIPE = 42.0
"""Frames; a horizon that rises for longer than that is none."""
_UNRELATED = 0.3
"""Correlation of what is drawn up to which a wipe leads to another shot."""
_STAYS = 4, 0.5
"""Frames before and after a wipe in which both shots change by this share of it at most."""
_OFF_MIDDLE = 2.0
"""Frames by which the middle of a wipe may be off the frame that is said to be it."""
_LEAD_IN = 5
"""Blank frames at the very start of a film that are a shot, and not just where a fade begins."""

_NIGHT = 24.0
"""Grey level up to which one colour is the black that an iris closes to."""
_MIXED = 12.0
"""Grey levels by which the two shots of a dissolve differ at least."""
_APART = 9
"""Two dissolves are further apart than this, frames."""

_STILLS = 0.2
"""Share of neighbours in a folder without anything in common from which it holds no film."""
_DIFFERENT = 4.0
"""Grey levels by which unrelated pictures differ at least."""
_RELATED = 0.35
"""Correlation of what is drawn from which two pictures show the same."""
_FOUND_AGAIN = 0.85
"""The same of a part that is looked for all over the other; by chance some reach 0.75."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that has passed, and how a shot begins with it if one does."""

    look: Look
    begins: Transition | None
    reach: int = 0
    """Frames that the dissolve or wipe it is the middle of reaches to either side; where no shot
    begins, the picture has closed to black with it."""


@dataclass(slots=True)
class _Mark:
    """What is kept of a frame when it has passed: none of its larger pictures."""

    thumb: Thumb
    detail: Detail
    contrast: float
    blank: bool
    begins: Transition | None = None
    reach: int = 0
    mixing: float = 0.0
    """How sure a dissolve or wipe is centred here."""
    wipes: bool = False
    """It is a wipe."""
    closes: bool = False
    """It leaves nothing but black."""


def find_shots(looks: Iterable[Look], *, stills: bool = False) -> Iterator[Seen]:
    """Pass frames on in order, marking those that begin a shot.

    Parameters
    ----------
    looks : iterable of Look
        Every frame of a source, in order. Where their size changes there is a cut.
    stills : bool
        They are :func:`are_stills`, which are parted wherever two have nothing in common.

    Yields
    ------
    Seen
        Each frame, about :data:`AHEAD` frames late; the first always begins a shot.
    """
    entry = Transition.START
    for _, run in groupby(looks, key=lambda look: look.image.shape):
        passing = _pass_stills_on if stills else _pass_film_on
        yield from passing(run, entry)
        entry = Transition.CUT


def are_stills(neighbours: Sequence[tuple[Look, Look]]) -> bool:
    """Whether pictures were picked here and there, so that many have nothing in common.

    What tells cuts in film, that a change is greater than those around it, finds none there.

    Parameters
    ----------
    neighbours : sequence of pairs of Look
        Pictures that follow each other in a folder.
    """
    apart = sum(
        one.image.shape != other.image.shape or _unrelated(_mark_of(one), _mark_of(other))
        for one, other in neighbours
    )
    return apart > _STILLS * len(neighbours)


def _pass_film_on(looks: Iterable[Look], entry: Transition) -> Iterator[Seen]:
    return _Run(entry).pass_on(looks)


def _pass_stills_on(looks: Iterable[Look], entry: Transition) -> Iterator[Seen]:
    before: _Mark | None = None
    for look in looks:
        mark = _mark_of(look)
        parted = before is not None and _unrelated(before, mark)
        yield Seen(look, entry if before is None else Transition.CUT if parted else None)
        before = mark


def _unrelated(one: _Mark, other: _Mark) -> bool:
    """Whether two pictures show different things, in whatever light and however moved."""
    if difference(one.thumb, other.thumb) < _DIFFERENT:
        return False
    before, after = _details_of([one, other])
    return alike(before, after) < _RELATED and not shift_explains(before, after, _FOUND_AGAIN)


class _Run:
    """Frames of one size; holds only those around the one that is judged."""

    def __init__(self, entry: Transition) -> None:
        self.entry = entry
        self.waiting: deque[Look] = deque()
        """Those that have not passed."""
        self.marks: deque[_Mark] = deque()
        self.base = 0
        """Position of ``marks[0]`` in the run."""
        self.end = 0
        """Position after the newest."""
        self.cut_from = 1
        self.mixed_from = 1
        self.passed = 0

    def pass_on(self, looks: Iterable[Look]) -> Iterator[Seen]:
        for look in looks:
            self.waiting.append(look)
            self.marks.append(_mark_of(look))
            self.end += 1
            self._judge(self.end - _NEAR, self.end - max(_HALVES))
            if self.end - self.passed > AHEAD:
                yield self._let_go()
        self._judge(self.end, self.end)
        while self.passed < self.end:
            yield self._let_go()

    def _let_go(self) -> Seen:
        mark, reach = self.at(self.passed), 0
        if self.passed == 0:
            mark.begins = self.entry
        elif mark.begins is None and self._is_dissolve(self.passed):
            mark.begins = None if mark.closes else Transition.DISSOLVE
            reach = mark.reach
        self.passed += 1
        while self.base < self.passed - max(_HALVES) - _NEAR:
            self.marks.popleft()
            self.base += 1
        return Seen(self.waiting.popleft(), mark.begins, reach)

    def at(self, position: int) -> _Mark:
        return self.marks[position - self.base]

    def thumb(self, position: int) -> Thumb:
        return self.at(position).thumb

    def _judge(self, cuts_to: int, mixed_to: int) -> None:
        for position in range(self.cut_from, cuts_to):
            self.at(position).begins = self._boundary(position)
            self.cut_from = position + 1
        for position in range(self.mixed_from, mixed_to):
            self._measure_mixing(position)
            self.mixed_from = position + 1

    def _boundary(self, position: int) -> Transition | None:
        before, after = self.at(position - 1), self.at(position)
        if before.blank or after.blank:
            return self._blank_boundary(position)
        return Transition.CUT if self._is_cut(position) else None

    def _span(self, position: int) -> tuple[int, int]:
        """Frames around ``position`` that no known boundary parts from it."""
        low = max(self.base, position - _NEAR)
        for earlier in range(position - 1, low, -1):
            if self.at(earlier).begins is not None:
                low = earlier
                break
        return low, min(self.end, position + _NEAR)

    def _blank_boundary(self, position: int) -> Transition | None:
        """Tell cuts to and from black, and the start of a fade in, from a fade going on."""
        low, high = self._span(position)
        before, after = self.at(position - 1), self.at(position)
        step = difference(before.thumb, after.thumb)
        if before.blank and after.blank:
            return Transition.CUT if self._is_cut(position) else None
        if step < 0.4:
            return self._fade_in(position)
        far = self.at(min(high - 1, position + 3))
        near = self.at(max(low, position - 4))
        if before.blank:
            if difference(after.thumb, far.thumb) < 0.5 * difference(before.thumb, far.thumb):
                return None if self._returns(position, low, high, step) else Transition.CUT
            return self._fade_in(position)
        if difference(near.thumb, before.thumb) < 0.5 * difference(near.thumb, after.thumb):
            return None if self._returns(position, low, high, step) else Transition.CUT
        return None

    def _fade_in(self, position: int) -> Transition | None:
        """Begin a shot where a picture comes up out of a blank."""
        if not self.at(position - 1).blank or position < _LEAD_IN:
            return None
        marks = list(islice(self.marks, position - self.base, position - self.base + 2 * _NEAR))
        if len(marks) < 5 or any(mark.blank for mark in marks):
            return None
        contrast = [mark.contrast for mark in marks]
        if contrast[3] < 1.2 * contrast[0] or contrast[-1] < 1.1 * contrast[2]:
            return None
        blank = self.at(position - 1).thumb
        even = comes_up_evenly(blank, marks[2].thumb, marks[min(9, len(marks) - 1)].thumb)
        return Transition.FADE if even else None

    def _is_cut(self, position: int) -> bool:
        low, high = self._span(position)
        before, after = self.at(position - 1), self.at(position)
        step = difference(before.thumb, after.thumb)
        if step < 0.5:
            return False
        wide = self._change(max(low, position - 4), min(high - 1, position + 3))
        if step < 0.72 * wide:
            return False
        # The first frame after a splice is often off in colour: it is left out here.
        within = max(
            self._change(max(low, position - 4), position - 1),
            self._change(min(high - 1, position + 1), min(high - 1, position + 4)),
        )
        calm = step / (0.1 + within)
        if calm < (1.05 if step > 6 else 1.6):
            return False
        near = [before, after, self.at(min(high - 1, position + 1))]
        drawn, *new = _details_of(near)
        if max(alike(drawn, detail) for detail in new) > 0.45:
            return False
        if self._returns(position, low, high, step):
            return False
        return calm > 2.5 or not shift_explains(drawn, new[0])

    def _returns(self, position: int, low: int, high: int, step: float) -> bool:
        """Whether the picture is soon again what it was before: a flash, not a cut."""
        for before in range(max(low, position - FLASH - 1), position):
            for after in range(position, min(high, before + FLASH + 2)):
                if after - before < 2 or self._change(before, after) >= 0.35 * step:
                    continue
                if not self._gap_parts(before, after):
                    return True
        return False

    def _gap_parts(self, before: int, after: int) -> bool:
        """Whether a gap of one colour lies between pictures that show different things.

        Two bright pictures are more like each other than like the black between them.
        """
        ends = self.at(before), self.at(after)
        if any(end.blank for end in ends):
            return False
        gap = any(self.at(position).blank for position in range(before + 1, after))
        return gap and _unrelated(*ends)

    def _change(self, one: int, other: int) -> float:
        return difference(self.thumb(one), self.thumb(other))

    def _measure_mixing(self, centre: int) -> None:
        """Find how well the frames around ``centre`` are mixes of an earlier and a later one."""
        mark = self.at(centre)
        for half in _HALVES:
            first, last = centre - half, centre + half
            if first < self.base or last >= self.end:
                break
            if self._change(first, last) < _MIXED:
                continue
            five = [self.thumb(first + half * q // 2) for q in range(5)]
            shares = even_shares(five)
            if shares is None:
                continue
            sure = mixing(five, shares)
            if sure > mark.mixing:
                mark.mixing, mark.reach, mark.wipes = sure, half, False
            elif half in _WIPES and (half == _WIPES.start or centre % 2 == 0):
                # Of longer ones every other frame tells enough.
                self._measure_wipe(mark, first, last, five)

    def _measure_wipe(self, mark: _Mark, first: int, last: int, five: Sequence[Thumb]) -> None:
        """Find how well a border that sweeps over the picture explains what changes meanwhile."""
        if not all(is_patchwork(five[0], five[inner], five[4]) for inner in (2, 1, 3)):
            return
        before, after = self.at(first), self.at(last)
        # What fills the lens with another colour is a body.
        if any(end.blank and float(end.thumb.mean()) > _NIGHT for end in (before, after)):
            return
        whole = self._change(first, last)
        calm, most = _STAYS
        earlier, later = max(self.base, first - calm), min(self.end - 1, last + calm)
        if max(self._change(earlier, first), self._change(last, later)) > most * whole:
            return
        if alike(*_details_of([before, after])) > _UNRELATED:
            return
        step = (last - first) / (SAMPLES - 1)
        sweep = find_sweep([self.thumb(first + round(k * step)) for k in range(SAMPLES)], step)
        if sweep is None or sweep.length * (last - first) > _LONGEST_WIPE:
            return
        if abs(sweep.middle - 0.5) * (last - first) > _OFF_MIDDLE:
            return
        sure = whole * (1 - sweep.left)
        if sure > mark.mixing:
            half = (last - first) // 2
            mark.mixing, mark.wipes, mark.closes = sure, True, after.blank
            mark.reach = min(half, round(sweep.length * half) + 1)

    def _is_dissolve(self, position: int) -> bool:
        mark = self.at(position)
        if mark.mixing <= 0:
            return False
        low = max(self.base, position - _APART)
        high = min(self.end, position + _APART + 1)
        around = [self.at(p) for p in range(low, high)]
        if mark.mixing < max(m.mixing for m in around):
            return False
        near = [(abs(p - position) - mark.reach, self.at(p)) for p in self._around(mark, position)]
        if mark.wipes:
            return not any(away <= 0 and m.begins for away, m in near)
        # The slow end of a fade may look like a mix.
        if any(
            (away <= 0 and m.begins) or m.begins is Transition.FADE or m.blank for away, m in near
        ):
            return False
        # Half way to both ends, where a camera still shows most of what it shows here.
        half = mark.reach // 2
        before, after = self.at(position - half).detail, self.at(position + half).detail
        return not passes_on(before, mark.detail, after)

    def _around(self, mark: _Mark, position: int) -> range:
        side = mark.reach + _NEAR
        return range(max(self.base, position - side), min(self.end, position + side + 1))


def _mark_of(look: Look) -> _Mark:
    return _Mark(look.thumb, detail_of(look.thumb), look.contrast, look.blank)


def _details_of(marks: Sequence[_Mark]) -> list[Detail]:
    """Give what is drawn in some frames, inside of bars that all of them have."""
    thumbs = [mark.thumb for mark in marks]
    inside = within_bars(thumbs)
    if inside[0].shape == thumbs[0].shape:
        return [mark.detail for mark in marks]
    return [detail_of(thumb) for thumb in inside]
