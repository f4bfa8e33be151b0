import json
import tarfile
from dataclasses import replace
from pathlib import Path

from engine.export.layouts.layout import Dataset
from engine.export.layouts.webdataset import write_webdataset
from engine.values import Kind
from tests.engine.export.layouts.made import made_dataset, made_picture


def on_disk(out: Path, count: int) -> Dataset:
    pictures = [made_picture(Kind.CROP, f"ep-{i:06d}") for i in range(count)]
    for i, picture in enumerate(pictures):
        path = out / picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([i]) * 1000)
        path.with_suffix(".txt").write_text(f"caption {i}\n")
    return replace(made_dataset(out), pictures=pictures)


def test_a_sample_is_three_members_with_one_key_and_no_dot_in_it(tmp_path: Path) -> None:
    (path,) = write_webdataset(on_disk(tmp_path, 1))
    with tarfile.open(path) as tar:
        names = tar.getnames()
        assert [name.split(".", 1)[0] for name in names] == ["ep-000000-crop"] * 3
        assert {name.split(".", 1)[1] for name in names} == {"png", "txt", "json"}
        caption = tar.extractfile("ep-000000-crop.txt")
        about = tar.extractfile("ep-000000-crop.json")
        assert caption is not None
        assert about is not None
        assert caption.read() == b"caption 0"
        assert json.loads(about.read())["kind"] == "crop"


def test_tars_of_the_same_pictures_are_the_same_bytes_whoever_packs_them_when(
    tmp_path: Path,
) -> None:
    (first,) = write_webdataset(on_disk(tmp_path / "a", 3))
    (second,) = write_webdataset(on_disk(tmp_path / "b", 3))
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as tar:
        assert {(m.mtime, m.uid, m.gid, m.uname) for m in tar} == {(0, 0, 0, "")}


def test_a_new_tar_begins_when_one_is_full_and_no_sample_is_split(tmp_path: Path) -> None:
    paths = write_webdataset(on_disk(tmp_path, 5), shard=2500)
    assert [path.name for path in paths] == [f"train-{i:06d}.tar" for i in range(3)]
    held = []
    for path in paths:
        with tarfile.open(path) as tar:
            held.append(len(tar.getnames()))
    assert held == [6, 6, 3]
