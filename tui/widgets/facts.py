"""What is known of a candidate, in a few lines under its picture."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual.message import Message

from engine.project.candidate import Candidate
from engine.recipe import Recipe, frames_of, to_short_table, to_table
from engine.text import plain
from engine.values import Bucket, Kind, Size, State
from tui.lines import wrapped
from tui.theme import (
    DISPUTED,
    FLAG,
    SAVING,
    SIGNS,
    STAR,
    TARGET_NAMES,
    WARNING,
    WORDS,
    Palette,
    palette,
)
from tui.widgets.text_lines import TextLines

BAR = 10
"""Cells of a meter."""

Buckets = Mapping[str, Bucket | str]
"""Outcome for each target, or why there is none."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What is known of a picture that is not as it was proposed."""

    score: float | None = None
    """None where nothing tells."""
    warnings: tuple[str, ...] = ()
    """Of the picture as it is now, as far as it was made."""


class Facts(TextLines):
    """State, size, score, why, warnings, caption, and what each trainer makes of it."""

    @dataclass
    class Resized(Message):
        """There is more room now, or less: what is shown is too short, or cut."""

    def on_resize(self) -> None:
        """Ask to be shown anew; a sample laid away changes the size when all else is drawn."""
        self.post_message(self.Resized())

    @property
    def colours(self) -> Palette:
        """The colours of the theme."""
        return palette(self.app.theme_variables)

    def show(
        self,
        candidate: Candidate,
        size: Size,
        recipe: Recipe | None,
        buckets: Buckets,
        *,
        waiting: bool,
        changed: Changed | None = None,
        progress: str = "",
        dispute: Mapping[str, State] | None = None,
        details: bool = False,
    ) -> None:
        """Show a candidate; size, recipe and buckets may be those of a tweak in the making."""
        colours, room = self.colours, max(20, self.content_size.width)
        height = self.content_size.height
        wide, narrow = (_headline(candidate, colours, waiting, " " * gap) for gap in (3, 2))
        head, outcomes, why = [wide if wide.cell_len <= room else narrow], [], []
        tail = _remarks(candidate, colours, room, changed, progress, dispute, details=details)
        if candidate.kind is not Kind.REPORT:
            head.append(_dimensions(candidate, size, _frames(candidate, recipe), colours))
            outcomes = [_bucket_line(name, buckets[name], colours, room) for name in buckets]
            # At least a line; more where nothing else needs the room.
            left = height - len(head) - len(outcomes) - len(tail)
            most = 20 if details else max(2 if room > 70 else 1, left)
            why = _score(candidate, colours, room, changed, lines_for_why=most)
        else:
            head.append(Text("a exports it, x does not, t changes how", colours.dim))
        lines = [*head, *outcomes, *why, *tail]
        if details:
            lines += [Text(), *_details(candidate, colours, room)]
        if details and 0 < height < len(lines):  # buckets are told without details, too
            lines = [*head, *why, *tail, *_details(candidate, colours, room, brief=True)]
        if 0 < height < len(lines):
            lines = lines[:height]
            lines[-1].append(" …")  # `i` tells the rest, and `list --json` all of it
        for line in lines:
            line.truncate(room, overflow="ellipsis")
        self.set_lines(lines)


def _remarks(
    candidate: Candidate,
    colours: Palette,
    room: int,
    changed: Changed | None,
    progress: str,
    dispute: Mapping[str, State] | None,
    *,
    details: bool,
) -> list[Text]:
    """Say what is going on, what is wrong with it, and what its caption is."""
    lines = []
    if progress:
        lines.append(Text(f"{SAVING} {progress}", colours.accent))
    if dispute:
        said = ", ".join(f"{plain(who, 24)}: {WORDS[state]}" for who, state in dispute.items())
        lines.append(Text(f"{DISPUTED} {said}", colours.warning))
    if candidate.outdated:
        text = f"{WARNING} its source has changed since: it cannot be exported; x rejects it"
        lines += wrapped(text, colours.warning, room)
    warnings = candidate.warnings if changed is None else changed.warnings
    for warning in warnings if details else warnings[:2]:
        lines += wrapped(f"{WARNING} {plain(warning)}", colours.warning, room)
    if candidate.tags:
        tags = ", ".join(plain(tag, 40) for tag in candidate.tags)
        lines += wrapped(f"tags {tags}", colours.dim, room)[: None if details else 1]
    if candidate.caption:
        caption = f"caption {plain(candidate.caption, 20_000)}"
        lines += wrapped(caption, colours.dim, room)[: None if details else 2]
    return lines


def _headline(candidate: Candidate, colours: Palette, waiting: bool, gap: str) -> Text:
    line = Text(no_wrap=True)
    if waiting:
        line.append(f"{SAVING} saving", colours.dim)
    else:
        state = candidate.state
        line.append(f"{SIGNS[state]} {WORDS[state]}", colours.of(state) + Style(bold=True))
    if candidate.tweaked:
        line.append("  ~ tweaked", colours.tweaked)
    line.append(f"{gap}{candidate.kind}", colours.bright)
    if candidate.kind is not Kind.REPORT:
        line.append(f" of scene {candidate.scene}", colours.text)
    else:
        target = TARGET_NAMES.get(candidate.reason, plain(candidate.reason, 20))
        line.append(f" for {target}", colours.text)
    if candidate.rating:
        line.append(f"{gap}{STAR * candidate.rating}", colours.accent)
    if candidate.flag:
        line.append(f"{gap}{FLAG} flagged", colours.warning)
    if candidate.alike:
        line.append(f"{gap}{candidate.alike} alike (m)", colours.dim)
    if candidate.who and candidate.state is not State.PENDING and not waiting:
        when = time.strftime("%H:%M", time.localtime(candidate.decided_at))
        line.append(f"   by {plain(candidate.who, 24)} {when}", colours.faint)
    return line


def _details(
    candidate: Candidate, colours: Palette, room: int, *, brief: bool = False
) -> list[Text]:
    """Set out the recipe and where it comes from; what differs from the proposal stands out.

    In ``brief`` the settings that are as they are by default follow each other.
    """
    told = {"id": candidate.id, "source": plain(candidate.source_name, 80) or "the whole project"}
    if candidate.parent:
        told["belongs to"] = candidate.parent
    if candidate.like:
        told["looks like"] = candidate.like
    lines = []
    for name, value in told.items():
        lines.append(Text(f"{name:<11}", colours.dim).append(value, colours.text))
    proposed, special = to_table(candidate.proposed), to_short_table(candidate.recipe)
    usual = []
    for name, value in to_table(candidate.recipe).items():
        style = colours.text if value == proposed.get(name) else colours.tweaked
        # Of what it is made from, only what is not as by default.
        shown, label = _in_words(name, special.get(name, value)), name.replace("_", " ")
        if brief and style is colours.text and name not in special:
            usual.append(f"{label} {shown}")
            continue
        first, *more = wrapped(shown, style, max(20, room - 11))
        lines.append(Text(f"{label:<11}", colours.dim) + first)
        lines += [Text(" " * 11) + part for part in more]
    return lines + (wrapped(", ".join(usual), colours.dim, room) if usual else [])


def _in_words(name: str, value: object) -> str:
    """Say a setting's value as the form of a tweak does, not as it is stored."""
    if value == [] or (name == "subject" and value == -1):
        return "none"
    text = plain(json.dumps(value, ensure_ascii=False), 400).replace('"', "")
    is_flat = isinstance(value, list) and not any(isinstance(part, list | dict) for part in value)
    return text.removeprefix("[").removesuffix("]") if is_flat else text


def _frames(candidate: Candidate, recipe: Recipe | None) -> str:
    """Say which frames are read; only a tweak's recipe has to be looked into."""
    if recipe is None and candidate.tweaked:
        recipe = candidate.recipe
    start, stop = candidate.frames
    if recipe is not None:
        frames = frames_of(recipe)
        start, stop = (frames[0], frames[-1] + 1) if frames else (0, 0)
    named = bool(candidate.file) and start == candidate.frames[0]
    if stop - start <= 1:
        return plain(candidate.file, 40) if named else f"frame {start}"
    range_ = f"frames {start}–{stop - 1}"
    return f"{range_} from {plain(candidate.file, 32)}" if named else range_


def _dimensions(candidate: Candidate, size: Size, frames: str, colours: Palette) -> Text:
    line = Text(no_wrap=True)
    line.append(f"{size[0]} × {size[1]}", colours.text)
    if size[1]:
        line.append(f"   {_aspect(size)}", colours.dim)
    line.append(f"   {frames}", colours.dim)
    if candidate.reason:
        line.append(f"   {plain(candidate.reason, 30)}", colours.dim)
    return line


def _aspect(size: Size) -> str:
    ratio = size[0] / size[1]
    return f"{ratio:.2f}:1" if ratio >= 1 else f"1:{1 / ratio:.2f}"


def _score(
    candidate: Candidate,
    colours: Palette,
    room: int,
    changed: Changed | None,
    *,
    lines_for_why: int,
) -> list[Text]:
    line = Text(no_wrap=True)
    line.append("score ", colours.dim)
    score, told = candidate.score, ", ".join(plain(part, 80) for part in candidate.why)
    if changed is not None:
        told = f"was {score:.2f} as proposed"
        if changed.score is None:
            return [Text("not scored; ", colours.text).append(told, colours.dim)]
        score = changed.score
    line.append_text(meter(score, BAR, colours.text, colours.faint))
    line.append(f" {score:.2f}  ", colours.text)
    indent = len(line)
    why = wrapped(told, colours.dim, room - indent)
    if len(why) > lines_for_why:
        # The last line that there is room for runs on, and is cut where the room ends.
        rest = " ".join(part.plain for part in why[lines_for_why - 1 :])
        why = [*why[: lines_for_why - 1], Text(rest, colours.dim, no_wrap=True)]
    first, *more = why
    return [line + first, *(Text(" " * indent) + part for part in more)]


def _bucket_line(target: str, bucket: Bucket | str, colours: Palette, room: int) -> Text:
    line = Text(no_wrap=True)
    line.append(f"{TARGET_NAMES.get(target, target):<7}", colours.dim)
    if isinstance(bucket, str):
        line.append(bucket, colours.warning)
        return line
    if not bucket.status.startswith("ok"):
        line.append(bucket.status.replace(":", ": "), colours.warning)
        return line
    line.append(f"{bucket.size[0]}×{bucket.size[1]}".ljust(11), colours.text)
    line.append("kept ", colours.dim)
    line.append_text(meter(bucket.kept, 6, colours.approved, colours.faint))
    upscaled = bucket.kept > 1.005
    line.append(f" {bucket.kept:4.0%}".ljust(7), colours.warning if upscaled else colours.text)
    line.append("cut ", colours.dim)
    line.append(f"{bucket.cropped:.0%}", colours.warning if bucket.cropped > 0.08 else colours.text)
    if upscaled and room > len(line) + 9:
        line.append("  enlarged", colours.warning)
    return line


def meter(share: float, cells: int, full: Style, empty: Style) -> Text:
    """Draw a share of 1 as a bar, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * cells * 8)
    whole, part = divmod(eighths, 8)
    text = Text()
    text.append("━" * whole, full)
    if part >= 4 and whole < cells:
        text.append("╸", full)
        whole += 1
    text.append("─" * (cells - whole), empty)
    return text
