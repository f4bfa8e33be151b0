"""``dataset_config.toml`` for kohya's sd-scripts.

Their parser (toml 0.10.2) misreads inline tables that hold an apostrophe and drops data sets
without a word, so only ``[[datasets]]`` and ``[[datasets.subsets]]`` blocks are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.files import write_whole
from engine.recipe import ReportRecipe

_STEPS = {"sd1": 64, "nai": 64, "sdxl": 32}
"""What each family's training script asks ``bucket_reso_steps`` to be a multiple of."""


def write_kohya(out: Path, folders: Sequence[str], targets: Sequence[ReportRecipe]) -> list[Path]:
    """Write a configuration for each target; the first is ``dataset_config.toml`` itself."""
    written = []
    for place, target in enumerate(targets):
        text = kohya_config(out, folders, target)
        names = [f"dataset_config.{target.target}.toml"] + ["dataset_config.toml"] * (place == 0)
        for name in names:
            write_whole(out / name, text)
            written.append(out / name)
    return written


def kohya_config(out: Path, folders: Sequence[str], target: ReportRecipe) -> str:
    """Say how kohya's trainer loads the pictures of ``out`` for one target."""
    step = max(target.step, 1) if target.trainer == "kohya" else _STEPS.get(target.target, 64)
    # Its default, 1024, would send 16:9 at 1024 to 1024x576: half of the pixels.
    largest = max(target.max, 2 * max(target.width, target.height))
    lines = [
        f"# {target.target}: {target.width}x{target.height}, for kohya's sd-scripts",
        "# num_repeats says how often a picture of that kind is seen in an epoch.",
        "",
        "[general]",
        'caption_extension = ".txt"',
        "enable_bucket = true",
        "",
        "[[datasets]]",
        f"resolution = [{target.width}, {target.height}]",
        f"batch_size = {target.batch_size}",
        f"min_bucket_reso = {min(target.min, target.width, target.height)}",
        f"max_bucket_reso = {largest if target.trainer != 'kohya' else target.max}",
        f"bucket_reso_steps = {step}",
        f"bucket_no_upscale = {'false' if target.upscale else 'true'}",
    ]
    for folder in folders:
        lines += [
            "",
            "[[datasets.subsets]]",
            f"image_dir = {toml_string(str(out.resolve() / folder))}",
            "num_repeats = 1",
        ]
    return "\n".join(lines) + "\n"


def toml_string(text: str) -> str:
    """Quote a string so that every TOML parser reads it alike."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'
