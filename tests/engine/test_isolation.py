import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import EngineError, SourceError
from engine.isolation import (
    Broken,
    Done,
    Isolated,
    Unit,
    keep_within_bounds,
    run_alone,
    tell,
    use_free_cores,
)
from engine.submission import Submitted
from engine.values import AnyArray


def count_to(number: int) -> Iterator[int]:
    for i in range(number):
        tell(f"told {i}")
        yield i


class DiesWhenRead:
    """Kills whoever unpickles it."""

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return signal.raise_signal, (signal.SIGKILL,)


def die(_: str) -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), signal.SIGSEGV)
    yield 2


def refuse(name: str) -> Iterator[int]:
    if name:
        raise SourceError(f"{name} is empty; delete it")
    yield 0


def bug() -> Iterator[int]:
    yield {"a": 1}["x"]


def solve() -> Iterator[tuple[int, str | None]]:
    rng = np.random.default_rng(0)
    np.linalg.solve(rng.random((300, 300)), rng.random(300))
    yield len(list(Path("/proc/self/task").iterdir())), os.environ.get("OPENBLAS_NUM_THREADS")


def hoard(number: int) -> Iterator[int]:
    held = []
    for i in range(number):
        held.append(np.zeros(1 << 26, np.uint8))
        yield i


left_behind: list[AnyArray] = []


def leave_much() -> Iterator[int]:
    left_behind.append(np.zeros(1 << 27, np.uint8))
    yield len(left_behind)


def work_on_scenes() -> Iterator[int]:
    """Free the 500 MB that a scene took, and tell how many are held then."""
    for _ in range(3):
        frames = [np.ones(1 << 23, np.uint8) for _ in range(60)]
        still_wanted = np.ones(1 << 16, np.uint8)  # so that it is no end of the heap
        del frames
        keep_within_bounds()
        yield held_in_memory()
        del still_wanted


def held_in_memory() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20  # MB


def sleep_and_mark(path: Path) -> Iterator[int]:
    yield 0
    time.sleep(60)
    path.touch()


def wait_for(path: Path) -> Iterator[int]:
    limit = time.monotonic() + 60
    while not path.exists() and time.monotonic() < limit:
        time.sleep(0.01)
    yield from ()


def mark(path: Path) -> Iterator[int]:
    path.touch()
    yield from ()


def tell_who() -> Iterator[int]:
    yield os.getpid()


def count_threads(others_end: Path) -> Iterator[int]:
    yield cv2.getNumThreads()
    yield from wait_for(others_end)
    use_free_cores()
    yield cv2.getNumThreads()


def test_messages_arrive_in_order_and_then_the_end() -> None:
    with Isolated(2) as pool:
        pool.add(Unit("a", count_to, (2,)))
        messages = [message for _, message in pool]
    assert messages == ["told 0", 0, "told 1", 1, Done()]


def test_a_crash_costs_one_unit_and_the_others_go_on() -> None:
    with Isolated(2) as pool:
        for unit in (Unit("bad", die, ("x",)), Unit("good", count_to, (1,))):
            pool.add(unit)
        ends = {u.name: m for u, m in pool if isinstance(m, Done | Broken)}
    assert ends["good"] == Done()
    assert ends["bad"] == Broken("its reader crashed (SIGSEGV)", expected=False)


def test_a_child_solves_equations_in_one_thread_and_the_parent_keeps_its_settings() -> None:
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    assert list(run_alone("equations", solve)) == [(1, "1")]
    assert os.environ.get("OPENBLAS_NUM_THREADS") == before


def test_a_unit_that_ends_well_leaves_its_child_to_the_next() -> None:
    with Isolated(1) as pool:
        for _ in range(3):
            pool.add(Unit("who", tell_who, ()))
        children = [message for _, message in pool if message != Done()]
    assert len(children) == 3
    assert len(set(children)) == 1


def test_after_a_fault_the_next_unit_has_a_child_of_its_own() -> None:
    with Isolated(1) as pool:
        for work in (tell_who, bug, tell_who):
            pool.add(Unit("who", work, ()))
        before, after = (message for _, message in pool if isinstance(message, int))
    assert before != after


def test_a_child_that_dies_while_it_waits_is_replaced() -> None:
    with Isolated(1) as pool:
        pool.add(Unit("before", tell_who, ()))
        (before,) = (message for _, message in pool if isinstance(message, int))
        (child,) = (c.process for c in pool._children.values())
        child.kill()
        child.join()
        pool.add(Unit("after", tell_who, ()))
        messages = [message for _, message in pool]
    assert messages[0] != before
    assert messages[1:] == [Done()]


def test_a_unit_whose_child_dies_before_it_begins_is_given_to_another() -> None:
    with Isolated(1) as pool:
        pool.add(Unit("one", count_to, (1,)))
        assert [message for _, message in pool][-1] == Done()
        (child,) = (c.process for c in pool._children.values())
        assert child.pid is not None
        os.kill(child.pid, signal.SIGSTOP)  # it is given the unit, and cannot begin
        unit = Unit("two", count_to, (2,))
        pool.add(unit)
        pool.begin()
        child.kill()
        assert [message for _, message in pool] == ["told 0", 0, "told 1", 1, Done()]


def test_a_unit_that_no_child_survives_to_begin_is_not_given_for_ever() -> None:
    with Isolated(1) as pool:
        pool.add(Unit("one", count_to, (DiesWhenRead(),)))
        ((_, message),) = list(pool)
    assert isinstance(message, Broken)
    assert "crashed" in message.reason


def test_a_child_is_replaced_before_much_piles_up_in_it() -> None:
    with Isolated(1) as pool:
        for _ in range(40):
            pool.add(Unit("who", tell_who, ()))
        children = [message for _, message in pool if message != Done()]
    assert 1 < len(set(children)) < 20


def test_what_units_leave_in_memory_breaks_none_after_them() -> None:
    with Isolated(1, memory=1 << 30) as pool:
        for _ in range(11):
            pool.add(Unit("much", leave_much, ()))
        ends = [message for _, message in pool if not isinstance(message, int)]
    assert ends == [Done()] * 11


def test_what_one_scene_leaves_free_does_not_add_up_to_what_the_next_takes() -> None:
    with Isolated(1) as pool:
        pool.add(Unit("scenes", work_on_scenes, ()))
        held = [message for _, message in pool if message != Done()]
    assert len(held) == 3
    assert max(held) < 300


def test_only_what_nobody_has_begun_is_taken_back() -> None:
    with Isolated(1) as pool:
        begun, waiting = (Unit(name, count_to, (1,)) for name in ("begun", "waiting"))
        pool.add(begun)
        pool.begin()
        pool.add(waiting)
        assert [pool.withdraw(unit) for unit in (begun, waiting, waiting)] == [False, True, False]
        assert {unit.name for unit, _ in pool} == {"begun"}


def test_what_a_user_can_put_right_keeps_its_words() -> None:
    with pytest.raises(EngineError, match=r"^a\.mkv is empty; delete it$"):
        list(run_alone("a.mkv", refuse, "a.mkv"))


def test_a_unit_that_wants_all_memory_is_refused_it() -> None:
    with Isolated(1, memory=1 << 30) as pool:
        pool.add(Unit("greedy", hoard, (40,)))
        messages = [message for _, message in pool]
    assert messages[-1] == Broken("not enough memory", expected=False)
    assert 0 < len(messages) < 40


def test_an_executor_gives_the_messages_that_children_give() -> None:
    units = [Unit("good", count_to, (2,)), Unit("bad", refuse, ("a.mkv",)), Unit("bug", bug, ())]
    with ThreadPoolExecutor(1) as executor, Submitted(executor) as pool:
        for unit in units:
            pool.add(unit)
        heard = [(unit.name, message) for unit, message in pool]
    assert sorted(heard, key=repr) == sorted(
        [
            ("good", 0),
            ("good", 1),
            ("good", Done()),
            ("bad", Broken("a.mkv is empty; delete it", expected=True)),
            ("bug", Broken("internal error (KeyError: 'x')", expected=False)),
        ],
        key=repr,
    )


def test_an_executor_that_is_shut_down_ends_the_work_in_words() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with Submitted(executor) as pool, pytest.raises(EngineError, match="the cluster has gone"):
        pool.add(Unit("a", count_to, (1,)))


def test_leaving_early_stops_what_runs(tmp_path: Path) -> None:
    with Isolated(1) as pool:
        pool.add(Unit("slow", sleep_and_mark, (tmp_path / "late",)))
        next(iter(pool))
        (child,) = (c.process for c in pool._children.values())
    assert not child.is_alive()
    assert not (tmp_path / "late").exists()


def test_units_work_before_anybody_listens(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with Isolated(1) as pool:
        pool.add(Unit("mark", mark, (begun,)))
        pool.begin()
        list(wait_for(begun))
        assert begun.exists()
        assert [message for _, message in pool] == [Done()]


def test_units_added_on_the_way_are_done_too() -> None:
    with Isolated(1) as pool:
        pool.add(Unit("first", count_to, (1,)))
        names = []
        for unit, message in pool:
            if isinstance(message, Done):
                names.append(unit.name)
                if len(names) == 1:
                    pool.add(Unit("second", count_to, (1,)))
    assert names == ["first", "second"]


def test_of_units_that_go_first_the_longest_begins_first() -> None:
    with Isolated(1) as pool:
        pool.add(Unit("whenever", count_to, (0,)))
        for name, seconds in (("short", 1.0), ("long", 3.0), ("middling", 2.0), ("short too", 1.0)):
            pool.add(Unit(name, count_to, (0,), seconds), first=True)
        names = [unit.name for unit, message in pool if message == Done()]
    assert names == ["long", "middling", "short too", "short", "whenever"]


def test_a_child_takes_the_cores_that_others_leave(tmp_path: Path) -> None:
    cores, counted, others_end = os.cpu_count() or 1, tmp_path / "counted", tmp_path / "end"
    threads = []
    with Isolated(2) as pool:
        pool.add(Unit("long", count_threads, (others_end,)))
        pool.add(Unit("short", wait_for, (counted,)))
        for unit, message in pool:
            if isinstance(message, int):
                threads.append(message)
                counted.touch()
            elif unit.name == "short":
                others_end.touch()
    assert threads == [max(1, cores // 2), cores]
