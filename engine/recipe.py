"""Every setting that changes a picture, declared once.

A recipe is one frozen dataclass for each kind of candidate. Command-line options, tweak forms,
the manifest and a candidate's id all derive from its fields. Places and lengths are in pixels of
the *source frame* (not of the trimmed picture); frames count from 0; ranges are half-open.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from typing import Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

from engine.errors import RecipeError
from engine.values import Box, Kind

KeepBox = tuple[int, int, int, int, int]
"""``(x, y, width, height, frame)``: take this rectangle of the plate from that frame."""

IgnoreBox = tuple[int, int, int, int]
"""``(x, y, width, height)``: never take this rectangle of any frame."""

OverlayBox = tuple[int, int, int, int, int, int]
"""``(x, y, width, height, start, stop)``: burnt in on the frames ``[start, stop)``."""

OtherShot = tuple[int, int, int, int]
"""``(start, stop, x, y)``: frames of a further shot of the same set, whose picture lies about so
many pixels right of and below this one's."""

Point = tuple[int, int]
"""``(x, y)`` in source pixels."""

LEAST_CROP = 64
"""Least side of a crop, pixels."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a form needs to know of a field."""

    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    step: float = 1
    tweak: bool = True
    """Shown in the tweak form."""


def setting(default: Any = dataclasses.MISSING, **about: Any) -> Any:
    """Declare a field with its :class:`Setting`."""
    return field(default=default, metadata={"setting": Setting(**about)})


@dataclass(frozen=True, slots=True)
class KeeperRecipe:
    """One whole frame, without its letterbox and dirty edges."""

    kind: ClassVar[Kind] = Kind.KEEPER
    picture: Box = setting(help="the picture inside the frame", tweak=False)
    frame: int = setting(help="frame", minimum=0)


@dataclass(frozen=True, slots=True)
class PanoramaRecipe:
    """The frames of a camera move, stitched."""

    kind: ClassVar[Kind] = Kind.PANORAMA
    picture: Box = setting(help="the picture inside the frame", tweak=False)
    start: int = setting(help="first frame", minimum=0)
    stop: int = setting(help="frame after the last", minimum=1)
    step: int = setting(1, help="use every n-th frame", minimum=1, maximum=100)
    left_out: tuple[int, ...] = setting((), help="frames left out")
    model: str = setting(
        "auto",
        help="camera model; homography for a few photos",
        choices=("auto", "translation", "similarity", "homography"),
    )
    anchor: str = setting(
        "auto", help="layer that the frames are lined up by", choices=("auto", "far", "near")
    )
    compositor: str = setting(
        "clean", help="how frames become one", choices=("clean", "median", "mean", "seams")
    )
    trim: int = setting(2, help="dirty edge cut off each frame, pixels", minimum=0, maximum=64)
    extent: str = setting(
        "inscribed", help="largest full rectangle, or everything", choices=("inscribed", "full")
    )
    fill: str = setting(
        "edge",
        help="what fills the unseen part of a full canvas",
        choices=("edge", "blur", "black", "white"),
    )
    subject: int = setting(-1, help="frame whose foreground stays in; -1 for none", minimum=-1)
    overlays: tuple[OverlayBox, ...] = setting(
        (), help="burnt-in logos and subtitles, taken from other frames", tweak=False
    )


@dataclass(frozen=True, slots=True)
class PlateRecipe:
    """The backdrop of a static shot with nobody in it."""

    kind: ClassVar[Kind] = Kind.PLATE
    picture: Box = setting(help="the picture inside the frame", tweak=False)
    start: int = setting(help="first frame", minimum=0)
    stop: int = setting(help="frame after the last", minimum=1)
    step: int = setting(1, help="use every n-th frame", minimum=1, maximum=100)
    left_out: tuple[int, ...] = setting((), help="frames left out")
    compositor: str = setting("clean", help="how frames become one", choices=("clean", "median"))
    align: str = setting(
        "auto", help="line the frames up first", choices=("auto", "always", "never")
    )
    keep: tuple[KeepBox, ...] = setting((), help="rectangles taken from one frame", tweak=False)
    ignore: tuple[IgnoreBox, ...] = setting((), help="rectangles never taken", tweak=False)
    flips: tuple[Point, ...] = setting(
        (), help="points whose ambiguous group is read the other way", tweak=False
    )
    overlays: tuple[OverlayBox, ...] = setting(
        (), help="burnt-in logos and subtitles, taken from other frames", tweak=False
    )
    also: tuple[OtherShot, ...] = setting(
        (), help="other shots of the same set that show more of it", tweak=False
    )


@dataclass(frozen=True, slots=True)
class LayerRecipe:
    """The main subjects of one frame, put back on the clean plate."""

    kind: ClassVar[Kind] = Kind.LAYER
    plate: PlateRecipe = setting(help="the plate", tweak=False)
    base: int = setting(help="frame whose subjects go back", minimum=0)
    subjects: tuple[Point, ...] = setting(
        (), help="points in the subjects; none for the main ones", tweak=False
    )


BaseRecipe = KeeperRecipe | PanoramaRecipe | PlateRecipe | LayerRecipe
"""What a crop is cut from."""


@dataclass(frozen=True, slots=True)
class CropRecipe:
    """A rectangle at native resolution, cut out of another product's picture; most are squares."""

    kind: ClassVar[Kind] = Kind.CROP
    base: BaseRecipe = setting(help="what it is cut from", tweak=False)
    x: int = setting(help="left edge in the base picture", minimum=0)
    y: int = setting(help="top edge in the base picture", minimum=0)
    side: int = setting(help="side, pixels of the base picture", minimum=LEAST_CROP, step=64)
    height: int = setting(
        0, help="height of a tile of a panorama; 0 for a square", minimum=0, tweak=False
    )

    @property
    def box(self) -> Box:
        """The rectangle, in pixels of the base picture."""
        return Box(self.x, self.y, self.side, self.height or self.side)


@dataclass(frozen=True, slots=True)
class ReportRecipe:
    """How one target's trainer buckets the approved set."""

    kind: ClassVar[Kind] = Kind.REPORT
    target: str = setting(help="what is trained", choices=("sd1", "nai", "sdxl"), tweak=False)
    trainer: str = setting(
        "kohya",
        help="trainer",
        choices=(
            "kohya",
            "nai",
            "sdxl",
            "sdxl-paper",
            "onetrainer",
            "everydream2",
            "ai-toolkit",
            "diffusers",
            "simpletuner",
        ),
    )
    width: int = setting(512, help="resolution, width", minimum=64, maximum=8192, step=64)
    height: int = setting(512, help="resolution, height", minimum=64, maximum=8192, step=64)
    min: int = setting(256, help="smallest side of a bucket", minimum=16, maximum=8192, step=64)
    max: int = setting(1024, help="largest side of a bucket", minimum=64, maximum=16384, step=64)
    step: int = setting(64, help="bucket sides are multiples of", minimum=1, maximum=256, step=8)
    upscale: bool = setting(True, help="enlarge what is smaller than its bucket")
    batch_size: int = setting(4, help="pictures in a training batch", minimum=1, maximum=1024)
    base_width: int = setting(
        0,
        help="nai: base resolution, width; 0 for the resolution",
        minimum=0,
        maximum=8192,
        step=64,
    )
    base_height: int = setting(
        0,
        help="nai: base resolution, height; 0 for the resolution",
        minimum=0,
        maximum=8192,
        step=64,
    )


Recipe = KeeperRecipe | PanoramaRecipe | PlateRecipe | LayerRecipe | CropRecipe | ReportRecipe

RECIPES: Mapping[Kind, type[Recipe]] = {
    recipe.kind: recipe
    for recipe in (
        KeeperRecipe,
        PanoramaRecipe,
        PlateRecipe,
        LayerRecipe,
        CropRecipe,
        ReportRecipe,
    )
}

AnyRecipe = TypeVar("AnyRecipe", bound=Recipe)


def settings_of(kind: Kind) -> dict[str, Setting]:
    """Give each field of a kind's recipe with what a form needs to know of it."""
    return {f.name: f.metadata["setting"] for f in fields(RECIPES[kind])}


def to_table(recipe: Recipe) -> dict[str, Any]:
    """Write a recipe as plain tables, lists, numbers and words, for TOML and JSON.

    A nested recipe (the base of a crop, the plate of a layer) carries its ``kind``.
    """
    table: dict[str, Any] = {}
    for f in fields(recipe):
        value = getattr(recipe, f.name)
        if isinstance(value, Box):
            value = [value.x, value.y, value.width, value.height]
        elif isinstance(value, Recipe):
            value = {"kind": str(value.kind), **to_table(value)}
        elif isinstance(value, tuple):
            value = [list(v) if isinstance(v, tuple) else v for v in value]
        table[f.name] = value
    return table


def from_table(kind: Kind, table: Mapping[str, Any]) -> Recipe:
    """Read what :func:`to_table` wrote, refusing what this version does not know.

    Raises
    ------
    RecipeError
        Unknown or missing key, wrong type, value out of range; names the key and the nearest
        known one.
    """
    if not isinstance(table, Mapping):  # somebody else may have written it
        raise RecipeError("a recipe is a table of settings")
    return _read(RECIPES[kind], table)


def changed(recipe: AnyRecipe, **changes: Any) -> AnyRecipe:
    """Give a copy with some settings changed, checked as :func:`from_table` checks."""
    known = {f.name for f in fields(recipe)}
    for key in changes:
        if key not in known:
            raise RecipeError(_unknown(key, known))
    result = dataclasses.replace(recipe, **changes)
    _check(result)
    return result


def candidate_id(source_id: str, recipe: Recipe) -> str:
    """Name a candidate: the same source and recipe give the same id anywhere, any day.

    Only what differs from the defaults counts, so that a setting added later renames nothing.
    """
    text = json.dumps(
        [source_id, str(recipe.kind), to_short_table(recipe)], sort_keys=True, separators=(",", ":")
    )
    return f"{recipe.kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def to_short_table(recipe: Recipe) -> dict[str, Any]:
    """Write a recipe as :func:`to_table` does, but only what is not its kind's default."""
    table = to_table(recipe)
    for f in fields(recipe):
        value = getattr(recipe, f.name)
        if value == f.default:
            del table[f.name]
        elif isinstance(value, Recipe):
            table[f.name] = {"kind": str(value.kind), **to_short_table(value)}
    return table


def frames_of(recipe: Recipe) -> tuple[int, ...]:
    """Give the frames that a recipe reads, ascending; none for a report."""
    match recipe:
        case KeeperRecipe():
            return (recipe.frame,)
        case PanoramaRecipe() | PlateRecipe():
            frames = set(range(recipe.start, recipe.stop, recipe.step))
            for start, stop, *_ in recipe.also if isinstance(recipe, PlateRecipe) else ():
                frames |= set(range(start, stop, recipe.step))
            return tuple(sorted(frames - set(recipe.left_out)))
        case LayerRecipe():
            return tuple(sorted({*frames_of(recipe.plate), recipe.base}))
        case CropRecipe():
            return frames_of(recipe.base)
        case ReportRecipe():
            return ()


def picture_of(recipe: KeeperRecipe | PanoramaRecipe | PlateRecipe | LayerRecipe) -> Box:
    """Give the part of the source frame that a recipe works on."""
    return recipe.plate.picture if isinstance(recipe, LayerRecipe) else recipe.picture


def _read(cls: type[AnyRecipe], table: Mapping[str, Any]) -> AnyRecipe:
    hints = _hints(cls.kind)
    for key in table:
        if key not in hints:
            raise RecipeError(_unknown(key, set(hints)))
    values = {key: _value(key, value, hints[key]) for key, value in table.items()}
    for name in _needed(cls.kind):
        if name not in values:
            raise RecipeError(f"setting {name!r} is missing")
    recipe = cls(**values)
    _check(recipe)
    return recipe


# Tens of thousands of recipes are read when a project opens, and what their fields are is dear
# to find out.


@cache
def _hints(kind: Kind) -> Mapping[str, Any]:
    """Give the types of the fields of a recipe."""
    hints = get_type_hints(RECIPES[kind])
    return {f.name: hints[f.name] for f in fields(RECIPES[kind])}


@cache
def _needed(kind: Kind) -> tuple[str, ...]:
    """Give the fields that have no usual value."""
    return tuple(f.name for f in fields(RECIPES[kind]) if f.default is dataclasses.MISSING)


@cache
def _limited(kind: Kind) -> tuple[tuple[str, Setting], ...]:
    """Give the fields that do not hold everything of their type."""
    limited = settings_of(kind).items()
    return tuple(
        (name, about) for name, about in limited
        if about.choices or about.minimum is not None or about.maximum is not None
    )  # fmt: skip


@cache
def _allowed(hint: Any) -> Mapping[str, type[Recipe]]:
    """Give the recipes that a field may hold, by the words for their kinds."""
    return {str(t.kind): t for t in (get_args(hint) or (hint,)) if hasattr(t, "kind")}


def _value(key: str, value: Any, hint: Any) -> Any:
    """Turn a TOML value into what a field holds, or say what is wrong with it."""
    if type(value) is hint:  # numbers and words, and most values are one
        return value
    if hint is Box:
        numbers = _numbers(key, value, 4)
        try:
            return Box(*numbers)
        except ValueError:
            raise RecipeError(f"setting {key!r} is not a rectangle: {value!r}") from None
    if type(value) is dict or isinstance(value, Mapping):
        inner, allowed = dict(value), _allowed(hint)
        kind = inner.pop("kind", None)
        if type(kind) is not str or kind not in allowed:
            raise RecipeError(f"setting {key!r} needs kind = one of {', '.join(allowed)}")
        return _read(allowed[kind], inner)
    if get_origin(hint) is tuple:
        part = get_args(hint)[0]
        if not isinstance(value, list | tuple):
            raise RecipeError(f"setting {key!r} needs a list, got {value!r}")
        if part is int:
            return tuple(_numbers(key, value, len(value)))
        return tuple(tuple(_numbers(key, v, len(get_args(part)))) for v in value)
    raise RecipeError(f"setting {key!r} needs {_WORDS.get(hint, 'a table')}, got {value!r}")


_WORDS = {int: "a whole number", str: "a word", bool: "true or false", float: "a number"}


def _numbers(key: str, value: Any, count: int) -> list[int]:
    if (
        not isinstance(value, list | tuple)
        or len(value) != count
        or not {*map(type, value)} <= {int}
    ):
        raise RecipeError(f"setting {key!r} needs {count} whole numbers, got {value!r}")
    return list(value)


def _unknown(key: str, known: set[str]) -> str:
    near = get_close_matches(key, sorted(known), n=1)
    return f"unknown setting {key!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _check(recipe: Recipe) -> None:
    for name, about in _limited(recipe.kind):
        value = getattr(recipe, name)
        if about.choices and value not in about.choices:
            raise RecipeError(
                f"setting {name!r} is one of {', '.join(about.choices)}, not {value!r}"
            )
        if about.minimum is not None and value < about.minimum:
            raise RecipeError(f"setting {name!r} is at least {about.minimum:g}, not {value}")
        if about.maximum is not None and value > about.maximum:
            raise RecipeError(f"setting {name!r} is at most {about.maximum:g}, not {value}")
    if isinstance(recipe, PanoramaRecipe | PlateRecipe) and recipe.stop <= recipe.start:
        raise RecipeError(f"no frames between start {recipe.start} and stop {recipe.stop}")
    for start, stop, *_ in recipe.also if isinstance(recipe, PlateRecipe) else ():
        if not 0 <= start < stop:
            raise RecipeError(f"setting 'also' has no frames between {start} and {stop}")
    if isinstance(recipe, ReportRecipe) and recipe.max < recipe.min:
        raise RecipeError(f"max {recipe.max} is smaller than min {recipe.min}")
