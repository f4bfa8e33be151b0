"""Pictures resized and cropped to the very pixels that a trainer would see."""

from __future__ import annotations

import cv2
import numpy as np

from engine.buckets.assign import assign
from engine.buckets.facts import is_trained
from engine.recipe import ReportRecipe
from engine.values import Image


def fit_to_bucket(image: Image, recipe: ReportRecipe) -> Image | None:
    """Resize and centre-crop a picture as the trainer would; None when it is dropped.

    Area averaging when it shrinks, Lanczos when it grows, on the values as they are stored: what
    kohya's own loader does. Averaging in linear light would be truer to the brightness of a
    lamp's glow, but it thins dark lines on bright paint, and models were trained without it.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        BGR.
    recipe : ReportRecipe
        The trainer and its settings.

    Returns
    -------
    (h, w, 3) uint8 array or None
        Of exactly the size of its bucket.
    """
    height, width = image.shape[:2]
    bucket = assign(recipe, width, height)
    if not is_trained(bucket):
        return None
    if recipe.trainer == "everydream2":  # it cuts source pixels first
        left, top = bucket.crop[0] // 2, bucket.crop[1] // 2
        image = image[top : height - (bucket.crop[1] - top), left : width - (bucket.crop[0] - left)]
    shrinks = bucket.resized[0] <= image.shape[1] and bucket.resized[1] <= image.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    resized = np.asarray(cv2.resize(image, bucket.resized, interpolation=method), np.uint8)
    # A trainer that crops at random is given the middle.
    left = (bucket.resized[0] - bucket.size[0]) // 2
    top = (bucket.resized[1] - bucket.size[1]) // 2
    return np.ascontiguousarray(resized[top : top + bucket.size[1], left : left + bucket.size[0]])
