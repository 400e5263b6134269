"""A network on the processor with its kernels cut (:mod:`~maya_a2f.worker.engines.cut_kernels`), where that changes
nothing: both are run on the same made-up sound before the cut one is used."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.worker.engines.cut_kernels import cut_kernels
from maya_a2f.worker.engines.signature import Signature
from maya_a2f.worker.package import Floats

Open = Callable[[bytes], Any]
"""A network to a session of ONNX Runtime."""

_LARGEST_FILE = 2**30
_MOST_INPUTS = 10**6
_ALLOWED = 1e-5
"""Of the range of the results: rounding leaves 1e-7."""


def can_be_tried(signature: Signature) -> bool:
    """Whether made-up inputs are small enough: a diffusion network's noise is not, and to open it costs a gigabyte."""
    return all(math.prod(spec.shape(1, 1)) <= _MOST_INPUTS for spec in signature.inputs)


def cut_session(path: Path, open_plain: Open, open_optimised: Open) -> Any | None:
    """The optimised session of the cut network in the file ``path``; None where there is nothing to cut, or where it
    does not answer as the network itself does in a plain session."""
    with contextlib.suppress(Exception):  # the runtime's own classes share no base; opening the file as it is will tell
        if path.stat().st_size > _LARGEST_FILE:
            return None
        probe = _Probe(open_plain)
        cut = cut_kernels(path.read_bytes(), probe.shapes_of)
        if cut is not None:
            session = open_optimised(cut)
            session._model_bytes = b""  # kept to open the session again elsewhere, which nobody asks for
            return session if probe.is_answered_by(session) else None
    return None


class _Probe:
    """Made-up inputs, and what the network as it is answers."""

    def __init__(self, open_session: Open) -> None:
        self._open = open_session
        self._inputs: dict[str, Floats] = {}
        self._answers: dict[str, Floats] = {}

    def shapes_of(self, network: bytes, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """See :data:`~maya_a2f.worker.engines.cut_kernels.ShapesOf`. Raises ValueError for huge inputs."""
        session = self._open(network)
        rng = np.random.default_rng(5)
        for tensor in session.get_inputs():
            shape = [size if isinstance(size, int) else 1 for size in tensor.shape]
            if math.prod(shape) > _MOST_INPUTS:
                raise ValueError("too large to be tried out")
            self._inputs[tensor.name] = np.float32(0.1) * rng.standard_normal(shape, np.float32)
        outputs = [tensor.name for tensor in session.get_outputs()]
        found = dict(zip(outputs, session.run(outputs, self._inputs), strict=True))
        self._answers = {name: found[name] for name in outputs if name not in names}
        return {name: found[name].shape for name in names}

    def is_answered_by(self, session: Any) -> bool:
        """Whether another session gives the same."""
        found = session.run(list(self._answers), self._inputs)
        return all(
            float(np.abs(own - answer).max()) <= _ALLOWED * float(np.ptp(answer))  # written so that NaN fails
            for own, answer in zip(found, self._answers.values(), strict=True)
        )
