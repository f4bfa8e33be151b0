"""Commands about the dataset: one picture, the whole export and its check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from engine.cli.buckets import as_targets
from engine.cli.paths import PATH, GivenPath
from engine.cli.reporting import Session, print_json, print_table, tell_failure
from engine.events import Failed
from engine.export.captions import FIELDS, TEMPLATE
from engine.export.layouts import LAYOUTS
from engine.program import argument
from engine.text import plain, plural

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_JOBS = click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Processes at once; 0 for all cores."
)
_SOURCES = click.option(
    "--sources",
    multiple=True,
    type=GivenPath(path_type=Path, exists=True, file_okay=False),
    help="Folder to look for the sources in; may be given again.",
)


@click.command()
@click.argument("project", type=PATH)
@click.argument("identity", metavar="ID")
@click.option("-o", "--output", required=True, type=PATH, help="Picture file, .png or .webp.")
@_JSON
@click.pass_obj
def render(session: Session, project: Path, identity: str, output: Path, as_json: bool) -> None:
    """Render the candidate ID of PROJECT at full resolution.

    Of an id its beginning will do, as long as no other begins so.
    """
    from engine import redraw
    from engine.export.origin import provenance_of
    from engine.export.picture import check_suffix, write_picture
    from engine.project.manifest import item_entry
    from engine.project.project import Project

    check_suffix(output)
    with Project(project) as opened:
        candidate = opened.catalogue.candidate_named(identity)
        rendered = session.follow(redraw.render_full(opened, candidate))
    item = item_entry(candidate)
    write_picture(output, rendered.image, provenance_of(item, candidate.source_name))
    height, width = rendered.image.shape[:2]
    if as_json:
        print_json(
            {
                "file": str(output),
                "id": candidate.id,
                "size": [width, height],
                "score": round(rendered.score, 4),
                "low_confidence": round(rendered.low_confidence, 5),
                "warnings": list(rendered.warnings),
            }
        )
        return
    click.echo(f"{plain(str(output))}: {width}×{height}")
    for warning in rendered.warnings:
        click.echo(f"note: {warning}", err=True)


def _read_repeats(context: click.Context, option: click.Parameter, text: str) -> dict[str, int]:
    from engine.errors import RecipeError
    from engine.export.repeats import read_repeats

    try:
        return read_repeats(text)
    except RecipeError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("project_or_manifest", type=PATH)
@click.argument("out", type=PATH)
@click.option(
    "--layout",
    type=click.Choice(list(LAYOUTS)),
    default="plain",
    show_default=True,
    help="; ".join(f"{layout.name}: {layout.help}" for layout in LAYOUTS.values()) + ".",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="T,...",
    callback=as_targets,
    help="sd1, nai, sdxl: which to write for; may be given again. Those approved if not given.",
)
@click.option("--fit", is_flag=True, help="Also write each picture exactly as its bucket.")
@click.option(
    "--image-format",
    "suffix",
    type=click.Choice(["png", "webp"]),
    default="png",
    show_default=True,
    help="Both without loss.",
)
@click.option(
    "--caption",
    "template",
    default=TEMPLATE,
    show_default=True,
    metavar="TEMPLATE",
    help=f"How captions are made; fields: {', '.join(FIELDS)}.",
)
@click.option("--trigger", default="", metavar="WORD", help="The word that is to be taught.")
@click.option(
    "--balance/--no-balance",
    default=True,
    show_default=True,
    help="Repeat the other kinds so that 16:9 is no more than half of an epoch.",
)
@click.option(
    "--repeats",
    default="",
    metavar="KIND=N,...",
    callback=_read_repeats,
    help="Repeat these kinds so often instead: crop=2,keeper=1.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Remove what earlier exports wrote here and this one does not.",
)
@_SOURCES
@_JOBS
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@_JSON
@click.pass_obj
def export(
    session: Session,
    /,
    project_or_manifest: Path,
    out: Path,
    template: str,
    trigger: str,
    sources: tuple[Path, ...],
    dry_run: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Render every approved picture into OUT, laid out for a trainer.

    What is approved is told by a project, or by a manifest that may be edited by hand.

    Run again, it goes on where it stopped and makes only what is new or changed. What somebody
    else has put or changed in OUT is never overwritten.
    """
    from engine.export import export as exporting
    from engine.export.captions import Style

    plan = replace(
        plan_of(project_or_manifest, out, sources), style=Style(template, trigger), **settings
    )
    if dry_run:
        if not _tell_plan(plan, as_json):
            raise click.exceptions.Exit(1)
        return
    result = session.follow(exporting.export(plan))
    if as_json:
        print_json(_result_table(plan, result))
    else:
        tell_made(out, result)
        for line in _repeats_lines(plan, result.repeats):
            click.echo(line)
    if result.failed:
        raise click.exceptions.Exit(1)


def plan_of(project_or_manifest: Path, out: Path, folders: Sequence[Path]) -> Any:
    """Plan an export of a project folder, or of a manifest file that may be edited by hand."""
    from engine.export.plan import ExportPlan
    from engine.project.candidate import sort_out
    from engine.project.manifest import load_manifest, manifest_of
    from engine.project.project import Project
    from engine.values import State

    given = project_or_manifest
    near = [*folders, given.resolve().parent]
    if given.is_file() and not (given.parent / "catalog.sqlite").is_file():
        return ExportPlan(load_manifest(given), out, folders=near)
    with Project(given.parent if given.is_file() else given) as project:
        if not given.is_file() and project.has_edited_manifest():
            path = given / project.manifest_path.name
            click.echo(
                f"note: {path.name} was edited by hand, and this goes by the decisions; to go by "
                f"the edit, give {argument(path)} instead",
                err=True,
            )
        scanned = project.catalogue.sources()
        approved, refused = sort_out(project.catalogue.candidates(state=State.APPROVED))
        manifest = load_manifest(given) if given.is_file() else manifest_of(scanned, approved)
        known = {source.id: source.path for source in scanned}
        return ExportPlan(
            manifest,
            out,
            known,
            near,
            project.folder,
            refused=() if given.is_file() else refused,
            outdated=project.catalogue.outdated_sources(),
        )


def _tell_plan(plan: Any, as_json: bool) -> bool:
    """Say what an export would write, and how it would repeat it; tell if that is all."""
    from engine.export.plan import (
        check_plan,
        check_sources_apart,
        located_sources,
        planned_failures,
        planned_jobs,
        planned_repeats,
        planned_targets,
    )
    from engine.export.provenance import find_provenance

    check_plan(plan)
    failed = {failure.what: failure for failure in planned_failures(plan)}
    located = located_sources(plan)
    check_sources_apart(plan, located.paths.values())
    for reason in located.missing.values():
        click.echo(f"note: {reason}", err=True)
    planned = planned_jobs(plan, find_provenance(plan.out), located.paths)
    jobs = [job for job in planned if job.item.id not in failed]
    repeats = planned_repeats(plan)
    if as_json:
        print_json(
            {
                "out": str(plan.out),
                "layout": plan.layout,
                "targets": [target.target for target in planned_targets(plan)],
                "would_write": [str(path) for job in jobs for path in job.paths()],
                "repeats": repeats,
                "captions": {job.item.id: job.caption for job in jobs},
                "failed": [{"what": f.what, "reason": f.reason} for f in failed.values()],
            }
        )
        return not failed
    for job in jobs:
        click.echo("\n".join(str(path) for path in job.paths()))
    for line in _repeats_lines(plan, repeats):
        click.echo(line)
    for failure in failed.values():
        tell_failure(failure)
    return not failed


def _repeats_lines(plan: Any, repeats: Mapping[str, int]) -> list[str]:
    """Say how often each kind is repeated, and what that makes of 16:9."""
    from engine.export.plan import layout_of
    from engine.export.repeats import widescreen_share

    if not layout_of(plan).repeats or not repeats:
        return []
    times = ", ".join(f"{kind} ×{count}" for kind, count in repeats.items())
    before = widescreen_share(plan.manifest, {})
    after = widescreen_share(plan.manifest, repeats)
    lines = [f"repeats: {times}; 16:9 is {after:.0%} of an epoch"]
    if max(repeats.values()) > 1:
        lines[0] += f", {before:.0%} without; --repeats or --no-balance change it"
    return lines


def _result_table(plan: Any, result: Any) -> dict[str, Any]:
    return {
        "out": str(plan.out),
        "layout": plan.layout,
        "made": [
            {
                "id": made.item_id,
                "file": str(made.path),
                "size": list(made.size),
                "new": not made.was_there,
                "fits": [
                    {"target": fit.target, "file": str(fit.path), "size": list(fit.size)}
                    for fit in made.fits
                ],
                "warnings": list(made.warnings),
            }
            for made in result.made
        ],
        "failed": [{"what": f.what, "reason": f.reason} for f in result.failed],
        "files": [str(path) for path in result.extras],
        "repeats": result.repeats,
        "stale": result.stale,
        "pruned": result.pruned,
    }


def tell_made(out: Path, result: Any) -> None:
    """Say what an export made and where."""
    by_folder: dict[str, int] = {}
    fits = [fit for made in result.made for fit in made.fits]
    for path in [*(made.path for made in result.made), *(fit.path for fit in fits)]:
        beneath = path.parent.relative_to(out.resolve())
        folder = str(beneath) if beneath.parts else path.parent.name
        by_folder[folder] = by_folder.get(folder, 0) + 1
    old = sum(made.was_there for made in result.made)
    there = f" ({old:,} were there)" if old else ""
    there += f", and {len(fits):,} fitted" if fits else ""
    click.echo(f"{plural(len(result.made), 'picture')} in {plain(str(out))}{there}")
    rows = [[f"  {name}/", plural(count, "picture")] for name, count in sorted(by_folder.items())]
    rows += [[f"  {path.relative_to(out.resolve())}", ""] for path in result.extras]
    print_table(rows)
    if result.pruned:
        click.echo(f"{plural(len(result.pruned), 'stale file')} removed")
    if result.failed:
        click.echo(f"{_lost(result.failed)}; the same command tries them again")


def _lost(failed: Sequence[Failed]) -> str:
    """Count what was not made."""
    from engine.export.result import BESIDE

    pictures = [failure for failure in failed if failure.what != BESIDE]
    if len(pictures) == len(failed):
        return plural(len(failed), "failure")
    return f"{plural(len(pictures), 'picture')} and the files beside them not made"


@click.command()
@click.argument("out", type=PATH)
@click.option("--reproduce", is_flag=True, help="Also render everything again and compare.")
@_SOURCES
@_JOBS
@_JSON
@click.pass_obj
def verify(
    session: Session,
    out: Path,
    reproduce: bool,
    sources: tuple[Path, ...],
    jobs: int,
    as_json: bool,
) -> None:
    """Check that every exported file in OUT is present and unchanged.

    Each picture has to carry the recipe that is listed for it.
    """
    from engine.export import verify as verifying

    found = session.follow(verifying.verify(out, remake=reproduce, folders=sources, jobs=jobs))
    if as_json:
        print_json(
            {
                "out": str(out),
                "files": found.files,
                "reproduced": found.remade,
                "problems": found.problems,
                "notes": found.notes,
            }
        )
    else:
        again = f", {plural(found.remade, 'picture')} made again alike" if reproduce else ""
        well = "all well" if not found.problems else plural(len(found.problems), "problem")
        click.echo(f"{plural(found.files, 'file')} checked{again}: {well}")
        for note in found.notes:
            click.echo(f"note: {note}", err=True)
        for problem in found.problems:
            click.echo(f"error: {problem}", err=True)
    if found.problems:
        raise click.exceptions.Exit(1)
