"""Make the corpus: a plan drawn from a seed, spoken shard by shard in several processes; finished shards are kept.

``python -m maya_a2f.training.corpus.synthesis FOLDER --minutes 360`` writes ``shard_00000.npz`` (``samples`` int16 at
16 kHz, ``ends`` int64) with ``shard_00000.json`` (voice, text and phones of every utterance).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.corpus import sentences, text
from maya_a2f.training.corpus.neural_voices import KOKORO_LANGUAGES, PACKAGES, missing_packages, mixed_voice
from maya_a2f.training.corpus.voices import FOREIGN_FESTIVAL_VOICES, SAMPLE_RATE_HZ, Phone, Prompt, Utterance, speak

PROMPTS_PER_SHARD = 40
HELD_OUT_VOICES = frozenset({"ked_diphone", "jf_nezumi"})
"""Never trained on: they choose the checkpoint and give the reported held-out scores."""
HELD_OUT_VARIANTS = frozenset({"f4", "m5", "linda", "michael", "iven3", "steph2"})


@dataclass(frozen=True)
class VoicePlan:
    """One voice's share of the corpus."""

    engine: str
    voice: str
    share: float
    """Relative amount of speech."""
    pitch: tuple[float, float]
    """Range of mean F0 in Hz, or of eSpeak NG's 0…99."""
    hesitant: bool = False
    """Fillers and long nasals, spoken slowly, instead of sentences."""


VOICES: tuple[VoicePlan, ...] = (
    VoicePlan("flite", "slt", 0.14, (140, 230)),
    VoicePlan("flite", "rms", 0.14, (75, 130)),
    VoicePlan("flite", "awb", 0.12, (90, 160)),
    VoicePlan("flite", "kal16", 0.06, (75, 140)),
    VoicePlan("festival", "cmu_us_slt_arctic_hts", 0.05, (150, 220)),
    VoicePlan("festival", "kal_diphone", 0.05, (75, 140)),
    VoicePlan("festival", "ked_diphone", 0.03, (75, 140)),
    VoicePlan("espeak", "english", 0.24, (15, 85)),
    VoicePlan("espeak", "other", 0.17, (15, 85)),
    VoicePlan("flite", "slt", 0.015, (140, 230), hesitant=True),
    VoicePlan("flite", "rms", 0.015, (75, 130), hesitant=True),
    VoicePlan("flite", "awb", 0.015, (90, 160), hesitant=True),
    VoicePlan("flite", "kal16", 0.010, (75, 140), hesitant=True),
    VoicePlan("festival", "cmu_us_slt_arctic_hts", 0.010, (150, 220), hesitant=True),
    VoicePlan("espeak", "english", 0.030, (15, 85), hesitant=True),
    *(VoicePlan("festival", name, 0.009, (80, 200)) for name in sorted(FOREIGN_FESTIVAL_VOICES)),
    VoicePlan("kokoro", "jf_nezumi", 0.003, (0, 0)),
    VoicePlan("kokoro", "mixed", 0.050, (0, 0)),
    VoicePlan("hibari", "heart", 0.045, (0, 0)),
    VoicePlan("piper", "joe", 0.060, (0, 0)),
)
"""New voices go to the end, so that an existing corpus keeps its shards."""
_ENGLISH_ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-029", "en-us-nyc")
_ESPEAK_LANGUAGES = {"pt": ("pt-br", "pt"), "es": ("es", "es-419"), "fr": ("fr", "fr-be")}
_VARIANTS_TEXT = """
Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Michael Mike Mr Nguyen
RicishayMax RicishayMax2 Storm Tweaky adam anika antonio aunty belinda benjamin boris caleb croak david ed edward
edward2 f1 f2 f3 f4 f5 grandma grandpa gustave iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4
linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel miguel norbert pablo paul pedro quincy rob robert sandro shelby
steph steph2 steph3 travis victor whisper whisperf zac
"""
_VARIANTS = tuple(_VARIANTS_TEXT.split())


@dataclass(frozen=True)
class ShardPlan:
    """Prompts of one engine and voice group that are spoken together."""

    index: int
    prompts: tuple[Prompt, ...]
    held_out: bool


def planned_shards(seed: int, minutes: float, engines: frozenset[str]) -> list[ShardPlan]:
    """The whole plan; the same seed, minutes and engines always give the same prompts, whatever is installed."""
    draw = random.Random(seed)
    seconds_per_prompt = 3.2
    total = minutes * 60 / seconds_per_prompt
    plans: list[ShardPlan] = []
    for voice in VOICES:
        if voice.engine not in engines:
            continue
        for _ in range(max(1, round(total * voice.share / PROMPTS_PER_SHARD))):
            held_out = voice.voice in HELD_OUT_VOICES or (voice.engine == "espeak" and draw.random() < 0.06)
            prompts = tuple(_prompt(voice, held_out, draw) for _ in range(PROMPTS_PER_SHARD))
            plans.append(ShardPlan(len(plans), prompts, held_out))
    return plans


def _prompt(voice: VoicePlan, held_out: bool, draw: random.Random) -> Prompt:
    name, spoken = voice.voice, ""
    if voice.engine == "espeak":
        pool = sorted(HELD_OUT_VARIANTS) if held_out else [v for v in _VARIANTS if v not in HELD_OUT_VARIANTS]
        if voice.voice == "other":
            language = draw.choice(sorted(sentences.OTHER_LANGUAGES))
            spoken = text.foreign_prompt(language, draw)
            base = draw.choice(_ESPEAK_LANGUAGES.get(language, (language,)))
        else:
            base = draw.choice(_ENGLISH_ACCENTS)
        name = f"{base}+{draw.choice(pool)}"
    stretch = draw.choice((draw.uniform(0.55, 0.8), draw.uniform(0.75, 1.1), draw.uniform(0.85, 1.45)))
    varied = draw.random() < (0.4 if voice.engine == "espeak" else 0.7)
    if voice.voice in FOREIGN_FESTIVAL_VOICES:
        spoken = text.plain_syllables(draw, cyrillic=voice.voice.startswith("msu_ru"))
    if voice.hesitant:
        spoken, stretch = text.hesitant_prompt(draw), draw.uniform(0.9, 2.6)
    if voice.engine in PACKAGES:
        stretch = min(1.5, max(0.75, stretch))
    if voice.engine == "kokoro":
        name = mixed_voice(draw, held_out)
        if draw.random() < 0.2:
            language = draw.choice(sorted(KOKORO_LANGUAGES))
            name, spoken = f"{name}@{KOKORO_LANGUAGES[language]}", text.foreign_prompt(language, draw)
    return Prompt(
        engine=voice.engine,
        voice=name,
        text=spoken or text.english_prompt(draw),
        stretch=stretch,
        pitch=draw.uniform(*voice.pitch),
        speed=round(draw.uniform(0.84, 1.2) * 20) / 20 if varied else 1.0,
    )


def build_corpus(folder: Path, seed: int, minutes: float, engines: frozenset[str], processes: int) -> Iterator[str]:
    """Speak every shard that ``folder`` lacks; yields one line of progress per shard."""
    folder.mkdir(parents=True, exist_ok=True)
    absent = {engine: missing_packages(engine) for engine in sorted(engines & PACKAGES.keys())}
    for engine, packages in absent.items():
        if packages:
            yield f"left out: {engine}, because the package {packages[0]} is not installed"
    missing = [
        plan
        for plan in planned_shards(seed, minutes, engines)
        if not _shard_path(folder, plan.index).exists() and not absent.get(plan.prompts[0].engine)
    ]
    with Pool(processes) as pool:
        jobs = [(folder, plan) for plan in missing]
        for count, line in enumerate(pool.imap_unordered(_speak_shard, jobs), 1):
            yield f"{count}/{len(missing)} {line}"


def _shard_path(folder: Path, index: int) -> Path:
    return folder / f"shard_{index:05d}.json"


def _speak_shard(job: tuple[Path, ShardPlan]) -> str:
    folder, plan = job
    spoken = speak(list(plan.prompts))
    kept = [(p, u) for p, u in zip(plan.prompts, spoken, strict=True) if u is not None]
    ends = np.cumsum([len(u.samples) for _, u in kept], dtype=np.int64)
    samples = np.concatenate([u.samples for _, u in kept]) if kept else np.zeros(0, np.int16)
    entries = [
        {**asdict(p), "phones": [[round(x.start_seconds, 5), round(x.end_seconds, 5), x.symbol] for x in u.phones]}
        for p, u in kept
    ]
    path = _shard_path(folder, plan.index)
    np.savez(path.with_suffix(".npz"), samples=samples, ends=ends)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"held_out": plan.held_out, "utterances": entries}), encoding="utf-8")
    partial.replace(path)
    voice = plan.prompts[0]
    return f"{voice.engine} {voice.voice}: {len(kept)} utterances, {len(samples) / SAMPLE_RATE_HZ / 60:.1f} min"


@dataclass(frozen=True)
class Shard:
    """A shard read back."""

    held_out: bool
    utterances: tuple[Utterance, ...]
    voices: tuple[str, ...]
    engines: tuple[str, ...]


def read_shard(path: Path) -> Shard:
    """The shard whose ``.json`` file is ``path``."""
    head: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as data:
        samples: NDArray[np.int16] = data["samples"]
        ends: NDArray[np.int64] = data["ends"]
    pieces = np.split(samples, ends[:-1]) if len(ends) else []
    utterances = tuple(
        Utterance(piece, tuple(Phone(float(a), float(b), str(s)) for a, b, s in entry["phones"]))
        for piece, entry in zip(pieces, head["utterances"], strict=True)
    )
    return Shard(
        held_out=bool(head["held_out"]),
        utterances=utterances,
        voices=tuple(str(entry["voice"]) for entry in head["utterances"]),
        engines=tuple(str(entry["engine"]) for entry in head["utterances"]),
    )


def main() -> None:
    """Command line of the corpus."""
    parser = argparse.ArgumentParser(description="Make training speech with free synthesisers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=360.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", default="flite,festival,espeak")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    engines = frozenset(options.engines.split(","))
    for line in build_corpus(options.folder, options.seed, options.minutes, engines, options.processes):
        print(line, flush=True)


if __name__ == "__main__":
    main()
