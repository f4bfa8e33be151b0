"""Working ahead: a producer in a thread of its own, with a short queue to its reader."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")

_PATIENCE = 0.05
"""Seconds between two looks at whether anybody still listens."""


class _End:
    """The producer is done, well or with an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Producer(Generic[Item]):
    """Runs an iterator in a thread until it ends or nobody wants more."""

    def __init__(self, items: Iterator[Item], depth: int) -> None:
        self.queue: Queue[Item | _End] = Queue(depth)
        self._items = items
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="footage", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it: the file it reads is about to close."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self.queue.get_nowait()
            except Empty:
                self._thread.join(_PATIENCE)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except BaseException as raised:  # carried over to the reader, who raises it
            error = raised
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
        self._put(_End(error))

    def _put(self, item: Item | _End) -> bool:
        while not self._stopped.is_set():
            try:
                self.queue.put(item, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False


def ahead(items: Iterator[Item], depth: int) -> Generator[Item]:
    """Yield what ``items`` yields, which runs up to ``depth`` items ahead in a thread."""
    producer = _Producer(items, depth)
    try:
        while not isinstance(item := producer.queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        producer.stop()
