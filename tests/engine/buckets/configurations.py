"""The recipe of each golden configuration."""

from __future__ import annotations

from typing import Any

from engine.recipe import ReportRecipe


def recipe(trainer: str, width: int, height: int = 0, **settings: Any) -> ReportRecipe:
    return ReportRecipe(
        target="sd1", trainer=trainer, width=width, height=height or width, **settings
    )


CONFIGURATIONS = {
    "kohya_sd15_512": recipe("kohya", 512),
    "kohya_sd15_512_noup": recipe("kohya", 512, upscale=False),
    "kohya_768": recipe("kohya", 768),
    "kohya_768_noup": recipe("kohya", 768, upscale=False),
    "kohya_768_max1536": recipe("kohya", 768, min=384, max=1536),
    "kohya_512x768": recipe("kohya", 512, 768),
    "kohya_sdxl_1024_s64": recipe("kohya", 1024, min=512, max=2048),
    "kohya_sdxl_1024_s32": recipe("kohya", 1024, min=512, max=2048, step=32),
    "kohya_sdxl_1024_gui": recipe("kohya", 1024, min=256, max=2048),
    "kohya_sdxl_1024_clidefault": recipe("kohya", 1024),
    "kohya_sdxl_1024_noup_s64": recipe("kohya", 1024, upscale=False),
    "kohya_sdxl_1024_noup_s32": recipe("kohya", 1024, upscale=False, step=32),
    "nai_default": recipe("nai", 768, 512, base_width=512, base_height=512),
    "nai_768": recipe("nai", 768),
    "nai_1024": recipe("nai", 1024, min=512, max=2048),
    "nai_1024_baseres512_trap": recipe("nai", 1024, base_width=512, base_height=512),
    "sdxl_paper40": recipe("sdxl-paper", 1024),
    "sdxl_sym41": recipe("sdxl", 1024),
    "onetrainer_sd15_512_q8": recipe("onetrainer", 512, step=8),
    "onetrainer_sd15_768_q8": recipe("onetrainer", 768, step=8),
    "onetrainer_sdxl_1024_q64": recipe("onetrainer", 1024, step=64),
    "everydream2_512": recipe("everydream2", 512),
    "everydream2_768": recipe("everydream2", 768),
    "everydream2_1024": recipe("everydream2", 1024),
    "aitoolkit_512_d16": recipe("ai-toolkit", 512, step=16),
    "aitoolkit_768_d16": recipe("ai-toolkit", 768, step=16),
    "aitoolkit_1024_d16": recipe("ai-toolkit", 1024, step=16),
    "diffusers_auto_1024_d16": recipe("diffusers", 1024, step=16),
    "simpletuner_1024_a64_preserve": recipe("simpletuner", 1024),
}
