"""Progress on a terminal: one live line for each stage, on stderr."""

from __future__ import annotations

from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn
from rich.text import Text

from engine.cli.reporting import count_text, failure_text
from engine.events import Advanced, Event, Failed, Finished, Noted, Proposed, Work
from engine.text import plural

Result = TypeVar("Result")


class LiveReporter:
    """Shows the stages of work as bars, and what a person should know above them."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._tasks: dict[str, TaskID] = {}
        self._made = 0

    def follow(self, work: Work[Result]) -> Result:
        """Run ``work`` to its end."""
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}", markup=False),
            TimeLeftColumn(compact=True, elapsed_when_finished=True),
            console=self._console,
            transient=True,
        ) as progress:
            while True:
                try:
                    event = next(work)
                except StopIteration as stop:
                    result: Result = stop.value
                    return result
                self._show(progress, event)

    def _show(self, progress: Progress, event: Event) -> None:
        match event:
            case Advanced(stage, done, total):
                if stage not in self._tasks:
                    self._tasks[stage] = progress.add_task(stage, total=None, count="")
                task, count = self._tasks[stage], count_text(event)
                progress.update(task, completed=done, total=total or None, count=count)
            case Noted(text):
                progress.console.print(Text(f"note: {text}", style="yellow"))
            case Failed():
                text = failure_text(event)
                progress.console.print(Text(f"error: {text}", style="bold red"))
            case Proposed():
                self._made += 1
            case Finished(what):
                count = plural(self._made, "candidate")
                progress.console.print(Text(f"{what}: {count} so far", style="dim"))
