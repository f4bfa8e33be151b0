"""Units of work on any executor, which may have its processes on other machines."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from typing import Any, Self

from engine.errors import EngineError
from engine.isolation import Broken, Done, Unit, broken_by
from engine.text import plain


class Submitted:
    """Runs units on an executor, wherever that does its work.

    Else it is as :class:`~engine.isolation.Isolated`. The messages of a unit arrive together, when
    it has ended.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._running: dict[Future[list[Any]], Unit] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for future in self._running:
            future.cancel()

    def add(self, unit: Unit, *, first: bool = False) -> None:
        """Hand a unit over; the executor has an order of its own, whatever ``first`` says.

        Raises
        ------
        EngineError
            When the executor takes no more.
        """
        try:
            future = self._executor.submit(answers, unit)
        except Exception as error:
            raise _gone(error) from error
        self._running[future] = unit

    def withdraw(self, _: Unit) -> bool:
        """Take nothing back: who knows what the executor has begun."""
        return False

    def __iter__(self) -> Iterator[tuple[Unit, Any]]:
        while self._running:
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                unit = self._running.pop(future)
                for message in _result_of(future):
                    yield unit, message


def answers(unit: Unit) -> list[Any]:
    """Do a unit here, and give all of its messages, the last being its end."""
    messages: list[Any] = []
    try:
        messages.extend(unit.work(*unit.args))
        messages.append(Done())
    except Exception as error:
        messages.append(broken_by(error))
    return messages


def _result_of(future: Future[list[Any]]) -> list[Any]:
    try:
        return future.result()
    except CancelledError as error:
        raise _gone(error) from error
    except Exception as error:  # the worker died of it, as often as the executor tries
        return [Broken(plain(f"{type(error).__name__}: {error}"), expected=False)]


def _gone(error: BaseException) -> EngineError:
    text = plain(f"{type(error).__name__}: {error}")
    return EngineError(f"the cluster has gone ({text}); scan again to go on where it stopped")
