"""What a person should change before training, each with a reason and its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

import numpy as np

from engine.buckets.assign import CRASHES, DROPPED, EMPTY, assign_all
from engine.buckets.batches import RULES, Rule, best_batch_size, harmed
from engine.buckets.facts import NOTABLE_CROP, Level, Remark, find_widest, in_words, percent
from engine.buckets.measure import Picture
from engine.buckets.presets import TRAINER_NAMES
from engine.buckets.tally import BucketRow, Tally, is_widescreen
from engine.recipe import ReportRecipe, changed
from engine.text import plain, plural, share_of

MOST_WIDESCREEN = 0.6
"""Beyond this share of 16:9 a model learns the frame along with what is in it."""
WANTED_WIDESCREEN = 0.5
MOST_REPEATS = 10
FEW_PICTURES = 2
"""So few in a bucket are seen alone, again and again."""
MANY_VIEWS = 10
NOTABLE_SHARE = 0.1


def advise(tally: Tally) -> tuple[Remark, ...]:
    """Say what should be changed before training, the worst first."""
    if not tally.pictures:
        return (Remark(Level.WARNING, "empty", "there are no pictures"),)
    found = [
        *_lost(tally),
        *_widescreen(tally),
        *_unfilled(tally),
        *_views(tally),
        *_fragments(tally),
        *_crops(tally),
        *_pixels(tally),
    ]
    return tuple(sorted(found, key=lambda remark: list(Level).index(remark.level)))


def propose_repeats(pictures: Sequence[Picture]) -> Mapping[str, int]:
    """Propose how often to repeat each kind, so that 16:9 does not drown the rest.

    Returns
    -------
    mapping of kind to repeats
        1 for kinds that are mostly 16:9; for the others as many as bring 16:9 to half of an
        epoch, but no more than :data:`MOST_REPEATS`.
    """
    sizes = np.array([p.size for p in pictures], np.int64).reshape(-1, 2)
    wide = is_widescreen(sizes)
    kinds = np.array([p.kind for p in pictures], object)
    names = sorted(set(kinds.tolist()))
    mostly = {kind: bool(wide[kinds == kind].mean() > 0.5) for kind in names}
    framed = sum(int((kinds == kind).sum()) for kind in names if mostly[kind])
    others = len(pictures) - framed
    repeats = min(MOST_REPEATS, ceil(framed / others)) if others else 1
    return {kind: 1 if mostly[kind] else max(1, repeats) for kind in names}


def _lost(tally: Tally) -> Iterator[Remark]:
    name, status = TRAINER_NAMES[tally.recipe.trainer], tally.outcomes.status
    crashes, dropped = int((status == CRASHES).sum()), int((status == DROPPED).sum())
    empty = int((status == EMPTY).sum())
    if crashes:
        first = _name_of(tally, CRASHES)
        text = f"{plural(crashes, 'picture')} would stop {name} at its start; first {first}"
        yield Remark(Level.ERROR, "crash", f"{text}: leave out or make larger")
    if empty:
        first = _name_of(tally, EMPTY)
        yield Remark(
            Level.ERROR,
            "empty",
            f"{plural(empty, 'picture')} would come to nothing in width; first {first}",
        )
    if dropped:
        first = _name_of(tally, DROPPED)
        text = f"{name} leaves out {plural(dropped, 'picture')}, too wide for its table"
        yield Remark(Level.ERROR, "dropped", f"{text}; first {first}: cut into pieces")


def _name_of(tally: Tally, status: int) -> str:
    return plain(tally.pictures[int((tally.outcomes.status == status).argmax())].name, 60)


def _widescreen(tally: Tally) -> Iterator[Remark]:
    if tally.widescreen < MOST_WIDESCREEN:
        return
    total = int(tally.repeats.sum())
    wide = round(tally.widescreen * total)
    others = total - wide
    text = (
        f"{wide:,} of {plural(total, 'picture')} an epoch ({percent(tally.widescreen)}) "
        f"{'is' if wide == 1 else 'are'} 16:9: "
        f"the model learns that frame with what it shows"
    )
    if not others:
        yield Remark(Level.WARNING, "16:9", f"{text}; add crops and panoramas")
        return
    proposed = propose_repeats(tally.pictures)
    raised = [f"{plain(kind)} ×{n}" for kind, n in proposed.items() if n > 1 and kind]
    times = ceil(wide * (1 - WANTED_WIDESCREEN) / WANTED_WIDESCREEN / others)
    how = f"repeat {', '.join(raised)}" if raised else f"repeat the other {others:,} ×{times}"
    yield Remark(
        Level.WARNING,
        "16:9",
        f"{text}; {how}, or add {wide - others:,} of other shapes, for one half",
    )


def _unfilled(tally: Tally) -> Iterator[Remark]:
    """Tell of pictures that no batch holds, or that fill up batches."""
    recipe, size = tally.recipe, tally.recipe.batch_size
    counts = [row.batches.count for row in tally.buckets]
    hurt = harmed(recipe.trainer, counts, size)
    if not hurt:
        yield from _short(tally)
        return
    best = best_batch_size(recipe.trainer, counts, size)
    better = ""
    if best != size:
        better = f"; batch size {best} would make it {harmed(recipe.trainer, counts, best):,}"
    name = TRAINER_NAMES[recipe.trainer]
    share, pictures = percent(hurt / max(1, tally.count)), plural(tally.count, "picture")
    match RULES[recipe.trainer]:
        case Rule.DROP | Rule.EMPTY_OUT:
            text = f"{name} trains {hurt:,} of {pictures} ({share}) not at all"
            if RULES[recipe.trainer] is Rule.DROP:
                text = f"{name} leaves {hurt:,} of {pictures} ({share}) out of an epoch"
            yield Remark(Level.WARNING, "dropped", f"{text}{better}{_never(tally)}")
        case Rule.MOVE:
            fills, are = ("fills", "is") if hurt == 1 else ("fill", "are")
            text = f"{hurt:,} of {pictures} ({share}) {fills} no batch and {are} trained as squares"
            yield Remark(Level.NOTE, "moved", f"{text}{better}")
        case _:
            filled = plural(hurt, "place is", "places are")
            text = f"{filled} filled with repeats ({share} of an epoch)"
            yield Remark(Level.NOTE, "padded", f"{text}{better}{_most_padded(tally)}")


def _never(tally: Tally) -> str:
    """Name the bucket whose pictures never make a batch, and what would help."""
    size = tally.recipe.batch_size
    small = [row for row in tally.buckets if row.batches.count < size]
    if not small:
        return ""
    fullest = max(small, key=lambda row: row.batches.count)
    missing = size - fullest.batches.count
    return (
        f"; {plural(len(small), 'bucket')} never {'makes' if len(small) == 1 else 'make'} a batch: "
        f"{in_words(fullest.size)} lacks {plural(missing, 'picture')}"
    )


def _most_padded(tally: Tally) -> str:
    row = max(tally.buckets, key=lambda row: row.batches.padded / row.batches.count)
    times = (row.batches.count + row.batches.padded) / row.batches.count
    if times < 1.5:
        return ""
    return f"; {in_words(row.size)} is seen {times:.1f} times as often as the rest"


def _short(tally: Tally) -> Iterator[Remark]:
    if tally.short and tally.short / max(1, tally.steps) > 0.25:
        small = share_of(tally.short, tally.steps, "batch", "batches")
        text = f"{small} smaller than {tally.recipe.batch_size}"
        yield Remark(
            Level.NOTE,
            "short",
            f"{text}: each of {'its' if tally.short == 1 else 'their'} pictures weighs more in its "
            "step than the others",
        )


def _views(tally: Tally) -> Iterator[Remark]:
    """Tell of pictures that are repeated so often, and so alone, that they are learned by heart."""
    lonely = [row for row in tally.buckets if _views_each(row) >= MANY_VIEWS]
    lonely = [row for row in lonely if row.pictures <= FEW_PICTURES]
    if not lonely:
        return
    worst = max(lonely, key=_views_each)
    yield Remark(
        Level.WARNING,
        "overfit",
        f"{in_words(worst.size)} holds {plural(worst.pictures, 'picture')}, each seen "
        f"{_views_each(worst):.0f} times an epoch and never beside another: "
        f"learned by heart, so repeat less or add to that shape"
        + (f" ({plural(len(lonely) - 1, 'more such bucket')})" if len(lonely) > 1 else ""),
    )


def _views_each(row: BucketRow) -> float:
    return row.batches.count / row.pictures


def _fragments(tally: Tally) -> Iterator[Remark]:
    if tally.fragmentation < 0.2 or len(tally.buckets) < 4:
        return
    text = (
        f"{percent(tally.fragmentation)} of the pictures lie in buckets "
        f"of less than a batch ({plural(len(tally.buckets), 'bucket')} in use)"
    )
    yield Remark(Level.WARNING, "fragments", text + _fewer(tally))


def _fewer(tally: Tally) -> str:
    """Say what other settings of kohya would bring fewer buckets."""
    recipe = tally.recipe
    if recipe.trainer != "kohya":
        return ""
    if not recipe.upscale:
        longest = max(recipe.max, 2 * max(recipe.width, recipe.height))
        other, how = changed(recipe, upscale=True, max=longest), "with upscaling"
    elif recipe.step * 2 <= min(256, recipe.min):
        other, how = changed(recipe, step=recipe.step * 2), f"with step {recipe.step * 2}"
    else:
        return ""
    outcomes = assign_all(other, tally.outcomes.sizes)
    count = len(np.unique(outcomes.bucket[outcomes.trained], axis=0))
    return f"; {how} they would be {count:,}" if count < len(tally.buckets) else ""


def _crops(tally: Tally) -> Iterator[Remark]:
    cropped, trained = tally.outcomes.cropped, tally.outcomes.trained
    much = trained & (cropped >= NOTABLE_CROP)
    ratio = tally.outcomes.sizes[:, 0] / tally.outcomes.sizes[:, 1]
    widest = find_widest(tally.recipe)
    if widest is not None:
        long = much & (np.maximum(ratio, 1 / ratio) > widest * 1.1)
        if long.any():
            lost = percent(float(cropped[long].mean()))
            yield Remark(
                Level.WARNING,
                "wide",
                f"{plural(int(long.sum()), 'picture')} longer than {widest:.3g}:1, the longest "
                f"bucket, lose {lost} of themselves on average: cut them into pieces",
            )
        much &= ~long
    share = float(much.sum()) / max(1, len(tally.pictures))
    if share >= NOTABLE_SHARE:
        yield Remark(
            Level.NOTE,
            "cut",
            f"{plural(int(much.sum()), 'picture')} ({percent(share)}) lose "
            f"{NOTABLE_CROP * 100:.0f} % or more of their area; "
            f"{percent(tally.cropped)} is the mean of all",
        )


def _pixels(tally: Tally) -> Iterator[Remark]:
    recipe, outcomes = tally.recipe, tally.outcomes
    area, total = recipe.width * recipe.height, len(tally.pictures)
    large = outcomes.trained & (outcomes.sizes.prod(axis=1) >= area)
    if large.any():
        share = float(outcomes.bucket[large].prod(axis=1).mean()) / area
        if share < 0.75:
            yield Remark(Level.WARNING, "budget", _budget_text(recipe, share))
    small = outcomes.trained & ~large
    enlarged = small & (outcomes.kept > 1.005)
    if enlarged.sum() / total >= NOTABLE_SHARE:
        most = float(outcomes.kept[enlarged].max())
        text = f"{share_of(int(enlarged.sum()), total, 'picture')} enlarged, up to {most:.2f} times"
        yield Remark(Level.WARNING, "below", f"{text}: blur is learned with them")
    elif small.sum() / total >= NOTABLE_SHARE:
        count = int(small.sum())
        text = f"{count:,} of {plural(total, 'picture')} {'has' if count == 1 else 'have'}"
        yield Remark(
            Level.NOTE,
            "below",
            f"{text} fewer pixels than the target, and stay{'s' * (count == 1)} small",
        )


def _budget_text(recipe: ReportRecipe, share: float) -> str:
    text = (
        f"pictures that are large enough use only {percent(share)} "
        f"of the {recipe.width}×{recipe.height} pixels"
    )
    if recipe.trainer == "kohya" and recipe.upscale and recipe.max < 2 * recipe.width:
        return f"{text}: raise max from {recipe.max} to {2 * recipe.width}"
    if recipe.trainer == "nai" and 0 < recipe.base_width < recipe.width:
        return f"{text}: squares go to the base resolution, so set it to the resolution too"
    return text
