"""The outline of a recording: what is drawn of it at any zoom, with bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.errors import Cancelled, UserError, WorkerError
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.environment import worker_entry
from maya_a2f.link.messages import REQUEST, Message, Reply
from maya_a2f.settings import worker_python
from maya_a2f.worker import peaks as peaks_module
from maya_a2f.worker.handlers import handlers
from maya_a2f.worker.peaks import Cells, Outlines, read_outline
from maya_a2f.worker.service import Context
from tests.worker.audio_files import make_tone, write_with_soundfile


def noise(count: int) -> Any:
    return np.random.default_rng(2).standard_normal(count).astype(np.float32)


def cells_of(samples: Any, most: int = 1 << 12, piece: int = 77) -> Cells:
    cells = Cells(most)
    for start in range(0, len(samples), piece):
        cells.push(samples[start : start + piece])
    cells.finish()
    return cells


@pytest.mark.parametrize("count", [1, 7, 100, 999, 1000])
def test_each_column_shows_its_lowest_and_highest_sample_and_its_energy(count: int) -> None:
    samples = noise(1000)
    columns = cells_of(samples).columns(0, 1000, count)
    for part in range(count):
        piece = samples[part * 1000 // count : (part + 1) * 1000 // count]
        assert columns.extremes[part].tolist() == [piece.min(), piece.max()]
        assert columns.rms[part] == pytest.approx(np.sqrt(np.mean(piece**2)), rel=1e-5)


def test_a_stretch_shows_only_its_own_samples() -> None:
    samples = noise(1000)
    columns = cells_of(samples).columns(250, 750, 5)
    assert columns.extremes.tolist() == [
        [samples[s : s + 100].min(), samples[s : s + 100].max()] for s in range(250, 750, 100)
    ]


def test_columns_narrower_than_a_sample_repeat_it() -> None:
    cells = cells_of(np.array([1, -1], np.float32))
    assert cells.columns(0, 2, 4).extremes.tolist() == [[1, 1], [1, 1], [-1, -1], [-1, -1]]


def test_columns_behind_the_end_and_those_of_nothing_are_zero() -> None:
    cells = cells_of(np.ones(10, np.float32))
    assert cells.columns(5, 15, 10).extremes[:, 1].tolist() == [1] * 5 + [0] * 5
    assert cells.columns(20, 30, 3).extremes.tolist() == [[0, 0]] * 3
    assert cells.columns(0, 10, 0).extremes.shape == (0, 2)
    assert cells_of(np.empty(0, np.float32)).columns(0, 1, 2).extremes.tolist() == [[0, 0]] * 2


@pytest.mark.parametrize("length", [63, 64, 65, 1000, 4097])
def test_a_longer_sound_gets_longer_cells_in_the_same_memory_and_loses_no_peak(length: int) -> None:
    samples = noise(length)
    cells = cells_of(samples, most=64)
    assert cells.sample_count == length
    assert cells.samples_per_cell < max(2, 4 * length / 64)
    assert len(cells._lowest) <= 64
    whole = cells.columns(0, length, 1)
    assert whole.extremes.tolist() == [[samples.min(), samples.max()]]
    spike = np.zeros(length, np.float32)
    spike[length // 3] = 1.0
    outline = cells_of(spike, most=64).columns(0, length, 10).extremes
    assert outline[:, 1].max() == 1.0
    assert abs(int(outline[:, 1].argmax()) - 10 // 3) <= 1


@pytest.mark.parametrize(("coding", "slack"), [("PCM_U8", 0.01), ("PCM_16", 1e-4), ("PCM_24", 1e-6), ("FLOAT", 1e-6)])
def test_a_wav_of_any_depth_has_its_outline(tmp_path: Path, coding: str, slack: float) -> None:
    path = write_with_soundfile(tmp_path / "voice.wav", make_tone(100, 8000, 0.5), 8000, "WAV", coding)
    outline = read_outline(path)
    assert outline.duration_seconds == 0.5
    assert outline.loudest == pytest.approx(0.5, abs=slack)
    assert outline.columns(0, None, 10).extremes == pytest.approx(np.tile([-0.5, 0.5], (10, 1)), abs=slack + 1e-3)
    assert outline.columns(0, None, 1).rms[0] == pytest.approx(0.5 / np.sqrt(2), abs=slack)


def test_stereo_is_shown_as_the_mean_that_the_network_hears(tmp_path: Path) -> None:
    samples = np.stack([np.full(800, 0.6), np.full(800, 0.2)], axis=1)
    outline = read_outline(write_with_soundfile(tmp_path / "voice.wav", samples, 8000, "WAV", "FLOAT"))
    assert outline.channels == 2
    assert outline.columns(0, None, 2).extremes == pytest.approx(np.full((2, 2), 0.4))


def test_silence_and_clipping_are_said_and_still_drawn(tmp_path: Path) -> None:
    silent = write_with_soundfile(tmp_path / "silent.wav", np.zeros((800, 1)), 8000, "WAV", "PCM_16")
    assert read_outline(silent).warnings == ("The recording is silent.",)
    loud = np.clip(make_tone(100, 8000, 0.5, amplitude=2.0), -1, 1)
    clipped = write_with_soundfile(tmp_path / "loud.wav", loud, 8000, "WAV", "PCM_16")
    assert read_outline(clipped).warnings[0].startswith("Clipped:")


def test_an_endless_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks_module, "LONGEST_OUTLINE_SECONDS", 0)
    path = write_with_soundfile(tmp_path / "voice.wav", make_tone(100, 8000, 0.5), 8000, "WAV", "PCM_16")
    with pytest.raises(UserError) as caught:
        read_outline(path)
    assert caught.value.code == "audio.too_long"


def ask(**fields: Any) -> Reply:
    return handlers()["peaks"](Message(kind=REQUEST, id=1, name="peaks", fields=fields), Context(1, lambda m: None))


def clip(path: Path, start: float = 0.0, stop: float | None = None) -> dict[str, Any]:
    return {"path": str(path), "in_seconds": start, "out_seconds": stop}


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "audio.missing"), (b"", "audio.empty_file"), (b"\x89PNG\r\n" * 9, "audio.not_sound"),
     (b"hello", "audio.unsupported")],
)  # fmt: skip
def test_what_is_no_recording_is_refused_as_everywhere(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "voice.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        ask(clip=clip(path), count=100)
    assert caught.value.code == code


def test_the_request_answers_what_to_draw_and_what_it_is(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "voice.wav", make_tone(100, 8000, 0.5), 8000, "WAV", "PCM_16")
    reply = ask(clip=clip(path, 0.1, 0.3), count=20)
    assert reply.blob("peaks", "f4", 2).shape == (20, 2)
    assert reply.blob("rms", "f4", 1).shape == (20,)
    assert reply.number("duration_seconds") == 0.5
    assert (reply.integer("rate_hz"), reply.integer("channels"), reply.text("format")) == (8000, 1, "WAV, 16-bit PCM")


@pytest.mark.parametrize(("start", "stop"), [(-1.0, None), (2.0, 1.0), (1.0, 1.0)])
def test_a_stretch_that_cannot_be_is_refused(tmp_path: Path, start: float, stop: float | None) -> None:
    with pytest.raises(UserError) as caught:
        ask(clip=clip(tmp_path / "voice.wav", start, stop), count=4)
    assert caught.value.code == "clip.in_out"


@pytest.mark.parametrize("count", [-1, 1 << 20, 1.5])
def test_a_number_of_columns_that_cannot_be_is_refused(tmp_path: Path, count: float) -> None:
    with pytest.raises(WorkerError):
        ask(clip=clip(tmp_path / "voice.wav"), count=count)


def test_zooming_reads_the_file_once_a_change_reads_it_anew_and_a_loss_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    read: Callable[..., Any] = read_outline
    monkeypatch.setattr(peaks_module, "read_outline", lambda path, *rest: (reads.append(path), read(path, *rest))[1])
    path = write_with_soundfile(tmp_path / "voice.wav", make_tone(100, 8000, 0.5), 8000, "WAV", "PCM_16")
    outlines = Outlines()
    assert outlines.outline(path) is outlines.outline(path)
    assert len(reads) == 1
    write_with_soundfile(path, make_tone(100, 8000, 0.7), 8000, "WAV", "PCM_16")
    os.utime(path, ns=(1, 1))
    assert outlines.outline(path).duration_seconds == 0.7
    path.unlink()
    with pytest.raises(UserError) as caught:
        outlines.outline(path)
    assert caught.value.code == "audio.missing"


def test_reading_says_how_far_it_is_and_stops_when_called_off(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "voice.wav", make_tone(100, 8000, 30.0), 8000, "WAV", "PCM_16")
    said: list[tuple[str, int, int]] = []
    read_outline(path, lambda *words: said.append(words))
    assert said[0][0] == "Reading the recording"
    assert 0 < said[0][1] < said[-1][1] <= 240_000
    with pytest.raises(Cancelled):
        read_outline(path, cancelled=lambda: True)


def test_a_real_worker_answers(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "voice.wav", make_tone(100, 8000, 0.5), 8000, "WAV", "PCM_16")
    python = worker_python()
    assert python is not None
    with WorkerClient(python, worker_entry()) as client:
        reply = client.request("peaks", {"clip": clip(path), "count": 8})
    lowest_highest = reply.blob("peaks", "f4", 2).to_array()
    assert lowest_highest.tolist() == pytest.approx([-0.5, 0.5] * 8, abs=1e-3)
