"""WebDataset: tars of ``key.png``, ``key.txt`` and ``key.json``, packed from the pictures.

The same pictures give the same tars: members in order, no times, no owners. Captions are packed
as they lie on disk, with whatever a tagger or a person made of them.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from engine.export.layouts.layout import Dataset, Layout
from engine.export.layouts.plain import text_sidecar
from engine.export.provenance import ExportedPicture
from engine.export.writing import writing
from engine.files import whole_file

SHARD = 1 << 30
"""Bytes after which a new tar begins."""


def write_webdataset(dataset: Dataset, shard: int = SHARD) -> list[Path]:
    """Pack all pictures into ``train-000000.tar`` and so on."""
    written = []
    for place, pictures in enumerate(_shards(dataset, shard)):
        path = dataset.out / f"train-{place:06d}.tar"
        with writing(path), whole_file(path) as temporary:
            _pack(temporary, dataset, pictures)
        written.append(path)
    return written


def _shards(dataset: Dataset, shard: int) -> Iterator[Sequence[ExportedPicture]]:
    some: list[ExportedPicture] = []
    held = 0
    for picture in dataset.pictures:
        size = (dataset.out / picture.file).stat().st_size
        if some and held + size > shard:
            yield some
            some, held = [], 0
        some.append(picture)
        held += size
    if some:
        yield some


def _pack(path: Path, dataset: Dataset, pictures: Sequence[ExportedPicture]) -> None:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for picture in pictures:
            for suffix, data in _members(dataset, picture):
                # A key ends at its first dot; ours hold none, and are unique without folders.
                member = tarfile.TarInfo(PurePosixPath(picture.file).stem + suffix)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def _members(dataset: Dataset, picture: ExportedPicture) -> Iterator[tuple[str, bytes]]:
    path = dataset.out / picture.file
    about = {
        "id": picture.id,
        "kind": str(picture.kind),
        "source": dataset.source_name(picture),
        "scene": picture.scene,
        "reason": picture.reason,
        "score": picture.score,
        "width": picture.size[0],
        "height": picture.size[1],
        "recipe": dict(picture.recipe),
    }
    yield ".json", json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
    yield path.suffix, path.read_bytes()
    if picture.sidecar:
        yield ".txt", (dataset.out / picture.sidecar.file).read_bytes().rstrip(b"\n")


WEBDATASET = Layout(
    "webdataset", "plain, and packed into tars for WebDataset", write_webdataset, text_sidecar
)
