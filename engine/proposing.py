"""Scenes that wait for their candidates, and who is at work on which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.discovery import guess_seconds, propose_scenes
from engine.events import Advanced
from engine.isolation import Isolated, Unit
from engine.scenes import Opened
from engine.submission import Submitted
from engine.values import Kind, Scene

Key = tuple[str, int, int, int]
"""What tells a scene from others: its source, its number and its frames."""


def key_of(scene: Scene) -> Key:
    """Tell a scene from others, whatever more is found out about it."""
    return scene.source.id, scene.number, scene.shot.start, scene.shot.stop


class Proposing:
    """Scenes that wait for their candidates, handed out in runs."""

    def __init__(
        self,
        pool: Isolated | Submitted,
        folder: Path,
        kinds: Sequence[Kind],
        *,
        jobs: int,
        scenes_a_run: int,
    ) -> None:
        """Have ``jobs`` units at a time done by ``pool``, each of ``scenes_a_run`` at most."""
        self._pool, self._folder, self._kinds = pool, folder, tuple(kinds)
        self._jobs, self._scenes_a_run = jobs, scenes_a_run
        self._waiting: dict[str, list[Scene]] = {}
        self._opened: dict[str, Opened] = {}
        self._at_work: dict[Unit, list[Scene]] = {}
        self._finished, self._known = 0, 0

    def add(self, opened: Opened, scene: Scene) -> None:
        """Queue a scene, and start on it if there is somebody to spare."""
        self._opened[opened.source.id] = opened
        self._take_back()
        waiting = self._waiting.setdefault(opened.source.id, [])
        others = [other for other in waiting if key_of(other) != key_of(scene)]
        self._known += 1 + len(others) - len(waiting)
        waiting[:] = [*others, scene]
        self._start()

    def done(self, scene: Scene) -> None:
        """Note that a scene has its candidates."""
        self._finished += 1
        for scenes in self._at_work.values():
            scenes[:] = [s for s in scenes if key_of(s) != key_of(scene)]

    def ended(self, unit: Unit) -> None:
        """Note that a unit has ended, and start the next."""
        self._at_work.pop(unit, None)
        self._start()

    def broke(self, unit: Unit) -> int:
        """Give the number of the scene that broke its unit; queue those that came after it."""
        culprit, *rest = self._at_work.pop(unit) or unit.args[1][-1:]
        self._finished += 1
        self._waiting.setdefault(culprit.source.id, [])[:0] = rest
        self._start()
        return culprit.number

    def progress(self, read: float = 1.0, known_before: int = 0) -> Advanced:
        """Say how many scenes are done, and of how many.

        While only the share ``read`` of what is to be analysed has been, the rest is taken to have
        as many scenes as were found in that: all but those ``known_before``, which none of it is
        the source of.
        """
        found = max(0, self._known - known_before)
        total = self._known - found + (max(found, round(found / read)) if read > 0 else found)
        return Advanced("finding candidates", self._finished, total, "scenes", about=read < 1)

    def _take_back(self) -> None:
        """Take back what nobody has begun: of those that wait by now, others may take longer."""
        for unit in [unit for unit in self._at_work if self._pool.withdraw(unit)]:
            scenes = self._at_work.pop(unit)
            self._waiting[scenes[0].source.id][:0] = scenes

    def _start(self) -> None:
        for source_id, scenes in self._waiting.items():
            while scenes and len(self._at_work) < self._jobs:
                run = self._taken(scenes)
                args = (self._opened[source_id], run, self._folder, self._kinds)
                seconds = sum(map(guess_seconds, run))
                unit = Unit(run[0].source.name, propose_scenes, args, seconds)
                self._at_work[unit] = list(run)
                # Before the next source, so that the room has something to show early.
                self._pool.add(unit, first=True)

    def _taken(self, scenes: list[Scene]) -> list[Scene]:
        """Take those of a unit: some in a row; of few the longest, which must not end alone."""
        count = min(self._scenes_a_run, len(scenes) // (2 * self._jobs))
        if count > 1:
            run, scenes[:count] = scenes[:count], []
            return run
        return [scenes.pop(max(range(len(scenes)), key=lambda place: guess_seconds(scenes[place])))]
