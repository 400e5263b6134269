"""Damaged recordings: a clean error or a finite, complete clip; no hang, no flood of memory, nothing half-written."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import A2FError
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.audio_copy import maya_audio
from maya_a2f.worker.resampling import resampled_length
from tests.worker.audio_files import damage, encode_with_pyav, encode_with_soundfile, make_tone

FILES = 240
SECONDS_EACH = 10
MEMORY_BYTES = 2 << 30


def make_seeds() -> dict[str, bytes]:
    noise = 0.05 * np.random.default_rng(1).standard_normal((44100, 2))
    sound = (make_tone(300.0, 44100, 1.0, channels=2) + noise).astype(np.float32)
    seeds = {
        f"{container} {coding}": encode_with_soundfile(sound, 44100, container, coding)
        for container, coding in (
            ("WAV", "PCM_16"),
            ("WAVEX", "PCM_24"),
            ("WAV", "FLOAT"),
            ("FLAC", "PCM_16"),
            ("OGG", "VORBIS"),
            ("MP3", "MPEG_LAYER_III"),
            ("AIFF", "PCM_16"),
        )
    }
    seeds["M4A aac"] = encode_with_pyav(sound, 44100, "ipod", "aac")
    seeds["M4A fragments"] = encode_with_pyav(sound, 44100, "ipod", "aac", {"movflags": "empty_moov+frag_keyframe"})
    seeds["MOV pcm"] = encode_with_pyav(sound, 44100, "mov", "pcm_s16le")
    return seeds


def judge(path: Path, folder: Path) -> str:
    """ "ok" or the error's code; anything else raises."""
    try:
        audio = load_audio(path)
        assert audio.samples.size > 0
        assert np.isfinite(audio.samples).all()
        assert audio.samples.size == resampled_length(audio.source_samples, audio.source_rate_hz, audio.rate_hz)
        assert maya_audio(path, folder).sample_count > 0
    except A2FError as error:
        return error.code if str(path) in error.message and error.hint else f"badly worded: {error}"
    return "ok"


def judge_many(folder: Path) -> Counter[str]:
    random_ = random.Random(20)
    seeds = make_seeds()
    counts: Counter[str] = Counter()
    copies = folder / "copies"
    copies.mkdir()
    for number in range(FILES):
        name = sorted(seeds)[number % len(seeds)]
        path = folder / f"{number}.bin"
        path.write_bytes(damage(seeds[name], random_))
        signal.alarm(SECONDS_EACH)  # ends the process: a native decoder cannot be interrupted otherwise
        counts[judge(path, copies)] += 1
        signal.alarm(0)
    assert all(not file.name.startswith(".") for file in copies.iterdir())
    return counts


@pytest.mark.skipif(sys.platform == "win32", reason="alarms and memory figures as used here are POSIX's")
def test_damaged_recordings_end_in_a_clean_error_or_a_complete_clip(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import main; main({str(tmp_path)!r})"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"after {time.monotonic() - started:.0f} s: {done.stderr[-2000:]}"
    assert done.stderr == ""  # no chatter of native decoders
    report = json.loads(done.stdout)
    assert report["peak_bytes"] < MEMORY_BYTES
    counts = report["counts"]
    assert not [code for code in counts if code.startswith("badly")]
    assert sum(counts.values()) == FILES
    assert counts["ok"] > FILES // 4
    assert FILES - counts["ok"] > FILES // 10


def main(folder: str) -> None:
    """What runs in the process of its own."""
    counts = judge_many(Path(folder))
    scale = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    print(json.dumps({"counts": counts, "peak_bytes": peak}))
