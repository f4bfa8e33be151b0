"""What a person says: verdicts, ratings, flags, captions, of one candidate or many at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.export.captions import Style, caption_of, proposed_tags
from engine.project.candidate import Candidate
from engine.project.manifest import item_entry
from engine.text import one_line, plain, plural
from engine.values import Kind, State
from tui.widgets.prompt import Line
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
        self._captioned: Sequence[Candidate] = ()
        """What is being given tags and a caption."""
        self._texts: tuple[str, str] = ("", "")
        """Tags and caption before anything was typed."""

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
            # Short enough to be read whole at 80 columns.
            self._room.status.say("all decided; r: bucket report, q: leave")
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

    # Captions

    async def ask_caption(self) -> None:
        """Ask for tags and caption of the candidate, or of all pictures in the range."""
        self._captioned = [c for c in self.targets() if c.kind is not Kind.REPORT]
        if not self._captioned:
            self._room.status.say("only pictures have a caption")
            return
        first = self._captioned[0]
        many = len(self._captioned) > 1
        whose = plural(len(self._captioned), "picture") if many else "this picture"
        tags, caption = map(_tags_line, self._captioned), (c.caption for c in self._captioned)
        self._texts = _common(tags), _common(caption)
        # What the engine proposes comes first; then how the project speaks.
        usual = dict.fromkeys([*proposed_tags(item_entry(first)), *self._usual_tags()])
        await self._room.ask(
            f"Tags and caption of {whose}",
            Line(self._texts[0], "tags", list(usual)),
            Line(self._texts[1], "caption", self._usual_captions(first), whole=True),
            answer=self._answer_caption,
            heard=self._look_at_caption,
        )

    def _usual_tags(self) -> list[str]:
        """Give the tags of the project, the most used first."""
        used: Counter[str] = Counter()
        for candidate in self._room.review.candidates:
            if candidate.edited_tags_json or candidate.proposed_tags_json not in ("", "[]"):
                used.update(candidate.tags)
        return [plain(tag, 60) for tag, _ in used.most_common(200)]

    def _usual_captions(self, here: Candidate) -> list[str]:
        """Give the captions of the project, those of this scene first, then the most used."""
        used: Counter[str] = Counter()
        near: list[str] = []
        for candidate in self._room.review.candidates:
            if candidate.caption:
                used[candidate.caption] += 1
                if (candidate.source_id, candidate.scene) == (here.source_id, here.scene):
                    near.append(candidate.caption)
        return list(dict.fromkeys([*near, *(text for text, _ in used.most_common(50))]))

    def _look_at_caption(self, tags: str, caption: str) -> None:
        """Show the line that an export writes beside the picture."""
        words = _tags(tags)
        twice = [tag for tag, count in Counter(words).items() if count > 1]
        if twice:
            self._room.prompt.tell(f"{twice[0]!r} is there twice; one counts", trouble=True)
        elif len(self._captioned) > 1:
            self._room.prompt.tell("what is typed counts for all; a line left alone stays")
        else:
            (here,) = self._captioned
            item = replace(item_entry(here), tags=tuple(words), caption=caption)
            self._room.prompt.tell(f"reads: {caption_of(item, here.source_name, Style())}")

    def _answer_caption(self, tags: str | None, caption: str = "") -> None:
        if tags is None:
            return
        said = Say(
            _ids(self._captioned),
            tags=tuple(dict.fromkeys(_tags(tags))) if tags != self._texts[0] else None,
            caption=one_line(caption) if caption != self._texts[1] else None,
        )
        if said.tags is not None or said.caption is not None:
            self.say(said)
        self._room.review.end_range()
        self._room.draw()


def _tags(text: str) -> list[str]:
    return [word for part in text.split(",") if (word := one_line(part))]


def _tags_line(candidate: Candidate) -> str:
    return ", ".join(map(one_line, candidate.tags))


def _common(texts: Iterable[str]) -> str:
    """Give what all say, or nothing where they differ."""
    said = set(texts)
    return said.pop() if len(said) == 1 else ""


def _ids(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(candidate.id for candidate in candidates)
