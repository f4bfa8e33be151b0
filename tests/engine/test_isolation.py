import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import EngineError, SourceError
from engine.isolation import Broken, Done, Isolated, Unit, run_alone, tell


def count_to(number: int) -> Iterator[int]:
    for i in range(number):
        tell(f"told {i}")
        yield i


def die(_: str) -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), signal.SIGSEGV)
    yield 2


def refuse(name: str) -> Iterator[int]:
    if name:
        raise SourceError(f"{name} is empty; delete it")
    yield 0


def sleep_and_mark(path: Path) -> Iterator[int]:
    yield 0
    time.sleep(60)
    path.touch()


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


def test_what_a_user_can_put_right_keeps_its_words() -> None:
    with pytest.raises(EngineError, match=r"^a\.mkv is empty; delete it$"):
        list(run_alone("a.mkv", refuse, "a.mkv"))


def test_leaving_early_stops_what_runs(tmp_path: Path) -> None:
    with Isolated(1) as pool:
        pool.add(Unit("slow", sleep_and_mark, (tmp_path / "late",)))
        next(iter(pool))
        (child,) = (c.process for c in pool._children.values())
    assert not child.is_alive()
    assert not (tmp_path / "late").exists()


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
