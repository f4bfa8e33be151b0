"""Overlapping photos or scans of one place, taken by hand: laid on one plane and cut together.

Photos of something flat, or taken from one spot, differ by a homography (Hartley and Zisserman
2004, 8.4 and 13.1). Features are matched between photos (Lowe 2004), pairs that really overlap
are told by how many matches one homography explains (Brown and Lowe 2007), and all photos are
then fitted to what the others make of the points they share, until they agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RenderError
from engine.events import Advanced, Work
from engine.footage.reader import FrameReader
from engine.products.exposure import with_gain
from engine.products.handheld import MOST_PHOTOS
from engine.products.pairs import Pair
from engine.products.registration import solve
from engine.products.views import Floats, crop_of
from engine.recipe import PanoramaRecipe, frames_of
from engine.values import AnyArray, Box, Image, Luma, Mask, Size

MATCH_SIDE = 1200
"""Longest side of the photos in which features are matched, pixels."""
FEATURES = 3000
FAINTEST = 0.01
"""Contrast of features that are still looked at: skies have no others."""
DISTINCT = 0.8
"""A match must be so much nearer than the second best."""
NEAR = 3.0
"""Pixels from where a homography puts it, within which a match speaks for it."""
ENOUGH = (12, 0.3)
"""Matches that must speak for a pair: so many, and this share of all of the pair."""
NEIGHBOURS = 6
"""Of many photos, those taken this shortly after each other are matched."""
FEW = 14
"""Photos of which every pair is tried."""
ROUNDS = 40
"""In which each photo is fitted to the others."""
LARGEST = 4.0
"""So many times as large a photo may be drawn, in any part, for the plane to be no flat lie."""
MOST_PIXELS = 60_000_000
"""Of the canvas."""
CUT_SIDE = 900
"""Longest side of the canvas on which the cuts between photos are looked for."""
LOOSE = 3.0
"""Pixels between points that should be one, from which on photos fit together badly."""
UNLIKE = 25.0
"""Grey levels between photos of one place, from which on they show different things."""
SOFT = 5.0
"""Sigma of the rim over which two photos are blended, canvas pixels."""


@dataclass(frozen=True, slots=True)
class _Match:
    first: int
    second: int
    one: AnyArray
    """``(M, 2)`` places in the first photo, matched pixels."""
    other: AnyArray
    turn: Floats
    """From the first to the second."""


@dataclass(frozen=True, slots=True)
class LinedUp:
    """Photos on one plane."""

    size: Size
    """Of the canvas."""
    turns: dict[int, Floats]
    """From each photo's pixels to the canvas, ``(3, 3)``, by place in the list."""
    gains: dict[int, Floats]
    """``(3,)``: what to multiply its blue, green and red by."""
    ratios: dict[int, float]
    """Pixels of each photo for each of those that were matched."""
    error: float
    """Median distance of matched points on the canvas, pixels."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Photos drawn on one canvas."""

    image: Image
    views: NDArray[np.uint8]
    """How many photos show each pixel."""
    corners: tuple[tuple[int, float, float], ...]
    """Frame, left and top of each photo on the canvas."""
    error: float
    """Pixels by which matched points lie apart."""
    contrast: float
    """Mean difference of photos where two show the same, grey levels."""
    asked: int
    """Photos that were to be laid together."""

    @property
    def score(self) -> float:
        """How many photos are in it, and how well they fit together, 0 to 1."""
        fit = 1 / (1 + (self.error / LOOSE) ** 2)
        alike = 1 / (1 + (self.contrast / UNLIKE) ** 2)
        return fit * alike * len(self.corners) / self.asked

    def warnings(self) -> Iterator[str]:
        """Say in words what a person should look at."""
        if len(self.corners) < self.asked:
            yield f"only {len(self.corners)} of {self.asked} photos show the same place as others"
        if self.error > LOOSE:
            yield f"photos fit together only to {self.error:.1f} px: near and far lie apart"
        if self.contrast > UNLIKE:
            yield "photos show different things in the same places: look for cuts"


def lay_photos(reader: FrameReader, recipe: PanoramaRecipe) -> Work[Laid]:
    """Lay photos on one plane and cut between them, far from their edges.

    Raises
    ------
    RenderError
        If fewer than two show the same place, or they turn too far apart for one plane.
    """
    frames = reader.available(frames_of(recipe))
    if not 2 <= len(frames) <= MOST_PHOTOS:
        raise RenderError(f"from 2 to {MOST_PHOTOS} photos can be laid together, not {len(frames)}")
    sizes, small = [], []
    for done, (_, image) in enumerate(reader.read(frames), start=1):
        part = image[_crop(recipe, image, reader).slices]
        sizes.append((part.shape[1], part.shape[0]))
        small.append(_reduced(part, MATCH_SIDE / max(part.shape)))
        yield Advanced("reading photos", done, len(frames))
    matches = yield from _matched(small)
    lined_up = line_up(small, sizes, matches)
    return (yield from _drawn(reader, recipe, frames, small, lined_up))


def _crop(recipe: PanoramaRecipe, image: Image, reader: FrameReader) -> Box:
    """Photos differ in size; of each all is used but its edge."""
    return crop_of(Box(0, 0, image.shape[1], image.shape[0]), round(recipe.trim * reader.scale), 1)


def _reduced(image: Image, scale: float) -> Image:
    if scale >= 1:
        return image.copy()
    return np.asarray(
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def hang_together(pictures: Sequence[Image]) -> bool:
    """Whether pictures are photos of which each shows a part of what one before it shows.

    Parameters
    ----------
    pictures : sequence of (H, W, 3) uint8 arrays
        Reduced.
    """
    if not 2 <= len(pictures) <= MOST_PHOTOS:
        return False
    told = [_told(picture, FEATURES // 3) for picture in pictures]
    return all(
        any(_match(j, i, told[j], told[i]) is not None for j in reversed(range(i)))
        for i in range(1, len(told))
    )


def _told(image: Image, count: int) -> tuple[AnyArray, AnyArray]:
    """Find features: ``(M, 2)`` where they are, and how they look."""
    finder = cv2.SIFT.create(count, contrastThreshold=FAINTEST)
    points, words = finder.detectAndCompute(_even(image), None)
    return np.array([point.pt for point in points], np.float32), words


def _matched(small: Sequence[Image]) -> Work[list[_Match]]:
    told = [_told(image, FEATURES) for image in small]
    count = len(small)
    reach = count if count <= FEW else NEIGHBOURS
    pairs = [(i, j) for i in range(count) for j in range(i + 1, min(count, i + reach + 1))]
    found = []
    for done, (i, j) in enumerate(pairs, start=1):
        match = _match(i, j, told[i], told[j])
        if match is not None:
            found.append(match)
        yield Advanced("matching photos", done, len(pairs), "pairs")
    return found


def _even(image: Image) -> Luma:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.createCLAHE(2.0, (8, 8)).apply(grey), np.uint8)


def _match(
    i: int, j: int, one: tuple[AnyArray, AnyArray], other: tuple[AnyArray, AnyArray]
) -> _Match | None:
    if min(len(one[0]), len(other[0])) < ENOUGH[0]:
        return None
    both = cv2.BFMatcher().knnMatch(one[1], other[1], 2)
    near = [m for m, *rest in both if rest and m.distance < DISTINCT * rest[0].distance]
    if len(near) < ENOUGH[0]:
        return None
    here = one[0][[m.queryIdx for m in near]]
    there = other[0][[m.trainIdx for m in near]]
    turn, agree = cv2.findHomography(here, there, cv2.RANSAC, NEAR)
    if turn is None or agree.sum() < max(ENOUGH[0], ENOUGH[1] * len(near)):
        return None
    good = agree.ravel() > 0
    return _Match(i, j, here[good], there[good], np.asarray(turn, np.float64))


def line_up(small: Sequence[Image], sizes: Sequence[Size], matches: Sequence[_Match]) -> LinedUp:
    """Find where each photo lies on the plane of the one in their midst.

    Raises
    ------
    RenderError
        If fewer than two overlap, or one plane cannot hold them.
    """
    placed = _first_places(len(small), matches)
    if len(placed) < 2:
        raise RenderError("no two of the photos show the same place: there is nothing to stitch")
    inner = [m for m in matches if m.first in placed and m.second in placed]
    placed, error = _settled(placed, inner)
    # From full pixels of a photo to the canvas, at the full size of the one in the midst.
    ratios = {k: sizes[k][0] / small[k].shape[1] for k in placed}
    full = max(ratios.values())
    turns = {k: _scale(full) @ turn @ _scale(1 / ratios[k]) for k, turn in placed.items()}
    corners = np.concatenate([_corners(turn, sizes[k]) for k, turn in turns.items()])
    low, high = corners.min(axis=0), corners.max(axis=0)
    width, height = (int(np.ceil(v)) for v in high - low)
    if width * height > MOST_PIXELS:
        raise RenderError(f"the panorama would be {width}×{height}: choose fewer photos")
    move = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1.0]])
    turns = {k: move @ turn for k, turn in turns.items()}
    return LinedUp((width, height), turns, _gains(small, inner, list(placed)), ratios, error * full)


def _scale(by: float) -> Floats:
    """Grow a plane of pixels, their centres kept."""
    return np.array([[by, 0, by / 2 - 0.5], [0, by, by / 2 - 0.5], [0, 0, 1.0]])


def _first_places(count: int, matches: Sequence[_Match]) -> dict[int, Floats]:
    """Put the photos together along their surest pairs, from the one most others hold on to."""
    strength = np.zeros((count, count))
    turns = {}
    for m in matches:
        strength[m.first, m.second] = strength[m.second, m.first] = len(m.one)
        turns[m.first, m.second] = np.linalg.inv(m.turn)
        turns[m.second, m.first] = m.turn
    best: dict[int, Floats] = {}
    best_cost = np.inf
    for start in np.argsort(-strength.sum(axis=1), kind="stable")[:count]:
        placed = {int(start): np.eye(3)}
        depth = {int(start): 0}
        while True:
            inside = list(placed)
            out = strength[inside].copy()
            out[:, inside] = 0
            if out.max(initial=0) == 0:
                break
            row, new = np.unravel_index(int(out.argmax()), out.shape)
            old = inside[int(row)]
            turn = placed[old] @ turns[old, int(new)]
            placed[int(new)], depth[int(new)] = turn / turn[2, 2], depth[old] + 1
        cost = sum(depth.values()) - 1000 * len(placed)
        if cost < best_cost:
            best, best_cost = placed, cost
    return best


def _settled(
    placed: dict[int, Floats], matches: Sequence[_Match]
) -> tuple[dict[int, Floats], float]:
    """Fit each photo to where the others put the points that it shares, round and round."""
    places = dict(placed)
    held = next(iter(places))
    for _ in range(ROUNDS):
        for k in places:
            if k == held:
                continue
            own, goal = [], []
            for m in matches:
                if m.first == k:
                    own.append(m.one)
                    goal.append(_mapped(m.other, places[m.second]))
                elif m.second == k:
                    own.append(m.other)
                    goal.append(_mapped(m.one, places[m.first]))
            turn, _ = cv2.findHomography(np.concatenate(own), np.concatenate(goal), 0)
            if turn is not None:
                places[k] = np.asarray(turn, np.float64)
    gaps = [
        np.linalg.norm(_mapped(m.one, places[m.first]) - _mapped(m.other, places[m.second]), axis=1)
        for m in matches
    ]
    return places, float(np.median(np.concatenate(gaps)))


def _mapped(points: AnyArray, turn: Floats) -> AnyArray:
    whole = np.asarray(points, np.float64).reshape(-1, 1, 2)
    return np.asarray(cv2.perspectiveTransform(whole, turn))[:, 0]


def _corners(turn: Floats, size: Size) -> Floats:
    """Give where the corners of a photo lie on the plane.

    Raises
    ------
    RenderError
        If the plane ends before them, or draws a part of it far too large.
    """
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    depth = corners @ turn[2, :2] + turn[2, 2]
    spread = np.abs(np.linalg.det(turn)) / np.maximum(depth, 1e-9) ** 3
    if depth.min() <= 0 or spread.max() > LARGEST**2:
        raise RenderError("the photos turn too far apart for one flat picture: choose fewer")
    return np.asarray(_mapped(corners, turn), np.float64)


def _gains(
    small: Sequence[Image], matches: Sequence[_Match], placed: Sequence[int]
) -> dict[int, Floats]:
    """Find what brings all photos to one light, from the points that they share."""
    row = {k: i for i, k in enumerate(placed)}
    soft = {k: cv2.GaussianBlur(small[k], (0, 0), 4).astype(np.float32) for k in placed}
    pairs, ratios = [], []
    for m in matches:
        one, other = _at(soft[m.first], m.one), _at(soft[m.second], m.other)
        usable = (np.minimum(one, other) > 12).all(axis=1) & (np.maximum(one, other) < 245).all(1)
        if usable.sum() < ENOUGH[0] / 2:
            continue
        ratios.append(np.median(np.log(other[usable] / one[usable]), axis=0))
        pairs.append(Pair(row[m.first], row[m.second], (0, 0), 0, float(usable.sum()), 0, 0))
    if not pairs:
        return {k: np.ones(3) for k in placed}
    light, _ = solve(len(placed), pairs, np.array(ratios), 0.05)
    light = light - np.median(light, axis=0)
    return {k: np.exp(-light[i]) for k, i in row.items()}


def _at(image: AnyArray, points: AnyArray) -> AnyArray:
    x, y = np.rint(points).astype(int).T
    return np.asarray(image[np.minimum(y, len(image) - 1), np.minimum(x, image.shape[1] - 1)])


def _drawn(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    frames: Sequence[int],
    small: Sequence[Image],
    lined_up: LinedUp,
) -> Work[Laid]:
    """Draw each photo where it is more in its midst than any other; one is in memory at a time."""
    width, height = lined_up.size
    step = max(1.0, max(width, height) / CUT_SIDE)
    labels, contrast = _labels(small, lined_up, step)
    image = np.zeros((height, width, 3), np.uint8)
    total = np.zeros((height, width), np.float32)
    views = np.zeros((height, width), np.uint8)
    corners = []
    wanted = {frames[k]: k for k in lined_up.turns}
    for done, (frame, whole) in enumerate(reader.read(sorted(wanted)), start=1):
        k = wanted[frame]
        part = whole[_crop(recipe, whole, reader).slices]
        box = _box_of(lined_up.turns[k], (part.shape[1], part.shape[0]), lined_up.size)
        drawn, seen = _warped(part, lined_up.turns[k], box)
        drawn = with_gain(drawn, lined_up.gains[k])
        views[box.slices] += seen
        share = _share(labels == k, step, box) * seen
        # A running mean of what was drawn so far: the weights of all photos add up to one.
        total[box.slices] += share
        weight = (share / np.maximum(total[box.slices], 1e-3))[..., None]
        first = (views[box.slices] == 1) & seen
        mixed = image[box.slices] + (drawn - image[box.slices].astype(np.float32)) * weight
        image[box.slices] = np.where(first[..., None], drawn, np.rint(mixed).astype(np.uint8))
        corners.append((frame, float(box.x), float(box.y)))
        yield Advanced("laying photos", done, len(wanted))
    return Laid(image, views, tuple(corners), lined_up.error, contrast, len(frames))


def _box_of(turn: Floats, size: Size, canvas: Size) -> Box:
    corners = _corners(turn, size)
    x, y = (max(0, int(v)) for v in np.floor(corners.min(axis=0)))
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return Box(x, y, min(canvas[0], int(right)) - x, min(canvas[1], int(bottom)) - y)


def _warped(part: Image, turn: Floats, box: Box, edge: float = 1.0) -> tuple[Image, Mask]:
    """Draw a photo in its box on the canvas, and say where it is whole."""
    move = np.array([[1, 0, -box.x], [0, 1, -box.y], [0, 0, 1.0]]) @ turn
    drawn = cv2.warpPerspective(
        part, move, box.size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(drawn, np.uint8), _inside(move, (part.shape[1], part.shape[0]), box, edge)


def _inside(move: Floats, size: Size, box: Box, edge: float) -> Mask:
    whole = np.zeros((size[1], size[0]), np.uint8)
    rim = round(edge)
    whole[rim : size[1] - rim, rim : size[0] - rim] = 255
    return np.asarray(cv2.warpPerspective(whole, move, box.size, flags=cv2.INTER_NEAREST) > 0)


def _labels(
    small: Sequence[Image], lined_up: LinedUp, step: float
) -> tuple[NDArray[np.int16], float]:
    """Say which photo each part of the reduced canvas is taken from, and how alike they are."""
    width, height = (max(1, int(side / step)) for side in lined_up.size)
    canvas = Box(0, 0, width, height)
    labels = np.full((canvas.height, canvas.width), -1, np.int16)
    deepest = np.zeros(labels.shape, np.float32)
    mean = np.zeros((*labels.shape, 3), np.float32)
    gaps = []
    for k, turn in lined_up.turns.items():
        image = small[k]
        move = _scale(1 / step) @ turn @ _scale(lined_up.ratios[k])
        drawn = cv2.warpPerspective(image, move, canvas.size, flags=cv2.INTER_LINEAR)
        lit = with_gain(np.asarray(drawn, np.uint8), lined_up.gains[k]).astype(np.float32)
        seen = _inside(move, (image.shape[1], image.shape[0]), canvas, 2)
        both = seen & (labels >= 0)
        if both.any():
            gaps.append(float(np.abs(lit - mean)[both].mean()))
        depth = cv2.distanceTransform(seen.view(np.uint8), cv2.DIST_L2, 5)
        mine = seen & (depth > deepest)
        labels[mine], deepest[mine] = k, depth[mine]
        mean[mine] = lit[mine]
    return labels, float(np.mean(gaps)) if gaps else 0.0


def _share(own: Mask, step: float, box: Box) -> AnyArray:
    """Say how far each pixel of a box on the canvas is to show a photo, 0 to 1."""
    left, top = (box.x + 0.5) / step - 0.5, (box.y + 0.5) / step - 0.5
    move = np.array([[1 / step, 0, left], [0, 1 / step, top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    edge = cv2.BORDER_REPLICATE
    share = cv2.warpAffine(own.astype(np.float32), move, box.size, flags=flags, borderMode=edge)
    return np.asarray(cv2.GaussianBlur(share, (0, 0), SOFT), np.float32)
