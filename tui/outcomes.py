"""What each target's trainer makes of a picture, as far as the room shows it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache

from textual.message import Message

from engine.buckets.presets import TARGETS
from engine.errors import EngineError
from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe
from engine.values import Bucket, Kind, Size

_known = threading.Event()


class Known(Message):
    """What trainers do can be said from now on."""


def known() -> bool:
    """Whether :func:`outcome` answers at once; its first answer needs NumPy, which takes long."""
    return _known.is_set()


def get_to_know(post: Callable[[Message], object]) -> None:
    """Import what outcomes need, in a thread, and post :class:`Known`; at once if that is quick."""
    if "numpy" in sys.modules:
        _import(post)
    else:
        threading.Thread(target=_import, args=(post,), name="outcomes", daemon=True).start()


def _import(post: Callable[[Message], object]) -> None:
    import engine.buckets.assign  # noqa: F401

    if not _known.is_set():
        _known.set()
        post(Known())


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
    from engine.buckets.assign import assign

    try:
        return assign(recipe, *size)
    except EngineError as error:
        return str(error)
