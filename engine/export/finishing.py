"""What belongs to the whole of an export: the trainer's files, the reports, the provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from engine.errors import ExportError
from engine.events import Event, Failed, Noted, Work
from engine.export.layouts.layout import Dataset
from engine.export.making import Job, Made, Sidecar
from engine.export.names import ending_in, endings_of
from engine.export.origin import picture_id, product_version
from engine.export.plan import ExportPlan, layout_of, planned_targets
from engine.export.provenance import (
    FORMAT,
    PROVENANCE,
    ExportedFailure,
    ExportedFit,
    ExportedPicture,
    ExportedSource,
    Provenance,
    Written,
    provenance_to_text,
)
from engine.export.reports import write_reports
from engine.export.result import ExportResult
from engine.export.stale import left_over, prune
from engine.export.writing import NoRoomError, sha256_of, write_file
from engine.project.manifest import write_manifest
from engine.recipe import to_short_table
from engine.text import plain, plural

MANIFEST = "approved.toml"


def finish(
    plan: ExportPlan, jobs: Sequence[Job], before: Provenance | None, result: ExportResult
) -> Iterator[Event]:
    """Write all that is not a picture; the provenance last, when the rest is known to be there.

    Raises
    ------
    NoRoomError
        Nothing more can be written.
    """
    out = plan.out.resolve()
    by_id = {job.item.id: job for job in jobs}
    pictures = [_describe(out, by_id[made.item_id], made, result) for made in result.made]
    edited = sum(len(made.edited) for made in result.made)
    if edited:
        yield Noted(f"{plural(edited, 'caption')} changed by somebody else and kept")
    if pictures:
        yield from _attempt(result, MANIFEST, _copy_manifest(plan))
        yield from _attempt(result, "the trainer's files", _write_layout(plan, pictures))
        thumbnails = {_under(out, made.path): made.thumbnail for made in result.made}
        reports = write_reports(out, pictures, planned_targets(plan), thumbnails)
        yield from _attempt(result, "the reports", reports)
    files = tuple(Written(_under(out, path), sha256_of(path)) for path in result.extras)
    left = yield from _settle(plan, jobs, before, result, pictures, files)
    about = Provenance(
        format=FORMAT,
        version=product_version(),
        layout=plan.layout,
        sources=tuple(
            ExportedSource(s.id, s.name, s.frames, s.size) for s in plan.manifest.sources
        ),
        pictures=tuple(pictures),
        files=files,
        failed=tuple(ExportedFailure(f.what, f.reason) for f in result.failed),
        left=tuple(left),
    )
    yield from _attempt(result, PROVENANCE, _write_provenance(out, about))


def _attempt(result: ExportResult, what: str, work: Work[list[Path]]) -> Iterator[Event]:
    """Do one part; if it fails, the others are still done."""
    try:
        result.extras += yield from work
    except NoRoomError:
        raise
    except (ExportError, OSError) as error:
        failure = Failed(what, plain(str(error)))
        result.failed.append(failure)
        yield failure


def _copy_manifest(plan: ExportPlan) -> Work[list[Path]]:
    """Put what was exported beside it, to export it again from."""
    yield from ()
    path = plan.out.resolve() / MANIFEST
    write_file(path, write_manifest(plan.manifest))
    return [path]


def _write_layout(plan: ExportPlan, pictures: Sequence[ExportedPicture]) -> Work[list[Path]]:
    yield from ()
    layout = layout_of(plan)
    return [path for data in datasets_of(plan, pictures) for path in layout.write_extras(data)]


def _write_provenance(out: Path, about: Provenance) -> Work[list[Path]]:
    yield from ()
    write_file(out / PROVENANCE, provenance_to_text(about))
    return [out / PROVENANCE]


def datasets_of(plan: ExportPlan, pictures: Sequence[ExportedPicture]) -> list[Dataset]:
    """Give the folders that a trainer can be pointed at: all pictures, and those of each fit."""
    out = plan.out.resolve()
    targets = planned_targets(plan)
    whole = Dataset(
        out=out,
        name=_safe_name(out.name),
        pictures=pictures,
        targets=targets,
        repeats={picture.kind: picture.repeats for picture in pictures},
        trigger=plan.style.trigger,
        source_names={source.id: source.name for source in plan.manifest.sources},
    )
    found = [whole]
    for target in targets if plan.fit else ():
        folder = f"fit-{target.target}"
        fitted = [
            replace(
                picture,
                file=fit.file.removeprefix(f"{folder}/"),
                size=fit.size,
                sidecar=fit.sidecar
                and Written(fit.sidecar.file.removeprefix(f"{folder}/"), fit.sidecar.sha256),
            )
            for picture in pictures
            for fit in picture.fits
            if fit.target == target.target
        ]
        if fitted:
            found.append(
                replace(
                    whole, out=out / folder, pictures=fitted, targets=[target], fitted=target.target
                )
            )
    return found


def _safe_name(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name).split()) or "dataset"


def _describe(out: Path, job: Job, made: Made, result: ExportResult) -> ExportedPicture:
    item = job.item
    planned = {fit.path: fit for fit in job.fits}
    return ExportedPicture(
        file=_under(out, made.path),
        sha256=made.sha256,
        size=made.size,
        id=item.id,
        picture=picture_id(item),
        kind=item.kind,
        source=item.source,
        scene=item.scene,
        score=item.score,
        reason=item.reason,
        parent=item.parent,
        caption=job.caption,
        tags=item.tags,
        warnings=made.warnings,
        recipe=to_short_table(item.recipe),
        repeats=result.repeats.get(str(item.kind), 1),
        sidecar=_sidecar(out, job.sidecar),
        fits=tuple(
            ExportedFit(
                fit.target,
                _under(out, fit.path),
                fit.sha256,
                fit.size,
                _sidecar(out, planned[fit.path].sidecar),
                to_short_table(planned[fit.path].target),
            )
            for fit in made.fits
        ),
    )


def _sidecar(out: Path, sidecar: Sidecar | None) -> Written | None:
    """Describe a caption as we write it, so that an edited one is known as such next time."""
    if sidecar is None:
        return None
    digest = hashlib.sha256(sidecar.text.encode()).hexdigest()
    return Written(_under(out, sidecar.path), digest)


def _settle(
    plan: ExportPlan,
    jobs: Sequence[Job],
    before: Provenance | None,
    result: ExportResult,
    pictures: Sequence[ExportedPicture],
    files: Sequence[Written],
) -> Work[list[Written]]:
    """Tell of what earlier exports left here, or remove it; give what is still left."""
    out = plan.out.resolve()
    written = {part.file for picture in pictures for part in picture.files()}
    written |= {part.file for part in files}
    left = left_over(out, before, written)
    if not pictures:
        return left
    # What is planned and failed today is not stale: tomorrow it may be made again. Till then, what
    # was made of it in another format stays, too.
    planned = {_under(out, path) for job in jobs for path in job.paths()}
    failed = _endings_of_failed(jobs, result)
    stale = [p for p in left if p.file not in planned and ending_in(p.file) not in failed]
    if stale and plan.prune:
        removed, kept = prune(out, stale)
        result.pruned += removed
        result.stale += kept
        if kept:
            yield Noted(f"{plural(len(kept), 'stale file')} changed by somebody else and kept")
        return [part for part in left if part.file not in set(removed)]
    if stale:
        result.stale += [part.file for part in stale]
        yield Noted(
            f"{plural(len(stale), 'file')} of earlier exports no longer belong here, such as "
            f"{plain(stale[0].file)}; --prune removes them"
        )
    return left


def _endings_of_failed(jobs: Sequence[Job], result: ExportResult) -> set[str]:
    """Give what the names of pictures end with that could not be made."""
    kinds = {job.item.id: str(job.item.kind) for job in jobs}
    names = [failure.what for failure in result.failed]
    # One whose recipe cannot be read is no job; its id begins with its kind.
    endings = (endings_of(name, kinds.get(name) or name.partition("-")[0]) for name in names)
    return {ending for pair in endings for ending in pair}


def _under(out: Path, path: Path) -> str:
    return path.relative_to(out).as_posix()
