"""Landmarks that cannot be right are noticed before a fit, however the character stands."""

from __future__ import annotations

import pytest

from maya_a2f.core.head import load_head
from maya_a2f.core.landmark_checks import same_vertices, swapped_sides
from maya_a2f.core.landmarks import landmark_places
from maya_a2f.core.rig import Triple
from maya_a2f.outputs import HEAD_FOLDER

PLACES = landmark_places(load_head(HEAD_FOLDER))


def swapped(places: dict[str, Triple], *pairs: str) -> dict[str, Triple]:
    found = dict(places)
    for pair in pairs:
        found[f"{pair}Left"], found[f"{pair}Right"] = places[f"{pair}Right"], places[f"{pair}Left"]
    return found


def test_a_vertex_that_two_places_share_is_told_of_both() -> None:
    found = same_vertices({"lipUpper": "face.vtx[3]", "lipLower": "face.vtx[3]", "chin": "face.vtx[4]"})
    assert found == {"lipUpper": "lipLower", "lipLower": "lipUpper"}


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_right_landmarks_pass_whichever_way_the_character_looks(axes: tuple[int, int, int]) -> None:
    turned = {name: (4 * place[axes[0]] - 9, 4 * place[axes[1]], 4 * place[axes[2]]) for name, place in PLACES.items()}
    assert swapped_sides(turned) == {}
    found = swapped_sides(swapped(turned, "mouthCorner", "eyeInner", "eyeOuter"))
    assert set(found.values()) == {"wrong side?"}
    assert len(found) == 6


def test_a_mirrored_face_looks_swapped() -> None:
    assert "mouthCornerLeft" in swapped_sides({name: (-x, y, z) for name, (x, y, z) in PLACES.items()})


def test_one_pair_the_wrong_way_round_is_noticed_without_a_nose() -> None:
    few = {name: place for name, place in PLACES.items() if name.startswith(("mouthCorner", "eyeOuter"))}
    assert swapped_sides(few) == {}
    found = swapped_sides(swapped(few, "mouthCorner"))
    assert set(found) == set(few)
    assert found["mouthCornerLeft"] == "mouth or eyes swapped"


def test_too_few_landmarks_say_nothing() -> None:
    assert swapped_sides({}) == {}
    assert swapped_sides({name: PLACES[name] for name in ("mouthCornerRight", "noseTip", "chin")}) == {}
