"""Whole exports of a small film, in real child processes."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.buckets.assign import assign
from engine.buckets.presets import TARGETS
from engine.cli.dataset import plan_of
from engine.errors import ManifestError, RecipeError
from engine.events import Event, Failed, Noted, result_of
from engine.export.captions import Style
from engine.export.export import ExportPlan, ExportResult, export
from engine.export.layouts import LAYOUTS
from engine.export.picture import read_provenance
from engine.export.plan import PlanError, check_plan, planned_jobs
from engine.export.verify import verify
from engine.footage.sources import open_source
from engine.project.candidate import Standing
from engine.project.manifest import Manifest, ManifestItem, source_entry
from engine.project.project import Project
from engine.project.rules import parse_rule
from engine.recipe import KeeperRecipe, Recipe, candidate_id
from engine.values import Box, Image, Kind, State
from tests.engine.export.made import APPROVED, crop, film_frames, keeper, made_film, made_project
from tests.engine.project.made import spoil
from tests.synthetic import texture


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_film(tmp_path_factory.mktemp("films") / "Ep_01.mkv")


def plan(
    tmp_path: Path, film: Path, recipes: tuple[Recipe, ...] = APPROVED, **settings: Any
) -> ExportPlan:
    folder = tmp_path / "a.cuttingroom"
    if not folder.exists():
        made_project(folder, film, recipes, tags=("room",)).close()
    planned: ExportPlan = plan_of(folder, tmp_path / "out", ())
    return replace(planned, **{"jobs": 1, **settings})


def test_an_approved_recipe_that_cannot_be_read_costs_that_one_picture(
    tmp_path: Path, film: Path
) -> None:
    before, _ = listened(plan(tmp_path, film))
    spoil(tmp_path / "a.cuttingroom", "plate")
    result, events = listened(plan(tmp_path, film, prune=True))
    assert [made.item_id for made in result.made] == [
        made.item_id for made in before.made if not made.item_id.startswith("plate")
    ]
    (failure,) = result.failed
    assert failure in events
    assert failure.what in failure.reason
    assert "reject it" in failure.reason
    assert not result.pruned, "what was made of it before is kept"
    assert not result_of(export(plan(tmp_path, film, prune=True))).pruned, "however often"
    (problem,) = result_of(verify(tmp_path / "out")).problems
    assert problem.startswith(failure.what)


def test_where_nothing_that_is_approved_can_be_read_the_reasons_are_given(
    tmp_path: Path, film: Path
) -> None:
    plan(tmp_path, film, (keeper(3),))
    spoil(tmp_path / "a.cuttingroom", "keeper")
    with pytest.raises(PlanError, match="cannot be read"):
        check_plan(plan(tmp_path, film))


def listened(planned: ExportPlan) -> tuple[ExportResult, list[Event]]:
    results = []

    def listen() -> Iterator[Event]:
        results.append((yield from export(planned)))

    events = list(listen())
    return results[0], events


def pictures(out: Path) -> list[Path]:
    return sorted(out.rglob("*.png"))


def opened(path: Path) -> Image:
    image = cv2.imread(str(path))
    assert image is not None
    return image.astype(np.uint8)


def contents(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }


def test_pictures_are_the_very_pixels_of_the_film(tmp_path: Path, film: Path) -> None:
    result = result_of(export(plan(tmp_path, film, (keeper(3), crop(3)))))
    assert not result.failed
    with open_source(film) as footage:
        ((_, frame),) = footage.read((3,))
    by_kind = {made.path.parent.name: opened(made.path) for made in result.made}
    np.testing.assert_array_equal(by_kind["keeper"], frame)
    np.testing.assert_array_equal(by_kind["crop"], frame[40:168, 64:192])
    assert np.abs(by_kind["keeper"].astype(int) - film_frames()[3]).mean() < 3


def test_each_picture_has_a_name_in_film_order_a_caption_and_its_provenance(
    tmp_path: Path, film: Path
) -> None:
    result = result_of(export(plan(tmp_path, film, style=Style(trigger="klein"))))
    for made in result.made:
        kind = made.path.parent.name
        assert made.path.name.startswith("ep-01-0000")
        assert f"-{kind}-" in made.path.name
        assert made.path.with_suffix(".txt").read_text() == "klein, room\n"
        about = read_provenance(made.path)
        assert about is not None
        assert (about["id"], about["source_name"]) == (made.item_id, "Ep_01.mkv")
    listed = json.loads((tmp_path / "out/cuttingroom.json").read_text())
    assert {p["file"] for p in listed["pictures"]} == {
        str(p.relative_to(tmp_path / "out")) for p in pictures(tmp_path / "out")
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_a_person_wrote_reaches_every_layout_and_no_caption_is_empty(
    tmp_path: Path, film: Path, layout: str
) -> None:
    with made_project(tmp_path / "a.cuttingroom", film, (keeper(3), crop(3))) as project:
        still = project.catalogue.candidates(kind=Kind.KEEPER)[0]
        written = "A hall, and a yellow square."
        project.decide({still.id: lambda said: replace(said, caption=written)})
    result = result_of(export(plan(tmp_path, film, layout=layout)))
    out = tmp_path / "out"
    told = {made.path.parent.name: "" for made in result.made}
    for path in [*out.rglob("*.txt"), *out.rglob("metadata.jsonl")]:
        assert path.read_text().strip()
        if path.name == "metadata.jsonl":
            rows = map(json.loads, path.read_text().splitlines())
            told |= {row["kind"]: row["text"] for row in rows}
        elif path.parent.name in told:
            told[path.parent.name] = path.read_text()
    for tar in out.glob("*.tar"):
        with tarfile.open(tar) as packed:
            texts = [m for m in packed.getmembers() if m.name.endswith(".txt")]
            assert len(texts) == 2
            assert all(member.size for member in texts)
    if layout == "hydrus":
        assert "caption:a hall, and a yellow square.\n" in told["keeper"]
    else:
        assert told["keeper"].strip() == written
        assert told["crop"].strip() == "close-up"
    assert not result_of(verify(out)).problems


def test_another_export_and_a_repeated_one_are_the_same_bytes(tmp_path: Path, film: Path) -> None:
    first = plan(tmp_path, film, layout="webdataset")
    result_of(export(first))
    before = contents(first.out)
    again = result_of(export(first))
    assert all(made.was_there for made in again.made)
    assert contents(first.out) == before
    other = replace(first, out=tmp_path / "elsewhere" / "out", jobs=2)
    result_of(export(other))
    assert contents(other.out) == before


@pytest.mark.parametrize("target", ["sd1", "sdxl"])
def test_fitted_pictures_have_exactly_the_size_of_their_bucket(
    tmp_path: Path, film: Path, target: str
) -> None:
    planned = plan(tmp_path, film, (keeper(3), crop(3)), fit=True, targets=(target,))
    for made in result_of(export(planned)).made:
        bucket = assign(TARGETS[target], *made.size)
        (fit,) = made.fits
        image = opened(fit.path)
        assert (image.shape[1], image.shape[0]) == bucket.size == fit.size
        assert fit.path.with_suffix(".txt").read_text() == "room\n"


def test_captions_are_brought_up_to_date_but_for_those_that_somebody_wrote(
    tmp_path: Path, film: Path
) -> None:
    planned = plan(tmp_path, film, (keeper(3), keeper(9), keeper(11)))
    first = result_of(export(planned))
    mine, emptied, theirs = (made.path.with_suffix(".txt") for made in first.made)
    emptied.write_text("")
    theirs.write_text("a hall, by a tagger\n")
    for trigger in ("anna", "klein"):
        result, events = listened(replace(planned, style=Style(trigger=trigger)))
        assert mine.read_text() == emptied.read_text() == f"{trigger}, room\n"
        assert theirs.read_text() == "a hall, by a tagger\n"
        assert all(made.was_there for made in result.made)
        assert any("1 caption changed by somebody" in e.text for e in events if type(e) is Noted)


def test_a_foreign_file_of_the_same_name_is_kept_and_costs_one_picture(
    tmp_path: Path, film: Path
) -> None:
    planned = plan(tmp_path, film)
    there = planned_jobs(planned)[1].path
    there.parent.mkdir(parents=True)
    there.write_bytes(b"mine")
    result = result_of(export(planned))
    assert there.read_bytes() == b"mine"
    assert len(result.made) == len(APPROVED) - 1
    assert ["is not ours" in failure.reason for failure in result.failed] == [True]


def test_a_picture_that_somebody_retouched_is_kept_and_told_of(tmp_path: Path, film: Path) -> None:
    planned = plan(tmp_path, film, (keeper(3), keeper(9)))
    path = result_of(export(planned)).made[0].path
    retouched = path.read_bytes() + b"\0"
    path.write_bytes(retouched)
    result = result_of(export(planned))
    assert path.read_bytes() == retouched
    assert "changed by somebody" in result.failed[0].reason
    assert len(result.made) == 1
    path.unlink()
    assert not result_of(export(planned)).failed
    assert path.read_bytes() == retouched[:-1]


def test_pictures_of_a_folder_are_named_like_its_files_even_when_it_has_gone(
    tmp_path: Path,
) -> None:
    stills = tmp_path / "Holiday"
    stills.mkdir()
    for name, frame in zip(("IMG_9.png", "IMG_10.png", "cafe.png"), film_frames(), strict=False):
        cv2.imwrite(str(stills / name), frame)
    with open_source(stills) as footage:
        source = source_entry(footage.source)
    items = tuple(
        ManifestItem(
            candidate_id(source.id, keeper(frame)), Kind.KEEPER, source.id, 1, 320, 180, 0.9, "",
            (), "", keeper(frame),
        )
        for frame in range(3)
    )  # fmt: skip
    planned = ExportPlan(Manifest((source,), items), tmp_path / "out", folders=(tmp_path,), jobs=1)
    made = result_of(export(planned)).made
    names = [one.path.stem.rsplit("-keeper-")[0] for one in made]
    assert names == ["holiday-cafe", "holiday-img-9", "holiday-img-10"]
    stills.rename(tmp_path / "elsewhere")
    again = result_of(export(planned))
    assert not again.failed
    assert [one.path for one in again.made] == [one.path for one in made]


def test_a_source_that_has_gone_costs_its_pictures_only(tmp_path: Path) -> None:
    kept = made_film(tmp_path / "kept.mkv", 3)
    lost = made_film(tmp_path / "lost.mkv", 4)
    folder = tmp_path / "a.cuttingroom"
    made_project(folder, kept, (keeper(3),)).close()
    made_project(folder, lost, (keeper(4), keeper(5))).close()
    planned: ExportPlan = plan_of(folder, tmp_path / "out", ())
    lost.unlink()
    result, events = listened(planned)
    assert [made.path.name[:4] for made in result.made] == ["kept"]
    assert len(result.failed) == 2
    told = [event for event in events if isinstance(event, Failed)]
    lost_ids = ", ".join(failure.what for failure in result.failed)
    assert [event.what for event in told] == [f"2 pictures not made ({lost_ids})"]
    assert "lost.mkv" in told[0].reason


def test_what_was_approved_of_a_film_that_changed_can_be_rejected_or_its_former_file_named(
    tmp_path: Path, film: Path
) -> None:
    former, own = tmp_path / "former" / "own.mkv", tmp_path / "own.mkv"
    former.parent.mkdir()
    for path in (former, own):
        path.write_bytes(film.read_bytes())
    folder = tmp_path / "a.cuttingroom"
    made_project(folder, own, (keeper(3),)).close()
    made_film(own, seed=4)
    with made_project(folder, own, (keeper(3), keeper(5))) as project, open_source(own) as footage:
        project.catalogue.retire_others_at(footage.source)
    result, events = listened(plan_of(folder, tmp_path / "out", ()))
    assert len(result.made) == 2
    (told,) = [event for event in events if isinstance(event, Failed)]
    assert told.what == f"1 picture not made ({result.failed[0].what})"
    assert "own.mkv has changed and was scanned again; reject" in told.reason
    assert "--where outdated=yes" in told.reason
    result, _ = listened(plan_of(folder, tmp_path / "out", (former.parent,)))
    assert len(result.made) == 3
    with Project(folder) as project:
        chosen = [c for c in project.catalogue.candidates() if parse_rule("outdated=yes").holds(c)]
        project.decide({c.id: Standing(State.REJECTED) for c in chosen})
    assert not result_of(export(plan_of(folder, tmp_path / "out", ()))).failed


def test_a_source_that_changed_is_told_of_but_what_was_exported_stays(
    tmp_path: Path, film: Path
) -> None:
    own = tmp_path / "own.mkv"
    own.write_bytes(film.read_bytes())
    planned = plan(tmp_path, own, (keeper(3), keeper(9)))
    first = result_of(export(planned))
    first.made[0].path.unlink()
    own.write_bytes(film.read_bytes() + b"\0")
    result = result_of(export(planned))
    assert [made.item_id for made in result.made] == [first.made[1].item_id]
    assert "has changed since it was scanned" in result.failed[0].reason
    listed = json.loads((tmp_path / "out/cuttingroom.json").read_text())
    assert len(listed["pictures"]) == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("frame = 3", "frame = 400", "does not exist: the source has 12"),
        ("picture = [0, 0, 320, 180]", "picture = [0, 0, 321, 180]", "does not lie inside"),
        ("x = 64", "x = 600", "does not lie inside"),
        ("side = 128", "side = 9999999", "does not lie inside"),
    ],
)
def test_an_item_that_reaches_out_of_its_source_costs_no_other(
    tmp_path: Path, film: Path, old: str, new: str, says: str
) -> None:
    made_project(tmp_path / "a.cuttingroom", film, (keeper(9), crop(3))).close()
    manifest = tmp_path / "edited.toml"
    text = (tmp_path / "a.cuttingroom/approved.toml").read_text()
    head, *items = text.split("[[items]]")
    place = next(i for i, item in enumerate(items) if 'kind = "crop"' in item)
    assert old in items[place]
    items[place] = items[place].replace(old, new)
    manifest.write_text("[[items]]".join((head, *items)))
    planned: ExportPlan = plan_of(manifest, tmp_path / "out", (film.parent,))
    result = result_of(export(planned))
    assert len(result.made) == 1
    assert says in result.failed[0].reason


def test_what_is_no_longer_approved_is_told_of_and_removed_when_asked(
    tmp_path: Path, film: Path
) -> None:
    planned = plan(tmp_path, film, (keeper(3), keeper(9), crop(3)))
    first = result_of(export(planned))
    gone = next(made for made in first.made if made.path.parent.name == "crop")
    stranger = planned.out / "keeper" / "mine.png"
    stranger.write_bytes(b"mine")
    with made_project(tmp_path / "a.cuttingroom", film, ()) as project:
        project.decide({gone.item_id: Standing(State.REJECTED)})
    planned = plan(tmp_path, film)
    for _ in range(2):  # it is still known the second time
        result, events = listened(planned)
        assert gone.path.exists()
        assert len(result.stale) == 2
        assert any("--prune" in event.text for event in events if isinstance(event, Noted))
    result = result_of(export(replace(planned, prune=True)))
    assert len(result.pruned) == 2
    assert not gone.path.parent.exists()
    assert stranger.exists()
    assert result_of(export(planned)).stale == []


def test_prune_keeps_what_somebody_has_changed(tmp_path: Path, film: Path) -> None:
    planned = plan(tmp_path, film, (keeper(3),))
    made = result_of(export(planned)).made[0]
    caption = made.path.with_suffix(".txt")
    caption.write_text("by hand\n")
    result = result_of(export(replace(planned, layout="imagefolder", prune=True)))
    assert result.pruned == []
    assert caption.read_text() == "by hand\n"


def test_prune_keeps_what_cannot_be_made_in_another_format_until_it_is(
    tmp_path: Path, film: Path
) -> None:
    planned = plan(tmp_path, film, (keeper(3),))
    (made,) = result_of(export(planned)).made
    others = replace(planned, suffix="webp", prune=True)
    film.rename(tmp_path / "away.mkv")
    for _ in range(2):
        assert result_of(export(others)).failed
        assert made.path.exists()
    (tmp_path / "away.mkv").rename(film)
    (again,) = result_of(export(others)).made
    assert again.path == made.path.with_suffix(".webp")
    assert not made.path.exists()


def test_nothing_is_exported_where_a_project_a_source_or_a_file_is(
    tmp_path: Path, film: Path
) -> None:
    planned = plan(tmp_path, film)
    assert planned.project is not None
    (tmp_path / "file").touch()
    (tmp_path / "frames").mkdir()
    (tmp_path / "set" / "keeper").mkdir(parents=True)
    known = {"a": tmp_path / "frames", "b": tmp_path / "set" / "keeper"}
    for out, says in {
        planned.project / "out": "in the project folder",
        planned.project: "in the project folder",
        tmp_path / "file": "is a file",
        tmp_path / "frames": "would write into the source",
        tmp_path / "frames" / "out": "would write into the source",
        tmp_path / "set": "holds the source .*such as .*/set/dataset",
    }.items():
        with pytest.raises(PlanError, match=says):
            result_of(export(replace(planned, out=out, known=known)))
    assert not (planned.project / "out").exists()
    beside = replace(planned, out=film.parent)
    with pytest.raises(PlanError, match=r"holds the source .*such as .*/dataset"):
        result_of(export(beside))
    with pytest.raises(PlanError, match="holds the source"):  # found only by its name
        result_of(export(replace(beside, known={}, folders=[film.parent])))
    assert not (film.parent / "cuttingroom.json").exists()


def test_a_folder_under_out_that_leads_elsewhere_is_refused(tmp_path: Path, film: Path) -> None:
    planned = plan(tmp_path, film)
    (tmp_path / "elsewhere").mkdir()
    planned.out.mkdir()
    (planned.out / "keeper").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlanError, match="leads out of its folder"):
        result_of(export(planned))
    assert not any((tmp_path / "elsewhere").iterdir())


def test_a_tampered_cuttingroom_json_is_refused_before_anything_is_written(
    tmp_path: Path, film: Path
) -> None:
    planned = plan(tmp_path, film, (keeper(3),))
    result_of(export(planned))
    about = planned.out / "cuttingroom.json"
    treasure = tmp_path / "treasure"
    treasure.write_text("gold")
    table = json.loads(about.read_text())
    table["left"] = [{"file": "../treasure", "sha256": "0" * 64}]
    about.write_text(json.dumps(table))
    with pytest.raises(ManifestError, match="does not stay inside"):
        result_of(export(replace(planned, prune=True)))
    assert treasure.exists()


def test_settings_that_cannot_work_are_refused(tmp_path: Path, film: Path) -> None:
    planned = plan(tmp_path, film)
    with pytest.raises(PlanError, match="kohya, onetrainer, ai-toolkit have them"):
        check_plan(replace(planned, repeats={"crop": 2}))
    with pytest.raises(RecipeError, match="unknown field"):
        check_plan(replace(planned, style=Style("{tg}")))
    with pytest.raises(PlanError, match="nothing is approved"):
        check_plan(replace(planned, manifest=replace(planned.manifest, items=())))


def test_pictures_of_one_folder_keep_their_own_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "stills"
    folder.mkdir()
    sizes = [(320, 180), (640, 360), (200, 350)]
    pictures = [texture(height, width, seed=width) for width, height in sizes]
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"still{number}.png"), picture)
    recipes = [KeeperRecipe(Box(0, 0, *size), number) for number, size in enumerate(sizes)]
    with open_source(folder) as footage:
        source = footage.source
    items = tuple(
        ManifestItem(
            candidate_id(source.id, recipe), Kind.KEEPER, source.id, 1, *recipe.picture.size,
            0.5, "sharpest", (), "", recipe,
        )
        for recipe in recipes
    )  # fmt: skip
    manifest = Manifest((source_entry(source),), items)
    result = result_of(export(ExportPlan(manifest, tmp_path / "out", folders=[tmp_path], jobs=1)))
    assert result.failed == []
    for made, picture in zip(result.made, pictures, strict=True):
        np.testing.assert_array_equal(cv2.imread(str(made.path)), picture)
