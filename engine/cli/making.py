"""Commands that read footage: a whole scan, or one product straight from a source."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from engine.cli.cluster import cluster_at
from engine.cli.paths import PATH
from engine.cli.reporting import (
    Session,
    frames_text,
    in_time,
    print_json,
    print_table,
)
from engine.errors import SourceError
from engine.program import argument, own_command
from engine.text import plain, plural
from engine.values import Kind

_KINDS = [str(kind) for kind in Kind if kind is not Kind.REPORT]


def as_kinds(text: str) -> list[Kind]:
    """Read ``--only crop,keeper``."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _KINDS:
            raise click.BadParameter(f"{plain(name)!r} is not one of {', '.join(_KINDS)}")
    return [Kind(name) for name in names]


def as_range(text: str, frames: int) -> tuple[int, int]:
    """Read ``--frames A:B``, frames ``[A, B)``; either may be left out, B beyond the end."""
    first, colon, last = text.partition(":")
    try:
        start, stop = int(first or 0), int(last or frames)
    except ValueError:
        raise click.BadParameter(f"--frames wants A:B, not {plain(text)!r}") from None
    if colon and start >= frames:
        count = plural(frames, "frame")
        raise click.BadParameter(f"--frames {plain(text)!r} begins beyond the end, after {count}")
    if not colon or not 0 <= start < stop:
        raise click.BadParameter(f"--frames wants A:B with A before B, not {plain(text)!r}")
    return start, stop


@click.command()
@click.argument("sources", nargs=-1, required=True, type=PATH)
@click.option(
    "-p", "--project", type=PATH, help="Project folder; if not given, NAME.cuttingroom here."
)
@click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Processes at once; 0 for all cores."
)
@click.option(
    "--only", default="", metavar="KIND,...", help=f"Only these kinds: {', '.join(_KINDS)}."
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Do the work on the Dask cluster whose scheduler is at ADDRESS, such as tcp://host:8786. "
    "Its workers must find SOURCES and PROJECT by the same paths.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def scan(
    session: Session,
    sources: tuple[Path, ...],
    project: Path | None,
    jobs: int,
    only: str,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Find scenes and candidates in SOURCES into a project.

    A source is a video, a picture, a folder or an archive (.zip, .cbz) of pictures, or a folder
    of those. Scanning again goes on where an earlier scan stopped and keeps every decision.
    """
    from engine.isolation import warm_up

    for source in sources:
        _refuse_project(source)
    if cluster is None:
        warm_up()
    from engine import pipeline
    from engine.project.project import Project

    kinds = as_kinds(only) or list(pipeline.PICTURE_KINDS)
    folder = project or pipeline.default_project(sources)
    begun = time.monotonic()
    if cluster is None:
        result = session.follow(pipeline.scan(sources, folder, kinds=kinds, jobs=jobs))
    else:
        with cluster_at(cluster) as (executor, threads):
            work = pipeline.scan(
                sources, folder, kinds=kinds, jobs=jobs or threads, executor=executor
            )
            result = session.follow(work)
    with Project(folder) as opened:
        counts = _counts(opened)
        former = opened.catalogue.outdated_sources()
        scenes = opened.catalogue.count_scenes() - sum(map(opened.catalogue.count_scenes, former))
        skipped = len(opened.catalogue.skipped())
    if as_json:
        print_json(
            {
                "project": str(folder),
                "sources": [
                    {"id": s.id, "name": s.name, "frames": s.frames, "size": list(s.size)}
                    for s in result.sources
                ],
                "scenes": scenes,
                "candidates": counts,
                "skipped": skipped,
                "failed": [{"what": f.what, "reason": f.reason} for f in result.failed],
                "seconds": round(time.monotonic() - begun, 2),
            }
        )
    else:
        made = ", ".join(plural(count, kind) for kind, count in counts.items() if count)
        click.echo(f"{plural(scenes, 'scene')}: {made or 'no candidates'}")
        click.echo(f"in {in_time(time.monotonic() - begun)}, kept in {plain(str(folder))}")
        click.echo(f"Review them: {own_command()} review {argument(folder)}")
    if result.failed:
        raise click.exceptions.Exit(1)


def _refuse_project(source: Path) -> None:
    """Refuse a project given for its footage: its own previews would be scanned."""
    if (source / "catalog.sqlite").is_file():
        raise SourceError(
            f"{plain(str(source))}: is a project, not footage; to scan it again: "
            f"{own_command()} scan SOURCE -p {argument(source)}"
        )


def _counts(project: Any) -> dict[str, int]:
    counts = dict.fromkeys((str(kind) for kind in Kind), 0)
    for candidate in project.catalogue.candidates():
        counts[str(candidate.kind)] += not candidate.outdated
    return counts


@click.command()
@click.argument("source", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def shots(session: Session, source: Path, as_json: bool) -> None:
    """Find cuts, dissolves and camera motion in SOURCE.

    No project is made.
    """
    from engine import direct

    scenes = session.follow(direct.find_scenes(source))
    if as_json:
        print_json({"scenes": [scene_table(scene) for scene in scenes]})
        return
    rows = [["scene", "frames", "in", "camera", "motion px", "foreground"]]
    for scene in scenes:
        x, y = scene.motion.travel
        rows.append(
            [
                str(scene.number),
                frames_text(scene.shot.start, scene.shot.stop),
                str(scene.shot.entry),
                str(scene.motion.camera),
                f"{x:z.0f}, {y:z.0f}",
                str(scene.motion.foreground),
            ]
        )
    print_table(rows, right=(0, 4))


def scene_table(scene: Any) -> dict[str, Any]:
    """Describe a scene for JSON."""
    x, y = scene.motion.travel
    box = scene.picture
    return {
        "scene": scene.number,
        "source": scene.source.name,
        "source_id": scene.source.id,
        "start": scene.shot.start,
        "stop": scene.shot.stop,
        "camera": str(scene.motion.camera),
        "motion_px": [round(x, 1), round(y, 1)],
        "moving": list(scene.motion.moving),
        "parallax": round(scene.motion.parallax, 3),
        "foreground": str(scene.motion.foreground),
        "foreground_share": round(scene.motion.foreground_share, 3),
        "picture": [box.x, box.y, box.width, box.height],
        "in": str(scene.shot.entry),
        "gradual": [
            {"kind": str(change.kind), "start": change.start, "stop": change.stop}
            for change in scene.gradual
        ],
        "overlays": [
            {
                "kind": overlay.kind,
                "box": [overlay.box.x, overlay.box.y, overlay.box.width, overlay.box.height],
                "start": overlay.start,
                "stop": overlay.stop,
            }
            for overlay in scene.overlays
        ],
    }


@click.command()
@click.argument("source", type=PATH)
@click.option("--frames", default=":", metavar="A:B", help="Only frames A up to, not including, B.")
@click.option("-o", "--output", required=True, type=PATH, help="Picture file, .png or .webp.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def stitch(session: Session, source: Path, frames: str, output: Path, as_json: bool) -> None:
    """Stitch the camera move in SOURCE into one panorama.

    Or photos that overlap, where SOURCE is a folder of them.
    """
    _make(session, "stitch", source, frames, output, None, as_json)


@click.command()
@click.argument("source", type=PATH)
@click.option("--frames", default=":", metavar="A:B", help="Only frames A up to, not including, B.")
@click.option("-o", "--output", required=True, type=PATH, help="Picture file, .png or .webp.")
@click.option("--confidence", type=PATH, help="Also write how sure each pixel is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def plate(
    session: Session,
    source: Path,
    frames: str,
    output: Path,
    confidence: Path | None,
    as_json: bool,
) -> None:
    """Make the clean plate of the static shot in SOURCE."""
    _make(session, "plate", source, frames, output, confidence, as_json)


def _make(
    session: Session,
    product: str,
    source: Path,
    frames: str,
    output: Path,
    confidence: Path | None,
    as_json: bool,
) -> None:
    from engine import direct
    from engine.export.picture import check_suffix, write_grey, write_picture

    check_suffix(output)
    if confidence:
        check_suffix(confidence)
    recipe, rendered = session.follow(
        direct.make_directly(product, source, lambda count: as_range(frames, count))
    )
    write_picture(output, rendered.image, direct.direct_provenance(source, recipe))
    if confidence and rendered.confidence is not None:
        write_grey(confidence, rendered.confidence)
    height, width = rendered.image.shape[:2]
    if as_json:
        print_json(
            {
                "file": str(output),
                "size": [width, height],
                "frames_used": [[f, round(x, 2), round(y, 2)] for f, x, y in rendered.frames_used],
                "score": round(rendered.score, 4),
                "low_confidence": round(rendered.low_confidence, 5),
                "warnings": list(rendered.warnings),
            }
        )
        return
    click.echo(
        f"{plain(str(output))}: {width}×{height} from {plural(len(rendered.frames_used), 'frame')}"
    )
    for warning in rendered.warnings:
        click.echo(f"note: {warning}", err=True)


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=PATH)
@click.option("-k", "--count", type=click.IntRange(1, 200), default=10, help="Crops a picture.")
@click.option("--side", type=click.IntRange(64), default=None, help="Smallest side, pixels.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def crops(
    session: Session, pictures: tuple[Path, ...], count: int, side: int | None, as_json: bool
) -> None:
    """Rank 1:1 crops of PICTURES, best first."""
    from engine import direct

    found = []
    failed = False
    for path in pictures:
        try:
            ranked = direct.crops_of_picture(path, count, side)
        except SourceError as error:
            click.echo(f"error: {error}", err=True)
            failed = True
            continue
        found.append((path, ranked))
    if not found:
        raise click.exceptions.Exit(2)
    if as_json:
        pictures_json = [
            {"file": str(path), "crops": [_crop_table(crop) for crop in ranked]}
            for path, ranked in found
        ]
        print_json({"pictures": pictures_json})
    else:
        for path, ranked in found:
            click.echo(plain(str(path)))
            rows = [
                [
                    f"{c.side}×{c.side}",
                    f"at {c.x},{c.y}",
                    f"{c.score:.2f}",
                    c.reason,
                    ", ".join(c.why),
                ]
                for c in ranked
            ]
            print_table(rows)
            if not rows:
                least = f" of {side} pixels and more" if side else ""
                click.echo(f"no crop{least} is worth proposing", err=True)
    if failed:
        raise click.exceptions.Exit(1)


def _crop_table(crop: Any) -> dict[str, Any]:
    return {
        "x": crop.x,
        "y": crop.y,
        "side": crop.side,
        "score": round(crop.score, 4),
        "reason": crop.reason,
        "why": list(crop.why),
        "tags": list(crop.tags),
    }
