"""200 damaged packages: a clean error or a finite, complete result, nothing else, and no great amount of memory."""

from __future__ import annotations

import json
import shutil
import struct
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.errors import A2FError
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.inference import infer
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_check import check_package
from maya_a2f.worker.package_reading import load_package
from tests.package_factory import make_package

resource = pytest.importorskip("resource", reason="memory is measured where the system tells it")

CASES = 200
CLIP = np.concatenate([np.zeros(2000), np.random.default_rng(0).normal(0, 0.2, 2000)]).astype(np.float32)
_NUMBERS: list[Any] = [
    -1,
    0,
    1,
    2,
    3,
    2**15,
    2**31 - 1,
    2**31,
    2**40,
    0.5,
    1e30,
    1e308,
    float("nan"),
    None,
    "x",
    [],
    {},
    True,
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    return make_package(folder, vertices=40, tongue_vertices=12, skin_shapes=3, tongue_shapes=2, saccade_frames=20)


def damaged(folder: Path, rng: np.random.Generator) -> str:
    """Damage one file in one way; returns what was done."""
    path = sorted(folder.iterdir())[rng.integers(len(list(folder.iterdir())))]
    kinds = ["truncate", "flip", "flip many", "zero", "resize", "insert"]
    kind = kinds[rng.integers(len(kinds))]
    if kind == "resize" and path.suffix == ".json":
        _resize_json(path, rng)
    else:
        path.write_bytes(_damaged_bytes(bytearray(path.read_bytes()), kind, rng))
    return f"{path.name}: {kind}"


def _damaged_bytes(content: bytearray, kind: str, rng: np.random.Generator) -> bytes:
    place = int(rng.integers(len(content)))
    if kind == "truncate":
        return bytes(content[:place])
    if kind == "zero":
        return bytes(content[:place] + bytes(min(64, len(content) - place)) + content[place + 64 :])
    if kind == "insert":
        return bytes(content[:place] + rng.bytes(int(rng.integers(1, 40))) + content[place:])
    if kind == "resize":  # a 32-bit field, mostly in the directory at the end, where sizes are
        place = max(0, len(content) - int(rng.integers(4, 600)))
        content[place : place + 4] = struct.pack("<L", int(rng.choice([0, 1, 2**16, 2**31, 2**32 - 1])))
        return bytes(content)
    for _ in range(1 if kind == "flip" else 30):
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
    return bytes(content)


def _resize_json(path: Path, rng: np.random.Generator) -> None:
    root = json.loads(path.read_text(encoding="utf-8"))
    places: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []:
            places.append((node, key))
            collect(node[key])

    collect(root)
    node, key = places[rng.integers(len(places))]
    if rng.integers(4):
        node[key] = _NUMBERS[rng.integers(len(_NUMBERS))]
    else:
        del node[key]
    path.write_text(json.dumps(root), encoding="utf-8")


def outcome(folder: Path) -> A2FError | Floats:
    """The error the package is refused with, or what it gives for a short clip; any other exception passes through."""
    try:
        package = load_package(folder)
        engine = OnnxRuntimeEngine(package.network_path, package.info, threads=1)
        emotion = constant_emotion(package.info, {})
        return infer(package, engine, CLIP, Fraction(30), emotion, lambda *_: None, lambda: False)
    except A2FError as error:
        return error


def peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


@pytest.mark.parametrize("block", range(10))
def test_damage_ends_in_a_clean_error_or_a_complete_result(tiny: Path, tmp_path: Path, block: int) -> None:
    before = peak_bytes()
    refused = 0
    for case in range(block * CASES // 10, (block + 1) * CASES // 10):
        folder = shutil.copytree(tiny, tmp_path / str(case))
        done = damaged(folder, np.random.default_rng([2026, case]))
        result = outcome(folder)
        if isinstance(result, A2FError):
            refused += 1
            assert result.message, done
            assert result.hint, done
            assert not check_package(folder).is_sound, f"{done}: refused ({result}), but the check found nothing"
        else:
            assert result.size > 0, done
            assert np.isfinite(result).all(), done
    assert 0 < refused < CASES // 10  # damage that never shows, or always, would test little
    assert peak_bytes() - before < 512 * 1024**2
