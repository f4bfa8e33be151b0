from dataclasses import replace
from pathlib import Path

from engine.events import Advanced
from engine.isolation import Isolated
from engine.proposing import Proposing
from engine.scenes import Opened
from engine.values import Kind, Scene, Shot
from tests.engine.project.made import made_scene


def scene_of(number: int, frames: int) -> Scene:
    return replace(made_scene(), number=number, shot=Shot(1000 * number, 1000 * number + frames))


def handed_out(pool: Isolated) -> list[int]:
    return [scene.number for unit in pool._waiting for scene in unit.args[1]]


def test_of_scenes_that_nobody_has_begun_the_longest_goes_first() -> None:
    with Isolated(1) as pool:
        queue = Proposing(pool, Path(), list(Kind), jobs=1, scenes_a_run=1)
        for number, frames in enumerate((50, 20, 400, 100), start=1):
            scene = scene_of(number, frames)
            queue.add(Opened(scene.source, None), scene)
        order = []
        while pool._waiting:
            order += handed_out(pool)
            unit = pool._waiting.popleft()
            queue.done(unit.args[1][0])
            queue.ended(unit)
    assert order == [3, 4, 1, 2]


def test_a_scene_of_which_more_is_known_by_now_is_not_handed_out_twice() -> None:
    with Isolated(1) as pool:
        queue = Proposing(pool, Path(), list(Kind), jobs=1, scenes_a_run=1)
        scene = scene_of(1, 50)
        for told in (scene, replace(scene, overlays=scene.overlays)):
            queue.add(Opened(scene.source, None), told)
        assert handed_out(pool) == [1]
        assert queue.progress().total == 1


def test_a_film_that_was_read_to_a_quarter_is_taken_to_have_four_times_the_scenes() -> None:
    with Isolated(1) as pool:
        queue = Proposing(pool, Path(), list(Kind), jobs=1, scenes_a_run=1)
        for number in (1, 2, 3):
            scene = scene_of(number, 50)
            queue.add(Opened(scene.source, None), scene)
        queue.done(scene_of(1, 50))
        assert queue.progress(0.25) == Advanced("finding candidates", 1, 12, "scenes", about=True)
        assert queue.progress(1.0) == Advanced("finding candidates", 1, 3, "scenes")
        # Two were there when the scan began: they say nothing of what is still to be read.
        assert queue.progress(0.25, 2).total == 2 + 4
        assert queue.progress(0.25, 3).total == 3
