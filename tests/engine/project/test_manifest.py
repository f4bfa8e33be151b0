from dataclasses import fields
from pathlib import Path

import pytest

from engine.errors import ManifestError
from engine.project.candidate import Standing
from engine.project.manifest import (
    load_manifest,
    manifest_of,
    migrated,
    source_entry,
    write_head,
)
from engine.recipe import RECIPES, changed
from engine.values import Kind, State
from tests.engine.project.made import CROP, KEEPER, PICTURE, PLATE, made_project, made_scene

NAME = 'name = "Howl\'s [b]film[/b].mkv"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with made_project(tmp_path / "a.cuttingroom") as project:
        standings = {c.id: Standing(State.APPROVED) for c in project.catalogue.candidates()}
        project.decide(standings)
        return project.manifest_path


def test_every_approved_recipe_comes_back_from_the_file(path: Path) -> None:
    manifest = load_manifest(path)
    assert [item.recipe for item in manifest.items] == [PLATE, KEEPER, CROP]
    assert manifest.sources[0].name == "Howl's [b]film[/b].mkv"
    assert manifest.items[0].tags == ("no humans",)


def test_a_caption_may_be_written_by_hand_and_is_missing_from_older_manifests(path: Path) -> None:
    text = path.read_text()
    path.write_text(text.replace('caption = ""', 'caption = "Dusk.\\nRain, 1,000 drops."', 1))
    assert load_manifest(path).items[0].caption == "Dusk.\nRain, 1,000 drops."
    path.write_text(text.replace('caption = ""\n', ""))
    assert [item.caption for item in load_manifest(path).items] == ["", "", ""]


def test_no_path_of_this_machine_is_in_it(path: Path) -> None:
    assert "nowhere" not in path.read_text()


def test_a_tweak_is_what_the_manifest_holds(tmp_path: Path) -> None:
    with made_project(tmp_path / "b.cuttingroom") as project:
        crop = project.catalogue.candidates(kind=Kind.CROP)[0]
        tweak = changed(CROP, x=0, side=768)
        project.decide({crop.id: Standing(State.APPROVED, tweak, (768, 768))})
        (item,) = load_manifest(project.manifest_path).items
    assert (item.recipe, item.size) == (tweak, (768, 768))


def test_a_plate_of_several_shots_that_lie_left_of_and_above_it_comes_back(tmp_path: Path) -> None:
    with made_project(tmp_path / "b.cuttingroom") as project:
        plate = project.catalogue.candidates(kind=Kind.PLATE)[0]
        tweak = changed(PLATE, also=((20, 30, -300, -12),))
        project.decide({plate.id: Standing(State.APPROVED, tweak, PICTURE.size)})
        (item,) = load_manifest(project.manifest_path).items
        approved = project.catalogue.candidates(state=State.APPROVED)
        assert manifest_of(project.catalogue.sources(), approved).items == (item,)
    assert item.recipe == tweak


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema = 1", "schema = 2", "newer version"),
        ("schema = 1", "", "needs schema"),
        ("start = 0", "strat = 0", "unknown setting 'strat'; did you mean 'start'"),
        ("start = 0", 'start = "0"', "'start' needs a whole number"),
        ("step = 1", "step = 0", "'step' is at least 1"),
        ('compositor = "clean"', 'compositor = "magic"', "is one of clean, median"),
        ('reason = "face"', 'raeson = "face"', "unknown key 'raeson'; did you mean 'reason'"),
        ('kind = "crop"', 'kind = "crap"', "cannot be 'crap'; it is one of panorama, plate,"),
        ("side = 512", "side = 512\nside = 513", "not valid TOML"),
        ('source = "0123456789abcdef"', 'source = "feed"', "no source 'feed'"),
        ("picture = [0, 4, 1920, 1072]", "picture = [0, 4, 1920]", "needs 4 whole numbers"),
        ("picture = [0, 4, 1920, 1072]", "picture = [0, 4, 0, 0]", "not a rectangle"),
        ("schema = 1", "schema = 0", "there never was"),
        ("schema = 1", "schema = -7", "there never was"),
        ("schema = 1", 'schema = "1"', "needs schema = 1"),
        ("schema = 1", "schema = true", "needs schema = 1"),
        ("schema = 1", "schema = 1\nnotes = 1", "unknown key 'notes'"),
        ("score = 0.9", "score = nan", "'score' cannot be nan"),
        ("tags = []", "tags = [1]", "cannot be [1]; it is a list of texts"),
        ('caption = ""', "caption = []", "'caption' cannot be []"),
        ('caption = ""', 'captoin = ""', "unknown key 'captoin'; did you mean 'caption'"),
    ],
)
def test_a_slip_of_the_hand_is_named_with_file_and_key(
    path: Path, old: str, new: str, says: str
) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert says in str(caught.value)
    assert "approved.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_manifest_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no such manifest"):
        load_manifest(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ManifestError, match="not text"):
        load_manifest(tmp_path / "b.toml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (NAME, 'name = "../film.mkv"', "leads out of its folder"),
        (NAME, 'name = "/etc/passwd"', "leads out of its folder"),
        (NAME, 'name = "a/../../b"', "leads out of its folder"),
        (NAME, 'name = "a\\\\..\\\\b"', "leads out of its folder"),
        (NAME, 'name = ".."', "leads out of its folder"),
        (NAME, 'name = ""', "leads out of its folder"),
        (NAME, 'name = "a\\u0000b"', "leads out of its folder"),
        ('id = "crop-', 'id = "../crop-', "small letters, digits and hyphens"),
        ('id = "crop-', 'id = "/crop-', "small letters, digits and hyphens"),
        ('id = "crop-', 'id = "crop_', "small letters, digits and hyphens"),
        ('id = "crop-', f'id = "{"a" * 99}', "small letters, digits and hyphens"),
        ('id = "0123456789abcdef"', 'id = "../../etc/passwd"', "not 16 hex digits"),
        ('parent = "plate-', 'parent = "../', "is no id"),
        ("stop = 30", "stop = 99999999999", "'stop' cannot be 99999999999"),
        ("side = 512", f"side = {'9' * 60}", "a number of that length"),
        ("side = 512", f"side = {'9' * 5000}", "not valid TOML"),
        ("left_out = [3, 4]", "left_out = [3, 99999999999]", "'left_out' cannot be"),
        ("frames = 30", "frames = 0", "'frames' cannot be 0"),
        ("frames = 30", "frames = -1", "'frames' cannot be -1"),
        ("scene = 1", "scene = 99999999999", "'scene' cannot be"),
        ('fps = "24000/1001"', 'fps = "1e999999999"', "'fps' cannot be"),
        ('fps = "24000/1001"', 'fps = "1/0"', "'fps' cannot be"),
        ("schema = 1", f"schema = 1\nx = {'[' * 100_000}", "not valid TOML"),
    ],
    ids=lambda value: value[:30],
)
def test_a_hostile_manifest_is_refused_in_one_line(
    path: Path, old: str, new: str, says: str
) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_what_is_listed_twice_is_refused(path: Path) -> None:
    text = path.read_text()
    block = text[text.index("[[items]]") :]
    path.write_text(text + block)
    with pytest.raises(ManifestError, match="listed twice"):
        load_manifest(path)
    source = text[text.index("[[sources]]") : text.index("[[items]]")]
    path.write_text(text.replace(source, source * 2))
    with pytest.raises(ManifestError, match="source '0123456789abcdef' is listed twice"):
        load_manifest(path)


def test_an_older_manifest_is_brought_up_to_date_step_by_step() -> None:
    steps = {1: lambda t: {**t, "a": 1}, 2: lambda t: {**t, "b": t["a"] + 1}}
    assert migrated({"schema": 1}, steps, newest=3) == {"schema": 3, "a": 1, "b": 2}
    assert migrated({"schema": 2, "a": 4}, steps, newest=3) == {"schema": 3, "a": 4, "b": 5}
    with pytest.raises(ManifestError, match="newer version"):
        migrated({"schema": 4}, steps, newest=3)


def test_what_the_room_writes_and_what_an_export_of_the_project_reads_are_one(
    tmp_path: Path,
) -> None:
    with made_project(tmp_path / "c.cuttingroom") as project:
        project.decide({c.id: Standing(State.APPROVED) for c in project.catalogue.candidates()})
        approved = project.catalogue.candidates(state=State.APPROVED)
        assert manifest_of(project.catalogue.sources(), approved) == load_manifest(
            project.manifest_path
        )


def test_a_name_that_is_no_valid_text_still_makes_a_manifest_that_loads(tmp_path: Path) -> None:
    source = source_entry(made_scene("caf\udce9.mkv").source)
    path = tmp_path / "m.toml"
    path.write_text(write_head([source]))
    assert load_manifest(path).sources[0].name == "caf?.mkv"


def test_every_example_in_the_documentation_is_a_manifest(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "manifest.md"
    blocks = page.read_text().split("```toml\n")[1:]
    assert blocks
    for block in blocks:
        path = tmp_path / "m.toml"
        path.write_text(block.split("```")[0])
        assert load_manifest(path).items


def test_the_documentation_names_every_field_of_every_recipe() -> None:
    text = (Path(__file__).parents[3] / "docs" / "manifest.md").read_text()
    for kind, recipe in RECIPES.items():
        (row,) = (line for line in text.splitlines() if line.startswith(f"| `{kind}` |"))
        assert [f.name for f in fields(recipe) if f"`{f.name}`" not in row] == []
