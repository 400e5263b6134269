"""Who listens: an Audio2Emotion package, our own estimator, or nobody."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_settings import BEGINNING, EMOTION_SETTINGS, ESTIMATOR, NO_MODEL, EmotionAuto
from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.emotion import estimator
from maya_a2f.worker.emotion.chain import ChainSettings
from maya_a2f.worker.emotion.estimator import VoiceEstimator, heard_voice
from maya_a2f.worker.emotion.listener import CLASSES, Listener
from maya_a2f.worker.emotion.network_listener import NetworkListener
from maya_a2f.worker.emotion.package import (
    EmotionPackage,
    emotion_package_hash,
    load_emotion_package,
    refuse_face_package,
)
from maya_a2f.worker.emotion.voice import Voice
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.selection import EngineWish
from maya_a2f.worker.installed_models import installed_packages, resolve_model
from maya_a2f.worker.package_hash import file_digest

_DEFAULTS = {setting.name: setting.default for setting in EMOTION_SETTINGS}
_PUBLISHED_SLOTS = {"angry": "anger", "disgust": "disgust", "fear": "fear", "happy": "joy", "sad": "sadness"}
OWN_CHAIN = ChainSettings(
    correspondence=tuple(
        EMOTIONS.index(_PUBLISHED_SLOTS[name]) if name in _PUBLISHED_SLOTS else -1 for name in CLASSES
    ),
    length=len(EMOTIONS),
)
"""The values of the published v2.2 package (section 3.1)."""


@dataclass(frozen=True)
class EmotionSource:
    """A listener that is not opened yet, and what becomes of its answers."""

    name: str
    """The package's name, ``estimator`` or ``none``."""
    labels: tuple[str, ...]
    chain: ChainSettings
    """With the user's settings in place."""
    settings: Mapping[str, float]
    """Every setting of :data:`EMOTION_SETTINGS` as it acts."""
    digest: str
    """Changes with everything that is heard depends on, apart from recording and windows."""
    package: EmotionPackage | None = None
    baseline: str = ""
    """File with the estimator's baseline; empty for the clip itself."""

    @property
    def samplerate(self) -> int | None:
        """Hz; None where any does."""
        return None if self.package is None else self.package.info.samplerate

    def opened(
        self,
        rate_hz: int,
        cancelled: Callable[[], bool],
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        engine: str = "",
    ) -> Listener | None:
        """Who listens; None for nobody. ``on_progress`` hears (done, total) where a network has to be prepared first;
        ``engine`` is the one asked for, empty for the best here.

        Raises :class:`Cancelled`, :class:`EngineError` ``engine.*``, ``emotion.samplerate``.
        """
        if self.name == NO_MODEL:
            return None
        if self.package is None:
            usual = _usual_voice(self.baseline, self.digest, rate_hz, cancelled) if self.baseline else None
            return VoiceEstimator(rate_hz, self.settings["minimumCertainty"], cancelled, usual)
        if self.package.info.samplerate != rate_hz:
            raise EngineError(
                f"The package '{self.name}' hears {self.package.info.samplerate} samples a second, the model of the "
                f"face {rate_hz}.",
                code="emotion.samplerate",
                hint="Use packages that belong together, or 'estimator'.",
            )
        watch = Watch(lambda text, done, total: on_progress(done, total), cancelled)
        return NetworkListener(
            self.package, input_strength=self.settings["inputStrength"], wish=EngineWish(engine), watch=watch
        )


def emotion_source(auto: EmotionAuto, folders: Sequence[Path], known: MutableMapping[str, str]) -> EmotionSource:
    """The listener that ``auto`` asks for, among the packages in ``folders``.

    ``known`` is that of :func:`maya_a2f.worker.package_hash.package_hash`. Raises :class:`UserError` ``model.unknown``,
    ``emotion.not_a_listener`` and :class:`EngineError` ``package.*``.
    """
    wanted = auto.model.strip()
    if wanted.lower() == NO_MODEL:
        return _own(NO_MODEL, auto, known)
    if wanted.lower() == ESTIMATOR:
        return _own(ESTIMATOR, auto, known)
    if wanted:
        folder = resolve_model(wanted, folders)
        refuse_face_package(folder)
    else:
        installed = [package.folder for package in installed_packages(folders) if package.kind == "emotion"]
        if not installed:
            return _own(ESTIMATOR, auto, known)
        folder = installed[0]
    package = load_emotion_package(folder)
    chain = _with_settings(package.chain, auto.settings)
    settings = {**_DEFAULTS, **chain_values(package.chain), **auto.settings}
    digest = f"{emotion_package_hash(package, known)} {settings['inputStrength'].hex()}"
    return EmotionSource(package.name, package.info.emotions, chain, settings, digest, package)


def _own(name: str, auto: EmotionAuto, known: MutableMapping[str, str]) -> EmotionSource:
    settings = {**_DEFAULTS, **auto.settings}
    digest = f"{estimator.VERSION} {settings['minimumCertainty'].hex()}" if name == ESTIMATOR else name
    baseline = auto.baseline if name == ESTIMATOR else ""
    if baseline:
        digest += f" {_baseline_digest(Path(baseline), known)}"
    chain = _with_settings(OWN_CHAIN, auto.settings)
    return EmotionSource(name, CLASSES, chain, settings, digest, baseline=baseline)


_last_usual: dict[tuple[str, int], Voice] = {}
"""The baseline heard last: the lines of a long recording share one."""


def _usual_voice(path: str, digest: str, rate_hz: int, cancelled: Callable[[], bool]) -> Voice:
    if (digest, rate_hz) not in _last_usual:
        heard = heard_voice(load_audio(path, rate_hz=rate_hz, cancelled=cancelled).samples, rate_hz, cancelled)
        _last_usual.clear()
        _last_usual[digest, rate_hz] = heard
    return _last_usual[digest, rate_hz]


def _baseline_digest(path: Path, known: MutableMapping[str, str]) -> str:
    """Raises :class:`UserError` ``emotion.baseline`` for a file that cannot be read; what is in it shows later."""
    try:
        return file_digest(path, known)
    except EngineError as error:
        raise UserError(
            f"The neutral recording '{path}' cannot be read.",
            code="emotion.baseline",
            hint="Check the path, or leave the baseline out.",
        ) from error


_CHAIN_FIELDS = {
    "emotionContrast": "emotion_contrast",
    "maxEmotions": "max_emotions",
    "liveBlendCoef": "live_blend_coef",
    "liveTransitionTime": "live_transition_time",
    "emotionStrength": "emotion_strength",
    "enablePreferredEmotion": "enable_preferred_emotion",
    "preferredEmotionStrength": "preferred_emotion_strength",
}


def chain_values(chain: ChainSettings) -> dict[str, float]:
    """The chain's parameters by the names of :data:`EMOTION_SETTINGS`."""
    return {name: float(getattr(chain, own)) for name, own in _CHAIN_FIELDS.items()}


def _with_settings(chain: ChainSettings, settings: Mapping[str, float]) -> ChainSettings:
    changes: dict[str, object] = {own: settings[name] for name, own in _CHAIN_FIELDS.items() if name in settings}
    if "max_emotions" in changes:
        changes["max_emotions"] = int(settings["maxEmotions"])
    if "enable_preferred_emotion" in changes:
        changes["enable_preferred_emotion"] = bool(settings["enablePreferredEmotion"])
    beginning = {
        name.removeprefix(f"{BEGINNING}."): value for name, value in settings.items() if name.startswith(BEGINNING)
    }
    if beginning and chain.length == len(EMOTIONS):
        changes["beginning_emotion"] = tuple(beginning.get(name, 0.0) for name in EMOTIONS)
    return dataclasses.replace(chain, **changes)  # type: ignore[arg-type]
