"""Time, units, ranges, sound."""

from __future__ import annotations

import wave
from typing import Any

from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from tests.fake_maya.commands.registry import behaviour, names_in
from tests.fake_maya.model.units import ANGULAR, ANGULAR_NAMES, LINEAR, LINEAR_NAMES, nearest_tick
from tests.fake_maya.session import Session

_RANGES = ("minTime", "maxTime", "animationStartTime", "animationEndTime")


@behaviour
def currentTime(session: Session, mode: str, *args: Any, **flags: Any) -> float:
    scene = session.scene
    if mode != "q":
        scene.shown.clear()
        scene.set_member(scene, "ticks", nearest_tick(float(args[0]), scene.rate))
    return scene.ticks / scene.unit_scale("time")


@behaviour
def currentUnit(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    if mode == "q":
        if flags.get("time"):
            return scene.time_unit
        return scene.linear if flags.get("linear") else scene.angular
    if "linear" in flags:
        unit = LINEAR_NAMES.get(flags["linear"], flags["linear"])
        if unit not in LINEAR:
            raise RuntimeError(f"Invalid unit {unit}")
        scene.set_member(scene, "linear", unit)
    if "angle" in flags:
        unit = ANGULAR_NAMES.get(flags["angle"], flags["angle"])
        if unit not in ANGULAR:
            raise RuntimeError(f"Invalid unit {unit}")
        scene.set_member(scene, "angular", unit)
    if "time" in flags:
        scene.set_member(scene, "time_unit", flags["time"])
    return None


@behaviour
def playbackOptions(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    if mode == "q":
        name = next(iter(flags))
        if name == "framesPerSecond":
            return float(scene.rate)
        value = scene.ranges[name]
        return value / scene.unit_scale("time") if name in _RANGES else value
    for name, value in flags.items():
        scene.ranges[name] = nearest_tick(value, scene.rate) if name in _RANGES else value
    return None


@behaviour
def sound(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    if mode == "c":
        node = scene.create("audio", flags.get("name", "audio1"))
        scene.set_member(scene, "selection", [node.uuid])  # as createNode: the worse of what Maya may do
        scene.set_value((node.uuid, "filename"), flags["file"])
        scene.set_value((node.uuid, "offset"), flags.get("offset", 0.0) * scene.unit_scale("time"))
        scene.set_value((node.uuid, "sourceEnd"), _seconds(session, flags["file"]) * TICKS_PER_SECOND)
        return scene.display_name(node)
    node = scene.node(next(names_in(args)))
    names = {
        "file": "filename",
        "offset": "offset",
        "sourceStart": "sourceStart",
        "sourceEnd": "sourceEnd",
        "endTime": "endFrame",
    }
    if mode == "q" and flags.get("length"):
        return scene.value((node.uuid, "sourceEnd")) / scene.unit_scale("time")
    if mode == "q":
        name = names[next(iter(flags))]
        value = scene.value((node.uuid, name))
        return value if name == "filename" else value / scene.unit_scale("time")
    for flag, value in flags.items():
        scene.set_value((node.uuid, names[flag]), value if flag == "file" else value * scene.unit_scale("time"))
        if flag == "sourceStart" and "trimming moves" in session.faults:
            scene.set_value((node.uuid, "offset"), value * scene.unit_scale("time"))
    return scene.display_name(node)


def _seconds(session: Session, path: str) -> float:
    """Length of a PCM WAV; 0 for what is missing or no PCM, as Maya shows it."""
    try:
        with wave.open(path, "rb") as file:
            return file.getnframes() / file.getframerate() if "sounds unread" not in session.faults else 0.0
    except (OSError, EOFError, wave.Error):
        return 1.0 if "float sounds" in session.faults else 0.0


@behaviour
def timeControl(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    name = next(names_in(args))
    if flags.get("exists"):
        return not session.batch and name == "timeControl1"
    if session.batch or name != "timeControl1":
        raise RuntimeError(f"timeControl: Object '{name}' not found.")
    if mode == "q":
        return session.slider[next(iter(flags))]
    session.slider.update({key: value for key, value in flags.items() if key in session.slider})
    return name
