"""What was decided, step by step: nothing is written over, so that every step can be undone.

The newest row of a candidate counts, and undoing adds rows that say what was said before.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import RecipeError
from engine.project.candidate import Candidate, Standing, standing_of
from engine.project.proposals import CANDIDATES, ORDER, Proposals
from engine.project.renumbered import new_numbers, renumbered
from engine.project.rows import as_json, candidate_of, standing_row
from engine.recipe import from_table, to_table
from engine.values import State


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was just done, undone or redone."""

    action: str
    """``do``, ``undo`` or ``redo``."""
    candidate_ids: tuple[str, ...]
    """The candidates whose standing changed, in the order they were decided."""
    left: int = 0
    """How many were left alone, since somebody else has decided on them in the meantime."""
    aspects: tuple[str, ...] = ()
    """What of their standing an undo or a redo changed: verdict, tweak, tags, caption …"""

    def of_one(self, name: str, state: State) -> str:
        """Say in words what an undo or a redo did to one candidate, and how that stands now."""
        if "verdict" in self.aspects:
            return f"{name} is {state} again"
        done = "taken back" if self.action == "undo" else "given again"
        return f"{' and '.join(self.aspects)} of {name} {done}"


_ASPECTS = ("verdict", "tweak", "tweak", "tweak", "tags", "caption", "rating", "flag")
"""What each column of a standing says."""

Change = Callable[[Standing], Standing]
"""Changes what is said of a candidate, from whatever was said last."""


class Journal(Proposals):
    """The decisions of a catalogue."""

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

    def newest_decision(self) -> int:
        """Give the number of the newest decision row; it grows with every decision of anybody."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM decision").fetchone()[0])

    def decided_since(self, seq: int) -> list[Candidate]:
        """Give the candidates that anybody decided on after decision row ``seq``."""
        rows = self._db.execute(
            f"{CANDIDATES} WHERE c.id IN (SELECT candidate_id FROM decision WHERE seq > ?)",
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
        restored, aspects = [], set()
        for identity, seq in touched:
            said, before = self._newest(identity, seq), self._newest(identity, seq - 1)
            then, now = (said, before) if action == "undo" else (before, said)
            here, row = self._as_followed(identity, now[1:])
            # Whatever else stands there by now is somebody else's.
            if row is not None and self._newest(here)[0] == then[0]:
                self._say(batch, here, row, origin=now[0])
                restored.append(here)
                aspects |= {
                    _ASPECTS[i] for i, now_is in enumerate(now[1:]) if now_is != then[1 + i]
                }
        order = tuple(name for name in dict.fromkeys(_ASPECTS) if name in aspects)
        return Step(action, tuple(restored), len(touched) - len(restored), order)

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

    def _newest(self, identity: str, limit: int | None = None) -> tuple[Any, ...]:
        """Give origin and standing of the newest row of a candidate up to row ``limit``."""
        row = self._db.execute(
            "SELECT origin, state, tweak, width, height, tags, caption, rating, flag FROM decision"
            " WHERE candidate_id = ?1 AND (?2 IS NULL OR seq <= ?2) ORDER BY seq DESC LIMIT 1",
            (identity, limit),
        ).fetchone()
        return row or (0, *standing_row(Standing()))

    def _as_followed(
        self, identity: str, row: tuple[Any, ...]
    ) -> tuple[str, tuple[Any, ...] | None]:
        """Give the candidate that what is said of ``identity`` has followed its picture to.

        With it the columns of a standing as they are there; None where their tweak cannot be.
        """
        here, said = identity, row
        while (now := self._followed_to(here)) is not None:
            tweak = said[1] and self._renumbered(here, now, said[1])
            if tweak is None:
                return now, None
            here, said = now, (said[0], tweak, *said[2:])
        return here, said

    def _followed_to(self, identity: str) -> str | None:
        """Give the candidate of the same picture's next number, where all that was said is there.

        A follow says first that nothing is said of the former one, and then what is of the next.
        """
        row = self._db.execute(
            "SELECT d.seq, d.batch FROM decision d JOIN batch b ON b.id = d.batch"
            " WHERE d.seq = ? AND b.action = 'follow'",
            (self._seq(identity),),
        ).fetchone()
        if row is None or self._newest(identity)[1:] != standing_row(Standing()):
            return None
        following = self._db.execute(
            "SELECT candidate_id FROM decision WHERE seq > ? AND batch = ? ORDER BY seq LIMIT 1",
            row,
        ).fetchone()
        return str(following[0])

    def _renumbered(self, former: str, now: str, tweak: str) -> str | None:
        """Write a tweak with the numbers that its pictures have where it has followed them."""
        candidate = self.candidate(former)
        there = self.candidate(now).source_id
        numbers = new_numbers(self._files(candidate.source_id), self._files(there))
        try:
            recipe = renumbered(from_table(candidate.kind, json.loads(tweak)), numbers)
        except (RecipeError, ValueError):
            return None
        return as_json(to_table(recipe)) if recipe else None

    def _seq(self, identity: str) -> int:
        """Give the number of the newest decision on a candidate; 0 where there is none."""
        row = self._db.execute(
            "SELECT coalesce(max(seq), 0) FROM decision WHERE candidate_id = ?", (identity,)
        ).fetchone()
        return int(row[0])

    def _others_before(self, candidate: Candidate) -> list[tuple[str, State]]:
        """Give what others said last of a candidate, before who decided last did."""
        rows = self._db.execute(
            "SELECT b.who, d.state, max(d.seq) FROM decision d JOIN batch b ON b.id = d.batch"
            " WHERE d.candidate_id = ? AND b.who != ? GROUP BY b.who ORDER BY max(d.seq)",
            (candidate.id, candidate.who),
        )
        return [(who, State(state)) for who, state, _ in rows]

    def _spoken_of(self, source_id: str) -> list[Candidate]:
        """Give the candidates of a source that anybody ever said anything of."""
        rows = self._db.execute(
            f"{CANDIDATES} WHERE c.source_id = ? AND d.seq IS NOT NULL {ORDER}", (source_id,)
        )
        return [candidate_of(row) for row in rows]
