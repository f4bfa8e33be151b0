"""The bucket report: the three targets side by side, and what to change before training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe
from engine.text import plain
from engine.values import Kind, State
from tui.keymap import Mode, bindings
from tui.lines import wrapped
from tui.reporting import Reported, Reporter, question_of
from tui.theme import SIGNS, TARGET_NAMES, Palette, palette
from tui.widgets.bucket_chart import advice_lines, chart_lines
from tui.widgets.keys_bar import KeysBar

GAP = 3
"""Columns between two targets."""


class ReportScreen(Screen[None]):
    """Counted in a thread of its own; shows the approved pictures, or all."""

    AUTO_FOCUS = ""
    BINDINGS = bindings(Mode.REPORT)
    DEFAULT_CSS = """
    ReportScreen { background: $background; color: $foreground; }
    ReportScreen #report-title { height: 1; background: $panel; }
    ReportScreen #report-scroll { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1;
        scrollbar-color: $faint; scrollbar-background: $background; }
    ReportScreen #report-text { height: auto; }
    ReportScreen #keys { height: 1; }
    """

    def __init__(
        self, candidates: Sequence[Candidate], recipes: Mapping[str, ReportRecipe]
    ) -> None:
        super().__init__()
        self._candidates, self._recipes = candidates, recipes
        self._approved = any(
            c.state is State.APPROVED and c.kind is not Kind.REPORT for c in candidates
        )
        self._answer: Reported | None = None

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        yield Static("", id="report-title", markup=False)
        with VerticalScroll(id="report-scroll", can_focus=False):
            yield Static("counting…", id="report-text", markup=False)
        yield KeysBar(Mode.REPORT, id="keys")

    def on_mount(self) -> None:
        """Start counting."""
        self.reporter = Reporter(self.post_message)
        self._ask()

    def on_unmount(self) -> None:
        """Stop counting."""
        self.reporter.close()

    @property
    def answered(self) -> bool:
        """Whether the report is there."""
        return self._answer is not None

    def _ask(self) -> None:
        recipes = list(self._recipes.values())
        self.reporter.ask(question_of(self._candidates, recipes, approved=self._approved))

    @on(Reported)
    def show_answer(self, message: Reported) -> None:
        """Show what was counted."""
        self._answer = message
        self._draw()

    def on_resize(self) -> None:
        """Set it anew for the new width."""
        self._draw()

    def _draw(self) -> None:
        colours = palette(self.app.theme_variables)
        title = Text(" Bucket report", colours.accent, no_wrap=True)
        what = "the approved pictures" if self._approved else "all candidates"
        title.append(f"  of {what}", colours.dim)
        self.query_one("#report-title", Static).update(title)
        if self._answer is not None:
            width = self.size.width - 6
            lines = self._lines(self._answer, colours, width)
            self.query_one("#report-text", Static).update(Text("\n").join(lines))

    def _lines(self, answer: Reported, colours: Palette, width: int) -> list[Text]:
        count = len(answer.reports)
        column = min(44, (width - GAP * (count - 1)) // max(1, count))
        columns, advice = [], []
        for recipe, report in zip(answer.question.recipes, answer.reports, strict=True):
            name = TARGET_NAMES.get(recipe.target, recipe.target)
            head = [self._export_line(recipe.target, colours)]
            if isinstance(report, str):
                refusal = wrapped(plain(report), colours.warning, column)
                columns.append([Text(name, colours.bright), *head, Text(), *refusal])
                continue
            first, *rest = chart_lines(report, colours, column)
            columns.append([first, *head, *rest])
            advice += [Text(name, colours.bright), *advice_lines(report, colours, width), Text()]
        return [*_beside(columns, column), Text(), *advice]

    def _export_line(self, target: str, colours: Palette) -> Text:
        """Say whether the target is going to be exported."""
        for candidate in self._candidates:
            recipe = candidate.recipe if candidate.kind is Kind.REPORT else None
            if isinstance(recipe, ReportRecipe) and recipe.target == target:
                words = {
                    State.APPROVED: "is exported",
                    State.REJECTED: "is not exported",
                }.get(candidate.state, "export undecided")
                state = candidate.state
                return Text(f"{SIGNS[state]} {words}", colours.of(state), no_wrap=True)
        return Text()

    def action_scope(self) -> None:
        """Count the approved pictures, or all."""
        self._approved = not self._approved
        self._ask()

    def action_scroll(self, by: int) -> None:
        """Scroll by some lines."""
        self.query_one("#report-scroll", VerticalScroll).scroll_relative(y=by * 3, animate=False)

    def action_close(self) -> None:
        """Back to the pictures."""
        self.dismiss()


def _beside(columns: Sequence[Sequence[Text]], width: int) -> list[Text]:
    """Set columns of lines side by side."""
    lines = []
    for row in range(max(map(len, columns), default=0)):
        line = Text(no_wrap=True)
        for column in columns:
            cell = column[row].copy() if row < len(column) else Text()
            cell.truncate(width, overflow="ellipsis", pad=True)
            line.append_text(cell)
            line.append(" " * GAP)
        lines.append(line)
    return lines
