"""What each emotion does to one clip, as a picture and in figures: ``python -m benchmarks.emotion_sheet [OUT.png]``.

Animates the demo recording (or ``--clip`` with ``--words``) with every emotion at 0, 0.5 and 1, from the sound alone.
Prints how many of the p, b and m still close the lips, how many f and v still reach the teeth and how many open vowels
are shut, and draws every emotion at the same moments. ``.jpg`` is written as JPEG.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.solving import solved
from maya_a2f import settings
from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.head import load_head
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.core.take import Take, write_take
from maya_a2f.core.transcript import Transcript
from maya_a2f.host.scene_file.head_rig import blend_shape_node, head_rig, joint_node
from maya_a2f.preview.head_mesh import load_head_mesh
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.sheet import render_sheet
from maya_a2f.quality.judging import JudgeRequest, judge_take
from maya_a2f.worker.pipeline import Pipeline

PRESETS = Path(settings.__file__).parent / "presets"
HEAD = PRESETS / "default_head"
DEMO = PRESETS / "demo" / "demo.wav"
STRENGTHS = (0.5, 1.0)
MEASURES = ("closure_recall", "labiodentals", "false_closures")
CELL = (190, 214)


def figures(take: Take, clip: Path, words: str, folder: Path) -> dict[str, float | None]:
    """The measures of ``a2f report`` that are about lips and phones."""
    path = folder / "judged.a2ftake"
    write_take(take, path)
    report, _ = judge_take(JudgeRequest(path, clip, transcript=Transcript(words)), load_head(HEAD))
    return {measure.key: measure.value for measure in report.measures if measure.key in MEASURES}


def _shown(value: float | None) -> str:
    return f"{'-':>18}" if value is None else f"{value:18.3f}"


def poses(take: Take, frames: list[int], *, turns: bool = False) -> list[dict[str, float]]:
    """Attribute values of the default head in some frames; as a rule without its turning, so that faces compare."""
    still = {name: samples for name, samples in take.tracks.items() if turns or not name.startswith("head.")}
    rig = head_rig(load_head(HEAD))
    tracks = retargeted(Take(take.rate, still), read_rig_map(HEAD / "rig_map.json"), rig).tracks
    return [{track.attribute: track.samples[frame] for track in tracks} for frame in frames]


def poser() -> HeadPoser:
    """Poses the default head by the attributes of its rig."""
    return HeadPoser(
        load_head_mesh(HEAD), joint_suffix=joint_node(""), shapes_suffix=blend_shape_node(""), local_translations=True
    )


def drawn(cells: list[tuple[str, dict[str, float]]], out: Path, columns: int) -> None:
    """The contact sheet, as PNG or JPEG."""
    head = poser()
    png = out.with_suffix(".png")
    picture = render_sheet(head.head, cells, png, columns, CELL, poser=head)
    if out.suffix.lower() in (".jpg", ".jpeg"):
        Image.fromarray(np.asarray(picture)).save(out, quality=88, optimize=True)
        png.unlink()


def sheet(out: Path, clip: Path, words: str, seconds: float, cache: Path) -> None:
    """Print the table and draw the picture."""
    pipeline = Pipeline()
    neutral = solved(pipeline, clip, cache)
    frame = round(seconds * neutral.rate)
    base = figures(neutral, clip, words, cache)
    print(f"{'emotion':14}{'strength':>9}" + "".join(f"{name:>18}" for name in MEASURES) + f"{'from neutral':>14}")
    print(f"{'neutral':14}{0.0:9.1f}" + "".join(map(_shown, map(base.get, MEASURES))), flush=True)
    cells: list[tuple[str, dict[str, float]]] = []
    for emotion in EMOTIONS:
        cells.append((f"{emotion} 0", poses(neutral, [frame])[0]))
        for strength in STRENGTHS:
            take = solved(pipeline, clip, cache, emotion={emotion: strength})
            found = figures(take, clip, words, cache)
            change = (found["closure_recall"] or 0.0) - (base["closure_recall"] or 0.0)
            row = "".join(map(_shown, map(found.get, MEASURES)))
            print(f"{emotion:14}{strength:9.1f}{row}{change:+14.3f}", flush=True)
            cells.append((f"{emotion} {strength:g}", poses(take, [frame])[0]))
    drawn(cells, out, 6)


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", nargs="?", type=Path, default=Path("docs/images/emotions.jpg"))
    parser.add_argument("--clip", type=Path, default=DEMO)
    parser.add_argument("--words", default="", help="what is said in it")
    parser.add_argument("--at", type=float, default=2.37, metavar="SECONDS", help="the moment that is drawn")
    parser.add_argument("--cache", type=Path, default=None, help="keep the takes there")
    options = parser.parse_args()
    words = options.words or (DEMO.with_suffix(".txt")).read_text("utf-8").split("\n\n")[0]
    with tempfile.TemporaryDirectory() as folder:
        sheet(options.out, options.clip, words, options.at, options.cache or Path(folder))


if __name__ == "__main__":
    main()
