"""Draw the sample film, its true pictures and its truth.

Run as ``python -m sample_data.make_sample [--out DIR] [--still DIR]``. The same seed draws the
same frames; the file's bytes may differ between versions of the encoder.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from sample_data import face, landscape, lighthouse, still_life, street
from sample_data.figure import Style
from sample_data.film import (
    FPS,
    HEIGHT,
    WIDTH,
    Grain,
    Take,
    Walker,
    crowd,
    ease,
    encode,
    view,
)
from sample_data.paint import Floats, Pixels, ink

DISSOLVE = 20
FLASH = 26
BARS = 138
PAN_TRAVEL, TILT_TRAVEL = landscape.WIDTH - WIDTH, lighthouse.HEIGHT - HEIGHT


@dataclass(frozen=True)
class Paintings:
    """Everything that is painted once."""

    valley: Pixels
    lighthouse: Pixels
    street: Pixels
    table: Pixels
    faces: dict[float, Pixels]


def paint(seed: int) -> Paintings:
    """Paint the sets."""
    shop = street.paint_street(seed)
    print("painted the street")
    faces = {t: face.paint_face(t, shop) for t in (0.0, 0.3, 0.6, 0.85, 1.0)}
    print("painted the face")
    table = still_life.paint_table(seed)
    print("painted the table")
    tower = lighthouse.paint_lighthouse(seed)
    print("painted the lighthouse")
    valley = landscape.paint_valley(seed)
    print("painted the valley")
    return Paintings(valley, tower, shop, table, faces)


WANDERER = Style(
    330,
    ink("54302a"),
    ink("d8c49a"),
    ink("46607a"),
    cut="bob",
    hat="straw",
    skirt=0.22,
    scarf=True,
    accent=ink("c53a38"),
    bag="shoulder",
    pattern="",
    skirt_pattern="dots",
)


def pan(valley: Pixels) -> Take:
    """Pan right along the valley while someone walks the same way, slower."""
    walker = Walker(WANDERER, 962, ((0, 980), (132, 2250)), light=-1)
    path = [(round(PAN_TRAVEL * ease(n, 5, 126), 3), 0.0) for n in range(132)]
    take = Take("valley", 132, lambda n: valley, "pan_right", path)

    def draw(n: int) -> Pixels:
        return crowd(take, view(valley, *path[n]), n, [walker], path[n])

    take.draw = draw
    take.more["figure_path"] = [[round(walker.at(n)[0], 2), walker.ground] for n in range(132)]
    take.more["true_picture"] = "panorama.webp"
    return take


def tilt(tower: Pixels) -> Take:
    """Tilt up the lighthouse and rest on its lamp."""
    path = [(0.0, round(TILT_TRAVEL * (1 - ease(n, 6, 72)), 3)) for n in range(80 + DISSOLVE)]
    take = Take("lighthouse", len(path), lambda n: view(tower, *path[n]), "tilt_up", path)
    take.more["true_picture"] = "tilt.webp"
    return take


def passers() -> list[Walker]:
    """Tell who passes the shop, how fast, and who stops to look."""
    cast = street.CAST
    return [
        Walker(cast[4], 934, ((0, 1130), (168, 90)), stride=0.7),
        Walker(cast[5], 946, ((0, 2060), (46, 1400), (126, 1400), (168, 2060))),
        Walker(cast[2], 960, ((0, 330), (168, 1990))),
        Walker(cast[0], 976, ((8, -140), (168, 1930))),
        Walker(cast[1], 990, ((14, 2100), (168, -160))),
        Walker(cast[3], 1004, ((40, 2080), (150, -160))),
    ]


def shop(painting: Pixels) -> Take:
    """Watch the shop at dusk; someone is always in the way."""
    walkers = passers()

    def tint(x: float) -> Floats:
        near = np.exp(-(((x - 980) / 620) ** 2)) + 0.6 * np.exp(-(((x - 1690) / 220) ** 2))
        cold, warm = np.array([0.80, 0.66, 0.66]), np.array([0.80, 0.88, 0.98])
        return np.asarray(cold + (warm - cold) * min(float(near), 1.0), np.float32)

    take = Take("shop", 148 + DISSOLVE, lambda n: painting)

    def draw(n: int) -> Pixels:
        return crowd(take, painting.copy(), n, walkers, tint=tint)

    take.draw = draw
    take.more["true_picture"] = "plate.webp"
    return take


def close_up(faces: dict[float, Pixels]) -> Take:
    """Hold her calm, then laughing."""
    steps = [0.0] * 32 + [0.3] * 2 + [0.6] * 2 + [0.85] * 2 + [1.0] * 34
    take = Take("face", len(steps), lambda n: faces[steps[n]])
    take.more["expressions"] = {"calm": [0, 32], "laughing": [38, 72]}
    return take


def table(painting: Pixels) -> Take:
    """Look at the table between two black bars, with one white frame."""

    def draw(n: int) -> Pixels:
        frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        inside = painting if n != FLASH else 255 - (255 - painting) // 12
        frame[BARS : HEIGHT - BARS] = inside
        return frame

    return Take("table", 56, draw, picture=(0, BARS, WIDTH, HEIGHT - 2 * BARS))


def starts(takes: list[Take]) -> list[int]:
    """Give each take's first frame in the film; the third dissolves in over the second."""
    first, result = 0, []
    for index, take in enumerate(takes):
        first -= DISSOLVE if index == 2 else 0
        result.append(first)
        first += take.length
    return result


def film(takes: list[Take], seed: int) -> Iterator[Pixels]:
    """Join the takes: hard cuts, but for one dissolve."""
    grain = Grain(1.2, seed)
    for index, take in enumerate(takes):
        for n in range(DISSOLVE if index == 2 else 0, take.length):
            frame = take.draw(n)
            left = take.length - n
            if index == 1 and left <= DISSOLVE:
                step = DISSOLVE - left
                t = (step + 1) / (DISSOLVE + 1)
                mixed = cv2.addWeighted(frame, 1 - t, takes[2].draw(step), t, 0)
                frame = np.asarray(mixed, np.uint8)
            yield grain.on(frame)
        print(f"drew {take.name}")


def truth(takes: list[Take], total: int) -> dict[str, object]:
    """Write down what is true of the film."""
    first = starts(takes)
    dissolve = [first[2], first[2] + DISSOLVE - 1]
    shots = []
    for index, (take, start) in enumerate(zip(takes, first, strict=True)):
        clean = [start, start + take.length]
        if index == 1:
            clean[1] = dissolve[0]
        if index == 2:
            clean[0] = dissolve[1] + 1
        path = take.path or [(0.0, 0.0)] * take.length
        more = dict(take.more)
        if "expressions" in more:
            spans: dict[str, list[int]] = more["expressions"]  # type: ignore[assignment]
            more["expressions"] = {k: [a + start, b + start] for k, (a, b) in spans.items()}
        shots.append(
            {
                "name": take.name,
                "frames": [start, start + take.length],
                "clean": clean,
                "camera": take.camera,
                "travel_px": [
                    round(path[-1][0] - path[0][0], 3),
                    round(path[-1][1] - path[0][1], 3),
                ],
                "picture": list(take.picture),
                **more,
                **({"camera_path": path} if take.path else {}),
                **({"people": take.people, "people_share": take.share} if take.people else {}),
            }
        )
    return {
        "film": "film.mp4",
        "frames": total,
        "fps": FPS,
        "size": [WIDTH, HEIGHT],
        "cuts": [first[1], first[3], first[4]],
        "dissolve": dissolve,
        "flashes": [first[4] + FLASH],
        "bars": {"frames": [first[4], total], "top": BARS, "bottom": BARS},
        "shots": shots,
    }


def save_picture(path: Path, picture: Pixels, quality: int = 92) -> None:
    """Write a true picture as WebP, near enough to lossless to measure against."""
    Image.fromarray(picture[..., ::-1]).save(path, quality=quality, method=6)


def main() -> None:
    """Draw everything and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--still", type=Path, help="also write the paintings here, as PNG")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--crf", type=int, default=23)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    art = paint(options.seed)
    if options.still:
        options.still.mkdir(parents=True, exist_ok=True)
        for name in ("valley", "lighthouse", "street", "table"):
            cv2.imwrite(str(options.still / f"{name}.png"), getattr(art, name))
        for step, picture in art.faces.items():
            cv2.imwrite(str(options.still / f"face-{step}.png"), picture)
    save_picture(options.out / "panorama.webp", art.valley)
    save_picture(options.out / "tilt.webp", art.lighthouse)
    save_picture(options.out / "plate.webp", art.street)
    takes = [
        pan(art.valley),
        tilt(art.lighthouse),
        shop(art.street),
        close_up(art.faces),
        table(art.table),
    ]
    total = encode(options.out / "film.mp4", film(takes, options.seed), options.crf)
    text = json.dumps(truth(takes, total), separators=(",", ":"))
    # One line for each fact: a person reads it, and a change shows up in a diff.
    text = text.replace(',"', ',\n"').replace('{"name"', '\n{"name"')
    (options.out / "truth.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
