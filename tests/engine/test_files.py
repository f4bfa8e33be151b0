from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.files import make_lasting, resolve_under, whole_file, write_whole
from engine.text import plain


@pytest.mark.parametrize("lasting", [True, False])
def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, *, lasting: bool) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old", lasting=lasting)

    def fail_half_way() -> None:
        with whole_file(path, lasting=lasting) as temporary:
            temporary.write_text("new, but only ha")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_gone_cannot_be_made_lasting(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.txt", "b.txt")]
    for path in paths:
        write_whole(path, path.name, lasting=False)
    with ThreadPoolExecutor(2) as threads:
        make_lasting(paths, threads)
        assert [path.read_text() for path in paths] == ["a.txt", "b.txt"]
        paths[0].unlink()
        with pytest.raises(FileNotFoundError):
            make_lasting(paths, threads)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../a", "a/../../b", "a\0b", "..\\a"])
def test_a_strangers_path_does_not_lead_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="path"):
        resolve_under(tmp_path, name)


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "out").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="leads out"):
        resolve_under(tmp_path / "in", "out/secret")
    assert resolve_under(tmp_path, "in/a b.png") == tmp_path / "in" / "a b.png"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ep01.mkv", "ep01.mkv"),
        ("a\x1b[31mred", "a?[31mred"),
        ("right\u202eleft", "right?left"),
        ("two\nlines\r", "two?lines?"),
        ("caf\udce9", "caf?"),
        ("第一話 [b]x[/b]", "第一話 [b]x[/b]"),
    ],
)
def test_a_strangers_name_is_harmless_on_a_terminal(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_long_name_is_cut_in_the_middle() -> None:
    assert plain("a" * 500 + ".mkv", 21) == "a" * 10 + "…" + "aaaaaa.mkv"
