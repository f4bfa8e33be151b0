"""What Hugging Face's own library makes of an export; skipped without the extra ``formats``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.cli.dataset import plan_of
from engine.events import result_of
from engine.export.captions import Style
from engine.export.export import export
from tests.engine.export.made import crop, keeper, made_film, made_project


@pytest.fixture
def datasets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return pytest.importorskip("datasets")


def exported(tmp_path: Path, layout: str, *, fit: bool = False) -> Path:
    film = made_film(tmp_path / "ep01.mkv")
    made_project(tmp_path / "a.cuttingroom", film, (keeper(3), crop(3)), ("room",)).close()
    plan = plan_of(tmp_path / "a.cuttingroom", tmp_path / "out", ())
    style = Style(trigger="klein")
    settings = {"layout": layout, "fit": fit, "targets": ("sd1",), "style": style, "jobs": 1}
    result_of(export(replace(plan, **settings)))
    return tmp_path / "out"


def test_an_imagefolder_loads_with_every_picture_and_its_caption(
    datasets: Any, tmp_path: Path
) -> None:
    out = exported(tmp_path, "imagefolder", fit=True)
    fitted = datasets.load_dataset("imagefolder", data_dir=str(out / "fit-sd1"))["train"]
    assert (fitted["text"], set(fitted["target"])) == (["klein, room"] * 2, {"sd1"})
    both = datasets.load_dataset("imagefolder", data_dir=str(out))["train"]
    own = [row for row in both if not row["target"]]
    assert sorted(row["image"].size for row in own) == [(128, 128), (320, 180)]
    assert {row["image"].mode for row in own} == {"RGB"}


def test_tars_load_as_samples(datasets: Any, tmp_path: Path) -> None:
    out = exported(tmp_path, "webdataset")
    files = {"train": str(out / "train-*.tar")}
    rows = datasets.load_dataset("webdataset", data_files=files)["train"]
    assert {row["txt"] for row in rows} == {"klein, room"}
    assert sorted(row["json"]["kind"] for row in rows) == ["crop", "keeper"]
