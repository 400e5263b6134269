"""Checks about layers, units, files, sound and nodes."""

from __future__ import annotations

import struct
from pathlib import Path

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.core.head import load_head
from maya_a2f.core.ports import Timeline
from maya_a2f.host.maya import layers, scene
from maya_a2f.host.maya.find_character import find_character
from maya_a2f.host.maya.outside_stubs import curve_on_layer, project_folder, sound_rule, take_picture
from maya_a2f.host.maya.plugs import plug_state
from maya_a2f.host.maya.selftest.check import Answer, Check, Surroundings, new_node, plug
from maya_a2f.host.scene_file.head_rig import GROUP_NODE, head_rig
from maya_a2f.host.scene_file.head_scene import write_head_scene

HEAD_FOLDER = Path(__file__).resolve().parents[3] / "presets" / "default_head"
_LONG = 300_000


def own_scene(folder: Path) -> Path:
    """Our head as a scene, at the present rate."""
    path = folder / "a2f_selftest_head.ma"
    if not path.exists():
        write_head_scene(path, load_head(HEAD_FOLDER), [], timeline=Timeline(scene.rate(), 1, 48))
    return path


def _opens_own(here: Surroundings) -> Answer:
    scene.open_scene(own_scene(here.folder))
    character = find_character(GROUP_NODE)
    wanted = {attribute.name: attribute.rest for attribute in head_rig(load_head(HEAD_FOLDER)).attributes}
    found = {attribute.name: attribute.rest for attribute in character.rig().attributes}
    missing = sorted(set(wanted) - set(found))
    moved = [name for name in wanted if name in found and abs(found[name] - wanted[name]) > 1e-4]
    words = f"{len(found)} attributes, {len(missing)} missing {missing[:3]}, {len(moved)} not at rest {moved[:3]}"
    return not missing and not moved, words


def _rate(_: Surroundings) -> Answer:
    cmds.currentUnit(time="23.976fps", updateAnimation=False)
    seconds = OpenMaya.MTime(1_000_000.0, OpenMaya.MTime.uiUnit()).asUnits(OpenMaya.MTime.kSeconds)
    exact = abs(seconds - 1_000_000 * 1001 / 24000) < 1e-4
    return exact, f"1 000 000 frames last {seconds:.6f} s (24000/1001: 41708.333333, 23.976: 41708.375042)"


def _layer_curve(_: Surroundings) -> Answer:
    name = f"{new_node()}.translateX"
    layer = layers.made_layer(layers.LayerChoice("a2f_selftest", is_new=True))
    layers.add_to_layer(layer, [name])
    count = cmds.setKeyframe(name, animLayer=layer, time=1.0, noResolve=True)
    curve = curve_on_layer(layer, name)
    layers.take_from_layer(layer, [name])
    left = layers.layers_of(name)
    good = count == 1 and curve is not None and layer not in left
    return good, f"{count} key, curve {curve!r}, layers after leaving {list(left)}"


def _locked_layer(_: Surroundings) -> Answer:
    name = f"{new_node()}.translateX"
    layer = layers.made_layer(layers.LayerChoice("a2f_selftest", is_new=True))
    layers.add_to_layer(layer, [name])
    cmds.animLayer(layer, edit=True, lock=True)
    words, count = "nothing said", 0
    try:
        count = int(cmds.setKeyframe(name, animLayer=layer, time=1.0, value=1.0) or 0)
    except RuntimeError as error:
        words = f"RuntimeError: {str(error).strip()}"
    return count == 0, f"{count} keys set, {words}"


_MA = """//Maya ASCII 2025 scene
requires maya "2025";
currentUnit -l centimeter -a degree -t ntsc;
createNode animCurveTU -n "a2f_code28";
\tsetAttr ".tan" 28;
\tsetAttr ".wgt" no;
\tsetAttr -s 2 ".ktv[0:1]"  1 0 5 1;
createNode transform -n "a2f_target";
connectAttr "a2f_code28.o" "a2f_target.sx";
// End
"""


def _code_28(here: Surroundings) -> Answer:
    path = here.folder / "code28.ma"
    path.write_text(_MA, "ascii")
    scene.open_scene(path)
    function = OpenMayaAnim.MFnAnimCurve(plug("a2f_target.scaleX"))
    read = (function.inTangentType(0), function.outTangentType(1))
    auto = OpenMayaAnim.MFnAnimCurve.kTangentAutoEase
    return read == (auto, auto), f"reads {read}; auto-ease is {auto}, auto {OpenMayaAnim.MFnAnimCurve.kTangentAuto}"


def _long_text(_: Surroundings) -> Answer:
    node = new_node("network")
    cmds.addAttr(node, longName="note", dataType="string")
    text = "ab\\u00e9{}" * (_LONG // 9)
    cmds.setAttr(f"{node}.note", text, type="string")
    back = cmds.getAttr(f"{node}.note")
    return (
        back == text,
        f"{len(text)} characters written, {len(back or '')} read, {'equal' if back == text else 'not equal'}",
    )


def _wave(path: Path, *, floating: bool) -> str:
    """A second of silence at 24 kHz, mono; standard library only."""
    size = 4 if floating else 2
    data = bytes(24000 * size)
    form = struct.pack("<HHIIHH", 3 if floating else 1, 1, 24000, 24000 * size, size, 8 * size)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path.as_posix()


def _length(path: str) -> str | float:
    """Length in frames as Maya sees it, or what it said."""
    try:
        node = cmds.sound(file=path, name="a2f_selftest_sound")
        return float(cmds.sound(node, query=True, length=True))
    except RuntimeError as error:
        return f"RuntimeError: {str(error).strip()}"


def _pcm_wave(here: Surroundings) -> Answer:
    found = _length(_wave(here.folder / "pcm 1.wav", floating=False))
    wanted = float(scene.rate())
    good = isinstance(found, float) and abs(found - wanted) <= 1.0
    return good, f"{found} frames for one second at {wanted:g} frames per second"


def _float_wave(here: Surroundings) -> Answer:
    found = _length(_wave(here.folder / "float 1.wav", floating=True))
    refused = isinstance(found, str) or found == 0.0
    return refused, f"{found}"


def _trimmed_sound(here: Surroundings) -> Answer:
    node = cmds.sound(file=_wave(here.folder / "trim 1.wav", floating=False), offset=5.0, name="a2f_selftest_sound")
    end = float(cmds.getAttr(f"{node}.endFrame"))
    cmds.sound(node, edit=True, sourceStart=3.0)
    offset, start = (float(cmds.getAttr(f"{node}.{name}")) for name in ("offset", "sourceStart"))
    words = f"offset 5 is {offset:g}, source start {start:g}, end {end:g} is {cmds.getAttr(f'{node}.endFrame'):g}"
    return offset == 5.0 and start == 3.0, words


def _sound_rule(_: Surroundings) -> Answer:
    rule = sound_rule()
    return bool(rule), f"'{rule}' in the project '{project_folder()}'"


def _proxy(_: Surroundings) -> Answer:
    original, other = new_node(), new_node()
    cmds.addAttr(other, longName="stands_for", proxy=f"{original}.translateX")
    found = plug(f"{other}.stands_for")
    state = plug_state(found)
    return state.freedom == "proxy", f"isProxy {found.isProxy}, taken as '{state.freedom}': {state.reason or 'free'}"


def _playblast(here: Surroundings) -> Answer:
    if not cmds.about(batch=True):
        return None, "The question is about mayapy: run it there."
    if not here.risky:
        return None, "It may end the process: run again with --risky."
    made = take_picture((here.folder / "picture").as_posix())
    return made, "a picture was written" if made else "no picture was written"


SCENE_CHECKS = (
    Check(
        "scene.own_ma", "14, 20.6", "Does Maya open our own minimal scene?",
        "without a complaint, everything at rest", "none: report this", _opens_own,
    ),
    Check(
        "rate.23976", "9, 20.8", "Is 23.976 counted as 24000/1001?",
        "exactly", "Maya's own length of a frame is measured at each bake and followed", _rate,
    ),
    Check(
        "layer.curve", "7", "Does the first key on a layer make a curve that findCurveForPlug names?",
        "yes, and removeAttribute takes the plug out", "the attribute is skipped and named", _layer_curve,
    ),
    Check(
        "layer.locked", "7, 20.4", "What does setKeyframe do on a locked layer?",
        "0 keys", "locks of layers are asked for before writing", _locked_layer,
    ),
    Check(
        "tangent.28", "14, 20.7", "What is tangent code 28 of scene files?",
        "auto-ease", "read as auto by the scene-file reader; Maya itself is not affected", _code_28,
    ),
    Check(
        "node.long_text", "17", "Does a node keep a text of 300 000 characters?",
        "every character", "none: report this", _long_text,
    ),
    Check(
        "sound.pcm", "10", "Does Maya take a 16-bit PCM WAV, with its true length?",
        "yes", "the sound's range is set by hand in any case", _pcm_wave,
    ),
    Check(
        "sound.float", "10, 20.15", "Does Maya refuse a float WAV?",
        "yes", "a 16-bit copy is made in any case", _float_wave,
    ),
    Check(
        "sound.trim", "10", "Does the offset stay when the head of a sound is trimmed by a script?",
        "it stays; only the source start changes",
        "keys are offered to follow by offset less source start: look whether the words are heard where they were",
        _trimmed_sound,
    ),
    Check(
        "project.sound_rule", "10", "Does the project name its folder for sounds?",
        "yes", "copies of sounds go into 'sound' of the project", _sound_rule,
    ),
    Check(
        "plug.proxy", "8", "Is a proxy attribute known as one?",
        "yes, and it is refused by name", "it is refused as driven by another attribute", _proxy,
    ),
    Check(
        "playblast.mayapy", "13, 20.9", "Does playblast work in mayapy?",
        "a picture", "pictures are drawn by the worker; nothing relies on it", _playblast,
    ),
)  # fmt: skip
