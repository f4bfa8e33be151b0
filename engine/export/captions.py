"""Captions: a template filled with what is known of a picture; one line, never empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath

from engine.errors import RecipeError
from engine.project.manifest import ManifestItem
from engine.recipe import CropRecipe, frames_of
from engine.text import plain
from engine.values import Kind

TEMPLATE = "{trigger}, {tags}"
LONGEST = 20_000
"""Characters; what is longer is no caption."""

_FIELD = re.compile(r"\{(\w*)\}")
_COMMA = re.compile(r",(?=\s|,|$)|^,")
"""Between two parts; not in 1,000."""

_IN_A_WORD = {
    Kind.PANORAMA: "panorama",
    Kind.PLATE: "background",
    Kind.LAYER: "character",
    Kind.KEEPER: "film still",
    Kind.CROP: "close-up",
}
"""What a picture is called when nothing else is known: an empty caption stops kohya's trainer."""


_CROPS_IN_A_WORD = {"hands": "hands", "pattern": "pattern", "detail": "detail", "object": "object"}
"""What a crop is called by its reason, where that says what is seen."""


@dataclass(frozen=True, slots=True)
class Style:
    """How captions are written."""

    template: str = TEMPLATE
    """Text with fields in braces; see :data:`FIELDS`."""
    trigger: str = ""
    """The word that the training is to teach, or empty."""


FIELDS: Mapping[str, Callable[[ManifestItem, str, Style], str]] = {
    "trigger": lambda item, name, style: style.trigger,
    # A trigger alone would teach that it means backdrops and hands too.
    "tags": lambda item, name, style: ", ".join(item.tags) or _in_a_word(item),
    "kind": lambda item, name, style: _in_a_word(item),
    "reason": lambda item, name, style: item.reason.replace("_", " "),
    "source": lambda item, name, style: PurePath(name).stem,
    "scene": lambda item, name, style: str(item.scene),
    "frame": lambda item, name, style: str(next(iter(frames_of(item.recipe)), "")),
}
"""What a template may hold, from item, name of its source and style."""


def check_style(style: Style) -> None:
    """Refuse a template that names an unknown field.

    Raises
    ------
    RecipeError
        Names the field and the nearest known one.
    """
    for name in _FIELD.findall(style.template):
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=1)
            hint = f"did you mean {{{near[0]}}}" if near else f"known are {', '.join(FIELDS)}"
            raise RecipeError(f"caption: unknown field {{{plain(name)}}}; {hint}")
    if set("{}") & set(_FIELD.sub("", style.template)):
        raise RecipeError(f"caption: a brace in {plain(style.template)!r} has no partner")


def caption_of(item: ManifestItem, source_name: str, style: Style) -> str:
    """Give the caption line of an item: harmless, no part twice, no comma without a neighbour."""
    fields = {name: fill(item, source_name, style) for name, fill in FIELDS.items()}
    text = _FIELD.sub(lambda match: fields[match[1]], style.template)
    return ", ".join(_parts([text])) or _in_a_word(item)


def _in_a_word(item: ManifestItem) -> str:
    """Say what is on a picture that nobody has given tags."""
    if item.kind is Kind.CROP and item.reason in _CROPS_IN_A_WORD:
        return _CROPS_IN_A_WORD[item.reason]
    tile = isinstance(item.recipe, CropRecipe) and item.recipe.height
    return _IN_A_WORD.get(Kind.PANORAMA if tile else item.kind, str(item.kind))


def tags_of(item: ManifestItem, style: Style) -> list[str]:
    """Give the tags of an item for those who keep them apart, the trigger first."""
    return _parts([style.trigger, *item.tags])


def _parts(texts: Iterable[str]) -> list[str]:
    """Split at commas, make each part harmless, drop what is empty or said before."""
    flat = (part for text in texts for part in _COMMA.split(" ".join(text.split())))
    return [part for part in dict.fromkeys(plain(p, LONGEST).strip() for p in flat) if part]
