"""The plan of the corpus, its files, and the synthesisers that are installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.training.corpus.synthesis import HELD_OUT_VARIANTS, planned_shards, read_shard
from maya_a2f.training.corpus.voices import Prompt, speak
from maya_a2f.training.dataset import build_dataset, read_timeline
from maya_a2f.training.phones import articulations

ENGINES = frozenset({"flite", "festival", "espeak"})


def test_the_same_seed_plans_the_same_corpus_and_another_seed_another() -> None:
    assert planned_shards(3, 30, ENGINES) == planned_shards(3, 30, ENGINES)
    assert planned_shards(3, 30, ENGINES) != planned_shards(4, 30, ENGINES)


def test_held_out_voices_never_appear_in_training_shards() -> None:
    for plan in planned_shards(1, 300, ENGINES):
        for prompt in plan.prompts:
            variant = prompt.voice.rpartition("+")[2]
            reserved = prompt.voice == "ked_diphone" or variant in HELD_OUT_VARIANTS
            assert reserved == plan.held_out


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_flite_tells_when_every_phone_was_said() -> None:
    spoken = speak([Prompt("flite", "kal16", "Mama, papa.", 1.0, 110.0, 1.0)])[0]
    assert spoken is not None
    assert [p.symbol for p in spoken.phones].count("m") == 2
    assert abs(spoken.phones[-1].end_seconds - len(spoken.samples) / 16000) < 0.15
    faster = speak([Prompt("flite", "kal16", "Mama, papa.", 1.0, 110.0, 1.2)])[0]
    assert faster is not None
    assert faster.phones[-1].end_seconds == pytest.approx(spoken.phones[-1].end_seconds / 1.2)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_espeak_speaks_ipa_and_refuses_a_voice_it_lacks() -> None:
    good, bad = speak(
        [Prompt("espeak", "de", "Mama kam.", 1.0, 50.0, 1.0), Prompt("espeak", "zz-zz", "Mama.", 1.0, 50.0, 1.0)]
    )
    assert good is not None
    assert bad is None
    assert good.phones[0].symbol == "m"
    assert articulations(good.phones[1].symbol)[0].phone_class == "a"
    starts = [p.start_seconds for p in good.phones]
    assert starts == sorted(starts)


def write_tiny_corpus(folder: Path, held_out: bool = False, index: int = 0) -> None:
    """One shard of two utterances: tones for vowels, silence for closures."""
    folder.mkdir(exist_ok=True)
    time = np.arange(16000) / 16000
    tone = (np.sin(2 * np.pi * 140 * time) + np.sin(2 * np.pi * 700 * time)) * 8000
    tone[6400:8000] = 0
    samples = np.concatenate([tone, tone]).astype(np.int16)
    phones = [[0.0, 0.1, "pau"], [0.1, 0.4, "aa"], [0.4, 0.5, "b"], [0.5, 0.9, "aa"], [0.9, 1.0, "pau"]]
    entry = {"engine": "flite", "voice": "test", "phones": phones}
    np.savez(folder / f"shard_{index:05d}.npz", samples=samples, ends=np.array([16000, 32000]))
    (folder / f"shard_{index:05d}.json").write_text(json.dumps({"held_out": held_out, "utterances": [entry, entry]}))


def test_a_data_set_is_made_from_shards_once(tmp_path: Path) -> None:
    write_tiny_corpus(tmp_path / "corpus")
    assert len(read_shard(tmp_path / "corpus" / "shard_00000.json").utterances) == 2
    made = list(build_dataset(tmp_path / "corpus", tmp_path / "set", 1, 5, 1))
    assert len(made) == 2
    assert list(build_dataset(tmp_path / "corpus", tmp_path / "set", 1, 5, 1)) == []
    timeline = read_timeline(tmp_path / "set" / "shard_00000_copy0.npz")
    assert len(timeline.features) == len(timeline.tracks) == len(timeline.classes)
    assert timeline.tracks[:, 6].max() == 1  # the stop closes the lips
