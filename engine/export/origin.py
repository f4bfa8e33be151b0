"""What a picture was made from, as the file itself says it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from engine.errors import EngineError
from engine.project.manifest import ManifestItem
from engine.recipe import Recipe, candidate_id, from_table, to_short_table
from engine.values import Kind


def product_version() -> str:
    """Give the installed version."""
    try:
        return version("cuttingroom")
    except PackageNotFoundError:
        return "unknown"


def provenance_of(item: ManifestItem, source_name: str) -> dict[str, Any]:
    """Say what a picture is made from.

    Its recipe leaves out what is usual, so that a setting added later changes no picture's bytes.
    """
    return {
        "version": product_version(),
        "id": item.id,
        "kind": str(item.kind),
        "source": item.source,
        "source_name": source_name,
        "scene": item.scene,
        "recipe": to_short_table(item.recipe),
    }


def picture_id(item: ManifestItem) -> str:
    """Name the picture itself: another recipe (a tweak) makes another picture."""
    return candidate_id(item.source, item.recipe)


def is_same_origin(about: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two pictures were made from the same, whatever came of it.

    Recipes are compared by what they mean: earlier versions wrote what is usual, too.
    """
    rest = [{k: v for k, v in a.items() if k not in _OWN} for a in (about, other)]
    return rest[0] == rest[1] and is_same_recipe(
        str(about.get("kind")), about.get("recipe"), other.get("recipe")
    )


def is_same_recipe(kind: str, table: Any, other: Any) -> bool:
    """Tell whether two tables mean the same recipe; a stranger's may mean none."""
    recipe = _recipe(kind, table)
    return recipe is not None and recipe == _recipe(kind, other)


_OWN = frozenset({"recipe", "warnings", "target"})
"""What is compared by its meaning, or came of the making."""


def _recipe(kind: str, table: Any) -> Recipe | None:
    try:
        return from_table(Kind(kind), table)
    except (EngineError, ValueError, TypeError, AttributeError):
        return None
