"""What was proposed: the candidates of scenes, what could not be made, and what looks alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.errors import ProjectError
from engine.products.proposal import Proposal, Skipped
from engine.program import own_command
from engine.project.candidate import Candidate
from engine.project.rows import as_json, candidate_of
from engine.project.sources import OUTDATED, Sources
from engine.recipe import candidate_id, frames_of, to_table
from engine.text import plain
from engine.values import Kind, Scene, State

CANDIDATES = f"""
SELECT c.id, c.kind, c.source_id, c.scene, c.start, c.stop, c.recipe, c.width, c.height, c.score,
       c.reason, c.why, c.warnings, c.tags, c.parent, c.preview,
       d.state, d.tweak, d.width, d.height, d.tags, d.caption, b.who, b.time, s.name,
       d.rating, d.flag, better.id,
       (SELECT count(*) FROM candidate folded
        WHERE folded.like_id != '' AND folded.like_id = c.id AND folded.current = 1),
       c.source_id IN ({OUTDATED}), file.name
FROM candidate c
LEFT JOIN candidate better ON better.id = c.like_id AND better.current = 1
LEFT JOIN decision d ON d.seq = (SELECT max(seq) FROM decision WHERE candidate_id = c.id)
LEFT JOIN batch b ON b.id = d.batch
LEFT JOIN source s ON s.id = c.source_id
LEFT JOIN file ON file.source_id = c.source_id AND file.frame = c.start
"""
"""The columns that ``candidate_of`` reads; what follows says which."""

ORDER = """
ORDER BY s.name IS NULL, s.name, c.source_id, c.scene,
         CASE c.kind WHEN 'panorama' THEN 0 WHEN 'plate' THEN 1 WHEN 'layer' THEN 2
                     WHEN 'keeper' THEN 3 WHEN 'crop' THEN 4 ELSE 5 END,
         c.score DESC, c.id
"""

LISTED = "(c.current = 1 OR coalesce(d.state, 'pending') != 'pending')"
"""What a rescan no longer proposes is listed only where somebody decided on it."""

_NAMED = 5
"""Most candidates that are named where it is asked which is meant."""


class Proposals(Sources):
    """The candidates of a catalogue, each read with the newest decision on it."""

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

    def _retire(self, where: str, values: tuple[Any, ...]) -> None:
        """Take undecided candidates away, and mark decided ones as no longer proposed."""
        self._db.execute(
            f"DELETE FROM candidate WHERE {where}"
            " AND id NOT IN (SELECT candidate_id FROM decision)",
            values,
        )
        self._db.execute(f"UPDATE candidate SET current = 0 WHERE {where}", values)

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
            f"{CANDIDATES} WHERE {LISTED}"
            " AND (?1 IS NULL OR c.kind = ?1)"
            f" AND (?2 IS NULL OR coalesce(d.state, 'pending') = ?2)"
            f" AND (?3 IS NULL OR c.source_id = ?3) AND c.rowid > ?4 {ORDER}",
            (kind, state, source_id, after),
        )
        return [candidate_of(row) for row in rows]

    def candidate(self, identity: str) -> Candidate:
        """One candidate; :class:`ProjectError` when it is unknown."""
        row = self._db.execute(f"{CANDIDATES} WHERE c.id = ?", (plain(identity),)).fetchone()
        if row is None:
            raise _unknown(identity)
        return candidate_of(row)

    def candidate_named(self, beginning: str) -> Candidate:
        """Give the one candidate whose id begins so; a whole id is one, listed or not.

        Raises
        ------
        ProjectError
            None begins so, or several do: it names them.
        """
        rows = self._db.execute(
            f"{CANDIDATES} WHERE c.id = ?1 OR (substr(c.id, 1, length(?1)) = ?1"
            f" AND ?1 != '' AND {LISTED}) ORDER BY c.id != ?1, c.id",
            (plain(beginning),),
        ).fetchall()
        found = [candidate_of(row) for row in rows]
        if not found:
            raise _unknown(beginning)
        if found[0].id == beginning or len(found) == 1:
            return found[0]
        some = ", ".join(candidate.id for candidate in found[:_NAMED])
        more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
        raise ProjectError(f"{plain(beginning)!r} could be {some}{more}; write more of the id")

    def skipped(self) -> list[tuple[str, int, Skipped]]:
        """Give ``(source id, scene, Skipped)`` for all that could not be made."""
        rows = self._db.execute("SELECT source_id, scene, kind, reason FROM skipped ORDER BY 1, 2")
        return [(source, scene, Skipped(Kind(kind), why)) for source, scene, kind, why in rows]

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


def _unknown(identity: str) -> ProjectError:
    named, lists = plain(identity), f"`{own_command()} list` shows them"
    return ProjectError(f"no candidate {named!r} in this project; {lists}")
