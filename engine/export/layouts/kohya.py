"""``dataset_config.toml`` for kohya's sd-scripts.

Their parser (toml 0.10.2) misreads inline tables that hold an apostrophe and drops data sets
without a word, so only ``[[datasets]]`` and ``[[datasets.subsets]]`` blocks are written.
"""

from __future__ import annotations

from pathlib import Path

from engine.export.layouts.layout import Dataset, Layout
from engine.export.layouts.plain import text_sidecar
from engine.export.layouts.quoting import quoted
from engine.export.writing import write_file
from engine.recipe import ReportRecipe

_STEPS = {"sd1": 64, "nai": 64, "sdxl": 32}
"""What each family's training script asks ``bucket_reso_steps`` to be a multiple of."""


def write_kohya(dataset: Dataset) -> list[Path]:
    """Write a configuration for each target; the first is ``dataset_config.toml`` itself."""
    written = []
    for place, target in enumerate(dataset.targets):
        text = kohya_config(dataset, target)
        names = [f"dataset_config.{target.target}.toml"] + ["dataset_config.toml"] * (place == 0)
        for name in names:
            write_file(dataset.out / name, text)
            written.append(dataset.out / name)
    return written


def kohya_config(dataset: Dataset, target: ReportRecipe) -> str:
    """Say how kohya's trainer loads the pictures of a dataset for one target."""
    lines = [
        f"# {target.target}: {target.width}x{target.height}, for kohya's sd-scripts.",
        "# Each export writes this file anew: copy it to change it.",
        "",
        "[general]",
        'caption_extension = ".txt"',
        "enable_bucket = true",
        "",
        "[[datasets]]",
        f"resolution = [{target.width}, {target.height}]",
        f"batch_size = {target.batch_size}",
        f"min_bucket_reso = {min(target.min, target.width, target.height)}",
        f"max_bucket_reso = {_largest_side(target)}",
        f"bucket_reso_steps = {_step(target)}",
        f"bucket_no_upscale = {'false' if target.upscale else 'true'}",
    ]
    for folder in dataset.folders:
        lines += [
            "",
            "[[datasets.subsets]]",
            f"image_dir = {quoted(str(dataset.out / folder))}",
            f"num_repeats = {dataset.repeats.get(folder, 1)}",
        ]
    return "\n".join(lines) + "\n"


def _largest_side(target: ReportRecipe) -> int:
    """Give ``max_bucket_reso``: never its default of 1024, which halves 16:9 at 1024."""
    side = max(target.width, target.height)
    if target.trainer == "kohya":
        return max(target.max, side)
    return max(target.max, 2 * side)


def _step(target: ReportRecipe) -> int:
    return target.step if target.trainer == "kohya" else _STEPS.get(target.target, 64)


KOHYA = Layout(
    "kohya",
    "dataset_config.toml for kohya's sd-scripts",
    write_kohya,
    text_sidecar,
    trainer="kohya",
    repeats=True,
)
