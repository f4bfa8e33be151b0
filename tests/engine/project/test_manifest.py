from pathlib import Path

import pytest

from engine.errors import ManifestError
from engine.project.candidate import Standing
from engine.project.manifest import load_manifest
from engine.recipe import changed
from engine.values import Kind, State
from tests.engine.project.made import CROP, KEEPER, PLATE, made_project


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


def test_no_path_of_this_machine_is_in_it(path: Path) -> None:
    assert "nowhere" not in path.read_text()


def test_a_tweak_is_what_the_manifest_holds(tmp_path: Path) -> None:
    with made_project(tmp_path / "b.cuttingroom") as project:
        crop = project.catalogue.candidates(kind=Kind.CROP)[0]
        tweak = changed(CROP, x=0, side=768)
        project.decide({crop.id: Standing(State.APPROVED, tweak, (768, 768))})
        (item,) = load_manifest(project.manifest_path).items
    assert (item.recipe, item.size) == (tweak, (768, 768))


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
        ('kind = "crop"', 'kind = "crap"', "'kind' cannot be 'crap'"),
        ("side = 512", "side = 512\nside = 513", "not valid TOML"),
        ('source = "0123456789abcdef"', 'source = "feed"', "no source 'feed'"),
        ("picture = [0, 4, 1920, 1072]", "picture = [0, 4, 1920]", "needs 4 whole numbers"),
        ("picture = [0, 4, 1920, 1072]", "picture = [0, 4, 0, 0]", "not a rectangle"),
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
    with pytest.raises(ManifestError, match="cannot be read"):
        load_manifest(tmp_path / "b.toml")
