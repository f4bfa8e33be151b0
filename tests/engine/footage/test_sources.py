"""What is footage, and what is said of what is not."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from engine.errors import SourceError
from engine.footage.sources import find_sources, fingerprint, open_source
from engine.values import SourceKind
from tests.synthetic import texture, write_video


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    return write_video(folder / "clip.mp4", [texture(64, 96, seed=s) for s in range(3)])


def pictures(folder: Path, count: int = 2) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.png"), texture(32, 48, seed=number))
    return folder


def test_a_folder_of_films_and_folders_gives_each_in_natural_order(
    tmp_path: Path, clip: Path
) -> None:
    for name in ("ep 10.mkv", "ep 2.mkv"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    pictures(tmp_path / "stills" / "b")
    pictures(tmp_path / "stills" / "a")
    pictures(tmp_path / ".trash")
    pictures(tmp_path / "old.cuttingroom" / "previews")
    with zipfile.ZipFile(tmp_path / "book.cbz", "w") as archive:
        archive.write(tmp_path / "stills" / "a" / "0.png")
    cv2.imwrite(str(tmp_path / "poster.png"), texture(32, 48))
    found = [str(path.relative_to(tmp_path)) for path in find_sources([tmp_path])]
    assert found == ["book.cbz", "ep 2.mkv", "ep 10.mkv", "stills/a", "stills/b"]
    assert find_sources([tmp_path, tmp_path / "ep 2.mkv"]) == find_sources([tmp_path])


def test_each_kind_of_source_opens(tmp_path: Path, clip: Path) -> None:
    folder = pictures(tmp_path / "p")
    with open_source(clip) as film, open_source(folder) as stills:
        assert film.source.kind is SourceKind.VIDEO
        assert film.source.frames == 3
        assert film.source.id == fingerprint(clip)
        assert stills.source.kind is SourceKind.PICTURES
        assert len(film.source.id) == len(stills.source.id) == 16
    with open_source(folder / "0.png") as single:
        assert single.source.frames == 1


def test_a_source_that_changed_is_known_by_its_fingerprint(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(clip.read_bytes())
    before = fingerprint(path)
    path.write_bytes(clip.read_bytes() + b"\0")
    assert fingerprint(path) != before


def no_moov(clip: Path, path: Path) -> None:
    data = clip.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])


def sound_only(clip: Path, path: Path) -> None:
    path.write_bytes(
        b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x08\0\0\0"
        + bytes(8)
    )


BAD: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "gone.mkv": (lambda clip, path: None, "No such file"),
    "empty.mp4": (lambda clip, path: path.touch(), "is empty; copy or download it again"),
    "text.mkv": (lambda clip, path: path.write_text("hello\n" * 99), "is a text file"),
    "torn.mp4": (no_moov, "without its index (moov)"),
    "noise.avi": (lambda clip, path: path.write_bytes(bytes(range(256)) * 99), "is not a video"),
    "list.mkv": (
        lambda clip, path: path.write_text(f"ffconcat version 1.0\nfile {clip}\n"),
        "is a text file",
    ),
    "book.cbz": (lambda clip, path: path.write_bytes(b"PK\3\4" + bytes(50)), "not a ZIP archive"),
    "void": (lambda clip, path: path.mkdir(), "holds no pictures"),
    "sound.wav": (sound_only, "not a video"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_refused_in_one_line_that_names_it(
    tmp_path: Path, clip: Path, name: str
) -> None:
    make, words = BAD[name]
    make(clip, tmp_path / name)
    with pytest.raises(SourceError) as caught:
        open_source(tmp_path / name)
    message = str(caught.value)
    assert name in message
    assert words in message
    assert "\n" not in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "locked.mp4"
    path.write_bytes(clip.read_bytes())
    path.chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        open_source(path)


def test_a_hostile_name_is_made_harmless(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mred\n.mp4"
    path.touch()
    with pytest.raises(SourceError) as caught:
        open_source(path)
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_footage_says_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(SourceError, match="no video and no pictures"):
        find_sources([tmp_path])


@pytest.mark.parametrize(("transfer", "name"), [("smpte2084", "PQ"), ("arib-std-b67", "HLG")])
def test_hdr_is_refused_with_the_way_out(tmp_path: Path, transfer: str, name: str) -> None:
    options = {"x264-params": f"transfer={transfer}:colorprim=bt2020:colormatrix=bt2020nc"}
    frames = [texture(64, 96, seed=s) for s in range(3)]
    path = write_video(tmp_path / "hdr.mkv", frames, options=options)
    with pytest.raises(SourceError, match=rf"hdr.mkv: is HDR \({name}\).*convert it to SDR"):
        open_source(path)


@pytest.mark.parametrize("name", ["pipe.mp4", "pipe.png", "pipe"])
def test_a_pipe_is_refused_at_once_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    for opening in (open_source, lambda path: find_sources([path])):
        with pytest.raises(SourceError, match="is a pipe or a device"):
            opening(tmp_path / name)


def test_a_device_without_end_is_no_film() -> None:
    with pytest.raises(SourceError, match="is a pipe or a device"):
        open_source(Path(os.devnull))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty; copy or download it again"),
        (b"a page of notes\n", "is a text file, not a picture"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is damaged, or no picture of a kind that can be read"),
    ],
)
def test_what_is_no_picture_is_named_once_with_what_is_wrong(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        open_source(path)
    assert str(caught.value).startswith(f"a.jpg: {reason}")
    assert str(caught.value).count("a.jpg") == 1
