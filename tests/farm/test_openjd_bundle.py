"""Bundles of a planned batch: what is in them, and what is refused."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.errors import A2FError
from maya_a2f.farm.openjd_bundle import Bundle, write_bundle
from maya_a2f.farm.openjd_lines import FarmLines
from maya_a2f.farm.openjd_solve import solve_bundle
from maya_a2f.farm.openjd_template import FarmNeeds, job_name
from maya_a2f.farm.plan import Pack, Plan, PlannedLine

pytestmark = pytest.mark.farm


def plan_of(folder: Path, packs: int = 3, **options: str) -> Plan:
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(1, packs + 1):
        clip = folder / f"line {number} ü.wav"
        clip.write_bytes(b"RIFF")
        lines.append(
            PlannedLine(number, f"a/line {number}", "", str(clip), "", options, (f"a/line {number}.csv",), 9, 0.3)
        )
    return Plan(tuple(lines), tuple(Pack(((number,),)) for number in range(1, packs + 1)))


def read(folder: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def test_packs_are_tasks_and_the_summary_comes_after_them(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "rec")
    template = solve_bundle(plan, tmp_path / "out", "lines", FarmNeeds()).template
    animate, summary = template["steps"]
    assert animate["parameterSpace"]["taskParameterDefinitions"] == [{"name": "Pack", "type": "INT", "range": "0-2"}]
    words = animate["script"]["actions"]["onRun"]["args"]
    assert words[words.index("--plan") + 1] == "{{Param.Results}}/plan.json"
    assert words[words.index("--pack") + 1] == "{{Task.Param.Pack}}"
    assert "hostRequirements" not in animate
    assert summary["dependencies"] == [{"dependsOn": "Animate"}]
    assert "--finish" in summary["script"]["actions"]["onRun"]["args"]


def test_the_files_of_a_bundle_agree(tmp_path: Path) -> None:
    model = tmp_path / "models" / "tiny"
    model.mkdir(parents=True)
    plan = plan_of(tmp_path / "rec", 2, model=str(model), look="Subtle", transcript="/no/such/file")
    (tmp_path / "rec" / "line 1 ü.emotion.json").write_text("{}")
    out = tmp_path / "out 1"
    write_bundle(tmp_path / "job", solve_bundle(plan, out, "lines", FarmNeeds(), python="/opt/a2f/bin/python"))
    files = read(tmp_path / "job")
    values = {entry["name"]: entry["value"] for entry in files["parameter_values.json"]["parameterValues"]}
    assert values == {"Results": str(out), "Python": "/opt/a2f/bin/python"}
    assert files["openjd_parameters.json"] == {"Results": str(out), "Python": sys.executable}
    assert set(values) == {entry["name"] for entry in files["template.json"]["parameterDefinitions"]}
    references = files["asset_references.json"]["assetReferences"]
    names = [Path(path).name for path in references["inputs"]["filenames"]]
    assert names == ["line 1 ü.emotion.json", "line 1 ü.wav", "line 2 ü.wav"]
    assert references["inputs"]["directories"] == [str(model)]
    assert references["outputs"]["directories"] == [str(out), str(out / "a")]


def test_a_bundle_is_written_over_an_earlier_one_only(tmp_path: Path) -> None:
    bundle = solve_bundle(plan_of(tmp_path / "rec"), tmp_path / "out", "lines", FarmNeeds())
    job = tmp_path / "job"
    write_bundle(job, bundle)
    write_bundle(job, bundle)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(A2FError, match="something else"):
        write_bundle(tmp_path / "mine", bundle)
    (job / "template.yaml").write_text("name: mine")
    with pytest.raises(A2FError, match=r"template\.yaml"):
        write_bundle(job, bundle)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "job").write_text("")
    with pytest.raises(A2FError, match="job") as raised:
        write_bundle(tmp_path / "job", Bundle({}, {}, {}))
    assert raised.value.code == "openjd.folder"


def test_a_value_that_no_job_may_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(A2FError, match="too long") as raised:
        write_bundle(tmp_path / "job", Bundle({}, {"Results": "/" + "x" * 1024}, {}))
    assert raised.value.code == "openjd.value"
    assert not (tmp_path / "job").exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lines", "lines"),
        ("a {{b}} {{{c", "a {b} {c"),
        ("two\nlines\t", "two lines"),
        ("", "maya_a2f"),
        ("x" * 200, "x" * 128),
    ],
)
def test_a_name_is_one_that_a_job_may_have(text: str, name: str) -> None:
    assert job_name(text) == name


def test_progress_is_told_in_steps_and_its_end_once() -> None:
    stream = io.StringIO()
    lines = FarmLines(stream=stream)
    for done in range(2001):
        lines.progress(done, 2000)
    lines.progress(2000, 2000)
    lines.progress(1, 0)
    told = stream.getvalue().splitlines()
    assert told[0] == "openjd_progress: 0.0"
    assert told[-1] == "openjd_progress: 100.0"
    assert len(told) == 101


def test_a_message_is_one_line_and_a_status_is_told_when_it_changes() -> None:
    stream = io.StringIO()
    lines = FarmLines(stream=stream)
    lines.status("Solving")
    lines.status("Solving")
    lines.fail("two\nlines\x1b[0m")
    assert stream.getvalue() == "openjd_status: Solving\nopenjd_fail: two lines [0m\n"


def test_without_a_farm_nothing_is_told() -> None:
    stream = io.StringIO()
    lines = FarmLines(False, stream)
    lines.progress(1, 2)
    lines.fail("x")
    assert stream.getvalue() == ""
