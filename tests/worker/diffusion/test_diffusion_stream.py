"""The conformance table of sdk-benchmarks.md section 4, streaming against offline, and tracks packed in a batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.diffusion.audio_accumulator import AudioAccumulator
from maya_a2f.worker.diffusion.engine import open_diffusion_engine
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.noise import noise_source
from maya_a2f.worker.diffusion.package import DiffusionPackage
from maya_a2f.worker.diffusion.running import HostPredicted, open_runner
from maya_a2f.worker.diffusion.stream import DiffusionStream, FrameBlock
from maya_a2f.worker.package import Floats
from tests.diffusion_package_factory import make_diffusion_package
from tests.worker.diffusion.plain_loop import open_package, plain_frames, talk

NEUTRAL = np.zeros(10, np.float32)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> DiffusionPackage:
    return open_package(make_diffusion_package(tmp_path_factory.mktemp("v3"), vertices=61, tongue_vertices=22), "James")


def opened(package: DiffusionPackage, tracks: int = 1) -> DiffusionStream:
    runner = open_runner(package.info, open_diffusion_engine(package), noise_source(package))
    loop = DiffusionLoop(package, runner, tracks)
    return DiffusionStream(package.info, loop)


def calm(stream: DiffusionStream) -> DiffusionStream:
    """One key at 0 for every track, and no more."""
    for track in stream.tracks:
        track.emotion.add(0, NEUTRAL)
        track.emotion.close()
    return stream


def give(stream: DiffusionStream, track: int, audio: Floats) -> None:
    stream.tracks[track].audio.append(audio)
    stream.tracks[track].audio.close()


def run_out(stream: DiffusionStream) -> list[FrameBlock]:
    blocks = []
    while any(stream.available(track) for track in range(len(stream.tracks))):
        blocks += stream.execute()
    return blocks


def frames_of(blocks: list[FrameBlock], track: int) -> Floats:
    return np.concatenate([block.frames for block in blocks if block.track == track])


def test_without_sound_one_execution_is_available(package: DiffusionPackage) -> None:
    assert calm(opened(package)).available(0) == 1


def test_one_execution_gives_no_frame_two_give_15(package: DiffusionPackage) -> None:
    stream = calm(opened(package))
    give(stream, 0, talk(4.0))
    assert stream.available(0) == 10
    (first,), (second,), (third,) = stream.execute(), stream.execute(), stream.execute()
    assert [len(block.frames) for block in (first, second, third)] == [0, 15, 30]
    assert (second.first, third.first) == (0, 15)
    assert stream.available(0) == 7


def test_the_frame_count_is_known_when_the_sound_has_ended(package: DiffusionPackage) -> None:
    stream = calm(opened(package))
    stream.tracks[0].audio.append(talk(1.0))
    assert stream.frame_count(0) == 0
    stream.tracks[0].audio.close()
    assert stream.frame_count(0) == 60
    assert sum(len(block.frames) for block in run_out(stream)) == 60


def test_every_frame_tells_its_time_and_the_next_ones(package: DiffusionPackage) -> None:
    stream = calm(opened(package))
    give(stream, 0, talk(3.3))
    blocks = run_out(stream)
    times = [time for block in blocks for time in block.times]
    next_times = [time for block in blocks for time in block.next_times]
    assert times == [frame * 16000 // 60 for frame in range(len(times))]
    assert next_times[:-1] == times[1:]


def test_the_loop_is_that_of_the_specification(package: DiffusionPackage) -> None:
    stream = calm(opened(package))
    audio = talk(2.7)
    give(stream, 0, audio)
    assert np.array_equal(frames_of(run_out(stream), 0), plain_frames(package, audio, NEUTRAL))


@pytest.mark.parametrize("piece", [100, 8000, 7919])
def test_streaming_equals_offline_exactly(package: DiffusionPackage, piece: int) -> None:
    audio = talk(2.3)
    stream = calm(opened(package))
    blocks = []
    for start in range(0, len(audio), piece):
        stream.tracks[0].audio.append(audio[start : start + piece])
        while stream.available(0):
            blocks += stream.execute()
    assert len(frames_of(blocks, 0)) == (len(audio) - 8000) // 8000 * 30 + 15 + (0 if len(audio) >= 8000 else -15)
    stream.tracks[0].audio.close()
    blocks += run_out(stream)
    assert np.array_equal(frames_of(blocks, 0), plain_frames(package, audio, NEUTRAL))


@pytest.mark.parametrize("constant", [True, False])
def test_tracks_that_hear_the_same_give_the_same(tmp_path: Path, constant: bool) -> None:
    folder = make_diffusion_package(
        tmp_path, vertices=61, tongue_vertices=22, params={"constant_noise": constant}, blendshapes=()
    )
    stream = calm(opened(open_package(folder), 3))
    for track in range(3):
        give(stream, track, talk(1.2))
    blocks = run_out(stream)
    first = frames_of(blocks, 0)
    assert len(first) == 72
    assert first.any()
    assert np.array_equal(first, frames_of(blocks, 1))
    assert np.array_equal(first, frames_of(blocks, 2))


@pytest.mark.parametrize("constant", [True, False])
def test_a_track_without_new_sound_keeps_its_memory(tmp_path: Path, constant: bool) -> None:
    """The second track's sound comes late and in pieces; neither track notices the other."""
    folder = make_diffusion_package(tmp_path, vertices=61, tongue_vertices=22, params={"constant_noise": constant})
    package = open_package(folder, "mark")
    audios = [talk(3.0, 1), talk(2.0, 2)]
    stream = calm(opened(package, 2))
    give(stream, 0, audios[0])
    blocks = [block for _ in range(4) for block in stream.execute()]
    assert sum(block.track == 1 for block in blocks) == 1  # the window before the recording needs no sound
    stream.tracks[1].audio.append(audios[1][:9000])
    blocks += stream.execute() + stream.execute()
    stream.tracks[1].audio.append(audios[1][9000:])
    stream.tracks[1].audio.close()
    blocks += run_out(stream)
    for track, audio in enumerate(audios):
        alone = calm(opened(package, 1))
        give(alone, 0, audio)
        assert np.allclose(frames_of(blocks, track), frames_of(run_out(alone), 0), atol=2e-5)


def test_a_track_that_is_reset_gives_the_same_again(package: DiffusionPackage) -> None:
    stream, audio = calm(opened(package)), talk(1.5)
    give(stream, 0, audio)
    first = frames_of(run_out(stream), 0)
    stream.reset(0)
    stream.tracks[0].audio.reset()
    give(stream, 0, audio)
    assert np.array_equal(first, frames_of(run_out(stream), 0))


def test_after_a_failure_every_track_stands_where_it_stood(
    package: DiffusionPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [calm(opened(package, 2)) for _ in range(2)]
    for stream in streams:
        for track in range(2):
            give(stream, track, talk(1.5, track))
    first, second = ([*stream.execute(), *stream.execute()] for stream in streams)
    with monkeypatch.context() as patch:
        patch.setattr(HostPredicted, "largest", lambda self, track: float("nan") if track else 1.0)
        with pytest.raises(EngineError, match="not usable numbers"):
            streams[0].execute()
    first, second = first + run_out(streams[0]), second + run_out(streams[1])
    for track in range(2):
        assert np.array_equal(frames_of(first, track), frames_of(second, track))


def test_frames_beyond_the_last_key_wait_for_more_keys(package: DiffusionPackage) -> None:
    stream = opened(package)
    give(stream, 0, talk(4.0))
    keys = stream.tracks[0].emotion
    assert stream.available(0) == 0
    keys.add(-12000, NEUTRAL)
    assert stream.available(0) == 0
    keys.add(-4267, NEUTRAL)  # the last frame of the first inference
    assert stream.available(0) == 1
    keys.add(20_000, NEUTRAL)
    assert stream.available(0) == 4
    keys.close()
    assert stream.available(0) == 10


def test_every_kept_frame_has_the_emotion_of_its_own_time(package: DiffusionPackage) -> None:
    """A key that only rises after two seconds changes no frame of the inferences before it, and later ones."""
    blocks = {}
    for strength in (0.0, 1.0):
        stream = opened(package)
        keys = stream.tracks[0].emotion
        keys.add(0, NEUTRAL)
        keys.add(32_000, NEUTRAL)
        keys.add(32_001, np.full(10, strength, np.float32))
        keys.close()
        give(stream, 0, talk(4.0))
        blocks[strength] = frames_of(run_out(stream), 0)
    same = np.flatnonzero((blocks[0.0] == blocks[1.0]).all(axis=1))
    # Frame 121 is the first after 32 001 samples; the memory runs forwards only.
    assert np.array_equal(same, np.arange(121))


def test_nothing_to_run_is_said(package: DiffusionPackage) -> None:
    stream = opened(package)
    with pytest.raises(UserError, match="enough sound"):
        stream.execute()


@pytest.mark.parametrize("changed", ["identity", "noise", "emotion", "gain", "memory"])
def test_everything_that_the_network_is_told_matters(tmp_path: Path, changed: str) -> None:
    folder = make_diffusion_package(tmp_path / "a", vertices=61, tongue_vertices=22)
    other = folder
    if changed == "noise":
        other = make_diffusion_package(tmp_path / "b", vertices=61, tongue_vertices=22, params={"noise_seed": 3})
    audio = talk(1.5)
    told = np.full(10, 0.5, np.float32) if changed == "emotion" else NEUTRAL
    before = plain_frames(open_package(folder, "Claire"), audio, NEUTRAL)
    identity = "James" if changed == "identity" else "Claire"
    if changed == "memory":  # the same sound, half a second later, hears another past
        after = plain_frames(open_package(folder), np.concatenate([talk(0.5, 9), audio]), NEUTRAL)[30:]
        assert np.abs(before[15:45] - after[15:45]).max() > 0.01  # an inference whose window is the same in both
        return
    after = plain_frames(open_package(other, identity), audio, told, 0.5 if changed == "gain" else 1.0)
    assert not np.allclose(before, after, atol=1e-5)


def test_a_network_of_batches_of_one_refuses_more(tmp_path: Path) -> None:
    package = open_package(make_diffusion_package(tmp_path, vertices=61, tongue_vertices=22, batch=1))
    stream = calm(opened(package))
    give(stream, 0, talk(0.5))
    assert len(frames_of(run_out(stream), 0)) == 30
    with pytest.raises(EngineError, match="takes 1"):
        opened(package, 2)


# -- sound in pieces: sdk-benchmarks.md section 3.2 --


def written(count: int) -> AudioAccumulator:
    audio = AudioAccumulator()
    for start in range(0, count, 10):
        audio.append(np.arange(start + 1, start + 11, dtype=np.float32))
    return audio


@pytest.mark.parametrize(
    ("count", "start", "length", "expected"),
    [
        (10, -20, 10, [0] * 10),
        (10, -20, 25, [0] * 20 + [1, 2, 3, 4, 5]),
        (10, -20, 31, [0] * 20 + [*range(1, 11)] + [0]),
        (10, -20, 55, [0] * 20 + [*range(1, 11)] + [0] * 25),
        (10, -1, 12, [0, *range(1, 11), 0]),
        (10, 0, 11, [*range(1, 11), 0]),
        (10, 5, 10, [6, 7, 8, 9, 10] + [0] * 5),
        (10, 9, 26, [10] + [0] * 25),
        (10, 11, 24, [0] * 24),
        (30, 5, 35, [*range(6, 31)] + [0] * 10),
    ],
)
def test_reads_are_filled_with_silence(count: int, start: int, length: int, expected: list[int]) -> None:
    audio = written(count)
    if start + length > count:
        with pytest.raises(UserError, match="has not arrived"):
            audio.read(start, length)
    audio.close()
    assert audio.read(start, length).tolist() == expected


def test_what_was_dropped_cannot_be_read() -> None:
    audio = AudioAccumulator()
    for _ in range(40):
        audio.append(np.ones(1000, np.float32))
    audio.drop_before(16_000)
    assert audio.read(16_000, 1000).all()
    with pytest.raises(UserError, match="dropped"):
        audio.read(15_999, 10)
    assert not audio.read(-20, 10).any()


def test_sound_ends_once() -> None:
    audio = written(10)
    audio.close()
    with pytest.raises(UserError, match="after its end"):
        audio.append(np.ones(3, np.float32))
    with pytest.raises(UserError, match="twice"):
        audio.close()
