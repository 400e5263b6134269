"""A long recording: the worker's memory while it is solved, and whether its end is what the end alone gives.

    python -m benchmarks.long_recording [MINUTES] [RECORDING] [--model NAME]

The recording (default: the demo) is repeated with pauses of changing length until it lasts so long. The whole and its
last minute are solved by one worker process each, saccades and blinks off, and once more with brows and head on as they
are by default. The worker's memory is read from the system twice a second (Linux): ``anonymous`` is what it holds
itself, ``mapped`` are pages of files on disk, which the system takes back when it needs them.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from maya_a2f import api, run, settings
from maya_a2f.core.clip import Clip
from maya_a2f.core.layers import Layer, LayerSettings
from maya_a2f.core.take import Take
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.messages import Progress
from maya_a2f.worker.audio import load_audio

RATE_HZ = 16000
OFF = LayerSettings(blinks=Layer(0.0), saccades=Layer(0.0), brows=Layer(0.0), head=Layer(0.0))
LIVELY = LayerSettings(blinks=Layer(0.0), saccades=Layer(0.0))
DEMO = Path(settings.__file__).parent / "presets" / "demo" / "demo.wav"


class Memory:
    """Watches a process from a thread."""

    def __init__(self, worker: WorkerClient) -> None:
        self._worker = worker
        self.rows: list[tuple[float, str, float, float]] = []
        """(seconds, stage, anonymous MB, mapped MB)"""
        self.stage = ""
        self.done = 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def heard(self, progress: Progress) -> None:
        """Remember what the worker is doing."""
        self.stage, self.done = progress.stage, progress.done / progress.total if progress.total else 0.0

    def _watch(self) -> None:
        begun = time.monotonic()
        while not self._is_over.wait(0.5):
            pid = self._worker.process_id
            if pid is None:
                continue
            try:
                text = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if line.endswith("kB")}
            self.rows.append(
                (time.monotonic() - begun, self.stage, kilobytes["RssAnon"] / 1024, kilobytes["RssFile"] / 1024)
            )


def long_recording(path: Path, seconds: float) -> np.ndarray:
    """(N,) 16 kHz: the recording again and again, each time louder or softer, with pauses."""
    voice, draw = load_audio(path).samples, np.random.default_rng(0)
    pieces, left = [], round(seconds * RATE_HZ)
    while left > 0:
        piece = (voice * np.float32(draw.uniform(0.5, 1.1))).astype(np.float32)
        pause = (draw.standard_normal(int(draw.uniform(0.3, 3.0) * RATE_HZ)) * 1e-4).astype(np.float32)
        pieces += [piece, pause]
        left -= len(piece) + len(pause)
    return np.concatenate(pieces)[: round(seconds * RATE_HZ)]


def solved(clip: Clip, chosen: settings.SolveSettings) -> tuple[Take, Memory, float]:
    """The take, the worker's memory, and the seconds it took."""
    begun = time.monotonic()
    with api.open_worker() as worker, Memory(worker) as memory:
        take = api.drive(run.solve(clip, chosen), worker, on_progress=memory.heard)
    return take, memory, time.monotonic() - begun


def largest_difference(whole: Take, alone: Take, skip_seconds: float) -> tuple[float, str]:
    """Over the frames of ``alone`` from ``skip_seconds`` on, tails left out."""
    skip, frames = round(skip_seconds * whole.rate), alone.clip_frame_count
    start = whole.clip_frame_count - frames
    worst = (0.0, "")
    for name in alone.tracks:
        a = np.asarray(whole.tracks[name][start + skip : start + frames])
        b = np.asarray(alone.tracks[name][skip:frames])
        worst = max(worst, (float(np.abs(a - b).max()), name))
    return worst


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", nargs="?", type=float, default=10.0)
    parser.add_argument("recording", nargs="?", type=Path, default=DEMO)
    parser.add_argument("--model", default=settings.DEFAULT_MODEL)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        samples = long_recording(options.recording, options.minutes * 60)
        path, end = Path(folder) / "long.wav", Path(folder) / "end.wav"
        soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
        soundfile.write(end, samples[-60 * RATE_HZ :], RATE_HZ, subtype="FLOAT")
        del samples
        chosen = settings.SolveSettings(model=options.model, layers=OFF)
        whole, memory, seconds = solved(Clip(str(path)), chosen)
        alone, _, _ = solved(Clip(str(end)), chosen)
        print(f"{options.minutes:g} minutes, {whole.frame_count} frames, {len(whole.tracks)} channels: {seconds:.1f} s")
        print_memory(memory)
        difference, name = largest_difference(whole, alone, 1.0)
        print(f"last minute against the same alone, its first second apart: {difference:.2e} ({name})")
        lively = replace(chosen, layers=LIVELY)
        whole, memory, seconds = solved(Clip(str(path)), lively)
        alone, _, _ = solved(Clip(str(end)), lively)
        print(f"again from the cached network output, brows and head on: {seconds:.1f} s")
        print_memory(memory)
        difference, name = largest_difference(whole, alone, 1.0)
        print(f"last minute, brows and head on, its first second apart: {difference:.2e} ({name})")


def print_memory(memory: Memory) -> None:
    """What each stage of the work held, at its start, in its middle and at its end."""
    print("| stage | seconds | anonymous MB: first, after a tenth, half way, last | most | mapped MB, most |")
    print("| --- | --- | --- | --- | --- |")
    for stage in dict.fromkeys(row[1] for row in memory.rows):
        rows = [row for row in memory.rows if row[1] == stage]
        own = [row[2] for row in rows]
        shown = ", ".join(f"{own[place]:.0f}" for place in (0, len(own) // 10, len(own) // 2, -1))
        lasted = rows[-1][0] - rows[0][0]
        print(
            f"| {stage or 'starting'} | {lasted:.1f} | {shown} | {max(own):.0f} | {max(row[3] for row in rows):.0f} |"
        )


if __name__ == "__main__":
    main()
