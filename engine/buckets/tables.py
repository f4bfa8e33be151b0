"""The bucket tables of the trainers that have one, in the order in which each trainer scans it.

The order matters: a picture equally far from two buckets goes to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import floor, isqrt, sqrt

from engine.errors import RecipeError
from engine.recipe import ReportRecipe
from engine.values import Size


@dataclass(frozen=True, slots=True)
class Table:
    """A trainer's buckets with the aspect that it compares each of them by."""

    sizes: tuple[Size, ...]
    """In scan order."""
    aspects: tuple[float, ...]
    """Width over height, or height over width for OneTrainer."""


@lru_cache(maxsize=64)
def table_of(recipe: ReportRecipe) -> Table | None:
    """Give the bucket table of a recipe's trainer.

    Returns
    -------
    Table or None
        None for a trainer that works out each picture's bucket on its own.

    Raises
    ------
    RecipeError
        The trainer refuses these settings.
    """
    match recipe.trainer:
        case "kohya":
            return _by_width_over_height(_kohya(recipe)) if recipe.upscale else None
        case "nai":
            return _novelai(recipe)
        case "sdxl":
            return _by_width_over_height(_published(symmetric=True))
        case "sdxl-paper":
            return _by_width_over_height(_published(symmetric=False))
        case "onetrainer":
            sizes = _onetrainer(recipe.width, recipe.step)
            return Table(sizes, tuple(h / w for w, h in sizes))
        case "everydream2":
            return _by_width_over_height(_everydream2(recipe.width))
        case _:
            return None


def bucket_table(recipe: ReportRecipe) -> tuple[Size, ...] | None:
    """Give the buckets of a recipe's trainer in scan order; None where there is no table."""
    table = table_of(recipe)
    return table.sizes if table else None


def _by_width_over_height(sizes: tuple[Size, ...]) -> Table:
    return Table(sizes, tuple(w / h for w, h in sizes))


def _kohya(recipe: ReportRecipe) -> tuple[Size, ...]:
    step = recipe.step
    smallest = recipe.min - recipe.min % step
    largest = -(-recipe.max // step) * step
    if not smallest <= min(recipe.width, recipe.height):
        raise RecipeError(
            f"kohya refuses min {smallest}: it is larger than resolution "
            f"{recipe.width}x{recipe.height}"
        )
    if not max(recipe.width, recipe.height) <= largest:
        raise RecipeError(
            f"kohya refuses max {largest}: it is smaller than resolution "
            f"{recipe.width}x{recipe.height}"
        )
    area = recipe.width * recipe.height
    square = isqrt(area) // step * step
    if smallest == 0 or square == 0:
        raise RecipeError(f"kohya fails with step {step}: it is larger than min {recipe.min}")
    sizes = {(square, square)}
    for width in range(smallest, largest + 1, step):
        height = min(largest, area // width // step * step)
        if height >= smallest:
            sizes |= {(width, height), (height, width)}
    return tuple(sorted(sizes))


def _novelai(recipe: ReportRecipe) -> Table:
    area = recipe.width * recipe.height
    base = (recipe.base_width or recipe.width, recipe.base_height or recipe.height)
    aspects: dict[Size, float] = {}
    for swapped in (False, True):
        for side in range(recipe.min, recipe.max + 1, recipe.step):
            if side * recipe.min > area:
                break
            other = _longest(side, recipe)
            # The release gives a square base resolution a row of its own, beside the longest
            # bucket of the same width: that is how 512x512 survives in its default table.
            if not swapped and side == base[0] and _passes(base[1], other, recipe):
                aspects[base] = 1.0
            size = (other, side) if swapped else (side, other)
            aspects[size] = size[0] / size[1]
    if not aspects:
        raise RecipeError(
            f"NovelAI's buckets with min {recipe.min} have no room in "
            f"{recipe.width}x{recipe.height}"
        )
    sizes = tuple(sorted(aspects, key=lambda size: (size[0], -size[1])))
    return Table(sizes, tuple(aspects[size] for size in sizes))


def _longest(side: int, recipe: ReportRecipe) -> int:
    """Give the longest other side that area and limit allow, from min in whole steps."""
    limit = min(recipe.max, recipe.width * recipe.height // side)
    return recipe.min + max(0, limit - recipe.min) // recipe.step * recipe.step


def _passes(base: int, other: int, recipe: ReportRecipe) -> bool:
    return recipe.min <= base < other and (base - recipe.min) % recipe.step == 0


_PUBLISHED_HALF = (
    (2048, 512), (1984, 512), (1920, 512), (1856, 512), (1792, 576), (1728, 576), (1664, 576),
    (1600, 640), (1536, 640), (1472, 704), (1408, 704), (1344, 704), (1344, 768), (1280, 768),
    (1216, 832), (1152, 832), (1152, 896), (1088, 896), (1088, 960), (1024, 960),
)  # fmt: skip
"""The landscapes of SDXL's table (arXiv 2307.01952, appendix I)."""


def _published(symmetric: bool) -> tuple[Size, ...]:
    """Mirror the landscapes; the paper prints all portraits but 704x1344."""
    portraits = ((h, w) for w, h in reversed(_PUBLISHED_HALF))
    kept = tuple(size for size in portraits if symmetric or size != (704, 1344))
    return (*_PUBLISHED_HALF, (1024, 1024), *kept)


_ONETRAINER_RATIOS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0)


def _onetrainer(target: int, quantum: int) -> tuple[Size, ...]:
    shapes = [(1.0, ratio) for ratio in _ONETRAINER_RATIOS]
    shapes += [(width, height) for height, width in shapes]
    quantised = [
        (
            round(height / sqrt(height * width) * target / quantum) * quantum,
            round(width / sqrt(height * width) * target / quantum) * quantum,
        )
        for height, width in shapes
    ]
    if any(0 in size for size in quantised):
        raise RecipeError(f"OneTrainer makes empty buckets of {target} with step {quantum}")
    # The trainer leaves the order to a Python set of (height, width), and so ties too: the same
    # set gives the same order, as tuples of numbers hash alike in every process.
    return tuple((width, height) for height, width in set(quantised))


_EVERYDREAM2_HALVES: dict[int, tuple[Size, ...]] = {
    512: ((576, 448), (640, 384), (768, 320), (896, 256), (1024, 256)),
    768: (
        (832, 704), (896, 640), (960, 576), (1024, 576),
        (1152, 512), (1280, 448), (1408, 384), (1472, 320),
    ),
    1024: (
        (1152, 896), (1216, 832), (1344, 768), (1472, 704), (1600, 640), (1792, 576), (2048, 512),
    ),
}  # fmt: skip


def _everydream2(resolution: int) -> tuple[Size, ...]:
    side = floor(resolution / 64) * 64
    if side not in _EVERYDREAM2_HALVES:
        known = ", ".join(map(str, _EVERYDREAM2_HALVES))
        raise RecipeError(f"EveryDream2's tables are known for {known}, not {resolution}")
    pairs = [size for w, h in _EVERYDREAM2_HALVES[side] for size in ((w, h), (h, w))]
    return ((side, side), *pairs)
