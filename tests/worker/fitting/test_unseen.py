"""What has no counterpart on our head still says which control did what."""

from __future__ import annotations

import dataclasses

import numpy as np

from maya_a2f.worker.fitting.correspondence import correspond
from maya_a2f.worker.fitting.face_rig import FaceRig
from maya_a2f.worker.fitting.fit_data import FitSettings
from maya_a2f.worker.fitting.fitted_retarget import FittedRetarget
from maya_a2f.worker.fitting.fitting import fit
from maya_a2f.worker.fitting.identify import Match
from maya_a2f.worker.fitting.registration import register
from maya_a2f.worker.fitting.scene import scene_of
from maya_a2f.worker.fitting.unseen import continued, unseen_vertices
from tests.worker.fitting.warped_faces import Doubles, other_face, our_face, weight

SHAPES = ("jawOpen", "mouthClose", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft",
          "mouthLowerDownRight", "mouthShrugUpper", "browInnerUp")  # fmt: skip


def with_teeth() -> tuple[FaceRig, dict[str, str], slice]:
    """A face without rounding shapes, with a row of lower teeth that go with its jaw; and where they are."""
    rig, real = other_face(SHAPES)
    lip = rig.points[rig.landmarks["lipLower"]]
    across = np.linspace(-2.0, 2.0, 40)
    teeth = np.concatenate([lip + [[x, -0.5 - drop, -1.0] for x in across] for drop in (0.0, 0.6)])
    first = len(rig.points)
    strip = [[at, at + 1, at + 40] for at in range(39)] + [[at + 1, at + 41, at + 40] for at in range(39)]
    controls = []
    for control in rig.controls:
        moved = np.zeros((first + 80, 3))
        moved[:first] = rig.dense(control.samples[0])
        if real[control.attribute] == "jawOpen":
            moved[first:] = moved[rig.landmarks["lipLower"]]
        controls.append(weight(control.attribute, moved))
    points = np.concatenate([rig.points, teeth])
    triangles = np.concatenate([rig.triangles, first + np.array(strip)])
    whole = dataclasses.replace(rig, points=points, triangles=triangles, controls=tuple(controls))
    return whole, real, slice(first, first + 80)


def jaw_for(settings: FitSettings, tracks: dict[str, Doubles]) -> Doubles:
    rig, real, _ = with_teeth()
    made, _ = fit(our_face(), rig, {}, settings)
    values = FittedRetarget(made).solve(tracks, len(tracks["mouthPucker"])).values
    jaw: Doubles = next(values[name] for name, shape in real.items() if shape == "jawOpen")
    return jaw


def test_the_jaw_is_not_moved_for_what_only_lips_do() -> None:
    tracks = {"mouthPucker": np.linspace(0.0, 1.0, 12), "jawOpen": np.full(12, 0.3)}
    settings = FitSettings(contact=0.0, opening=0.0)
    blind = dataclasses.replace(settings, region_weights={**settings.region_weights, "unseen": 0.0})
    off = np.abs(jaw_for(settings, tracks) - 0.3).max()
    assert off < 0.06
    assert off < 0.6 * np.abs(jaw_for(blind, tracks) - 0.3).max()


def test_teeth_are_asked_to_go_with_the_jaw_and_nothing_else() -> None:
    rig, real, teeth = with_teeth()
    source = our_face()
    scene = scene_of(source, rig, rig.landmarks)
    found = correspond(scene, register(scene))
    opener = [real[control.attribute] for control in rig.controls].index("jawOpen")
    jaw = source.shapes.index("jawOpen")
    known = unseen_vertices(scene, found, (Match((jaw,), (opener,), 1.0, 1.0, 1.0),))
    assert set(range(teeth.start, teeth.stop)) <= set(known.tolist())
    assert not set(range(teeth.start, teeth.stop)) & set(unseen_vertices(scene, found, ()).tolist())
    motion = continued(scene, found, found.carried(source.deltas), known)
    own = known >= teeth.start
    assert not motion[source.shapes.index("mouthPucker")][own].any()
    assert (motion[jaw][own][:, 1] < -0.2).all()


def test_lips_fade_into_the_mouth_and_the_jaw_goes_on() -> None:
    rig, _ = other_face(SHAPES)
    source = our_face()
    scene = scene_of(source, rig, rig.landmarks)
    found = correspond(scene, register(scene))
    inner = unseen_vertices(scene, found, ())
    assert len(inner) > 50
    carried = found.carried(source.deltas)
    motion = np.linalg.norm(continued(scene, found, carried, inner), axis=2)
    depth = scene.points[scene.landmarks["lipLower"], 2] - scene.points[inner, 2]
    pucker, jaw = source.shapes.index("mouthPucker"), source.shapes.index("jawOpen")
    most = np.linalg.norm(carried, axis=2).max(axis=1)
    deep = depth > 4.0
    assert deep.sum() > 10
    assert motion[pucker, deep].mean() < 0.15 * most[pucker]
    assert motion[jaw, deep].mean() > 0.25 * most[jaw]
