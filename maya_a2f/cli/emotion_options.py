"""Options of the emotion: by hand, from the voice, from a file beside the recording."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.cli.options import parse_assignments, parse_number
from maya_a2f.core.emotion_keys import EmotionKey, read_emotion_keys
from maya_a2f.core.emotion_settings import EmotionAuto, checked_auto
from maya_a2f.core.emotion_sidecar import sidecar_of
from maya_a2f.errors import UserError


@dataclass(frozen=True)
class EmotionChoice:
    """What a command was told of the emotion."""

    emotion: Mapping[str, float]
    keys: tuple[EmotionKey, ...]
    auto: EmotionAuto
    note: str = ""
    """Where it comes from, where that was not on the command line."""


def add_emotion_options(group: argparse._ArgumentGroup) -> None:
    """``--emotion`` and all that goes with it."""
    group.add_argument(
        "--emotion",
        metavar="NAME=X,…",
        action="append",
        default=[],
        help="emotions from 0 to 1, for example joy=0.6,cheekiness=0.2",
    )
    group.add_argument(
        "--emotion-keys",
        metavar="FILE",
        type=Path,
        default=None,
        help='emotions over time, a JSON file: {"schema": "a2f.emotion_keys/1", "keys": '
        '[{"seconds": 0.5, "strengths": {"joy": 0.8}}, …]}',
    )
    group.add_argument(
        "--emotion-auto",
        metavar="STRENGTH",
        type=strength,
        default=None,
        help="how much of the emotion comes from the voice: 0 is off, only what is set by hand counts (the default); "
        "1 is the voice alone; between, both are mixed",
    )
    group.add_argument(
        "--emotion-model",
        metavar="NAME|DIR",
        default=None,
        help="who hears emotion: an Audio2Emotion package, 'estimator' (our own, modest one), or 'none' (only the "
        "chain); default: the first installed package, else the estimator",
    )
    group.add_argument(
        "--emotion-baseline",
        metavar="FILE",
        default=None,
        help="a recording of the same speaker, speaking neutrally into the same microphone: the estimator compares "
        "with it (default: with the clip itself, so that a clip of one mood all through counts as neutral)",
    )
    group.add_argument(
        "--emotion-setting",
        metavar="NAME=X,…",
        action="append",
        default=[],
        help="settings of the emotion from the voice, for example maxEmotions=2,liveTransitionTime=0.3",
    )
    group.add_argument(
        "--emotion-file",
        metavar="FILE|none",
        default=None,
        help="the recording's own emotions (default: CLIP.emotion.json beside it, where there is one); options above "
        "win over it, 'none' leaves it out",
    )


def emotion_choice(options: argparse.Namespace) -> EmotionChoice:
    """Options and the file beside the recording together. Raises :class:`UserError` ``emotion.*``, ``option.bad``."""
    emotion = parse_assignments(options.emotion, "emotion")
    keys = () if options.emotion_keys is None else read_emotion_keys(options.emotion_keys)
    settings = parse_assignments(options.emotion_setting, "emotion setting")
    found = sidecar_of(options.clip, options.emotion_file)
    auto, note = EmotionAuto(options.emotion_auto or 0.0), ""
    if found is not None:
        path, sidecar = found
        if not emotion and not keys:
            emotion, keys = dict(sidecar.emotion), sidecar.keys_from(options.in_seconds)
            note = f"The emotions come from '{path.name}'."
        if options.emotion_auto is None and sidecar.auto is not None:
            auto = sidecar.auto
            note = f"The emotions come from '{path.name}'."
    model = auto.model if options.emotion_model is None else options.emotion_model
    baseline = auto.baseline if options.emotion_baseline is None else str(Path(options.emotion_baseline).absolute())
    auto = checked_auto(EmotionAuto(auto.strength, model, {**auto.settings, **settings}, baseline))
    if not auto.is_on and (settings or options.emotion_model is not None or options.emotion_baseline is not None):
        raise UserError(
            "--emotion-setting, --emotion-model and --emotion-baseline are about the emotion from the voice, which is "
            "off.",
            code="emotion.auto_off",
            hint="Add --emotion-auto STRENGTH, for example --emotion-auto 0.7.",
        )
    return EmotionChoice(emotion, keys, auto, note)


def strength(text: str) -> float:
    """argparse type: 0 to 1."""
    value = parse_number(text)
    if value is None or not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a strength from 0 to 1")
    return value
