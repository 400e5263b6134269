"""The cache of network outputs: right or absent, never wrong; bounded; shared by processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.infer_cache import InferCache, infer_key
from tests.worker.test_emotion_track import TEN

AUDIO = np.linspace(-1, 1, 1000, dtype=np.float32)
RESULT = np.arange(12, dtype=np.float32).reshape(3, 4)
KEY = "ab" * 32


def key(**changes: object) -> str:
    parts: dict[str, object] = {
        "audio": AUDIO,
        "package_hash": "1" * 64,
        "emotion": constant_emotion(TEN, {}),
        "rate": Fraction(30),
        "input_strength": 1.3,
        "engine": "onnxruntime-cpu float32",
    }
    return infer_key(**{**parts, **changes})  # type: ignore[arg-type]


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    cache = InferCache(tmp_path / "cache")
    assert cache.read(KEY) is None
    cache.write(KEY, RESULT)
    read = InferCache(tmp_path / "cache").read(KEY)
    assert read is not None
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, RESULT)
    np.testing.assert_array_equal(np.load(tmp_path / "cache" / f"{KEY}.npy"), RESULT)


def test_a_result_without_frames_is_kept_too(tmp_path: Path) -> None:
    InferCache(tmp_path).write(KEY, np.empty((0, 4), np.float32))
    read = InferCache(tmp_path).read(KEY)
    assert read is not None
    assert read.shape == (0, 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"audio": np.append(AUDIO, np.float32(0))},
        {"audio": -AUDIO},
        {"package_hash": "2" * 64},
        {"emotion": constant_emotion(TEN, {"joy": 0.5})},
        {"rate": Fraction(30000, 1001)},
        {"input_strength": 1.0},
        {"engine": "onnxruntime-cpu float16"},
        {"engine": "tensorrt float32"},
    ],
)
def test_everything_that_decides_the_output_is_in_the_key(changes: dict[str, object]) -> None:
    assert key(**changes) != key()
    assert key() == key(audio=AUDIO.copy())


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[:-40] + bytes([content[-40] ^ 1]) + content[-39:],
        lambda content: content.replace(b"(3, 4)", b"(4, 3)"),
        lambda content: content.replace(b"(3, 4)", b"(3, 5)"),
        lambda content: content.replace(b"(3, 4), ", b"(12,),  "),
        lambda content: content.replace(b"<f4", b"|O8"),
        lambda content: b"x" * len(content),
    ],
)
def test_a_damaged_entry_is_as_good_as_none(tmp_path: Path, damage: object) -> None:
    cache = InferCache(tmp_path)
    cache.write(KEY, RESULT)
    path = tmp_path / f"{KEY}.npy"
    damaged = damage(path.read_bytes())  # type: ignore[operator]
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)
    assert cache.read(KEY) is None


def test_the_entries_unused_for_longest_go_first(tmp_path: Path) -> None:
    entry = np.zeros((1, 1000), np.float32)
    cache = InferCache(tmp_path, limit_bytes=3 * 4200)
    keys = [f"{number:064x}" for number in range(4)]
    for age, name in enumerate(keys[:3]):
        cache.write(name, entry)
        os.utime(tmp_path / f"{name}.npy", (1000 + age, 1000 + age))
    assert cache.read(keys[0]) is not None  # used again, so the second one is now the oldest
    cache.write(keys[3], entry)
    assert [cache.read(name) is not None for name in keys] == [True, False, True, True]


def test_a_result_larger_than_the_limit_is_not_kept(tmp_path: Path) -> None:
    cache = InferCache(tmp_path, limit_bytes=100)
    cache.write(KEY, np.zeros((10, 10), np.float32))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = InferCache(tmp_path / "file" / "cache")
    cache.write(KEY, RESULT)
    assert cache.read(KEY) is None


def test_nothing_half_written_stays_behind(tmp_path: Path) -> None:
    InferCache(tmp_path).write(KEY, RESULT)
    assert [path.name for path in tmp_path.iterdir()] == [f"{KEY}.npy"]


def test_processes_and_threads_may_share_the_folder(tmp_path: Path) -> None:
    script = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from maya_a2f.worker.infer_cache import InferCache\n"
        "cache = InferCache(Path(sys.argv[1]), limit_bytes=40_000)\n"
        "for number in range(60):\n"
        "    name = f'{number % 12:064x}'\n"
        "    read = cache.read(name)\n"
        "    assert read is None or (read == number % 12).all()\n"
        "    cache.write(name, np.full((10, 100), number % 12, np.float32))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    others = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    wrong: list[int] = []

    def use() -> None:
        cache = InferCache(tmp_path, limit_bytes=40_000)
        for number in range(60):
            read = cache.read(f"{number % 12:064x}")
            if read is not None and not (read == number % 12).all():
                wrong.append(number)
            cache.write(f"{number % 12:064x}", np.full((10, 100), number % 12, np.float32))

    threads = [threading.Thread(target=use, name=f"cache user {number}") for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        _, errors = other.communicate(timeout=60)
        assert other.returncode == 0, errors.decode()
    assert wrong == []
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 40_000 + 4200
