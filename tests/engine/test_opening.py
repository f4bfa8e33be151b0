"""Sources are opened before a scan begins with them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children
from pathlib import Path

import pytest

from engine.events import Noted
from engine.isolation import Isolated
from engine.opening import begin_opening, hear_opened
from engine.pipeline import scan
from tests.synthetic import texture, write_video


def film(path: Path, seed: int = 1) -> Path:
    return write_video(path, [texture(64, 96, seed)] * 4)


@pytest.mark.parametrize("entirely", [False, True])
def test_sources_come_in_the_order_they_were_named_in_and_once(
    tmp_path: Path, entirely: bool
) -> None:
    named = [film(tmp_path / "b.mp4", 1), film(tmp_path / "a.mp4", 2), tmp_path / "b again.mp4"]
    named[2].write_bytes(named[0].read_bytes())
    broken = tmp_path / "c.mp4"
    broken.write_bytes(b"no film")
    events = []
    with Isolated(2) as pool:
        begin_opening([broken, *named], pool)
        work = hear_opened([broken, *named], pool, entirely=entirely)
        try:
            while True:
                events.append(next(work))
        except StopIteration as end:
            opened, failed = end.value
    assert [one.source.name for one in opened] == ["b.mp4", "a.mp4"]
    assert [failure.what for failure in failed] == ["c.mp4"]
    assert Noted("b again.mp4 is a source that was named already") in events
    if entirely:
        assert None not in [one.known.left_sited for one in opened if one.known is not None]


def test_no_more_sources_are_opened_at_once_than_there_are_cores_however_large_the_cluster(
    tmp_path: Path,
) -> None:
    cores = os.cpu_count() or 1
    films = [film(tmp_path / f"{seed}.mp4", seed) for seed in range(cores + 2)]
    with ThreadPoolExecutor(1) as executor:
        work = scan(films, tmp_path / "p.cuttingroom", jobs=cores + 2, executor=executor)
        next(work)
        assert len(active_children()) <= cores
        work.close()
