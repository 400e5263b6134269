"""A map that is a fit alone is known by all the weights of its rig."""

from __future__ import annotations

from dataclasses import replace

from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import RigMap
from maya_a2f.core.rig_map_folders import signed
from maya_a2f.core.rig_signature import fit_of


def _rig(*names: str) -> Rig:
    return Rig("bob", tuple(RigAttribute(name, "weight") for name in names))


def test_a_map_with_nothing_but_a_fit_belongs_to_the_rig_it_was_made_for() -> None:
    rig = _rig("shapes.a", "shapes.b")
    rig_map = signed(RigMap("bob", {}, fit="bob.a2ffit.npz"), rig)
    assert fit_of(rig_map, rig) == "same"
    assert fit_of(rig_map, replace(rig, name="other")) == "same"
    assert fit_of(rig_map, _rig("shapes.a", "shapes.c")) == "not"
    assert fit_of(rig_map, _rig("shapes.a")) == "not"
