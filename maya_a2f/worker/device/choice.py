"""Whether a network's surroundings run on a torch device. Importing this needs no torch.

``MAYA_A2F_DEVICE`` is ``auto`` (the default: where the engine runs on a GPU and torch is there), ``cpu`` (torch on the
processor, to check the device's arithmetic) or ``off``. ``MAYA_A2F_DEVICE_MEMORY`` bounds the memory, in MiB.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.engines.device_port import DeviceEngine, device_engine_of
from maya_a2f.worker.engines.port import EngineFacts
from maya_a2f.worker.engines.torch_facts import has_torch
from maya_a2f.worker.package import RegressionPackage

if TYPE_CHECKING:
    from maya_a2f.worker.device.pipeline import DevicePipeline

_CHOICES = ("auto", "cpu", "off")
_DEFAULT_MIB = 2048


def device_pipeline_of(
    package: RegressionPackage, engine: EngineFacts, environment: Mapping[str, str] = os.environ
) -> DevicePipeline | None:
    """The package on the device of ``engine``; None where everything is done on the processor with numpy.

    Raises as :func:`chosen_device_engine`.
    """
    device_engine = chosen_device_engine(engine, environment)
    limit = _limit_bytes(environment.get("MAYA_A2F_DEVICE_MEMORY", "").strip())
    if device_engine is None:
        return None
    from maya_a2f.worker.device.pipeline import DevicePipeline

    return DevicePipeline(package, device_engine, limit)


def chosen_device_engine(engine: EngineFacts, environment: Mapping[str, str] = os.environ) -> DeviceEngine | None:
    """The network of ``engine`` on torch's tensors, where those are to be used; else None.

    Raises :class:`UserError` ``device.bad_setting``, :class:`EngineError` ``engine.unavailable`` where ``cpu`` is asked
    for without torch.
    """
    choice = environment.get("MAYA_A2F_DEVICE", "").strip().lower() or "auto"
    if choice not in _CHOICES:
        raise UserError(
            f"MAYA_A2F_DEVICE is '{choice}', but must be one of {', '.join(_CHOICES)}.",
            code="device.bad_setting",
            hint="Correct the environment variable, or remove it.",
        )
    if choice == "cpu" and not has_torch():
        raise EngineError(
            "MAYA_A2F_DEVICE asks for torch on the processor, but torch is not installed.",
            code="engine.unavailable",
            hint="Install the extra 'gpu', or remove the environment variable.",
        )
    return None if choice == "off" else device_engine_of(engine, even_on_processor=choice == "cpu")


def _limit_bytes(text: str) -> int:
    if not text:
        return _DEFAULT_MIB * 2**20
    if not (text.isascii() and text.isdigit()) or not 64 <= int(text) <= 2**22:
        raise UserError(
            f"MAYA_A2F_DEVICE_MEMORY is '{text[:40]}', but must be a whole number of MiB from 64 on.",
            code="device.bad_setting",
            hint="Correct the environment variable, or remove it: the default is 2048.",
        )
    return int(text) * 2**20
