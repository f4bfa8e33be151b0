"""Small pictures for the report's page."""

from __future__ import annotations

import cv2
import numpy as np

from engine.buckets.thumbnails import LONGEST
from engine.values import Image

_QUALITY = 78


def thumbnail_of(image: Image) -> bytes:
    """Reduce a ``(H, W, 3)`` BGR uint8 picture to a JPEG; the same picture, the same bytes."""
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if done else b""
