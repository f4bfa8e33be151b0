"""How values are written in the rows of a catalogue, and read from them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from engine.files import pack_array, unpack_array
from engine.project.candidate import Candidate, Standing
from engine.recipe import to_table
from engine.text import one_line
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Gradual,
    Kind,
    Motion,
    Overlay,
    Scene,
    Shot,
    Source,
    State,
    Transition,
)


def scene_row(scene: Scene) -> tuple[Any, ...]:
    """Give the columns of a scene, without the kinds that are proposed."""
    motion, facts = scene.motion, scene.facts
    columns = [facts.sharpness, facts.luma, facts.change, facts.repeat, facts.blend]
    return (
        scene.source.id, scene.number, scene.shot.start, scene.shot.stop, scene.shot.entry,
        json.dumps(_numbers(scene.picture)), motion.camera,
        pack_array(motion.path.astype("float32")), json.dumps(list(motion.moving)),
        float(motion.parallax), motion.foreground, float(motion.foreground_share),
        pack_array(_stack(columns)),
        json.dumps([[o.kind, *_numbers(o.box), o.start, o.stop] for o in scene.overlays]),
        json.dumps([[g.kind, g.start, g.stop] for g in scene.gradual]),
    )  # fmt: skip


def scene_of(row: tuple[Any, ...], source: Source) -> Scene:
    """Read the columns that :func:`scene_row` gives."""
    (
        _, number, start, stop, entry, picture, camera, path, moving, parallax, foreground,
        share, packed, overlays, gradual,
    ) = row  # fmt: skip
    facts = unpack_array(packed)
    first, last = json.loads(moving)
    return Scene(
        number,
        source,
        Shot(start, stop, Transition(entry)),
        Box(*json.loads(picture)),
        Motion(
            Camera(camera), unpack_array(path), (first, last), parallax, Foreground(foreground),
            share,
        ),
        FrameFacts(facts[0], facts[1], facts[2], facts[3] > 0.5, facts[4] > 0.5),
        tuple(
            Overlay(kind, Box(x, y, width, height), start, stop)
            for kind, x, y, width, height, start, stop in json.loads(overlays)
        ),
        tuple(Gradual(Transition(kind), start, stop) for kind, start, stop in json.loads(gradual)),
    )  # fmt: skip


def candidate_of(row: tuple[Any, ...]) -> Candidate:
    """Read the columns of a candidate and of the newest decision on it."""
    (
        id_, kind, source_id, scene, start, stop, recipe, width, height, score, reason, why,
        warnings, tags, parent, preview, state, tweak, tweak_w, tweak_h, edited, caption, who, at,
        source, rating, flag, like, alike, outdated, file,
    ) = row  # fmt: skip
    # Tens of thousands of candidates share a few sources, reasons and tags: each is kept once.
    source_id, reason, warnings, tags, source = map(
        sys.intern, (source_id, reason, warnings, tags, source or "")
    )
    return Candidate(
        id_, Kind(kind), source_id, scene, (start, stop), recipe, (width, height), score, reason,
        why, warnings, tags, parent, preview, State(state or "pending"), tweak or "",
        (tweak_w or 0, tweak_h or 0), edited or "", caption or "", who or "", at or 0.0, source,
        like or "", alike, rating or 0, bool(flag), bool(outdated), file or "",
    )  # fmt: skip


def standing_row(standing: Standing) -> tuple[Any, ...]:
    """Give the columns of a decision, from the state on."""
    tweak = as_json(to_table(standing.tweak)) if standing.tweak else ""
    tags = "" if standing.tags is None else as_json(standing.tags)
    return (
        standing.state, tweak, *standing.tweak_size, tags, one_line(standing.caption),
        standing.rating, int(standing.flag),
    )  # fmt: skip


def as_json(value: Any) -> str:
    """Write a value in few characters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def stored_path(path: Path) -> str:
    """Write a path as text; one that is no Unicode as a ``file:`` address."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "file:" + quote(os.fsencode(path))
    return text


def path_of(stored: str) -> Path:
    """Read what :func:`stored_path` gave."""
    if stored.startswith("file:"):
        return Path(os.fsdecode(unquote_to_bytes(stored.removeprefix("file:"))))
    return Path(stored)


def stored_name(name: str) -> str:
    """Write a file name as text, with escapes for bytes that are no Unicode."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _numbers(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _stack(columns: Sequence[Any]) -> Any:
    import numpy as np

    return np.stack([np.asarray(column, np.float32) for column in columns])
