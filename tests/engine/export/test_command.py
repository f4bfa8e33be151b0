"""The export command as a user or a script meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli.dataset import export
from engine.cli.reporting import Session
from engine.export.layouts import LAYOUTS
from tests.engine.export.made import made_film
from tests.engine.export.made import made_project as film_project
from tests.engine.project.made import made_project
from tests.engine.project.made import made_scene as scene


@pytest.fixture
def project(tmp_path: Path) -> Path:
    from engine.project.candidate import Standing
    from engine.values import State

    with made_project(tmp_path / "a.cuttingroom") as project:
        project.decide({c.id: Standing(State.APPROVED) for c in project.catalogue.candidates()})
    return tmp_path / "a.cuttingroom"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(export, [str(a) for a in arguments], obj=Session())


def test_the_help_names_every_layout_and_caption_field() -> None:
    text = " ".join(run("--help").output.split())
    assert all(f"{name}:" in text for name in LAYOUTS)
    assert "trigger, caption, tags, kind" in text


def test_a_dry_run_says_what_would_be_written_and_repeated_and_writes_nothing(
    project: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    result = run(project, tmp_path / "out", "--layout", "kohya", "--dry-run")
    assert result.exit_code == 0
    assert "repeats: crop ×2, keeper ×1, plate ×1; 16:9 is 50% of an epoch, 67% without" in (
        result.output
    )
    assert result.output.count(".png") == 3
    assert result.output.count(".txt") == 3
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_refuses_what_the_export_would_refuse_in_the_same_words(tmp_path: Path) -> None:
    film = made_film(tmp_path / "ep01.mkv")
    with film_project(tmp_path / "f.cuttingroom", film) as opened:
        text = opened.manifest_path.read_text()
    loose = tmp_path / "loose.toml"
    loose.write_text(text.replace("frame = 9", "frame = 99").replace("x = 150", "x = 1500"))
    dry = run(loose, tmp_path / "out", "--dry-run")
    wet = run(loose, tmp_path / "out")
    assert (dry.exit_code, wet.exit_code) == (1, 1)
    refused = [line for line in dry.stderr.splitlines() if line.startswith("error: ")]
    assert len(refused) == 2
    assert sorted(refused) == sorted(x for x in wet.stderr.splitlines() if x.startswith("error: "))
    listed = {line for line in dry.stdout.splitlines() if line.endswith(".png")}
    assert listed == {str(path) for path in (tmp_path / "out").rglob("*.png")}


def test_a_dry_run_in_json_gives_repeats_and_captions(project: Path, tmp_path: Path) -> None:
    options = ("--layout", "kohya", "--dry-run", "--json", "--trigger", "klein")
    plan = json.loads(run(project, tmp_path / "out", *options, "--repeats", "keeper=3").stdout)
    assert plan["repeats"] == {"crop": 2, "keeper": 3, "plate": 1}
    captions = ["klein, close-up", "klein, film still", "klein, no humans"]
    assert sorted(plan["captions"].values()) == captions
    assert plan["targets"] == ["sdxl", "nai", "sd1"]
    balanced = json.loads(run(project, tmp_path / "out", *options, "--no-balance").stdout)
    assert set(balanced["repeats"].values()) == {1}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--layout", "kohia"], "is not one of"),
        (["--repeats", "crop"], "KIND=N"),
        (["--repeats", "crop=2"], "repeats mean nothing to layout plain"),
        (["--caption", "{tag}"], "did you mean {tags}"),
        (["--image-format", "jpg"], "is not one of"),
    ],
)
def test_wrong_usage_is_told_before_any_work(
    project: Path, tmp_path: Path, options: list[str], says: str
) -> None:
    result = run(project, tmp_path / "out", "--dry-run", *options)
    assert result.exit_code != 0
    assert says in result.output + str(result.exception)
    assert not (tmp_path / "out").exists()


def test_when_no_source_is_there_nothing_is_made_and_it_says_so_once(
    project: Path, tmp_path: Path
) -> None:
    result = run(project, tmp_path / "out")
    assert result.exit_code == 1
    assert result.output.count(f"is not at {scene().source.path}") == 1
    assert "0 pictures in" in result.output


def test_fitted_pictures_are_listed_by_their_folders(tmp_path: Path) -> None:
    film = made_film(tmp_path / "ep01.mkv")
    film_project(tmp_path / "f.cuttingroom", film).close()
    options = ("--fit", "--target", "sdxl")
    said = run(tmp_path / "f.cuttingroom", tmp_path / "out", *options).output
    fitted = len([*(tmp_path / "out" / "fit-sdxl").rglob("*.png")])
    assert fitted
    assert f", and {fitted} fitted\n" in said
    assert "  fit-sdxl/" in said
    table = json.loads(run(tmp_path / "f.cuttingroom", tmp_path / "out", *options, "--json").stdout)
    told = [fit for made in table["made"] for fit in made["fits"]]
    assert [fit["target"] for fit in told] == ["sdxl"] * fitted
    assert all(Path(fit["file"]).is_file() for fit in told)
