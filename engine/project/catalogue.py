"""What was found, proposed and decided, in one SQLite file.

The file is made once, before any thread opens it; every thread opens a :class:`Catalogue` of its
own. Its parts are classes, each on the one before: the file itself, the sources, the proposals,
the journal of decisions. Here is what becomes of all three when a source is read again, or has
changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from engine.errors import RecipeError
from engine.products.proposal import Proposal
from engine.project.candidate import Candidate, Standing, standing_of
from engine.project.journal import Journal
from engine.project.renumbered import new_numbers, renumbered
from engine.project.rows import standing_row
from engine.recipe import CropRecipe, Recipe, candidate_id, frames_of
from engine.values import Source


class Catalogue(Journal):
    """One open catalogue file; make one per thread."""

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
            kept = 0
            for other in self.others_at(source):
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
            moved = 0
            for other in self.others_at(source) if files else ():
                numbers = new_numbers(self._files(other), files)
                batches: dict[str, int] = {}
                for candidate in self._spoken_of(other):
                    if standing_of(candidate) != Standing():
                        moved += self._follow(candidate, source.id, numbers, batches)
        return moved

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
        # Undo finds by it where a decision has gone, and by who first said it whether it stands.
        first_said = self._newest(candidate.id)[0]
        self._say_for(candidate.who, batches, candidate.id, Standing())
        for who, state in self._others_before(candidate):
            self._say_for(who, batches, identity, Standing(state))
        self._say_for(candidate.who, batches, identity, replace(said, tweak=tweak), first_said)
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

    def _say_for(
        self,
        who: str,
        batches: dict[str, int],
        identity: str,
        standing: Standing,
        origin: int | None = None,
    ) -> None:
        """Say in somebody's name what they said before, in one step of each."""
        if who not in batches:
            batches[who] = self._batch("follow", None, who)
        self._say(batches[who], identity, standing_row(standing), origin)

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
