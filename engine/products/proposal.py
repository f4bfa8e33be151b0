"""What a product module gives back for a scene: candidates in the making, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.recipe import Recipe
from engine.values import Kind, Size

if TYPE_CHECKING:
    from engine.products.followed import Followed
    from engine.values import FloatMap, Image


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recipe worth showing to a person."""

    recipe: Recipe
    size: Size
    """Of the picture at full resolution."""
    score: float
    """0 to 1, comparable within one kind."""
    reason: str
    """One word: what it is for ("face", "pan_right", "static", "companion"…)."""
    why: tuple[str, ...] = ()
    """Score parts and findings, each a short phrase for a person."""
    warnings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Proposed caption tags ("no humans", "close-up"…)."""
    preview: Image | None = None
    """Reduced picture if one was made on the way; the pipeline makes the others."""
    parent: Recipe | None = None
    """What it belongs with: a companion's plate, a crop's base."""
    like: Recipe | None = None
    """The better one that it looks like: it stays reachable, folded under that one."""
    confidence: FloatMap | None = None
    """How sure each pixel of the preview is, 0 to 1; None where every pixel is copied."""
    followed: Followed | None = None
    """What was found out about a panorama's camera move, for its tweaks."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing of this kind can be made here; a normal outcome, not an error."""

    kind: Kind
    reason: str
    """In words that a user can act on."""
