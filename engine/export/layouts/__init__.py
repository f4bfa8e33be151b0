"""How a dataset lies on disk for each trainer. A layout says where captions go, and what else."""

from __future__ import annotations

from engine.export.layouts.ai_toolkit import AI_TOOLKIT
from engine.export.layouts.hydrus import HYDRUS
from engine.export.layouts.imagefolder import IMAGEFOLDER
from engine.export.layouts.kohya import KOHYA
from engine.export.layouts.layout import Layout
from engine.export.layouts.onetrainer import ONETRAINER
from engine.export.layouts.plain import PLAIN
from engine.export.layouts.webdataset import WEBDATASET

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (PLAIN, KOHYA, ONETRAINER, AI_TOOLKIT, IMAGEFOLDER, HYDRUS, WEBDATASET)
}
