"""Checks about what the panel does in Maya."""

from __future__ import annotations

from maya import cmds

from maya_a2f.host.maya import scene
from maya_a2f.host.maya.desktop.shown_values import ShownValues
from maya_a2f.host.maya.find_character import find_character
from maya_a2f.host.maya.outside_stubs import current_frame, set_current_frame
from maya_a2f.host.maya.selftest.check import Answer, Check, Surroundings, plug
from maya_a2f.host.maya.selftest.scene_checks import own_scene
from maya_a2f.host.scene_file.head_rig import GROUP_NODE


def _preview(here: Surroundings) -> Answer:
    scene.open_scene(own_scene(here.folder))
    character = find_character(GROUP_NODE)
    name = next(item.name for item in character.attributes if item.name.endswith(".jawOpen"))
    for frame in (1.0, 20.0):
        cmds.setKeyframe(name, time=frame, value=0.25)
    scene.save_scene(here.folder / "preview.ma")
    count = cmds.keyframe(name, query=True, keyframeCount=True)
    shown = ShownValues()
    shown.show(find_character(GROUP_NODE), {name: 0.75})
    seen, modified = plug(name).asDouble(), scene.is_modified()
    shown.put_back()
    set_current_frame(current_frame() + 1.0)
    back = plug(name).asDouble()
    keys = cmds.keyframe(name, query=True, keyframeCount=True)
    good = abs(seen - 0.75) < 1e-6 and abs(back - 0.25) < 1e-6 and not modified and keys == count
    words = f"0.75 shows as {seen:g}, back at {back:g}; scene modified: {modified}; keys {count} and {keys}"
    return good, words


DESKTOP_CHECKS = (
    Check(
        "panel.preview", "docs/maya.md", "Does a value set past the keys show, unsaved and without a key?",
        "it shows and leaves no trace", "the preview does not move the rig; Animate is not affected", _preview,
    ),
)  # fmt: skip
