"""What the keys of the room do: each asks whoever knows, and draws what it changed."""

from __future__ import annotations

import time

from engine.values import State
from tui.filtering import Filter
from tui.look import Look
from tui.screens.help import HelpScreen
from tui.screens.report import Destination, ReportScreen
from tui.screens.room import Room

TWICE = 1.0
"""Seconds in which a second g makes ``gg``."""


class Acting(Room):
    """The actions that :mod:`tui.keymap` names."""

    _g_at = 0.0

    def action_look(self, how: str) -> None:
        """Look in another way: by a method of :class:`tui.screens.looking.Looking`."""
        getattr(self.looking, how)()

    def action_alike(self) -> None:
        """List, or fold again, what looks like this."""
        if self.review.fold():
            self.draw(changed=True)
        else:
            self.status.say("nothing is folded under this one")

    def action_details(self) -> None:
        """Show all that is known, or the usual lines again."""
        self.toggle_class("-details")
        self.call_after_refresh(self.draw_facts)

    def action_escape(self) -> None:
        """End the range, another look, the filter or the hints: whatever is there first."""
        if self.review.in_range:
            self.review.end_range()
        elif self.looking.plainly():
            pass
        elif self.review.filter.active:
            self.finding.list_only(Filter())
        else:
            self.hints.dismiss()
            self.show_hint()
        self.draw(changed=True)

    def action_move(self, by: int) -> None:
        """Move along the candidates."""
        self.review.move(by)
        self.draw()

    def action_scene(self, by: int) -> None:
        """Move along the scenes."""
        self.review.move_scene(by)
        self.draw()

    def action_undecided(self, direction: int) -> None:
        """Go to the next undecided candidate."""
        if not self.review.undecided(direction):
            self.status.say("everything listed is decided")
        self.draw()

    def action_first_of_two(self) -> None:
        """Go to the first candidate at the second g."""
        now = time.monotonic()
        if now - self._g_at < TWICE:
            self._g_at = 0.0
            self.action_first()
        else:
            self._g_at = now

    def action_first(self) -> None:
        """Go to the first candidate."""
        self.review.first()
        self.draw()

    def action_last(self) -> None:
        """Go to the last candidate."""
        self.review.last()
        self.draw()

    def action_page(self, direction: int) -> None:
        """Move by half a page."""
        self.action_move(direction * max(1, self.candidate_list.size.height // 2))

    def action_range(self) -> None:
        """Begin or end a range."""
        self.review.toggle_range()
        self.draw()

    def action_extend(self, by: int) -> None:
        """Move, and mark."""
        self.review.extend(by)
        self.draw()

    def action_decide(self, state: str) -> None:
        """Decide, and move on."""
        self.deciding.decide(State(state))

    def action_decide_all(self, state: str) -> None:
        """Decide on the range, or on the rest of the scene."""
        self.deciding.decide_all(State(state))

    def action_clear(self) -> None:
        """Take the verdict away."""
        self.deciding.clear()

    def action_rate(self, rating: int) -> None:
        """Rate."""
        self.deciding.rate(rating)

    def action_flag(self) -> None:
        """Flag, or take the flag away."""
        self.deciding.flag()

    async def action_tags(self) -> None:
        """Edit tags and caption."""
        await self.deciding.ask_caption()

    def action_undo(self) -> None:
        """Take back the newest step."""
        self.deciding.take_back()

    def action_redo(self) -> None:
        """Do again what was taken back."""
        self.deciding.take_back(again=True)

    def action_save(self) -> None:
        """Write the manifest."""
        self.deciding.save()

    def action_tweak(self) -> None:
        """Change how the picture under the cursor is made."""
        candidate = self.review.current
        if candidate is not None and not self.review.waiting[candidate.id]:
            self.looking.set(Look(pinned=self.look.pinned))
            scene = self._scenes.get((candidate.source_id, candidate.scene))
            self.tweaking.begin(candidate, scene)

    def action_filter(self) -> None:
        """Open the filter."""
        self.finding.open_filter()

    async def action_search(self) -> None:
        """List only what holds words."""
        await self.finding.ask_search()

    async def action_rule(self) -> None:
        """Approve by rule."""
        await self.finding.ask_rule()

    def action_sort(self) -> None:
        """List in the next order."""
        self.finding.sort()

    def action_report(self) -> None:
        """Show the report of the three targets."""
        screen = ReportScreen(lambda: self.review.candidates, self.deciding.decide_report)
        self.app.push_screen(screen, self._after_report)

    def _after_report(self, answer: Destination | None) -> None:
        """Go to what was chosen in the report."""
        if answer is None:
            return
        if not self.review.go(answer.identity):
            self.status.say("the filter hides it; Esc shows everything")
        self.draw()
        if answer.tweak:
            self.action_tweak()

    def action_help(self) -> None:
        """Show all keys; do what is chosen there."""
        self.app.push_screen(HelpScreen(), self._do_chosen)

    async def _do_chosen(self, action: str | None) -> None:
        if action is not None:
            await self.run_action(action)
