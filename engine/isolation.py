"""Units of work in child processes of their own: a decoder that crashes or hangs costs one unit.

A unit is a function that yields messages (any picklable values) and its arguments. Children are
forked from a clean server that has the heavy libraries loaded, so a unit starts in milliseconds.
One that ends well leaves its child to the next.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from ctypes import c_int
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Self

from engine.errors import EngineError
from engine.heap import give_back_memory, keep_what_is_freed
from engine.text import plain

SILENCE_LIMIT = 1800.0
"""Seconds without a message after which a unit counts as hung."""

_SHARE_OF_MEMORY = 0.75
"""Of the machine's memory, what all children together may hold."""

_ALWAYS_ALLOWED = 4 << 30
"""Bytes that one child may hold where the machine has them, however many run: a panorama or a
picture of a hundred megapixels takes as much."""

_MOST_UNITS = 12
"""Units that one child works on before it is replaced: what they leave in memory, it keeps."""

_LEFT_BEHIND = 0.5
"""Share of the memory a child may ask for that units may leave asked for in it before that."""

_KEPT_AT_MOST = 256 << 20
"""Bytes of memory that a child may hold between scenes and between units, to work on the next one
in: what was given back is cleared and mapped anew page by page. Of what is beyond that, it gives
back all that is free, and a scene takes as much again; where that is not enough after a unit, it is
replaced: a long film is to take no more than a short one."""

_context = multiprocessing.get_context("forkserver")
_LOADED = ("engine.pipeline", "engine.redraw", "engine.export.making")
"""What units are made of."""
_LOADED_LATE = ("numpy.ma", "numpy.fft", "numpy.random")
"""Parts of NumPy that load when they are first used."""

# Whatever a child has to load is paid for once a unit.
_context.set_forkserver_preload([*_LOADED, *_LOADED_LATE])

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Our systems of equations are small: threads spin longer than they solve, and what comes of them
would depend on how many cores there are."""

_parent: Connection | None = None
"""In a child: where its messages go."""

_cores: c_int | None = None
"""In a child: how many cores it may use, told anew whenever another unit begins or ends."""


@dataclass(frozen=True, eq=False)
class Unit:
    """One piece of work for a child process; another one like it is another."""

    name: str
    """What it works on, for messages."""
    work: Callable[..., Iterable[Any]]
    """A function of a module's top level that yields picklable messages."""
    args: tuple[Any, ...]
    seconds: float = 0.0
    """How long it takes, at a guess: of those that go first, what takes longest begins first."""


@dataclass(frozen=True)
class Done:
    """The unit has come to its end."""


@dataclass(frozen=True)
class Broken:
    """The unit failed; its earlier messages stand."""

    reason: str
    """One line for a person."""
    expected: bool
    """False when the process crashed, hung or met a fault of ours."""


@dataclass(frozen=True)
class _Taken:
    """A child has begun with the unit that it was given."""


@dataclass
class _Child:
    process: ForkServerProcess
    unit: Unit | None = None
    """What it works on; None while it waits for more."""
    begun: int = 0
    """Units that it was given."""
    has_taken: bool = False
    """It has begun with the last of them."""
    heard: float = 0.0
    """When it last said something, or was given a unit."""


class Isolated:
    """Runs units, ``jobs`` at a time, in the order they were added.

    A child has the cores to itself that no other one takes: see :func:`use_free_cores`.

    Iterating gives ``(unit, message)`` as messages arrive, each unit's last one being
    :class:`Done` or :class:`Broken`. Units may be added while iterating. Leaving the context
    stops whatever still runs. A unit that wants more than ``memory`` bytes breaks.
    """

    def __init__(self, jobs: int, memory: int = 0) -> None:
        self._jobs = max(1, jobs)
        self._memory = memory or memory_ceiling(self._jobs)
        self._waiting: deque[Unit] = deque()
        self._children: dict[Connection, _Child] = {}
        self._cores = _context.RawValue(c_int, 1)
        self._given_again: set[Unit] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for connection in list(self._children):
            self._stop(connection)

    def add(self, unit: Unit, *, first: bool = False) -> None:
        """Queue a unit, at the end or before all that wait and take no longer."""
        place = len(self._waiting)
        if first:
            longer = (other.seconds > unit.seconds for other in self._waiting)
            place = next((i for i, is_longer in enumerate(longer) if not is_longer), place)
        self._waiting.insert(place, unit)
        self._share_out()

    def withdraw(self, unit: Unit) -> bool:
        """Take back a unit that nobody has begun; whether there was time for that."""
        if unit not in self._waiting:
            return False
        self._waiting.remove(unit)
        return True

    def begin(self) -> None:
        """Start what waits while there is room: what they say is heard when somebody iterates."""
        while self._waiting and self._busy < self._jobs:
            self._start(self._waiting.popleft())

    def __iter__(self) -> Iterator[tuple[Unit, Any]]:
        polled = time.monotonic()
        while self._waiting or self._busy:
            if time.monotonic() - polled > 60:  # it was us who slept: a suspended terminal
                for child in self._children.values():
                    child.heard = time.monotonic()
            polled = time.monotonic()
            self.begin()
            for connection in wait(list(self._children), timeout=5.0):
                yield from self._hear(connection)  # type: ignore[arg-type]
            yield from self._hung()

    @property
    def _busy(self) -> int:
        """How many children work on something."""
        return sum(child.unit is not None for child in self._children.values())

    def _start(self, unit: Unit) -> None:
        for connection, child in list(self._children.items()):
            if child.unit is None and self._give(connection, child, unit):
                return
        ours, theirs = _context.Pipe()
        args = (theirs, self._cores, self._memory)
        process = _context.Process(target=_run, args=args, daemon=True)
        warm_up()
        process.start()
        theirs.close()
        self._children[ours] = _Child(process)
        self._give(ours, self._children[ours], unit)

    def _give(self, connection: Connection, child: _Child, unit: Unit) -> bool:
        """Let a child work on a unit; if it has died while it waited, take it away instead."""
        try:
            connection.send((unit.work, unit.args))
        except OSError:
            if child.begun:
                self._stop(connection)
                return False
            # It dies before it does anything: that is told as what breaks the unit.
        child.unit, child.begun, child.heard = unit, child.begun + 1, time.monotonic()
        child.has_taken = False
        self._share_out()
        return True

    def _share_out(self) -> None:
        """Tell the children how many cores each may use."""
        busy = min(self._jobs, self._busy + len(self._waiting))
        self._cores.value = max(1, (os.cpu_count() or 1) // max(1, busy))

    def _hear(self, connection: Connection) -> Iterator[tuple[Unit, Any]]:
        child = self._children[connection]
        unit, child.heard = child.unit, time.monotonic()
        try:
            message = connection.recv()
        except (EOFError, OSError):
            child.process.join(5)
            if unit is not None and not child.has_taken and unit not in self._given_again:
                # It died of something else before it began: that costs the unit nothing.
                self._given_again.add(unit)
                self._stop(connection)
                self._waiting.appendleft(unit)
                return
            code = child.process.exitcode
            message = Broken(_crash(code), expected=False)
        except Exception as error:  # a message that does not unpickle is the child's fault
            message = Broken(f"its answer cannot be read ({error})", expected=False)
        if isinstance(message, _Taken):
            child.has_taken = True
            return
        has_ended = isinstance(message, Done)
        if isinstance(message, Broken) or (has_ended and self._is_used_up(child)):
            self._stop(connection)
        elif has_ended:
            child.unit = None
            self._share_out()
        if unit is not None:
            yield unit, message

    def _is_used_up(self, child: _Child) -> bool:
        """Whether the next unit is better done by another child."""
        asked, taken = _memory_of(child.process.pid)
        left = asked > _LEFT_BEHIND * self._memory or taken > _KEPT_AT_MOST
        return left or child.begun >= _MOST_UNITS

    def _hung(self) -> Iterator[tuple[Unit, Any]]:
        now = time.monotonic()
        for connection, child in list(self._children.items()):
            if child.unit is not None and now - child.heard > SILENCE_LIMIT:
                self._stop(connection)
                reason = f"it did not answer for {SILENCE_LIMIT:.0f} seconds and was stopped"
                yield child.unit, Broken(reason, expected=False)

    def _stop(self, connection: Connection) -> None:
        child = self._children.pop(connection)
        connection.close()
        if child.process.is_alive():
            child.process.join(0.2)
        if child.process.is_alive():
            child.process.terminate()
            child.process.join(2)
        if child.process.is_alive():
            child.process.kill()
            child.process.join()
        self._share_out()


def run_alone(name: str, work: Callable[..., Iterable[Any]], *args: Any) -> Iterator[Any]:
    """Run one unit and give its messages; raise what broke it.

    Raises
    ------
    EngineError
        With the child's own message, or saying that it crashed.
    """
    with Isolated(1) as pool:
        yield from run_in(pool, name, work, *args)


def run_in(
    pool: Isolated, name: str, work: Callable[..., Iterable[Any]], *args: Any
) -> Iterator[Any]:
    """Run one unit as :func:`run_alone` does, in the child that the one before it has left."""
    pool.add(Unit(name, work, args))
    for _, message in pool:
        if isinstance(message, Broken):
            shown = message.reason if message.expected else f"{plain(name)}: {message.reason}"
            raise EngineError(shown)
        if not isinstance(message, Done):
            yield message


def warm_up() -> None:
    """Start the server that children are forked from; it loads libraries while we go on."""
    # Ctrl-C reaches the whole group; the server, which takes what is blocked here from us, would
    # die of it in the middle of loading, with a traceback.
    resource_tracker.ensure_running()  # before: it unblocks the signal when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _environment(_ONE_THREAD):
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Give what is started meanwhile some settings, and take them back."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def tell(message: Any) -> None:
    """Send a message from deep inside a unit, where nothing can be yielded; else do nothing."""
    if _parent is not None:
        _parent.send(message)


def use_free_cores() -> None:
    """In a child, let OpenCV use the cores that no other unit takes by now; else do nothing."""
    if _cores is not None:
        import cv2

        cv2.setNumThreads(_cores.value)


def keep_within_bounds() -> None:
    """In a child, between two pieces of its work, give back memory beyond what it may keep.

    Else do nothing. What several scenes leave free piece by piece adds up within one unit, too.
    """
    if _parent is not None and _memory_of(os.getpid())[1] > _KEPT_AT_MOST:
        give_back_memory()


def memory_ceiling(jobs: int) -> int:
    """Give the bytes that each of ``jobs`` children may hold: a hostile file must not take all."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no such limit, or it says "max"
        whole = min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    ours = _SHARE_OF_MEMORY * whole
    return int(max(ours / jobs, min(ours, _ALWAYS_ALLOWED)))


def _memory_of(process: int | None) -> tuple[int, int]:
    """Give the bytes a child has asked for, as its limit counts them, and those it really takes.

    Zeros where nobody tells.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = [int(word) for word in Path(f"/proc/{process}/statm").read_text().split()]
        page = os.sysconf("SC_PAGE_SIZE")
        return page * pages[5], page * (pages[1] - pages[2])
    return 0, 0


def _run(connection: Connection, cores: c_int, memory: int) -> None:
    """Work on units in a child, one after the other, until nobody gives any more."""
    # The parent answers Ctrl-C, by stopping us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_what_is_freed()
    global _parent, _cores
    _parent, _cores = connection, cores
    # What is written to, not what is mapped: threads and libraries map far more than they use.
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = memory if most == resource.RLIM_INFINITY else min(memory, most)
    with contextlib.suppress(OSError, ValueError):  # not everywhere can it be set
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
    # Until the parent has gone or lost interest.
    with connection, contextlib.suppress(EOFError, OSError):
        while _is_done(connection, *connection.recv()):
            pass


def _is_done(
    connection: Connection, work: Callable[..., Iterable[Any]], args: tuple[Any, ...]
) -> bool:
    """Work on one unit in a child; whether it came to its end, and left nothing broken behind."""
    # More threads than cores would only wait for one another.
    use_free_cores()
    try:
        connection.send(_Taken())
        for message in work(*args):
            connection.send(message)
        keep_within_bounds()
        connection.send(Done())
    except BrokenPipeError:
        return False
    except BaseException as error:
        connection.send(broken_by(error))
        return False
    return True


def broken_by(error: BaseException) -> Broken:
    """Say what broke a unit: in its own words, or that it is a fault of ours."""
    import cv2

    match error:
        case EngineError():
            return Broken(str(error), expected=True)
        case OSError():
            text = f"{error.filename or 'a file'}: {error.strerror or error}"
            return Broken(plain(text), expected=True)
        case MemoryError():
            return Broken("not enough memory", expected=False)
        case cv2.error() if getattr(error, "code", 0) == cv2.Error.StsNoMem:
            return Broken("not enough memory", expected=False)
    if os.environ.get("CUTTINGROOM_DEBUG"):
        traceback.print_exception(error)
    return Broken(f"internal error ({plain(f'{type(error).__name__}: {error}')})", expected=False)


def _crash(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"its reader crashed ({signal.Signals(-code).name})"
    return f"its reader stopped without a word (exit code {code})"
