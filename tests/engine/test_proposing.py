from dataclasses import replace
from pathlib import Path

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
