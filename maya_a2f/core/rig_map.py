"""Rig maps: which channels drive which rig attributes. A JSON file, version 2; version 1 is read as well.

::

    {
     "schema": "a2f.rig_map/2",
     "name": "Hero",
     "signature": "…",
     "fit": "hero.a2ffit.npz",
     "eyes": {"pitchSign": 1, "yawSign": 1},
     "derived": {
      "lipSeal": {"min": ["jawOpen", "mouthClose"]},
      "gape": {"sum": {"jawOpen": 1.0, "mouthClose": -1.0}, "curve": [[0, 0], [0.6, 1]]}
     },
     "attributes": {
      "face_shapes.jawOpen": {"from": {"jawOpen": 1.0}, "limits": [0, 1]},
      "tongue2.rotateX": {"from": {"tongueTipUp": -20, "tongueTipDown": 15}, "rest": 4, "offset": 0},
      "lips_ctl.seal": {"from": {"lipSeal": 1.0}, "curve": [[0, 0], [0.4, 1]]},
      "lids_ctl.blink": {"from": {"eyeBlinkLeft": 1.0}, "mute": true}
     },
     "joints": {…},
     "mirror": [["ctl_a.open", "ctl_b.open"]]
    }

An attribute's value is ``rest + offset + curve(Σ gain · channel)``, held within ``limits``: several channels may drive
one attribute, and a channel may stand under several attributes. Gains turn the channel's unit (weight, degrees,
centimetres) into the attribute's. A limit of ``null`` is open. A muted attribute keeps its line and gets no keys.
``rest`` replaces the value that the rig itself calls its rest.

``derived`` makes channels from channels (and, but for ``sum``, numbers): ``sum`` with gains, ``min``, ``max``,
``product``, ``subtract``, ``divide`` (by 0 gives 0), each with a ``curve`` if need be. They may stand under ``from``
like any other, and each sees those above it. One that has a channel's name stands in its place: ``"mouthClose": {"min":
["mouthClose", "jawOpen"]}``.

``eyes`` holds the sign of the eye rotations, which the model packages leave open: +1 means a positive pitch (X) looks
down and a positive yaw (Y) looks to the character's left. ``mirror`` pairs (left, right) attributes whose names do not
say that they are twins. ``fit`` names a file beside the map that solves for the rig by shape. ``signature`` tells which
rig it was made for.
"""

from __future__ import annotations

from maya_a2f.core.piecewise import Curve
from maya_a2f.core.rig_map_model import (
    Derived,
    Drive,
    RigMap,
    Rule,
    sources_of,
    with_drive,
    with_drives,
    with_translations_scaled,
)
from maya_a2f.core.rig_map_reading import read_rig_map, rig_map_from_data
from maya_a2f.core.rig_map_writing import SCHEMA, rig_map_text, write_rig_map

__all__ = [
    "SCHEMA", "Curve", "Derived", "Drive", "RigMap", "Rule", "read_rig_map", "rig_map_from_data",
    "rig_map_text", "sources_of", "with_drive", "with_drives", "with_translations_scaled", "write_rig_map",
]  # fmt: skip
