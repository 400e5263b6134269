"""What fails with one line of a pack, and what ends the worker: a lost GPU serves none of the lines to come."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.settings import checkout_folder
from maya_a2f.worker import pack_solving
from maya_a2f.worker import pipeline as pipeline_module
from maya_a2f.worker.engines.regression import RegressionEngine
from maya_a2f.worker.pack_solving import LineTake, PackLine, solved_lines
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest
from tests.diffusion_package_factory import make_diffusion_package
from tests.package_factory import make_package

STEPS = {
    "the network": (pack_solving, "run_at_once"),
    "posing": (Pipeline, "take_of"),
    "hearing emotion": (Pipeline, "emotion"),
}


def lines_of(folder: Path, model: str, *, is_packed: bool = True) -> list[PackLine]:
    lines = []
    for number in range(2):
        clip = folder / f"clip{number}.wav"
        soundfile.write(clip, np.random.default_rng(number).normal(0, 0.1, 8000), 16000, subtype="FLOAT")
        request = SolveRequest(
            clip_path=clip,
            in_seconds=0.0,
            out_seconds=None,
            model=str(folder / model),
            rate=Fraction(30),
            emotion={},
            parameters={},
            tail_seconds=0.0,
            model_folders=(),
            cache_folder=folder / "cache",
        )
        lines.append(PackLine(number, request, 15 * number, 15, is_packed))
    return lines


def solved(lines: list[PackLine]) -> list[LineTake]:
    return list(solved_lines(Pipeline(), lines, 16, lambda *_: None, lambda: False))


def failing_once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: Exception) -> None:
    own, calls = getattr(owner, name), list[None]()

    def fails(*arguments: Any, **named: Any) -> Any:
        calls.append(None)
        if len(calls) == 1:
            raise error
        return own(*arguments, **named)

    monkeypatch.setattr(owner, name, fails)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_package(tmp_path / "tiny", seed=2)
    make_diffusion_package(tmp_path / "v3", vertices=61, tongue_vertices=22)
    return tmp_path


@pytest.mark.parametrize(("owner", "name"), STEPS.values(), ids=list(STEPS))
def test_a_lost_gpu_is_no_failure_of_a_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    lines = lines_of(folder, "tiny")
    failing_once(monkeypatch, owner, name, EngineError("gone", code="engine.gpu_lost"))
    with pytest.raises(EngineError, match="gone"):
        solved(lines)


@pytest.mark.parametrize(("model", "is_packed", "name"), [("v3", True, "take_of"), ("tiny", False, "solved_file")])
def test_nor_of_a_line_that_goes_by_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch, model: str, is_packed: bool, name: str
) -> None:
    lines = lines_of(folder, model, is_packed=is_packed)
    failing_once(monkeypatch, Pipeline, name, EngineError("gone", code="engine.gpu_lost"))
    with pytest.raises(EngineError, match="gone"):
        solved(lines)


def test_preparing_the_network_can_be_called_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def preparing(*told: Any) -> Any:
        assert told[-1].cancelled()  # the watch
        raise Cancelled

    monkeypatch.setattr(pipeline_module, "open_model", preparing)
    with pytest.raises(Cancelled):
        list(solved_lines(Pipeline(), lines_of(folder, "tiny"), 16, lambda *_: None, lambda: True))


@pytest.mark.parametrize("model", ["tiny", "v3"])
def test_another_error_is_the_lines_own(folder: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    lines = lines_of(folder, model)
    failing_once(monkeypatch, Pipeline, "take_of", EngineError("no", code="network.not_finite"))
    first, second = solved(lines)
    assert first.error is not None
    assert first.error.code == "network.not_finite"
    assert second.error is None
    assert len(second.content) > 1000


def test_a_batch_without_room_on_the_device_is_run_in_halves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(folder, "tiny")
    whole = solved(lines)
    own, sizes = RegressionEngine.run, []

    def scarce(self: RegressionEngine, emotion: Any, audio: Any) -> Any:
        sizes.append(len(audio))
        if len(audio) > 4:
            raise EngineError("too much", code="engine.out_of_memory")
        return own(self, emotion, audio)

    monkeypatch.setattr(RegressionEngine, "run", scarce)
    for made, right in zip(solved(lines), whole, strict=True):
        assert made.take is not None
        assert right.take is not None
        for name, samples in right.take.tracks.items():
            assert made.take.tracks[name] == pytest.approx(samples, abs=1e-5), name
    assert set(sizes) == {16, 8, 4}


@pytest.mark.parametrize("model", ["tiny", "v3", str(checkout_folder() / "engines" / "default")])
def test_progress_counts_the_rows_of_the_part(folder: Path, model: str) -> None:
    told: list[tuple[int, int]] = []

    def hear(stage: str, done: int, total: int) -> None:
        if stage == "Solving":
            told.append((done, total))

    found = list(solved_lines(Pipeline(), lines_of(folder, model), 16, hear, lambda: False))
    assert [one.error for one in found] == [None, None]
    assert {total for _, total in told} == {30}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == 30
