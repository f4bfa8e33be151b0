"""Make short films whose cuts, fades, dissolves and cameras are known.

    python benchmarks/made_scenes.py OUT [--only NAME…] [--list]

Each film is a folder with the film and a ``truth.json``, as ``scenes_quality.py`` reads them. The
art is drawn by code (``scene_art.py``); a camera before cards films it (``scene_stage.py``);
``scene_films.py`` says what is in which film.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.scene_films import made_films
from benchmarks.scene_stage import draw_film, lay_out, write_film


def main() -> None:
    """Write the films that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the films and their shots")
    asked = parser.parse_args()
    for number, film in enumerate(made_films()):
        if asked.only and film.name not in asked.only:
            continue
        slots, truth = lay_out(film)
        if asked.list:
            print(
                film.name, len(slots), *(f"{s.camera} ({s.note})" for s in film.shots), sep="\n  "
            )
            continue
        folder = asked.out / film.name
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{film.name}.{'avi' if film.codec == 'mpeg4' else 'mp4'}"
        write_film(film, folder / name, draw_film(film, slots, 1000 + number))
        said = {"video": name, "fps": 24, "frames": len(slots), "size": film.size} | truth
        (folder / "truth.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
        print(folder)


if __name__ == "__main__":
    main()
