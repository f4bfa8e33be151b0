"""How fast the terminal takes what we send, so that a picture never stands before a key.

Text and graphics share one queue to the terminal. Over a slow link a whole picture in it would
hold up the echo of the next key, so graphics go in slices, each followed by a question that every
terminal answers (where is the cursor?). The answers tell how long the queue is; no more is put
into it than the link carries in a moment, and what is no longer wanted is never sent.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

QUESTION = "\x1b[6n"

MOMENT = 0.02
"""Seconds of the link that graphics may occupy at a time: a key waits no longer than this."""

SMALLEST, LARGEST = 6_144, 65_536
"""Bytes that may be on their way, on a link that is slow or not known yet and on a fast one."""

SLOW = 3_000_000
"""Bytes a second below which a picture takes more than a blink."""

BLINK = 0.2
"""Seconds that a slow link ought to need for a picture."""

LEAST_PICTURE = 12_000
"""Bytes below which nothing can be seen in a picture."""

TELLING, TELLING_TIME = 1_500, 0.01
"""Bytes, and seconds that they took, from which on they say something of a link's speed."""

TELLING_AT_ONCE = 16_384
"""Bytes that say something though they took no time worth the name."""

SHORTEST_GAP = 0.002
"""Seconds; what takes less may have taken none."""

MOST_GIVEN_UP = 8
"""Questions after which a terminal that never answered is asked no more."""

LEAST_PATIENCE, MOST_PATIENCE = 0.06, 2.0
"""Seconds to wait for an answer before going on without it."""


class Link:
    """Sends slices no faster than they are taken; the newest picture displaces an older one."""

    def __init__(
        self,
        write: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        rate: float = 0.0,
    ) -> None:
        self._write, self._clock = write, clock
        self._slices: deque[str] = deque()
        self._unasked = 0
        """Bytes written since the last question."""
        self._sent: deque[tuple[float, int, bool]] = deque()
        """When a question was asked, the bytes before it, and whether they went just then."""
        self._done: Callable[[], None] | None = None
        self._abort = ""
        self._begun = False
        self._shortest = float("inf")
        self._answers = True
        self._heard = False
        self._given_up = 0
        """The oldest questions, whose answers are no longer waited for but may yet come."""
        self._answered_at = 0.0
        self._carried, self._took = 0, 0.0
        """Bytes that the link has taken since it was last measured, and the seconds it needed."""
        self._rates: deque[float] = deque([rate] if rate else [], maxlen=8)

    @property
    def rate(self) -> float:
        """Bytes a second; 0 while it is not known, as on a link that was never busy.

        The better half of the last few measurements: a busy machine makes a link look slower.
        """
        rates = sorted(self._rates)
        return rates[len(rates) // 2] if rates else 0.0

    def expect_no_answers(self) -> None:
        """Send without asking: there is nobody to answer."""
        self._answers = False

    @property
    def is_sending(self) -> bool:
        """Whether some of a picture is still to be sent."""
        return bool(self._slices)

    @property
    def is_slow(self) -> bool:
        """Whether a picture ought to be small."""
        return 0 < self.rate < SLOW

    @property
    def window(self) -> int:
        """Bytes that may be on their way."""
        if not self.rate or not self._heard:
            return SMALLEST
        return max(SMALLEST, min(LARGEST, round(self.rate * (self._shortest + MOMENT))))

    @property
    def most(self) -> int:
        """Bytes that a picture should take; 0 for any."""
        return max(LEAST_PICTURE, round(self.rate * BLINK)) if self.is_slow else 0

    @property
    def on_the_way(self) -> int:
        """Bytes that the terminal has not taken yet."""
        return sum(size for _, size, _ in islice(self._sent, self._given_up, None))

    def seconds_for(self, size: int) -> float:
        """Say how long the link is busy with ``size`` bytes; 0 while nothing is known."""
        return size / self.rate if self.rate else 0.0

    def send(
        self, slices: Sequence[str], *, done: Callable[[], None] | None = None, abort: str = ""
    ) -> None:
        """Send ``slices`` in place of what is still to be sent, then call ``done``.

        ``abort`` is written if they are displaced half-way.
        """
        self.drop()
        self._slices.extend(slices)
        self._done, self._abort = done, abort
        self._begun = False
        self.look_after()
        if not self.on_the_way:
            # How far the terminal is, in time, tells what takes nothing to carry.
            self.ask()
        self._pump()

    def drop(self) -> None:
        """Send nothing more of the picture at hand."""
        if self._slices and self._begun and self._abort:
            self._write(self._abort)
        self._slices.clear()
        self._done, self._abort, self._begun = None, "", False

    def wrote(self, size: int) -> None:
        """Take note of bytes that went to the terminal, graphics and text alike."""
        self._unasked += size

    def ask(self) -> None:
        """Find out when what was written so far has arrived."""
        if self._answers:
            self._write(QUESTION)
            self._note(at_once=False)

    def answered(self, at: float) -> None:
        """Take in the terminal's answer, which came ``at`` that time, to the oldest question."""
        self._heard = True
        if not self._sent:
            return
        asked, size, at_once = self._sent.popleft()
        self._given_up = max(0, self._given_up - 1)
        self._shortest = min(self._shortest, at - asked)
        # Until it could be there, or while another stood before it, the link did not carry it.
        began = max(asked + self._shortest, self._answered_at)
        if at_once:
            self._measure(size, max(0.0, at - began))
        self._answered_at = at
        self._pump()

    def _measure(self, size: int, took: float) -> None:
        """Add up what the link carried, and for how long, until that says something.

        Answers wait for a busy machine and then come together, the first of them too late and
        the others too early; so no single one says anything.
        """
        self._carried += size
        self._took += took
        enough = self._carried >= TELLING and self._took >= TELLING_TIME
        if enough or self._carried >= TELLING_AT_ONCE:
            self._rates.append(self._carried / max(self._took, SHORTEST_GAP))
            self._carried, self._took = 0, 0.0

    def look_after(self) -> None:
        """Go on without answers that do not come."""
        before, now = self._given_up, self._clock()
        while (
            self._given_up < len(self._sent)
            and now - self._sent[self._given_up][0] > self._patience
        ):
            self._given_up += 1
        self._answers = self._answers and (self._heard or self._given_up < MOST_GIVEN_UP)
        if self._given_up > before:
            self._pump()

    @property
    def _patience(self) -> float:
        """Seconds in which an answer ought to be here, even from behind all that is queued."""
        if not self._heard:
            return MOST_PATIENCE
        expected = self._shortest + self.seconds_for(self.on_the_way)
        return min(MOST_PATIENCE, max(LEAST_PATIENCE, 2 * expected))

    def _pump(self) -> None:
        while self._slices and self._may_send(len(self._slices[0])):
            piece = self._slices.popleft()
            self._begun = True
            self._write(piece + QUESTION if self._answers else piece)
            if self._answers:
                self._note(at_once=True)
        if not self._slices and self._done is not None:
            done, self._done = self._done, None
            done()

    def _may_send(self, size: int) -> bool:
        # Two at least, or there would be nothing to measure by.
        return len(self._sent) - self._given_up < 2 or self.on_the_way + size <= self.window

    def _note(self, *, at_once: bool) -> None:
        self._sent.append((self._clock(), self._unasked, at_once))
        self._unasked = 0
