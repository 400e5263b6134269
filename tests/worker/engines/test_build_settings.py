"""What ``trt_info.json`` asks of a build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.errors import EngineError
from maya_a2f.settings import checkout_folder
from maya_a2f.worker.engines.build_settings import build_settings
from maya_a2f.worker.engines.signature import Axis, Signature, TensorSpec, emotion_signature
from tests.worker.engines.networks import SIGNATURE

REGRESSION = Signature(
    (TensorSpec("emotion", (Axis.BATCH, 1, 26)), TensorSpec("input", (Axis.BATCH, 1, 8320))),
    (TensorSpec("result", (Axis.BATCH, 1, 301)),),
)
DIFFUSION = Signature(
    (
        TensorSpec("emotion", (Axis.BATCH, 30, 10)),
        TensorSpec("identity", (Axis.BATCH, 3)),
        TensorSpec("input_latents", (2, 2, Axis.BATCH, 256)),
        TensorSpec("noise", (Axis.BATCH, 3, 60, 88831)),
        TensorSpec("window", (Axis.BATCH, 16000)),
    ),
    (
        TensorSpec("output_latents", (2, 2, Axis.BATCH, 256)),
        TensorSpec("prediction", (Axis.BATCH, 60, 88831)),
    ),
)


def info(folder: Path, *arguments: str, **content: Any) -> Path:
    path = folder / "trt_info.json"
    path.write_text(json.dumps({"trt_build_param": {"all": list(arguments)}, **content}), "utf-8")
    return path


def test_the_shipped_package_asks_for_batches_up_to_128() -> None:
    settings = build_settings(checkout_folder() / "engines" / "default" / "trt_info.json", REGRESSION)
    assert settings.shapes["input"] == ((1, 1, 8320), (10, 1, 8320), (128, 1, 8320))
    assert settings.shapes["emotion"] == ((1, 1, 26), (10, 1, 26), (128, 1, 26))
    assert settings.memory_pools == {"TACTIC_SHARED_MEMORY": 48 * 1024}


def test_format_fields_are_filled_from_the_defaults(tmp_path: Path) -> None:
    path = info(
        tmp_path,
        "--minShapes=emotion:1x1x6,input:1x1x1600",
        "--maxShapes=emotion:{MAX}x1x6,input:{MAX}x1x1600",
        "--memPoolSize=workspace:2G,tacticSharedMem:0.046875",
        "--builderOptimizationLevel=4",
        "--fp16",
        "--verbose",
        defaults={"MAX": 80},
    )
    settings = build_settings(path, SIGNATURE)
    assert settings.shapes["input"] == ((1, 1, 1600), (80, 1, 1600), (80, 1, 1600))
    assert settings.memory_pools == {"WORKSPACE": 2 * 2**30, "TACTIC_SHARED_MEMORY": 49152}
    assert settings.optimization_level == 4


def test_single_frames_run_also_where_the_package_asks_for_whole_batches(tmp_path: Path) -> None:
    shapes = ("--minShapes=window:4x16000,identity:4x3,emotion:4x30x10,input_latents:2x2x4x256,noise:4x3x60x88831",)
    settings = build_settings(info(tmp_path, *shapes), DIFFUSION)
    assert settings.shapes["input_latents"] == ((2, 2, 1, 256), (2, 2, 4, 256), (2, 2, 4, 256))
    assert settings.shapes["window"] == ((1, 16000), (4, 16000), (4, 16000))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--maxShapes=emotion:{MAX}x1x6",), "needs the value 'MAX'"),
        (("--maxShapes=emotion:{0.__class__}x1x6",), "must be like"),
        (("--maxShapes=emotion:4x1x6,sound:4x1x1600",), "shapes for 'sound', but the inputs are 'emotion', 'input'"),
        (("--maxShapes=emotion:4x1x6",), "no shapes for the input 'input'"),
        (("--maxShapes=emotion:4x1x7,input:4x1x1600",), r"'emotion' the shape \[4, 1, 7\], which must be"),
        (("--maxShapes=emotion:4x6,input:4x1x1600",), "which must be"),
        (("--maxShapes=emotion:4x1x6,input:8x1x1600",), "different batches"),
        (("--maxShapes=emotion:4x1x6,input:4x1x1600", "--minShapes=emotion:8x1x6,input:8x1x1600"), "do not grow"),
        (("--maxShapes=emotion:0x1x6,input:4x1x1600",), "must be like"),
        (("--memPoolSize=workspace:lots",), "must be like 'workspace:1024'"),
        (("--builderOptimizationLevel=9",), "from 0 to 5"),
    ],
)
def test_what_cannot_be_meant_is_refused_naming_the_file(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    path = info(tmp_path, *arguments)
    with pytest.raises(EngineError, match=words) as caught:
        build_settings(path, SIGNATURE)
    assert caught.value.code == "engine.bad_build_info"
    assert str(path) in caught.value.message


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"trt_build_param": {"batch": "--fp16"}}', "[" * 100_000])
def test_a_file_that_is_no_description_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trt_info.json"
    path.write_text(text, "utf-8")
    with pytest.raises(EngineError) as caught:
        build_settings(path, SIGNATURE)
    assert caught.value.code == "engine.bad_build_info"


def test_without_a_file_the_batch_suits_the_size_of_the_tensors() -> None:
    assert build_settings(None, REGRESSION).shapes["input"] == ((1, 1, 8320), (10, 1, 8320), (128, 1, 8320))
    latents = build_settings(None, DIFFUSION).shapes["input_latents"]
    assert [shape[2] for shape in latents] == [1, 4, 8]
    assert build_settings(None, emotion_signature(6)).shapes["input_values"] == ((1, 5000), (10, 30000), (128, 60000))
