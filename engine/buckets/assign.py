"""Which bucket a trainer puts a picture in, and what it resizes and cuts off on the way.

The rules are those of the trainers' own code, down to the last bit of a double: each keeps the
form of its expressions, because ties between two buckets are decided by their rounding.
Sizes are ``int64`` columns, so that a whole data set is one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.buckets.tables import Table, table_of
from engine.errors import RecipeError
from engine.recipe import ReportRecipe
from engine.values import Bucket, Size

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Reals = NDArray[Any]
"""Products of whole columns and float columns, which the stubs take for whole."""

LARGEST_SIDE = 1_000_000_000
"""Pixels; beyond it an area would not fit in 63 bits."""

OK, UNDERSIZED, DROPPED, CRASHES, EMPTY = range(5)
STATUSES = (
    "ok",
    "ok:undersized",
    "dropped:aspect-error>=4",
    "error:ZeroDivisionError",
    "degenerate:zero-size-bucket",
)
"""What the numbers of :attr:`Outcomes.status` mean."""

NAI_LARGEST_ERROR = 4.0
"""NovelAI prunes a picture whose aspect is this far (w/h) from every bucket."""

_CHUNK = 32_768
"""Pictures at a time: the columns of one chunk stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a trainer makes of N pictures, in columns."""

    sizes: Ints
    """``(N, 2)`` width and height of the pictures."""
    bucket: Ints
    """``(N, 2)`` training size; zeros when a picture is dropped or fails."""
    resized: Ints
    """``(N, 2)`` size after the resize, before the crop."""
    crop: Ints
    """``(N, 2)`` pixels cut off in all (EveryDream2: source pixels, before the resize)."""
    offset: Ints
    """``(N, 2)`` left and top of the centre crop; meaningless unless ``centred``."""
    centred: bool
    """The trainer crops the centre, not at random."""
    status: NDArray[np.int8]
    """``(N,)`` index into :data:`STATUSES`."""
    kept: Floats
    """``(N,)`` linear scale of what reaches the trainer, 1.0 at native size; 0 when dropped."""
    cropped: Floats
    """``(N,)`` share of the area cut away, 0 to 1; 1 when the picture never reaches training."""

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: int) -> Bucket:
        """Give one picture's outcome as a value."""
        trained = self.status[index] <= UNDERSIZED
        return Bucket(
            size=_pair(self.bucket[index]),
            resized=_pair(self.resized[index]),
            crop=_pair(self.crop[index]),
            offset=_pair(self.offset[index]) if self.centred and trained else None,
            status=STATUSES[self.status[index]],
            kept=float(self.kept[index]),
            cropped=float(self.cropped[index]),
        )

    def __iter__(self) -> Iterator[Bucket]:
        return (self[index] for index in range(len(self)))

    @property
    def trained(self) -> Flags:
        """``(N,)`` True where the picture reaches training."""
        return self.status <= UNDERSIZED


def assign(recipe: ReportRecipe, width: int, height: int) -> Bucket:
    """Say what a trainer does with a picture of ``width`` by ``height`` pixels.

    Raises
    ------
    RecipeError
        The trainer refuses these settings, or the size is not one of a picture.
    """
    return assign_all(recipe, [(width, height)])[0]


def assign_all(recipe: ReportRecipe, sizes: ArrayLike | Sequence[Size]) -> Outcomes:
    """Say what a trainer does with each of many pictures.

    Parameters
    ----------
    recipe : ReportRecipe
        The trainer and its settings.
    sizes : (N, 2) array of integers
        Width and height of each picture, pixels, 1 to :data:`LARGEST_SIDE`.

    Returns
    -------
    Outcomes
        Columns of N, in the order given.

    Raises
    ------
    RecipeError
        The trainer refuses these settings, or a size is not one of a picture.
    """
    columns = _checked(sizes)
    table = table_of(recipe)
    rule = _RULES[recipe.trainer]
    with np.errstate(all="ignore"):
        parts = [
            rule(columns[start : start + _CHUNK, 0], columns[start : start + _CHUNK, 1],
                 recipe, table)
            for start in range(0, max(1, len(columns)), _CHUNK)
        ]  # fmt: skip
        return _outcomes(columns, parts, recipe)


@dataclass(slots=True)
class _Part:
    """The outcome of one chunk, as its rule leaves it."""

    bucket: tuple[Ints, Ints]
    resized: tuple[Ints, Ints]
    crop: tuple[Ints, Ints]
    status: NDArray[np.int8]
    kept: Floats
    cropped: Floats


_Rule = Callable[[Ints, Ints, ReportRecipe, Table | None], _Part]


def _checked(sizes: ArrayLike | Sequence[Size]) -> Ints:
    columns = np.asarray(sizes)
    if columns.size == 0:
        return np.zeros((0, 2), np.int64)
    if columns.ndim != 2 or columns.shape[1] != 2 or columns.dtype.kind not in "iu":
        raise ValueError(f"sizes are whole numbers of shape (N, 2), got {columns.shape}")
    for bad in columns[((columns < 1) | (columns > LARGEST_SIDE)).any(axis=1)][:1]:
        raise RecipeError(
            f"{bad[0]}x{bad[1]} is no picture: sides are 1 to {LARGEST_SIDE:,} pixels"
        )
    return columns.astype(np.int64)


def _outcomes(sizes: Ints, parts: list[_Part], recipe: ReportRecipe) -> Outcomes:
    crop = _joined([part.crop for part in parts])
    return Outcomes(
        sizes=sizes,
        bucket=_joined([part.bucket for part in parts]),
        resized=_joined([part.resized for part in parts]),
        crop=crop,
        offset=crop // 2,
        centred=recipe.trainer not in ("nai", "everydream2", "diffusers", "simpletuner"),
        status=np.concatenate([part.status for part in parts]),
        kept=np.concatenate([part.kept for part in parts]),
        cropped=np.concatenate([part.cropped for part in parts]),
    )


def _joined(pairs: list[tuple[Ints, Ints]]) -> Ints:
    out = np.empty((sum(len(w) for w, _ in pairs), 2), np.int64)
    np.concatenate([w for w, _ in pairs], out=out[:, 0])
    np.concatenate([h for _, h in pairs], out=out[:, 1])
    return out


def _pair(row: NDArray[Any]) -> Size:
    return int(row[0]), int(row[1])


def _part(
    w: Ints,
    h: Ints,
    bucket: tuple[Ints, Ints],
    resized: tuple[Ints, Ints],
    status: NDArray[np.int8] | None = None,
) -> _Part:
    """Resize, then crop: what remains to be said of most trainers."""
    (bw, bh), (rw, rh) = bucket, resized
    if status is None:
        status = np.zeros(len(w), np.int8)
    lost = (status == DROPPED) | (status == CRASHES)
    if lost.any():
        bw, bh, rw, rh = (np.where(lost, 0, column) for column in (bw, bh, rw, rh))
    kept = np.sqrt((rw / w) * (rh / h))
    seen = np.minimum(bw, rw) * np.minimum(bh, rh) / np.maximum(rw * rh, 1)
    unseen = lost | (status == EMPTY)
    return _Part(
        (bw, bh),
        (rw, rh),
        (rw - bw, rh - bh),
        status,
        np.where(unseen, 0.0, kept),
        np.where(unseen, 1.0, 1.0 - seen),
    )


def _nearest(ratio: Floats, aspects: Sequence[float]) -> tuple[NDArray[np.intp], Floats]:
    """Give the first of the nearest aspects of each picture, and how far it is."""
    index = np.zeros(len(ratio), np.intp)
    error = np.abs(aspects[0] - ratio)
    for k, aspect in enumerate(aspects[1:], start=1):
        other = np.abs(aspect - ratio)
        index[other < error] = k
        np.minimum(error, other, out=error)
    return index, error


def _taken(table: Table, index: NDArray[np.intp]) -> tuple[Ints, Ints]:
    sizes = np.array(table.sizes, np.int64)
    return sizes[index, 0], sizes[index, 1]


def _half_up(value: Reals) -> Ints:
    """Round as ``int(x + 0.5)`` does."""
    whole: Ints = (value + 0.5).astype(np.int64)
    return whole


def _half_even(value: Reals) -> Ints:
    """Round as Python's ``round`` does."""
    whole: Ints = np.rint(value).astype(np.int64)
    return whole


def _kohya(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    if table is None:
        return _kohya_no_upscale(w, h, recipe)
    ratio = w / h
    index, _ = _nearest(ratio, table.aspects)
    for k, (bw, bh) in enumerate(table.sizes):
        # A picture that has a bucket's very size stays there, also when an earlier bucket
        # has the same aspect.
        if table.aspects.index(table.aspects[k]) != k:
            index[(w == bw) & (h == bh)] = k
    bw_, bh_ = _taken(table, index)
    scale = np.where(ratio > bw_ / bh_, bh_ / h, bw_ / w)
    return _part(w, h, (bw_, bh_), (_half_up(w * scale), _half_up(h * scale)))


def _kohya_no_upscale(w: Ints, h: Ints, recipe: ReportRecipe) -> _Part:
    step, area = recipe.step, recipe.width * recipe.height
    ratio = w / h
    wide = np.sqrt(area * ratio)
    tall = area / wide
    b1 = _floored(wide, step)
    h1 = _floored(b1 / ratio, step)
    b2 = _floored(tall, step)
    w2 = _floored(b2 * ratio, step)
    first = np.abs(b1 / h1 - ratio) < np.abs(w2 / b2 - ratio)
    shrinks = w * h > area
    rw = np.where(shrinks, np.where(first, b1, _half_up(b2 * ratio)), w)
    rh = np.where(shrinks, np.where(first, _half_up(b1 / ratio), b2), h)
    bw, bh = rw - rw % step, rh - rh % step
    status = np.zeros(len(w), np.int8)
    status[bw == 0] = EMPTY
    status[(bh == 0) | (shrinks & ((h1 == 0) | (b2 == 0)))] = CRASHES
    return _part(w, h, (bw, bh), (rw, rh), status)


def _floored(value: Floats, step: int) -> Ints:
    """Round to a whole number, then *down* to the step, whatever kohya's name for it says."""
    whole = _half_up(value)
    return whole - whole % step


def _novelai(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    assert table is not None
    index, error = _nearest(w / h, table.aspects)
    status = np.where(error < NAI_LARGEST_ERROR, OK, DROPPED).astype(np.int8)
    bw, bh = _taken(table, index)
    return _part(w, h, (bw, bh), _covering(w, h, bw, bh), status)


def _published(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    assert table is not None
    bw, bh = _taken(table, _nearest(w / h, table.aspects)[0])
    return _part(w, h, (bw, bh), _covering(w, h, bw, bh))


def _covering(w: Ints, h: Ints, bw: Ints, bh: Ints) -> tuple[Ints, Ints]:
    scale = np.maximum(bw / w, bh / h)
    return _half_up(w * scale), _half_up(h * scale)


def _onetrainer(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    assert table is not None
    ratio = h / w
    bw, bh = _taken(table, _nearest(ratio, table.aspects)[0])
    taller = ratio > bh / bw
    rw = np.where(taller, bw, _half_even(w * (bh / h)))
    rh = np.where(taller, _half_even(h * (bw / w)), bh)
    return _part(w, h, (bw, bh), (rw, rh))


def _everydream2(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    """Crop in source pixels, then resize: the one trainer that does it in this order."""
    assert table is not None
    ratio = w / h
    bw, bh = _taken(table, _nearest(ratio, table.aspects)[0])
    target = bw / bh
    cut_w = np.where(ratio > target, w - (h * target).astype(np.int64), 0)
    cut_h = np.where(target > ratio, h - (w / target).astype(np.int64), 0)
    small = (w != bw) & (h != bh) & (w * h < bw * 1.02 * bh * 1.02)
    left_w, left_h = w - cut_w, h - cut_h
    return _Part(
        (bw, bh),
        (bw, bh),
        (cut_w, cut_h),
        np.where(small, UNDERSIZED, OK).astype(np.int8),
        np.sqrt(bw / np.maximum(left_w, 1) * (bh / np.maximum(left_h, 1))),
        1.0 - left_w * left_h / (w * h),
    )


def _ai_toolkit(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    d, largest = recipe.step, recipe.width * recipe.width
    target = np.minimum(w * h, largest)
    scale = np.sqrt(target / (w * h))
    x, y = w * scale / d, h * scale / d
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    x1, y1 = np.ceil(x).astype(np.int64), np.ceil(y).astype(np.int64)
    bw, bh = np.maximum(d, x0 * d), np.maximum(d, y0 * d)
    error = np.full(len(w), np.iinfo(np.int64).max)
    for cx, cy in ((x0, y0), (x0, y1), (x1, y0), (x1, y1)):
        area = cx * d * (cy * d)
        off = np.abs(area - target)
        better = (cx > 0) & (cy > 0) & (area <= largest) & (off < error)
        bw, bh = np.where(better, cx * d, bw), np.where(better, cy * d, bh)
        error = np.where(better, off, error)
    cover = np.maximum(bw / w, bh / h)
    resized = np.ceil(w * cover).astype(np.int64), np.ceil(h * cover).astype(np.int64)
    return _part(w, h, (bw, bh), resized)


_DIFFUSERS_RATIOS = (
    (1, 1), (4, 5), (5, 4), (2, 3), (3, 2), (3, 4), (4, 3), (9, 16), (16, 9), (1, 2), (2, 1),
)  # fmt: skip


def _diffusers(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    """Make a ladder of eleven buckets for each picture, and take the last of the nearest."""
    d = recipe.step
    side = np.minimum(recipe.width, _half_even(np.sqrt((w * h).astype(np.float64))))
    bw, bh = np.zeros_like(w), np.zeros_like(h)
    error = np.full(len(w), np.iinfo(np.int64).max)
    seen: list[tuple[Ints, Ints]] = []
    for a, b in _DIFFUSERS_RATIOS:
        height = np.sqrt(side * side / (a / b))
        cw = np.maximum(d, _half_even(height * (a / b) / d) * d)
        ch = np.maximum(d, _half_even(height / d) * d)
        new = np.ones(len(w), np.bool_)
        for other_w, other_h in seen:
            new &= (cw != other_w) | (ch != other_h)
        seen.append((cw, ch))
        off = np.abs(h * cw - w * ch)
        better = new & (off <= error)
        bw, bh = np.where(better, cw, bw), np.where(better, ch, bh)
        error = np.where(better, off, error)
    scale = np.maximum(bh / h, bw / w)
    return _part(w, h, (bw, bh), (_half_even(w * scale), _half_even(h * scale)))


def _simpletuner(w: Ints, h: Ints, recipe: ReportRecipe, table: Table | None) -> _Part:
    """Aspects are rounded to two decimals; each picture as if it were the first of its aspect."""
    step = recipe.step
    megapixels = recipe.width * recipe.width / 10**6
    edge = int(_stepped(np.array([float(int(np.sqrt(megapixels * 10**6)))]), step)[0])
    ratio = w / h
    aspect = _two_decimals(ratio)
    root = np.sqrt(aspect)
    tw, th = _stepped(edge * root, step), _stepped(edge / root, step)
    upright = tw < th
    iw = np.where(upright, tw, (th * ratio).astype(np.int64))
    ih = np.where(upright, (tw / ratio).astype(np.int64), th)
    grows = (iw < tw) | (ih < th)
    by_width = tw > iw
    dw = np.where(by_width, tw - iw, ((th - ih) * ratio).astype(np.int64))
    dh = np.where(by_width, ((tw - iw) / ratio).astype(np.int64), th - ih)
    iw, ih = np.where(grows, iw + dw, iw), np.where(grows, ih + dh, ih)
    square = _two_decimals(tw / th) == 1.0
    exact = w == h
    raised = exact | (square & (iw < edge))
    bucket = np.where(square, edge, tw), np.where(square, edge, th)
    resized = np.where(raised, edge, iw), np.where(raised, edge, ih)
    status = np.where(aspect == 0.0, CRASHES, OK).astype(np.int8)
    return _part(w, h, bucket, resized, status)


def _stepped(value: Floats, step: int) -> Ints:
    return np.maximum(_half_even(value / step) * step, step)


def _two_decimals(value: Floats) -> Floats:
    """Round as Python's ``round(x, 2)`` does; NumPy's differs next to a half."""
    rounded = np.round(value, 2)
    off = value * 100.0
    near = np.abs(off - np.floor(off) - 0.5) < 1e-6 * np.maximum(off, 1.0)
    near |= ~np.isfinite(value)
    for index in np.flatnonzero(near & np.isfinite(value)):
        rounded[index] = round(float(value[index]), 2)
    return rounded


_RULES: dict[str, _Rule] = {
    "kohya": _kohya,
    "nai": _novelai,
    "sdxl": _published,
    "sdxl-paper": _published,
    "onetrainer": _onetrainer,
    "everydream2": _everydream2,
    "ai-toolkit": _ai_toolkit,
    "diffusers": _diffusers,
    "simpletuner": _simpletuner,
}
