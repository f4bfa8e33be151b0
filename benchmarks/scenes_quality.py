"""Score cuts, fades, dissolves and camera against hand-checked footage.

Usage: python benchmarks/scenes_quality.py FOLDER

FOLDER holds folders with a film and a ``truth.json`` beside it: ``video``, ``cuts`` (first frames
of new shots), ``gradual`` (``[first, last]`` frames of fades, dissolves and wipes) and ``shots``
with ``start``, ``end``, ``camera`` and perhaps ``moves`` (``start``, ``end``, ``dx``, ``dy`` of the
content in source pixels). ``made_scenes.py`` makes such folders.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.analysis.shots import AnalysedShot, analyse_shots
from engine.footage.sources import open_source
from engine.values import Transition

LONG_SIDE = 640


@dataclass(frozen=True)
class Count:
    """Found and wanted, found only, wanted only."""

    right: int
    extra: int
    missed: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(1, 2 * self.right + self.extra + self.missed)

    def __add__(self, other: Count) -> Count:
        return Count(self.right + other.right, self.extra + other.extra, self.missed + other.missed)


def score_cuts(found: Sequence[int], wanted: Sequence[int]) -> Count:
    """Pair cuts one frame apart or less."""
    left = list(found)
    for cut in wanted:
        near = [f for f in left if abs(f - cut) <= 1]
        if near:
            left.remove(near[0])
    right = len(found) - len(left)
    return Count(right, len(left), len(wanted) - right)


def score_gradual(found: Sequence[tuple[int, int]], wanted: Sequence[tuple[int, int]]) -> Count:
    """Count ranges that overlap, first and last frame included."""
    hit = [any(a <= d and c <= b for c, d in wanted) for a, b in found]
    met = sum(any(a <= d and c <= b for c, d in found) for a, b in wanted)
    return Count(met, len(found) - sum(hit), len(wanted) - met)


def score_cameras(shots: Sequence[AnalysedShot], truth: dict[str, Any]) -> list[str]:
    """Tell, for each shot of the truth, what the shot that covers most of it was named."""
    lines = []
    for wanted in truth["shots"]:
        start, stop = wanted["start"], wanted["end"] + 1
        best = max(shots, key=lambda s: min(s.shot.stop, stop) - max(s.shot.start, start))
        name = best.motion.camera.value
        lines.append(
            f"{'ok   ' if name == wanted['camera'] else 'WRONG'} {start}-{stop} "
            f"{wanted['camera']} found {name}"
        )
        lines += [_score_move(best, move) for move in wanted.get("moves", ())]
    return lines


def _score_move(shot: AnalysedShot, move: dict[str, Any]) -> str:
    """Compare a way with the truth's: within 2 % or 4 pixels it is right."""
    first = min(max(move["start"] - shot.shot.start, 0), len(shot.shot) - 1)
    last = min(max(move["end"] - shot.shot.start, 0), len(shot.shot) - 1)
    dx, dy, _ = -(shot.motion.path[last] - shot.motion.path[first])
    off = max(abs(dx - move["dx"]), abs(dy - move["dy"]))
    near = off <= max(4.0, 0.02 * max(abs(move["dx"]), abs(move["dy"])))
    first, last = (shot.shot.start + frame for frame in shot.motion.moving)
    return (
        f"      {'near' if near else 'FAR '} {move['start']}-{move['end']} content moves "
        f"{dx:.0f},{dy:.0f}, truth {move['dx']:.0f},{move['dy']:.0f}; the camera moves "
        f"{first}-{last}"
    )


def main(folder: Path) -> None:
    """Print a line for each film and the sums."""
    cuts, gradual, (named, shown, near, moves) = Count(0, 0, 0), Count(0, 0, 0), (0,) * 4
    for path in sorted(folder.glob("*/truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        began, used = time.perf_counter(), time.process_time()
        with open_source(path.parent / truth["video"]) as footage:
            scale = footage.reduced_scale(LONG_SIDE)
            shots = list(analyse_shots(footage.reduced(LONG_SIDE), scale=scale, size=footage.size))
        began, used = time.perf_counter() - began, time.process_time() - used
        found = [s.shot.start for s in shots if s.shot.entry is Transition.CUT]
        mixes = [(g.start, g.stop - 1) for s in shots for g in s.gradual]
        one = score_cuts(found, truth["cuts"])
        two = score_gradual(mixes, [(a, b) for a, b in truth["gradual"]])
        lines = score_cameras(shots, truth)
        cuts, gradual = cuts + one, gradual + two
        named += sum(line.startswith("ok") for line in lines)
        near += sum("near " in line for line in lines)
        moves += sum(len(shot.get("moves", ())) for shot in truth["shots"])
        shown += len(truth["shots"])
        frames = shots[-1].shot.stop
        print(
            f"{path.parent.name}: {frames} frames, {began:.1f} s, "
            f"{used / frames * 1000:.1f} ms a frame of CPU with decoding"
        )
        print(f"  cuts {one}, gradual {two}")
        odd = [f"found {f}" for f in found if not score_cuts([f], truth["cuts"]).right]
        odd += [f"missed {c}" for c in truth["cuts"] if not score_cuts(found, [c]).right]
        odd += [f"found {m}" for m in mixes if not score_gradual([m], truth["gradual"]).right]
        odd += [f"missed {g}" for g in truth["gradual"] if not score_gradual(mixes, [g]).right]
        print(*(f"  {line}" for line in odd), sep="\n", end="\n" if odd else "")
        print("\n".join("  " + line for line in lines))
    print(
        f"cuts F1 {cuts.f1:.3f}  gradual F1 {gradual.f1:.3f}  cameras {named} of {shown}  "
        f"ways {near} of {moves}"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: scenes_quality.py FOLDER")
    main(Path(sys.argv[1]))
