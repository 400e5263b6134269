"""The synthesisers' front-ends: a prompt in, 16 kHz samples and phones with times out.

Flite prints the end of every phone (``-psdur``), Festival saves its segment relation, eSpeak NG reports phoneme events
through its C interface (:mod:`maya_a2f.worker.espeak`).
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from maya_a2f.errors import EngineError
from maya_a2f.worker.espeak import espeak, espeak_phones

SAMPLE_RATE_HZ = 16000

FOREIGN_FESTIVAL_VOICES = frozenset(
    ("upc_ca_ona_hts", "czech_dita", "czech_krb", "czech_machac", "czech_ph", "hy_fi_mv_diphone", "suo_fi_lj_diphone",
     "lp_diphone", "pc_diphone", "msu_ru_nsh_clunits")
)  # fmt: skip
"""Their phones, each in a set of its own, are given as IPA."""
_FOREIGN_IPA = {
    "#": "pau", "_": "pau", "pau": "pau", "ax": "ə", "ay": "ə", "E": "ɛ", "O": "ɔ", "J": "n", "L": "l", "N": "ŋ",
    "ng": "ŋ", "rr": "r", "r~": "ʒ", "S": "ʃ", "Z": "ʒ", "sh": "ʃ", "zh": "ʒ", "s~": "ʃ", "z~": "ʒ", "c~": "ʃ",
    "tS": "ʃ", "dZ": "ʒ", "ch": "x", "c": "s", "ts": "s", "dz": "z", "B": "β", "D": "ð", "G": "ɡ", "g": "ɡ", "y": "ɨ",
}  # fmt: skip


IPA_ENGINES = frozenset({"espeak", "kokoro", "hibari", "piper"})
"""Engines whose phones are IPA."""


@dataclass(frozen=True)
class Phone:
    """One phone of an utterance."""

    start_seconds: float
    end_seconds: float
    symbol: str
    """ARPABET in lower case (Flite, Festival) or IPA (:data:`IPA_ENGINES`); ``pau`` is silence."""


@dataclass(frozen=True)
class Prompt:
    """What one voice is to say, and how."""

    engine: str
    """``flite``, ``festival``, ``espeak``, or a neural one: ``kokoro``, ``hibari``, ``piper``."""
    voice: str
    """The engine's own voice name; for eSpeak NG with its variant, ``en-us+f3``; for Kokoro a mixture of styles."""
    text: str
    stretch: float
    """Factor on every duration, 1 is the engine's own rate."""
    pitch: float
    """Mean fundamental frequency in Hz (Flite, Festival) or 0…99 (eSpeak NG); the neural voices have their own."""
    speed: float
    """Playback rate after synthesis: shifts formants, pitch and tempo together (another head size)."""


@dataclass(frozen=True)
class Utterance:
    """Speech with its phones."""

    samples: NDArray[np.int16]
    """Mono, 16 kHz."""
    phones: tuple[Phone, ...]


def speak(prompts: list[Prompt]) -> list[Utterance | None]:
    """Utterances for ``prompts`` of one engine, in order; None where the engine produced nothing usable.

    Raises EngineError (``corpus.engine-missing``) where the engine is not installed.
    """
    engine = prompts[0].engine
    if engine == "festival":
        spoken = _speak_festival(prompts)
    elif engine == "flite":
        spoken = [_speak_flite(prompt) for prompt in prompts]
    elif engine == "espeak":
        spoken = [_speak_espeak(prompt) for prompt in prompts]
    else:
        from maya_a2f.training.corpus.neural_voices import speak_neural

        spoken = speak_neural(prompts)
    if prompts[0].voice in FOREIGN_FESTIVAL_VOICES:
        spoken = [None if utterance is None else _in_ipa(utterance) for utterance in spoken]
    return [
        None if utterance is None else _played_faster(utterance, prompt.speed)
        for utterance, prompt in zip(spoken, prompts, strict=True)
    ]


def _in_ipa(utterance: Utterance) -> Utterance:
    """Stress digits, length colons, palatal stars and doubled letters fall away; what is left is nearly IPA."""
    phones = []
    for phone in utterance.phones:
        bare = phone.symbol.rstrip("0123456789:*")
        if len(bare) == 2 and bare[0] == bare[1] and bare != "rr":
            bare = bare[0]
        phones.append(replace(phone, symbol=_FOREIGN_IPA.get(bare, bare)))
    return replace(utterance, phones=tuple(phones))


def _played_faster(utterance: Utterance, speed: float) -> Utterance:
    up, down = 20, round(20 * speed)
    if up == down:
        return utterance
    samples = resample_poly(utterance.samples.astype(np.float64), up, down)
    phones = tuple(Phone(p.start_seconds * up / down, p.end_seconds * up / down, p.symbol) for p in utterance.phones)
    return Utterance(np.clip(samples, -32767, 32767).astype(np.int16), phones)


def _require(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise EngineError(
            f"The synthesiser “{program}” is not installed.",
            code="corpus.engine-missing",
            hint="Install the packages listed in docs/training.md, or leave the engine out of the configuration.",
        )
    return found


def _read_wave(data: bytes) -> NDArray[np.int16]:
    with wave.open(io.BytesIO(data)) as stream:
        rate = stream.getframerate()
        samples = np.frombuffer(stream.readframes(stream.getnframes()), "<i2")
    if rate == SAMPLE_RATE_HZ:
        return samples.copy()
    common = int(np.gcd(rate, SAMPLE_RATE_HZ))
    resampled = resample_poly(samples.astype(np.float64), SAMPLE_RATE_HZ // common, rate // common)
    return np.clip(resampled, -32767, 32767).astype(np.int16)


def _phones_from_ends(ends: list[tuple[str, float]]) -> tuple[Phone, ...]:
    phones, start = [], 0.0
    for symbol, end in ends:
        phones.append(Phone(start, end, symbol))
        start = end
    return tuple(phones)


# -- Flite ------------------------------------------------------------------------------------------------------------


def _speak_flite(prompt: Prompt) -> Utterance | None:
    program = _require("flite")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "speech.wav"
        command = [
            program, "-voice", prompt.voice, "-t", prompt.text, "-o", str(target), "-psdur",
            "--setf", f"duration_stretch={prompt.stretch:.3f}", "--setf", f"int_f0_target_mean={prompt.pitch:.1f}",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode or not target.exists():
            return None
        samples = _read_wave(target.read_bytes())
    ends = [(item.rpartition(":")[0], float(item.rpartition(":")[2])) for item in done.stdout.split() if ":" in item]
    return Utterance(samples, _phones_from_ends(ends)) if ends and len(samples) > SAMPLE_RATE_HZ // 4 else None


# -- Festival ---------------------------------------------------------------------------------------------------------

_FESTIVAL_STEP = """
(Parameter.set 'Duration_Stretch {stretch:.3f})
(if (boundp 'int_lr_params)
    (set! int_lr_params (list (list 'target_f0_mean {pitch:.0f}) (list 'target_f0_std {deviation:.0f})
                              (list 'model_f0_mean 170) (list 'model_f0_std 34))))
(set! utt (utt.synth (eval (list 'Utterance 'Text "{text}"))))
(utt.save.wave utt "{stem}.wav" 'riff)
(utt.save.segs utt "{stem}.lab")
"""


def _speak_festival(prompts: list[Prompt]) -> list[Utterance | None]:
    program = _require("festival")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "prompts.scm"
        steps = [f"(voice_{prompts[0].voice})"]
        for index, prompt in enumerate(prompts):
            text = prompt.text.replace("\\", " ").replace('"', " ")
            stem = Path(folder) / f"{index:04d}"
            steps.append(
                _FESTIVAL_STEP.format(
                    stretch=prompt.stretch, pitch=prompt.pitch, deviation=prompt.pitch * 0.12, text=text, stem=stem
                )
            )
        script.write_text("\n".join(steps), encoding="utf-8")
        subprocess.run([program, "-b", str(script)], capture_output=True, timeout=60 + 10 * len(prompts))
        return [_festival_utterance(Path(folder) / f"{index:04d}") for index in range(len(prompts))]


def _festival_utterance(stem: Path) -> Utterance | None:
    wav, labels = stem.with_suffix(".wav"), stem.with_suffix(".lab")
    if not wav.exists() or not labels.exists():
        return None
    samples = _read_wave(wav.read_bytes())
    ends = []
    for line in labels.read_text(encoding="latin-1").splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[0] != "separator":
            ends.append((parts[2], float(parts[0])))
    return Utterance(samples, _phones_from_ends(ends)) if ends and len(samples) > SAMPLE_RATE_HZ // 4 else None


# -- eSpeak NG --------------------------------------------------------------------------------------------------------


def _speak_espeak(prompt: Prompt) -> Utterance | None:
    voice = espeak()
    spoken = voice.speak(prompt.voice, prompt.text, round(min(400, max(90, 165 / prompt.stretch))), round(prompt.pitch))
    if spoken is None or len(spoken.events) < 3:
        return None
    phones = tuple(Phone(p.start_seconds, p.end_seconds, p.symbol or "pau") for p in espeak_phones(spoken))
    rate = spoken.sample_rate_hz
    common = int(np.gcd(rate, SAMPLE_RATE_HZ))
    resampled = resample_poly(spoken.samples.astype(np.float64), SAMPLE_RATE_HZ // common, rate // common)
    return Utterance(np.clip(resampled, -32767, 32767).astype(np.int16), phones)
