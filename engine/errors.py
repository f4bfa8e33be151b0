"""Everything that can go wrong and that the user can put right."""

from __future__ import annotations


class EngineError(Exception):
    """Base of every error that the engine raises on purpose: one clear line, no traceback."""

    exit_code = 2
    """What the command exits with: 2 for unusable input, 1 when some of the work failed."""


class SourceError(EngineError):
    """A film or picture is missing, damaged, of an unknown kind, or has changed."""


class RecipeError(EngineError):
    """A setting is unknown, of the wrong type or out of range."""


class ProjectError(EngineError):
    """The project folder or its catalogue is missing, locked, newer, or not ours."""


class ManifestError(EngineError):
    """A manifest cannot be read: names the file, the key and the nearest known key."""


class ExportError(EngineError):
    """Some of the export could not be written."""

    exit_code = 1


class RenderError(EngineError):
    """No honest picture can be made from this recipe; says why."""

    exit_code = 1
