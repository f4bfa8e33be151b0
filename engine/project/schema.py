"""The tables of a catalogue, what brings older ones up to date, and how its file is opened."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from engine.errors import ProjectError
from engine.text import plain

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
    # 7 to 8: the files of folders.
    (
        "CREATE TABLE file (source_id TEXT NOT NULL, frame INTEGER NOT NULL, name TEXT NOT NULL,"
        " content TEXT NOT NULL, PRIMARY KEY (source_id, frame)) STRICT, WITHOUT ROWID",
    ),
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
CREATE TABLE file (             -- A frame of a folder or an archive of pictures.
    source_id TEXT NOT NULL,
    frame     INTEGER NOT NULL,
    name      TEXT NOT NULL,    -- Harmless to print.
    content   TEXT NOT NULL,    -- Fingerprint of what the file holds.
    PRIMARY KEY (source_id, frame)
) STRICT, WITHOUT ROWID;
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
    action TEXT NOT NULL,       -- do, undo, redo, or follow: a picture's number has changed.
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


def open_catalogue(path: Path) -> sqlite3.Connection:
    """Open a catalogue, bringing an older one up to date.

    Raises
    ------
    ProjectError
        It cannot be read or brought up to date, is newer, or is none of ours.
    """
    try:
        db, version = _connect(path, "mode=ro&immutable=1" if _is_for_reading(path) else "mode=rw")
    except sqlite3.Error as error:
        raise ProjectError(
            f"{plain(str(path))}: the catalogue cannot be read ({plain(str(error))}); "
            "put back a copy, or scan into a new project"
        ) from error
    if not 0 < version <= SCHEMA_VERSION:
        db.close()
        raise ProjectError(
            f"{plain(str(path))} was written by a newer version (schema {version}, "
            f"this one knows {SCHEMA_VERSION}); update cuttingroom"
            if version
            else f"{plain(str(path))} is not a Cutting Room catalogue"
        )
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = FULL")  # a decision outlives a power cut
    if version < SCHEMA_VERSION:
        try:
            _migrate(db)
        except sqlite3.Error as error:
            db.close()
            raise ProjectError(
                f"{plain(str(path))} is of an older version and cannot be brought up to date here "
                f"({plain(str(error))}); copy the project to where it may be written"
            ) from error
    return db


def _is_for_reading(path: Path) -> bool:
    """See whether a catalogue lies where we may not write, with all that was written in it.

    A journal in WAL mode needs files beside it, so SQLite would refuse to read there.
    """
    if not path.is_file() or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return False
    journal = path.with_name(path.name + "-wal")
    return not journal.exists() or not journal.stat().st_size


def _connect(path: Path, how: str) -> tuple[sqlite3.Connection, int]:
    """Open a file, and read its schema's version: before that SQLite looks at nothing."""
    address = f"{path.resolve().as_uri()}?{how}"
    db = sqlite3.connect(address, uri=True, timeout=30, isolation_level=None)
    try:
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:
        db.close()
        raise
    return db, version


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Let all that is done inside happen as one; one inside another joins it."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _migrate(db: sqlite3.Connection) -> None:
    """Bring an older catalogue up to date, all of the way or not at all."""
    with transaction(db):
        # Another thread or reviewer may have done it since the version was read.
        version = db.execute("PRAGMA user_version").fetchone()[0]
        for statements in MIGRATIONS[version - 1 :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {max(version, SCHEMA_VERSION)}")
