"""The thread where the engine makes pictures: tweaks, and previews that are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from engine.errors import EngineError
from engine.events import Advanced
from engine.project.candidate import Candidate
from engine.project.project import Project
from engine.recipe import Recipe
from engine.values import Size
from tui.worker import LatestWins

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PAUSE = 0.15
"""Seconds without another change before the engine begins."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that the engine is to make."""

    candidate: Candidate
    recipe: Recipe


@dataclass
class Made(Message):
    """The engine made a picture."""

    wanted: Wanted
    picture: Picture
    size: Size
    """At full resolution."""
    warnings: tuple[str, ...]


@dataclass
class NotMade(Message):
    """The engine could not make it, and says why."""

    wanted: Wanted
    reason: str


@dataclass
class Making(Message):
    """How far the engine is."""

    wanted: Wanted
    words: str

    def can_replace(self, message: Message) -> bool:
        """Let a newer count overtake one still queued."""
        return isinstance(message, Making)


class Renderer:
    """Has the engine make the newest picture that was wanted; a newer wish ends an older one."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        self._folder, self._post = folder, post
        self._project: Project | None = None
        self._worker = LatestWins("renderer", self._work, pause=PAUSE)

    def ask(self, wanted: Wanted) -> None:
        """Want a picture instead of whatever was wanted before."""
        self._worker.ask(wanted)

    def forget(self) -> None:
        """Nobody waits for a picture."""
        self._worker.forget()

    def close(self) -> None:
        """Stop after the step at hand."""
        self._worker.close()

    def _work(self, wanted: Wanted, stale: Callable[[], bool]) -> None:
        try:
            made = self._make(wanted, stale)
        except EngineError as error:
            self._refuse(wanted, str(error), stale)
            return
        except Exception as error:  # a fault of the engine costs a picture, not the room
            self._refuse(wanted, f"{type(error).__name__}: {error}", stale)
            return
        if made is not None and not stale():
            self._post(made)

    def _refuse(self, wanted: Wanted, reason: str, stale: Callable[[], bool]) -> None:
        if not stale():
            self._post(NotMade(wanted, reason))

    def _make(self, wanted: Wanted, stale: Callable[[], bool]) -> Made | None:
        # Slow to import (OpenCV, PyAV): nothing of it is needed before the first tweak.
        from PIL import Image

        from engine.pipeline import full_size_of, preview_of

        if self._project is None:
            # Of this thread, hence not made where the others are.
            self._project = Project(self._folder)
        work = preview_of(self._project, wanted.candidate, wanted.recipe)
        while not stale():
            try:
                event = next(work)
            except StopIteration as stop:
                rendered = stop.value
                picture = Image.fromarray(rendered.image[:, :, ::-1])
                size = full_size_of(wanted.recipe, rendered)
                return Made(wanted, picture, size, rendered.warnings)
            if isinstance(event, Advanced):
                total = f" of {event.total}" if event.total else ""
                self._post(Making(wanted, f"{event.stage} {event.done}{total}"))
        work.close()
        return None
