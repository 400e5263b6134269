"""Reading an Audio2Emotion package (v2.2, v3.0 layout). Formats: specification, model-package.md section 6."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.errors import UserError
from maya_a2f.worker.emotion.chain import ChainSettings
from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.package_faults import REPAIR, BadPackageError, PackageError, package_fault, regular_file
from maya_a2f.worker.package_files import MODEL_FILE, external_weights, not_a_package, package_kind
from maya_a2f.worker.package_hash import file_digest
from maya_a2f.worker.package_reading import package_name

_CONFIG = "post_processing_config"
_MOST_EMOTIONS = 1000


@dataclass(frozen=True)
class EmotionFiles:
    """Paths of a package's files."""

    model: Path
    network_info: Path
    model_config: Path
    network: Path
    """The ONNX file; the folder where it is not needed."""


@dataclass(frozen=True)
class EmotionInfo:
    """``network_info.json``."""

    emotions: tuple[str, ...]
    """What is heard, in the order of the network's output."""
    samplerate: int
    """Hz."""


@dataclass(frozen=True)
class EmotionPackage:
    """Everything that is needed to hear emotions."""

    folder: Path
    name: str
    info: EmotionInfo
    chain: ChainSettings
    """As the package has them."""
    network_path: Path


def load_emotion_package(folder: Path, *, needs_network: bool = True) -> EmotionPackage:
    """Read the package in ``folder``. Raises :class:`EngineError` ``package.*`` naming file, key and next step.

    Without its network (post-process only) just the two descriptions are read.
    """
    try:
        files = read_emotion_files(folder, needs_network=needs_network)
        info = read_emotion_info(files.network_info)
        chain = read_emotion_config(files.model_config, info)
    except BadPackageError as bad:
        raise bad.faults[0] from None
    return EmotionPackage(folder, package_name(folder), info, chain, files.network)


def refuse_face_package(folder: Path) -> None:
    """Raises :class:`UserError` ``emotion.not_a_listener`` for a package of another kind."""
    try:
        kind = package_kind(JsonFields(folder / MODEL_FILE), folder)
    except BadPackageError:
        return
    if kind in ("regression", "diffusion"):
        raise UserError(
            f"The model package '{folder}' moves a face; it does not hear emotions.",
            code="emotion.not_a_listener",
            hint="Choose an Audio2Emotion package, 'estimator' or 'none' ('a2f models list' shows the kinds).",
        )


def read_emotion_files(folder: Path, *, needs_network: bool = True) -> EmotionFiles:
    """Read ``folder/model.json`` and find what it names. Raises :class:`BadPackageError`."""
    model = folder / MODEL_FILE
    try:
        is_there = model.is_file()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise BadPackageError([not_a_package(folder)])
    fields = JsonFields(model)
    faults: list[PackageError] = []
    named: dict[str, Path] = {}
    for key in ("networkInfoPath", "modelConfigPath"):
        text = fields.file_name(key)
        named[key] = folder / text if text else folder
        if not text:
            continue
        if named[key].suffix.lower() != ".json":
            faults.append(package_fault(named[key], f"'{key}' must name a .json file", code="file_kind"))
            continue
        try:
            regular_file(named[key], named_by=f"'{key}' in '{model.name}'")
        except BadPackageError as bad:
            faults += bad.faults
    network = folder
    if needs_network:
        text = fields.file_name("networkPath") or "network.trt"
        built = folder / text
        candidates = (built.parent / f"{built.stem}.onnx", folder / "network.onnx")
        network = next((path for path in candidates if path.is_file()), candidates[0])
        if not network.is_file():
            faults.append(
                PackageError(
                    f"The model package '{folder}' is incomplete: it holds no ONNX network ('{network.name}').",
                    path=network,
                    code="network_missing",
                    hint="Put the package's 'network.onnx' beside its 'model.json'. " + REPAIR,
                )
            )
    _finish(fields, faults)
    return EmotionFiles(model, named["networkInfoPath"], named["modelConfigPath"], network)


def read_emotion_info(path: Path) -> EmotionInfo:
    """``network_info.json``. Raises :class:`BadPackageError`."""
    fields = JsonFields(path)
    emotions = fields.texts("emotions")
    if fields.has("emotions") and not 1 <= len(emotions) <= _MOST_EMOTIONS:
        fields.fault(f"'emotions' names {len(emotions)} emotions", code="wrong_value")
    if len(set(emotions)) != len(emotions):
        fields.fault("'emotions' names an emotion twice", code="wrong_value")
    info = EmotionInfo(emotions, fields.integer("audio_params.samplerate", minimum=1000, maximum=384_000))
    fields.finish()
    return info


def read_emotion_config(path: Path, info: EmotionInfo) -> ChainSettings:
    """``model_config.json``. Raises :class:`BadPackageError`.

    Only lengths and the correspondence are checked, as in the SDK (emotion.md section 3.1).
    """
    fields = JsonFields(path)

    def number(key: str) -> float:
        return fields.number(f"{_CONFIG}.{key}")

    length = fields.integer(f"{_CONFIG}.output_emotion_length", minimum=1, maximum=_MOST_EMOTIONS)
    number("fixed_dt")  # has to be there, and is never used: the frame rate decides
    chain = ChainSettings(
        correspondence=_correspondence(fields, info, length),
        length=length,
        emotion_contrast=number("emotion_contrast"),
        max_emotions=fields.integer(f"{_CONFIG}.max_emotions", minimum=0, maximum=_MOST_EMOTIONS),
        live_blend_coef=number("live_blend_coef"),
        enable_preferred_emotion=fields.flag(f"{_CONFIG}.enable_preferred_emotion"),
        preferred_emotion_strength=number("preferred_emotion_strength"),
        live_transition_time=number("transition_smoothing"),
        emotion_strength=number("emotion_strength"),
        preferred_emotion=fields.numbers(f"{_CONFIG}.preferred_emotion", count=length),
    )
    fields.finish()
    return chain


def emotion_package_hash(package: EmotionPackage, known: MutableMapping[str, str]) -> str:
    """64 hex digits over the network; what the chain does with its answers is not part of it.

    ``known`` is that of :func:`maya_a2f.worker.package_hash.package_hash`. Raises :class:`EngineError`.
    """
    files = (package.network_path, *external_weights(package.network_path))
    return hashlib.sha256("".join(file_digest(path, known) for path in files).encode()).hexdigest()


def _correspondence(fields: JsonFields, info: EmotionInfo, length: int) -> tuple[int, ...]:
    if not fields.is_object(f"{_CONFIG}.emotion_correspondence"):
        if not fields.has(f"{_CONFIG}.emotion_correspondence"):
            fields.fault(f"the key '{_CONFIG}.emotion_correspondence' is missing", code="key_missing")
        return (-1,) * len(info.emotions)
    return tuple(
        fields.integer(f"{_CONFIG}.emotion_correspondence.{name}", minimum=-1, maximum=length - 1)
        for name in info.emotions
    )


def _finish(fields: JsonFields, faults: list[PackageError]) -> None:
    try:
        fields.finish()
    except BadPackageError as bad:
        faults = [*bad.faults, *faults]
    if faults:
        raise BadPackageError(faults)
