"""What a person decides on, and what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from engine.errors import RecipeError
from engine.events import Failed
from engine.recipe import Recipe, from_table
from engine.text import plain
from engine.values import Kind, Size, State


@dataclass(frozen=True)
class Candidate:
    """A proposed picture with the newest decision on it; its recipe is parsed when asked for."""

    id: str
    kind: Kind
    source_id: str
    """Empty for a report, which speaks of the whole project."""
    scene: int
    """Number of the scene in its source, from 1; 0 for a report."""
    frames: tuple[int, int]
    """Frames ``[start, stop)`` of the source that the proposal reads; (0, 0) for a report."""
    proposed_json: str
    """The recipe as the engine proposed it; what the id names."""
    proposed_size: Size
    score: float
    """0 to 1, comparable within one kind."""
    reason: str
    """One word: "face", "pan_right", "companion"…"""
    why_json: str
    """A JSON list of short phrases: score parts and findings."""
    warnings_json: str
    """A JSON list of phrases."""
    proposed_tags_json: str
    """A JSON list of caption tags."""
    parent: str
    """Id of the candidate it belongs with, or empty."""
    preview: str
    """Path of its reduced picture under the project folder, or empty."""
    state: State = State.PENDING
    tweak_json: str = ""
    """The recipe that a person changed it to, or empty."""
    tweak_size: Size = (0, 0)
    edited_tags_json: str = ""
    """Tags that a person gave it instead, or empty."""
    caption: str = ""
    """What a person wrote of it, one line; or empty."""
    who: str = ""
    """Who decided last, or empty."""
    decided_at: float = 0.0
    """Unix time of the newest decision; 0 when there is none."""
    source_name: str = ""
    """File or folder name of its source, as found; make it harmless before showing it."""
    like: str = ""
    """Id of the better one that it looks like, or empty."""
    alike: int = 0
    """How many are folded under this one because they look like it."""
    rating: int = 0
    """1 to 5, given by a person; 0 for none."""
    flag: bool = False
    """Marked by a person, to come back to it."""
    outdated: bool = False
    """Found in what its source held before that changed and was scanned again."""
    file: str = ""
    """Name of the file that the first frame of the proposal is, harmless; empty for a film's."""

    @property
    def folded(self) -> bool:
        """Whether it is kept out of sight, and out of rules, under a better one.

        What a person has decided on or changed stands for itself.
        """
        return bool(self.like) and self.state is State.PENDING and not self.tweak_json

    @cached_property
    def proposed(self) -> Recipe:
        """The recipe that the engine proposed."""
        return self._read_proposed()

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that counts: the person's, else the engine's."""
        return self._read_tweak() if self.tweak_json else self.proposed

    def check_recipes(self) -> None:
        """Read its recipes without keeping them: a project may have tens of thousands.

        Raises
        ------
        RecipeError
            Another version, or a hand, wrote what this one cannot read; names the way out.
        """
        self._read_proposed()
        if self.tweak_json:
            self._read_tweak()

    def _read_proposed(self) -> Recipe:
        return self._read(self.proposed_json, "reject it, or update cuttingroom")

    def _read_tweak(self) -> Recipe:
        return self._read(self.tweak_json, "reset it to what was proposed, or update cuttingroom")

    def _read(self, text: str, way_out: str) -> Recipe:
        try:
            return from_table(self.kind, json.loads(text))
        except (RecipeError, ValueError, RecursionError) as error:
            why = plain(str(error))
            raise RecipeError(
                f"{plain(self.id)}: its recipe cannot be read ({why}); {way_out}"
            ) from None

    @property
    def tweaked(self) -> bool:
        """Whether a person changed the recipe."""
        return bool(self.tweak_json)

    @property
    def size(self) -> Size:
        """``(width, height)`` at full resolution, of the recipe that counts."""
        return self.tweak_size if self.tweak_json else self.proposed_size

    @cached_property
    def why(self) -> tuple[str, ...]:
        """Score parts and findings, each a short phrase."""
        return tuple(cast("list[str]", json.loads(self.why_json)))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know before approving."""
        return tuple(cast("list[str]", json.loads(self.warnings_json)))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Caption tags: the person's, else the engine's proposals."""
        text = self.edited_tags_json or self.proposed_tags_json
        return tuple(cast("list[str]", json.loads(text)))


def sort_out(candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[Failed]]:
    """Part those whose recipes can be read from the others, and say of each of those why not.

    Rejecting one is a way out: nothing more is said of it then.
    """
    readable, refused = [], []
    for candidate in candidates:
        try:
            candidate.check_recipes()
        except RecipeError as error:
            if candidate.state is not State.REJECTED:
                refused.append(Failed(candidate.id, str(error)))
        else:
            readable.append(candidate)
    return readable, refused


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a person said of one candidate; a decision replaces it as a whole."""

    state: State = State.PENDING
    tweak: Recipe | None = None
    tweak_size: Size = (0, 0)
    """Size of the picture that the tweak makes; (0, 0) without one."""
    tags: tuple[str, ...] | None = None
    """None keeps the engine's proposals."""
    caption: str = ""
    """A sentence or a paragraph as one line; empty for none."""
    rating: int = 0
    """1 to 5; 0 for none."""
    flag: bool = False


def standing_of(candidate: Candidate) -> Standing:
    """Give what has been said of a candidate so far, to change a part of it.

    A tweak that cannot be read is none: what is said next takes it away, and undo brings it back.
    """
    tweak = None
    with suppress(RecipeError):
        tweak = candidate.recipe if candidate.tweaked else None
    return Standing(
        candidate.state,
        tweak,
        candidate.tweak_size if tweak else (0, 0),
        candidate.tags if candidate.edited_tags_json else None,
        candidate.caption,
        candidate.rating,
        candidate.flag,
    )
