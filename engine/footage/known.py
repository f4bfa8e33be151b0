"""What opening a film found out, kept in memory and on disk: another day it opens at once."""

from __future__ import annotations

import io
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.files import write_whole
from engine.footage.fields import Cadence, Fields
from engine.footage.footage import MAX_FRAMES, Damage
from engine.footage.timeline import Timeline
from engine.values import AnyArray, Size


@dataclass
class Known:
    """What was found out about a film: a project opens it many times, in many processes."""

    identity: str
    """The film's fingerprint; of another film nothing here is true."""
    timeline: Timeline
    rate: Fraction
    """Frames a second."""
    pixel: Fraction
    """Width of a pixel over its height."""
    coded: Size
    """Of a frame as it is decoded."""
    rotation: int
    """Degrees against the clock by which it is shown."""
    fields: Fields
    left_sited: bool | None = None
    """Where chroma lies; None until a full frame is wanted."""
    vivid: bool | None = None
    """Whole pictures have colours that others have from noise only; None until one has."""
    whole: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Frames that came out whole when all were decoded; to read them, others are passed over."""

    def __post_init__(self) -> None:
        if len(self.whole) != len(self.timeline):
            self.whole = np.zeros(len(self.timeline), np.bool_)


_MAX_KNOWN = 8
_known_films: OrderedDict[tuple[Path, str], Known] = OrderedDict()
_known_lock = Lock()


def recalled(path: Path, identity: str) -> Known | None:
    """Give what this process found out of a film before."""
    with _known_lock:
        return _known_films.get((path, identity))


def remember(path: Path, known: Known) -> None:
    """Keep what was found out for as long as few other films are opened."""
    with _known_lock:
        _known_films[path, known.identity] = known
        _known_films.move_to_end((path, known.identity))
        while len(_known_films) > _MAX_KNOWN:
            _known_films.popitem(last=False)


_FILE, _MARKS = "film.npz", "whole.npz"

_VERSION = 3
"""Of what is found out and of how it is written: what another version found is found anew."""

_COLUMNS = ("names", "keys", "seeks", "places", "torn")

_LONGEST_FILE = 200_000_000
"""Bytes; what the longest film takes is less."""


def save_known(proxies: Path, known: Known) -> None:
    """Keep what is known of a film under the ``proxies`` folder of a project."""
    timeline = known.timeline
    about = {
        "version": _VERSION,
        "identity": known.identity,
        "rate": str(known.rate),
        "pixel": str(known.pixel),
        "coded": list(known.coded),
        "rotation": known.rotation,
        "fields": asdict(known.fields),
        "left_sited": known.left_sited,
        "vivid": known.vivid,
        "by_label": timeline.by_label,
        "notes": [asdict(note) for note in timeline.notes],
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        about=np.array(json.dumps(about)),
        names=timeline.names,
        times=timeline.times,
        keys=timeline.keys,
        seeks=timeline.seeks,
        places=timeline.places,
        torn=np.array(sorted(timeline.torn), np.int64),
        doubled=np.array([(*k, v) for k, v in timeline.doubled.items()], np.int64).reshape(-1, 4),
    )
    write_whole(_place(proxies, known.identity), buffer.getvalue(), lasting=False)


def load_known(proxies: Path, identity: str) -> Known | None:
    """Give what :func:`save_known` kept of the film of this identity; None to find it out anew.

    What is damaged, of another version, or of another film counts as not there.
    """
    path = _place(proxies, identity)
    try:
        if path.stat().st_size > _LONGEST_FILE:
            return None
        # From memory: NumPy leaves a damaged file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            if about["version"] != _VERSION or about["identity"] != identity:
                return None
            known = Known(
                identity=identity,
                timeline=_timeline(about, kept),
                rate=Fraction(about["rate"]),
                pixel=Fraction(about["pixel"]),
                coded=(int(about["coded"][0]), int(about["coded"][1])),
                rotation=int(about["rotation"]),
                fields=Fields(
                    Cadence(about["fields"]["cadence"]), bool(about["fields"]["top_first"])
                ),
                left_sited=_told(about["left_sited"]),
                vivid=_told(about["vivid"]),
            )
    except Exception:  # what is damaged fails wherever the damage is: unpacking, parsing, reading
        return None
    known.whole = load_whole(proxies, known)
    return known


def save_whole(proxies: Path, known: Known) -> None:
    """Keep which frames came out whole: it is found out bit by bit."""
    buffer = io.BytesIO()
    np.savez(buffer, whole=np.packbits(known.whole))
    write_whole(_place(proxies, known.identity, _MARKS), buffer.getvalue(), lasting=False)


def load_whole(proxies: Path, known: Known) -> NDArray[np.bool_]:
    """Give what :func:`save_whole` kept of a film; nothing is marked where that is damaged."""
    count = len(known.timeline)
    none = np.zeros(count, np.bool_)
    try:
        data = _place(proxies, known.identity, _MARKS).read_bytes()
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            packed = kept["whole"]
        if packed.shape != (-(-count // 8),):
            return none
        return np.unpackbits(packed, count=count).astype(np.bool_)
    except Exception:  # see load_known
        return none


def _told(answer: object) -> bool | None:
    return None if answer is None else bool(answer)


def _timeline(about: Mapping[str, Any], kept: Mapping[str, AnyArray]) -> Timeline:
    """Put a timeline together again.

    Raises
    ------
    ValueError
        If its parts do not fit each other.
    """
    whole = {name: np.asarray(kept[name]) for name in _COLUMNS}
    names, times = whole["names"], np.asarray(kept["times"])
    doubled = np.asarray(kept["doubled"])
    if any(column.ndim != 1 or column.dtype != np.int64 for column in whole.values()):
        raise ValueError("numbers are not whole")
    if times.dtype != np.float64 or times.shape != names.shape:
        raise ValueError("frames without a time")
    if not 0 < len(names) <= MAX_FRAMES:
        raise ValueError("not the table of a film")
    if any(whole[column].shape != whole["keys"].shape for column in ("seeks", "places")):
        raise ValueError("not the table of its keys")
    if doubled.dtype != np.int64 or doubled.shape != (len(doubled), 4):
        raise ValueError("not the names of packets")
    for frames in (whole["keys"], whole["torn"]):
        if len(frames) and not 0 <= frames.min() <= frames.max() < len(names):
            raise ValueError("frames that are not there")
    return Timeline(
        names,
        times,
        whole["keys"],
        whole["seeks"],
        whole["places"],
        by_label=bool(about["by_label"]),
        torn=frozenset(whole["torn"].tolist()),
        notes=tuple(Damage(float(n["time"]), str(n["text"])) for n in about["notes"]),
        doubled={(label, at, size): name for label, at, size, name in doubled.tolist()},
    )


def _place(proxies: Path, identity: str, name: str = _FILE) -> Path:
    return proxies / identity / name
