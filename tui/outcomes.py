"""What each target's trainer makes of a picture, as far as the room shows it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from engine.buckets.assign import assign
from engine.buckets.presets import TARGETS
from engine.errors import EngineError
from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe
from engine.values import Bucket, Kind, Size


def recipes_of(candidates: Iterable[Candidate]) -> dict[str, ReportRecipe]:
    """Give the settings of each target: the project's report candidates, else the presets."""
    recipes = dict(TARGETS)
    for candidate in candidates:
        if candidate.kind is Kind.REPORT and isinstance(candidate.recipe, ReportRecipe):
            recipes[candidate.recipe.target] = candidate.recipe
    return recipes


@lru_cache(maxsize=4096)
def outcome(recipe: ReportRecipe, size: Size) -> Bucket | str:
    """Say what a trainer does with a picture, or why nothing can be said."""
    try:
        return assign(recipe, *size)
    except EngineError as error:
        return str(error)
