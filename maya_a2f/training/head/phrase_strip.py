"""A phrase frame by frame, as a picture: ``python -m maya_a2f.training.head.phrase_strip [CLIP] [--from S] [--to S]``.

Animates a recording (the demo one when none is given) with the default model and draws every frame of a stretch of it,
mouth close up, with its time and, where the words are known, the phone. Writes ``phrase_strip.jpg``.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from maya_a2f import settings
from maya_a2f.core.head import load_head
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.core.take import Take
from maya_a2f.core.transcript import Transcript
from maya_a2f.host.scene_file.head_rig import blend_shape_node, head_rig, joint_node
from maya_a2f.preview.arrays import Picture
from maya_a2f.preview.camera import frame_head
from maya_a2f.preview.head_mesh import load_head_mesh
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.renderer import open_renderer
from maya_a2f.preview.surface import build_surface
from maya_a2f.training.head.build import DEFAULT_FOLDER
from maya_a2f.training.head.sheet import aimed, contact_sheet
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.transcript.alignment import align

DEMO = DEFAULT_FOLDER.parent / "demo" / "demo.wav"
DEMO_WORDS = (
    "Good morning! Maybe we could bake five warm blueberry muffins before Bob and Fiona come over. "
    "Oh wow, they smell wonderful. Would you help me move the big bowl?"
)
CELL, COLUMNS = (260, 200), 8


@dataclass(frozen=True)
class Phrase:
    """What to draw."""

    clip: Path
    words: str
    """What is said in the whole clip; empty where it is not known."""
    start_seconds: float
    end_seconds: float


def strip_pictures(phrase: Phrase) -> dict[str, Picture]:
    """One labelled picture per frame at 30 frames a second; the words only label, the network hears sound alone."""
    with tempfile.TemporaryDirectory() as cache:
        take = _solve(phrase.clip, Path(cache))
    labels = _phones(phrase)
    head, rig_map = load_head_mesh(DEFAULT_FOLDER), read_rig_map(DEFAULT_FOLDER / "rig_map.json")
    tracks = retargeted(take, rig_map, head_rig(load_head(DEFAULT_FOLDER))).tracks
    poser = HeadPoser(
        head, joint_suffix=joint_node(""), shapes_suffix=blend_shape_node(""), local_translations=True
    )  # fmt: skip
    first, last = (round(seconds * take.rate) for seconds in (phrase.start_seconds, phrase.end_seconds))
    frames = range(max(0, first), min(take.frame_count, last + 1))
    posed = poser.frames(poser.motion({track.attribute: track.samples for track in tracks}), frames.start, frames.stop)
    camera = aimed(frame_head(head, CELL[0] / CELL[1]), (0.0, -4.6, 6.0), 16.0, 13.0)
    pictures: dict[str, Picture] = {}
    with open_renderer(build_surface(head), CELL, "auto") as drawer:
        for index, frame in enumerate(frames):
            seconds = float(take.seconds(frame))
            label = next((text for start, end, text in labels if start <= seconds < end), "")
            pictures[f"{seconds:.2f} s   {label}"] = drawer.render(posed.points[index], posed.normals[index], camera)
    return pictures


def _solve(clip: Path, cache: Path) -> Take:
    request = SolveRequest(
        clip, 0.0, None, settings.DEFAULT_MODEL, Fraction(30), {}, {}, 0.2, settings.model_folders(), cache
    )
    return Pipeline().solve(request, lambda stage, done, total: None, lambda: False)


def _phones(phrase: Phrase) -> list[tuple[float, float, str]]:
    if not phrase.words:
        return []
    audio = load_audio(phrase.clip)
    found = align(audio.samples, audio.rate_hz, Transcript(phrase.words, "en"), lambda: False)
    return [(phone.start_seconds, phone.end_seconds, phone.symbol) for phone in found.phones] if found.fits else []


def main(arguments: list[str] | None = None) -> int:
    """Draw the strip and say where it lies."""
    parser = argparse.ArgumentParser(description="A phrase frame by frame.")
    parser.add_argument("clip", type=Path, nargs="?", default=DEMO)
    parser.add_argument("--words", default="", help="what is said in the clip, to label the frames (English)")
    parser.add_argument("--from", type=float, default=2.03, dest="start", metavar="SECONDS")
    parser.add_argument("--to", type=float, default=3.60, dest="end", metavar="SECONDS")
    parser.add_argument("--out", type=Path, default=Path("docs/images/phrase_strip.jpg"))
    options = parser.parse_args(arguments)
    words = options.words or (DEMO_WORDS if options.clip == DEMO else "")
    sheet = contact_sheet(strip_pictures(Phrase(options.clip, words, options.start, options.end)), COLUMNS)
    sheet.save(options.out, quality=86, optimize=True)
    print(f"{options.out} {options.out.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
