"""A rig map is found again: under other namespaces, in the right folder, and never one that fits in part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint
from maya_a2f.core.rig_map import Drive, RigMap, write_rig_map
from maya_a2f.core.rig_map_folders import map_files, search_rig_map, signed
from maya_a2f.core.rig_names import named_for
from maya_a2f.core.rig_signature import fit_of, rig_signature

NAMES = ("face.jawOpen", "face.smile_L", "face.smile_R")
MAP = RigMap("hero", {name: Drive({"jawOpen": 1.0}) for name in NAMES[:2]})


def rig(*names: str, called: str = "hero") -> Rig:
    return Rig(called, tuple(RigAttribute(name, "weight") for name in names))


def saved(folder: Path, name: str, rig_map: RigMap) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_rig_map(rig_map, folder / name)
    return folder / name


@given(
    st.permutations(NAMES),
    st.from_regex(r"[a-z]{1,5}(:[a-z]{1,5})?", fullmatch=True),
    st.lists(st.from_regex(r"other\.[a-z]{1,9}", fullmatch=True)),
)
def test_a_signature_does_not_depend_on_namespaces_order_and_other_nodes(
    order: list[str], space: str, others: list[str]
) -> None:
    plain = rig_signature(rig(*NAMES), MAP)
    assert rig_signature(rig(*(f"|{space}:all|{space}:{name}" for name in order), *others), MAP) == plain


def test_a_signature_changes_with_the_shapes() -> None:
    assert rig_signature(rig(*NAMES, "face.mouthClose"), MAP) != rig_signature(rig(*NAMES), MAP)


def test_a_map_fits_the_same_rig_or_one_that_has_all_it_drives() -> None:
    mine = signed(MAP, rig(*NAMES))
    assert fit_of(mine, rig(*NAMES)) == "same"
    assert fit_of(mine, rig(*NAMES, "face.new")) == "complete"
    assert fit_of(mine, rig(NAMES[0])) == "partly"
    assert fit_of(mine, rig("ball.bounce")) == "not"


def test_a_map_takes_the_names_of_the_rig() -> None:
    joints = JointSection({"jaw": JointDrive("jaw", instead="face.jawOpen"), "lid": JointDrive("jaw", pivot="jaw")})
    rig_map = replace(MAP, mirror=(("face.smile_L", "face.smile_R"),), joints=joints)
    hero = Rig(
        "b", tuple(RigAttribute(f"b:{name}", "weight") for name in NAMES), (RigJoint("b:jaw"), RigJoint("b:lid"))
    )
    named = named_for(rig_map, hero)
    assert list(named.drives) == ["b:face.jawOpen", "b:face.smile_L"]
    assert named.mirror == (("b:face.smile_L", "b:face.smile_R"),)
    assert list(named.joints.drives) == ["b:jaw", "b:lid"]
    assert named.joints.drives["b:jaw"].instead == "b:face.jawOpen"
    assert named.joints.drives["b:lid"].pivot == "b:jaw"


def test_a_name_that_two_nodes_of_the_rig_could_mean_is_left() -> None:
    twins = rig("a:face.jawOpen", "b:face.jawOpen", "a:face.smile_L")
    assert list(named_for(MAP, twins).drives) == ["face.jawOpen", "a:face.smile_L"]


def test_the_first_folder_wins_and_a_map_for_this_very_rig_before_all(tmp_path: Path) -> None:
    scene, studio, mine = (tmp_path / name for name in ("scene", "studio", "mine"))
    saved(studio, "general.json", MAP)
    beside = saved(scene, "general.json", MAP)
    assert search_rig_map(rig(*NAMES), (scene, studio, mine)).found.path == beside  # type: ignore[union-attr]
    exact = saved(mine, "hero.json", signed(MAP, rig(*NAMES)))
    found = search_rig_map(rig(*(f"ns:{name}" for name in NAMES)), (scene, studio, mine)).found
    assert found is not None
    assert (found.path, found.fit) == (exact, "same")
    assert list(found.rig_map.drives) == ["ns:face.jawOpen", "ns:face.smile_L"]


def test_in_one_folder_the_characters_own_name_wins_and_rivals_are_named(tmp_path: Path) -> None:
    saved(tmp_path, "anna.json", replace(MAP, name="anna"))
    saved(tmp_path, "bob.json", replace(MAP, name="bob"))
    found = search_rig_map(rig(*NAMES, called="bob"), (tmp_path,)).found
    assert found is not None
    assert (found.path.name, found.rivals) == ("bob.json", ())
    other = search_rig_map(rig(*NAMES, called="carl"), (tmp_path,)).found
    assert other is not None
    assert (other.path.name, [path.name for path in other.rivals]) == ("anna.json", ["bob.json"])


def test_a_map_that_fits_in_part_is_not_taken(tmp_path: Path) -> None:
    saved(tmp_path, "hero.json", MAP)
    assert search_rig_map(rig(NAMES[0]), (tmp_path,)).found is None


def test_maps_that_cannot_be_read_are_named_and_other_files_passed_over(tmp_path: Path) -> None:
    (tmp_path / "newer.json").write_text('{"schema": "a2f.rig_map/99"}')
    (tmp_path / "broken.json").write_text('{"schema": "a2f.rig_map/2", ')
    (tmp_path / "package.json").write_text('{"name": "something else"}')
    (tmp_path / "note.txt").write_text("a2f.rig_map/2")
    search = search_rig_map(rig(*NAMES), (tmp_path, tmp_path / "nowhere"))
    assert [error.code for error in search.problems] == ["rig_map.bad", "rig_map.newer"]
    assert search.found is None


def test_a_map_is_known_wherever_in_the_file_its_schema_stands(tmp_path: Path) -> None:
    name = "x" * 900
    (tmp_path / "late.json").write_text(f'{{"name": "{name}", "attributes": {{}}, "schema": "a2f.rig_map/2"}}')
    assert [path.name for path in map_files(tmp_path)] == ["late.json"]


def test_folders_come_from_the_scene_the_studio_and_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from maya_a2f import settings

    monkeypatch.setenv("MAYA_A2F_RIG_MAPS", str(tmp_path / "show"))
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path / "me")
    folders = settings.rig_map_folders(tmp_path / "shots" / "a.ma", None)
    assert folders == (tmp_path / "shots", tmp_path / "show", tmp_path / "me" / "rig_maps")
