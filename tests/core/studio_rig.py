"""The 116 shape names of a studio's rig, each with the channels that it should follow, judged by anatomy.

Written before the matcher. ``_l`` and ``_r`` are the character's sides, ``_c`` the middle, ``_u`` and ``_d`` upper and
lower; action units are named in words (lip corner pull, lid tight, chin raise …). Empty are shapes that no channel
means: correctives (``Fix``, ``…Open``), the rig's own speech shapes beside its funnels and puckers, teeth, nostrils,
and the tongue's scales and turns, whose axes a name cannot tell.
"""

from __future__ import annotations

_TRUTH = """
brow_lower_l: browDownLeft
brow_lower_r: browDownRight
brow_raise_l: browOuterUpLeft
brow_raise_r: browOuterUpRight
brow_raise_c: browInnerUp
brow_raise_d:

eye_blink1_l: eyeBlinkLeft
eye_blink1_r: eyeBlinkRight
eye_blink2_l: eyeBlinkLeft
eye_blink2_r: eyeBlinkRight
eye_lidTight_l: eyeSquintLeft
eye_lidTight_r: eyeSquintRight
eye_shutTight_l:
eye_shutTight_r:
eye_upperLidRaise_l: eyeWideLeft
eye_upperLidRaise_r: eyeWideRight
eye_downLidRaise_l:
eye_downLidRaise_r:
eye_lookDown1_l: eyeLookDownLeft
eye_lookDown2_l: eyeLookDownLeft
eye_lookDown1_r: eyeLookDownRight
eye_lookDown2_r: eyeLookDownRight
eye_lookUp_l: eyeLookUpLeft
eye_lookUp_r: eyeLookUpRight
eye_lookLeft_l: eyeLookOutLeft
eye_lookRight_l: eyeLookInLeft
eye_lookLeft_r: eyeLookInRight
eye_lookRight_r: eyeLookOutRight

nose_out_l:
nose_out_r:
nose_wrinkle_l: noseSneerLeft
nose_wrinkle_r: noseSneerRight
cheek_puff_l: cheekPuff
cheek_puff_r: cheekPuff
cheek_raise_l: cheekSquintLeft
cheek_raise_r: cheekSquintRight
cheek_suck_l:
cheek_suck_r:
cheek_UP:

jaw_sideways_l: jawLeft
jaw_sideways_r: jawRight
jaw_thrust_c: jawForward
mouth_stretch_c: jawOpen
mouth_stretch_u:
mouth_chew_c:
tooth_d_d:
tooth_d_u:
tooth_l:
tooth_r:

mouth_chinRaise_d: mouthShrugLower
mouth_chinRaise_u: mouthShrugUpper
mouth_dimple_l: mouthDimpleLeft
mouth_dimple_r: mouthDimpleRight
mouth_funnel_dl: mouthFunnel
mouth_funnel_dr: mouthFunnel
mouth_funnel_ul: mouthFunnel
mouth_funnel_ur: mouthFunnel
mouth_lipCornerDepress_l: mouthFrownLeft
mouth_lipCornerDepress_r: mouthFrownRight
mouth_lipCornerDepressFix_l:
mouth_lipCornerDepressFix_r:
mouth_lipCornerPull_l: mouthSmileLeft
mouth_lipCornerPull_r: mouthSmileRight
mouth_lipCornerPullOpen_l:
mouth_lipCornerPullOpen_r:
mouth_lipStretch_l: mouthStretchLeft
mouth_lipStretch_r: mouthStretchRight
mouth_lipStretchOpen_l:
mouth_lipStretchOpen_r:
mouth_lowerLipDepress_l: mouthLowerDownLeft
mouth_lowerLipDepress_r: mouthLowerDownRight
mouth_lowerLipProtrude_c:
mouth_oh_c:
mouth_oo_c:
mouth_press_l: mouthPressLeft
mouth_press_r: mouthPressRight
mouth_pressFix_c:
mouth_pucker_l: mouthPucker
mouth_pucker_r: mouthPucker
mouth_screamFix_c:
mouth_sideways_l: mouthLeft
mouth_sideways_r: mouthRight
mouth_suck_dl: mouthRollLower
mouth_suck_dr: mouthRollLower
mouth_suck_ul: mouthRollUpper
mouth_suck_ur: mouthRollUpper
mouth_upperLipRaise_l: mouthUpperUpLeft
mouth_upperLipRaise_r: mouthUpperUpRight

tongue_u: tongueUp
tongue_d: tongueDown
tongue_u_u:
tongue_u_d:
tongue_Scale_X:
tongue_Scale__X:
tongue_Scale_Y:
tongue_Scale__Y:
tongue_Scale_Z:
tongue_Scale__Z:
tongue_Rot_1X:
tongue_Rot__1X:
tongue_Rot_2X:
tongue_Rot__2X:
tongue_Rot_3X:
tongue_Rot__3X:
tongue_Rot_1Y:
tongue_Rot__1Y:
tongue_Rot_2Y:
tongue_Rot__2Y:
tongue_Rot_3Y:
tongue_Rot__3Y:
tongue_Rot_1Z:
tongue_Rot__1Z:
tongue_Rot_2Z:
tongue_Rot__2Z:
tongue_Rot_3Z:
tongue_Rot__3Z:
"""

STUDIO_TRUTH: dict[str, str] = {
    name: channel.strip() for line in _TRUTH.split("\n") if line for name, _, channel in [line.partition(":")]
}
"""Shape name -> the channel it should follow; empty where there is none."""
