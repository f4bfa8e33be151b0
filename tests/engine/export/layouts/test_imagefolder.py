import json
from pathlib import Path

from engine.export.layouts.imagefolder import write_imagefolder
from tests.engine.export.layouts.made import made_dataset


def test_every_picture_has_a_line_with_its_caption_in_the_column_text(tmp_path: Path) -> None:
    (path,) = write_imagefolder(made_dataset(tmp_path))
    assert path == tmp_path / "metadata.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(row["file_name"], row["text"]) for row in rows] == [
        ("crop/ep-000003-crop.png", "a room"),
        ("keeper/ep-000003-keeper.png", "a room"),
    ]
    assert rows[0]["source"] == "ep 01.mkv"
    types = [{key: type(value) for key, value in row.items()} for row in rows]
    assert types[0] == types[1]
