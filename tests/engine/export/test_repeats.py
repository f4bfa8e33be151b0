import dataclasses

import pytest

from engine.errors import RecipeError
from engine.export.repeats import choose_repeats, read_repeats, widescreen_share
from engine.project.manifest import Manifest, ManifestItem
from engine.values import Kind
from tests.engine.export.layouts.made import made_item


def manifest(frames: int, crops: int) -> Manifest:
    def items(kind: Kind, count: int, width: int, height: int) -> list[ManifestItem]:
        item = dataclasses.replace(made_item(kind), width=width, height=height)
        return [dataclasses.replace(item, id=f"{kind}-{i}") for i in range(count)]

    found = items(Kind.KEEPER, frames, 1920, 1080) + items(Kind.CROP, crops, 768, 768)
    return Manifest((), (*found, made_item(Kind.REPORT)))


def test_balance_repeats_the_others_until_wide_frames_are_half_of_an_epoch() -> None:
    approved = manifest(frames=30, crops=10)
    repeats = choose_repeats(approved, balance=True, chosen={})
    assert repeats == {"crop": 3, "keeper": 1}
    assert widescreen_share(approved, {}) == 0.75
    assert widescreen_share(approved, repeats) == 0.5


def test_without_balance_each_is_seen_once() -> None:
    assert set(choose_repeats(manifest(30, 10), balance=False, chosen={}).values()) == {1}


def test_what_a_person_chooses_counts() -> None:
    chosen = choose_repeats(manifest(30, 10), balance=True, chosen={"keeper": 5})
    assert chosen == {"crop": 3, "keeper": 5}


def test_nothing_is_repeated_where_nothing_is_wide() -> None:
    assert choose_repeats(manifest(0, 10), balance=True, chosen={}) == {"crop": 1}


def test_repeats_are_read_by_kind() -> None:
    assert read_repeats("crop=2, keeper=1,") == {"crop": 2, "keeper": 1}
    assert read_repeats("") == {}


@pytest.mark.parametrize("text", ["crop", "crop=0", "crap=2", "crop=-1", "crop=2.5", "report=2"])
def test_a_slip_in_repeats_is_named(text: str) -> None:
    with pytest.raises(RecipeError, match="KIND=N"):
        read_repeats(text)
