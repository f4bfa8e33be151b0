from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.cli.dataset import plan_of
from engine.errors import ManifestError
from engine.events import result_of
from engine.export.captions import Style
from engine.export.export import export
from engine.export.picture import read_provenance, write_picture
from engine.export.verify import Verified, verify
from engine.recipe import from_table, to_table
from engine.values import Kind
from tests.engine.export.made import crop, keeper, made_film, made_project


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verified")
    film = made_film(folder / "ep01.mkv")
    made_project(folder / "a.cuttingroom", film, (keeper(3), crop(3)), ("room",)).close()
    plan = plan_of(folder / "a.cuttingroom", folder / "out", ())
    result_of(export(replace(plan, layout="kohya", fit=True, targets=("sd1",), jobs=1)))
    return folder


@pytest.fixture
def out(exported: Path, tmp_path: Path) -> Path:
    shutil.copytree(exported, tmp_path / "set")
    return tmp_path / "set" / "out"


def picture(out: Path, kind: str = "keeper") -> Path:
    return next((out / kind).glob("*.png"))


def checked(out: Path, **settings: Any) -> Verified:
    return result_of(verify(out, **settings))


def edit(out: Path, change: Any) -> None:
    path = out / "cuttingroom.json"
    about = json.loads(path.read_text())
    change(about)
    path.write_text(json.dumps(about))


def test_a_fresh_export_is_well_wherever_it_is_moved(out: Path) -> None:
    found = checked(out)
    assert (found.problems, found.notes) == ([], [])
    assert found.files == sum(p.is_file() for p in out.rglob("*")) - 1


def test_pictures_and_fits_made_again_are_the_same_bytes(out: Path) -> None:
    found = checked(out, remake=True, jobs=1)
    assert found.problems == []
    assert found.remade == 4


def test_captions_and_repeats_of_a_later_export_leave_pictures_reproducible(out: Path) -> None:
    plan = plan_of(out.parent / "a.cuttingroom", out, (out.parent,))
    later = replace(plan, layout="kohya", style=Style(trigger="klein"), balance=False, jobs=1)
    assert all(made.was_there for made in result_of(export(later)).made)
    assert checked(out, remake=True, jobs=1).problems == []


def test_pictures_that_say_what_is_usual_too_as_earlier_versions_wrote_are_kept(out: Path) -> None:
    digests = {}
    for path in [*out.glob("*/*.png"), *out.glob("fit-sd1/*/*.png")]:
        image, about = cv2.imread(str(path)), read_provenance(path)
        assert image is not None
        assert about is not None
        short = dict(about["recipe"])
        about["recipe"] = to_table(from_table(Kind(about["kind"]), short))
        if "target" in about:
            about["target"] = to_table(from_table(Kind.REPORT, about["target"]))
        digests[path.name, len(path.parts)] = write_picture(path, image.astype(np.uint8), about)
        if about["kind"] == "crop":
            assert about["recipe"] != short, "a crop says its height only where it has one"

    def rewrite(about: Any) -> None:
        for entry in about["pictures"]:
            for part in (entry, *entry["fits"]):
                path = out / part["file"]
                part["sha256"] = digests[path.name, len(path.parts)]

    edit(out, rewrite)
    found = checked(out, remake=True, jobs=1)
    assert (found.problems, found.remade) == ([], 4)
    plan = plan_of(out.parent / "a.cuttingroom", out, (out.parent,))
    again = replace(plan, layout="kohya", fit=True, targets=("sd1",), jobs=1)
    assert all(made.was_there for made in result_of(export(again)).made)


@pytest.mark.parametrize(
    "name", ["keeper/*.png", "fit-sd1/crop/*.png", "dataset_config.toml", "reports/sd1.json"]
)
def test_a_file_that_is_missing_or_not_as_it_was_is_named(out: Path, name: str) -> None:
    path = next(out.glob(name))
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert [f"{path.name} has changed" in p for p in checked(out).problems] == [True]
    path.unlink()
    assert [f"{path.name} is missing" in p for p in checked(out).problems] == [True]


def test_an_edited_caption_is_well_but_a_missing_or_empty_one_is_not(out: Path) -> None:
    caption = picture(out).with_suffix(".txt")
    caption.write_text("a hall\n")
    found = checked(out)
    assert found.problems == []
    assert found.notes == ["1 caption edited since the export"]
    caption.write_text("\n")
    assert "is empty" in checked(out).problems[0]
    caption.unlink()
    assert "is missing" in checked(out).problems[0]


def test_a_picture_swapped_for_another_is_found_though_its_digest_is_right(out: Path) -> None:
    keeper_path, crop_path = picture(out), picture(out, "crop")
    shutil.copy(crop_path, keeper_path)

    def swap(about: Any) -> None:
        digests = {p["file"]: p["sha256"] for p in about["pictures"]}
        for entry in about["pictures"]:
            if entry["kind"] == "keeper":
                entry["sha256"] = digests[f"crop/{crop_path.name}"]

    edit(out, swap)
    assert "was made from something else" in checked(out).problems[0]


def test_a_picture_repainted_under_its_own_name_is_found_by_making_it_again(out: Path) -> None:
    """Its digest and its provenance are right; only its pixels are not what the recipe gives."""
    path = picture(out)
    image, about = cv2.imread(str(path)), read_provenance(path)
    assert image is not None
    assert about is not None
    digest = write_picture(path, 255 - image.astype(np.uint8), about)

    def accept(table: Any) -> None:
        for entry in table["pictures"]:
            if entry["kind"] == "keeper":
                entry["sha256"] = digest

    edit(out, accept)
    assert checked(out).problems == []
    found = checked(out, remake=True, jobs=1)
    assert [f"{path.name} comes out differently now" in p for p in found.problems] == [True]


def test_a_source_that_is_not_there_is_told_once_for_all_its_pictures(out: Path) -> None:
    (out.parent / "ep01.mkv").unlink()
    assert checked(out).problems == []
    found = checked(out, remake=True, jobs=1)
    assert found.problems == [
        "2 pictures not made again: ep01.mkv was not found; name its folder with --sources"
    ]


def test_strangers_pictures_beside_ours_are_noted(out: Path) -> None:
    (out / "keeper" / "zzz.png").write_bytes(b"x")
    found = checked(out)
    assert found.problems == []
    assert "zzz.png" in found.notes[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: a["pictures"][0].update(file="../../etc/passwd"), "does not stay inside"),
        (lambda a: a["pictures"][0].update(file="/etc/passwd"), "does not stay inside"),
        (lambda a: a["files"][0].update(file="a/../../b"), "does not stay inside"),
        (lambda a: a["files"][0].update(file="a\0b"), "does not stay inside"),
        (lambda a: a["pictures"][0].update(file=7), "pictures[0].file cannot be 7"),
        (lambda a: a["pictures"][0].pop("recipe"), "pictures[0].recipe is missing"),
        (lambda a: a["pictures"][0].update(size=[1]), "pictures[0].size is no list"),
        (lambda a: a["pictures"][0].update(kind="crap"), "crap"),
        (lambda a: a.update(pictures={}), "pictures is no list"),
        (lambda a: a.update(format=99), "format 99"),
        (lambda a: a["pictures"][0].update(sidecar="x"), "sidecar is no table"),
    ],
)
def test_a_tampered_cuttingroom_json_is_refused_in_one_line(
    out: Path, change: Any, says: str
) -> None:
    edit(out, change)
    with pytest.raises(ManifestError) as caught:
        checked(out)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '"x"'])
def test_what_is_no_cuttingroom_json_is_refused(out: Path, text: str) -> None:
    (out / "cuttingroom.json").write_text(text)
    with pytest.raises(ManifestError, match="cannot be read"):
        checked(out)


def test_a_recipe_that_is_not_one_is_a_problem_of_its_picture(out: Path) -> None:
    edit(out, lambda about: about["pictures"][0]["recipe"].update(side=-1, frame=-1))
    found = checked(out, remake=True, jobs=1)
    assert "has a recipe that cannot be read" in found.problems[0]
    assert found.remade == 2
