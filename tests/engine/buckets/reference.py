"""The trainers' rules once more: slow, one picture at a time, with Python's own numbers.

Written from the descriptions of the rules alone and sharing nothing with the engine, so that a
slip in its columns of NumPy numbers cannot hide in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt

from engine.recipe import ReportRecipe

Size = tuple[int, int]


@dataclass(frozen=True)
class Expected:
    """One row as a trainer gives it; all zeros when the picture is dropped or crashes it."""

    bucket: Size = (0, 0)
    resized: Size = (0, 0)
    crop: Size = (0, 0)
    status: str = "ok"


CRASH = Expected(status="error:ZeroDivisionError")


def expect(recipe: ReportRecipe, w: int, h: int) -> Expected:
    """Say what a trainer does with a picture of ``w`` by ``h`` pixels."""
    match recipe.trainer:
        case "kohya":
            return _kohya(recipe, w, h) if recipe.upscale else _kohya_free(recipe, w, h)
        case "nai":
            return _novelai(recipe, w, h)
        case "sdxl" | "sdxl-paper":
            table = _published(paper=recipe.trainer == "sdxl-paper")
            bucket = _first_nearest(table, [bw / bh for bw, bh in table], w / h)
            return _covered(w, h, bucket)
        case "onetrainer":
            return _onetrainer(recipe, w, h)
        case "everydream2":
            return _everydream2(recipe, w, h)
        case "ai-toolkit":
            return _ai_toolkit(recipe, w, h)
        case "diffusers":
            return _diffusers(recipe, w, h)
        case "simpletuner":
            return _simpletuner(recipe, w, h)
    raise AssertionError(recipe.trainer)


def _resized(bucket: Size, resized: Size, status: str = "ok") -> Expected:
    crop = resized[0] - bucket[0], resized[1] - bucket[1]
    return Expected(bucket, resized, crop, status)


def _first_nearest(table: Sequence[Size], aspects: Sequence[float], ratio: float) -> Size:
    errors = [abs(aspect - ratio) for aspect in aspects]
    return table[errors.index(min(errors))]


def _kohya(recipe: ReportRecipe, w: int, h: int) -> Expected:
    step = recipe.step
    smallest = recipe.min - recipe.min % step
    largest = recipe.max if recipe.max % step == 0 else recipe.max + step - recipe.max % step
    area = recipe.width * recipe.height
    side = int(sqrt(area) // step) * step
    table = {(side, side)}
    x = smallest
    while x <= largest:
        y = min(largest, (area // x) // step * step)
        if y >= smallest:
            table.add((x, y))
            table.add((y, x))
        x += step
    rows = sorted(table)
    bw, bh = (w, h) if (w, h) in table else _first_nearest(rows, [a / b for a, b in rows], w / h)
    scale = bh / h if w / h > bw / bh else bw / w
    return _resized((bw, bh), (int(w * scale + 0.5), int(h * scale + 0.5)))


def _kohya_free(recipe: ReportRecipe, w: int, h: int) -> Expected:
    step, area, ratio = recipe.step, recipe.width * recipe.height, w / h

    def down(value: float) -> int:
        whole = int(value + 0.5)
        return whole - whole % step

    resized = w, h
    if w * h > area:
        wide = sqrt(area * ratio)
        tall = area / wide
        b1, b2 = down(wide), down(tall)
        h1, w2 = down(b1 / ratio), down(b2 * ratio)
        if h1 == 0 or b2 == 0:
            return CRASH
        if abs(b1 / h1 - ratio) < abs(w2 / b2 - ratio):
            resized = b1, int(b1 / ratio + 0.5)
        else:
            resized = int(b2 * ratio + 0.5), b2
    bucket = resized[0] - resized[0] % step, resized[1] - resized[1] % step
    if bucket[1] == 0:
        return CRASH
    return _resized(bucket, resized, "ok" if bucket[0] else "degenerate:zero-size-bucket")


def _covered(w: int, h: int, bucket: Size) -> Expected:
    scale = max(bucket[0] / w, bucket[1] / h)
    return _resized(bucket, (int(w * scale + 0.5), int(h * scale + 0.5)))


def _novelai(recipe: ReportRecipe, w: int, h: int) -> Expected:
    area = recipe.width * recipe.height
    base = recipe.base_width or recipe.width, recipe.base_height or recipe.height
    aspects: dict[Size, float] = {}
    for turned in (False, True):
        one = recipe.min
        while one * recipe.min <= area and one <= recipe.max:
            other, passed = recipe.min, False
            while one * (other + recipe.step) <= area and other + recipe.step <= recipe.max:
                passed |= (one, other) == base
                other += recipe.step
            if passed and not turned:
                aspects[base] = 1.0
            size = (other, one) if turned else (one, other)
            aspects[size] = size[0] / size[1]
            one += recipe.step
    rows = sorted(aspects, key=lambda size: (size[0], -size[1]))
    bucket = _first_nearest(rows, [aspects[size] for size in rows], w / h)
    if abs(aspects[bucket] - w / h) >= 4:
        return Expected(status="dropped:aspect-error>=4")
    return _covered(w, h, bucket)


def _published(*, paper: bool) -> list[Size]:
    """NovelAI's 33 buckets at 1024, and seven (or eight) more near the square."""
    rows = {(1024, 1024)}
    for x in range(512, 2048 + 64, 64):
        y = 1024 * 1024 // x // 64 * 64
        if 512 <= y <= 2048:
            rows |= {(x, y), (y, x)}
    rows |= {(832, 1152), (896, 1088), (960, 1024), (1024, 960), (1088, 896), (1152, 832)}
    rows.add((1344, 704))
    if not paper:
        rows.add((704, 1344))
    return sorted(rows, key=lambda size: (-size[0] / size[1], -size[0]))


def _onetrainer(recipe: ReportRecipe, w: int, h: int) -> Expected:
    q, target = recipe.step, recipe.width
    sides = [(1.0, r) for r in (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0)]
    sides += [(b, a) for a, b in sides]
    # The trainer keeps (height, width), and the order in which Python lists a set of them.
    kept = {
        (round(a / sqrt(a * b) * target / q) * q, round(b / sqrt(a * b) * target / q) * q)
        for a, b in sides
    }
    rows = [(bw, bh) for bh, bw in kept]
    bw, bh = _first_nearest(rows, [b / a for a, b in rows], h / w)
    if h / w > bh / bw:
        return _resized((bw, bh), (bw, round(h * (bw / w))))
    return _resized((bw, bh), (round(w * (bh / h)), bh))


_EVERYDREAM2 = {
    512: "512x512 576x448 640x384 768x320 896x256 1024x256",
    768: "768x768 832x704 896x640 960x576 1024x576 1152x512 1280x448 1408x384 1472x320",
    1024: "1024x1024 1152x896 1216x832 1344x768 1472x704 1600x640 1792x576 2048x512",
}


def _everydream2(recipe: ReportRecipe, w: int, h: int) -> Expected:
    rows: list[Size] = []
    for text in _EVERYDREAM2[recipe.width // 64 * 64].split():
        a, b = map(int, text.split("x"))
        rows += [(a, b)] if a == b else [(a, b), (b, a)]
    bw, bh = _first_nearest(rows, [a / b for a, b in rows], w / h)
    target, ratio = bw / bh, w / h
    cut = 0, 0
    if ratio > target:
        cut = w - int(h * target), 0
    elif target > ratio:
        cut = 0, h - int(w / target)
    small = w != bw and h != bh and w * h < bw * 1.02 * bh * 1.02
    return Expected((bw, bh), (bw, bh), cut, "ok:undersized" if small else "ok")


def _ai_toolkit(recipe: ReportRecipe, w: int, h: int) -> Expected:
    d, most = recipe.step, recipe.width**2
    t = min(w * h, most)
    s = sqrt(t / (w * h))
    x, y = w * s / d, h * s / d
    tried = [(floor(x), floor(y)), (floor(x), ceil(y)), (ceil(x), floor(y)), (ceil(x), ceil(y))]
    sizes = [(a * d, b * d) for a, b in tried if a > 0 and b > 0 and a * d * b * d <= most]
    if sizes:
        bw, bh = min(sizes, key=lambda size: abs(size[0] * size[1] - t))
    else:
        bw, bh = max(d, floor(x) * d), max(d, floor(y) * d)
    k = max(bw / w, bh / h)
    return _resized((bw, bh), (ceil(w * k), ceil(h * k)))


def _diffusers(recipe: ReportRecipe, w: int, h: int) -> Expected:
    d = recipe.step
    side = min(recipe.width, round(sqrt(w * h)))
    rows: list[Size] = []
    ratios = (
        (1, 1),
        (4, 5),
        (5, 4),
        (2, 3),
        (3, 2),
        (3, 4),
        (4, 3),
        (9, 16),
        (16, 9),
        (1, 2),
        (2, 1),
    )
    for over, under in ratios:
        a = over / under
        tall = sqrt(side * side / a)
        size = max(d, round(tall * a / d) * d), max(d, round(tall / d) * d)
        if size not in rows:
            rows.append(size)
    errors = [abs(h * bw - w * bh) for bw, bh in rows]
    best = min(errors)
    bw, bh = [size for size, error in zip(rows, errors, strict=True) if error == best][-1]
    scale = max(bh / h, bw / w)
    return _resized((bw, bh), (round(w * scale), round(h * scale)))


def _simpletuner(recipe: ReportRecipe, w: int, h: int) -> Expected:
    step = recipe.step

    def stepped(value: float) -> int:
        return max(round(value / step) * step, step)

    megapixels = recipe.width**2 / 10**6
    edge = stepped(int(sqrt(megapixels * 10**6)))
    ratio = w / h
    aspect = round(ratio, 2)
    if aspect == 0.0:
        return CRASH
    if aspect == 1.0 and w == h:
        return _resized((edge, edge), (edge, edge))
    tw, th = stepped(edge * sqrt(aspect)), stepped(edge / sqrt(aspect))
    iw, ih = (tw, int(tw / ratio)) if tw < th else (int(th * ratio), th)
    if iw < tw or ih < th:
        if tw > iw:
            dw = tw - iw
            dh = int(dw / ratio)
        else:
            dh = th - ih
            dw = int(dh * ratio)
        iw, ih = iw + dw, ih + dh
    if round(tw / th, 2) == 1.0:
        tw = th = edge
        if iw < edge:
            iw = ih = edge
    return _resized((tw, th), (iw, ih))
