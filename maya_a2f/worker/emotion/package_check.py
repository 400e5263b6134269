"""Whether a folder is a sound Audio2Emotion package: every finding, and the network run once on silence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_settings import EMOTION_SETTINGS, setting_fault
from maya_a2f.errors import A2FError
from maya_a2f.worker.emotion.chain import ChainSettings
from maya_a2f.worker.emotion.listener import CLASSES
from maya_a2f.worker.emotion.network_listener import NetworkListener
from maya_a2f.worker.emotion.package import (
    EmotionFiles,
    EmotionInfo,
    EmotionPackage,
    read_emotion_config,
    read_emotion_files,
    read_emotion_info,
)
from maya_a2f.worker.emotion.source import chain_values
from maya_a2f.worker.engines.selection import EngineWish
from maya_a2f.worker.package_faults import BadPackageError
from maya_a2f.worker.package_findings import Finding, PackageReport
from maya_a2f.worker.package_reading import package_name

_T = TypeVar("_T")


def check_emotion_package(folder: Path) -> PackageReport:
    """Read everything in ``folder`` and run the network once. Bad packages are reported, never raised."""
    findings: list[Finding] = []
    facts: dict[str, Any] = {"kind": "emotion"}
    files = _attempt(findings, folder, lambda: read_emotion_files(folder))
    if files is not None:
        _check(findings, facts, folder, files)
    return PackageReport(folder, package_name(folder), tuple(findings), facts)


def _check(findings: list[Finding], facts: dict[str, Any], folder: Path, files: EmotionFiles) -> None:
    info = _attempt(findings, files.network_info, lambda: read_emotion_info(files.network_info))
    if info is None:
        return
    facts.update({"hears": list(info.emotions), "sample_rate_hz": info.samplerate, "network_file": files.network.name})
    if info.emotions != CLASSES:
        what = f"It hears {', '.join(info.emotions)}; the published network hears {', '.join(CLASSES)}."
        findings.append(_warning(files.network_info, what, "package.other_emotions"))
    chain = _attempt(findings, files.model_config, lambda: read_emotion_config(files.model_config, info))
    if chain is None:
        return
    facts.update(_chain_facts(info, chain))
    if chain.length != len(EMOTIONS):
        what = f"It speaks of {chain.length} emotions; Audio2Face's published models know {len(EMOTIONS)}."
        findings.append(_warning(files.model_config, what, "package.other_length"))
    own = chain_values(chain)
    for setting in EMOTION_SETTINGS:
        if setting.name in own and (wrong := setting_fault(setting, own[setting.name])):
            what = f"Its {setting.name} is {own[setting.name]:g}, outside what NVIDIA's service takes: {wrong}."
            findings.append(_warning(files.model_config, what, "package.unusual_value"))
    package = EmotionPackage(folder, package_name(folder), info, chain, files.network)
    listener = _attempt(findings, files.network, lambda: NetworkListener(package, wish=EngineWish("onnxruntime-cpu")))
    if listener is not None:
        facts.update(_attempt(findings, files.network, lambda: _heard_silence(listener)) or {})


def _chain_facts(info: EmotionInfo, chain: ChainSettings) -> Mapping[str, Any]:
    names = EMOTIONS if chain.length == len(EMOTIONS) else tuple(map(str, range(chain.length)))
    mapping = [
        f"{heard} -> {names[slot] if slot >= 0 else 'nothing'}"
        for heard, slot in zip(info.emotions, chain.correspondence, strict=True)
    ]
    return {"mapping": mapping, "settings": [f"{name}={value:g}" for name, value in chain_values(chain).items()]}


def _heard_silence(listener: NetworkListener) -> Mapping[str, Any]:
    window = listener.usual_window
    seconds = []
    for _ in range(2):  # the first run also sets the runtime up
        start = time.perf_counter()
        listener.hear(np.zeros(window, np.float32), np.zeros(1, np.int64), window)
        seconds.append(time.perf_counter() - start)
    return {
        "engine": listener.description,
        "window_samples": window,
        "batch": "any" if listener.max_batch is None else f"at most {listener.max_batch}",
        "milliseconds_per_run": round(1000.0 * seconds[-1], 3),
    }


def _attempt(findings: list[Finding], path: Path, action: Callable[[], _T]) -> _T | None:
    try:
        return action()
    except BadPackageError as bad:
        findings += [Finding("error", fault.path.name, fault.message, fault.hint, fault.code) for fault in bad.faults]
    except A2FError as error:
        findings.append(Finding("error", path.name, error.message, error.hint, error.code))
    except MemoryError:
        what = "It does not fit into this machine's memory."
        findings.append(Finding("error", path.name, what, "", "package.too_large"))
    return None


def _warning(path: Path, what: str, code: str) -> Finding:
    return Finding("warning", path.name, what, "", code)
