"""Finding candidates: the filter, the search, the order, and the rule that approves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.project.candidate import Candidate
from engine.text import plain, plural
from engine.values import Kind, State
from tui.filtering import KINDS, STATES, Filter
from tui.grouping import ORDERS
from tui.keymap import Mode
from tui.matching import test_of
from tui.widgets.form import FilterForm, Form, Row
from tui.widgets.prompt import Line

if TYPE_CHECKING:
    from tui.screens.review import ReviewScreen

SAMPLE = 12
"""Pictures that a rule shows of what it holds for."""

FIELDS = (
    "kind=crop", "score>=0.8", "reason=face", "warnings=0", "side>=1024", "aspect>1.5", "scene=1",
    "rating>=3", "flag=yes", "tweaked=no", "captioned=no",
)  # fmt: skip


class Finding:
    """What is listed, in which order, and what a rule takes."""

    def __init__(self, room: ReviewScreen) -> None:
        self._room = room
        self._row = 0
        self._before = Filter()
        self._here = ""
        """The candidate that was under the cursor when a search began."""
        self._found: list[Candidate] = []
        self._trouble = ""
        """Why what is typed is not understood."""

    # The filter

    def open_filter(self) -> None:
        """Open the filter below the lists."""
        self._row = 0
        self._room.open_form(FilterForm, "-filtering", Mode.FILTER)
        self._draw_filter()

    def _draw_filter(self) -> None:
        wanted = self._room.review.filter
        rows = [
            Row("state", wanted.state, wanted.state != STATES[0]),
            Row("kind", wanted.kind, wanted.kind != KINDS[0]),
        ]
        words = [plural(self._room.review.listed, "candidate")]
        form = self._room.query_one(FilterForm)
        form.show("Show only", rows, cursor=self._row, words=words)

    def answer(self, asked: Form.Asked) -> None:
        """Do what a key of the filter asks for."""
        wanted = self._room.review.filter
        match asked.action, asked.arguments:
            case "row", (int(by),):
                self._row = (self._row + by) % 2
            case "change", (int(by),) if self._row == 0:
                wanted = Filter(_next(STATES, wanted.state, by), wanted.kind, wanted.text)
            case "change", (int(by),):
                wanted = Filter(wanted.state, _next(KINDS, wanted.kind, by), wanted.text)
            case "reset", _:
                wanted = Filter()
            case "close", _:
                self._room.close_forms()
                return
        self.list_only(wanted)
        self._draw_filter()

    def list_only(self, wanted: Filter) -> None:
        """List what a filter admits."""
        if wanted != self._room.review.filter:
            self._room.review.set_filter(wanted)
            self._room.draw(changed=True)

    def sort(self) -> None:
        """Go to the next order."""
        review = self._room.review
        review.sort(_next(ORDERS, review.order, 1))
        words = {
            "film": "as the film runs",
            "score": "the best of each scene first",
            "size": "the largest of each scene first",
            "kind": "by kind, the best first",
        }
        self._room.status.say(words[review.order])
        self._room.draw(changed=True)

    # The search

    async def ask_search(self) -> None:
        """Ask for words; the list follows while they are typed."""
        self._before = self._room.review.filter
        current = self._room.review.current
        self._here = current.id if current else ""
        await self._room.ask(
            "List only",
            Line(self._before.text, proposals=FIELDS),
            answer=self._answer_search,
            heard=self._search,
        )
        self._count_listed()

    def _search(self, text: str) -> None:
        self._trouble = ""
        try:
            test_of(text)
        except EngineError as error:
            self._not_understood(error)
            return
        self.list_only(Filter(self._before.state, self._before.kind, text.strip()))
        self._count_listed()

    def _not_understood(self, error: EngineError) -> None:
        self._trouble = plain(str(error))
        self._room.prompt.tell(self._trouble, trouble=True)

    def _count_listed(self) -> None:
        self._room.prompt.tell(f"{plural(self._room.review.listed, 'candidate')} listed")

    def _answer_search(self, text: str | None) -> None:
        if text is not None:
            self._search(text)
        if text is None or self._trouble:
            self.list_only(self._before)
            self._room.review.go(self._here)
            self._room.draw(changed=True)
        if text is not None and self._trouble:
            self._room.status.say(self._trouble)

    # The rule

    async def ask_rule(self) -> None:
        """Ask for a rule, and show what it would approve."""
        self._found = []
        # What is sampled counts, not what is under the cursor.
        self._room.add_class("-sampling")
        await self._room.ask(
            "Approve all undecided with",
            Line(proposals=FIELDS),
            answer=self._answer_rule,
            heard=self._try_rule,
        )
        self._room.prompt.tell('for example "kind=crop score>=0.8 warnings=0"')

    def _try_rule(self, text: str) -> None:
        self._found, self._trouble = [], ""
        if not text.strip():
            self._room.prompt.tell('for example "kind=crop score>=0.8 warnings=0"')
            self._room.show_picture()
            return
        try:
            matching = self._room.review.matching(text)
        except EngineError as error:
            self._not_understood(error)
            return
        waiting = self._room.review.waiting
        self._found = [c for c in matching if c.state is State.PENDING and not waiting[c.id]]
        left = len(matching) - len(self._found)
        already = f"; {left} more decided already and left as they are" if left else ""
        self._room.prompt.tell(f"{plural(len(self._found), 'candidate')} to approve{already}")
        self._room.desk.show_sheet(sample_of(self._found))

    def _answer_rule(self, text: str | None) -> None:
        if text is not None:
            self._try_rule(text)
            if self._found:
                self._room.deciding.decide_these(self._found, State.APPROVED)
            else:
                nothing = "the rule holds for nothing that is undecided"
                self._room.status.say(self._trouble or nothing)
        self._found = []
        self._room.draw(changed=True)


def sample_of(found: list[Candidate]) -> list[Candidate]:
    """Take some, evenly, from the best to the worst: the worst is what a rule is judged by."""
    pictures = sorted((c for c in found if c.kind is not Kind.REPORT), key=lambda c: -c.score)
    if len(pictures) <= SAMPLE:
        return pictures
    step = (len(pictures) - 1) / (SAMPLE - 1)
    return [pictures[round(number * step)] for number in range(SAMPLE)]


def _next(choices: tuple[str, ...], value: str, by: int) -> str:
    return choices[(choices.index(value) + by) % len(choices)]
