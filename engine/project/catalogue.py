"""What was found, proposed and decided, in one SQLite file.

The file is made once, before any thread opens it; every thread opens a :class:`Catalogue` of its
own. Decisions are only ever added: the newest row of a candidate counts, and undoing adds rows
that say what was said before.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from engine.errors import ProjectError, RecipeError
from engine.products.proposal import Proposal, Skipped
from engine.project.candidate import Candidate, Standing, standing_of
from engine.project.renumbered import new_numbers, renumbered
from engine.project.rows import (
    as_json,
    candidate_of,
    path_of,
    scene_of,
    scene_row,
    standing_row,
    stored_name,
    stored_path,
)
from engine.project.schema import open_catalogue, transaction
from engine.recipe import CropRecipe, Recipe, candidate_id, frames_of, to_table
from engine.text import plain
from engine.values import Kind, PictureFile, SameSet, Scene, Source, SourceKind, State

_OUTDATED = """
SELECT old.id FROM source old
JOIN source new ON new.path = old.path AND new.id != old.id AND new.analysed = 1
WHERE old.analysed = 0
"""

_CANDIDATES = f"""
SELECT c.id, c.kind, c.source_id, c.scene, c.start, c.stop, c.recipe, c.width, c.height, c.score,
       c.reason, c.why, c.warnings, c.tags, c.parent, c.preview,
       d.state, d.tweak, d.width, d.height, d.tags, d.caption, b.who, b.time, s.name,
       d.rating, d.flag, better.id,
       (SELECT count(*) FROM candidate folded
        WHERE folded.like_id != '' AND folded.like_id = c.id AND folded.current = 1),
       c.source_id IN ({_OUTDATED}), file.name
FROM candidate c
LEFT JOIN candidate better ON better.id = c.like_id AND better.current = 1
LEFT JOIN decision d ON d.seq = (SELECT max(seq) FROM decision WHERE candidate_id = c.id)
LEFT JOIN batch b ON b.id = d.batch
LEFT JOIN source s ON s.id = c.source_id
LEFT JOIN file ON file.source_id = c.source_id AND file.frame = c.start
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


class Catalogue:
    """One open catalogue file; make one per thread."""

    def __init__(self, path: Path) -> None:
        self._db = open_catalogue(path)
        self._journal = path.with_name(f"{path.name}-wal")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Let all that is done inside happen as one; one inside another joins it."""
        return transaction(self._db)

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let what is written meanwhile reach the disk in its own time; at the end, all of it has.

        A kill loses nothing. A power cut may lose the last of it, but tears nothing: this is for
        what a scan makes again.
        """
        self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self._db.execute("PRAGMA synchronous = FULL")
            self._sync()

    def _sync(self) -> None:
        """Have the disk hold all that is written."""
        with suppress(FileNotFoundError):  # then the last of it has gone into the catalogue itself
            journal = os.open(self._journal, os.O_RDONLY)
            try:
                os.fsync(journal)
            finally:
                os.close(journal)

    # Sources and scenes

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
        return {row[0] for row in self._db.execute(_OUTDATED)}

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
            # What has followed its picture may lie in another scene by now.
            self._db.execute(
                "UPDATE candidate SET scene = s.number FROM scene s WHERE candidate.source_id = ?1"
                " AND candidate.current = 0 AND s.source_id = ?1 AND candidate.start >= s.start"
                " AND candidate.start < s.stop",
                (source_id,),
            )

    def retire_others_at(self, source: Source) -> int:
        """Retire what was proposed from another content of the same path.

        A film that was changed, or a folder that a picture was added to, is a new source. Gives
        how many candidates of it somebody has decided on, the first time that it is retired.
        """
        with self.transaction():
            others = [
                row[0]
                for row in self._db.execute(
                    "SELECT id FROM source WHERE path = ? AND id != ?",
                    (stored_path(source.path), source.id),
                )
            ]
            kept = 0
            for other in others:
                is_news = self._is_proposed_of(other)
                self._retire("source_id = ?", (other,))
                kept += self._count_decided(other) if is_news else 0
                # Should that content come back, it is read and proposed again.
                for table, column in (("scene", "number"), ("skipped", "scene")):
                    self._db.execute(
                        f"DELETE FROM {table} WHERE source_id = ?1 AND {column} NOT IN"
                        " (SELECT c.scene FROM candidate c JOIN decision d ON d.seq ="
                        " (SELECT max(seq) FROM decision WHERE candidate_id = c.id)"
                        " WHERE c.source_id = ?1 AND d.state != 'pending')",
                        (other,),
                    )
                self._db.execute("UPDATE scene SET proposed = '' WHERE source_id = ?", (other,))
                self._db.execute("UPDATE source SET analysed = 0 WHERE id = ?", (other,))
        return kept

    def follow_pictures(self, source: Source) -> int:
        """Move what was decided on pictures of a folder to them, where they are in it by now.

        The folder's former content is another source at the same path. Tells how many decisions
        have moved; each stays its reviewer's. What cannot move stays where it is.
        """
        with self.transaction():
            files = self._files(source.id)
            rows = self._db.execute(
                "SELECT id FROM source WHERE path = ? AND id != ?",
                (stored_path(source.path), source.id),
            )
            moved = 0
            for (other,) in rows.fetchall() if files else ():
                numbers = new_numbers(self._files(other), files)
                batches: dict[str, int] = {}
                for candidate in self._spoken_of(other):
                    if standing_of(candidate) != Standing():
                        moved += self._follow(candidate, source.id, numbers, batches)
        return moved

    def _spoken_of(self, source_id: str) -> list[Candidate]:
        """Give the candidates of a source that anybody ever said anything of."""
        rows = self._db.execute(
            f"{_CANDIDATES} WHERE c.source_id = ? AND d.seq IS NOT NULL {_ORDER}", (source_id,)
        )
        return [candidate_of(row) for row in rows]

    def _files(self, source_id: str) -> list[PictureFile]:
        rows = self._db.execute(
            "SELECT name, content FROM file WHERE source_id = ? ORDER BY frame", (source_id,)
        )
        return [PictureFile(*row) for row in rows]

    def _follow(
        self,
        candidate: Candidate,
        source_id: str,
        numbers: Mapping[int, int],
        batches: dict[str, int],
    ) -> bool:
        """Say of a picture's new number what was said of it, and no more of its former one."""
        try:
            candidate.check_recipes()
        except RecipeError:
            return False
        said = standing_of(candidate)
        recipe = renumbered(candidate.proposed, numbers)
        tweak = renumbered(said.tweak, numbers) if said.tweak else None
        if recipe is None or (said.tweak and tweak is None):
            return False
        identity = candidate_id(source_id, recipe)
        if self._seq(identity) > self._seq(candidate.id):
            return False  # it was there before, and somebody has decided on it since
        if not self._db.execute("SELECT 1 FROM candidate WHERE id = ?", (identity,)).fetchone():
            self._put_followed(candidate, source_id, recipe, numbers)
        # In this order: should the former content come back, what was said last goes back there.
        self._say_for(candidate.who, batches, candidate.id, Standing())
        for who, state in self._others_before(candidate):
            self._say_for(who, batches, identity, Standing(state))
        self._say_for(candidate.who, batches, identity, replace(said, tweak=tweak))
        return True

    def _put_followed(
        self, former: Candidate, source_id: str, recipe: Recipe, numbers: Mapping[int, int]
    ) -> None:
        """Store a candidate under its new numbers, for the scan that goes on to propose it."""
        base = former.proposed.base if isinstance(former.proposed, CropRecipe) else None
        proposal = Proposal(
            recipe, former.proposed_size, former.score, former.reason, former.why,
            former.warnings, tuple(json.loads(former.proposed_tags_json)),
            parent=renumbered(base, numbers) if base else None,
        )  # fmt: skip
        scene = self._db.execute(
            "SELECT number FROM scene WHERE source_id = ? AND start <= ? AND stop > ?",
            (source_id, *(2 * (frames_of(recipe)[:1]))),
        ).fetchone()
        number = scene[0] if scene else former.scene
        identity = self._put(source_id, number, proposal, former.preview)
        self._db.execute("UPDATE candidate SET current = 0 WHERE id = ?", (identity,))

    def _others_before(self, candidate: Candidate) -> list[tuple[str, State]]:
        """Give what others said last of a candidate, before who decided last did."""
        rows = self._db.execute(
            "SELECT b.who, d.state, max(d.seq) FROM decision d JOIN batch b ON b.id = d.batch"
            " WHERE d.candidate_id = ? AND b.who != ? GROUP BY b.who ORDER BY max(d.seq)",
            (candidate.id, candidate.who),
        )
        return [(who, State(state)) for who, state, _ in rows]

    def _say_for(
        self, who: str, batches: dict[str, int], identity: str, standing: Standing
    ) -> None:
        """Say in somebody's name what they said before, in one step of each."""
        if who not in batches:
            batches[who] = self._batch("follow", None, who)
        self._say(batches[who], identity, standing_row(standing))

    def _seq(self, identity: str) -> int:
        """Give the number of the newest decision on a candidate; 0 where there is none."""
        row = self._db.execute(
            "SELECT coalesce(max(seq), 0) FROM decision WHERE candidate_id = ?", (identity,)
        ).fetchone()
        return int(row[0])

    def _is_proposed_of(self, source_id: str) -> bool:
        row = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM candidate WHERE source_id = ? AND current = 1)",
            (source_id,),
        ).fetchone()
        return bool(row[0])

    def _count_decided(self, source_id: str) -> int:
        row = self._db.execute(
            "SELECT count(*) FROM candidate c JOIN decision d ON d.seq ="
            " (SELECT max(seq) FROM decision WHERE candidate_id = c.id)"
            " WHERE c.source_id = ? AND d.state != 'pending'",
            (source_id,),
        ).fetchone()
        return int(row[0])

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

    def propose_again(self, kind: Kind) -> None:
        """Have the candidates of a kind found anew in every scene; they stay until then."""
        with self.transaction():
            self._db.execute(
                "UPDATE scene SET proposed = trim(replace(' ' || proposed || ' ', ?, ' '))",
                (f" {kind} ",),
            )

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

    def put_more(self, scene: Scene, proposal: Proposal, preview: str) -> str:
        """Store what several scenes gave together beside what ``scene`` gave by itself."""
        with self.transaction():
            return self._put(scene.source.id, scene.number, proposal, preview)

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
                as_json(to_table(recipe)), *map(int, proposal.size), float(proposal.score),
                proposal.reason, as_json(proposal.why), as_json(proposal.warnings),
                as_json(proposal.tags), parent, preview, like,
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
        return [candidate_of(row) for row in rows]

    def candidate(self, identity: str) -> Candidate:
        """One candidate; :class:`ProjectError` when it is unknown."""
        row = self._db.execute(f"{_CANDIDATES} WHERE c.id = ?", (plain(identity),)).fetchone()
        if row is None:
            raise ProjectError(
                f"no candidate {plain(identity)!r} in this project; `cuttingroom list` shows them"
            )
        return candidate_of(row)

    def skipped(self) -> list[tuple[str, int, Skipped]]:
        """Give ``(source id, scene, Skipped)`` for all that could not be made."""
        rows = self._db.execute("SELECT source_id, scene, kind, reason FROM skipped ORDER BY 1, 2")
        return [(source, scene, Skipped(Kind(kind), why)) for source, scene, kind, why in rows]

    # Decisions

    def decide(self, changes: Mapping[str, Standing | Change], who: str) -> Step:
        """Write down what a person said, as one step; on disk when this returns.

        A :data:`Change` is given the newest standing, whoever said it, and none can come between.

        Raises
        ------
        RecipeError
            One that would be approved has a recipe that cannot be read; nothing is written.
        """
        with self.transaction():
            batch = self._batch("do", None, who)
            for identity, change in changes.items():
                candidate = self.candidate(identity)
                said = change if isinstance(change, Standing) else change(standing_of(candidate))
                if said.state is State.APPROVED:
                    candidate.check_recipes()
                self._say(batch, identity, standing_row(said))
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
        return [candidate_of(row) for row in rows]

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
            elif action == "redo":
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
        return row or (0, *standing_row(Standing()))
