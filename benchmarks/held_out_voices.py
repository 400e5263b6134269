"""How well the lips follow voices and sentences that were never trained on.

``python -m benchmarks.held_out_voices FOLDER [--judge lipmetrics.py --face ict_facekit.npz] [--write]`` speaks the
sentences of :mod:`benchmarks.held_out_sentences` with the voices that the corpus holds out, clean and abused, animates
each group as one recording and judges the weights against the exact phone times: by this project's own report, and,
where one is given, by an independent judge on a face of its own. ``FOLDER`` keeps WAV, TextGrid and CSV of every group.
Needs the synthesisers named in docs/training.md; ``--write`` updates the table in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import re
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.held_out_sentences import ENGLISH, OTHERS
from benchmarks.solving import solved
from benchmarks.tables import replace_table
from maya_a2f.core.head import load_head
from maya_a2f.core.take_text import take_csv
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.quality.judging import JudgeRequest, judge_take
from maya_a2f.training.augmentation import abuse
from maya_a2f.training.corpus.neural_voices import PACKAGES, mixed_voice
from maya_a2f.training.corpus.synthesis import HELD_OUT_VARIANTS, HELD_OUT_VOICES, VOICES
from maya_a2f.training.corpus.voices import IPA_ENGINES, SAMPLE_RATE_HZ, Phone, Prompt, speak
from maya_a2f.training.phones import articulations
from maya_a2f.worker.pipeline import Pipeline

SEED = 77
_DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_PAUSE_SECONDS = 0.45
_ARPABET = {
    "pause": "", "labiodental": "F", "dental": "TH", "alveolar": "T", "velar": "K", "r": "R", "s": "S", "sh": "SH",
    "j": "Y", "h": "HH", "i": "IY", "e": "EH", "ae": "AE", "a": "AA", "o": "OW", "u": "UW", "y": "Y", "er": "ER",
    "schwa": "AX", "p": "P", "b": "B", "m": "M", "n": "N", "ng": "NG", "l": "L", "w": "W",
}  # fmt: skip
"""One ARPABET symbol that stands for the class in a judge's eyes."""


@dataclass(frozen=True)
class Group:
    """Voices that are judged together."""

    name: str
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True)
class Recording:
    """A group's speech, one utterance after the other."""

    samples: NDArray[np.float32]
    phones: tuple[Phone, ...]
    """Symbols are ARPABET, one per class of :data:`maya_a2f.training.phones.PHONE_CLASSES`."""


def groups() -> list[Group]:
    """eSpeak NG's held-out variants in English and six more languages, and every held-out recorded voice."""
    draw = random.Random(SEED)
    variants = sorted(HELD_OUT_VARIANTS)

    def said(engine: str, voice: str, text: str) -> Prompt:
        pitch = draw.uniform(15, 85) if engine == "espeak" else draw.uniform(85, 130)
        name = mixed_voice(draw, held_out=True) if engine == "kokoro" else voice
        return Prompt(engine, name, text, draw.uniform(0.85, 1.3), pitch, 1.0)

    english = [
        said("espeak", f"{draw.choice(('en-us', 'en-gb'))}+{variant}", text)
        for text in ENGLISH
        for variant in draw.sample(variants, 3)
    ]
    others = [
        said("espeak", f"{language}+{variant}", text)
        for language, texts in OTHERS.items()
        for variant in draw.sample(variants, 2)
        for text in texts
    ]
    recorded = [
        Group(f"{kind} voice {voice}", tuple(said(engine_of(voice), voice, text) for text in ENGLISH * 2))
        for kind, voice in sorted(("neural" if engine_of(v) in PACKAGES else "recorded", v) for v in HELD_OUT_VOICES)
    ]
    return [Group("eSpeak NG, English", tuple(english)), Group("eSpeak NG, six languages", tuple(others)), *recorded]


def engine_of(voice: str) -> str:
    """The engine that has a held-out voice."""
    return next(plan.engine for plan in VOICES if plan.voice == voice)


def spoken(group: Group, abused: bool) -> Recording:
    """The group's recording; abused ones are damaged as in training, utterance by utterance."""
    draw = np.random.default_rng((SEED, int(abused)))
    pieces: list[NDArray[np.float32]] = []
    phones: list[Phone] = []
    at = 0.0
    for prompt, utterance in zip(group.prompts, speak(list(group.prompts)), strict=True):
        if utterance is None:
            continue
        spoken_samples = np.pad(utterance.samples, int(_PAUSE_SECONDS * SAMPLE_RATE_HZ)) / 32768
        samples: NDArray[np.float32] = spoken_samples.astype(np.float32)
        speed = 1.0
        if abused:
            damaged = abuse(samples, np.roll(samples[::-1], 5000), draw)
            samples, speed = damaged.samples, damaged.speed
        phones += _placed(utterance.phones, prompt.engine in IPA_ENGINES, at, speed)
        pieces.append(samples)
        at += len(samples) / SAMPLE_RATE_HZ
    return Recording(np.concatenate(pieces), tuple(_without_holes(phones, at)))


def _placed(phones: Sequence[Phone], in_ipa: bool, at: float, speed: float) -> Iterator[Phone]:
    for phone in phones:
        found = articulations(phone.symbol, "ipa" if in_ipa else "arpabet")
        start = at + (_PAUSE_SECONDS + phone.start_seconds) / speed
        length = (phone.end_seconds - phone.start_seconds) / speed / len(found)
        for index, articulation in enumerate(found):
            yield Phone(start + index * length, start + (index + 1) * length, _ARPABET[articulation.phone_class])


def _without_holes(phones: Sequence[Phone], end: float) -> Iterator[Phone]:
    """Every moment in exactly one span; a label that reaches into the next utterance gives way."""
    at = 0.0
    for phone in phones:
        start = max(at, phone.start_seconds)
        if phone.end_seconds <= start:
            continue
        if start > at:
            yield Phone(at, start, "")
        yield Phone(start, phone.end_seconds, phone.symbol)
        at = phone.end_seconds
    yield Phone(at, max(end, at + 0.01), "")


def write_textgrid(path: Path, phones: Sequence[Phone]) -> None:
    """A TextGrid of one tier, ``phones``, in the long text format."""
    end = phones[-1].end_seconds
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end:.5f}",
             "tiers? <exists>", "size = 1", "item []:", "    item [1]:", '        class = "IntervalTier"',
             '        name = "phones"', "        xmin = 0", f"        xmax = {end:.5f}",
             f"        intervals: size = {len(phones)}"]  # fmt: skip
    for index, phone in enumerate(phones, 1):
        lines += [f"        intervals [{index}]:", f"            xmin = {phone.start_seconds:.5f}",
                  f"            xmax = {phone.end_seconds:.5f}", f'            text = "{phone.symbol}"']  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_wave(path: Path, samples: NDArray[np.float32]) -> None:
    """16 bit, 16 kHz, mono."""
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(SAMPLE_RATE_HZ)
        stream.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


Judge = Callable[[Path, Path], dict[str, Any]]
"""(weights CSV, TextGrid) -> figures."""


def outside_judge(program: Path, face: Path) -> Judge:
    """An independent judge: a module with ``Face(path)`` and ``judge(face, csv, textgrid)``."""
    specification = importlib.util.spec_from_file_location("outside_judge", program)
    if specification is None or specification.loader is None:
        raise ValueError(f"{program} is no Python module")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    loaded = module.Face(str(face))
    return lambda weights, phones: dict(module.judge(loaded, str(weights), str(phones), fps=30))


def animate(model: str, sound: Path, cache: Path) -> str:
    """The CSV that ``a2f animate`` would write at 30 frames a second."""
    return take_csv(solved(Pipeline(), sound, cache, model=model))


def own_report(weights: Path, sound: Path, phones: Path) -> dict[str, float | int | None]:
    """Values and counts of the lip measures of ``a2f report``."""
    report, _ = judge_take(JudgeRequest(weights, sound, phones, rate=Fraction(30)), load_head(HEAD_FOLDER))
    found: dict[str, float | int | None] = {}
    for key in _OWN:
        measure = report.measure(key)
        found[key], found[f"n_{key}"] = measure.value, measure.count
    return found


def rows(folder: Path, model: str, judge: Judge | None) -> Iterator[list[str]]:
    """One row of figures per group, clean and abused."""
    for group in groups():
        for abused in (False, True):
            stem = folder / re.sub(r"\W+", "_", f"{group.name} {'abused' if abused else 'clean'}")
            sound, phones, weights = (stem.with_suffix(end) for end in (".wav", ".TextGrid", ".csv"))
            recording = spoken(group, abused)
            write_wave(sound, recording.samples)
            write_textgrid(phones, recording.phones)
            weights.write_text(animate(model, sound, folder / "cache"), encoding="utf-8")
            label = f"{group.name}, {'abused' if abused else 'clean'}"
            own = own_report(weights, sound, phones)
            yield [label, "own head", *(_words(own[key], own[f"n_{key}"]) for key in _OWN)]
            if judge is not None:
                found = judge(weights, phones)
                shares = (_words(found[key], found[count]) for key, count in _OTHERS.items())
                yield [label, "other head", *shares, f"{found['rounding_d']:.2f}"]


def _words(value: float | int | None, count: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" ({count})" if count else "")


HEADINGS = ("voices", "judged on", "closure", "closed open vowels", "labiodental", "over-closed consonants",
            "over-closed n, ng", "rounding")  # fmt: skip
_OWN = ("closure_recall", "false_closures", "labiodentals", "over_closing", "over_closing_nasals", "rounding")
_OTHERS = {
    "bilabial_closure": "n_bilabial",
    "false_closure": "n_open",
    "labiodental_narrowing": "n_labiodental",
    "over_closed_consonants": "n_over_closed_consonants",
    "over_closed_nasals": "n_over_closed_nasals",
}
"""The judge's shares with their counts."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Lips against voices and sentences never trained on.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--judge", type=Path)
    parser.add_argument("--face", type=Path)
    parser.add_argument("--write", action="store_true", help="Update the table in docs/benchmarks.md.")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    judge = outside_judge(options.judge, options.face) if options.judge else None
    lines = [f"| {' | '.join(HEADINGS)} |", "|" + "---|" * len(HEADINGS)]
    print("\n".join(lines), flush=True)
    for row in rows(options.folder, options.model, judge):
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
    if options.write:
        replace_table(_DOCUMENT, "held-out voices", lines)


if __name__ == "__main__":
    main()
