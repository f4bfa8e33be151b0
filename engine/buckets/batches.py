"""What becomes of the pictures of a bucket that do not fill a batch: each trainer's own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What a trainer does with the last, incomplete batch of a bucket."""

    SHORT = "short"
    """It trains a smaller batch."""
    DROP = "drop"
    """It leaves those pictures out of the epoch."""
    PAD = "pad"
    """It fills the batch with pictures of the bucket once more."""
    MOVE = "move"
    """It trains them as squares, in a left-over list of all buckets."""
    EMPTY_OUT = "empty_out"
    """It removes a bucket that cannot fill one batch, or refuses to start."""


RULES: dict[str, Rule] = {
    "kohya": Rule.SHORT,
    "nai": Rule.MOVE,
    "sdxl": Rule.SHORT,
    "sdxl-paper": Rule.SHORT,
    "onetrainer": Rule.DROP,
    "everydream2": Rule.PAD,
    "ai-toolkit": Rule.PAD,
    "diffusers": Rule.DROP,
    "simpletuner": Rule.EMPTY_OUT,
}
"""By trainer. SDXL's table was published without one: taken as kohya's."""

RULES_IN_WORDS: dict[str, str] = {
    "kohya": "the last batch of a bucket is smaller",
    "nai": "what does not fill a batch is trained as squares at the base resolution",
    "sdxl": "taken to be as kohya's: the last batch of a bucket is smaller",
    "sdxl-paper": "taken to be as kohya's: the last batch of a bucket is smaller",
    "onetrainer": "what does not fill a batch is left out of the epoch",
    "everydream2": "the last batch is filled with random repeats and its loss scaled down",
    "ai-toolkit": "the last batch is filled with repeats",
    "diffusers": "what does not fill a batch is left out of the epoch",
    "simpletuner": "a bucket that cannot fill one batch is removed",
}


@dataclass(frozen=True, slots=True)
class Batches:
    """How the pictures of one bucket, repeats counted, fall into batches in an epoch."""

    count: int
    """Pictures, each as often as it is repeated."""
    batches: int
    """Training steps in an epoch."""
    short: int
    """Pictures in the last batch when it is smaller than the others, else 0."""
    dropped: int
    """Pictures left out of the epoch."""
    padded: int
    """Places filled with a picture once more."""
    moved: int
    """Pictures trained in another bucket instead."""


def batches_of(trainer: str, count: int, batch_size: int) -> Batches:
    """Divide a bucket of ``count`` pictures, repeats counted, as a trainer does."""
    full, rest = divmod(count, batch_size)
    up = full + (rest > 0)
    match RULES[trainer]:
        case Rule.SHORT:
            return Batches(count, up, rest, 0, 0, 0)
        case Rule.PAD:
            return Batches(count, up, 0, 0, (batch_size - rest) % batch_size, 0)
        case Rule.DROP:
            return Batches(count, full, 0, rest, 0, 0)
        case Rule.MOVE:
            return Batches(count, full, 0, 0, 0, rest)
        case Rule.EMPTY_OUT:
            removed = count < batch_size
            return Batches(
                count, 0 if removed else up, 0 if removed else rest, count * removed, 0, 0
            )


def best_batch_size(trainer: str, counts: Sequence[int], largest: int) -> int:
    """Find the largest of the batch sizes, 2 to ``largest``, that harm the fewest pictures."""
    sizes = range(2, largest + 1) if largest > 1 else (1,)
    return max(sizes, key=lambda size: (-harmed(trainer, counts, size), size))


def harmed(trainer: str, counts: Sequence[int], batch_size: int) -> int:
    """Count the pictures that are dropped, moved, or repeated to fill a batch."""
    divided = [batches_of(trainer, count, batch_size) for count in counts]
    return sum(b.dropped + b.padded + b.moved for b in divided)
