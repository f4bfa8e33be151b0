"""Working ahead: a producer in a thread of its own, with a short queue to its reader."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _End:
    """The producer is done, well or with an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Producer(Generic[Item]):
    """Runs an iterator in a thread until it ends or nobody wants more."""

    def __init__(self, items: Iterator[Item], depth: int) -> None:
        # Two of these hand over in two thirds of the time of one that has a limit of its own.
        self.queue: SimpleQueue[Item | _End] = SimpleQueue()
        self.places: SimpleQueue[None] = SimpleQueue()
        """One for each item that may be made; whoever takes an item gives one back."""
        for _ in range(depth):
            self.places.put(None)
        self._items = items
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="footage", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it: the file it reads is about to close."""
        self._stopped.set()
        self.places.put(None)
        self._thread.join()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                self.places.get()
                if self._stopped.is_set():
                    break
                self.queue.put(item)
        except BaseException as raised:  # carried over to the reader, who raises it
            error = raised
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
        self.queue.put(_End(error))


def ahead(items: Iterator[Item], depth: int) -> Generator[Item]:
    """Yield what ``items`` yields, which runs up to ``depth`` items ahead in a thread."""
    producer = _Producer(items, depth)
    try:
        while not isinstance(item := producer.queue.get(), _End):
            producer.places.put(None)
            yield item
        if item.error is not None:
            raise item.error
    finally:
        producer.stop()
