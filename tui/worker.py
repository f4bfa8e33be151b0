"""Threads that keep up with a person: only the newest request counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Request = TypeVar("Request")


class LatestWins(Generic[Request]):
    """Runs ``work`` on the newest request in a thread of its own; older ones are dropped.

    ``work`` gets the request and a function that says whether a newer one has come; it should
    ask between its steps and return early. The thread ends with the process; when it is closed
    before, it calls ``at_end``, which may put away what ``work`` has opened in it.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Request, Callable[[], bool]], None],
        *,
        pause: float,
        at_end: Callable[[], None] | None = None,
    ) -> None:
        self._work = work
        self._at_end = at_end
        self.pause = pause
        """Seconds without a new request before work begins."""
        self.rest = 5 * pause
        """Seconds without work after which a request is not made to wait."""
        self._request: Request | None = None
        self._asked_at = 0.0
        self._idle_since = 0.0
        self._number = 0
        self._closed = False
        self._ready = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Have ``request`` done instead of whatever was asked before."""
        with self._ready:
            self._request = request
            self._asked_at = time.monotonic()
            self._number += 1
            self._ready.notify()

    def forget(self) -> None:
        """Drop what was asked, also if it is being done."""
        with self._ready:
            self._request = None
            self._number += 1

    @property
    def newest(self) -> Request | None:
        """What was asked for and is not begun yet."""
        return self._request

    def close(self) -> None:
        """Stop after the step at hand; wait for it only a moment."""
        with self._ready:
            self._closed = True
            self._number += 1
            self._ready.notify()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._closed or self._request is not None)
                if not self._closed:
                    self._debounce()
                if self._closed:
                    break
                request, number = self._request, self._number
                self._request = None
            if request is not None:
                self._work(request, lambda number=number: self._number != number)  # type: ignore[misc]
                self._idle_since = time.monotonic()
        if self._at_end is not None:
            self._at_end()

    def _debounce(self) -> None:
        """Wait until no request came for a moment; a lone one after a rest goes at once."""
        if self._asked_at - self._idle_since > self.rest:
            return
        while not self._closed:
            rest = self._asked_at + self.pause - time.monotonic()
            if rest <= 0 or not self._ready.wait(rest):
                return
