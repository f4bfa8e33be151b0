"""The settings people train with: one for each target, and each trainer's own defaults."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.errors import RecipeError
from engine.recipe import ReportRecipe
from engine.values import Size

TRAINERS = (
    "kohya",
    "nai",
    "sdxl",
    "sdxl-paper",
    "onetrainer",
    "everydream2",
    "ai-toolkit",
    "diffusers",
    "simpletuner",
)
"""All whose rules we know."""

TRAINER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "kohya": "kohya sd-scripts",
        "nai": "NovelAI",
        "sdxl": "SDXL, the symmetric table of 41",
        "sdxl-paper": "SDXL, the paper's table of 40",
        "onetrainer": "OneTrainer",
        "everydream2": "EveryDream2",
        "ai-toolkit": "ai-toolkit",
        "diffusers": "diffusers",
        "simpletuner": "SimpleTuner",
    }
)

TARGETS: Mapping[str, ReportRecipe] = MappingProxyType(
    {
        # SD 1.x LoRAs: sd-scripts at 512 with its own 256..1024.
        "sd1": ReportRecipe(target="sd1", width=512, height=512, min=256, max=1024),
        # NovelAI never released its trainer; who trains models of that family uses sd-scripts
        # at 768. Its table is the very 19 buckets of NovelAI's code at 768x768.
        "nai": ReportRecipe(target="nai", width=768, height=768, min=256, max=1024),
        # 512..2048 gives NovelAI's 33 buckets at 1024, nearly SDXL's own; sd-scripts' default
        # of 1024 for the longest side would squeeze 16:9 into 56 % of the pixels.
        "sdxl": ReportRecipe(target="sdxl", width=1024, height=1024, min=512, max=2048),
    }
)
"""What each target is trained with unless the user says otherwise."""

_OWN_RESOLUTION: Mapping[str, Size] = {
    "nai": (768, 512),
    "sdxl": (1024, 1024),
    "sdxl-paper": (1024, 1024),
    "diffusers": (1024, 1024),
    "simpletuner": (1024, 1024),
}
"""What a trainer trains at when nobody says; 512 where it is not here."""


def defaults_for(trainer: str, resolution: Size | int | None = None) -> ReportRecipe:
    """Give a trainer's own defaults for a resolution; its own resolution when None.

    These are what the trainer does when nothing else is set, not what is wise: sd-scripts keeps
    a largest side of 1024 at any resolution. :data:`TARGETS` has what people really use.

    Raises
    ------
    RecipeError
        The trainer is not one of :data:`TRAINERS`.
    """
    if trainer not in TRAINERS:
        raise RecipeError(f"trainer {trainer!r} is not one of {', '.join(TRAINERS)}")
    own = _OWN_RESOLUTION.get(trainer, (512, 512))
    if isinstance(resolution, int):
        resolution = (resolution, resolution)
    width, height = resolution or own
    # NovelAI's release keeps its squares at 512 beside its own 768x512; for any other resolution
    # that would be a trap: all squares would end there.
    base = (512, 512) if trainer == "nai" and (width, height) == own else (0, 0)
    return ReportRecipe(
        target="nai" if trainer == "nai" else target_of((width, height)),
        trainer=trainer,
        width=width,
        height=height,
        step=_own_step(trainer, width),
        base_width=base[0],
        base_height=base[1],
    )


def recipe_for(target: str, trainer: str = "") -> ReportRecipe:
    """Give a target's settings, for another trainer than the usual one if it is named.

    Raises
    ------
    RecipeError
        The target or the trainer is not known.
    """
    if target not in TARGETS:
        raise RecipeError(f"target {target!r} is not one of {', '.join(TARGETS)}")
    usual = TARGETS[target]
    if trainer in ("", usual.trainer):
        return usual
    if trainer not in TRAINERS:
        raise RecipeError(f"trainer {trainer!r} is not one of {', '.join(TRAINERS)}")
    return ReportRecipe(
        target=target,
        trainer=trainer,
        width=usual.width,
        height=usual.height,
        min=usual.min,
        max=usual.max,
        step=_own_step(trainer, usual.width),
    )


def target_of(resolution: Size) -> str:
    """Name the target whose pixel count is nearest to a resolution's."""
    area = resolution[0] * resolution[1]
    return min(TARGETS, key=lambda name: abs(TARGETS[name].width * TARGETS[name].height - area))


def _own_step(trainer: str, width: int) -> int:
    match trainer:
        case "onetrainer":
            # Its models below SDXL are quantised to 8, SDXL and later to 64.
            return 8 if width < 1024 else 64
        case "ai-toolkit" | "diffusers":
            return 16
        case _:
            return 64
