"""The command line as a user or a script meets it: real processes, stdout, stderr, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.products.proposal import Proposal
from engine.program import argument
from engine.project.candidate import Standing
from engine.project.project import Project
from engine.recipe import KeeperRecipe
from engine.values import Kind, State
from tests.engine.project.made import PICTURE, made_project, made_scene, put_candidates, spoil


def cuttingroom(
    *arguments: object, cwd: Path | None = None, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "tui", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**_environment(), "PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
    )


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}


def as_json(*arguments: object) -> Any:
    result = cuttingroom(*arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a.cuttingroom"
    made_project(folder).close()
    return folder


def test_list_gives_every_candidate_with_its_buckets(project: Path) -> None:
    plate, keeper, crop = as_json("list", project)["candidates"]
    assert (plate["kind"], keeper["kind"], crop["kind"]) == ("plate", "keeper", "crop")
    assert crop["size"] == [512, 512]
    assert crop["frames"] == [0, 30]
    assert crop["buckets"]["sd1"] == {
        "bucket": [512, 512],
        "kept": 1.0,
        "cropped": 0.0,
        "status": "ok",
    }
    assert plate["recipe"]["left_out"] == [3, 4]
    assert plate["source"] == "Howl's [b]film[/b].mkv"


def test_list_scenes_gives_camera_and_range(project: Path) -> None:
    (scene,) = as_json("list", project, "--scenes")["scenes"]
    assert (scene["start"], scene["stop"], scene["camera"]) == (0, 30, "static")
    assert (scene["in"], scene["foreground"]) == ("cut", "some")


def test_decisions_by_rule_are_one_step_that_undo_takes_back(project: Path) -> None:
    changed = as_json("approve", project, "--where", "score>=0.8", "--as", "ada")["changed"]
    assert len(changed) == 2
    assert len(as_json("list", project, "--state", "approved")["candidates"]) == 2
    assert all(identity in (project / "approved.toml").read_text() for identity in changed)
    as_json("undo", project, "--as", "ada")
    assert as_json("list", project, "--state", "approved")["candidates"] == []
    as_json("redo", project, "--as", "ada")
    assert len(as_json("list", project, "--state", "approved")["candidates"]) == 2


def test_captions_and_tags_are_given_by_rule_and_taken_back(project: Path) -> None:
    words = ("--text", "A hall,\n lit \x1bby 1,000 lamps.", "--tags", "hall, night,, hall")
    found = as_json("caption", project, "--where", "kind!=crop captioned=no", *words)
    assert found["caption"] == "A hall, lit ?by 1,000 lamps."
    assert len(found["changed"]) == 2
    (plate,) = as_json("list", project, "--kind", "plate")["candidates"]
    assert (plate["caption"], plate["tags"]) == (found["caption"], ["hall", "night"])
    assert as_json("caption", project, plate["id"], *words)["changed"] == []
    as_json("undo", project)
    (plate,) = as_json("list", project, "--kind", "plate")["candidates"]
    assert (plate["caption"], plate["tags"]) == ("", ["no humans"])
    assert cuttingroom("caption", project, plate["id"]).returncode == 2


def test_bucket_says_what_a_trainer_does() -> None:
    arguments = ("--trainer", "kohya", "--resolution", "1024x1024", "--min", 512, "--max", 2048)
    (found,) = as_json("bucket", "1920x1080", *arguments)["sizes"]
    assert found["bucket"] == [1344, 768]
    assert found["resized"] == [1365, 768]
    assert found["crop"] == [21, 0]
    assert found["status"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["list", "nowhere"], "not a Cutting Room project"),
        (["approve", "nowhere"], "name candidates by id"),
        (["scan", "missing.mkv"], "missing.mkv"),
        (["scan", "empty.mkv"], "empty.mkv"),
        (["scan", "text.mkv"], "text.mkv"),
        (["scan", "emptyfolder"], "emptyfolder"),
        (["shots", "text.mkv"], "text.mkv"),
        (["stitch", "missing.mkv", "-o", "o.png"], "missing.mkv"),
        (["stitch", "text.mkv", "-o", "o.jpg"], "name it .png"),
        (["plate", "empty.mkv", "-o", "o.png"], "empty.mkv"),
        (["crops", "text.mkv"], "text.mkv"),
        (["export", "missing.toml", "out"], "not a Cutting Room project"),
        (["verify", "emptyfolder"], "no export here"),
        (["bucket", "wide"], "is no size"),
        (["bucket", "0x10"], "is no size"),
        (["scan", "text.mkv", "--only", "crap"], "is not one of"),
        (["review", "emptyfolder"], "not a Cutting Room project"),
        (["frobnicate"], "No such command"),
        (["report", "nowhere"], "no such file or folder"),
        (["report", "emptyfolder"], "no pictures in this folder"),
        (["report", "emptyfolder", "--target", "sd3"], "'sd3' is not one of sd1, nai, sdxl"),
        (["export", "nowhere", "out", "--target", "sdxl,sd3"], "'sd3' is not one of"),
        (["bucket", "9x9", "--resolution", "wide"], "'wide' is no size"),
        (["list", "nowhere", "--scenes", "--kind", "crop"], "do not apply"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_clear_line_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "empty.mkv").touch()
    (tmp_path / "text.mkv").write_text("this is no film\n" * 50)
    (tmp_path / "emptyfolder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    result = cuttingroom(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_a_project_is_not_scanned_for_its_own_previews(project: Path, tmp_path: Path) -> None:
    result = cuttingroom("scan", project, cwd=tmp_path)
    assert result.returncode == 2
    assert f"cuttingroom scan SOURCE -p {project}" in result.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == [project.name]


def test_an_empty_path_is_not_the_folder_one_is_in(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    result = cuttingroom("scan", "", cwd=tmp_path)
    assert result.returncode == 2
    assert "the path is empty" in result.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_export_of_nothing_says_what_to_do(project: Path, tmp_path: Path) -> None:
    result = cuttingroom("export", project, tmp_path / "out")
    assert result.returncode == 2
    assert "nothing is approved" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_export_whose_source_has_gone_names_it_and_exits_1(
    project: Path, tmp_path: Path
) -> None:
    as_json("approve", project, "--where", "kind=keeper")
    result = cuttingroom("export", project, tmp_path / "out")
    assert result.returncode == 1
    assert "put it back" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "command",
    ["scan", "list", "approve", "reject", "reset", "caption", "undo", "redo", "render", "export",
     "verify", "report", "bucket", "stitch", "plate", "crops", "shots", "doctor", "demo", "review"],
)  # fmt: skip
def test_every_command_explains_itself_without_loading_textual(command: str) -> None:
    code = (
        "import sys; from tui import cli\n"
        f"sys.argv = ['cuttingroom', '{command}', '--help']\n"
        "code = cli.main()\n"
        "heavy = {'textual', 'rich', 'cv2', 'av'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "sys.exit(code)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "Usage: cuttingroom" in result.stdout


def test_headless_commands_never_load_textual(project: Path) -> None:
    code = (
        "import sys; from tui import cli\n"
        f"sys.argv = ['cuttingroom', 'list', {str(project)!r}, '--json']\n"
        "cli.main(); assert 'textual' not in sys.modules"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True)


def test_importing_the_engine_loads_no_terminal_library() -> None:
    code = (
        "import engine.direct, engine.pipeline, engine.export.verify, engine.cli, sys;"
        "print(sorted({'tui', 'textual', 'rich', 'autocrop'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_each_command_is_told_in_a_whole_sentence_at_80_columns() -> None:
    told = cuttingroom("--help").stdout
    assert "Render every approved picture into OUT, laid out for a trainer." in told
    assert "..." not in told.partition("Commands:")[2]


def test_a_project_that_may_only_be_read_is_read(project: Path, tmp_path: Path) -> None:
    def as_reader(*arguments: object) -> subprocess.CompletedProcess[str]:
        return cuttingroom(*arguments, before=_without_rights_over_all_files())

    for path in (project, *project.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    found = as_reader("list", project, "--kind", "plate")
    assert "static" in found.stdout, found.stderr
    decided = as_reader("approve", project, "--where", "kind=plate")
    assert decided.returncode == 2
    assert "cannot be written to (Permission denied), so nothing can be decided" in decided.stderr


def test_an_old_project_that_may_only_be_read_asks_for_a_copy(project: Path) -> None:
    with closing(sqlite3.connect(project / "catalog.sqlite")) as db:
        db.execute("DROP TABLE same_set")
        db.execute("PRAGMA user_version = 5")
    for path in (project, *project.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    result = cuttingroom("list", project, before=_without_rights_over_all_files())
    assert result.returncode == 2
    assert "is of an older version and cannot be brought up to date here" in result.stderr
    assert "copy the project to where it may be written" in result.stderr


def _without_rights_over_all_files() -> list[str]:
    """Give what makes an administrator's command heed the rights of files."""
    if os.geteuid():
        return []
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("an administrator may write anywhere")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search"]


def test_a_frame_alone_is_no_range_and_a_report_is_of_no_scene(project: Path) -> None:
    keeper = cuttingroom("list", project, "--kind", "keeper").stdout.splitlines()[1]
    assert keeper.split()[2:4] == ["1", "7"]


def test_the_beginning_of_an_id_names_a_candidate_unless_several_begin_so(project: Path) -> None:
    ids = {c["kind"]: c["id"] for c in as_json("list", project)["candidates"]}
    assert as_json("approve", project, "ke", ids["crop"][:8])["chosen"] == [
        ids["keeper"], ids["crop"]
    ]  # fmt: skip
    with Project(project) as opened:
        scene = made_scene()
        more = [Proposal(KeeperRecipe(PICTURE, frame), (1920, 1072), 0.5, "") for frame in range(9)]
        opened.catalogue.put_proposals(scene, [(one, "") for one in more], [], [Kind.KEEPER])
    several = cuttingroom("reject", project, "keeper-")
    assert several.returncode == 2
    assert "'keeper-' could be keeper-" in several.stderr
    assert "and 4 more; write more of the id" in several.stderr
    assert several.stderr.count("\n") == 1
    whole = cuttingroom("reject", project, ids["keeper"])
    assert whole.stdout.startswith("1 candidate is now rejected")
    for strange in ("", "keeper-%", "KEEPER-"):
        refused = cuttingroom("render", project, strange, "-o", project / "o.png")
        assert refused.returncode == 2
        assert f"no candidate {strange!r} in this project" in refused.stderr


def test_what_to_type_next_is_told_as_the_program_was_started(project: Path) -> None:
    ways = (["list", "nowhere"], ["review", project], ["render", project, "x", "-o", "o.png"],
            ["scan", project], ["approve"])  # fmt: skip
    for arguments in ways:
        told = cuttingroom(*arguments, before=["env", "CUTTINGROOM_AS=./run"], cwd=project).stderr
        assert "./run " in told
        assert "cuttingroom " not in told


def test_a_list_of_nothing_says_so(project: Path) -> None:
    listed = cuttingroom("list", project, "--where", "reason=fase")
    assert (listed.returncode, listed.stderr) == (0, "no candidate is listed\n")


def test_what_was_decided_on_a_former_content_is_marked_and_rejected_by_rule(project: Path) -> None:
    changed = replace(made_scene().source, id="ee" * 8)
    with Project(project) as opened:
        opened.decide({c.id: Standing(State.APPROVED) for c in opened.catalogue.candidates()})
        opened.catalogue.put_source(changed)
        opened.catalogue.retire_others_at(changed)
        opened.catalogue.finish_analysis(changed.id, 30, 0)
    listed = cuttingroom("list", project)
    assert listed.stdout.count(", outdated\n") == 3
    assert "3 candidates of a source that has changed since" in listed.stderr
    assert cuttingroom("reject", project, "--where", "outdated=yes").returncode == 0
    assert "has changed" not in cuttingroom("list", project).stderr
    assert {c["outdated"] for c in as_json("list", project)["candidates"]} == {True}
    approved = cuttingroom("approve", project, "--where", "score>=0")
    assert approved.stdout == "0 candidates are now approved (0 chosen)\n"
    asked = cuttingroom("approve", project, "--where", "outdated=yes", "--dry-run")
    assert asked.stdout == "3 candidates would be approved (3 chosen)\n"
    scenes = cuttingroom("list", project, "--scenes").stdout
    assert f"{made_scene().source.name} (before it changed)" in scenes


def test_a_rule_that_turns_decisions_round_says_so(project: Path) -> None:
    assert "had been" not in cuttingroom("reject", project, "--where", "kind=keeper").stderr
    turned = cuttingroom("approve", project, "--where", "score>=0").stderr
    assert turned.startswith("1 of them had been rejected: `cuttingroom undo` takes it back")
    assert cuttingroom("undo", project).returncode == 0
    left = cuttingroom("approve", project, "--where", "score>=0 state=pending")
    assert "had been" not in left.stderr
    assert [c["state"] for c in as_json("list", project)["candidates"]].count("rejected") == 1


def test_candidates_of_several_films_are_listed_with_the_film(project: Path) -> None:
    assert "source" not in cuttingroom("list", project).stdout.splitlines()[0].split()
    scene = made_scene("other.mkv", Path("/elsewhere"))
    other = replace(scene, source=replace(scene.source, id="ee" * 8))
    with Project(project) as opened:
        opened.catalogue.put_source(other.source)
        opened.catalogue.put_scene(other)
        put_candidates(opened, other)
    head, *lines = cuttingroom("list", project).stdout.splitlines()
    assert head.split()[2:4] == ["source", "scene"]
    assert any(" other.mkv " in line for line in lines)


def test_what_a_person_is_to_paste_is_quoted(project: Path) -> None:
    assert argument(Path("it's here/a b.cuttingroom")) == "'it'\"'\"'s here/a b.cuttingroom'"
    assert "\n" not in argument(Path("a\nb"))
    assert argument(Path("-dash.mp4")) == "./-dash.mp4"


def test_a_step_back_says_what_it_took_back(project: Path) -> None:
    cuttingroom("approve", project, "--where", "kind=plate")
    cuttingroom("caption", project, "--where", "kind=plate", "--text", "A meadow.")
    (plate,) = as_json("list", project, "--kind", "plate")["candidates"]
    told = [cuttingroom(way, project).stdout.strip() for way in ("undo", "redo", "undo", "undo")]
    name = plate["id"]
    taken = f"caption of {name} taken back"
    assert told == [taken, f"caption of {name} given again", taken, f"{name} is pending again"]


def test_an_edit_of_the_projects_own_manifest_is_told_of_and_kept(
    project: Path, tmp_path: Path
) -> None:
    with (project / "approved.toml").open("a") as manifest:
        manifest.write("# mine\n")
    told = cuttingroom("export", project, tmp_path / "out", "--dry-run").stderr
    assert f"give {project / 'approved.toml'} instead" in told
    told = cuttingroom("approve", project, "--where", "kind=plate").stderr
    assert "the edit is kept as approved.edited.toml" in told
    assert "# mine" in (project / "approved.edited.toml").read_text()
    assert not cuttingroom("undo", project).stderr


def test_a_recipe_that_cannot_be_read_costs_that_one_candidate(project: Path) -> None:
    spoil(project, "keeper", '{"frme": 3}')
    for command in (
        ["list", project],
        ["report", project],
        ["approve", project, "--where", "score>=0"],
    ):
        result = cuttingroom(*command)
        assert result.returncode == 0, result.stderr
        assert ": its recipe cannot be read (unknown setting 'frme'" in result.stderr
        assert "; reject it, or update cuttingroom" in result.stderr
        assert result.stderr.count("keeper-") == 1
    assert [c["state"] for c in as_json("list", project)["candidates"]] == ["approved"] * 2
