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

SMALLEST, LARGEST = 8_192, 65_536
"""Bytes that may be on their way, on a slow link and on one that is fast or not known yet."""

SLOW = 3_000_000
"""Bytes a second below which a picture takes more than a blink."""

TELLING = 1_500
"""Bytes from which the time that they took says something."""

SHORTEST_GAP = 0.002
"""Seconds; answers closer than this come from a link that is fast enough."""

MOST_GIVEN_UP = 8
"""Questions after which a terminal that never answered is asked no more."""

LEAST_PATIENCE, MOST_PATIENCE = 0.06, 2.0
"""Seconds to wait for an answer before going on without it."""


class Link:
    """Sends slices no faster than they are taken; the newest picture displaces an older one."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._clock = write, clock
        self._slices: deque[str] = deque()
        self._sent: deque[tuple[float, int]] = deque()
        """When a question was asked, and the bytes before it."""
        self._done: Callable[[], None] | None = None
        self._abort = ""
        self._begun = False
        self._shortest = float("inf")
        self._answers = True
        self._heard = False
        self._given_up = 0
        """The oldest questions, whose answers are no longer waited for but may yet come."""
        self._answered_at = 0.0
        self._rates: deque[float] = deque(maxlen=8)

    @property
    def rate(self) -> float:
        """Bytes a second; 0 while it is not known, as on a link that was never busy.

        The better half of the last few measurements: a busy machine makes a link look slower,
        and now and then, when answers wait for it together, faster.
        """
        rates = sorted(self._rates)
        return rates[len(rates) // 2] if rates else 0.0

    def expect_no_answers(self) -> None:
        """Send without asking: there is nobody to answer."""
        self._answers = False

    @property
    def is_slow(self) -> bool:
        """Whether a picture ought to be small."""
        return 0 < self.rate < SLOW

    @property
    def window(self) -> int:
        """Bytes that may be on their way."""
        if not self.rate:
            return LARGEST
        return max(SMALLEST, min(LARGEST, round(self.rate * (self._shortest + MOMENT))))

    @property
    def on_the_way(self) -> int:
        """Bytes that the terminal has not taken yet."""
        return sum(size for _, size in islice(self._sent, self._given_up, None))

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
        self._pump()

    def drop(self) -> None:
        """Send nothing more of the picture at hand."""
        if self._slices and self._begun and self._abort:
            self._write(self._abort)
        self._slices.clear()
        self._done, self._abort, self._begun = None, "", False

    def ask(self, size: int = 0) -> None:
        """Find out how long ``size`` bytes of text, written since the last question, take."""
        if self._answers:
            self._write(QUESTION)
            self._note(size)

    def answered(self, at: float) -> None:
        """Take in the terminal's answer, which came ``at`` that time, to the oldest question."""
        self._heard = True
        if not self._sent:
            return
        asked, size = self._sent.popleft()
        self._given_up = max(0, self._given_up - 1)
        self._shortest = min(self._shortest, at - asked)
        if size >= TELLING and asked < self._answered_at:
            # It stood in the queue behind what was answered last: the time between the two
            # answers is what the link needs for it, however far the terminal is.
            gap = at - self._answered_at
            # Answers that come together after a silence say nothing of the link's speed.
            if gap > SHORTEST_GAP or at - asked < 2 * self._shortest + SHORTEST_GAP:
                self._rates.append(size / max(gap, SHORTEST_GAP))
        self._answered_at = at
        self._pump()

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
        return min(MOST_PATIENCE, max(LEAST_PATIENCE, 3 * expected))

    def _pump(self) -> None:
        while self._slices and self._may_send(len(self._slices[0])):
            piece = self._slices.popleft()
            self._begun = True
            self._write(piece + QUESTION if self._answers else piece)
            if self._answers:
                self._note(len(piece))
        if not self._slices and self._done is not None:
            done, self._done = self._done, None
            done()

    def _may_send(self, size: int) -> bool:
        # Two at least, or there would be nothing to measure by.
        return len(self._sent) - self._given_up < 2 or self.on_the_way + size <= self.window

    def _note(self, size: int) -> None:
        self._sent.append((self._clock(), size))
