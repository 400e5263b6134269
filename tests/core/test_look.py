"""Looks: files that style a performance, found in folders, saved under a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maya_a2f import settings
from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.layers import GazeTarget, Layer, LayerSettings
from maya_a2f.core.look import (
    NO_LOOK,
    SUFFIX,
    Change,
    Look,
    find_looks,
    look_from_data,
    look_text,
    read_look,
    write_look,
)
from maya_a2f.errors import HostError, UserError

MUMBLE = Look(
    "Mumble",
    {"sadness": 0.2},
    {"lowerFaceStrength": Change(times=0.5), "lipOpenOffset": Change(value=-0.02), "skinStrength": Change(plus=0.1)},
    0.3,
    "Hardly moves.",
    {"brows.gain": 0.5, "jawStyle": -0.6},
    LayerSettings(head=Layer(0.4), saccade_kind="natural"),
)
SHIPPED = settings.look_folders()[-1]
SHIPPED_NAMES = [NO_LOOK, "Broadcast", "Cartoon", "Mumble", "Over-articulated", "Shout", "Subtle", "Whisper"]


def test_a_look_survives_its_file(tmp_path: Path) -> None:
    assert read_look(write_look(MUMBLE, tmp_path / "looks")) == MUMBLE


def test_a_change_starts_from_the_package_s_own_value_and_stays_in_range() -> None:
    values = MUMBLE.resolved({"lowerFaceStrength": 1.4, "skinStrength": 1.95})
    assert values == {"lowerFaceStrength": 0.7, "lipOpenOffset": -0.02, "skinStrength": 2.0}


def test_saving_under_a_name_again_replaces_that_look(tmp_path: Path) -> None:
    first = write_look(Look("Ruhig & leise"), tmp_path)
    second = write_look(Look("Ruhig & leise", {"joy": 1.0}), tmp_path)
    assert first == second
    assert len(list(tmp_path.iterdir())) == 1
    assert read_look(second).emotion == {"joy": 1.0}


def test_names_that_give_the_same_file_name_do_not_replace_each_other(tmp_path: Path) -> None:
    assert write_look(Look("A/B"), tmp_path) != write_look(Look("A:B"), tmp_path)
    assert {found.look.name for found in find_looks(tmp_path, [])[0]} == {"A/B", "A:B"}


def test_the_user_s_look_goes_before_one_of_the_same_name(tmp_path: Path) -> None:
    own, shared = tmp_path / "own", tmp_path / "shared"
    write_look(Look("Shout", {"anger": 1.0}), own)
    write_look(Look("shout"), shared)
    write_look(Look("Alto"), shared)
    found, faults = find_looks(own, [shared, tmp_path / "none"])
    assert [(entry.look.name, entry.is_own) for entry in found] == [("Alto", False), ("Shout", True)]
    assert faults == []


def test_a_file_that_is_no_look_is_told_and_the_others_are_found(tmp_path: Path) -> None:
    write_look(MUMBLE, tmp_path)
    (tmp_path / f"bad{SUFFIX}").write_text("{", "utf-8")
    found, faults = find_looks(tmp_path, [])
    assert [entry.look.name for entry in found] == ["Mumble"]
    assert [fault.code for fault in faults] == ["look.bad"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "other"}, "schema"),
        ({"parameters": {"lowerFaceStrenght": 1}}, "lowerFaceStrength"),
        ({"parameters": {"lowerFaceStrength": 99}}, "outside 0 to 2"),
        ({"parameters": {"lowerFaceStrength": {"time": 1}}}, "times"),
        ({"parameters": {"lowerFaceStrength": True}}, "True"),
        ({"emotion": {"joy": 2}}, "outside 0 to 1"),
        ({"emotion": []}, "emotion"),
        ({"tail_seconds": -1}, "tail_seconds"),
        ({"name": " "}, "name"),
        ({"colour": "red"}, "colour"),
        ({"style": {"jawStyle": -1.5}}, "jawStyle.*-1 to 1"),
        ({"style": {"jawStlye": 0.5}}, "'jawStyle'"),
        ({"style": []}, "style"),
        ({"layers": {"head": {"strength": 3}}}, "'head'"),
        ({"layers": {"neck": {"strength": 1}}}, "'neck'"),
        ({"layers": {"head": {"seed": 3}}}, "seeds"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(change: dict[str, Any], words: str) -> None:
    data = {**json.loads(look_text(MUMBLE)), **change}
    with pytest.raises(UserError, match=words) as caught:
        look_from_data(data, Path("x.look.json"))
    assert caught.value.code == "look.bad"


def test_a_newer_version_is_told_apart_from_a_bad_file() -> None:
    with pytest.raises(UserError, match=r"x\.look\.json.*a2f\.look/3") as caught:
        look_from_data({"schema": "a2f.look/3"}, Path("x.look.json"))
    assert caught.value.code == "look.newer"


def test_looks_of_the_first_version_are_read_and_written_as_such(tmp_path: Path) -> None:
    data = {"schema": "a2f.look/1", "name": "Old", "parameters": {"lowerFaceStrength": 1.1}}
    old = look_from_data(data, Path("x.look.json"))
    assert old == Look("Old", parameters={"lowerFaceStrength": Change(value=1.1)})
    assert json.loads(look_text(old))["schema"] == "a2f.look/1"


def test_gazes_and_seeds_are_no_part_of_a_look(tmp_path: Path) -> None:
    layers = LayerSettings(blinks=Layer(0.5, 7), targets=(GazeTarget(10, 0),))
    assert read_look(write_look(Look("Calm", layers=layers), tmp_path)).layers == LayerSettings(blinks=Layer(0.5))


def test_a_folder_that_cannot_be_made_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError):
        write_look(MUMBLE, tmp_path / "file" / "looks")


def test_the_looks_that_ship_can_be_used_and_say_what_they_do() -> None:
    found, faults = find_looks(Path("none"), [SHIPPED])
    assert faults == []
    assert [entry.look.name for entry in found] == SHIPPED_NAMES
    for entry in found:
        assert set(entry.look.emotion) <= set(EMOTIONS)
        assert entry.look.note
        is_plain = not (entry.look.parameters or entry.look.style or entry.look.emotion)
        assert is_plain == (entry.look.name == NO_LOOK)


def test_folders_of_a_studio_are_looked_at_between_the_user_s_and_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAYA_A2F_LOOK_PATH", "studio")
    own, studio, shipped = settings.look_folders()
    assert (own, studio, shipped) == (settings.user_folder() / "looks", Path("studio"), SHIPPED)
