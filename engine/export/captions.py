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
from engine.text import one_line, plain
from engine.values import Kind

TEMPLATE = "{trigger}, {caption}, {tags}"

_FIELD = re.compile(r"\{(\w*)\}")
_CAPTION = "\0"
"""Stands for a person's caption until all else is in order; no harmless text holds it."""
_COMMA = re.compile(r",(?=\s|,|$)|^,")
"""Between two parts; not in 1,000."""
_ENDS = (".", "!", "?", "…")
"""What needs no comma after it."""

_WIDE = 2.5
"""Widths to a height from which a picture is called wide."""

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
    "caption": lambda item, name, style: _written(item) or _instead(item, style, "tags"),
    "tags": lambda item, name, style: _tags(item) or _instead(item, style, "caption"),
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
    """Give the caption line of an item: harmless, no part twice, no comma without a neighbour.

    What a person wrote stays as it is written, commas and all.
    """
    written = _written(item)
    fields = {name: one_line(fill(item, source_name, style)) for name, fill in FIELDS.items()}
    if written:
        fields["caption"] = _CAPTION
    filled = _FIELD.sub(lambda match: fields[match[1]], one_line(style.template))
    parts = dict.fromkeys(part.replace(_CAPTION, written) for part in _parts([filled]))
    text = ", ".join(parts)
    if written.endswith(_ENDS):
        text = text.replace(f"{written}, ", f"{written} ")
    return text or _in_a_word(item)


def _written(item: ManifestItem) -> str:
    """Give what a person wrote of a picture."""
    return one_line(item.caption).strip(", ")


def _tags(item: ManifestItem) -> str:
    return ", ".join(item.tags)


def _instead(item: ManifestItem, style: Style, other: str) -> str:
    """Give what stands in for a missing caption or tags, unless the template has the other.

    A trigger alone would teach that it means backdrops and hands too.
    """
    said = _tags(item) if other == "tags" else _written(item)
    return "" if said and f"{{{other}}}" in style.template else _tags(item) or _in_a_word(item)


def _in_a_word(item: ManifestItem) -> str:
    """Say what is on a picture that nobody has given tags."""
    if item.kind is Kind.CROP and item.reason in _CROPS_IN_A_WORD:
        return _CROPS_IN_A_WORD[item.reason]
    tile = isinstance(item.recipe, CropRecipe) and item.recipe.height
    return _IN_A_WORD.get(Kind.PANORAMA if tile else item.kind, str(item.kind))


def proposed_tags(item: ManifestItem) -> list[str]:
    """Give tags that may fit a picture, from what is known of how it was made."""
    word = _in_a_word(item)
    backdrop = word in (_IN_A_WORD[Kind.PANORAMA], _IN_A_WORD[Kind.PLATE])
    wide = item.width >= _WIDE * max(item.height, 1)
    shape = [*["no humans", "scenery"] * backdrop, *["wide shot"] * wide]
    return _parts(map(one_line, (*item.tags, word, *shape)))


def tags_of(item: ManifestItem, style: Style) -> list[str]:
    """Give the tags of an item for those who keep them apart, the trigger first."""
    return _parts(map(one_line, (style.trigger, *item.tags)))


def _parts(texts: Iterable[str]) -> list[str]:
    """Split at commas, drop what is empty or said before."""
    flat = (part.strip() for text in texts for part in _COMMA.split(text))
    return [part for part in dict.fromkeys(flat) if part]
