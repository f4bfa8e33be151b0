from pathlib import Path

import pytest

from engine.errors import EngineError, RecipeError
from engine.events import result_of
from engine.pipeline import scan
from engine.project.candidate import Standing
from engine.project.project import Project
from engine.project.settings import load_settings
from engine.values import Kind, State
from tests.engine.products.small_onnx import SIDE, write_detector
from tests.synthetic import texture, write_video

HANDS = """
[[detectors]]
path = "models/hands.onnx"
classes = ["hand", "foot", "sign"]
score = 0.4
[detectors.reasons]
sign = "pattern"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, so that the tester's own settings play no part."""
    home = tmp_path / "home"
    (home / "cuttingroom").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    return home


def test_without_a_file_nothing_is_set_up(tmp_path: Path) -> None:
    assert load_settings(tmp_path).detectors == ()


def test_a_detector_knows_its_model_and_what_its_classes_are_for(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(HANDS)
    (detector,) = load_settings(tmp_path).detectors
    assert detector.path == tmp_path / "models" / "hands.onnx"
    assert detector.score == 0.4
    reasons = [detector.reason_of(name) for name in detector.classes]
    assert reasons == ["hands", "hands", "pattern"]


def test_the_users_own_settings_may_name_a_file_anywhere(tmp_path: Path, home: Path) -> None:
    own = HANDS.replace("models/hands.onnx", "/opt/hands.onnx")
    (home / "cuttingroom" / "settings.toml").write_text(own)
    (tmp_path / "settings.toml").write_text(HANDS)
    paths = [detector.path for detector in load_settings(tmp_path).detectors]
    assert paths == [Path("/opt/hands.onnx"), tmp_path / "models" / "hands.onnx"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../hands.onnx", "a/../../b.onnx"])
def test_a_project_names_no_file_outside_of_it(tmp_path: Path, path: str) -> None:
    (tmp_path / "settings.toml").write_text(HANDS.replace("models/hands.onnx", path))
    with pytest.raises(RecipeError, match="put the model into the project folder"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[detector]]\npath='a'", "did you mean 'detectors'"),
        (HANDS.replace("score", "scores"), "did you mean 'score'"),
        (HANDS.replace("0.4", "4"), "score is a number"),
        (HANDS.replace("0.4", "0.4\nsize = 100"), "multiple of 32"),
        (HANDS.replace('"pattern"', '"patern"'), "one of face, hands, object"),
        (HANDS.replace("sign =", "signs ="), "did you mean 'sign'"),
        ("[[detectors]]\npath = 'a.onnx'", "names the classes"),
        ("[[detectors]]\nclasses = ['a']", "path = "),
        ("detectors = 3", "under a line"),
        ("[[detectors]", "is not valid TOML"),
        ("detectors = " + "9" * 5000, "is not valid TOML"),
        ("detectors = " + "[" * 5000, "is not valid TOML"),
    ],
)
def test_what_is_not_understood_is_named_with_the_nearest_known(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(RecipeError, match=says) as raised:
        load_settings(tmp_path)
    assert "settings.toml" in str(raised.value)


def film_with_a_red_square(folder: Path) -> Path:
    frame = texture(540, 960) // 2
    frame[192:288, 384:480] = (0, 0, 255)
    return write_video(folder / "film.mp4", [frame] * 8)


def test_a_scan_proposes_what_the_projects_detector_finds(tmp_path: Path) -> None:
    folder = tmp_path / "a.cuttingroom"
    folder.mkdir()
    write_detector(folder / "red.onnx")
    text = f'[[detectors]]\npath = "red.onnx"\nclasses = ["hand", "hat"]\nsize = {SIDE}'
    (folder / "settings.toml").write_text(text)
    result_of(scan([film_with_a_red_square(tmp_path)], folder, jobs=1))
    with Project(folder) as project:
        crops = project.catalogue.candidates(kind=Kind.CROP)
    assert any(crop.reason == "hands" and crop.why[0].startswith("hand ") for crop in crops)


def test_a_second_scan_proposes_crops_again_where_the_detectors_have_changed(
    tmp_path: Path,
) -> None:
    folder, source = tmp_path / "a.cuttingroom", film_with_a_red_square(tmp_path)
    result_of(scan([source], folder, jobs=1))
    with Project(folder) as project:
        before = project.catalogue.candidates()
        approved = next(c.id for c in before if c.kind == Kind.KEEPER)
        project.decide({approved: Standing(State.APPROVED)})
    assert not any(crop.why[0].startswith("hand ") for crop in before if crop.why)
    write_detector(folder / "red.onnx")
    text = f'[[detectors]]\npath = "red.onnx"\nclasses = ["hand", "hat"]\nsize = {SIDE}'
    (folder / "settings.toml").write_text(text)
    result_of(scan([source], folder, jobs=1))
    with Project(folder) as project:
        after = {c.id: c for c in project.catalogue.candidates()}
    assert any(c.reason == "hands" and c.why[0].startswith("hand ") for c in after.values())
    assert after[approved].state == State.APPROVED
    nothing_new = result_of(scan([source], folder, jobs=1))
    assert nothing_new.candidates == 0


def test_a_scan_with_a_bad_detector_ends_at_once_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "a.cuttingroom"
    folder.mkdir()
    (folder / "settings.toml").write_text(HANDS)
    with pytest.raises(EngineError, match="no such file") as raised:
        result_of(scan([film_with_a_red_square(tmp_path)], folder, jobs=1))
    assert "\n" not in str(raised.value)
    assert [path.name for path in folder.iterdir()] == ["settings.toml"]


def test_a_file_in_the_place_of_a_project_holds_no_settings(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no project")
    assert load_settings(tmp_path / "a") == load_settings()
