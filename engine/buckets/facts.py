"""What a person should know of one picture's bucket: what is lost, what is close, what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, sqrt

import numpy as np

from engine.buckets.assign import Flags, Floats, Outcomes, assign, assign_all
from engine.buckets.presets import TRAINER_NAMES
from engine.buckets.tables import table_of
from engine.recipe import ReportRecipe
from engine.values import Box, Bucket, Size

WIDEST = {"diffusers": 2.0}
"""Widest aspect of trainers that make their buckets for each picture; the others have no limit."""

NOTABLE_CROP = 0.08
"""Share of the area whose loss is worth a word."""
THIN = 0.3
"""A bucket whose short side is below this share of the resolution shows hardly anything."""
SMALL = 0.75
"""A bucket below this share of the resolution's pixels wastes what the trainer could see."""
NOTABLE_GAIN = 0.03
"""Share more pixels that make a trim worth its while."""
NOTABLE_LOSS = 0.005
"""Share of the picture that may be given up for it."""
MOST_PIECES = 24
"""A picture that needs more pieces than these is no pan but a strip."""
PIECE_OVERLAP = 0.1
"""Least share of a piece that it has in common with the next."""


class Level(StrEnum):
    """How much a remark matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know, in words."""

    level: Level
    about: str
    """One word to filter by: ``crash``, ``dropped``, ``empty``, ``wide``, ``thin``, ``cut``,
    ``below``, ``budget``, ``tie``, ``nearest``, ``trim`` or ``cliff``."""
    text: str


@dataclass(frozen=True, slots=True)
class Trim:
    """What a few pixels less would change."""

    side: str
    """``width`` or ``height``."""
    pixels: int
    """To be cut off that side."""
    bucket: Bucket
    """Where the picture lands then."""


@dataclass(frozen=True, slots=True)
class PictureOutcome:
    """One picture's bucket, with all that is worth saying about it."""

    size: Size
    bucket: Bucket
    seen: Box | None
    """The rectangle of the picture, in its own pixels, that reaches training; the middle one
    where the trainer crops at random. None when it never reaches training."""
    runner_up: Size | None
    """The nearest other bucket of the table."""
    margin: float | None
    """How much further away it is, as the trainer measures aspects."""
    tipped: Size | None
    """The bucket that one pixel more or less would land it in, where that makes no better."""
    trim: Trim | None
    """The smallest cut that lands the picture in a better bucket."""
    cliff: Trim | None
    """One or two pixels whose loss lands the picture in a worse bucket."""
    pieces: tuple[Box, ...]
    """Overlapping parts that together show what one bucket cannot; empty when it can."""
    remarks: tuple[Remark, ...]


def describe(recipe: ReportRecipe, size: Size) -> PictureOutcome:
    """Say all that a person should know of a picture of ``size`` under ``recipe``.

    Raises
    ------
    RecipeError
        The trainer refuses these settings, or the size is not one of a picture.
    """
    bucket = assign(recipe, *size)
    long = needs_pieces(recipe, size, bucket)
    trim, cliff = find_trims(recipe, size, bucket)
    runner_up, margin = find_runner_up(recipe, size, bucket)
    outcome = PictureOutcome(
        size=size,
        bucket=bucket,
        seen=seen_of(recipe, size, bucket),
        runner_up=runner_up,
        margin=margin,
        tipped=find_tipped(recipe, size, bucket),
        # Where pieces would keep everything, a few pixels are no help.
        trim=None if long else trim,
        cliff=cliff,
        pieces=propose_pieces(recipe, size) if long else (),
        remarks=(),
    )
    return replace(outcome, remarks=remarks_on(recipe, outcome))


def is_trained(bucket: Bucket) -> bool:
    """Tell whether the picture reaches training at all."""
    return bucket.status.startswith("ok")


def seen_of(recipe: ReportRecipe, size: Size, bucket: Bucket) -> Box | None:
    """Give the rectangle of a picture, in its own pixels, that reaches training."""
    if not is_trained(bucket):
        return None
    if recipe.trainer == "everydream2":
        left, top = bucket.crop[0] // 2, bucket.crop[1] // 2
        return _box(left, top, size[0] - bucket.crop[0] + left, size[1] - bucket.crop[1] + top)
    # A trainer that crops at random does it in the middle on average.
    left, top = bucket.offset or (max(0, bucket.crop[0]) // 2, max(0, bucket.crop[1]) // 2)
    across, down = size[0] / bucket.resized[0], size[1] / bucket.resized[1]
    return _box(
        round(left * across),
        round(top * down),
        min(size[0], round((left + bucket.size[0]) * across)),
        min(size[1], round((top + bucket.size[1]) * down)),
    )


def find_runner_up(
    recipe: ReportRecipe, size: Size, bucket: Bucket
) -> tuple[Size | None, float | None]:
    """Find the nearest other bucket of the table and how much further away it is."""
    table = table_of(recipe)
    if table is None or len(table.sizes) < 2 or not is_trained(bucket):
        return None, None
    width, height = size
    ratio = height / width if recipe.trainer == "onetrainer" else width / height
    errors = [abs(aspect - ratio) for aspect in table.aspects]
    own = table.sizes.index(bucket.size)
    other = min((k for k in range(len(errors)) if k != own), key=errors.__getitem__)
    return table.sizes[other], errors[other] - errors[own]


def find_tipped(recipe: ReportRecipe, size: Size, bucket: Bucket) -> Size | None:
    """Find the other bucket of the table that one pixel more or less on a side leads to."""
    if table_of(recipe) is None or not is_trained(bucket):
        return None
    width, height = size
    beside = [(width + 1, height), (width, height + 1)]
    beside += [(width - 1, height)] * (width > 1) + [(width, height - 1)] * (height > 1)
    others = (other.size for other in assign_all(recipe, beside) if is_trained(other))
    return next((other for other in others if other != bucket.size), None)


def find_trims(recipe: ReportRecipe, size: Size, bucket: Bucket) -> tuple[Trim | None, Trim | None]:
    """Find the smallest cut that lands a picture better, and one of a pixel or two that harms.

    A bucket is better when more of the picture's own pixels reach training and hardly more of
    the picture is lost, or the other way about.
    """
    tried = [
        (side, pixels)
        for side, length in enumerate(size)
        for pixels in range(1, min(64, max(4, length // 50), length - 1) + 1)
    ]
    if not tried:
        return None, None
    tried.sort(key=lambda cut: cut[1])
    sizes = [(size[0] - n, size[1]) if side == 0 else (size[0], size[1] - n) for side, n in tried]
    after = assign_all(recipe, sizes)
    own = (after.bucket == bucket.size).all(axis=1)
    gain, loss = _compared(size, bucket, after)
    better = after.trained & ~own
    if is_trained(bucket):
        better &= ((gain >= NOTABLE_GAIN) & (loss <= NOTABLE_LOSS)) | (
            (gain >= -NOTABLE_LOSS) & (loss <= -NOTABLE_LOSS)
        )
    worse = ~own & ((gain <= -NOTABLE_GAIN) | ~after.trained) & is_trained(bucket)
    near = np.array([pixels <= 2 for _, pixels in tried])
    return _first(better, tried, after), _first(worse & near, tried, after)


def find_widest(recipe: ReportRecipe) -> float | None:
    """Give the widest aspect (long over short) that a trainer has a bucket for; None for any."""
    table = table_of(recipe)
    if table is None:
        return WIDEST.get(recipe.trainer)
    return max(max(w / h, h / w) for w, h in table.sizes)


def needs_pieces(recipe: ReportRecipe, size: Size, bucket: Bucket) -> bool:
    """Tell whether one bucket cannot show enough of so long a picture; never for a mere strip."""
    long, short = max(size), min(size)
    if short < THIN * sqrt(recipe.width * recipe.height):
        return False
    widest = find_widest(recipe)
    if widest is not None:
        return long / short > widest * 1.1
    return long / short > 4.0 and (not is_trained(bucket) or _is_thin(recipe, bucket))


def propose_pieces(recipe: ReportRecipe, size: Size) -> tuple[Box, ...]:
    """Cut a long picture into overlapping pieces that each fill a bucket and lose nothing.

    Of the shapes from 2:1 up to the widest bucket, it takes the one that shows most detail for
    the least shown twice.
    """
    long, short = max(size), min(size)
    widest = find_widest(recipe) or 4.0
    lying = size[0] >= size[1]

    def worth(aspect: float) -> float:
        length = round(short * aspect)
        piece = (length, short) if lying else (short, length)
        bucket = assign(recipe, *piece)
        if not is_trained(bucket) or bucket.kept > 2.0 or length >= long:
            return 0.0
        shown_twice = _count(long, length) * length / long
        return min(1.0, bucket.kept) * (1.0 - bucket.cropped) / shown_twice

    shapes = [a for a in _aspects(recipe, lying) if min(2.0, widest) <= a <= widest] or [widest]
    best = max(shapes, key=worth)
    if worth(best) == 0.0:
        return ()
    length = round(short * best)
    count = _count(long, length)
    if count > MOST_PIECES:
        return ()
    starts = [round(k * (long - length) / (count - 1)) for k in range(count)]
    if lying:
        return tuple(Box(start, 0, length, short) for start in starts)
    return tuple(Box(0, start, short, length) for start in starts)


def remarks_on(recipe: ReportRecipe, outcome: PictureOutcome) -> tuple[Remark, ...]:
    """Put into words what is worth knowing of an outcome, the worst first."""
    if not is_trained(outcome.bucket):
        found = [_lost(recipe, outcome)]
    else:
        found = [*_losses(recipe, outcome), *_closeness(recipe, outcome)]
    if outcome.pieces:
        found.append(_pieces(outcome))
    if outcome.trim:
        found.append(Remark(Level.NOTE, "trim", _trim_text(outcome.trim)))
    return tuple(sorted(found, key=lambda remark: list(Level).index(remark.level)))


def outcome_to_table(outcome: PictureOutcome) -> dict[str, object]:
    """Give an outcome as plain tables and lists, for JSON."""
    bucket, seen = outcome.bucket, outcome.seen
    return {
        "width": outcome.size[0],
        "height": outcome.size[1],
        "bucket": list(bucket.size),
        "resized": list(bucket.resized),
        "crop": list(bucket.crop),
        "offset": list(bucket.offset) if bucket.offset else None,
        "status": bucket.status,
        "kept": round(bucket.kept, 6),
        "cropped": round(bucket.cropped, 6),
        "seen": _listed(seen) if seen else None,
        "tipped": list(outcome.tipped) if outcome.tipped else None,
        "runner_up": list(outcome.runner_up) if outcome.runner_up else None,
        "margin": outcome.margin,
        "pieces": [_listed(piece) for piece in outcome.pieces],
        "remarks": [
            {"level": str(r.level), "about": r.about, "text": r.text} for r in outcome.remarks
        ],
    }


def in_words(size: Size) -> str:
    """Write a size for a person: ``1344×768``."""
    return f"{size[0]}×{size[1]}"


def percent(share: float) -> str:
    """Write a share for a person, with a digit after the point only where it tells something."""
    value = share * 100
    return f"{value:.0f} %" if value >= 9.95 or value == 0 else f"{value:.1f} %"


def _box(left: int, top: int, right: int, bottom: int) -> Box:
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def _listed(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _compared(size: Size, bucket: Bucket, after: Outcomes) -> tuple[Floats, Floats]:
    """Give the share of pixels gained and the share of the picture lost against ``bucket``."""
    own = bucket.size[0] * bucket.size[1] / max(1.0, bucket.kept) ** 2
    pixels = after.bucket.prod(axis=1) / np.maximum(1.0, after.kept) ** 2
    left = (1.0 - after.cropped) * after.sizes.prod(axis=1) / (size[0] * size[1])
    return pixels / max(own, 1.0) - 1.0, (1.0 - bucket.cropped) - left


def _first(wanted: Flags, tried: Sequence[tuple[int, int]], after: Outcomes) -> Trim | None:
    found = np.flatnonzero(wanted)
    if not len(found):
        return None
    side, pixels = tried[found[0]]
    return Trim(("width", "height")[side], pixels, after[int(found[0])])


def _aspects(recipe: ReportRecipe, lying: bool) -> list[float]:
    table = table_of(recipe)
    if table is None:
        return [2.0, 2.5, 3.0, 3.5, 4.0]
    return [w / h if lying else h / w for w, h in table.sizes]


def _count(long: int, length: int) -> int:
    """Count the pieces of ``length`` that cover ``long`` with the least overlap between them."""
    return max(2, ceil((long / length - PIECE_OVERLAP) / (1.0 - PIECE_OVERLAP)))


def _is_thin(recipe: ReportRecipe, bucket: Bucket) -> bool:
    return min(bucket.size) < THIN * sqrt(recipe.width * recipe.height)


def _lost(recipe: ReportRecipe, outcome: PictureOutcome) -> Remark:
    """Say why a picture never reaches training."""
    name, size = TRAINER_NAMES[recipe.trainer], in_words(outcome.size)
    match outcome.bucket.status.partition(":")[0]:
        case "dropped":
            return Remark(
                Level.ERROR,
                "dropped",
                f"{name} leaves {size} out: it is too wide for its widest bucket",
            )
        case "degenerate":
            text = f"{size} is narrower than the step of {recipe.step}: {name} gives it no width"
            return Remark(Level.ERROR, "empty", text)
        case _:
            why = f"a side comes to less than {recipe.step} pixels"
            if recipe.trainer == "simpletuner":
                why = "its aspect rounds to 0.00"
            text = f"{size} crashes {name} at its start (division by zero): {why}"
            return Remark(Level.ERROR, "crash", text)


def _losses(recipe: ReportRecipe, outcome: PictureOutcome) -> list[Remark]:
    bucket, found = outcome.bucket, []
    if bucket.cropped >= NOTABLE_CROP:
        found.append(Remark(Level.WARNING, "cut", _cut_text(recipe, outcome)))
    if bucket.kept > 1.005:
        found.append(
            Remark(
                Level.WARNING,
                "below",
                f"{in_words(outcome.size)} is below the target: enlarged {bucket.kept:.2f} times",
            )
        )
    area = recipe.width * recipe.height
    own = outcome.size[0] * outcome.size[1]
    if bucket.kept <= 1.005 and own < SMALL * area:
        text = f"{in_words(outcome.size)} is below the target: {percent(own / area)} of its pixels"
        found.append(Remark(Level.NOTE, "below", text))
    share = bucket.size[0] * bucket.size[1] / area
    if _is_thin(recipe, bucket):
        found.append(
            Remark(
                Level.WARNING,
                "thin",
                f"only {min(bucket.size)} pixels of its short side reach training",
            )
        )
    elif share < SMALL <= own / area:
        found.append(
            Remark(
                Level.WARNING,
                "budget",
                f"{in_words(bucket.size)} is {percent(share)} of the pixels "
                f"of {recipe.width}×{recipe.height}",
            )
        )
    return found


def _cut_text(recipe: ReportRecipe, outcome: PictureOutcome) -> str:
    seen = outcome.seen
    assert seen is not None
    across, down = outcome.size[0] - seen.width, outcome.size[1] - seen.height
    sides = [f"{across} px of its width"] * (across > 0) + [f"{down} px of its height"] * (down > 0)
    where = "" if outcome.bucket.offset is not None else ", at random"
    widest = find_widest(recipe)
    long, short = max(outcome.size), min(outcome.size)
    why = ""
    if widest is not None and long / short > widest * 1.1:
        why = f": {long / short:.1f}:1 is longer than the longest bucket, {widest:.3g}:1"
    return (
        f"{percent(outcome.bucket.cropped)} is cut away ({' and '.join(sides) or 'edges'}"
        f"{where}){why}"
    )


def _closeness(recipe: ReportRecipe, outcome: PictureOutcome) -> list[Remark]:
    found = []
    if outcome.tipped:
        exact = outcome.margin is not None and abs(outcome.margin) <= 1e-9
        text = "a tie" if exact else "nearly a tie"
        found.append(Remark(Level.NOTE, "tie", f"{text} with {in_words(outcome.tipped)}"))
    # ai-toolkit fits every picture with a bucket of its own: each pixel may change it.
    elif outcome.cliff and recipe.trainer != "ai-toolkit":
        found.append(Remark(Level.NOTE, "cliff", _cliff_text(outcome.cliff)))
    kinder = _kinder(recipe, outcome)
    if kinder:
        found.append(kinder)
    return found


def _kinder(recipe: ReportRecipe, outcome: PictureOutcome) -> Remark | None:
    """Say when the bucket nearest by the trainer's measure is not the one that cuts least."""
    table = table_of(recipe)
    if table is None:
        return None
    ratio = outcome.size[0] / outcome.size[1]
    shapes = np.array([w / h for w, h in table.sizes])
    uncut = np.minimum(shapes / ratio, ratio / shapes)
    best = int(uncut.argmax())
    saved = uncut[best] - (1.0 - outcome.bucket.cropped)
    if saved < 0.01:
        return None
    text = f"{in_words(table.sizes[best])} would cut {percent(float(saved))} less"
    return Remark(Level.NOTE, "nearest", f"{text}, but is further away as the trainer measures")


def _pieces(outcome: PictureOutcome) -> Remark:
    piece = outcome.pieces[0]
    return Remark(
        Level.NOTE,
        "wide",
        f"{len(outcome.pieces)} overlapping pieces of {in_words(piece.size)} would keep all of it",
    )


def _trim_text(trim: Trim) -> str:
    lands = in_words(trim.bucket.size)
    return f"trim {trim.pixels} px of {trim.side} and it lands in {lands} instead"


def _cliff_text(cliff: Trim) -> str:
    if not is_trained(cliff.bucket):
        return f"{cliff.pixels} px less {cliff.side} and it is lost"
    return f"{cliff.pixels} px less {cliff.side} and it lands in only {in_words(cliff.bucket.size)}"
