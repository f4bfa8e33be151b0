"""What was found out about a shot, kept for whoever asks again: a layer, companions, a tweak."""

from __future__ import annotations

from collections import OrderedDict

from engine.events import Work
from engine.footage.reader import FrameReader
from engine.products.frame_stack import FrameStack
from engine.products.plate_study import PlateStudy, reread, study_plate
from engine.recipe import PlateRecipe
from engine.values import Rendered

_PLATES_KEPT = 3


class PlateCache:
    """The newest study of one scene's frames, and the plates made of it.

    For one scene through one kind of reader, in one thread. A change of what the user may say
    (keep, ignore, flip, leave out) is read from the study; a change of the frames or of how they
    are lined up begins a new one.
    """

    def __init__(self) -> None:
        self._study: PlateStudy | None = None
        self._gathered: FrameStack | None = None
        self._plates: OrderedDict[PlateRecipe, Rendered] = OrderedDict()

    def take(self, gathered: FrameStack) -> None:
        """Study these frames when the next study is asked for: just those were read for it."""
        self._gathered = gathered

    def study(self, reader: FrameReader, recipe: PlateRecipe) -> Work[PlateStudy]:
        """Give the study of a recipe.

        Raises
        ------
        RenderError
            If too few frames are left to tell anything from them.
        """
        if self._study is None or not self._study.serves(recipe):
            self._study, self._plates = None, OrderedDict()
            gathered, self._gathered = self._gathered, None
            self._study = yield from study_plate(reader, recipe, gathered)
        return reread(self._study, recipe)

    def plate(self, recipe: PlateRecipe) -> Rendered | None:
        """Give the plate of a recipe if it was made lately; nobody may write to it."""
        return self._plates.get(recipe)

    def keep(self, recipe: PlateRecipe, rendered: Rendered) -> None:
        """Keep a plate for the next who asks."""
        self._plates[recipe] = rendered
        while len(self._plates) > _PLATES_KEPT:
            self._plates.popitem(last=False)
