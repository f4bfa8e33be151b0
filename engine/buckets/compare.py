"""What kohya really did, read from its log or from a LoRA's metadata, against what we say."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.buckets.assign import assign_all
from engine.buckets.tally import Tally
from engine.errors import RecipeError, SourceError
from engine.recipe import ReportRecipe
from engine.text import plain, plural
from engine.values import Size

LARGEST_HEADER = 64_000_000
"""Bytes; a LoRA's metadata is far smaller."""

LARGEST_LOG = 256_000_000
"""Bytes that are read of one; the buckets are told at its beginning."""

_LOGGED = re.compile(r"bucket \d+: resolution \((\d+), (\d+)\), count: (\d+)")
_ERROR = re.compile(r"mean ar error \(without repeats\): ([\d.eE+-]+)")


@dataclass(frozen=True, slots=True)
class Trained:
    """The buckets that a training run made."""

    buckets: Mapping[Size, int]
    """Pictures in each, repeats counted."""
    aspect_error: float | None
    """Mean difference of w/h, without repeats; None when not told, or of several data sets."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our count beside that of a training run."""

    rows: tuple[tuple[Size, int, int], ...]
    """Bucket, our count, theirs."""
    agrees: bool
    """Every count is the same."""
    text: str
    """In words, with what would explain a difference."""


def read_log(text: str) -> Trained:
    """Read the bucket lines of a pasted kohya log; several data sets are added up.

    Raises
    ------
    SourceError
        It has no such line.
    """
    counts: Counter[Size] = Counter()
    for width, height, count in _LOGGED.findall(text):
        counts[int(width[:9]), int(height[:9])] += int(count[:12])
    if not counts:
        raise SourceError("no line like 'bucket 0: resolution (512, 512), count: 3' in this log")
    errors = _ERROR.findall(text)
    return Trained(dict(counts), _float(errors[0]) if len(errors) == 1 else None)


def read_bucket_info(text: str) -> Trained:
    """Read the JSON of a LoRA's ``ss_bucket_info`` or ``ss_datasets``.

    Raises
    ------
    SourceError
        It is not JSON, or tells of no buckets.
    """
    try:
        tables = list(_bucket_tables(json.loads(text)))
    except (ValueError, RecursionError):
        raise SourceError("this is no ss_bucket_info: not JSON") from None
    counts: Counter[Size] = Counter()
    try:
        for table in tables:
            for bucket in table["buckets"].values():
                width, height = map(int, bucket["resolution"])
                counts[width, height] += int(bucket["count"])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise SourceError("this ss_bucket_info has a form that we do not know") from None
    if not counts:
        raise SourceError("this ss_bucket_info tells of no buckets: was enable_bucket off?")
    error = tables[0].get("mean_img_ar_error") if len(tables) == 1 else None
    return Trained(dict(counts), float(error) if isinstance(error, int | float) else None)


def read_lora(path: Path) -> Trained:
    """Read the buckets that a LoRA (``.safetensors``) says it was trained with.

    Raises
    ------
    SourceError
        It cannot be read, is no safetensors file, or tells of no buckets.
    """
    name = plain(path.name)
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = file.read(length) if 2 <= length <= LARGEST_HEADER else b""
        metadata = json.loads(header)["__metadata__"]
        text = metadata.get("ss_datasets") or metadata["ss_bucket_info"]
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SourceError(f"{name} is no LoRA that tells of its buckets") from None
    return read_bucket_info(text)


def read_trained(path: Path, text: str | None = None) -> Trained:
    """Read what a training run made: a LoRA, its ``ss_bucket_info`` or kohya's log.

    ``text`` is what was pasted instead of a file.

    Raises
    ------
    SourceError
        It cannot be read, or is none of these.
    """
    if text is None:
        if path.suffix == ".safetensors":
            return read_lora(path)
        try:
            with path.open("rb") as file:
                text = file.read(LARGEST_LOG).decode("utf-8", "replace")
        except OSError as error:
            raise SourceError(f"{plain(str(path))} cannot be read: {error.strerror}") from None
    # A log may begin with "[Dataset 0]".
    is_json = re.match(r"\s*(\{|\[\s*\{)", text) is not None
    return read_bucket_info(text) if is_json else read_log(text)


def compare(tally: Tally, trained: Trained) -> Comparison:
    """Set our count beside that of a training run, and look for what explains a difference."""
    ours = {row.size: row.batches.count for row in tally.buckets}
    sizes = sorted({*ours, *trained.buckets})
    rows = tuple((size, ours.get(size, 0), trained.buckets.get(size, 0)) for size in sizes)
    if ours == trained.buckets:
        held = _all(len(sizes), "holds", "hold")
        return Comparison(rows, True, f"{held} what the trainer put there")
    return Comparison(rows, False, _difference(tally, trained, ours))


def _difference(tally: Tally, trained: Trained, ours: Mapping[Size, int]) -> str:
    total, theirs = sum(ours.values()), sum(trained.buckets.values())
    for words, recipe in _others(tally.recipe):
        with suppress(RecipeError):
            if _counts(tally, recipe) == trained.buckets:
                agree = f"then {_all(len(trained.buckets), 'agrees', 'agree')}"
                return f"it was trained with {words}: {agree}"
    if ours.keys() == trained.buckets.keys() and theirs % max(1, total) == 0:
        return f"the same buckets, {theirs // max(1, total)} times as full: its repeats differ"
    if total == theirs:
        wrong = sum(
            abs(ours.get(s, 0) - trained.buckets.get(s, 0)) for s in {*ours, *trained.buckets}
        )
        lies = "lies in another bucket" if wrong // 2 == 1 else "lie in other buckets"
        return f"{wrong // 2:,} of {plural(total, 'picture')} {lies}: its settings differ"
    trained_on = plural(theirs, "picture")
    return f"it trained {trained_on}, here are {total:,}: pictures or repeats differ"


def _all(buckets: int, does: str, do: str) -> str:
    return f"the one bucket {does}" if buckets == 1 else f"all {buckets:,} buckets {do}"


def _counts(tally: Tally, recipe: ReportRecipe) -> dict[Size, int]:
    """Count the buckets of the same pictures under other settings."""
    outcomes = assign_all(recipe, tally.outcomes.sizes)
    trained = outcomes.trained
    sizes, which = np.unique(outcomes.bucket[trained], axis=0, return_inverse=True)
    counts = np.bincount(which.ravel(), weights=tally.repeats[trained], minlength=len(sizes))
    return {(int(w), int(h)): int(count) for (w, h), count in zip(sizes, counts, strict=True)}


def _others(recipe: ReportRecipe) -> Iterator[tuple[str, ReportRecipe]]:
    """Give the settings that most often differ from what was meant, with words for them."""
    for upscale in (recipe.upscale, not recipe.upscale):
        for step in dict.fromkeys((recipe.step, 64, 32)):
            for least in dict.fromkeys((recipe.min, 256, 512)):
                for most in dict.fromkeys((recipe.max, 1024, 2048)):
                    other = replace(recipe, upscale=upscale, step=step, min=least, max=most)
                    if other != recipe:
                        yield _in_words(recipe, other), other


def _in_words(recipe: ReportRecipe, other: ReportRecipe) -> str:
    words = []
    if other.upscale != recipe.upscale:
        words.append("upscaling" if other.upscale else "bucket_no_upscale")
    for name, ours, theirs in (
        ("step", recipe.step, other.step),
        ("min_bucket_reso", recipe.min, other.min),
        ("max_bucket_reso", recipe.max, other.max),
    ):
        if ours != theirs:
            words.append(f"{name} {theirs} instead of {ours}")
    return " and ".join(words)


def _bucket_tables(value: Any) -> Iterator[Mapping[str, Any]]:
    """Find the tables of buckets in either form of the metadata, which may be JSON in JSON."""
    if isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, list):
        for data_set in value:
            yield from _bucket_tables(data_set)
    elif isinstance(value, dict) and isinstance(value.get("bucket_info"), dict):
        yield from _bucket_tables(value["bucket_info"])
    elif isinstance(value, dict) and isinstance(value.get("buckets"), dict):
        yield value


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
