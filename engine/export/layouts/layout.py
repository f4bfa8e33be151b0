"""What a layout is: where captions go, and what a trainer reads beside the pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.export.captions import Style
from engine.export.provenance import ExportedPicture
from engine.project.manifest import ManifestItem
from engine.recipe import ReportRecipe
from engine.text import plain


@dataclass(frozen=True, slots=True)
class Dataset:
    """A folder of pictures that a trainer's files are written for."""

    out: Path
    """Absolute."""
    name: str
    """A short word for it, safe in a file name."""
    pictures: Sequence[ExportedPicture]
    """In order of the manifest; their files are paths under ``out``."""
    targets: Sequence[ReportRecipe]
    """The one to train first; never empty."""
    repeats: Mapping[str, int]
    """By folder of pictures."""
    trigger: str = ""
    fitted: str = ""
    """The target that these pictures are resized and cropped for, or empty."""
    source_names: Mapping[str, str] | None = None
    """File or folder name of each source, by id."""

    @property
    def folders(self) -> list[str]:
        """The folders that hold pictures, one for each kind."""
        return sorted({Path(picture.file).parent.as_posix() for picture in self.pictures})

    def source_name(self, picture: ExportedPicture) -> str:
        """Name a picture's source, harmlessly."""
        return plain((self.source_names or {}).get(picture.source, ""))


Sidecar = Callable[[Path, ManifestItem, str, Style], tuple[Path, str]]
"""From a picture's path, its item, the name of its source and the caption style: the path of the
file beside it, and its text."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to lay out a dataset. Pictures lie in a folder for each kind, in all of them."""

    name: str
    help: str
    """In a few words, for the command line."""
    write_extras: Callable[[Dataset], list[Path]]
    """Write what the trainer reads beside the pictures; give the files."""
    sidecar: Sidecar | None
    """The caption file beside a picture; None where captions are kept elsewhere."""
    trainer: str = ""
    """Whose buckets are meant where nobody has chosen; empty for a target's usual trainer."""
    repeats: bool = False
    """Whether its trainer repeats pictures by kind."""
