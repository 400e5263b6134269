"""A network that answers for a whole stretch of sound: frames whose windows lie on one grid share what they hear alike.

A file of this project's packages, ``network_stretch.onnx`` beside ``network.onnx``, for networks whose convolutions
look at nothing but their own surroundings: ``input`` (B, 1, S) samples, ``emotion`` (B, M, E) and ``places`` (M,)
int64 to ``result`` (B, M, R), frame m's window beginning ``places[m]`` steps into the stretch. How many samples a step
has is a property of the file. On a processor it takes a quarter of the time; other engines do not need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.cuda_faults import run_error
from maya_a2f.worker.engines.onnxruntime_network import opened_network
from maya_a2f.worker.engines.port import Engine
from maya_a2f.worker.package import Floats, NetworkInfo
from maya_a2f.worker.package_faults import REPAIR
from maya_a2f.worker.package_files import STEP_PROPERTY, stretch_file

_MOST_DIGITS = 10
_ALLOWED = 1e-4
"""Of the range of the results: rounding leaves 1e-6."""
_INPUTS = {"input": ("tensor(float)", 3), "emotion": ("tensor(float)", 3), "places": ("tensor(int64)", 1)}
_PROBES = (0, 1, 3)
"""Windows that both networks are asked for, in steps."""


class StretchNetwork:
    """One network, ready to run on the processor, float32. May be called from several threads at once."""

    def __init__(self, path: Path, info: NetworkInfo, threads: int | None = None) -> None:
        """Raises :class:`EngineError` ``engine.network_damaged``, ``engine.network_misfit``."""
        self._path = path
        self._info = info
        self._session: Any = opened_network(path, threads=threads, is_cut=False)
        step = self._session.get_modelmeta().custom_metadata_map.get(STEP_PROPERTY, "")
        inputs = {one.name: (one.type, len(one.shape)) for one in self._session.get_inputs()}
        self.step_samples = int(step) if step.isdecimal() and len(step) < _MOST_DIGITS else 0
        if inputs != _INPUTS or not 0 < self.step_samples <= info.buffer_len:
            raise self._misfit()

    def run(self, emotion: Floats, audio: Floats, places: npt.NDArray[np.int64]) -> Floats:
        """(B, M, R) results for ``emotion`` (B, M, E), ``audio`` (B, S), gain applied, and ``places`` (M,).

        Raises :class:`EngineError` ``engine.*`` when the network fails.
        """
        given = {"input": audio[:, np.newaxis], "emotion": emotion, "places": places}
        try:
            result: Floats = self._session.run(["result"], given)[0]
        except Exception as error:  # the runtime raises its own classes, which share no base but Exception
            raise run_error(self._path, error, is_on_gpu=False) from error
        if result.dtype != np.float32 or result.shape != (*emotion.shape[:2], self._info.result_size):
            raise self._misfit()
        return result

    def answers_as(self, engine: Engine) -> bool:
        """Whether ``engine`` gives the same for the same windows, tried on made-up sound. Raises as :meth:`run`."""
        draw = np.random.default_rng(5)
        size = self._info.buffer_len
        audio = (0.1 * draw.standard_normal((1, size + self.step_samples * _PROBES[-1]))).astype(np.float32)
        windows = np.stack([audio[:, at * self.step_samples :][:, :size] for at in _PROBES])
        emotion = draw.random((1, len(_PROBES), self._info.emotion_size), np.float32)
        shared = self.run(emotion, audio, np.array(_PROBES))[0]
        pairs = zip(emotion[0, :, np.newaxis, np.newaxis], windows[:, np.newaxis], strict=True)
        alone = np.concatenate([engine.run(*pair) for pair in pairs])  # a network's batch may be fixed at 1
        return bool(np.abs(shared - alone).max() <= _ALLOWED * max(float(np.ptp(alone)), 1e-6))

    def _misfit(self) -> EngineError:
        return EngineError(
            f"The network '{self._path}' does not fit its package.", code="engine.network_misfit", hint=REPAIR
        )


def open_stretches(
    network: Path, info: NetworkInfo, engine: Engine, threads: int | None
) -> tuple[StretchNetwork | None, str]:
    """What goes with the file ``network``, where it has something and ``engine`` runs on the processor; else None, and
    why a file that is there is not used: ``network.onnx`` alone says what is right."""
    path = stretch_file(network)
    if engine.name != "onnxruntime-cpu" or not path.is_file():
        return None, ""
    try:
        found = StretchNetwork(path, info, threads)
        if found.answers_as(engine):
            return found, ""
        why = f"it does not answer as '{network.name}' does."
    except EngineError as error:
        why = error.message.replace(str(path), path.name)
    return None, f"Windows are not shared ('{path.name}'): {why}"
