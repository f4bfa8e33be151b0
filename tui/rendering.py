"""The thread where the engine makes pictures: tweaks, raw frames, full sizes, missing previews."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from engine.errors import EngineError, RenderError
from engine.events import Advanced, Work
from engine.project.candidate import Candidate
from engine.project.project import Project
from engine.recipe import Recipe, candidate_id
from engine.values import Kind, PlateAdvice, Rendered, Size
from tui.worker import LatestWins

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PAUSE = 0.15
"""Seconds without another change before the engine begins."""


MEASURED = (Kind.PANORAMA, Kind.PLATE, Kind.LAYER)
"""Kinds whose score tells of the picture alone."""


class How(StrEnum):
    """What is made of a recipe."""

    PREVIEW = "preview"
    FULL = "full size"
    SURE = "confidence"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that the engine is to make."""

    candidate: Candidate
    recipe: Recipe
    how: How = How.PREVIEW

    @property
    def token(self) -> str:
        """Name of the picture: the same for everything that makes the same one."""
        identity = candidate_id(self.candidate.source_id, self.recipe)
        return identity if self.how is How.PREVIEW else f"{identity} {self.how}"


@dataclass
class Made(Message):
    """The engine made a picture."""

    wanted: Wanted
    picture: Picture
    size: Size
    """At full resolution."""
    warnings: tuple[str, ...]
    advice: PlateAdvice | None = None
    places: tuple[tuple[int, float, float], ...] = ()
    """Frame, and where its top left corner lies, in pixels of the full picture."""
    score: float | None = None
    """Of what is made of many frames; other kinds are ranked among their likes, not measured."""


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
        self._worker = LatestWins("renderer", self._work, pause=PAUSE, at_end=self._leave)

    def ask(self, wanted: Wanted) -> None:
        """Want a picture instead of whatever was wanted before."""
        self._worker.ask(wanted)

    def forget(self) -> None:
        """Nobody waits for a picture."""
        self._worker.forget()

    def close(self) -> None:
        """Stop after the step at hand."""
        self._worker.close()

    def _leave(self) -> None:
        if self._project is not None:
            self._project.close()

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

        from engine.redraw import full_size_of

        if self._project is None:
            # Of this thread, hence not made where the others are.
            self._project = Project(self._folder)
        work = _work_of(self._project, wanted)
        while not stale():
            try:
                event = next(work)
            except StopIteration as stop:
                rendered = stop.value
                picture = Image.fromarray(rendered.image[:, :, ::-1])
                if wanted.how is How.SURE:
                    picture = _doubts(picture, rendered)
                size = full_size_of(wanted.recipe, rendered)
                score = rendered.score if wanted.recipe.kind in MEASURED else None
                return Made(
                    wanted, picture, size, rendered.warnings, rendered.advice,
                    _places(rendered), score,
                )  # fmt: skip
            if isinstance(event, Advanced):
                total = f" of {event.total}" if event.total else ""
                self._post(Making(wanted, f"{event.stage} {event.done}{total}"))
        work.close()
        return None


def _places(rendered: Rendered) -> tuple[tuple[int, float, float], ...]:
    scale = rendered.scale
    return tuple((frame, x / scale, y / scale) for frame, x, y in rendered.frames_used)


def _work_of(project: Project, wanted: Wanted) -> Work[Rendered]:
    if wanted.how is not How.FULL:
        from engine.redraw import preview_of

        return (yield from preview_of(project, wanted.candidate, wanted.recipe))
    from engine.products.render import render
    from engine.redraw import source_of

    with source_of(project, wanted.candidate.source_id) as footage:
        return (yield from render(footage, wanted.recipe))


def _doubts(picture: Picture, rendered: Rendered) -> Picture:
    """Lay orange over what is not sure, on the picture in grey.

    Raises
    ------
    RenderError
        Every pixel is copied from a frame: there is nothing to doubt.
    """
    from PIL import Image

    if rendered.confidence is None:
        raise RenderError("every pixel is copied from a frame; there is nothing to doubt")
    doubt = Image.fromarray(((1 - rendered.confidence.clip(0, 1)) * 255).astype("uint8"))
    grey = picture.convert("L").convert("RGB")
    orange = Image.new("RGB", picture.size, "#f08a24")
    return Image.composite(orange, grey, doubt.resize(picture.size).point(lambda v: v * 7 // 8))
