"""What was found, proposed and decided, in one SQLite file.

The file is made once, before any thread opens it; every thread opens a :class:`Catalogue` of its
own. Decisions are only ever added: the newest row of a candidate counts, and undoing adds rows
that say what was said before.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote_to_bytes

from engine.errors import ProjectError
from engine.files import pack_array, unpack_array
from engine.products.proposal import Proposal, Skipped
from engine.project.candidate import Candidate, Standing, standing_of
from engine.recipe import candidate_id, frames_of, to_table
from engine.text import one_line, plain
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Gradual,
    Kind,
    Motion,
    Overlay,
    SameSet,
    Scene,
    Shot,
    Source,
    SourceKind,
    State,
    Transition,
)

MIGRATIONS = (
    # 1 to 2: what looks like a better one is folded under it.
    (
        "ALTER TABLE candidate ADD COLUMN like_id TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX candidate_like ON candidate (like_id) WHERE like_id != ''",
    ),
    # 2 to 3: a person may rate and flag.
    (
        "ALTER TABLE decision ADD COLUMN rating INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE decision ADD COLUMN flag INTEGER NOT NULL DEFAULT 0",
    ),
    # 3 to 4: what is burnt in.
    ("ALTER TABLE scene ADD COLUMN overlays TEXT NOT NULL DEFAULT '[]'",),
    # 4 to 5: where fades and dissolves reach.
    ("ALTER TABLE scene ADD COLUMN gradual TEXT NOT NULL DEFAULT '[]'",),
    # 5 to 6: sets that come back.
    (
        "CREATE TABLE same_set (source_id TEXT NOT NULL, scene INTEGER NOT NULL,"
        " first_source TEXT NOT NULL, first_scene INTEGER NOT NULL, move TEXT NOT NULL,"
        " overlap REAL NOT NULL, agree REAL NOT NULL, PRIMARY KEY (source_id, scene)) STRICT",
    ),
    # 6 to 7: a person may write a caption.
    ("ALTER TABLE decision ADD COLUMN caption TEXT NOT NULL DEFAULT ''",),
)
"""What brings a catalogue of each older version up to the next."""

SCHEMA_VERSION = 1 + len(MIGRATIONS)

SCHEMA = """
CREATE TABLE source (           -- A film or folder that was scanned.
    id        TEXT PRIMARY KEY, -- Fingerprint of its content.
    name      TEXT NOT NULL,    -- File or folder name.
    path      TEXT NOT NULL,    -- Where it was when it was last scanned, absolute.
    kind      TEXT NOT NULL,    -- video or pictures.
    width     INTEGER NOT NULL, -- Of a frame, square pixels.
    height    INTEGER NOT NULL,
    frames    INTEGER NOT NULL,
    fps       TEXT NOT NULL,    -- A fraction such as 24000/1001; 0 for pictures.
    analysed  INTEGER NOT NULL DEFAULT 0  -- 1 once all of its scenes are here.
) STRICT;
CREATE TABLE scene (            -- A shot with what was measured on it.
    source_id  TEXT NOT NULL REFERENCES source (id),
    number     INTEGER NOT NULL, -- From 1 within the source.
    start      INTEGER NOT NULL, -- First frame, from 0.
    stop       INTEGER NOT NULL, -- Frame after the last.
    entry      TEXT NOT NULL,    -- How it begins: start, cut, dissolve, fade.
    picture    TEXT NOT NULL,    -- JSON [x, y, width, height]: without bars and dirty edges.
    camera     TEXT NOT NULL,
    path       BLOB NOT NULL,    -- (N, 3) float32: camera x, y in source pixels, log zoom.
    moving     TEXT NOT NULL,    -- JSON [start, stop): where the camera moves.
    parallax   REAL NOT NULL,
    foreground TEXT NOT NULL,
    foreground_share REAL NOT NULL,
    facts      BLOB NOT NULL,    -- (5, N) float32: sharpness, luma, change, repeat, blend.
    proposed   TEXT NOT NULL DEFAULT '', -- Kinds whose candidates are here, separated by spaces.
    overlays   TEXT NOT NULL DEFAULT '[]', -- JSON [[kind, x, y, width, height, start, stop]].
    gradual    TEXT NOT NULL DEFAULT '[]', -- JSON [[kind, start, stop]]: fades and dissolves.
    PRIMARY KEY (source_id, number)
) STRICT;
CREATE TABLE same_set (         -- A scene on the set of an earlier one.
    source_id    TEXT NOT NULL,
    scene        INTEGER NOT NULL,
    first_source TEXT NOT NULL,    -- The first scene on this set.
    first_scene  INTEGER NOT NULL,
    move         TEXT NOT NULL,    -- JSON, six numbers: the affine onto the first, source pixels.
    overlap      REAL NOT NULL,    -- Share of the smaller picture that both show.
    agree        REAL NOT NULL,    -- Share of what is drawn there that is drawn alike.
    PRIMARY KEY (source_id, scene)
) STRICT;
CREATE TABLE candidate (        -- A picture proposed to a person.
    id        TEXT PRIMARY KEY, -- Hash of source and recipe: a rescan finds it again.
    kind      TEXT NOT NULL,
    source_id TEXT NOT NULL,    -- Empty for a report.
    scene     INTEGER NOT NULL, -- 0 for a report.
    start     INTEGER NOT NULL, -- First frame that it reads.
    stop      INTEGER NOT NULL, -- Frame after the last that it reads.
    recipe    TEXT NOT NULL,    -- JSON, as proposed.
    width     INTEGER NOT NULL, -- At full resolution.
    height    INTEGER NOT NULL,
    score     REAL NOT NULL,    -- 0 to 1.
    reason    TEXT NOT NULL,    -- One word.
    why       TEXT NOT NULL,    -- JSON list of phrases.
    warnings  TEXT NOT NULL,    -- JSON list of phrases.
    tags      TEXT NOT NULL,    -- JSON list of proposed caption tags.
    parent    TEXT NOT NULL,    -- Candidate that it belongs with, or empty.
    preview   TEXT NOT NULL,    -- Reduced picture, path under the project, or empty.
    current   INTEGER NOT NULL DEFAULT 1, -- 0 once a rescan no longer proposes it.
    like_id   TEXT NOT NULL DEFAULT ''  -- The better one that it looks like, or empty.
) STRICT;
CREATE INDEX candidate_scene ON candidate (source_id, scene);
CREATE INDEX candidate_like ON candidate (like_id) WHERE like_id != '';
CREATE TABLE skipped (          -- Why a scene gave nothing of a kind.
    source_id TEXT NOT NULL,
    scene     INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    reason    TEXT NOT NULL
) STRICT;
CREATE TABLE batch (            -- One step that undo takes back: a keypress or a bulk command.
    id     INTEGER PRIMARY KEY,
    action TEXT NOT NULL,       -- do, undo or redo.
    target INTEGER,             -- The batch that is undone or redone.
    who    TEXT NOT NULL,
    time   REAL NOT NULL        -- Unix time.
) STRICT;
CREATE TABLE decision (         -- All that is said of a candidate; the newest row counts.
    seq          INTEGER PRIMARY KEY,
    batch        INTEGER NOT NULL REFERENCES batch (id),
    origin       INTEGER NOT NULL, -- The batch that first said this; 0 for nothing said yet.
    candidate_id TEXT NOT NULL REFERENCES candidate (id),
    state        TEXT NOT NULL, -- pending, approved, rejected or skipped.
    tweak        TEXT NOT NULL, -- JSON recipe that a person changed it to, or empty.
    width        INTEGER NOT NULL, -- Of the tweaked picture; 0 without a tweak.
    height       INTEGER NOT NULL,
    tags         TEXT NOT NULL, -- JSON list of tags that a person gave, or empty.
    rating       INTEGER NOT NULL DEFAULT 0, -- 1 to 5; 0 for none.
    flag         INTEGER NOT NULL DEFAULT 0, -- 1 when a person wants to come back to it.
    caption      TEXT NOT NULL DEFAULT ''    -- What a person wrote of it, one line, or empty.
) STRICT;
CREATE INDEX decision_candidate ON decision (candidate_id, seq);
CREATE INDEX decision_batch ON decision (batch);
"""

_CANDIDATES = """
SELECT c.id, c.kind, c.source_id, c.scene, c.start, c.stop, c.recipe, c.width, c.height, c.score,
       c.reason, c.why, c.warnings, c.tags, c.parent, c.preview,
       d.state, d.tweak, d.width, d.height, d.tags, d.caption, b.who, b.time, s.name,
       d.rating, d.flag, better.id,
       (SELECT count(*) FROM candidate folded
        WHERE folded.like_id != '' AND folded.like_id = c.id AND folded.current = 1)
FROM candidate c
LEFT JOIN candidate better ON better.id = c.like_id AND better.current = 1
LEFT JOIN decision d ON d.seq = (SELECT max(seq) FROM decision WHERE candidate_id = c.id)
LEFT JOIN batch b ON b.id = d.batch
LEFT JOIN source s ON s.id = c.source_id
"""

_ORDER = """
ORDER BY s.name IS NULL, s.name, c.source_id, c.scene,
         CASE c.kind WHEN 'panorama' THEN 0 WHEN 'plate' THEN 1 WHEN 'layer' THEN 2
                     WHEN 'keeper' THEN 3 WHEN 'crop' THEN 4 ELSE 5 END,
         c.score DESC, c.id
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was just done, undone or redone."""

    action: str
    """``do``, ``undo`` or ``redo``."""
    candidate_ids: tuple[str, ...]
    """The candidates whose standing changed, in the order they were decided."""
    left: int = 0
    """How many were left alone, since somebody else has decided on them in the meantime."""


Change = Callable[[Standing], Standing]
"""Changes what is said of a candidate, from whatever was said last."""


def create_catalogue(path: Path) -> None:
    """Make an empty catalogue; do it before any thread opens one."""
    with contextlib.closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as db:
        # Kept in the file. Switching it while another thread connects can fail at once.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in SCHEMA.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.execute("COMMIT")


class Catalogue:
    """One open catalogue file; make one per thread."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None
            )
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise ProjectError(
                f"{plain(str(path))}: the catalogue cannot be read ({plain(str(error))}); "
                "put back a copy, or scan into a new project"
            ) from error
        if not 0 < version <= SCHEMA_VERSION:
            self._db.close()
            raise ProjectError(
                f"{plain(str(path))} was written by a newer version (schema {version}, "
                f"this one knows {SCHEMA_VERSION}); update cuttingroom"
                if version
                else f"{plain(str(path))} is not a Cutting Room catalogue"
            )
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = FULL")  # a decision outlives a power cut
        if version < SCHEMA_VERSION:
            self._migrate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Let all that is done inside happen as one; one inside another joins it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _migrate(self) -> None:
        """Bring an older catalogue up to date, all of the way or not at all."""
        with self.transaction():
            # Another thread or reviewer may have done it since the version was read.
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            for statements in MIGRATIONS[version - 1 :]:
                for statement in statements:
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {max(version, SCHEMA_VERSION)}")

    # Sources and scenes

    def put_source(self, source: Source) -> None:
        """Store a source, or where it is now if it is known."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO source (id, name, path, kind, width, height, frames, fps)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, path = excluded.path",
                (
                    source.id, _shown(source.name), _stored(source.path), source.kind,
                    *source.size, source.frames, str(source.fps),
                ),
            )  # fmt: skip

    def sources(self) -> list[Source]:
        """Every source, by name."""
        rows = self._db.execute(
            "SELECT id, name, path, kind, width, height, frames, fps FROM source ORDER BY name, id"
        )
        return [
            Source(id_, name, _path(path), SourceKind(kind), (w, h), frames, Fraction(fps))
            for id_, name, path, kind, w, h, frames, fps in rows
        ]

    def source(self, source_id: str) -> Source:
        """One source; :class:`ProjectError` when it is unknown."""
        for source in self.sources():
            if source.id == source_id:
                return source
        raise ProjectError(f"no source {plain(source_id)!r} in this project")

    def begin_analysis(self, source_id: str) -> None:
        """Note that a source is read anew; its scenes stay until their like comes again."""
        with self.transaction():
            self._db.execute("UPDATE source SET analysed = 0 WHERE id = ?", (source_id,))

    def finish_analysis(self, source_id: str, frames: int, scenes: int) -> None:
        """Note that all ``scenes`` of a source are here, and how many frames it really had.

        What an earlier analysis found beyond them goes, and undecided candidates with it.
        """
        with self.transaction():
            self._db.execute(
                "UPDATE source SET analysed = 1, frames = ? WHERE id = ?", (frames, source_id)
            )
            for table in ("scene", "skipped"):
                column = "number" if table == "scene" else "scene"
                self._db.execute(
                    f"DELETE FROM {table} WHERE source_id = ? AND {column} > ?", (source_id, scenes)
                )
            self._retire("source_id = ? AND scene > ?", (source_id, scenes))

    def retire_others_at(self, source: Source) -> int:
        """Retire what was proposed from another content of the same path; give what stays decided.

        A film that was changed, or a folder that a picture was added to, is a new source.
        """
        with self.transaction():
            others = [
                row[0]
                for row in self._db.execute(
                    "SELECT id FROM source WHERE path = ? AND id != ?",
                    (_stored(source.path), source.id),
                )
            ]
            for other in others:
                self._retire("source_id = ?", (other,))
            kept = [
                self._db.execute(
                    "SELECT count(*) FROM candidate WHERE source_id = ?", (other,)
                ).fetchone()[0]
                for other in others
            ]
        return sum(kept)

    def _retire(self, where: str, values: tuple[Any, ...]) -> None:
        """Take undecided candidates away, and mark decided ones as no longer proposed."""
        self._db.execute(
            f"DELETE FROM candidate WHERE {where}"
            " AND id NOT IN (SELECT candidate_id FROM decision)",
            values,
        )
        self._db.execute(f"UPDATE candidate SET current = 0 WHERE {where}", values)

    def is_analysed(self, source_id: str) -> bool:
        """Whether all scenes of a source are here."""
        row = self._db.execute("SELECT analysed FROM source WHERE id = ?", (source_id,)).fetchone()
        return bool(row and row[0])

    def put_scene(self, scene: Scene) -> None:
        """Store a scene, replacing an earlier one of its number.

        Where the same shot is found again, what was proposed for it still stands.
        """
        motion, facts, box = scene.motion, scene.facts, scene.picture
        columns = [facts.sharpness, facts.luma, facts.change, facts.repeat, facts.blend]
        with self.transaction():
            self._db.execute(
                "INSERT INTO scene VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,'',?,?)"
                " ON CONFLICT (source_id, number) DO UPDATE SET"
                " proposed = CASE WHEN start = excluded.start AND stop = excluded.stop"
                " AND overlays = excluded.overlays THEN proposed ELSE '' END,"
                " start = excluded.start,"
                " stop = excluded.stop, entry = excluded.entry, picture = excluded.picture,"
                " camera = excluded.camera, path = excluded.path, moving = excluded.moving,"
                " parallax = excluded.parallax, foreground = excluded.foreground,"
                " foreground_share = excluded.foreground_share, facts = excluded.facts,"
                " overlays = excluded.overlays, gradual = excluded.gradual",
                (
                    scene.source.id, scene.number, scene.shot.start, scene.shot.stop,
                    scene.shot.entry, json.dumps(_numbers(box)),
                    motion.camera, pack_array(motion.path.astype("float32")),
                    json.dumps(list(motion.moving)), float(motion.parallax), motion.foreground,
                    float(motion.foreground_share),
                    pack_array(_stack(columns)),
                    json.dumps(
                        [[o.kind, *_numbers(o.box), o.start, o.stop] for o in scene.overlays]
                    ),
                    json.dumps([[g.kind, g.start, g.stop] for g in scene.gradual]),
                ),
            )  # fmt: skip

    def scenes(self, source_id: str | None = None) -> list[Scene]:
        """Every scene, or those of one source, in the order of sources and films."""
        sources = {source.id: source for source in self.sources()}
        rows = self._db.execute(
            "SELECT source_id, number, start, stop, entry, picture, camera, path, moving,"
            " parallax, foreground, foreground_share, facts, overlays, gradual FROM scene"
            " WHERE ?1 IS NULL OR source_id = ?1 ORDER BY source_id, number",
            (source_id,),
        )
        found = [_scene(row, sources[row[0]]) for row in rows]
        order = {known: place for place, known in enumerate(sources)}
        return sorted(found, key=lambda scene: (order[scene.source.id], scene.number))

    def put_same_sets(self, sets: Iterable[SameSet]) -> None:
        """Store which scenes are on one set, in place of what was known before."""
        with self.transaction():
            self._db.execute("DELETE FROM same_set")
            self._db.executemany(
                "INSERT INTO same_set VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (*told.scene, *told.first, json.dumps(told.move), told.overlap, told.agree)
                    for told in sets
                ],
            )

    def same_sets(self) -> dict[tuple[str, int], SameSet]:
        """Give the scenes that show the set of an earlier one, by source and number."""
        rows = self._db.execute(
            "SELECT source_id, scene, first_source, first_scene, move, overlap, agree FROM same_set"
        )
        sets = [
            SameSet((source, scene), (first, number), tuple(json.loads(move)), overlap, agree)
            for source, scene, first, number, move, overlap, agree in rows
        ]
        return {told.scene: told for told in sets}

    def count_scenes(self, source_id: str | None = None) -> int:
        """Count the scenes of the project, or of one source."""
        row = self._db.execute(
            "SELECT count(*) FROM scene WHERE ?1 IS NULL OR source_id = ?1", (source_id,)
        ).fetchone()
        return int(row[0])

    def unproposed(self, source_id: str, kinds: Sequence[Kind]) -> list[Scene]:
        """Give the scenes of a source whose candidates of ``kinds`` are not all here yet."""
        rows = self._db.execute(
            "SELECT number, proposed FROM scene WHERE source_id = ?", (source_id,)
        )
        numbers = {number for number, done in rows if not set(kinds) <= set(done.split())}
        return [s for s in self.scenes(source_id) if s.number in numbers] if numbers else []

    def is_proposed(self, scene: Scene, kinds: Sequence[Kind]) -> bool:
        """Whether the candidates of ``kinds`` of a scene are here."""
        row = self._db.execute(
            "SELECT proposed FROM scene WHERE source_id = ? AND number = ?",
            (scene.source.id, scene.number),
        ).fetchone()
        return row is not None and set(kinds) <= set(row[0].split())

    # Candidates

    def put_proposals(
        self,
        scene: Scene,
        found: Iterable[tuple[Proposal, str]],
        skipped: Iterable[Skipped],
        kinds: Sequence[Kind],
    ) -> list[str]:
        """Store what a scene gave, replacing earlier proposals of ``kinds`` but no decision.

        ``found`` pairs a proposal with the path of its preview under the project folder.
        Candidates that are no longer proposed stay where somebody decided on them, else go.
        """
        source_id, number = scene.source.id, scene.number
        marks = ",".join("?" * len(kinds))
        where = (source_id, number, *kinds)
        ids = []
        with self.transaction():
            self._retire(f"source_id = ? AND scene = ? AND kind IN ({marks})", where)
            self._db.execute(
                f"DELETE FROM skipped WHERE source_id = ? AND scene = ? AND kind IN ({marks})",
                where,
            )
            for proposal, preview in found:
                ids.append(self._put(source_id, number, proposal, preview))
            self._db.executemany(
                "INSERT INTO skipped VALUES (?, ?, ?, ?)",
                [(source_id, number, s.kind, s.reason) for s in skipped],
            )
            done = self._db.execute(
                "SELECT proposed FROM scene WHERE source_id = ? AND number = ?",
                (source_id, number),
            ).fetchone()
            self._db.execute(
                "UPDATE scene SET proposed = ? WHERE source_id = ? AND number = ?",
                (" ".join(sorted({*done[0].split(), *kinds})), source_id, number),
            )
        return ids

    def put_report(self, proposal: Proposal) -> str:
        """Store a report candidate unless it is there; it belongs to no scene."""
        with self.transaction():
            return self._put("", 0, proposal, "")

    def _put(self, source_id: str, scene: int, proposal: Proposal, preview: str) -> str:
        recipe = proposal.recipe
        identity = candidate_id(source_id, recipe)
        frames = frames_of(recipe)
        parent = candidate_id(source_id, proposal.parent) if proposal.parent else ""
        like = candidate_id(source_id, proposal.like) if proposal.like else ""
        self._db.execute(
            "INSERT INTO candidate VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,1,?)"
            " ON CONFLICT (id) DO UPDATE SET scene = excluded.scene, width = excluded.width,"
            " height = excluded.height, score = excluded.score, reason = excluded.reason,"
            " why = excluded.why, warnings = excluded.warnings, tags = excluded.tags,"
            " parent = excluded.parent, preview = excluded.preview, current = 1,"
            " like_id = excluded.like_id",
            (
                identity, recipe.kind, source_id, scene,
                frames[0] if frames else 0, frames[-1] + 1 if frames else 0,
                _json(to_table(recipe)), *map(int, proposal.size), float(proposal.score),
                proposal.reason, _json(proposal.why), _json(proposal.warnings),
                _json(proposal.tags), parent, preview, like,
            ),
        )  # fmt: skip
        return identity

    def fold(self, likes: Mapping[str, str]) -> None:
        """Note which candidates look like a better one: ``{candidate id: id of the better one}``.

        What was folded under one that is now folded itself goes along.
        """
        with self.transaction():
            for identity, better in likes.items():
                self._db.execute(
                    "UPDATE candidate SET like_id = ? WHERE id = ? OR like_id = ?",
                    (better, identity, identity),
                )

    def candidates(
        self,
        *,
        kind: Kind | None = None,
        state: State | None = None,
        source_id: str | None = None,
        after: int = 0,
    ) -> list[Candidate]:
        """Every candidate with its newest decision, by source, scene, kind and score.

        ``after`` gives only those that were added since :meth:`content_stamp` said so. One that
        a rescan no longer proposes is given only if somebody decided on it.
        """
        rows = self._db.execute(
            f"{_CANDIDATES} WHERE (c.current = 1 OR coalesce(d.state, 'pending') != 'pending')"
            " AND (?1 IS NULL OR c.kind = ?1)"
            f" AND (?2 IS NULL OR coalesce(d.state, 'pending') = ?2)"
            f" AND (?3 IS NULL OR c.source_id = ?3) AND c.rowid > ?4 {_ORDER}",
            (kind, state, source_id, after),
        )
        return [_candidate(row) for row in rows]

    def candidate(self, identity: str) -> Candidate:
        """One candidate; :class:`ProjectError` when it is unknown."""
        row = self._db.execute(f"{_CANDIDATES} WHERE c.id = ?", (plain(identity),)).fetchone()
        if row is None:
            raise ProjectError(
                f"no candidate {plain(identity)!r} in this project; `cuttingroom list` shows them"
            )
        return _candidate(row)

    def skipped(self) -> list[tuple[str, int, Skipped]]:
        """Give ``(source id, scene, Skipped)`` for all that could not be made."""
        rows = self._db.execute("SELECT source_id, scene, kind, reason FROM skipped ORDER BY 1, 2")
        return [(source, scene, Skipped(Kind(kind), why)) for source, scene, kind, why in rows]

    # Decisions

    def decide(self, changes: Mapping[str, Standing | Change], who: str) -> Step:
        """Write down what a person said, as one step; on disk when this returns.

        A :data:`Change` is given the newest standing, whoever said it, and none can come between.
        """
        with self.transaction():
            batch = self._batch("do", None, who)
            for identity, change in changes.items():
                standing = standing_of(self.candidate(identity))
                said = change if isinstance(change, Standing) else change(standing)
                self._say(batch, identity, _row(said))
        return Step("do", tuple(changes))

    def undo(self, who: str) -> Step | None:
        """Take back the newest step of ``who`` that still stands; None when there is none.

        What somebody else has decided since is left to them; a step of which nothing else is
        left is passed over.
        """
        return self._step_back("undo", who)

    def redo(self, who: str) -> Step | None:
        """Do again what ``who`` undid last, unless something was decided since."""
        return self._step_back("redo", who)

    def _step_back(self, action: str, who: str) -> Step | None:
        with self.transaction():
            while True:
                done, undone = self._stacks(who)
                steps = done if action == "undo" else undone
                if not steps:
                    return None
                step = self._restore(action, steps[-1], who)
                if step.candidate_ids:
                    return step

    def newest_decision(self) -> int:
        """Give the number of the newest decision row; it grows with every decision of anybody."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM decision").fetchone()[0])

    def version(self) -> tuple[int, int]:
        """Give numbers of which one changes whenever anybody writes, this catalogue included."""
        others = self._db.execute("PRAGMA data_version").fetchone()[0]
        return int(others), self._db.total_changes

    def content_stamp(self) -> tuple[int, ...]:
        """Give numbers that change when a scan adds or replaces scenes or candidates.

        The first is the newest candidate's, for ``candidates(after=…)``; the last two count
        those that are folded, and all.
        """
        row = self._db.execute(
            "SELECT (SELECT coalesce(max(rowid), 0) FROM candidate), (SELECT count(*) FROM source),"
            " (SELECT coalesce(max(rowid), 0) FROM scene), (SELECT coalesce(max(rowid), 0) FROM"
            " skipped), (SELECT coalesce(sum(analysed), 0) FROM source),"
            " (SELECT count(*) FROM candidate WHERE like_id != ''),"
            " (SELECT count(*) FROM candidate WHERE current = 1)"
        )
        return tuple(row.fetchone())

    def decided_since(self, seq: int) -> list[Candidate]:
        """Give the candidates that anybody decided on after decision row ``seq``."""
        rows = self._db.execute(
            f"{_CANDIDATES} WHERE c.id IN (SELECT candidate_id FROM decision WHERE seq > ?)",
            (seq,),
        )
        return [_candidate(row) for row in rows]

    def disputes(self) -> dict[str, dict[str, State]]:
        """Give what each reviewer said last of the candidates that one approved and one rejected.

        ``{candidate id: {reviewer: state}}``.
        """
        if self._db.execute("SELECT count(DISTINCT who) FROM batch").fetchone()[0] < 2:
            return {}
        said: dict[str, dict[str, State]] = {}
        rows = self._db.execute(
            "SELECT d.candidate_id, b.who, d.state, max(d.seq) FROM decision d"
            " JOIN batch b ON b.id = d.batch GROUP BY d.candidate_id, b.who"
        )
        for identity, who, state, _ in rows:
            said.setdefault(identity, {})[who] = State(state)
        both = {State.APPROVED, State.REJECTED}
        return {identity: by for identity, by in said.items() if both <= set(by.values())}

    def _batch(self, action: str, target: int | None, who: str) -> int:
        row = self._db.execute(
            "INSERT INTO batch (action, target, who, time) VALUES (?, ?, ?, ?)",
            (action, target, who, time.time()),
        )
        return int(row.lastrowid or 0)

    def _say(
        self, batch: int, identity: str, row: tuple[Any, ...], origin: int | None = None
    ) -> None:
        self._db.execute(
            "INSERT INTO decision (batch, origin, candidate_id, state, tweak, width, height, tags,"
            " caption, rating, flag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (batch, batch if origin is None else origin, identity, *row),
        )

    def _stacks(self, who: str) -> tuple[list[int], list[int]]:
        """Replay the journal of one person: steps that stand, and steps that can be redone."""
        done: list[int] = []
        undone: list[int] = []
        rows = self._db.execute("SELECT id, action FROM batch WHERE who = ? ORDER BY id", (who,))
        for batch, action in rows:
            if action == "do":
                done.append(batch)
                undone.clear()
            elif action == "undo":
                undone.append(done.pop())
            else:
                done.append(undone.pop())
        return done, undone

    def _restore(self, action: str, target: int, who: str) -> Step:
        """Say again what was said before (undo) or in (redo) the step ``target``."""
        batch = self._batch(action, target, who)
        touched = self._db.execute(
            "SELECT candidate_id, min(seq) FROM decision WHERE batch = ?"
            " GROUP BY candidate_id ORDER BY min(seq)",
            (target,),
        ).fetchall()
        restored = []
        for identity, seq in touched:
            said, before = self._newest(identity, seq), self._newest(identity, seq - 1)
            then, now = (said, before) if action == "undo" else (before, said)
            # Whatever else stands there by now is somebody else's.
            if self._newest(identity)[0] == then[0]:
                self._say(batch, identity, now[1:], origin=now[0])
                restored.append(identity)
        return Step(action, tuple(restored), len(touched) - len(restored))

    def _newest(self, identity: str, limit: int | None = None) -> tuple[Any, ...]:
        """Give origin and standing of the newest row of a candidate up to row ``limit``."""
        row = self._db.execute(
            "SELECT origin, state, tweak, width, height, tags, caption, rating, flag FROM decision"
            " WHERE candidate_id = ?1 AND (?2 IS NULL OR seq <= ?2) ORDER BY seq DESC LIMIT 1",
            (identity, limit),
        ).fetchone()
        return row or (0, *_row(Standing()))


def _stack(columns: Sequence[Any]) -> Any:
    import numpy as np

    return np.stack([np.asarray(column, np.float32) for column in columns])


def _scene(row: tuple[Any, ...], source: Source) -> Scene:
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


def _numbers(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _candidate(row: tuple[Any, ...]) -> Candidate:
    (
        id_, kind, source_id, scene, start, stop, recipe, width, height, score, reason, why,
        warnings, tags, parent, preview, state, tweak, tweak_w, tweak_h, edited, caption, who, at,
        source, rating, flag, like, alike,
    ) = row  # fmt: skip
    # Tens of thousands of candidates share a few sources, reasons and tags: each is kept once.
    source_id, reason, warnings, tags, source = map(
        sys.intern, (source_id, reason, warnings, tags, source or "")
    )
    return Candidate(
        id_, Kind(kind), source_id, scene, (start, stop), recipe, (width, height), score, reason,
        why, warnings, tags, parent, preview, State(state or "pending"), tweak or "",
        (tweak_w or 0, tweak_h or 0), edited or "", caption or "", who or "", at or 0.0, source,
        like or "", alike, rating or 0, bool(flag),
    )  # fmt: skip


def _row(standing: Standing) -> tuple[Any, ...]:
    tweak = _json(to_table(standing.tweak)) if standing.tweak else ""
    tags = "" if standing.tags is None else _json(standing.tags)
    return (
        standing.state, tweak, *standing.tweak_size, tags, one_line(standing.caption),
        standing.rating, int(standing.flag),
    )  # fmt: skip


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stored(path: Path) -> str:
    """Write a path as text; one that is no Unicode as a ``file:`` address."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "file:" + quote(os.fsencode(path))
    return text


def _path(stored: str) -> Path:
    if stored.startswith("file:"):
        return Path(os.fsdecode(unquote_to_bytes(stored.removeprefix("file:"))))
    return Path(stored)


def _shown(name: str) -> str:
    """Write a file name as text, with escapes for bytes that are no Unicode."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
