"""The thread that finds what stands before a plate where a person points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from engine.errors import EngineError
from engine.project.candidate import Candidate
from engine.project.project import Project
from engine.recipe import PlateRecipe, Point
from engine.values import Box
from tui.worker import LatestWins


@dataclass(frozen=True, slots=True)
class Pointed:
    """A place of a frame."""

    candidate: Candidate
    recipe: PlateRecipe
    frame: int
    point: Point


@dataclass
class Fitted(Message):
    """What stands there, or why that is not known."""

    pointed: Pointed
    box: Box | None
    trouble: str = ""


class Fitter:
    """Looks for the newest place that was pointed at."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        self._folder, self._post = folder, post
        self._project: Project | None = None
        self._worker = LatestWins("fitter", self._work, pause=0.0, at_end=self._leave)

    def ask(self, pointed: Pointed) -> None:
        """Want to know what stands at a place."""
        self._worker.ask(pointed)

    def close(self) -> None:
        """Stop after the step at hand."""
        self._worker.close()

    def _leave(self) -> None:
        if self._project is not None:
            self._project.close()

    def _work(self, pointed: Pointed, stale: Callable[[], bool]) -> None:
        try:
            box, trouble = self._find(pointed, stale), ""
        except EngineError as error:
            box, trouble = None, str(error)
        except Exception as error:  # a fault of the engine costs a fit, not the room
            box, trouble = None, f"{type(error).__name__}: {error}"
        if not stale():
            self._post(Fitted(pointed, box, trouble))

    def _find(self, pointed: Pointed, stale: Callable[[], bool]) -> Box | None:
        # Slow to import, as in the renderer.
        from engine.redraw import what_stands_at

        if self._project is None:
            # Of this thread, hence not made where the others are.
            self._project = Project(self._folder)
        work = what_stands_at(
            self._project, pointed.candidate, pointed.recipe, pointed.frame, pointed.point
        )
        while not stale():
            try:
                next(work)
            except StopIteration as stop:
                box: Box | None = stop.value
                return box
        work.close()
        return None
