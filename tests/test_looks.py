"""Looks under what a solve is told, by name or file."""

from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f import settings
from maya_a2f.batch.table import read_table
from maya_a2f.core.layers import Layer, LayerSettings
from maya_a2f.core.look import Change, Look, write_look
from maya_a2f.errors import UserError
from maya_a2f.looks import found_look, with_look
from maya_a2f.scripting.job import AnimationJob
from maya_a2f.scripting.recipe import recipe_text, recorded_options
from maya_a2f.settings import SolveSettings

LOOK = Look(
    "Bold",
    {"joy": 0.5, "glee": 1.0},
    {"lowerFaceStrength": Change(times=1.5), "tongueStrength": Change(value=0.7)},
    0.4,
    "",
    {"jawStyle": 0.5, "lipLead": 20.0},
    LayerSettings(head=Layer(1.5), blinks=Layer(0.5)),
)
FACTS = {"emotions": ["Joy", "anger"], "parameters": {"lowerFaceStrength": 1.2}, "input_strength": 1.0}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shipped = settings.look_folders()[-1]
    monkeypatch.setattr(settings, "look_folders", lambda: (tmp_path / "looks", shipped))
    return tmp_path / "looks"


def test_what_is_given_goes_over_the_look_and_the_look_over_the_model() -> None:
    given = SolveSettings(
        look=LOOK, emotion={"anger": 0.1}, parameters={"tongueStrength": 2.0}, style={"jawStyle": -0.2},
        layers=LayerSettings(blinks=Layer(0.0, 4)),
    )  # fmt: skip
    made = with_look(given, FACTS)
    assert made.emotion == {"joy": 0.5, "anger": 0.1}
    assert made.parameters == {"lowerFaceStrength": pytest.approx(1.8), "tongueStrength": 2.0}
    assert made.style == {"jawStyle": -0.2, "lipLead": 20.0}
    assert (made.layers.head, made.layers.blinks) == (Layer(1.5), Layer(0.0, 4))
    assert (made.tail_seconds, made.look) == (0.4, None)
    assert with_look(SolveSettings(look=LOOK, tail_seconds=0.0), FACTS).tail_seconds == 0.0


def test_a_look_is_found_by_name_in_any_case_and_by_file(own_folder: Path) -> None:
    path = write_look(LOOK, own_folder)
    assert found_look("bold") == found_look(str(path)) == LOOK
    assert found_look("whisper").name == "Whisper"


@pytest.mark.parametrize(
    ("given", "code"), [("Wisper", "look.unknown"), ("nowhere.look.json", "look.missing"), ("Later", "look.newer")]
)
def test_a_look_that_cannot_be_used_is_refused_by_name(own_folder: Path, given: str, code: str) -> None:
    own_folder.mkdir()
    (own_folder / "Later.look.json").write_text('{"schema": "a2f.look/9", "name": "Later"}')
    with pytest.raises(UserError, match=given) as refused:
        found_look(given)
    assert refused.value.code == code
    assert given != "Wisper" or "'Whisper'" in refused.value.hint


def test_a_script_s_look_and_style_are_kept_with_the_result() -> None:
    job = AnimationJob(clip="line.wav", look=LOOK, style={"exaggeration": 1.2})
    again = AnimationJob(**recorded_options({"a2fJob": recipe_text(job, job.clip_at(1.0), 1.0)}))
    assert (again.look, dict(again.style)) == (LOOK, {"exaggeration": 1.2})


def test_a_wrong_style_is_refused_before_any_work() -> None:
    with pytest.raises(UserError) as refused:
        AnimationJob(clip="line.wav", style={"lipLead": 900}).solve_settings(SolveSettings.rate)
    assert refused.value.code == "style.out_of_range"


def test_a_table_of_lines_has_looks_and_styles(tmp_path: Path) -> None:
    table = tmp_path / "lines.csv"
    rows = (
        "scene,clip,save_as,look,style",
        'a.ma,a.wav,b.ma,Shout,"jawStyle=0.2,lipLead=10"',
        "a.ma,a.wav,b.ma,x.json,",
    )
    table.write_text("\n".join(rows))
    first, second = read_table(table, {})
    assert (first.options["look"], first.options["style"]) == ("Shout", {"jawStyle": 0.2, "lipLead": 10.0})
    assert second.options["look"] == str(tmp_path / "x.json")
