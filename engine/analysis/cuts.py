"""Where one shot ends and the next begins: hard cuts, fades and dissolves, found in passing.

A cut is proposed where the drawing changes, and then gets a second look: a flash comes back to
what it left, a whip pan is explained by one shift, a body passing the lens goes on changing for
several frames. What is left is a cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.looks import Look, Thumb, difference
from engine.values import Transition

AHEAD = 42
"""Frames that are seen before a frame is let go."""

FLASH = 6
"""Longest flash, frames."""

_NEAR = 8
"""Frames around a proposed cut that are compared with each other."""
_HALVES = (4, 6, 9, 13, 18, 24, 31)
"""Half-lengths of the dissolves that are looked for, frames."""
_UNEXPLAINED = 0.34
"""Share of the change that the mixes of a dissolve may leave unexplained: both shots go on."""
_MIXED = 12.0
"""Grey levels by which the two shots of a dissolve differ at least."""
_INNER = (2, 1, 3)
"""The inner three of five frames, that which tells most first."""
_APART = 9
"""Two dissolves are further apart than this, frames."""
_BLACK = 16
"""Grey level up to which a bar beside the picture may be lit by noise."""
_LEAST_PICTURE = 1 / 3
"""Share of the frame's width and height that is picture, whatever is dark."""

_STILLS = 0.2
"""Share of neighbours in a folder without anything in common from which it holds no film."""
_DIFFERENT = 4.0
"""Grey levels by which unrelated pictures differ at least."""
_RELATED = 0.35
"""Correlation of what is drawn from which two pictures show the same."""
_FOUND_AGAIN = 0.85
"""The same of a part that is looked for all over the other; by chance some reach 0.75."""

Detail = NDArray[np.float32]
"""Grey thumbnail without its slow changes: what is drawn, whatever the light."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that has passed, and how a shot begins with it if one does."""

    look: Look
    begins: Transition | None
    reach: int = 0
    """Frames that the dissolve it is the middle of reaches to either side."""


@dataclass(slots=True)
class _Mark:
    look: Look
    detail: Detail
    begins: Transition | None = None
    reach: int = 0
    mixing: float = 0.0
    """How sure a dissolve is centred here."""


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
    apart = sum(_unrelated(_mark_of(one), _mark_of(other)) for one, other in neighbours)
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
    if one.look.image.shape != other.look.image.shape:
        return True
    if difference(one.look.thumb, other.look.thumb) < _DIFFERENT:
        return False
    before, after = _details_of([one, other])
    return alike(before, after) < _RELATED and not shift_explains(before, after, _FOUND_AGAIN)


class _Run:
    """Frames of one size; holds only those around the one that is judged."""

    def __init__(self, entry: Transition) -> None:
        self.entry = entry
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
            self.marks.append(_mark_of(look))
            self.end += 1
            self._judge(self.end - _NEAR, self.end - max(_HALVES))
            if self.end - self.passed > AHEAD:
                yield self._let_go()
        self._judge(self.end, self.end)
        while self.passed < self.end:
            yield self._let_go()

    def _let_go(self) -> Seen:
        mark = self.at(self.passed)
        if self.passed == 0:
            mark.begins = self.entry
        elif mark.begins is None and self._is_dissolve(self.passed):
            mark.begins = Transition.DISSOLVE
        self.passed += 1
        while self.base < self.passed - max(_HALVES) - _NEAR:
            self.marks.popleft()
            self.base += 1
        reach = mark.reach if mark.begins is Transition.DISSOLVE else 0
        return Seen(mark.look, mark.begins, reach)

    def at(self, position: int) -> _Mark:
        return self.marks[position - self.base]

    def thumb(self, position: int) -> Thumb:
        return self.at(position).look.thumb

    def _judge(self, cuts_to: int, mixed_to: int) -> None:
        for position in range(self.cut_from, cuts_to):
            self.at(position).begins = self._boundary(position)
            self.cut_from = position + 1
        for position in range(self.mixed_from, mixed_to):
            self._measure_mixing(position)
            self.mixed_from = position + 1

    def _boundary(self, position: int) -> Transition | None:
        before, after = self.at(position - 1).look, self.at(position).look
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
        before, after = self.at(position - 1).look, self.at(position).look
        step = difference(before.thumb, after.thumb)
        if before.blank and after.blank:
            return Transition.CUT if self._is_cut(position) else None
        if step < 0.4:
            return self._fade_in(position)
        far = self.at(min(high - 1, position + 3)).look
        near = self.at(max(low, position - 4)).look
        if before.blank:
            if difference(after.thumb, far.thumb) < 0.5 * difference(before.thumb, far.thumb):
                return None if self._returns(position, low, high, step) else Transition.CUT
            return self._fade_in(position)
        if difference(near.thumb, before.thumb) < 0.5 * difference(near.thumb, after.thumb):
            return None if self._returns(position, low, high, step) else Transition.CUT
        return None

    def _fade_in(self, position: int) -> Transition | None:
        """Begin a shot where a picture comes up out of a blank."""
        if not self.at(position - 1).look.blank:
            return None
        marks = list(islice(self.marks, position - self.base, position - self.base + 2 * _NEAR))
        if len(marks) < 5 or any(mark.look.blank for mark in marks):
            return None
        contrast = [mark.look.contrast for mark in marks]
        if contrast[3] < 1.2 * contrast[0] or contrast[-1] < 1.1 * contrast[2]:
            return None
        blank = self.at(position - 1).look.thumb
        even = comes_up_evenly(blank, marks[2].look.thumb, marks[min(9, len(marks) - 1)].look.thumb)
        return Transition.FADE if even else None

    def _is_cut(self, position: int) -> bool:
        low, high = self._span(position)
        before, after = self.at(position - 1), self.at(position)
        step = difference(before.look.thumb, after.look.thumb)
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
                if after - before > 1 and self._change(before, after) < 0.35 * step:
                    return True
        return False

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
            sure = mixing([self.thumb(first + half * q // 2) for q in range(5)])
            if sure > mark.mixing:
                mark.mixing, mark.reach = sure, half

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
        # The slow end of a fade may look like a mix.
        return not any(
            (away <= 0 and m.begins) or m.begins is Transition.FADE or m.look.blank
            for away, m in near
        )

    def _around(self, mark: _Mark, position: int) -> range:
        side = mark.reach + _NEAR
        return range(max(self.base, position - side), min(self.end, position + side + 1))


def _mark_of(look: Look) -> _Mark:
    return _Mark(look, detail_of(look.thumb))


def detail_of(thumb: Thumb) -> Detail:
    """Keep what is drawn in a thumbnail and drop the light: a grey high-pass."""
    grey = cv2.cvtColor(thumb, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), 4), np.float32)


def _details_of(marks: Sequence[_Mark]) -> list[Detail]:
    """Give what is drawn in some frames, inside of bars that all of them have."""
    thumbs = [mark.look.thumb for mark in marks]
    inside = within_bars(thumbs)
    if inside[0].shape == thumbs[0].shape:
        return [mark.detail for mark in marks]
    return [detail_of(thumb) for thumb in inside]


def within_bars(thumbs: Sequence[Thumb]) -> list[Thumb]:
    """Cut off the black bars around all of some thumbnails.

    The edge of a bar is the strongest thing drawn in many a frame, and no cut changes it.
    """
    if _fills_frame(thumbs[0]):
        return list(thumbs)
    height, width = thumbs[0].shape[:2]
    flat = thumbs[0].reshape(height, -1)
    for thumb in thumbs[1:]:
        flat = np.asarray(cv2.max(flat, thumb.reshape(height, -1)))
    rows = _lit_span(cv2.reduce(flat, 1, cv2.REDUCE_MAX).ravel() > _BLACK)
    channels = cv2.reduce(flat, 0, cv2.REDUCE_MAX).reshape(width, -1)
    columns = _lit_span(channels.max(axis=1) > _BLACK)
    if rows.stop - rows.start < _LEAST_PICTURE * height:
        rows = slice(0, height)
    if columns.stop - columns.start < _LEAST_PICTURE * width:
        columns = slice(0, width)
    if (rows, columns) == (slice(0, height), slice(0, width)):
        return list(thumbs)
    return [np.ascontiguousarray(thumb[rows, columns]) for thumb in thumbs]


def _fills_frame(thumb: Thumb) -> bool:
    """Whether a picture is lit at all four sides."""
    sides = thumb[0], thumb[-1], thumb[:, 0], thumb[:, -1]
    return all(float(side.max()) > _BLACK for side in sides)


def _lit_span(lit: NDArray[np.bool_]) -> slice:
    """Give the places from the first to the last that is lit, without one that is half a bar."""
    places = np.flatnonzero(lit)
    if not len(places):
        return slice(0, 0)
    first, last = int(places[0]), int(places[-1])
    return slice(first + (first > 0), last + (last == len(lit) - 1))


def alike(one: Detail, other: Detail) -> float:
    """Correlate two drawings: 1 the same, about 0 unrelated (or nothing drawn)."""
    scale = float(cv2.norm(one)) * float(cv2.norm(other))
    # One grey level all over is noise; it must not correlate by chance.
    return float(one.ravel() @ other.ravel()) / (scale + one.size * 0.02)


def shift_explains(before: Detail, after: Detail, enough: float = 0.72) -> bool:
    """Whether a part of one drawing is found, moved, in the other: a whip pan, not a cut."""
    height, width = after.shape
    halves = (
        after[:, : width // 2],
        after[:, width // 2 :],
        after[: height // 2],
        after[height // 2 :],
        after[height // 4 : -(height // 4), width // 4 : -(width // 4)],
    )
    for part in halves:
        if min(part.shape) < 4 or float(part.std()) < 2.0:
            continue
        found = cv2.matchTemplate(before, np.ascontiguousarray(part), cv2.TM_CCOEFF_NORMED)
        if float(found.max()) > enough:
            return True
    return False


def _even(glimpses: NDArray[np.uint8], edge: int, last: int) -> bool:
    """Whether the frames from ``edge`` come up evenly out of the one before."""
    before, middle, after = (
        glimpses[place][..., None].astype(np.float32)
        for place in (max(0, edge - 1), (2 * edge + last) // 3, last)
    )
    if edge == 0:
        before = np.full_like(before, float(before.mean()))
    return comes_up_evenly(before, middle, after)


def comes_up_evenly(blank: Thumb, early: Thumb, late: Thumb) -> bool:
    """Whether a picture shines up out of a blank everywhere at once.

    Something that leaves the lens comes up too, but one side first.
    """
    rise, whole = (early - blank).mean(axis=2), (late - blank).mean(axis=2)
    shown = np.abs(whole) > max(2.0, 0.3 * float(np.abs(whole).max()))
    if not shown.any():
        return False
    gains = rise[shown] / whole[shown]
    usual = float(np.median(gains))
    alike_share = float(((gains > 0.25 * usual) & (gains < 2.2 * usual)).mean())
    return 0.03 < usual < 0.95 and alike_share > 0.7


def mixing(frames: Sequence[Thumb]) -> float:
    """Measure how surely the inner three of five frames are mixes of the outer two.

    A mix of two unrelated pictures lies between them, and has less contrast than either: that
    tells it from a camera or a figure on its way from one to the other.

    Parameters
    ----------
    frames : sequence of five (h, w, 3) float32 arrays
        Thumbnails at even distances in time, the first and the last of which differ.

    Returns
    -------
    float
        0 for no dissolve; else the change between the ends in grey levels, less what the mixes
        leave unexplained.
    """
    # Bars do not change, so they have no part in the shares.
    shares = _even_shares(frames)
    if shares is None:
        return 0.0
    inside = within_bars(frames)
    if inside[0].shape != frames[0].shape:
        shares = dict(zip(_INNER, _shares(inside, _INNER), strict=True))
    start, end = inside[0], inside[-1]
    along, whole, left = end - start, difference(start, end), 0.0
    for place, share in shares.items():
        left = max(left, difference(inside[place], start + share * along))
        if left > _UNEXPLAINED * whole:
            return 0.0
    if not _lose_contrast(inside, [shares[place] for place in (1, 2, 3)]):
        return 0.0
    if float((np.abs(along).max(axis=2) > 6).mean()) < 0.5:
        return 0.0  # A title comes up over a picture that stays.
    return whole - left / _UNEXPLAINED


def _even_shares(frames: Sequence[Thumb]) -> dict[int, float] | None:
    """Give the shares of the inner frames if the last picture comes in evenly over them."""
    coming = _shares(frames, _INNER)
    # Of most frames the first of them tells enough.
    middle = next(coming)
    if not 0.25 < middle < 0.75 or not 0.05 < (early := next(coming)) < middle - 0.05:
        return None
    late = next(coming)
    if not middle + 0.05 < late < 0.95:
        return None
    return dict(zip(_INNER, (middle, early, late), strict=True))


def _shares(frames: Sequence[Thumb], which: Sequence[int]) -> Iterator[float]:
    """Give how much of the last is in each of some inner frames, by least squares."""
    start = frames[0]
    along = (frames[-1] - start).ravel()
    energy = float(along @ along)
    for place in which:
        yield float((frames[place] - start).ravel() @ along) / energy


def _lose_contrast(frames: Sequence[Thumb], shares: Sequence[float]) -> bool:
    details = [detail_of(frame) for frame in frames]
    if alike(details[0], details[4]) > 0.3:
        return False
    first, *inner, last = (float(detail.std()) for detail in details)
    if min(first, last) < 1.0:
        return False  # A fade, which is told from its blank.
    wanted = [float(np.hypot((1 - share) * first, share * last)) for share in shares]
    ratios = [got / want for got, want in zip(inner, wanted, strict=True)]
    return 0.75 < ratios[1] < 1.17 and sum(ratios) < 3 * 1.15


def find_fades(
    contrast: NDArray[np.float64],
    blank: NDArray[np.bool_],
    glimpses: NDArray[np.uint8],
    shortest: int = 5,
) -> list[tuple[int, int]]:
    """Find where a shot comes out of or goes into one colour, as ranges ``[start, stop)``.

    Parameters
    ----------
    contrast : (N,) float array
        Of each frame, grey levels.
    blank : (N,) bool array
        Frames that show one colour only.
    glimpses : (N, h, w) uint8 array
        Each frame, very small and grey: :func:`glimpse_of`.
    shortest : int
        Frames of the shortest fade.
    """
    rises = _rises(contrast, blank, glimpses)
    ranges = [(start, stop) for start, stop in rises if stop - start >= shortest]
    count = len(contrast)
    falls = _rises(contrast[::-1], blank[::-1], glimpses[::-1])
    ranges += [(count - b, count - a) for a, b in falls if b - a >= shortest]
    return sorted(ranges)


def glimpse_of(thumb: Thumb) -> NDArray[np.uint8]:
    """Shrink a thumbnail to what tells whether all of it changes at once."""
    grey = cv2.cvtColor(thumb, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (16, 12), interpolation=cv2.INTER_AREA).round(), np.uint8)


def _rises(
    contrast: NDArray[np.float64], blank: NDArray[np.bool_], glimpses: NDArray[np.uint8]
) -> list[tuple[int, int]]:
    """Find each run of growing contrast that follows a blank (or begins nearly so)."""
    found = []
    count = len(contrast)
    edges = [i for i in range(1, count) if blank[i - 1] and not blank[i]]
    if count and not blank[0] and contrast[0] < 0.35 * float(contrast[: 2 * AHEAD].max()):
        edges.insert(0, 0)
    for edge in edges:
        stop = edge
        # Two frames on, because fades are drawn on twos in old films.
        while stop + 2 < count and contrast[stop + 2] > 1.01 * contrast[stop] + 0.02:
            stop += 1
        stop += 1
        if contrast[stop - 1] > 3 * contrast[edge] + 1 and _even(glimpses, edge, stop - 1):
            found.append((max(0, edge - 3), stop))
    return found
