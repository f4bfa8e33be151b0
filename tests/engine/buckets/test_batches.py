from __future__ import annotations

import pytest

from engine.buckets.batches import Batches, batches_of, best_batch_size
from engine.buckets.presets import TRAINERS


@pytest.mark.parametrize(
    ("trainer", "expected"),
    [
        ("kohya", Batches(11, 3, 3, 0, 0, 0)),
        ("onetrainer", Batches(11, 2, 0, 3, 0, 0)),
        ("diffusers", Batches(11, 2, 0, 3, 0, 0)),
        ("ai-toolkit", Batches(11, 3, 0, 0, 1, 0)),
        ("everydream2", Batches(11, 3, 0, 0, 1, 0)),
        ("nai", Batches(11, 2, 0, 0, 0, 3)),
        ("simpletuner", Batches(11, 3, 3, 0, 0, 0)),
    ],
)
def test_each_trainer_has_its_own_way_with_the_last_batch(trainer: str, expected: Batches) -> None:
    assert batches_of(trainer, 11, 4) == expected


def test_simpletuner_removes_a_bucket_that_cannot_fill_one_batch() -> None:
    assert batches_of("simpletuner", 3, 4) == Batches(3, 0, 0, 3, 0, 0)


@pytest.mark.parametrize("trainer", TRAINERS)
def test_full_batches_are_the_same_for_all(trainer: str) -> None:
    assert batches_of(trainer, 12, 4) == Batches(12, 3, 0, 0, 0, 0)


def test_the_best_batch_size_is_the_largest_that_harms_fewest() -> None:
    assert best_batch_size("onetrainer", [9, 6, 3], 4) == 3
    assert best_batch_size("onetrainer", [8, 4], 4) == 4
