"""The thread that counts buckets: the report of the whole set, and of one in the making."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from engine.errors import EngineError
from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe
from engine.values import Kind, Size, State
from tui.worker import LatestWins

if TYPE_CHECKING:
    from engine.buckets.report import Report

PAUSE = 0.03


@dataclass(frozen=True, slots=True)
class Question:
    """Which pictures, for which targets."""

    sizes: Sequence[tuple[str, Size, str]]
    """Name, size and kind of each picture."""
    recipes: Sequence[ReportRecipe]
    scope: str
    """In words: what the pictures are."""


@dataclass
class Reported(Message):
    """A report for each recipe, or why a trainer refuses."""

    question: Question
    reports: Sequence[Report | str]


class Reporter:
    """Answers the newest question."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._worker = LatestWins("reporter", self._work, pause=PAUSE)

    def ask(self, question: Question) -> None:
        """Have a question answered instead of whatever was asked before."""
        self._worker.ask(question)

    def close(self) -> None:
        """Stop."""
        self._worker.close()

    def _work(self, question: Question, stale: Callable[[], bool]) -> None:
        from engine.buckets.measure import Picture
        from engine.buckets.report import build_report

        pictures = [Picture(name, size, kind) for name, size, kind in question.sizes]
        answers: list[Report | str] = []
        for recipe in question.recipes:
            if stale():
                return
            try:
                answers.append(build_report(pictures, recipe))
            except EngineError as error:
                answers.append(str(error))
        self._post(Reported(question, answers))


def question_of(
    candidates: Iterable[Candidate], recipes: Sequence[ReportRecipe], *, approved: bool
) -> Question:
    """Ask about the approved pictures, or about all candidates but those that are folded away."""
    pictures = [
        (c.id, c.size, str(c.kind))
        for c in candidates
        if c.kind is not Kind.REPORT
        and all(c.size)
        and (c.state is State.APPROVED if approved else not c.folded)
    ]
    return Question(pictures, recipes, "approved" if approved else "all candidates")
