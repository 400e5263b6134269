"""Synthetic speech with exact phone times, where a synthesiser is installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pytest

from maya_a2f.core.lip_contacts import SpokenPhone
from maya_a2f.errors import EngineError
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.espeak import espeak

needs_flite = pytest.mark.skipif(shutil.which("flite") is None, reason="the synthesiser flite is not installed")
needs_pocketsphinx = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx (extra 'transcript') is not installed"
)


def _has_espeak() -> bool:
    try:
        espeak()
    except EngineError:
        return False
    return True


needs_espeak = pytest.mark.skipif(not _has_espeak(), reason="the library of eSpeak NG is not installed")


@dataclass(frozen=True)
class Speech:
    """Samples at 16 kHz and what they say."""

    samples: npt.NDArray[np.float32]
    text: str
    phones: tuple[SpokenPhone, ...]

    def seconds(self, *symbols: str) -> list[float]:
        """Middles of the phones of these names."""
        return [(p.start_seconds + p.end_seconds) / 2 for p in self.phones if p.symbol in symbols]


@cache
def flite(text: str, voice: str = "rms") -> Speech:
    """``text`` spoken by flite, which prints the end of every phone."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path), "-psdur"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        samples = load_audio(path, rate_hz=16000).samples
    phones, start = [], 0.0
    for item in printed.split():
        symbol, colon, end = item.rpartition(":")
        if colon:
            phones.append(SpokenPhone(start, float(end), symbol.upper()))
            start = float(end)
    return Speech(samples, text, tuple(phones))
