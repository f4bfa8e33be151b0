"""What a person says: verdicts, ratings, flags and tags, of one candidate or of many at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.project.candidate import Candidate
from engine.text import plain, plural
from engine.values import State
from tui.writer import SaveManifest, Say, TakeBack

if TYPE_CHECKING:
    from tui.screens.review import ReviewScreen

MANY = 50
"""Candidates beyond which a whole scene or kind is asked for twice."""

AGAIN = 4.0
"""Seconds in which the key is pressed again to mean it."""

DONE = {State.APPROVED: "approved", State.REJECTED: "rejected"}


class Deciding:
    """Hands decisions to the writer; rows show them when they are on disk."""

    def __init__(self, room: ReviewScreen) -> None:
        self._room = room
        self._meant: tuple[str, float] = ("", 0.0)

    def say(self, said: Say) -> None:
        """Have something written; the rows show it when it is."""
        self._room.review.waiting.update(said.ids)
        self._room.writer.put(said)
        self._room.candidate_list.redraw(set(said.ids))

    def targets(self) -> list[Candidate]:
        """Give what a verb is about: the range, or the candidate under the cursor."""
        review = self._room.review
        here = review.current
        return review.marked() or ([here] if here else [])

    def decide(self, state: State) -> None:
        """Give a verdict, and move on."""
        targets = self.targets()
        if not targets:
            return
        self._room.review.end_range()
        self.say(Say(_ids(targets), state))
        if len(targets) > 1:
            self._room.status.say(f"{plural(len(targets), 'candidate')} {DONE.get(state, 'later')}")
        self._on()

    def decide_all(self, state: State) -> None:
        """Give the range, or what is left of the scene, a verdict."""
        if self._room.review.in_range:
            self.decide(state)
            return
        targets = self._room.review.rest_of_scene()
        if not targets:
            self._room.status.say("nothing here is undecided")
            return
        name, at = self._meant
        now = time.monotonic()
        if len(targets) > MANY and (name != state or now - at > AGAIN):
            self._meant = state, now
            self._room.status.say(f"press it again: {len(targets)} would be {DONE[state]}")
            return
        self._meant = "", 0.0
        self.decide_these(targets, state)
        self._on()

    def decide_these(self, targets: Sequence[Candidate], state: State) -> None:
        """Give many candidates a verdict as one step."""
        self.say(Say(_ids(targets), state))
        found = plural(len(targets), "candidate")
        self._room.status.say(f"{found} {DONE[state]}; u takes it back")

    def decide_report(self, candidate: Candidate, state: State) -> None:
        """Say from the report whether a target is exported."""
        self.say(Say((candidate.id,), state))

    def _on(self) -> None:
        if not self._room.review.undecided(1):
            self._room.status.say("that was the last undecided one")
        self._room.draw()

    def clear(self) -> None:
        """Take the verdict away."""
        self._say_of_targets(state=State.PENDING)

    def rate(self, rating: int) -> None:
        """Give stars, or take them away."""
        self._say_of_targets(rating=rating)

    def flag(self) -> None:
        """Flag, or take the flag away where all have one."""
        targets = self.targets()
        self._say_of_targets(flag=not all(c.flag for c in targets))

    def _say_of_targets(self, **what: object) -> None:
        targets = self.targets()
        if targets:
            self.say(Say(_ids(targets), **what))  # type: ignore[arg-type]
            self._room.review.end_range()
            self._room.draw()

    def take_back(self, *, again: bool = False) -> None:
        """Undo or redo this reviewer's newest step."""
        self._room.writer.put(TakeBack(again))

    def save(self) -> None:
        """Write the manifest anew."""
        self._room.writer.put(SaveManifest())

    # Tags

    async def ask_tags(self) -> None:
        """Ask for the tags of the candidate, or of all in the range."""
        targets = self.targets()
        if not targets:
            return
        own = ", ".join(plain(tag, 60) for tag in targets[0].tags)
        whose = plural(len(targets), str(targets[0].kind)) if len(targets) > 1 else "this picture"
        await self._room.ask(
            f"Tags of {whose}, separated by commas", own, self._answer_tags, self._look_at_tags,
            proposals=self._usual_tags(),
        )  # fmt: skip

    def _usual_tags(self) -> list[str]:
        """Give the tags of the project, the most used first."""
        used: Counter[str] = Counter()
        for candidate in self._room.review.candidates:
            if candidate.edited_tags_json or candidate.proposed_tags_json not in ("", "[]"):
                used.update(candidate.tags)
        return [plain(tag, 60) for tag, _ in used.most_common(200)]

    def _look_at_tags(self, text: str) -> None:
        tags = _tags(text)
        twice = [tag for tag, count in Counter(tags).items() if count > 1]
        if twice:
            self._room.prompt.tell(f"{twice[0]!r} is there twice; one counts", trouble=True)
        else:
            self._room.prompt.tell(plural(len(tags), "tag") + "; none leaves the caption empty")

    def _answer_tags(self, text: str | None) -> None:
        if text is not None:
            self._say_of_targets(tags=tuple(dict.fromkeys(_tags(text))))


def _tags(text: str) -> list[str]:
    return [word for part in text.split(",") if (word := plain(part, 100).strip())]


def _ids(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(candidate.id for candidate in candidates)
