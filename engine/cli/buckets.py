"""Commands about buckets: what a trainer does with a size, and with a set of pictures."""

from __future__ import annotations

import dataclasses
import functools
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.paths import PATH, GivenPath
from engine.cli.reporting import Session, print_json, print_table, readable
from engine.errors import SourceError
from engine.recipe import ReportRecipe, settings_of
from engine.text import plain, plural
from engine.values import Kind

if TYPE_CHECKING:
    from engine.buckets.compare import Comparison
    from engine.buckets.report import Report

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_TRAINERS = settings_of(Kind.REPORT)["trainer"].choices
_TARGETS = settings_of(Kind.REPORT)["target"].choices


def as_targets(
    context: click.Context, option: click.Parameter, values: Sequence[str]
) -> tuple[str, ...]:
    """Read ``--target sdxl,nai --target sd1``: each once, in the order given."""
    names = [name.strip() for text in values for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _TARGETS:
            raise click.BadParameter(f"{plain(name)!r} is not one of {', '.join(_TARGETS)}")
    return tuple(dict.fromkeys(names))


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,7})[xX×](\d{1,7})", text.strip())
    if not match or not int(match[1]) or not int(match[2]):
        raise click.BadParameter(
            f"{plain(text)!r} is no size; write it as 1920x1080, sides of up to 7 digits"
        )
    return int(match[1]), int(match[2])


def _resolution(text: str) -> tuple[int, int]:
    """Read ``1024x768``, or ``1024`` for a square."""
    if re.fullmatch(r"\d{1,7}", text.strip()) and int(text):
        return int(text), int(text)
    return _size(text)


@dataclass(frozen=True)
class _Settings:
    """What was said of a trainer's settings; None leaves one as it is."""

    resolution: str | None
    min: int | None
    max: int | None
    step: int | None
    no_upscale: bool
    base: str | None

    def applied_to(self, recipe: ReportRecipe) -> ReportRecipe:
        """Change what was said; :class:`RecipeError` where no trainer would take it."""
        from engine.recipe import changed

        changes: dict[str, Any] = {}
        if self.resolution:
            changes["width"], changes["height"] = _resolution(self.resolution)
        if self.base:
            changes["base_width"], changes["base_height"] = _resolution(self.base)
        for name in ("min", "max", "step"):
            if getattr(self, name) is not None:
                changes[name] = getattr(self, name)
        if self.no_upscale:
            changes["upscale"] = False
        made = changed(recipe, **changes) if changes else recipe
        assert isinstance(made, ReportRecipe)
        return made


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--resolution", default=None, help="What is trained at: 1024x1024 or 1024."),
    click.option("--min", type=int, default=None, help="Smallest side of a bucket."),
    click.option("--max", type=int, default=None, help="Largest side of a bucket."),
    click.option("--step", type=int, default=None, help="Bucket sides are multiples of this."),
    click.option("--no-upscale", is_flag=True, help="Never enlarge (kohya's bucket_no_upscale)."),
    click.option(
        "--base", default=None, help="NovelAI's base_res, where squares go: 512x512, or 512."
    ),
)


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a trainer's settings, as one argument ``settings``."""

    @functools.wraps(command)
    def gathered(*args: Any, **options: Any) -> None:
        names = [field.name for field in dataclasses.fields(_Settings)]
        settings = _Settings(**{name: options.pop(name) for name in names})
        command(*args, settings=settings, **options)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


@click.command()
@click.argument("sizes", nargs=-1, required=True, metavar="WIDTHxHEIGHT...")
@click.option("--trainer", default="kohya", type=click.Choice(_TRAINERS), show_default=True)
@_with_settings
@_JSON
def bucket(sizes: tuple[str, ...], trainer: str, settings: _Settings, as_json: bool) -> None:
    """Say what a trainer does with pictures of these sizes."""
    from engine.buckets.facts import describe, outcome_to_table
    from engine.buckets.presets import defaults_for

    wanted = [_size(text) for text in sizes]
    at = _resolution(settings.resolution) if settings.resolution else None
    recipe = settings.applied_to(defaults_for(trainer, at))
    outcomes = [describe(recipe, size) for size in wanted]
    if as_json:
        print_json({"sizes": [outcome_to_table(outcome) for outcome in outcomes]})
        return
    rows = [["size", "bucket", "resized", "cut off", "kept", "lost", "status"]]
    remarks = []
    for outcome in outcomes:
        (width, height), found = outcome.size, outcome.bucket
        rows.append(
            [
                f"{width}×{height}",
                f"{found.size[0]}×{found.size[1]}",
                f"{found.resized[0]}×{found.resized[1]}",
                f"{found.crop[0]}×{found.crop[1]}",
                f"{found.kept:.2f}",
                f"{found.cropped:.1%}",
                found.status,
            ]
        )
        remarks += [f"{width}×{height}: {remark.text}" for remark in outcome.remarks]
    print_table(rows, right=(4, 5))
    for remark in remarks:
        click.echo(remark)


@click.command()
@click.argument("path", type=PATH)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="T,...",
    callback=as_targets,
    help="sd1, nai, sdxl; all if not given.",
)
@click.option("--trainer", type=click.Choice(_TRAINERS), help="Instead of each target's own.")
@click.option("--batch-size", type=click.IntRange(1, 1024), help="Pictures in a step of training.")
@_with_settings
@click.option(
    "--compare",
    "trained",
    type=GivenPath(path_type=Path, allow_dash=True),
    help="Compare with a training run: kohya's log, a LoRA, or its ss_bucket_info; - for stdin.",
)
@_JSON
@click.option("--csv", "as_csv", is_flag=True, help="Print a CSV row for each picture and target.")
@click.option("--html", "page", type=PATH, help="Write one self-contained page.")
@click.pass_obj
def report(
    session: Session,
    path: Path,
    targets: tuple[str, ...],
    trainer: str | None,
    batch_size: int | None,
    settings: _Settings,
    trained: Path | None,
    as_json: bool,
    as_csv: bool,
    page: Path | None,
) -> None:
    """Report the buckets of a project, manifest, export or folder.

    Of a project, what is approved counts, or all there is while nothing is. A folder is one of
    any pictures.
    """
    from engine.buckets.report import build_reports, reports_to_csv, reports_to_table

    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be printed")
    reported = session.follow(_find_reported(path))
    recipes = reported.recipes
    if targets or trainer:
        recipes = _recipes(targets, trainer, recipes)
    recipes = [settings.applied_to(recipe) for recipe in recipes]
    if batch_size:
        recipes = [replace(recipe, batch_size=batch_size) for recipe in recipes]
    reports = build_reports(reported.pictures, recipes)
    compared = _compared(reports, trained) if trained else []
    if page is not None:
        _write_page(session, page, path, reported, reports)
    if as_json:
        table = reports_to_table(reports)
        if trained:
            table["compared"] = [_comparison_table(c, r) for c, r in compared]
        print_json(table)
    elif as_csv:
        click.echo(reports_to_csv(reports), nl=False)
    elif page is not None:
        click.echo(f"{plain(str(page))}: {plural(len(reported.pictures), 'picture')}")
    else:
        from engine.buckets.plain import reports_to_text

        click.echo(reports_to_text(reports))
    if not as_json and not as_csv:
        for found, made in compared:
            _tell_comparison(found, made)


def _compared(reports: Sequence[Report], trained: Path) -> list[tuple[Comparison, Report]]:
    from engine.buckets.compare import compare, read_trained

    text = sys.stdin.read() if str(trained) == "-" else None
    run = read_trained(trained, text)
    return [(compare(report.tally, run), report) for report in reports]


def _comparison_table(found: Comparison, report: Report) -> dict[str, Any]:
    return {
        "target": report.recipe.target,
        "trainer": report.recipe.trainer,
        "agrees": found.agrees,
        "text": found.text,
        "buckets": [
            {"bucket": list(size), "ours": ours, "theirs": theirs}
            for size, ours, theirs in found.rows
        ],
    }


def _tell_comparison(found: Comparison, report: Report) -> None:
    click.echo(f"{report.title}, against the training run: {found.text}")
    rows = [
        [f"  {size[0]}×{size[1]}", f"{ours:,}", f"{theirs:,}", f"{ours - theirs:+,}"]
        for size, ours, theirs in found.rows
        if ours != theirs
    ]
    if rows:
        print_table([["  bucket", "here", "there", ""], *rows], right=(1, 2, 3))


@dataclass
class _Reported:
    """What a report speaks of."""

    pictures: list[Any]
    recipes: list[Any]
    """The targets, as they were set up for these pictures."""
    folder: Path | None = None
    """Where pictures to show lie, if anywhere."""
    shown: dict[str, str] | None = None
    """File under the folder to show for a picture's name; None where the name is the file."""


def _write_page(
    session: Session, page: Path, path: Path, reported: _Reported, reports: Sequence[Any]
) -> None:
    from engine.buckets.measure import Picture
    from engine.buckets.page import pictures_shown, reports_to_page
    from engine.buckets.thumbnails import make_thumbnails
    from engine.files import write_whole

    thumbnails: dict[str, bytes] = {}
    if reported.folder is not None:
        places = {place for made in reports for place in pictures_shown(made)}
        names = [reported.pictures[place].name for place in sorted(places)]
        files = {name: (reported.shown or {}).get(name, name) for name in names}
        small = session.follow(
            make_thumbnails(reported.folder, [Picture(file, (1, 1)) for file in files.values()])
        )
        thumbnails = {name: small[file] for name, file in files.items() if file in small}
    write_whole(page, reports_to_page(reports, thumbnails, plain(path.resolve().name)))


def _recipes(targets: Sequence[str], trainer: str | None, known: Sequence[Any]) -> list[Any]:
    """Give the settings to report for: those of the project where the target is the same."""
    from engine.buckets.presets import TARGETS, recipe_for

    by_target = {recipe.target: recipe for recipe in known}
    return [
        recipe_for(name, trainer or "") if trainer or name not in by_target else by_target[name]
        for name in targets or TARGETS
    ]


def _find_reported(path: Path) -> Any:
    """Find the pictures to report on, and the targets that were set up for them."""
    from engine.buckets.measure import Picture, measure_pictures
    from engine.buckets.presets import TARGETS
    from engine.export.provenance import PROVENANCE, load_provenance
    from engine.project.manifest import load_manifest
    from engine.project.project import Project
    from engine.values import State

    usual = list(TARGETS.values())
    if path.is_file():
        items = load_manifest(path).items
        found = [Picture(item.id, item.size, str(item.kind)) for item in items if item.size[0]]
        own = [item.recipe for item in items if isinstance(item.recipe, ReportRecipe)]
        return _Reported(found, own or usual)
    if (path / "catalog.sqlite").is_file():
        with Project(path) as project:
            candidates = readable(project.catalogue.candidates())
        settings = [c.recipe for c in candidates if isinstance(c.recipe, ReportRecipe)]
        own = sorted(settings, key=lambda recipe: list(TARGETS).index(recipe.target))
        made = [c for c in candidates if c.size[0] and not c.folded]
        chosen = [c for c in made if c.state is State.APPROVED] or made
        found = [Picture(c.id, c.size, str(c.kind)) for c in chosen]
        shown = {c.id: c.preview for c in chosen if c.preview}
        return _Reported(found, own or usual, path, shown)
    if (path / PROVENANCE).is_file():
        from engine.export.reports import reported_pictures

        return _Reported(reported_pictures(load_provenance(path).pictures), usual, path)
    if not path.is_dir():
        raise SourceError(f"{plain(str(path))}: no such file or folder")
    measured = yield from measure_pictures(path)
    if not measured:
        raise SourceError(f"{plain(str(path))}: no pictures in this folder")
    return _Reported(measured, usual, path)
