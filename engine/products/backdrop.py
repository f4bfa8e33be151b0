"""Which of a pixel's lasting colours is the backdrop, and which stands in front of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.ambiguity import find_ambiguous
from engine.products.at_once import at_once, both
from engine.products.concurrence import find_concurrent, measure_together
from engine.products.contrast import levels_apart
from engine.products.frame_stack import evenly
from engine.products.ghosts import ghostliness, inside_of, near_news, parted, surroundings
from engine.products.modes import MODES, Modes
from engine.products.neighbours import Asked, agreed
from engine.products.restless import DOUBTFUL, filled, find_restless
from engine.products.shade import is_shade
from engine.products.torn import find_torn
from engine.recipe import Point
from engine.values import AnyArray, FloatMap, Image, Mask

_ROUNDS = 3
_JURORS = 64  # frames that are held against the draft, spread over the shot
_FEW_JURORS = 16  # the same where nothing hangs on single ones
_SELDOM = 0.25  # share of the frames that can show a place, below which it hangs on single ones
_HARDLY_ANY = 0.0025  # share of the picture that may be seen so seldom for few to be enough
_LASTING = 2  # frames that show a mode before it can be backdrop
_SHADOW = 1.2  # natural logarithm of the odds that of light and shade, the light is the place
_STAYED = 0.12  # share of the frames that show what does not only pass
_MOVING = 3.0  # standing that a mode lacks when all of its outline always moves
_CARRIED = 0.4  # mean share of its outline that moves above which a backdrop settles nothing
_DISPUTED = np.float32(0.4)  # of its share, what a part that could be read two ways is trusted
_SEEN = np.float32(0.26)  # confidence that it keeps if it was seen so often: it is not unseen
_CONVINCED = 0.05  # evidence that a change of mind takes, so that it comes to an end
_IDLE = 3  # frames in a row that nothing came of, from which on more are held against the draft


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The reduced plate, and where each frame shows it."""

    colour: Image
    """``(h, w, 3)``."""
    shown: NDArray[np.bool_]
    """``(N, h, w)``: where each frame shows the backdrop."""
    confidence: FloatMap
    """``(h, w)``: share of the frames that show it, less where the choice was close."""
    ambiguous: tuple[Mask, ...]
    """Parts that could as well be read the other way, the largest first."""
    doubtful: Mask
    """``(h, w)``: parts that may not be backdrop: never seen at rest, or in shade when seen."""
    torn: Mask
    """``(h, w)``: seams between parts that no frame showed side by side."""


def find_backdrop(draft: Draft, valid: AnyArray, *, shaken: bool = False) -> Backdrop:
    """Say where each frame shows the drafted backdrop, and how sure that is.

    Parameters
    ----------
    draft : Draft
    valid : (N, h, w) bool array
        Where a frame shows something that may be taken.
    shaken : bool
        Whether the frames had to be lined up.
    """
    shown, share = draft.seen(valid)
    together = measure_together(shown)
    restless, groups = both(
        lambda: find_restless(draft.modes, draft.chosen, share, together, shaken=shaken),
        lambda: find_ambiguous(
            draft.modes, draft.chosen, np.where(draft.told, -np.inf, draft.against)
        ),
    )
    for place in restless.places:
        _take_from_one(draft.small, shown, valid, draft.colour, place & ~draft.told)
    torn = find_torn(draft.colour, shown, draft.tolerance) & ~draft.told
    doubtful = (restless.doubtful | draft.lonely) & ~draft.told
    confidence = np.where(doubtful, np.minimum(share, DOUBTFUL), share)
    for group in groups:
        calm = group & ~restless.around
        confidence[group] *= _DISPUTED
        confidence[calm] = np.maximum(confidence, np.minimum(share, _SEEN))[calm]
    beside = cv2.dilate(torn.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    confidence[beside] = np.minimum(confidence, DOUBTFUL)[beside]
    return Backdrop(draft.colour, shown, confidence, groups, restless.doubtful & ~draft.told, torn)


def _take_from_one(
    small: AnyArray, shown: AnyArray, valid: AnyArray, colour: Image, place: Mask
) -> None:
    """Let one frame alone show a place that moves: the one that fits best with what is around."""
    brush = np.ones((5, 5), np.uint8)
    around = (cv2.dilate(place.view(np.uint8), brush) > 0) & ~place
    if not place.any() or not around.any():
        return
    fits = shown[:, around].mean(axis=1) + (valid[:, place].mean(axis=1) == 1)
    # Of frames that fit alike, the one that hides the least of what lies around goes on inside.
    whole = filled(place.view(np.uint8))
    _, nearest = cv2.distanceTransformWithLabels(
        whole, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    outside = np.zeros((int(nearest.max()) + 1, 3), np.int16)
    outside[nearest[whole == 0]] = colour[whole == 0]
    goes_on = outside[nearest[place]]
    for index, picture in enumerate(small):
        apart = np.abs(picture[place] - goes_on).max(axis=-1)
        fits[index] += 0.5 * (1 - np.minimum(apart, 40).mean() / 40)
    best = int(np.argmax(fits))
    shown[:, place] = False
    shown[best] |= place & valid[best]


def _same(picture: Image, colour: Image, tolerance: int) -> Mask:
    return np.asarray(levels_apart(picture, colour) <= tolerance)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a frame had to say against the draft, and when: it says the same until that changes."""

    turn: int
    at: AnyArray
    """``(P,)``: places of the flat picture."""
    against: AnyArray
    """``(P,)``: the evidence there that was turned down."""

    @classmethod
    def of(cls, turn: int, at: AnyArray, against: AnyArray, before: _Heard | None) -> _Heard:
        """Put what a frame says now beside what still stands of what it said before."""
        at, against = at.astype(np.int32), against.astype(np.float32)
        if before is not None:
            at = np.concatenate([before.at, at])
            against = np.concatenate([before.against, against])
        return cls(turn, at, against)

    def without(self, where: Mask) -> _Heard:
        """Forget what was said of some places."""
        stands = ~where.ravel().take(self.at)
        return _Heard(self.turn, self.at.compress(stands), self.against.compress(stands))


def _nowhere() -> AnyArray:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a frame says of the draft as it stands, before anything comes of it."""

    before: _Heard | None
    """What still stands of what it said before."""
    is_news: bool = True
    """Whether it says more than that."""
    at: AnyArray = field(default_factory=_nowhere)
    """``(P,)``: places of the flat picture."""
    against: AnyArray = field(default_factory=_nowhere)
    """``(P,)``: the evidence there beyond what was said so far."""
    taken: AnyArray = field(default_factory=_nowhere)
    """``(T,)``: those of the places that it convinces of."""
    labels: AnyArray = field(default_factory=_nowhere)
    """``(T,)``: the modes that it shows there."""
    evidence: AnyArray = field(default_factory=_nowhere)
    """``(T,)``: what speaks for them."""


class Draft:
    """A reduced plate that gets better as one frame after the other is held against it.

    It begins with the modes that were seen in quiet moments (after LaBGen: Laugraud, Piérard and
    Van Droogenbroeck 2017) and that neighbours show together. Then each frame is held against that
    plate: a region that differs is either a thing in front, whose outline has contrast in the
    frame, or the ghost of a thing that the plate took for backdrop, whose outline has contrast in
    the plate. Each region is then taken as a whole from the side that it belongs to. Last, single
    pixels follow their neighbours.
    """

    def __init__(
        self, small: AnyArray, valid: AnyArray, modes: Modes, tolerance: int, asked: Asked
    ) -> None:
        self.small, self._valid, self.modes, self.tolerance = small, valid, modes, tolerance
        # What speaks for a mode by itself: that it was seen in quiet moments, and came back.
        returns = 0.5 * np.log(np.maximum(modes.runs, 1), dtype=np.float32)
        self._standing = returns + 0.4 * np.log(np.maximum(modes.trust, 1e-3))
        self._standing -= _MOVING * modes.carried
        self.chosen = find_concurrent(modes, self._standing, asked)
        self.colour = np.ascontiguousarray(
            np.take_along_axis(modes.colours, self.chosen[None, ..., None], 0)[0]
        )
        self._carried = np.take_along_axis(modes.carried, self.chosen[None], 0)[0]
        self._said = np.zeros(self.chosen.shape, np.float32)
        self.against = np.full(self.chosen.shape, -np.inf, np.float32)
        """The strongest evidence for another reading that was turned down."""
        self.lonely = np.zeros(self.chosen.shape, bool)
        """Pixels that show what was chosen just when their neighbours are covered."""
        self.told = np.zeros(self.chosen.shape, bool)
        """Where the user has said which reading is right."""
        self._turn = self._last_change = 0
        self._changed = np.zeros(self.chosen.shape, np.int32)
        self._heard: dict[int, _Heard] = {}

    @classmethod
    def of(
        cls, small: AnyArray, valid: AnyArray, modes: Modes, tolerance: int, asked: Asked
    ) -> Draft:
        """Choose each pixel's backdrop among its modes; it still has to :meth:`agree`.

        Parameters
        ----------
        small : (N, h, w, 3) uint8 array
            Registered frames with their light evened out.
        valid : (N, h, w) bool array
            Where a frame shows something that may be taken.
        modes : Modes
            Of ``small``.
        tolerance : int
            Grey levels within which two samples show the same thing.
        asked : Asked
            Of ``modes``.
        """
        draft = cls(small, valid, modes, tolerance, asked)
        jurors = evenly(len(small), _JURORS if draft._hangs_on_few() else _FEW_JURORS)
        for _ in range(_ROUNDS):
            draft.against[:] = -np.inf
            if not draft.reconsider(jurors):
                break
        draft._heard.clear()
        return draft

    def copy(self) -> Draft:
        """Give a draft that can be changed without changing this one."""
        other = copy(self)
        other.chosen, other.colour = self.chosen.copy(), self.colour.copy()
        other.told, other._carried = self.told.copy(), self._carried.copy()
        return other

    def _hangs_on_few(self) -> bool:
        """Whether some of the place is drafted after what few frames show.

        There each frame has a say that no other can stand in for. Of what is seen often, any few
        frames, spread over the shot, say the same.
        """
        times = np.take_along_axis(self.modes.counts, self.chosen[None], 0).ravel()
        at = np.flatnonzero(times < _SELDOM * len(self.small))
        if len(at) <= _HARDLY_ANY * times.size:
            return False
        # What the camera has in view for a while only is not hidden for the rest.
        usable = np.sum([valid.ravel().take(at) for valid in self._valid], axis=0)
        seldom = np.count_nonzero(times.take(at) < _SELDOM * usable)
        return bool(seldom > _HARDLY_ANY * times.size)

    def reconsider(self, jurors: Sequence[int]) -> bool:
        """Take the regions in which frames show the place better than the draft, one by one.

        A region is taken or left as a whole, so that nothing is torn. Tells whether any was.
        Asked again, a frame is heard only where the draft has changed since.

        Each is held against what those before it left of the draft. Where nothing has come of a few
        of them, nothing may come of more, and they are held against it at once.
        """
        left, idle, has_changed = deque(jurors), 0, False
        while left:
            some = list(left) if idle >= _IDLE else [left[0]]
            for index, said in zip(some, self._say_all(some), strict=True):
                if said is None:
                    break
                left.popleft()
                idle += 1
                if self._settle(index, said):
                    idle, has_changed = 0, True
                    break
        return has_changed

    def _say_all(self, jurors: Sequence[int]) -> list[_Said | None]:
        """Give what frames say of the draft; None of some after one that changes it."""
        change: list[int] = []

        def say(index: int) -> _Said | None:
            if change:
                return None
            said = self._say(index)
            if len(said.taken):
                change.append(index)
            return said

        return at_once(say, jurors)

    def _say(self, index: int) -> _Said:
        """Hold a frame against the draft, and change nothing."""
        heard = self._heard.get(index)
        if heard is not None and heard.turn > self._last_change:
            return _Said(heard, is_news=False)
        front = ~_same(self.small[index], self.colour, self.tolerance) & self._valid[index]
        asked = front & (self.modes.labels[index] >= 0)
        if heard is not None:
            news = near_news(self._changed >= heard.turn, front)
            asked &= news
            heard = heard.without(news)
        places = np.flatnonzero(asked)
        return self._weigh(index, front, places, heard) if len(places) else _Said(heard)

    def _weigh(self, index: int, front: Mask, places: AnyArray, before: _Heard | None) -> _Said:
        """Weigh what a frame says of the ``places`` that are asked about."""
        area = surroundings(places, front.shape)
        part = area.slices
        cells = self._cells(self.modes.labels[index].ravel().take(places), places)
        lasting = self.modes.counts.ravel().take(cells) >= _LASTING
        places, cells = places.compress(lasting), cells.compress(lasting)
        now = self._cells(self.chosen.ravel().take(places), places)
        gain = self._standing.ravel().take(cells) - self._standing.ravel().take(now)
        picture, colour = self.small[index], self.colour
        lit = is_shade(*(one.reshape(-1, 3).take(places, 0) for one in (picture, colour)))
        # The same thing in another light moves neither more nor less.
        carried = self.modes.carried.ravel().take(cells) - self._carried.ravel().take(places)
        gain += np.where(lit != 0, _MOVING * carried, 0)
        stays = self.modes.counts.ravel().take(cells) >= _STAYED * len(self.small)
        at = inside_of(area, places, front.shape[1])
        regions, count = parted(area, at, gain, lit, stays)
        here = regions.ravel().take(at)
        size = np.maximum(np.bincount(here, minlength=count), 1)
        own = np.bincount(here, gain + _SHADOW * lit, count) / size
        calm = ~front[part] & self._valid[index][part] & (self._carried[part] <= _CARRIED)
        evidence = 2 * ghostliness(picture[part], colour[part], regions, calm, count) + own
        # What was taken stays until something speaks louder: a ragged outline may look odd twice.
        said = np.bincount(here, self._said.ravel().take(places), count) / size
        against = (evidence - said).take(here)
        taken = (evidence > said + _CONVINCED).take(here)
        if not taken.any():
            return _Said(before, at=places, against=against)
        labels = cells.compress(taken) // self.chosen.size
        louder = evidence.take(here.compress(taken))
        return _Said(before, True, places, against, places.compress(taken), labels, louder)

    def _settle(self, index: int, said: _Said) -> bool:
        """Let come of it what a frame says; whether that changes the draft."""
        if not said.is_news:
            assert said.before is not None
            self._hear(index, said.before)
            return False
        self._turn += 1
        self._hear(index, _Heard.of(self._turn, said.at, said.against, said.before))
        self._said.ravel()[said.taken] = said.evidence
        self._take(said.taken, said.labels)
        return len(said.taken) > 0

    def _hear(self, index: int, heard: _Heard) -> None:
        """Remember what a frame says, and keep the loudest of what all say."""
        self._heard[index] = heard
        loudest = self.against.ravel()
        loudest[heard.at] = np.maximum(loudest.take(heard.at), heard.against)

    def _cells(self, labels: AnyArray, at: AnyArray) -> AnyArray:
        """Give the places of some modes in flat ``(MODES, h, w)`` arrays."""
        return np.asarray(labels * np.intp(self.chosen.size) + at)

    def _take(self, at: AnyArray, labels: AnyArray) -> None:
        """Choose other modes at some places of the flat picture."""
        self.chosen.ravel()[at] = labels
        self.colour.reshape(-1, 3)[at] = self.modes.colours.reshape(MODES, -1, 3)[labels, at]
        self._carried.ravel()[at] = self.modes.carried.ravel().take(self._cells(labels, at))
        if len(at):
            self._changed.ravel()[at] = self._last_change = self._turn

    def seen(self, valid: AnyArray) -> tuple[AnyArray, FloatMap]:
        """Tell where each frame shows the draft, and the share of the frames that do."""
        shown = np.empty(valid.shape, np.bool_)

        def see(index: int) -> None:
            same = _same(self.small[index], self.colour, self.tolerance)
            np.logical_and(same, valid[index], out=shown[index])

        at_once(see, range(len(self.small)))
        usable = np.maximum(valid.sum(axis=0, dtype=np.uint16), 1)
        return shown, (shown.sum(axis=0, dtype=np.uint16) / usable).astype(np.float32)

    def agree(self, asked: Asked) -> None:
        """Let single pixels follow their neighbours."""
        self.chosen, changed, self.lonely = agreed(self.modes, self.chosen, asked)
        at = np.flatnonzero(changed)
        self._take(at, self.chosen.ravel()[at])

    def flip(self, point: Point) -> None:
        """Read the region around ``point`` the other way: as the next best that it showed.

        Nothing happens where nothing else was seen.
        """
        x, y = point
        trust = np.where(self.modes.counts[:, y, x] >= _LASTING, self.modes.trust[:, y, x], -1)
        trust[self.chosen[y, x]] = -1
        other = int(np.argmax(trust))
        when = np.flatnonzero(self.modes.labels[:, y, x] == other)
        if trust[other] < 0 or not len(when):
            return
        index = int(when[len(when) // 2])
        label = self.modes.labels[index]
        front = ~_same(self.small[index], self.colour, self.tolerance) & self._valid[index]
        _, regions = cv2.connectedComponents((front & (label >= 0)).view(np.uint8))
        region = (regions == regions[y, x]) & (regions > 0)
        self.told |= region
        at = np.flatnonzero(region)
        self._take(at, label.ravel()[at])
