from __future__ import annotations

import json
import math

import pytest

from maya_a2f.core.joint_drives import JointDrive, JointSection, joints_data, joints_from_data
from maya_a2f.errors import UserError


def bad(why: str) -> UserError:
    return UserError(why, code="rig_map.bad", hint="")


SECTION = JointSection(
    {
        "jaw_jnt": JointDrive("jaw", limits={"rotateX": (-5.0, 30.0), "rotateY": (-math.inf, 3.0)}),
        "tongue_01": JointDrive("tongue", (0.0, 0.5), parts=("rotate",)),
        "lid_L": JointDrive("leftEye", gain=0.4, turn={"eyeBlinkLeft": (38.0, 0.0, 0.0)}, pivot="eye_L"),
        "look_ctl": JointDrive(aim=("leftEye", "rightEye"), centres=("eye_L", (-3.0, 1.0, 2.0))),
        "jaw_ctl": JointDrive(turn={"jaw.rotateX": (0.0, 0.0, 1.1)}, move={"jawLeft": (0.0, 0.0, 1.0)}, space="joint"),
        "chin": JointDrive("jaw", muted=True, instead="face.jawOpen", pivot=(0.0, 1.0, 2.0)),
    },
    (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), 1.7, (0.0, 152.0, 7.0),
    {"up": 25.0, "down": 20.0, "in": 30.0, "out": 35.0}, {"tongueOut": 1.0, "tongueIn": -0.3},
)  # fmt: skip


def test_a_section_comes_back_from_its_text_as_it_was():
    text = json.dumps(joints_data(SECTION))
    assert joints_from_data(json.loads(text), bad) == SECTION
    assert bool(SECTION)


def test_an_empty_section_is_false_and_comes_back_too():
    assert not JointSection()
    assert joints_from_data(joints_data(JointSection()), bad) == JointSection()


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], '"joints" must be an object'),
        ({"drive": {}}, '"joints" has "drive"'),
        ({"scale": 0}, '"joints" / "scale" must be above 0'),
        ({"scale": True}, '"joints" / "scale" must be a number'),
        ({"axes": {"up": [0, 1, 0], "forward": [0, 2, 0]}}, '"joints" / "axes": up and forward'),
        ({"axes": {"up": [0, 0, 0]}}, '"joints" / "axes": up and forward'),
        ({"eyeLook": {"up": 25}}, '"joints" / "eyeLook" must have all of'),
        ({"eyeLook": {"up": 25, "down": 0, "in": 1, "out": 1}}, '"joints" / "eyeLook" / "down"'),
        ({"tongueOut": {"tongueIn": "x"}}, '"joints" / "tongueOut" / "tongueIn"'),
        ({"drives": {"a": {}}}, '"joints" / "drives" / "a" must have a motion'),
        ({"drives": {"a": {"motion": "chin"}}}, "'chin', which is not one of jaw"),
        ({"drives": {"a": {"motion": "tongue", "span": [0.5, 0.5]}}}, '"a" / "span"'),
        ({"drives": {"a": {"turn": {"jawOpen": [1, 2]}}}}, '"a" / "turn" / "jawOpen" must be 3 numbers'),
        ({"drives": {"a": {"turn": {"jawOpen": [1, 2, math.nan]}}}}, '"a" / "turn" / "jawOpen" must be a number'),
        ({"drives": {"a": {"aim": ["jaw"], "centres": ["b"]}}}, "'jaw', which is not one of leftEye"),
        ({"drives": {"a": {"aim": ["leftEye"]}}}, '"a" / "centres" must have one'),
        ({"drives": {"a": {"aim": ["leftEye"], "centres": ["b"], "motion": "jaw"}}}, '"a" has an aim'),
        ({"drives": {"a": {"motion": "jaw", "space": "joint"}}}, "\"a\": in the joint's own space"),
        ({"drives": {"a": {"motion": "jaw", "space": "world"}}}, '"a" / "space"'),
        ({"drives": {"a": {"motion": "jaw", "limits": {"rotateX": [3, 2]}}}}, '"rotateX" has its lowest value above'),
        ({"drives": {"a": {"motion": "jaw", "limits": {"scaleX": [1, 2]}}}}, '"a" / "limits" has "scaleX"'),
        ({"drives": {"a": {"motion": "jaw", "parts": []}}}, '"a" / "parts"'),
        ({"drives": {"a": {"motion": "jaw", "mute": 1}}}, '"a" / "mute"'),
        ({"drives": {"a": {"motion": "jaw", "instead": 1}}}, '"a" / "instead"'),
        ({"drives": {"a": {"motion": "jaw", "gian": 1}}}, '"a" has "gian"'),
        ({"drives": {"a": {"motion": ["jaw"]}}}, "which is not one of jaw"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(data, place):
    with pytest.raises(UserError) as caught:
        joints_from_data(data, bad)
    assert place in caught.value.message
