"""The default model on real recordings, by an independent judge: ``python -m benchmarks.real_speech FOLDER``.

``FOLDER`` holds ``lipmetrics.py`` (the judge), ``faces/ict_facekit.npz`` and the recordings ``speech/``, ``nvidia/``
and ``capture/``. Prints one line per figure. Nothing is tuned by these: they are looked at to report.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from benchmarks.solving import solved
from benchmarks.still_sounds import still_sounds
from maya_a2f import settings
from maya_a2f.core.take import Take
from maya_a2f.core.take_text import take_csv
from maya_a2f.core.transcript import Transcript
from maya_a2f.worker.pipeline import Pipeline

Signal = NDArray[np.float64]
_SOUNDS_SECONDS = 6.0


class Bench:
    """A model, the judge, and a folder for what is made on the way."""

    def __init__(self, folder: Path, work: Path, model: str) -> None:
        self.folder, self.work, self.model = folder, work, model
        self.judge = _module(folder / "lipmetrics.py")
        self.face = self.judge.Face(str(folder / "faces" / "ict_facekit.npz"))
        self._pipeline = Pipeline()
        self._count = 0

    def animate(self, sound: Path, transcript: Transcript | None = None) -> Path:
        """The CSV ``a2f animate`` writes at 30 frames a second."""
        self._count += 1
        path = self.work / f"{self._count:03d}_{sound.stem}.csv"
        path.write_text(take_csv(self.solve(sound, transcript)), encoding="utf-8")
        return path

    def solve(self, sound: Path, transcript: Transcript | None = None) -> Take:
        """The take ``a2f animate`` makes at 30 frames a second."""
        return solved(self._pipeline, sound, self.work / "cache", model=self.model, transcript=transcript)

    def animate_samples(self, name: str, samples: Signal, rate_hz: int, subtype: str = "PCM_16") -> Path:
        """The CSV for samples, written as a file of ``subtype`` first."""
        path = self.work / f"{name}.wav"
        soundfile.write(path, samples, rate_hz, subtype=subtype)
        return self.animate(path)

    def judged(self, weights: Path, **more: Any) -> dict[str, Any]:
        """The judge's figures."""
        return dict(self.judge.judge(self.face, str(weights), fps=30, **more))

    def gap(self, weights: Path) -> tuple[Signal, Signal]:
        """Times and lip gap on the judge's face."""
        times, columns = self.judge.read_weights(str(weights), 30)
        gap, _, _ = self.judge.aperture(self.face, columns, len(times))
        return np.asarray(times), np.asarray(gap)


def _module(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ValueError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def english(bench: Bench) -> Iterator[str]:
    """Closures, rounding, timing, rest: recordings with phones."""
    speech = bench.folder / "speech"
    sound, phones = speech / "acoustic_corpus.wav", str(speech / "acoustic_corpus.TextGrid")
    heard = bench.animate(sound)
    words = (speech / "acoustic_corpus.lab").read_text(encoding="utf-8")
    read = bench.animate(sound, Transcript(words, "en"))
    yield "acoustic_corpus, audio only: " + _lips(bench.judged(heard, textgrid=phones, wav=str(sound)))
    yield "acoustic_corpus, transcript: " + _lips(bench.judged(read, textgrid=phones, wav=str(sound)))
    against = bench.judged(heard, ref=str(read))
    yield f"lag against the transcript-driven result {against['ref_lag_s']:.3f} s (r {against['ref_r']:.3f})"
    for name, tier in (("bobby", "bobby_phones"), ("mary", "mary")):
        clip = speech / f"{name}.wav"
        yield f"{name}: " + _lips(
            bench.judged(bench.animate(clip), textgrid=str(speech / f"{tier}.TextGrid"), wav=str(clip))
        )


def _lips(found: dict[str, Any]) -> str:
    def share(key: str, count: str) -> str:
        return "-" if found.get(key) is None else f"{found[key]:.3f} of {found[count]}"

    return (
        f"closed {share('bilabial_closure', 'n_bilabial')}, open vowels closed {share('false_closure', 'n_open')}, "
        f"labiodental {share('labiodental_narrowing', 'n_labiodental')}, rounding {found['rounding_d']:.2f}, "
        f"over-closed {share('over_closed_consonants', 'n_over_closed_consonants')} and n/ng "
        f"{share('over_closed_nasals', 'n_over_closed_nasals')}, least gap {found['gap_min']:.2f}, open vowels "
        f"{found['open_vowel_gap']:.2f}, closures off by {found['closure_offset_median_s']:.3f} s, pause/vowel "
        f"{found.get('pause_gap_over_vowel', float('nan')):.3f}, end {found['end_gap']:.3f}, energy lag "
        f"{found['energy_lag_s']:.3f} s (r {found['energy_r']:.2f})"
    )


def stillness(bench: Bench) -> Iterator[str]:
    """95th percentile of |gap| on sounds that are not speech, over that of speech at the same level."""
    samples, rate = soundfile.read(bench.folder / "speech" / "acoustic_corpus.wav")
    level = float(np.sqrt(np.mean(samples**2)))
    speech = float(np.percentile(np.abs(bench.gap(bench.animate_samples("speech", samples, rate))[1]), 95))
    for name, sound in still_sounds(_SOUNDS_SECONDS, 5).items():
        gap = bench.gap(bench.animate_samples(name.replace(" ", "_"), sound * level, 16000, "FLOAT"))[1]
        yield f"{name}: {np.percentile(np.abs(gap), 95) / speech:.2f} of speech"


def formats(bench: Bench) -> Iterator[str]:
    """Correlation of the lip gap with that of the recording as it is."""
    for name in ("acoustic_corpus", "bobby", "mary"):
        samples, rate = soundfile.read(bench.folder / "speech" / f"{name}.wav")
        gap = bench.gap(bench.animate(bench.folder / "speech" / f"{name}.wav"))[1]
        faster = resample_poly(samples, 48000, rate)
        made = {
            "-20 dB": bench.animate_samples(f"{name}_quiet", samples * 0.1, rate),
            "48 kHz": bench.animate_samples(f"{name}_48k", np.clip(faster, -1, 1), 48000),
            "stereo": bench.animate_samples(f"{name}_stereo", np.stack([samples, samples], 1), rate),
            "8 bit": bench.animate_samples(f"{name}_8bit", samples, rate, "PCM_U8"),
        }
        same = {label: np.corrcoef(gap, bench.gap(path)[1][: len(gap)])[0, 1] for label, path in made.items()}
        yield f"{name}: " + ", ".join(f"{label} {r:.3f}" for label, r in same.items())


def mandarin(bench: Bench) -> Iterator[str]:
    """Against what NVIDIA's own service answered."""
    sound, other = (bench.folder / "nvidia" / f"mandarin_tts{end}" for end in (".wav", ".nim.csv"))
    weights = bench.animate(sound)
    found = bench.judged(weights, ref=str(other), ref_contains_jaw=True)
    times, columns = bench.judge.read_weights(str(other), 30)
    theirs = np.asarray(bench.judge.aperture(bench.face, bench.judge.apple(columns), len(times))[0])
    loudness, _ = bench.judge.energy(str(sound), times)
    lag, r, _ = bench.judge.lag_r(loudness, theirs, times)
    opening = np.percentile(bench.gap(weights)[1], 95) / np.percentile(theirs, 95)
    yield (
        f"mandarin_tts against NVIDIA's: r {found['ref_r']:.2f} at {found['ref_lag_s']:.3f} s; loudness {r:.2f} at "
        f"{lag:.3f} s; 95th percentile of the gap {opening:.2f} of theirs"
    )


def capture(bench: Bench, tuned: str) -> Iterator[str]:
    """Recording 05 of a captured face: the default model's lip gap, and a fine-tuned model's own weights."""
    folder = bench.folder / "capture"
    names = [str(name) for name in np.load(folder / "shirley_1119_bs_name316.npy", allow_pickle=False)]
    truth = np.load(folder / "bs_value_1114_2_05.npy", allow_pickle=False)
    sound = folder / "1114_2_05.wav"
    times, gap = bench.gap(bench.animate(sound))
    loudness, _ = bench.judge.energy(str(sound), times)
    jaw = np.interp(times, np.arange(len(truth)) / 30, truth[:, names.index(_JAW)])
    lag, r, _ = bench.judge.lag_r(gap, jaw, times)
    _, loud, _ = bench.judge.lag_r(loudness, jaw, times)
    moved = np.roll(gap, -round(lag * 30))
    yield (
        f"capture 05, {bench.model}: lip gap with {_JAW} r {r:.3f} at {lag:.3f} s, given loudness "
        f"{partial_correlation(moved, jaw, loudness):.3f}; loudness {loud:.3f}"
    )
    if tuned:
        yield from _tuned(bench, tuned, sound, dict(zip(names, truth.T, strict=True)))


_JAW = "mouth_stretch_c"
_LIPS = ("mouth_oh_c", "mouth_funnel_dl", "mouth_funnel_ul", "mouth_lowerLipDepress_l")


def _tuned(bench: Bench, tuned: str, sound: Path, truth: dict[str, Signal]) -> Iterator[str]:
    take = Bench(bench.folder, bench.work, tuned).solve(sound)
    rows = min(take.clip_frame_count, len(truth[_JAW]))
    times = np.arange(rows) / 30
    loudness, _ = bench.judge.energy(str(sound), times)
    found: dict[str, tuple[float, float, float]] = {}
    for name in (_JAW, *_LIPS):
        lag, r, _ = bench.judge.lag_r(np.array(take.tracks[name][:rows]), truth[name][:rows], times)
        _, loud, _ = bench.judge.lag_r(loudness, truth[name][:rows], times)
        found[name] = (r, lag, loud)
    yield "capture 05, fine-tuned: " + ", ".join(
        f"{name} {r:.3f} at {lag:.3f} s (loudness {loud:.3f})" for name, (r, lag, loud) in found.items()
    )
    yield f"capture 05, fine-tuned, mean of the four lips: {np.mean([found[name][0] for name in _LIPS]):.3f}"


def partial_correlation(a: Signal, b: Signal, given: Signal) -> float:
    """Correlation of ``a`` and ``b`` with what ``given`` explains of either taken out."""
    design = np.stack([np.ones_like(given), given], 1)
    left, right = (x - design @ np.linalg.lstsq(design, x, rcond=None)[0] for x in (a, b))
    return float(np.corrcoef(left, right)[0, 1])


_PARTS = {"english": english, "stillness": stillness, "formats": formats, "mandarin": mandarin}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="The default model on real recordings.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default=settings.DEFAULT_MODEL)
    parser.add_argument("--tuned", default="", help="package fine-tuned on recordings 01 to 04 of capture/")
    parser.add_argument("--only", choices=(*_PARTS, "capture"), action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(options.folder, Path(work), options.model)
        for name, part in _PARTS.items():
            if options.only is None or name in options.only:
                for line in part(bench):
                    print(line, flush=True)
        if options.only is None or "capture" in options.only:
            for line in capture(bench, options.tuned):
                print(line, flush=True)


if __name__ == "__main__":
    main()
