"""What an export is going to make, and where each file goes; nothing is written yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.buckets.presets import TARGETS, recipe_for
from engine.errors import ExportError, RenderError, SourceError
from engine.events import Failed
from engine.export.bounds import check_item
from engine.export.captions import Style, caption_of, check_style
from engine.export.layouts import LAYOUTS
from engine.export.layouts.layout import Layout
from engine.export.making import Fit, Job, Sidecar
from engine.export.names import picture_names
from engine.export.origin import provenance_of
from engine.export.provenance import Provenance
from engine.export.repeats import choose_repeats
from engine.export.sources import Located, locate_sources
from engine.files import resolve_under
from engine.footage.pictures import frame_names
from engine.project.manifest import Manifest, ManifestItem
from engine.recipe import ReportRecipe, to_short_table
from engine.text import plain
from engine.values import Kind, SourceKind

_FEW = 2_000
"""Pictures whose thumbnails are all made on the way; of more, only those shown are read again."""


class PlanError(ExportError):
    """An export cannot begin: nothing is approved, or its folder or settings will not do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What to make, and how."""

    manifest: Manifest
    out: Path
    known: Mapping[str, Path] = field(default_factory=dict)
    """Where sources were scanned, by id."""
    folders: Sequence[Path] = ()
    """Where else to look for sources."""
    project: Path | None = None
    """The project folder, if there is one: nothing is exported into it."""
    refused: Sequence[Failed] = ()
    """What is approved there and cannot be read."""
    outdated: Collection[str] = ()
    """Ids of what sources held before they changed and were scanned again."""
    layout: str = "plain"
    targets: Sequence[str] = ()
    """Only these targets; none for those approved, or all where none is."""
    fit: bool = False
    """Also write each picture resized and cropped to its bucket."""
    suffix: str = "png"
    style: Style = field(default_factory=Style)
    balance: bool = True
    """Repeat kinds so that 16:9 does not drown the others, where the layout has repeats."""
    repeats: Mapping[str, int] = field(default_factory=dict)
    """Repeats of some kinds, whatever the balance says."""
    prune: bool = False
    """Remove what earlier exports wrote and this one does not."""
    jobs: int = 0
    """Processes at once; 0 for all cores."""


def layout_of(plan: ExportPlan) -> Layout:
    """Give the layout that a plan names."""
    return LAYOUTS[plan.layout]


def check_plan(plan: ExportPlan) -> None:
    """Refuse a plan that cannot work, before anything is written.

    Raises
    ------
    PlanError
        Nothing is approved, OUT is a file, in the project or in a source, or has a source in it,
        or the layout knows no repeats.
    RecipeError
        The caption template names an unknown field.
    """
    check_style(plan.style)
    if not pictured(plan):
        if plan.refused:
            raise PlanError("\n".join(failure.reason for failure in plan.refused))
        raise PlanError("nothing is approved; approve pictures in the room, or with `approve`")
    if plan.repeats and not layout_of(plan).repeats:
        having = ", ".join(layout.name for layout in LAYOUTS.values() if layout.repeats)
        raise PlanError(f"repeats mean nothing to layout {plan.layout}; {having} have them")
    name = plain(str(plan.out))
    if not _is_readable(str(plan.out.resolve())):
        raise PlanError(
            f"{name}: trainers misread a name with a backslash or undecodable bytes; choose another"
        )
    if plan.out.exists() and not plan.out.is_dir():
        raise PlanError(f"{name} is a file; name a folder")
    if plan.project is not None and plan.out.resolve().is_relative_to(plan.project.resolve()):
        raise PlanError(f"{name} is in the project folder; choose another")
    check_sources_apart(plan, plan.known.values())


def check_sources_apart(plan: ExportPlan, sources: Iterable[Path]) -> None:
    """Make sure that no source is in OUT, nor OUT in one.

    A scan passes over a folder with an export in it, and over the footage with it; asked for that
    very folder, it takes the exported pictures for footage.

    Raises
    ------
    PlanError
        Names the source, and the way out.
    """
    out, name = plan.out.resolve(), plain(str(plan.out))
    for source in sorted({path.resolve() for path in sources if path.exists()}):
        if source.is_dir() and out.is_relative_to(source):
            raise PlanError(
                f"{name} would write into the source {plain(str(source))}; choose a folder "
                "apart from the footage"
            )
        if source.is_relative_to(out):
            raise PlanError(
                f"{name} holds the source {plain(str(source))}; choose a folder of its own, "
                f"such as {plain(str(plan.out / 'dataset'))}"
            )


def _is_readable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\\" not in name


def pictured(plan: ExportPlan) -> list[ManifestItem]:
    """Give the approved pictures, without the reports."""
    return [item for item in plan.manifest.items if item.kind is not Kind.REPORT]


def planned_targets(plan: ExportPlan) -> list[ReportRecipe]:
    """Give the targets to write for: those asked for, else those approved, else all.

    Unless somebody has tweaked a target, it is bucketed as the layout's own trainer does it.
    The largest comes first where nobody says.
    """
    approved = {
        item.recipe.target: item.recipe
        for item in plan.manifest.items
        if isinstance(item.recipe, ReportRecipe)
    }
    targets = [*dict.fromkeys(plan.targets)]
    if not targets:
        targets = sorted(approved or TARGETS, key=lambda name: -TARGETS[name].width)
    return [_for_layout(plan, approved.get(target, TARGETS[target])) for target in targets]


def _for_layout(plan: ExportPlan, recipe: ReportRecipe) -> ReportRecipe:
    if recipe != TARGETS[recipe.target]:
        return recipe
    return recipe_for(recipe.target, layout_of(plan).trainer)


def planned_repeats(plan: ExportPlan) -> dict[str, int]:
    """Say how often each kind is trained in an epoch."""
    balance = plan.balance and layout_of(plan).repeats
    return choose_repeats(plan.manifest, balance=balance, chosen=plan.repeats)


def located_sources(plan: ExportPlan) -> Located:
    """Find the sources of a plan."""
    names = {source.id: source.name for source in plan.manifest.sources}
    return locate_sources(names, plan.known, plan.folders, plan.outdated)


def planned_jobs(
    plan: ExportPlan,
    before: Provenance | None = None,
    located: Mapping[str, Path] | None = None,
) -> list[Job]:
    """Say which picture goes where; ``before`` is what an earlier export says it wrote.

    ``located`` gives, by id, where sources are: pictures of a folder are named like its files. Of
    one that is not there, what was exported before keeps its names.

    Raises
    ------
    PlanError
        A folder under OUT is a link that leads out of it.
    """
    items = pictured(plan)
    sources = {source.id: source.name for source in plan.manifest.sources}
    names = _names(plan, items, before, located or {})
    targets = planned_targets(plan) if plan.fit else []
    written = before.written() if before else {}
    folders = _folders(plan, items, targets)
    jobs = []
    for item, name in zip(items, names, strict=True):
        path = folders["", item.kind] / f"{name}.{plan.suffix}"
        fits = [(target, folders[target.target, item.kind] / path.name) for target in targets]
        about = provenance_of(item, sources[item.source])
        job = Job(
            item=item,
            about=about,
            path=path,
            thumbnail=len(items) <= _FEW,
            caption=caption_of(item, sources[item.source], plan.style),
            sidecar=_sidecar(plan, path, item, sources[item.source]),
            fits=tuple(
                Fit(
                    target,
                    fit,
                    _sidecar(plan, fit, item, sources[item.source]),
                    {**about, "target": to_short_table(target)},
                )
                for target, fit in fits
            ),
        )
        jobs.append(replace(job, recorded=_recorded(plan, job, written)))
    return jobs


def _names(
    plan: ExportPlan,
    items: Sequence[ManifestItem],
    before: Provenance | None,
    located: Mapping[str, Path],
) -> list[str]:
    files: dict[str, Sequence[str]] = {}
    for source in plan.manifest.sources:
        if source.kind is SourceKind.PICTURES and source.id in located:
            with suppress(OSError, SourceError):  # its pictures cannot be made either
                files[source.id] = frame_names(located[source.id])
    sources = {source.id: source for source in plan.manifest.sources}
    names = picture_names(
        [(item, sources[item.source].name, files.get(item.source, ())) for item in items]
    )
    known = {picture.id: Path(picture.file).stem for picture in before.pictures} if before else {}
    return [
        known.get(item.id, name)
        if sources[item.source].kind is SourceKind.PICTURES and item.source not in files
        else name
        for item, name in zip(items, names, strict=True)
    ]


def planned_failures(plan: ExportPlan) -> list[Failed]:
    """Say what of a plan cannot be made, as far as that can be told without reading a source."""
    failed = [*plan.refused]
    sources = {source.id: source for source in plan.manifest.sources}
    for item in pictured(plan):
        try:
            check_item(item.recipe, sources[item.source])
        except RenderError as error:
            failed.append(Failed(item.id, str(error)))
    return failed


def _folders(
    plan: ExportPlan, items: Sequence[ManifestItem], targets: Sequence[ReportRecipe]
) -> dict[tuple[str, Kind], Path]:
    """Give the folder of each kind, itself and for each target it is fitted to."""
    folders = {}
    for kind in {item.kind for item in items}:
        for target in ("", *(target.target for target in targets)):
            name = f"fit-{target}/{kind}" if target else str(kind)
            try:
                folders[target, kind] = resolve_under(plan.out, name)
            except ValueError as error:
                raise PlanError(f"{plain(str(plan.out))}: {error}") from None
    return folders


def _sidecar(
    plan: ExportPlan, picture: Path, item: ManifestItem, source_name: str
) -> Sidecar | None:
    make = layout_of(plan).sidecar
    return Sidecar(*make(picture, item, source_name, plan.style)) if make else None


def _recorded(plan: ExportPlan, job: Job, written: Mapping[str, str]) -> dict[Path, str]:
    """Find what an earlier export says it wrote at the places of a job."""
    out = plan.out.resolve()
    places = {path: written.get(path.relative_to(out).as_posix()) for path in job.paths()}
    return {path: digest for path, digest in places.items() if digest}
