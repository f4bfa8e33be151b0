"""The whole way on the sample film, as a user goes it: real processes, a real terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.values import Image
from tests.synthetic import texture, window
from tests.terminal import ROOT, Terminal, needs_terminal

SAMPLE = ROOT / "sample_data"


def cuttingroom(*arguments: object, expect: int = 0) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "tui", *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert result.returncode == expect, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


def candidates(project: Path, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cuttingroom("list", project, *arguments, "--json"))[
        "candidates"
    ]
    return found


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo once, without a terminal."""
    out = tmp_path_factory.mktemp("demo") / "out"
    said = cuttingroom("demo", out)
    assert "panorama/" in said
    return out


@pytest.fixture
def project(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo's project to decide on, with nothing decided yet."""
    folder = tmp_path / "sample.cuttingroom"
    shutil.copytree(demo / "sample.cuttingroom", folder)
    cuttingroom("reset", folder, "--where", "score>=0")
    return folder


def truth() -> Any:
    return json.loads((SAMPLE / "truth.json").read_text())


def psnr_where_it_fits(made: Image, true: Image) -> float:
    """Fit the made picture (which may be cut smaller) into the true one; give the PSNR, dB."""
    trim = 8
    part = made[trim:-trim, trim:-trim]
    scores = cv2.matchTemplate(true, part, cv2.TM_SQDIFF)
    _, _, (x, y), _ = cv2.minMaxLoc(scores)
    there = true[y : y + part.shape[0], x : x + part.shape[1]]
    error = np.mean((there.astype(np.float64) - part) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-6)))


def exported(demo: Path, kind: str, first: int) -> Image:
    (path,) = (demo / kind).glob(f"film-{first:06d}-{kind}-*.png")
    return np.asarray(cv2.imread(str(path)), np.uint8)


def test_the_demo_holds_every_kind_and_what_the_trainer_needs(demo: Path) -> None:
    for kind in ("panorama", "plate", "layer", "keeper", "crop"):
        assert list((demo / kind).glob("*.png")), kind
    assert tomllib.loads((demo / "approved.toml").read_text())["items"]
    config = tomllib.loads((demo / "dataset_config.toml").read_text())
    for subset in config["datasets"][0]["subsets"]:
        assert list(Path(subset["image_dir"]).glob("*.png"))
    for target in ("sd1", "nai", "sdxl"):
        report = json.loads((demo / "reports" / f"{target}.json").read_text())
        assert report["pictures"] > 10
    assert not list(demo.rglob("*.tmp*"))


def test_every_exported_picture_is_whole_and_carries_its_recipe(demo: Path) -> None:
    assert "all well" in cuttingroom("verify", demo)
    victim = next((demo / "crop").glob("*.png"))
    before = victim.read_bytes()
    victim.write_bytes(before + b"x")
    cuttingroom("verify", demo, expect=1)
    victim.write_bytes(before)


def test_the_panorama_is_the_painting_without_the_walker(demo: Path) -> None:
    made = exported(demo, "panorama", 0)
    true = np.asarray(cv2.imread(str(SAMPLE / "panorama.webp")), np.uint8)
    assert made.shape[1] > 3900
    assert psnr_where_it_fits(made, true) > 30


def test_the_plate_is_the_street_with_nobody_in_it(demo: Path) -> None:
    shop = next(shot for shot in truth()["shots"] if shot["name"] == "shop")
    plates = list((demo / "plate").glob("*.png"))
    assert len(plates) == 1
    assert shop["clean"][0] <= int(plates[0].name.split("-")[1]) < shop["clean"][1]
    true = np.asarray(cv2.imread(str(SAMPLE / "plate.webp")), np.uint8)
    assert psnr_where_it_fits(np.asarray(cv2.imread(str(plates[0])), np.uint8), true) > 32


def test_scenes_are_cut_where_the_film_is(demo: Path) -> None:
    scenes = json.loads(cuttingroom("list", demo / "sample.cuttingroom", "--scenes", "--json"))
    starts = [scene["start"] for scene in scenes["scenes"]]
    assert set(truth()["cuts"]) <= set(starts)
    first, last = truth()["dissolve"]
    (dissolve,) = (s for s in scenes["scenes"] if s["in"] == "dissolve")
    assert first <= dissolve["start"] <= last
    assert len(starts) == len(truth()["cuts"]) + 2  # and no cut at the flash
    letterboxed = scenes["scenes"][-1]["picture"]
    assert letterboxed[1] == pytest.approx(truth()["bars"]["top"], abs=4)


def test_scanning_again_keeps_every_decision_and_id(project: Path) -> None:
    before = candidates(project)
    cuttingroom("approve", project, "--where", "kind=crop")
    cuttingroom("scan", SAMPLE / "film.mp4", "-p", project, "--json")
    after = candidates(project)
    assert [c["id"] for c in after] == [c["id"] for c in before]
    crops = [c for c in after if c["kind"] == "crop"]
    assert {c["state"] for c in crops if not c["like"]} == {"approved"}
    assert {c["state"] for c in crops if c["like"]} <= {"pending"}  # folded under a better one


@needs_terminal
def test_what_the_room_showed_as_decided_survives_kill_9(project: Path) -> None:
    with Terminal(["review", project, "--graphics", "none"], 100, 30) as terminal:
        terminal.wait_for("film.mp4", "pending")
        terminal.press("a")
        terminal.wait_for("✓1", "saved")
        terminal.press("a")
        terminal.press("x")
        terminal.wait_for("✓2", "✗1", "saved")
        terminal.kill()
    states = [c["state"] for c in candidates(project)]
    assert (states.count("approved"), states.count("rejected")) == (2, 1)
    manifest = tomllib.loads((project / "approved.toml").read_text())
    approved = [c["id"] for c in candidates(project, "--state", "approved")]
    assert sorted(item["id"] for item in manifest["items"]) == sorted(approved)


@needs_terminal
def test_the_room_undoes_what_another_day_decided_and_quits(project: Path) -> None:
    with Terminal(["review", project, "--graphics", "none"], 80, 24) as terminal:
        terminal.wait_for("film.mp4", "pending")
        terminal.press("a")
        terminal.wait_for("✓1", "saved")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    with Terminal(["review", project, "--graphics", "none"], 80, 24) as terminal:
        terminal.wait_for("✓1")
        terminal.press("u")
        terminal.wait_for("✓0")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert {c["state"] for c in candidates(project)} == {"pending"}


def test_a_folder_of_pictures_goes_the_same_way(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    scene = texture(300, 900)
    for number in range(40):
        view = window(scene, 8.0 * number, 10, (480, 270))
        cv2.imwrite(str(folder / f"frame {number + 1}.png"), view)
    project = tmp_path / "p.cuttingroom"
    cuttingroom("scan", folder, "-p", project)
    found = candidates(project)
    assert {"panorama", "keeper"} <= {c["kind"] for c in found}
    cuttingroom("approve", project, "--where", "kind=panorama")
    cuttingroom("export", project, tmp_path / "out")
    (path,) = (tmp_path / "out" / "panorama").glob("*.png")
    made = np.asarray(cv2.imread(str(path)), np.uint8)
    assert made.shape[1] > 700
    assert psnr_where_it_fits(made, scene) > 30


def test_a_source_that_changed_fails_alone_and_says_so(tmp_path: Path, demo: Path) -> None:
    project = tmp_path / "p.cuttingroom"
    shutil.copytree(demo / "sample.cuttingroom", project)
    manifest = project / "approved.toml"
    text = manifest.read_text()
    loose = tmp_path / "loose.toml"
    loose.write_text(text)
    (tmp_path / "film.mp4").write_bytes((SAMPLE / "film.mp4").read_bytes() + b"\0")
    result = subprocess.run(
        [sys.executable, "-m", "tui", "export", str(loose), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert result.returncode == 1
    assert "has changed since it was scanned" in result.stderr
