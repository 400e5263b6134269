"""Fit by shape on a face nobody here made: ``python -m benchmarks.fit_by_shape FACE.npz --speech FOLDER …``.

``FACE.npz`` is ICT-FaceKit's (see :mod:`benchmarks.fit_faces`). Three rigs are made of it: its shapes with hidden names
(shuffled, a third removed, a tenth of the size, another up axis, mirrored winding; several seeds), nine visemes and a
jaw, and joints alone. They are driven by the default model's takes of the recordings (``*.wav``) in the speech folders.
Per region: the error against the best bounded least-squares approximation of the by-name motion with the remaining
shapes, as a share of that motion's RMS, over all vertices that a mouth or jaw shape moves by more than 1 mm. Then what
becomes of closed and open lips, with ``--judge lipmetrics.py`` also by that judge, and speed.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import re
import tempfile
import time
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from benchmarks.fit_faces import LANDMARKS, Face, hidden_rig, joint_rig, read_face, viseme_rig
from benchmarks.solving import solved
from maya_a2f import settings
from maya_a2f.core.head import Head, load_head
from maya_a2f.core.lip_seal import lip_openings, sealed, sealed_unasked
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_description import Control, ControlSample, RigDescription
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.take import Take
from maya_a2f.quality.lips import measure_lips
from maya_a2f.worker.fitting.face_rig import FaceRig
from maya_a2f.worker.fitting.fitted_retarget import FittedRetarget
from maya_a2f.worker.fitting.fitting import fit
from maya_a2f.worker.fitting.source_face import SourceFace, source_face
from maya_a2f.worker.pipeline import Pipeline

Doubles = NDArray[np.float64]
Tracks = Mapping[str, Doubles]

UPPER, LOWER, CORNERS = (5711, 5533, 6216), (5966, 5517, 6470), (5708, 6213)
"""Inner lips and corners of ICT-FaceKit."""
CLOSED_CM = 0.06
_MOVED_CM = 0.1
_STILL_CM = 1e-5
_EVERY = 7
"""The best approximation is made of every so many-th frame."""
_REGIONS = {"mouth": ("mouth",), "jaw": ("jaw",), "eyes": ("eye",), "brows": ("brow",), "cheeks": ("cheek", "nose")}
_RATE = 30.0


@dataclass(frozen=True, eq=False)
class Spoken:
    """One recording's take."""

    name: str
    tracks: Tracks
    frames: int
    gap: Doubles
    """(F,) of our lips, centimetres above rest."""


def takes_of(folders: list[Path], head: Head) -> list[Spoken]:
    """The default model's takes at 30 frames a second."""
    pipeline = Pipeline()
    found = []
    with tempfile.TemporaryDirectory() as cache:
        for sound in sorted(path for folder in folders for path in folder.glob("*.wav")):
            if re.search(r"_\d+bit_", sound.stem):
                continue  # copies of another in other formats
            take = solved(pipeline, sound, Path(cache))
            tracks = {name: np.asarray(samples) for name, samples in take.tracks.items()}
            gap = measure_lips(head, tracks, take.frame_count).gap_cm
            found.append(Spoken(sound.stem, tracks, take.frame_count, gap))
    return found


def by_name(face: Face, spoken: Spoken) -> Doubles:
    """(shapes, F) weights of the face's own shapes for a take, matched by name."""
    known = {_ict_name(name): samples for name, samples in spoken.tracks.items()}
    rows = []
    for name in face.deltas:
        whole = name.removesuffix("_L").removesuffix("_R")
        rows.append(known.get(name, known.get(whole, np.zeros(spoken.frames))))
    return np.clip(np.stack(rows), 0.0, 1.0)


def _ict_name(name: str) -> str:
    if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        return name
    return re.sub("Right$", "_R", re.sub("Left$", "_L", name))


def named(face: Face, head: Head, takes: list[Spoken]) -> Iterator[str]:
    """The lips of acceptance 2 by name: the map as matched, sealed by the middle of the lips, and sealed unasked."""
    drives = {}
    controls = []
    for name, deltas in face.deltas.items():
        channel = next((ours for ours in takes[0].tracks if _ict_name(ours) in (name, name[:-2])), None)
        if channel is not None:
            drives[name] = Drive({channel: 1.0})
        moved = np.flatnonzero(np.abs(deltas).max(axis=1) > _STILL_CM)
        sample = ControlSample(1.0, array("i", moved.tolist()), array("f", deltas[moved].ravel().tolist()))
        controls.append(Control(name, "weight", 0.0, 0.0, 1.0, False, (sample,)))
    points, corners = (array(code, rows.ravel().tolist()) for code, rows in (("f", face.points), ("i", face.triangles)))
    described = RigDescription("face", points, array("i", [3] * len(face.triangles)), corners, tuple(controls))
    plain = RigMap("face", drives)
    rig = Rig("face", tuple(RigAttribute(name, "weight", 0.0, 0.0, 1.0) for name in face.deltas))
    ours = np.concatenate([spoken.gap for spoken in takes])
    wanted = lip_openings(head)
    started = time.perf_counter()
    unasked, note = sealed_unasked(plain, wanted, described)
    yield f"lips found in {time.perf_counter() - started:.2f} s: {note}"
    maps = {"as matched": plain, "sealed": sealed(plain, wanted, described, LANDMARKS), "sealed unasked": unasked}
    for words, rig_map in maps.items():
        gaps = []
        for spoken in takes:
            take = Take(Fraction(30), {name: samples.tolist() for name, samples in spoken.tracks.items()})
            tracks = {track.attribute: np.array(track.samples) for track in retargeted(take, rig_map, rig).tracks}
            gaps.append(_gap(face, tracks, spoken.frames))
        yield f"by name, {words}: " + contact_words(ours, np.concatenate(gaps))


def hidden(face: Face, source: SourceFace, takes: list[Spoken], seeds: list[int]) -> Iterator[str]:
    """Acceptance 1, and the lips of 2."""
    names = list(face.deltas)
    way = np.stack([np.linalg.norm(face.deltas[name], axis=1) for name in names])
    counted = way[[name.startswith(("mouth", "jaw")) for name in names]].max(axis=0) > _MOVED_CM
    regions = _regions(names, way, counted)
    grams = {region: _gram(face, names, vertices) for region, vertices in {"all": counted, **regions}.items()}
    everything = []
    for seed in seeds:
        rig, real = hidden_rig(face, seed)
        started = time.process_time()
        made, _ = fit(source, rig, {})
        seconds = time.process_time() - started
        kept = [names.index(real[control.attribute]) for control in made.controls]
        solver = FittedRetarget(made)
        sums = {region: np.zeros(2) for region in grams}
        best_left = 0.0
        gaps, named_gaps = [], []
        for spoken in takes:
            values = solver.solve(spoken.tracks, spoken.frames).values
            ours = np.stack([values[control.attribute] for control in made.controls])
            named = by_name(face, spoken)
            gaps.append(_gap(face, dict(zip((names[at] for at in kept), ours, strict=True)), spoken.frames))
            named_gaps.append(_gap(face, dict(zip(names, named, strict=True)), spoken.frames))
            ours, named = ours[:, ::_EVERY], named[:, ::_EVERY]
            best = _best(grams["all"], kept, named)
            left = -named.copy()
            left[kept] += best
            best_left += _energy(grams["all"], left)
            apart = np.zeros_like(named)
            apart[kept] = ours - best
            for region, gram in grams.items():
                sums[region] += _energy(gram, apart), _energy(gram, named)
        shares = {region: float(np.sqrt(error / motion)) for region, (error, motion) in sums.items()}
        everything.append(shares["all"])
        removed = sorted(set(names) - {names[at] for at in kept})
        yield (
            f"hidden names, seed {seed}: error {shares['all']:.1%} of the by-name motion's RMS (no motion 100%, what "
            f"the removed shapes cost anyway {np.sqrt(best_left / sums['all'][1]):.1%}); by region "
            + ", ".join(f"{region} {share:.1%}" for region, share in shares.items() if region != "all")
            + f"; fit {seconds:.1f} s of CPU; removed of mouth and jaw: "
            + ", ".join(name for name in removed if name.startswith(("mouth", "jaw")))
        )
        ours_gap = np.concatenate([spoken.gap for spoken in takes])
        yield "  by fit:  " + contact_words(ours_gap, np.concatenate(gaps))
        yield "  by name: " + contact_words(ours_gap, np.concatenate(named_gaps))
    yield f"hidden names, {len(seeds)} seed(s): mean {np.mean(everything):.1%}, largest {np.max(everything):.1%}"


def other_rigs(face: Face, source: SourceFace, takes: list[Spoken]) -> Iterator[str]:
    """Acceptance 3, and the fitted part of 8."""
    for rig in (viseme_rig(face), joint_rig(face)):
        made, _ = fit(source, rig, {})
        solver = FittedRetarget(made)
        gaps, seconds, frames = [], 0.0, 0
        for spoken in takes:
            started = time.process_time()
            values = solver.solve(spoken.tracks, spoken.frames).values
            seconds += time.process_time() - started
            frames += spoken.frames
            moved = moved_points(rig, values, [*UPPER, *LOWER], spoken.frames)
            gaps.append(moved[:, :3, 1].mean(axis=1) - moved[:, 3:, 1].mean(axis=1))
        ours = np.concatenate([spoken.gap for spoken in takes])
        yield (
            f"{rig.name}, {len(made.controls)} controls, {len(made.pieces)} pieces: "
            f"{contact_words(ours, np.concatenate(gaps))}; {frames / _RATE / seconds:.0f} x real time; "
            f"{'good' if made.quality.is_good else ' '.join(made.quality.problems)}"
        )


def speed(face: Face, source: SourceFace, takes: list[Spoken]) -> Iterator[str]:
    """Acceptance 8: a rig of as many controls as the face has shapes."""
    whole, _ = hidden_rig(face, 0, removed=0.0)
    made, _ = fit(source, whole, {})
    solver = FittedRetarget(made)
    for spoken in takes:
        started = time.perf_counter()
        solver.solve(spoken.tracks, spoken.frames)
        seconds = time.perf_counter() - started
        clip = spoken.frames / _RATE
        yield (
            f"fitted solve of {len(made.controls)} controls, {spoken.name} ({clip:.1f} s): "
            f"{clip / seconds:.0f} x real time"
        )


def judged(
    face: Face, source: SourceFace, takes: list[Spoken], judge_path: Path, speech: Path, data: Path
) -> Iterator[str]:
    """The independent judge on the take by name and by fit (hidden names, seed 0), where phones are known."""
    judge = _module(judge_path)
    shown = judge.Face(str(data))
    rig, real = hidden_rig(face, 0)
    made, _ = fit(source, rig, {})
    solver = FittedRetarget(made)
    with tempfile.TemporaryDirectory() as folder:
        for spoken in takes:
            phones = [path for path in (speech / f"{spoken.name}.TextGrid", speech / f"{spoken.name}_phones.TextGrid")
                      if path.is_file()]  # fmt: skip
            if not phones:
                continue
            values = solver.solve(spoken.tracks, spoken.frames).values
            fitted = {real[name]: samples for name, samples in values.items()}
            for words, columns in (("by name", dict(spoken.tracks)), ("by fit", fitted)):
                path = Path(folder) / "weights.csv"
                _write_csv(path, columns, spoken.frames)
                found = judge.judge(shown, str(path), textgrid=str(phones[0]), fps=_RATE)
                yield (
                    f"lipmetrics {spoken.name} {words}: closed {found['bilabial_closure']:.3f} of "
                    f"{found['n_bilabial']}, open vowels closed {found['false_closure']:.3f} of {found['n_open']}, "
                    f"over-closed {found['over_closed_consonants']:.3f}, open vowels {found['open_vowel_gap']:.2f}"
                )


def contact_words(ours: Doubles, theirs: Doubles) -> str:
    """Of frames closed on our head, how many are closed on theirs; of the others, how many are closed there too."""
    closed = ours <= CLOSED_CM
    return (
        f"{closed.sum()} closed frames, {np.mean(theirs[closed] <= CLOSED_CM):.2%} closed on theirs, of the "
        f"{(~closed).sum()} open ones {np.mean(theirs[~closed] <= CLOSED_CM):.2%} closed there; opening "
        f"{float(ours @ theirs / (ours @ ours)):.2f} of ours, r {np.corrcoef(ours, theirs)[0, 1]:.3f}"
    )


def moved_points(rig: FaceRig, values: Tracks, vertices: list[int], frames: int) -> Doubles:
    """(F, v, 3) offsets of some vertices: every control's samples, linear between them."""
    total = np.zeros((frames, len(vertices), 3))
    for control in rig.controls:
        if control.attribute not in values:
            continue
        samples = [sample for sample in control.samples if abs(sample.value - control.rest) > 1e-9]
        points = [(control.rest, np.zeros((len(vertices), 3)))]
        points += [(sample.value, rig.dense(sample)[vertices]) for sample in samples]
        points.sort(key=lambda point: point[0])
        at = np.array([value for value, _ in points])
        fields = np.stack([field for _, field in points])
        value = values[control.attribute]
        piece = np.clip(np.searchsorted(at, value) - 1, 0, len(at) - 2)
        share = ((value - at[piece]) / (at[piece + 1] - at[piece]))[:, None, None]
        total += (1.0 - share) * fields[piece] + share * fields[piece + 1]
    return total


def _gap(face: Face, weights: Tracks, frames: int) -> Doubles:
    gap = np.zeros(frames)
    for name, samples in weights.items():
        delta = face.deltas[name][:, 1]
        gap += samples * (delta[list(UPPER)].mean() - delta[list(LOWER)].mean())
    return gap


def _regions(names: list[str], way: Doubles, counted: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    strength = np.stack(
        [way[[name.startswith(prefixes) for name in names]].max(axis=0) for prefixes in _REGIONS.values()]
    )
    strength[1] *= 0.15  # a jaw carries the lips along
    most = strength.argmax(axis=0)
    return {region: mask for at, region in enumerate(_REGIONS) if (mask := counted & (most == at)).any()}


def _gram(face: Face, names: list[str], vertices: NDArray[np.bool_]) -> Doubles:
    moved = np.stack([face.deltas[name][vertices].ravel() for name in names])
    return np.asarray(moved @ moved.T)


def _energy(gram: Doubles, weights: Doubles) -> float:
    return float(np.einsum("kf,kf->", weights, gram @ weights))


def _best(gram: Doubles, kept: list[int], named: Doubles) -> Doubles:
    """(kept, F) the best bounded least squares with the remaining shapes."""
    own = gram[np.ix_(kept, kept)]
    lower = np.linalg.cholesky(own + 1e-10 * np.trace(own) * np.eye(len(own)))
    right = np.linalg.solve(lower, gram[kept] @ named)
    return np.stack([lsq_linear(lower.T, row, bounds=(0, 1), method="bvls").x for row in right.T], axis=1)


def _write_csv(path: Path, columns: Tracks, frames: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["timeCode", *columns])
        writer.writerows([at / _RATE, *(float(samples[at]) for samples in columns.values())] for at in range(frames))


def _module(path: Path) -> Any:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ValueError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Fit by shape on a face nobody here made.")
    parser.add_argument("face", type=Path)
    parser.add_argument("--speech", type=Path, nargs="+", required=True, help="folders with recordings")
    parser.add_argument("--judge", type=Path, help="lipmetrics.py")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    options = parser.parse_args()
    head = load_head(settings.checkout_folder() / "maya_a2f" / "presets" / "default_head")
    source, face = source_face(head), read_face(options.face)
    takes = takes_of(options.speech, head)
    for line in named(face, head, takes):
        print(line, flush=True)
    for line in hidden(face, source, takes, list(range(options.seeds))):
        print(line, flush=True)
    for line in other_rigs(face, source, takes):
        print(line, flush=True)
    for line in speed(face, source, takes):
        print(line, flush=True)
    if options.judge is not None:
        for line in judged(face, source, takes, options.judge, options.speech[0], options.face):
            print(line, flush=True)


if __name__ == "__main__":
    main()
