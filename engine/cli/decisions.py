"""Commands that show candidates and decide on them without the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from engine.cli.making import scene_table
from engine.cli.paths import PATH
from engine.cli.reporting import frames_text, print_json, print_table, readable, tell_set_aside
from engine.program import own_command
from engine.text import one_line, plain, plural
from engine.values import Kind, State

_AS = click.option("--as", "who", default=None, help="Name of the reviewer.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_PROJECT = click.argument("project", type=PATH)


@click.command("list")
@_PROJECT
@click.option("--kind", type=click.Choice([str(k) for k in Kind]), help="Only this kind.")
@click.option("--state", type=click.Choice([str(s) for s in State]), help="Only this state.")
@click.option("--where", default="", help='Only those a rule holds for: "kind=crop score>=0.7".')
@click.option("--scenes", is_flag=True, help="List the scenes instead.")
@_JSON
def list_(
    project: Path, kind: str | None, state: str | None, where: str, scenes: bool, as_json: bool
) -> None:
    """List the candidates (or scenes) of PROJECT."""
    from engine.project.project import Project
    from engine.project.rules import parse_rule

    if scenes and (kind or state or where):
        raise click.UsageError(
            "--scenes lists all scenes; --kind, --state and --where do not apply"
        )
    rule = parse_rule(where) if where else None
    with Project(project) as opened:
        if scenes:
            _list_scenes(opened, as_json)
            return
        found = opened.catalogue.candidates(
            kind=Kind(kind) if kind else None, state=State(state) if state else None
        )
    found = [c for c in readable(found) if rule is None or rule.holds(c)]
    if as_json:
        print_json({"candidates": [_table(c) for c in found]})
        return
    rows = [["id", "state", "source", "scene", "frames", "size", "score", "reason"]]
    for c in found:
        if c.folded:
            continue
        source = plain(c.source_name, 40)
        start, stop = _frames(c)
        frames = _where(c, start, stop)
        size = f"{c.size[0]}×{c.size[1]}" if c.size[0] else ""
        reason = f"{c.reason} ({c.alike} alike)" if c.alike else c.reason
        reason += ", outdated" if c.outdated else ""
        scene = str(c.scene) if c.scene else ""
        score = f"{'~' if c.tweaked else ''}{c.score:.2f}"  # as proposed: a tweak has none
        rows.append([c.id, str(c.state), source, scene, frames, size, score, reason])
    if len({c.source_name for c in found} - {""}) < 2:  # one name need not be on each line
        rows = [row[:2] + row[3:] for row in rows]
    print_table(rows, right=tuple(map(rows[0].index, ("scene", "score"))))
    outdated = sum(c.outdated and c.state is not State.REJECTED for c in found)
    if outdated:
        click.echo(
            f"note: {plural(outdated, 'candidate')} of a source that has changed since, which "
            "cannot be exported: --where outdated=yes lists them, `reject` drops them",
            err=True,
        )
    if len(rows) == 1:
        click.echo("no candidate is listed", err=True)


def _list_scenes(project: Any, as_json: bool) -> None:
    found = project.catalogue.scenes()
    former = project.catalogue.outdated_sources()
    if as_json:
        sets = project.catalogue.same_sets()
        print_json({"scenes": [_scene_of_project(scene, sets) for scene in found]})
        return
    rows = [["source", "scene", "frames", "camera", "foreground"]]
    for scene in found:
        frames = frames_text(scene.shot.start, scene.shot.stop)
        before = " (before it changed)" if scene.source.id in former else ""
        rows.append(
            [
                plain(scene.source.name, 40) + before, str(scene.number), frames,
                str(scene.motion.camera), str(scene.motion.foreground),
            ]
        )  # fmt: skip
    print_table(rows, right=(1,))


def _scene_of_project(scene: Any, sets: Any) -> dict[str, Any]:
    """Describe a scene for JSON, with the earlier one that it shares its set with."""
    told = sets.get((scene.source.id, scene.number))
    same = {"source_id": told.first[0], "scene": told.first[1]} if told else None
    if told and same:
        same |= {"move": [round(v, 4) for v in told.move], "overlap": round(told.overlap, 3)}
    return {**scene_table(scene), "same_set": same}


def _frames(candidate: Any) -> tuple[int, int]:
    """Give the range ``[start, stop)`` that the recipe in force reads."""
    from engine.recipe import frames_of

    frames = frames_of(candidate.recipe)
    return (frames[0], frames[-1] + 1) if frames else (0, 0)


def _where(candidate: Any, start: int, stop: int) -> str:
    """Say which frames are read; of a folder the file that is the first, and how many follow."""
    if candidate.file and start == candidate.frames[0]:
        more = stop - start - 1
        return plain(candidate.file, 32) + (f" +{more}" if more else "")
    return frames_text(start, stop) if stop else ""


def _table(candidate: Any) -> dict[str, Any]:
    from engine.buckets.assign import assign
    from engine.buckets.presets import TARGETS
    from engine.recipe import to_table

    buckets = {}
    if candidate.size[0]:
        for name, target in TARGETS.items():
            bucket = assign(target, *candidate.size)
            buckets[name] = {
                "bucket": list(bucket.size),
                "kept": round(bucket.kept, 4),
                "cropped": round(bucket.cropped, 4),
                "status": bucket.status,
            }
    return {
        "id": candidate.id,
        "kind": str(candidate.kind),
        "scene": candidate.scene,
        "source": candidate.source_name,
        "source_id": candidate.source_id,
        "frames": list(_frames(candidate)),
        "file": candidate.file if _frames(candidate)[0] == candidate.frames[0] else "",
        "score": round(candidate.score, 4),
        "state": str(candidate.state),
        "size": list(candidate.size),
        "reason": candidate.reason,
        "why": list(candidate.why),
        "warnings": list(candidate.warnings),
        "tags": list(candidate.tags),
        "caption": candidate.caption,
        "parent": candidate.parent,
        "like": candidate.like,
        "alike": candidate.alike,
        "tweaked": candidate.tweaked,
        "rating": candidate.rating,
        "flag": candidate.flag,
        "outdated": candidate.outdated,
        "who": candidate.who,
        "recipe": to_table(candidate.recipe),
        "buckets": buckets,
    }


def _check_named(ids: Sequence[str], where: str) -> None:
    if not ids and not where:
        raise click.UsageError("name candidates by id, or choose them with --where")


def _chosen(opened: Any, ids: Sequence[str], where: str, state: State | None = None) -> list[Any]:
    """Give the candidates that are named, and those that a rule holds for, each once."""
    from engine.project.rules import parse_rule

    named = [opened.catalogue.candidate_named(beginning) for beginning in ids]
    chosen = {candidate.id: candidate for candidate in named}
    if where:
        rule = parse_rule(where)
        holds = rule.would_approve if state is State.APPROVED else rule.holds
        chosen |= {c.id: c for c in readable(opened.catalogue.candidates()) if holds(c)}
    return list(chosen.values())


def _deciding(name: str, state: State, help_text: str) -> click.Command:
    @click.command(name, help=help_text)
    @_PROJECT
    @click.argument("ids", nargs=-1)
    @click.option("--where", default="", help='A rule: "kind=crop score>=0.7".')
    @click.option("--dry-run", is_flag=True, help="Only say which would change.")
    @_AS
    @_JSON
    def command(
        project: Path, ids: Sequence[str], where: str, dry_run: bool, who: str | None, as_json: bool
    ) -> None:
        from engine.project.project import Project

        _check_named(ids, where)
        with Project(project, who) as opened:
            chosen = _chosen(opened, ids, where, state)
            changed = [c for c in chosen if c.state is not state]
            changes = [c.id for c in changed]
            if changes and not dry_run:
                opened.decide(
                    dict.fromkeys(changes, lambda standing: replace(standing, state=state))
                )
        tell_set_aside(opened)
        if as_json:
            print_json({"changed": changes, "chosen": [c.id for c in chosen], "state": str(state)})
            return
        verb = "would be" if dry_run else "is now" if len(changes) == 1 else "are now"
        click.echo(f"{plural(len(changes), 'candidate')} {verb} {state} ({len(chosen)} chosen)")
        opposite = {State.APPROVED: State.REJECTED, State.REJECTED: State.APPROVED}.get(state)
        turned = sum(c.state is opposite for c in changed)
        if turned and where:
            click.echo(
                f"{turned} of them had been {opposite}: `{own_command()} undo` takes it back, "
                f'"state=pending" in the rule leaves them out',
                err=True,
            )

    return command


_BY_ID = "Of an id its beginning will do, as long as no other begins so."

approve = _deciding(
    "approve", State.APPROVED, f"Approve candidates of PROJECT by id or rule.\n\n{_BY_ID}"
)
reject = _deciding(
    "reject", State.REJECTED, f"Reject candidates of PROJECT by id or rule.\n\n{_BY_ID}"
)
reset = _deciding(
    "reset", State.PENDING, f"Take candidates of PROJECT back to undecided.\n\n{_BY_ID}"
)


@click.command()
@_PROJECT
@click.argument("ids", nargs=-1)
@click.option("--where", default="", help='A rule: "kind=crop captioned=no".')
@click.option("--text", default=None, help="What is to be seen, in words; '' takes it away.")
@click.option("--tags", default=None, help='Parted by commas: "night, no humans".')
@_AS
@_JSON
def caption(
    project: Path,
    ids: Sequence[str],
    where: str,
    text: str | None,
    tags: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Give candidates of PROJECT a caption or tags, by id or rule.

    Of an id its beginning will do, as long as no other begins so.

    All that changes is one step of undo.
    """
    from engine.project.project import Project

    said: dict[str, Any] = {}
    if text is not None:
        said["caption"] = one_line(text)
    if tags is not None:
        words = (one_line(part) for part in tags.split(","))
        said["tags"] = tuple(dict.fromkeys(word for word in words if word))
    _check_named(ids, where)
    if not said:
        raise click.UsageError("say what: --text, --tags, or both")
    with Project(project, who) as opened:
        chosen = [c for c in _chosen(opened, ids, where) if c.kind is not Kind.REPORT]
        changes = [c.id for c in chosen if any(getattr(c, k) != v for k, v in said.items())]
        if changes:
            opened.decide(dict.fromkeys(changes, lambda standing: replace(standing, **said)))
    tell_set_aside(opened)
    if as_json:
        print_json({"changed": changes, "chosen": [c.id for c in chosen], **said})
        return
    click.echo(f"{plural(len(changes), 'candidate')} changed ({len(chosen)} chosen)")


def _stepping(name: str, help_text: str, nothing: str) -> click.Command:
    @click.command(name, help=help_text)
    @_PROJECT
    @_AS
    @_JSON
    def command(project: Path, who: str | None, as_json: bool) -> None:
        from engine.project.project import Project

        with Project(project, who) as opened:
            step = opened.undo() if name == "undo" else opened.redo()
            changed = [] if step is None else list(step.candidate_ids)
            states = [str(opened.catalogue.candidate(identity).state) for identity in changed]
        tell_set_aside(opened)
        if as_json:
            rows = zip(changed, states, strict=True)
            print_json({"changed": [{"id": identity, "state": state} for identity, state in rows]})
        elif step is None:
            click.echo(nothing)
        elif len(changed) == 1:
            click.echo(step.of_one(changed[0], State(states[0])))
        else:
            click.echo(
                f"a step of {plural(len(changed), 'candidate')} "
                f"{'taken back' if name == 'undo' else 'done again'}"
            )

    return command


undo = _stepping(
    "undo", "Take back the newest step of this reviewer on PROJECT.", "nothing to undo"
)
redo = _stepping("redo", "Do again what this reviewer undid last on PROJECT.", "nothing to redo")
