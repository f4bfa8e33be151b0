"""A set of pictures counted as a trainer will see it: by bucket, by kind and by aspect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log

import numpy as np

from engine.buckets.assign import Flags, Floats, Ints, Outcomes, assign_all
from engine.buckets.batches import Batches, batches_of
from engine.buckets.measure import Picture
from engine.recipe import ReportRecipe
from engine.values import Size

ASPECTS: tuple[tuple[str, float], ...] = (
    ("1:4", 1 / 4),
    ("1:3", 1 / 3),
    ("1:2", 1 / 2),
    ("9:16", 9 / 16),
    ("2:3", 2 / 3),
    ("3:4", 3 / 4),
    ("4:5", 4 / 5),
    ("1:1", 1.0),
    ("5:4", 5 / 4),
    ("4:3", 4 / 3),
    ("3:2", 3 / 2),
    ("16:9", 16 / 9),
    ("2:1", 2.0),
    ("21:9", 21 / 9),
    ("3:1", 3.0),
    ("4:1", 4.0),
)
"""The aspects that pictures are counted under, each with those nearest to it."""
TALLER, WIDER = "taller", "wider"
BEYOND = 4.6
"""Aspects beyond this are no longer called 4:1."""
WIDESCREEN = 16 / 9
NEAR_WIDESCREEN = 0.03
"""A frame whose letterbox was trimmed is still 16:9 within 3 %; 1.85:1 is not."""


@dataclass(frozen=True, slots=True)
class BucketRow:
    """One bucket that is used."""

    size: Size
    pictures: int
    """Without repeats."""
    batches: Batches
    """What an epoch of them is, repeats counted."""
    kept: float
    """Mean linear scale, 1.0 at native size."""
    cropped: float
    """Mean share of the area cut away, 0 to 1."""
    members: tuple[int, ...]
    """Places of its pictures in the list of all."""


@dataclass(frozen=True, slots=True)
class KindRow:
    """The pictures of one kind."""

    kind: str
    pictures: int
    """Without repeats."""
    count: int
    """With repeats."""
    buckets: int
    """Buckets that they fall into."""
    kept: float
    """Mean linear scale, 1.0 at native size."""
    cropped: float
    """Mean share of the area cut away, 0 to 1."""
    widescreen: int
    """How many of them, without repeats, are 16:9."""


@dataclass(frozen=True, slots=True)
class AspectBar:
    """The pictures of about one aspect."""

    name: str
    """``16:9``, or ``wider`` and ``taller`` than all that have names."""
    pictures: int
    """Without repeats."""
    count: int
    """With repeats."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A data set as one trainer sees it; means are weighted by repeats."""

    recipe: ReportRecipe
    pictures: tuple[Picture, ...]
    outcomes: Outcomes
    repeats: Ints
    """``(N,)`` how often each picture is trained in an epoch."""
    buckets: tuple[BucketRow, ...]
    """Those in use, by width and height, as kohya's log lists them."""
    kinds: tuple[KindRow, ...]
    aspects: tuple[AspectBar, ...]
    """From tall to wide, without the empty ends."""
    count: int
    """Pictures with repeats that reach a bucket."""
    lost: int
    """Pictures, without repeats, that never reach training."""
    steps: int
    """Batches in an epoch."""
    short: int
    """Batches smaller than the others."""
    dropped: int
    """Pictures with repeats left out of the epoch because they fill no batch."""
    padded: int
    """Places filled with a picture once more."""
    moved: int
    """Pictures with repeats trained in a bucket that is not theirs."""
    kept: float
    """Mean linear scale of what is trained, 1.0 at native size."""
    cropped: float
    """Mean share of the area cut away, 0 to 1."""
    enlarged: int
    """Pictures, without repeats, that are upscaled."""
    budget: float
    """Mean share of the resolution's pixels that the buckets use."""
    aspect_error: float
    """Mean difference of w/h between picture and bucket, without repeats, as kohya logs it."""
    widescreen: float
    """Share of pictures, repeats counted, that are 16:9."""
    fragmentation: float
    """Share of pictures, repeats counted, in buckets that hold less than a batch."""
    effective_buckets: float
    """How many equally full buckets would be as mixed: exp of the entropy."""


def count_up(pictures: Sequence[Picture], recipe: ReportRecipe) -> Tally:
    """Count what a trainer makes of ``pictures`` in an epoch.

    Raises
    ------
    RecipeError
        The trainer refuses these settings, or a size is not one of a picture.
    """
    outcomes = assign_all(recipe, [picture.size_for(recipe.trainer) for picture in pictures])
    repeats = np.array([picture.repeats for picture in pictures], np.int64)
    trained = outcomes.trained
    weights = np.where(trained, repeats, 0)
    buckets = _bucket_rows(recipe, outcomes, repeats)
    wide = is_widescreen(outcomes.sizes)
    counts = np.array([row.batches.count for row in buckets], np.float64)
    moved = sum(row.batches.moved for row in buckets)
    return Tally(
        recipe=recipe,
        pictures=tuple(pictures),
        outcomes=outcomes,
        repeats=repeats,
        buckets=buckets,
        kinds=_kind_rows(pictures, outcomes, repeats, wide),
        aspects=_aspect_bars(outcomes.sizes, repeats),
        count=int(weights.sum()),
        lost=int((~trained).sum()),
        # NovelAI gathers what fills no batch in one list of squares, and trains that in batches.
        steps=sum(row.batches.batches for row in buckets) + moved // recipe.batch_size,
        short=sum(row.batches.short > 0 for row in buckets),
        dropped=sum(row.batches.dropped for row in buckets),
        padded=sum(row.batches.padded for row in buckets),
        moved=moved,
        kept=_mean(outcomes.kept, weights),
        cropped=_mean(outcomes.cropped, weights),
        enlarged=int((trained & (outcomes.kept > 1.005)).sum()),
        budget=_mean(outcomes.bucket.prod(axis=1) / (recipe.width * recipe.height), weights),
        aspect_error=_aspect_error(outcomes),
        widescreen=_mean(wide.astype(np.float64), repeats),
        fragmentation=_share(counts, counts < recipe.batch_size),
        effective_buckets=_effective(counts),
    )


def is_widescreen(sizes: Ints) -> Flags:
    """Tell which of ``(N, 2)`` sizes are 16:9."""
    near: Flags = np.abs(np.log(sizes[:, 0] / sizes[:, 1] / WIDESCREEN)) < NEAR_WIDESCREEN
    return near


def _bucket_rows(recipe: ReportRecipe, outcomes: Outcomes, repeats: Ints) -> tuple[BucketRow, ...]:
    trained = np.flatnonzero(outcomes.trained)
    if not len(trained):
        return ()
    sizes, which = np.unique(outcomes.bucket[trained], axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(which.ravel(), minlength=len(sizes)))
    rows = []
    for size, members in zip(sizes, np.split(trained[order], ends[:-1]), strict=True):
        own = repeats[members]
        rows.append(
            BucketRow(
                size=(int(size[0]), int(size[1])),
                pictures=len(members),
                batches=batches_of(recipe.trainer, int(own.sum()), recipe.batch_size),
                kept=_mean(outcomes.kept[members], own),
                cropped=_mean(outcomes.cropped[members], own),
                members=tuple(members.tolist()),
            )
        )
    return tuple(rows)


def _kind_rows(
    pictures: Sequence[Picture], outcomes: Outcomes, repeats: Ints, wide: Flags
) -> tuple[KindRow, ...]:
    names = np.array([picture.kind for picture in pictures], object)
    rows = []
    for kind in sorted(set(names.tolist())):
        own = names == kind
        weights = np.where(outcomes.trained[own], repeats[own], 0)
        used = outcomes.bucket[own & outcomes.trained]
        rows.append(
            KindRow(
                kind=kind,
                pictures=int(own.sum()),
                count=int(repeats[own].sum()),
                buckets=len(np.unique(used, axis=0)),
                kept=_mean(outcomes.kept[own], weights),
                cropped=_mean(outcomes.cropped[own], weights),
                widescreen=int(wide[own].sum()),
            )
        )
    return tuple(rows)


def _aspect_bars(sizes: Ints, repeats: Ints) -> tuple[AspectBar, ...]:
    if not len(sizes):
        return ()
    ratio = sizes[:, 0] / sizes[:, 1]
    edges = [1 / BEYOND]
    edges += [(left * right) ** 0.5 for (_, left), (_, right) in pairwise(ASPECTS)]
    edges.append(BEYOND)
    names = [TALLER, *(name for name, _ in ASPECTS), WIDER]
    place = np.searchsorted(edges, ratio)
    pictures = np.bincount(place, minlength=len(names))
    counts = np.bincount(place, weights=repeats, minlength=len(names))
    return tuple(
        AspectBar(names[k], int(pictures[k]), int(counts[k]))
        for k in range(int(place.min()), int(place.max()) + 1)
    )


def _aspect_error(outcomes: Outcomes) -> float:
    trained = outcomes.trained
    sizes, buckets = outcomes.sizes[trained], outcomes.bucket[trained]
    if not len(sizes):
        return 0.0
    return float(np.abs(buckets[:, 0] / buckets[:, 1] - sizes[:, 0] / sizes[:, 1]).mean())


def _mean(values: Floats, weights: Ints) -> float:
    total = int(weights.sum())
    return float((values * weights).sum() / total) if total else 0.0


def _share(counts: Floats, wanted: Flags) -> float:
    total = float(counts.sum())
    return float(counts[wanted].sum()) / total if total else 0.0


def _effective(counts: Floats) -> float:
    total = float(counts.sum())
    if not total:
        return 0.0
    shares = [count / total for count in counts.tolist() if count]
    return exp(-sum(share * log(share) for share in shares))
