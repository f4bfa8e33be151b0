"""What was found: sources, the files of their frames, their scenes, and which show one set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction

from engine.errors import ProjectError
from engine.project.catalogue_file import CatalogueFile
from engine.project.rows import path_of, scene_of, scene_row, stored_name, stored_path
from engine.text import plain
from engine.values import PictureFile, SameSet, Scene, Source, SourceKind

OUTDATED = """
SELECT old.id FROM source old
JOIN source new ON new.path = old.path AND new.id != old.id AND new.analysed = 1
WHERE old.analysed = 0
"""
"""The ids of what sources held before they changed and were scanned again."""


class Sources(CatalogueFile):
    """The sources and scenes of a catalogue."""

    def put_source(self, source: Source, files: Sequence[PictureFile] = ()) -> None:
        """Store a source, or where it is now if it is known, and the files that its frames are."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO source (id, name, path, kind, width, height, frames, fps)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, path = excluded.path",
                (
                    source.id, stored_name(source.name), stored_path(source.path), source.kind,
                    *source.size, source.frames, str(source.fps),
                ),
            )  # fmt: skip
            self._db.executemany(
                "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)",
                [(source.id, frame, file.name, file.content) for frame, file in enumerate(files)],
            )

    def sources(self) -> list[Source]:
        """Every source, by name."""
        rows = self._db.execute(
            "SELECT id, name, path, kind, width, height, frames, fps FROM source ORDER BY name, id"
        )
        return [
            Source(id_, name, path_of(path), SourceKind(kind), (w, h), frames, Fraction(fps))
            for id_, name, path, kind, w, h, frames, fps in rows
        ]

    def source(self, source_id: str) -> Source:
        """One source; :class:`ProjectError` when it is unknown."""
        for source in self.sources():
            if source.id == source_id:
                return source
        raise ProjectError(f"no source {plain(source_id)!r} in this project")

    def outdated_sources(self) -> set[str]:
        """Give the ids of what sources held before they changed and were scanned again."""
        return {row[0] for row in self._db.execute(OUTDATED)}

    def others_at(self, source: Source) -> list[str]:
        """Give the ids of what else the path of a source has held."""
        rows = self._db.execute(
            "SELECT id FROM source WHERE path = ? AND id != ?",
            (stored_path(source.path), source.id),
        )
        return [row[0] for row in rows]

    def _files(self, source_id: str) -> list[PictureFile]:
        rows = self._db.execute(
            "SELECT name, content FROM file WHERE source_id = ? ORDER BY frame", (source_id,)
        )
        return [PictureFile(*row) for row in rows]

    def begin_analysis(self, source_id: str) -> None:
        """Note that a source is read anew; its scenes stay until their like comes again."""
        with self.transaction():
            self._db.execute("UPDATE source SET analysed = 0 WHERE id = ?", (source_id,))

    def is_analysed(self, source_id: str) -> bool:
        """Whether all scenes of a source are here."""
        row = self._db.execute("SELECT analysed FROM source WHERE id = ?", (source_id,)).fetchone()
        return bool(row and row[0])

    def put_scene(self, scene: Scene) -> None:
        """Store a scene, replacing an earlier one of its number.

        Where the same shot is found again, what was proposed for it still stands.
        """
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
                scene_row(scene),
            )

    def scenes(self, source_id: str | None = None) -> list[Scene]:
        """Every scene, or those of one source, in the order of sources and films."""
        sources = {source.id: source for source in self.sources()}
        rows = self._db.execute(
            "SELECT source_id, number, start, stop, entry, picture, camera, path, moving,"
            " parallax, foreground, foreground_share, facts, overlays, gradual FROM scene"
            " WHERE ?1 IS NULL OR source_id = ?1 ORDER BY source_id, number",
            (source_id,),
        )
        found = [scene_of(row, sources[row[0]]) for row in rows]
        order = {known: place for place, known in enumerate(sources)}
        return sorted(found, key=lambda scene: (order[scene.source.id], scene.number))

    def count_scenes(self, source_id: str | None = None) -> int:
        """Count the scenes of the project, or of one source."""
        row = self._db.execute(
            "SELECT count(*) FROM scene WHERE ?1 IS NULL OR source_id = ?1", (source_id,)
        ).fetchone()
        return int(row[0])

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
