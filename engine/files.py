"""Files that appear whole or not at all, and paths that stay where they belong."""

from __future__ import annotations

import io
import os
import tempfile
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from engine.values import AnyArray

_umask_lock = Lock()


@contextmanager
def whole_file(path: Path, *, lasting: bool = True) -> Iterator[Path]:
    """Give a temporary path beside ``path``; move it there when the block ends well.

    The data is on disk before the name is; after an error nothing is left behind. A file that need
    not be ``lasting`` saves the wait for the disk: a kill leaves it whole, too, but after a power
    cut it may be damaged. That is for what is made again then, or see :func:`make_lasting`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=f".tmp{path.suffix}")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if lasting:
            _sync(temporary)
        # mkstemp makes files private; a project is shared as its folder is.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if lasting:
        _sync(path.parent)


def write_whole(path: Path, data: bytes | str, *, lasting: bool = True) -> None:
    """Write ``data`` (text as UTF-8) to ``path``, whole or not at all.

    See :func:`whole_file` for what need not be ``lasting``.
    """
    with whole_file(path, lasting=lasting) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def make_lasting(paths: Collection[Path], threads: Executor) -> None:
    """Have files on disk, with their names: together they take hardly longer than one."""
    deque(threads.map(_sync, paths), maxlen=0)
    for folder in {path.parent for path in paths}:
        _sync(folder)


def resolve_under(root: Path, relative: str) -> Path:
    """Resolve a stranger's ``relative`` path under ``root``.

    Raises
    ------
    ValueError
        If it is empty, absolute, holds ``..`` or a NUL, or leads out through a link.
    """
    pure = PurePosixPath(relative.replace("\\", "/"))
    if not relative or "\0" in relative or pure.is_absolute() or ".." in pure.parts:
        raise ValueError(f"path {relative!r} does not stay inside its folder")
    resolved = (root / pure).resolve()
    if not resolved.is_relative_to(root.resolve()):
        raise ValueError(f"path {relative!r} leads out of its folder")
    return resolved


def proxies_path(project: Path, source_id: str, scene: int) -> Path:
    """Give where a project keeps the reduced frames of one scene of a source."""
    return resolve_under(project, f"proxies/{source_id}/{scene:05d}.zip")


def followed_path(project: Path, source_id: str, scene: int) -> Path:
    """Give where a project keeps what is known of the camera moves in one scene of a source."""
    return resolve_under(project, f"proxies/{source_id}/{scene:05d}.moves")


def pack_array(array: AnyArray) -> bytes:
    """Serialise an array for a database cell."""
    import numpy as np  # takes longer to import than the room may take to show its first row

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def unpack_array(data: bytes) -> AnyArray:
    """Give back what :func:`pack_array` took."""
    import numpy as np

    array: AnyArray = np.load(io.BytesIO(data), allow_pickle=False)
    return array


def _umask() -> int:
    # It can only be asked for by changing it, which another thread must not see.
    with _umask_lock:
        mask = os.umask(0o022)
        os.umask(mask)
    return mask


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
