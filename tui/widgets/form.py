"""A few lines with a cursor and a value each: the tweak form and the filter are such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual.message import Message
from textual.widgets import Static

from tui.keymap import Mode, bindings
from tui.lines import wrapped
from tui.theme import Palette, palette


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a form."""

    label: str
    value: str
    changed: bool = False
    """Not what was proposed."""
    live: bool = True
    """It can be changed from here."""
    note: str = ""
    """A second line, while the cursor is here."""


class Form(Static, can_focus=True):
    """Shows rows and reports what the keys ask for; whoever made it knows what they mean."""

    @dataclass
    class Asked(Message):
        """A key of the form's mode was pressed."""

        form: Form
        action: str
        arguments: tuple[int | str, ...] = ()

        @property
        def control(self) -> Form:
            """The form, for ``@on``."""
            return self.form

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, markup=False)
        self._shown: Callable[[], None] = lambda: None

    def on_resize(self) -> None:
        """Fill the new place; a form that was hidden had none."""
        self._shown()

    def show(
        self,
        title: str,
        rows: Sequence[Row],
        *,
        cursor: int | None,
        words: Sequence[str] = (),
        trouble: str = "",
        strip: Callable[[int], Sequence[Text]] = lambda room: (),
    ) -> None:
        """Show rows; no cursor when the keys change more than one of them.

        ``strip`` draws lines into as many cells as there are.
        """
        self._shown = lambda: self._draw(title, rows, cursor, words, trouble, strip)
        self._shown()

    def _draw(
        self,
        title: str,
        rows: Sequence[Row],
        cursor: int | None,
        words: Sequence[str],
        trouble: str,
        strip: Callable[[int], Sequence[Text]],
    ) -> None:
        colours = palette(self.app.theme_variables)
        room = max(10, self.content_size.width)
        lines = [Text(title, colours.bright, no_wrap=True), Text()]
        for index, row in enumerate(rows):
            here = index == cursor
            lines.append(_row(row, here, colours, room))
            if here and row.note and row.note != row.label:
                lines.append(_cut(f"    {row.note}", colours.dim, room))
        if drawn := strip(room):
            lines += [Text(), *drawn]
        if trouble:
            lines += [Text(), *wrapped(trouble, colours.warning, room)]
        if words:
            lines.append(Text())
            for word in words:
                lines += wrapped(word, colours.dim, room)
        text = Text("\n", end="").join(lines)
        self.update(text, layout=False)

    def _ask(self, action: str, *arguments: int | str) -> None:
        self.post_message(self.Asked(self, action, arguments))

    def action_row(self, by: int) -> None:
        """Ask for another row."""
        self._ask("row", by)

    def action_change(self, by: int) -> None:
        """Ask for another value."""
        self._ask("change", by)

    def action_leave_out(self) -> None:
        """Ask to leave out or take in."""
        self._ask("leave_out")

    def action_switch(self, state: str) -> None:
        """Ask to export or not."""
        self._ask("switch", state)

    def action_nudge(self, x: int, y: int) -> None:
        """Ask to move a crop."""
        self._ask("nudge", x, y)

    def action_grow(self, by: int) -> None:
        """Ask for a larger or smaller crop."""
        self._ask("grow", by)

    def action_pointer(self) -> None:
        """Ask to point at places."""
        self._ask("pointer")

    def action_widen(self, by: int) -> None:
        """Ask for a wider or narrower rectangle."""
        self._ask("widen", by)

    def action_touch(self) -> None:
        """Ask to read a part the other way, or for a subject."""
        self._ask("touch")

    def action_fit(self) -> None:
        """Ask for the rectangle of what stands there."""
        self._ask("fit")

    def action_blink(self) -> None:
        """Ask for the frame at hand, or for the picture again."""
        self._ask("blink")

    def action_ignore(self) -> None:
        """Ask never to take a rectangle."""
        self._ask("ignore")

    def action_take(self) -> None:
        """Ask to take a rectangle from one frame."""
        self._ask("take")

    def action_forget(self) -> None:
        """Ask to take back what was said of a place."""
        self._ask("forget")

    def action_target(self, target: int) -> None:
        """Ask for the side of a target."""
        self._ask("target", target)

    def action_peak(self, by: int) -> None:
        """Ask for another place that was found."""
        self._ask("peak", by)

    def action_sharpest(self) -> None:
        """Ask for the sharpest frame nearby."""
        self._ask("sharpest")

    def action_frame(self, by: int) -> None:
        """Ask for another frame."""
        self._ask("frame", by)

    def action_keep(self) -> None:
        """Ask to keep."""
        self._ask("keep")

    def action_drop(self) -> None:
        """Ask to drop."""
        self._ask("drop")

    def action_reset(self) -> None:
        """Ask for what was proposed."""
        self._ask("reset")

    def action_close(self) -> None:
        """Ask to close."""
        self._ask("close")


class TweakForm(Form):
    """The settings of a recipe."""

    BINDINGS = bindings(Mode.TWEAK)


class CropForm(Form):
    """A crop's place, moved over the picture."""

    BINDINGS = bindings(Mode.CROP)


class PointerForm(Form):
    """A rectangle, moved over a plate or a layer."""

    BINDINGS = bindings(Mode.POINTER)


class FilterForm(Form):
    """Which candidates are listed."""

    BINDINGS = bindings(Mode.FILTER)


def _row(row: Row, here: bool, colours: Palette, room: int) -> Text:
    line = Text(no_wrap=True)
    line.append("▸ " if here else "  ", colours.accent)
    words = colours.bright if here else colours.text
    value = row.value if not here or not row.live else f"‹ {row.value} ›"
    width = max(6, room - 4 - len(value))
    label = row.label if len(row.label) <= width else row.label[: width - 1] + "…"
    line.append(label.ljust(width), words if row.live else colours.dim)
    style = colours.tweaked if row.changed else words if row.live else colours.dim
    line.append(" " + value, style)
    line.truncate(room, overflow="ellipsis")
    return line


def _cut(words: str, style: Style, room: int) -> Text:
    line = Text(words, style, no_wrap=True)
    line.truncate(room, overflow="ellipsis")
    return line
