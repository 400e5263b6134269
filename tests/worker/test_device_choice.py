"""When a package runs on a torch device, and what is said of settings that cannot be followed."""

from __future__ import annotations

from typing import Any

import pytest

from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.device import choice
from tests.worker.package_values import package_values


class OnProcessor:
    """An engine that runs on no device."""

    name, description, precision, max_batch = "numbers", "numbers", "float32", None


def chosen(**environment: str) -> Any:
    return choice.device_pipeline_of(package_values(), OnProcessor(), environment)


def test_an_engine_on_the_processor_has_no_device() -> None:
    assert chosen() is None
    assert chosen(MAYA_A2F_DEVICE="off", MAYA_A2F_DEVICE_MEMORY="4096") is None
    assert chosen(MAYA_A2F_DEVICE=" AUTO ") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAYA_A2F_DEVICE", "gpu0"),
        ("MAYA_A2F_DEVICE_MEMORY", "2GB"),
        ("MAYA_A2F_DEVICE_MEMORY", "-5"),
        ("MAYA_A2F_DEVICE_MEMORY", "63"),
        ("MAYA_A2F_DEVICE_MEMORY", "²048"),
        ("MAYA_A2F_DEVICE_MEMORY", "99999999999999999999"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(UserError) as caught:
        chosen(**{name: value})
    assert caught.value.code == "device.bad_setting"
    assert name in caught.value.message
    assert value in caught.value.message


def test_torch_that_is_asked_for_and_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "has_torch", lambda: False)
    with pytest.raises(EngineError) as caught:
        chosen(MAYA_A2F_DEVICE="cpu")
    assert caught.value.code == "engine.unavailable"
    assert "'gpu'" in caught.value.hint
