"""A job for ai-toolkit: its ``datasets``, to which model and training are added by hand.

It is YAML in which every string is quoted, so that no name is taken for a number, a date or a
tag, and the same for parsers of YAML 1.1 and 1.2.
"""

from __future__ import annotations

from pathlib import Path

from engine.export.layouts.layout import Dataset, Layout
from engine.export.layouts.plain import text_sidecar
from engine.export.layouts.quoting import quoted
from engine.export.writing import write_file
from engine.recipe import ReportRecipe


def write_ai_toolkit(dataset: Dataset) -> list[Path]:
    """Write a job for each target; the first is ``ai-toolkit.yaml`` itself."""
    written = []
    for place, target in enumerate(dataset.targets):
        text = ai_toolkit_config(dataset, target)
        names = [f"ai-toolkit.{target.target}.yaml"] + ["ai-toolkit.yaml"] * (place == 0)
        for name in names:
            write_file(dataset.out / name, text)
            written.append(dataset.out / name)
    return written


def ai_toolkit_config(dataset: Dataset, target: ReportRecipe) -> str:
    """Say how ai-toolkit loads the pictures of a dataset for one target."""
    side = round((target.width * target.height) ** 0.5)
    lines = [
        "---",
        f"# {target.target}: {target.width}x{target.height}, for ai-toolkit.",
        "# Copy this file and add `network`, `save`, `train` and `model` to its process, or",
        "# paste `datasets` into a job of your own. Each export writes it anew.",
        'job: "extension"',
        "config:",
        f"  name: {quoted(f'{dataset.name}-{target.target}')}",
        "  process:",
        '    - type: "sd_trainer"',
        '      training_folder: "output"',
    ]
    if dataset.trigger:
        lines.append(f"      trigger_word: {quoted(dataset.trigger)}")
    lines.append("      datasets:")
    for folder in dataset.folders:
        lines += [
            f"        - folder_path: {quoted(str(dataset.out / folder))}",
            '          caption_ext: "txt"',
            f"          num_repeats: {dataset.repeats.get(folder, 1)}",
            # More than one would train every picture once at each.
            f"          resolution: [{side}]",
            "          buckets: true",
            f"          bucket_tolerance: {target.step if target.trainer == 'ai-toolkit' else 64}",
            "          shuffle_tokens: false",
            "          cache_latents_to_disk: true",
        ]
    return "\n".join(lines) + "\n"


AI_TOOLKIT = Layout(
    "ai-toolkit",
    "a job for ai-toolkit",
    write_ai_toolkit,
    text_sidecar,
    trainer="ai-toolkit",
    repeats=True,
)
