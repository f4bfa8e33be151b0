"""Each pixel's backdrop told from its neighbours': what is behind comes into view together.

Where a crowd covers a place most of the time, the backdrop is not what a pixel shows the most, nor
in quiet moments: there are none. But one figure hides many pixels at once, so that neighbours show
their backdrop in the same frames. A seam between the backdrop and a coat was seen in those few
frames only in which the coat ended just there. The choice of modes with the cheapest seams is found
on a coarse grid by passing messages between neighbours (min-sum; Felzenszwalb and Huttenlocher
2006). The outline of what stands still is no seam in this sense, so it is left to other evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.products.at_once import at_once
from engine.products.frame_stack import evenly
from engine.products.modes import MODES, Modes
from engine.products.neighbours import Asked
from engine.values import AnyArray, FloatMap

_STRIDE = 3  # pixels between those of the coarse grid
_JURORS = 64  # frames that are asked, spread over the shot: a bit each
_SURE = 0.93  # share of the frames from which on nothing else comes into question
_SEAM = 4.0  # what a seam costs at most that was never seen
_SHARPER = 1.5  # power that makes half-seen seams cheaper
_OWN = 0.5  # weight of what speaks for a mode by itself
_MOST = 50.0  # cost of what is out of the question
_ROUNDS = 60  # of messages: as many coarse pixels far a say reaches
_DAMPING = 0.5  # of the messages, so that they settle
_FEW = 0.5  # frames that count as support against a mode that hardly any juror shows
_LASTING = 2
_REACH = 9  # side of the neighbourhood in which togetherness is measured, pixels


def find_concurrent(modes: Modes, standing: AnyArray, asked: Asked) -> AnyArray:
    """Choose the modes that neighbouring pixels show together.

    Parameters
    ----------
    modes : Modes
    standing : (MODES, h, w) float array
        What speaks for each mode by itself, natural logarithms.
    asked : Asked
        Of ``modes``.

    Returns
    -------
    (h, w) int array
        The mode of each pixel; the best by itself where all neighbours are sure.
    """
    height, width = modes.labels.shape[1:]
    alone = np.where(modes.counts >= _LASTING, standing, -np.inf)
    best: AnyArray = np.argmax(alone, axis=0)
    if min(height, width) < 4 * _STRIDE:
        return best
    first = _STRIDE // 2
    grid = np.s_[..., first::_STRIDE, first::_STRIDE]
    jurors = evenly(len(modes.labels), _JURORS)
    labels = modes.labels[jurors][grid]
    size = labels.shape[1:]
    field = _Field.of(labels, modes.counts[grid], standing[grid])
    if not len(field.one):
        return best
    coarse = field.settled().reshape(size).astype(np.int8)

    def shows(juror: int) -> AnyArray:
        like = (modes.labels[juror][grid] == coarse).view(np.uint8) * np.uint8(255)
        near = cv2.blur(like, (3, 3))
        return np.asarray(cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR))

    support = asked.support(shows) - _FEW / np.maximum(asked.counts, 1)
    best.ravel()[asked.at] = np.where(asked.lasting, support, -np.inf).argmax(axis=0)
    return best


def measure_together(shown: AnyArray) -> FloatMap:
    """Tell how far each pixel is seen in the same frames as the pixels around it.

    Parameters
    ----------
    shown : (N, h, w) bool array
        Where each frame shows the backdrop.

    Returns
    -------
    (h, w) float32 array
        0 to 1: frames in which both are seen against frames in which either is (Jaccard 1912).
    """
    count, height, width = shown.shape
    jurors = range(0, count, -(-count // _JURORS))

    def looked(part: range) -> AnyArray:
        sums = np.zeros((3, height, width), np.float32)
        for juror in part:
            seen = shown[juror].view(np.uint8)
            near = cv2.blur(seen * np.uint8(255), (_REACH, _REACH))
            cv2.accumulate(near, sums[0], seen)
            cv2.accumulate(seen, sums[1])
            cv2.accumulate(near, sums[2])
        return sums

    middle = len(jurors) // 2
    one, other = at_once(looked, (jurors[:middle], jurors[middle:]))
    both, own, around = one + other
    either = np.maximum(255 * own + around - both, 1)
    return np.asarray(both / either, np.float32)


@dataclass(frozen=True, slots=True)
class _Field:
    """The coarse pixels, what each mode costs there, and what seams between neighbours cost."""

    cost: AnyArray
    """``(MODES, P)``."""
    one: AnyArray
    """``(E,)``: pixels, each beside ``other``."""
    other: AnyArray
    seam: AnyArray
    """``(MODES, MODES, E)``: of a mode of ``one`` beside a mode of ``other``."""

    @classmethod
    def of(cls, labels: AnyArray, counts: AnyArray, standing: AnyArray) -> _Field:
        jurors, height, width = labels.shape
        labels = labels.reshape(jurors, -1)
        bits = _frames_showing(labels)
        shows = np.bitwise_count(bits).astype(np.uint16)
        sure = shows.max(axis=0) >= _SURE * np.maximum(shows.sum(axis=0), 1)
        own = np.where(counts >= _LASTING, standing, -np.inf).reshape(MODES, -1)
        own = own - np.maximum(own.max(axis=0), -_MOST)
        cost = np.minimum(-_OWN * own, _MOST)
        cost[:, sure] = _MOST
        cost[shows.argmax(axis=0)[sure], np.flatnonzero(sure)] = 0
        number = np.arange(height * width).reshape(height, width)
        one = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
        other = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
        open_ = ~(sure[one] & sure[other])
        one, other = one[open_], other[open_]
        together = _together(bits, one, other)
        least = np.minimum(shows[:, one][:, None], shows[:, other][None])
        seam = _cost_of_seams().take(least * np.uint16(_JURORS + 1) + together)
        return cls(cost.astype(np.float32), one, other, seam)

    def settled(self) -> AnyArray:
        """Give each pixel's mode once the messages have settled, ``(P,)``."""
        # Modes first: what runs over the pairs then runs over memory in order.
        to_other, to_one = (np.zeros((MODES, len(self.one)), np.float32) for _ in range(2))
        for _ in range(_ROUNDS):
            belief = self._belief(to_one, to_other)
            leaving = belief.take(self.one, axis=1) - to_one
            arriving = belief.take(self.other, axis=1) - to_other
            new_to_other = _damped(to_other, (leaving[:, None] + self.seam).min(axis=0))
            new_to_one = _damped(to_one, (arriving[None] + self.seam).min(axis=1))
            # What did not change in one round changes in none after it.
            is_settled = (new_to_other == to_other).all() and (new_to_one == to_one).all()
            to_other, to_one = new_to_other, new_to_one
            if is_settled:
                break
        return np.asarray(self._belief(to_one, to_other).argmin(axis=0))

    def _belief(self, to_one: AnyArray, to_other: AnyArray) -> AnyArray:
        """Add up what each pixel and its neighbours say against each mode, ``(MODES, P)``."""
        belief, count = self.cost.copy(), self.cost.shape[1]
        for mode in range(MODES):
            belief[mode] += np.bincount(self.other, to_other[mode], count)
            belief[mode] += np.bincount(self.one, to_one[mode], count)
        return belief


def _damped(message: AnyArray, new: AnyArray) -> AnyArray:
    """Bring a message, ``(MODES, E)``, half of the way to a new one, which is lost."""
    new -= new.min(axis=0)
    new *= 1 - _DAMPING
    new += _DAMPING * message
    return new


def _frames_showing(labels: AnyArray) -> AnyArray:
    """Set a bit for each juror that shows a mode, ``(MODES, P)`` uint64."""
    # Pixel by pixel: along the jurors, bits lie too far apart.
    of_each = np.ascontiguousarray(labels.T)
    bits = np.zeros((MODES, len(of_each), _JURORS // 8), np.uint8)
    for mode in range(MODES):
        packed = np.packbits(of_each == mode, axis=1)
        bits[mode, :, : packed.shape[1]] = packed
    return bits.view(np.uint64)[..., 0]


def _cost_of_seams() -> AnyArray:
    """Give what a seam costs by how often the rarer mode is shown, and both together, flat."""
    least, together = np.ogrid[: _JURORS + 1, : _JURORS + 1]
    apart = np.maximum(1 - together / np.maximum(least + _FEW, 1), 0)
    return np.asarray((_SEAM * apart**_SHARPER).ravel(), np.float32)


def _together(bits: AnyArray, one: AnyArray, other: AnyArray) -> AnyArray:
    """Count the frames in which neighbours show each pair of modes, ``(MODES, MODES, E)``."""
    here, there = bits[:, one], bits[:, other]
    return np.stack([np.bitwise_count(bit & there) for bit in here])
