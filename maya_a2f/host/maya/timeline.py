"""Sound and playback range (specification, maya.md section 10)."""

from __future__ import annotations

from pathlib import PurePath

from maya import cmds, mel

from maya_a2f.core.ports import AudioNode
from maya_a2f.core.project_paths import marked_below, moved_in_project, unmarked_path
from maya_a2f.host.maya.outside_stubs import project_folder, time_range

_SLIDER = "$a2fSlider = $gPlayBackSlider"
"""The time slider's name comes from a MEL global."""


def audio_nodes() -> dict[str, AudioNode]:
    """Every audio node of the scene, by name."""
    return {name: _audio(name) for name in cmds.ls(type="audio") or []}


def _audio(name: str) -> AudioNode:
    start, end = (float(cmds.getAttr(f"{name}.{attribute}")) for attribute in ("sourceStart", "sourceEnd"))
    return AudioNode(cmds.getAttr(f"{name}.filename") or "", float(cmds.getAttr(f"{name}.offset")), end - start)


def lay_sound(audio: AudioNode) -> str:
    """The audio node of a file, found (also where the project lay before) or made, lying where it should; its name.

    In saved scenes the source end is the length in frames and the end frame offset plus length (maya.md section 10).
    """
    path = audio.path.replace("\\", "/")
    nodes = audio_nodes()
    same = [name for name, found in nodes.items() if unmarked_path(found.path) == unmarked_path(path)]
    marked = marked_below(path, PurePath(project_folder()), PurePath(unmarked_path(path)))
    moved = [name for name, found in nodes.items() if moved_in_project(found.path, marked)]
    if moved and not same:
        cmds.sound(moved[0], edit=True, file=path)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    name = (same or moved or [str(cmds.sound(file=path, name=f"{_plain(stem)}_sound"))])[0]
    cmds.sound(name, edit=True, offset=audio.offset_frame)
    cmds.sound(name, edit=True, sourceStart=0.0)
    cmds.sound(name, edit=True, sourceEnd=audio.length_frames)
    cmds.sound(name, edit=True, endTime=audio.offset_frame + audio.length_frames)
    return name


def _plain(text: str) -> str:
    """A text as a node's name."""
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in text)
    return name if name[:1].isalpha() else f"clip_{name}"


def show_sound(node: str) -> bool:
    """Show a sound on the time slider; False where there is no slider (batch)."""
    if cmds.about(batch=True):
        return False
    slider = mel.eval(_SLIDER)
    if not slider or not cmds.timeControl(slider, exists=True):
        return False
    cmds.timeControl(slider, edit=True, sound=node, displaySound=True, waveform="both")
    return True


def selected_range() -> tuple[float, float] | None:
    """First and last frame selected on the time slider; None where none is, or there is no slider (batch)."""
    if cmds.about(batch=True):
        return None
    slider = mel.eval(_SLIDER)
    if (
        not slider
        or not cmds.timeControl(slider, exists=True)
        or not cmds.timeControl(slider, query=True, rangeVisible=True)
    ):
        return None
    first, end = time_range(slider)
    return first, end - 1.0


def playback_notes() -> list[str]:
    """What keeps sound and picture apart when playing."""
    if float(cmds.playbackOptions(query=True, playbackSpeed=True)) != 1.0:
        return ["The playback speed is not real-time: sound will not be heard in step (time slider preferences)."]
    return []
