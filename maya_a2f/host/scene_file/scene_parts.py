"""Nodes of ours that any scene can take: curves, sound, playback, and what made the keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from maya_a2f.core.ports import AudioNode, Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.ma_text import exact_number, exact_numbers, node_name
from maya_a2f.host.scene_file.ma_writer import SceneText

METADATA_NODE = "a2f_take"
"""A network node with one string attribute per entry of the metadata."""
PLAYBACK_NODE = "a2f_playbackScriptNode"
CONFIGURATION_NODE = "sceneConfigurationScriptNode"
TANGENT_CODES = {"linear": 2, "flat": 3, "spline": 9, "clamped": 10, "plateau": 16, "auto": 18}
STEP_CODE, SPLINE_CODE = 5, 9
CURVE_TYPES = {"weight": "animCurveTU", "rotate": "animCurveTA", "translate": "animCurveTL"}
_OPEN_IN_GUI_SCRIPT, _SCENE_CONFIGURATION_SCRIPT = 2, 6


def write_curve(
    scene: SceneText, curve: KeyedCurve, node: str, plug: str, scale: float = 1.0, *, uid: str = ""
) -> None:
    """A new animation curve on a plug; values are multiplied by ``scale`` to come into the scene's unit."""
    scene.create_node(CURVE_TYPES[curve.kind], node)
    if uid:
        scene.set_uid(uid)
    scene.set_attr(".tan", str(SPLINE_CODE if curve.tangent == "step" else TANGENT_CODES[curve.tangent]))
    scene.set_attr(".wgt", "no")
    values = curve.values if scale == 1.0 else [value * scale for value in curve.values]
    pairs = zip(_frame_words(tuple(curve.frames)), exact_numbers(values), strict=True)
    scene.set_words(".ktv", [word for pair in pairs for word in pair], 2)
    if curve.tangent == "step":
        scene.set_array(".kot", [STEP_CODE] * len(curve.frames), 1, exact_number)
    scene.connect(f"{node}.o", plug)


@lru_cache(maxsize=4)
def _frame_words(frames: tuple[float, ...]) -> tuple[str, ...]:
    """The curves of a take have the same frames."""
    return tuple(exact_numbers(frames))


def sound_node(audio: AudioNode) -> str:
    """A name for the node of a sound."""
    return f"{node_name(Path(audio.path.replace(chr(92), '/')).stem)}_sound"


def write_audio(scene: SceneText, node: str, audio: AudioNode) -> None:
    """The audio node; ``se`` is the length, ``ef`` the frame it ends on (specification, maya.md section 10)."""
    scene.create_node("audio", node)
    scene.set_attr(".o", exact_number(audio.offset_frame))
    scene.set_attr(".ef", exact_number(audio.offset_frame + audio.length_frames))
    scene.set_attr(".se", exact_number(audio.length_frames))
    scene.set_string(".f", sound_path(audio))


def sound_path(audio: AudioNode) -> str:
    """The path as a scene has it."""
    return audio.path.replace(chr(92), "/")


def write_configuration(scene: SceneText, timeline: Timeline) -> None:
    """The script node that sets the playback range when the scene is opened."""
    first, last = exact_number(timeline.first_frame), exact_number(timeline.last_frame)
    scene.create_node("script", CONFIGURATION_NODE)
    scene.set_string(".b", f"playbackOptions -min {first} -max {last} -ast {first} -aet {last} ")
    scene.set_attr(".st", str(_SCENE_CONFIGURATION_SCRIPT))


def write_playback_script(scene: SceneText, sound: str | None, node: str = PLAYBACK_NODE) -> None:
    """MEL run when the scene is opened in the GUI: real-time speed, and the sound on the time slider."""
    show = (
        f'global string $gPlayBackSlider; if (`objExists "{sound}"` && `timeControl -exists $gPlayBackSlider`) '
        f'timeControl -e -sound "{sound}" -displaySound 1 $gPlayBackSlider; '
    )
    scene.create_node("script", node)
    scene.set_string(".b", f"if (!`about -batch`) {{ {show if sound else ''}playbackOptions -playbackSpeed 1; }}")
    scene.set_attr(".st", str(_OPEN_IN_GUI_SCRIPT))


def write_metadata(scene: SceneText, node: str, metadata: Mapping[str, str]) -> None:
    """What made the keys, on a node of its own: it survives references and namespaces (maya.md section 17)."""
    scene.create_node("network", node)
    for name in metadata:
        scene.add_statement(f'addAttr -ci true -sn "{node_name(name)}" -ln "{node_name(name)}" -dt "string";')
    for name, value in metadata.items():
        scene.set_string(f".{node_name(name)}", value)
