"""A scan on a real Dask cluster of processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.cluster import cluster_at
from engine.errors import EngineError
from engine.events import Finished, result_of
from engine.pipeline import scan
from engine.project.project import Project
from engine.values import Image, Kind
from tests.synthetic import texture, write_video

distributed = pytest.importorskip("distributed")

KINDS = [Kind.KEEPER]
SCENES = 6


def film() -> Iterator[Image]:
    for number in range(SCENES):
        still = texture(180, 320, number)
        yield from (still for _ in range(16))


def found_in(folder: Path) -> tuple[list[tuple[int, int, int]], list[tuple[str, float]]]:
    with Project(folder) as project:
        scenes = [(s.number, s.shot.start, s.shot.stop) for s in project.catalogue.scenes()]
        candidates = [(c.id, c.score) for c in project.catalogue.candidates()]
        assert all(project.preview_path(c) for c in project.catalogue.candidates() if c.scene)
    return scenes, candidates


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore")  # what Dask says of its own libraries
def test_no_scene_is_lost_or_doubled_when_a_worker_is_killed_in_mid_scan(
    address: str, tmp_path: Path
) -> None:
    source = write_video(tmp_path / "film.mp4", film())
    result_of(scan([source], tmp_path / "here", kinds=KINDS, jobs=2))
    with cluster_at(address) as (executor, threads):
        assert threads == 2
        work = scan([source], tmp_path / "there", kinds=KINDS, jobs=threads, executor=executor)
        for event in work:
            if isinstance(event, Finished):
                break
        with distributed.Client(address, set_as_default=False) as looking:
            workers = sorted(looking.run(os.getpid).values())
        os.kill(workers[0], signal.SIGKILL)
        for _ in work:
            pass
    assert len(found_in(tmp_path / "here")[0]) == SCENES
    assert found_in(tmp_path / "there") == found_in(tmp_path / "here")


def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    no_answer = pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9")
    with no_answer, cluster_at("tcp://127.0.0.1:9", patience=0.5):
        pass
