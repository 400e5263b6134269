"""Manifests are read whole, and everything wrong with them is said at once, each fault with its place."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest

from maya_a2f.core.ports import Timeline
from maya_a2f.errors import A2FError, UserError
from maya_a2f.farm.columns import column_of, line_job, option_value, words_of
from maya_a2f.farm.drafting import Drafted, drafted, duplicate_faults
from maya_a2f.farm.faults import Fault, ManifestError
from maya_a2f.farm.manifest import Manifest, read_manifest
from maya_a2f.farm.places import plain_path
from maya_a2f.host.scene_file.head_scene import write_head_scene
from tests.head_factory import tiny_head

HERE = Path(__file__).resolve().parent


def recorded(folder: Path, *names: str) -> None:
    """Files that are there; what is in them is not looked at here."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")


def all_faults(manifest: Manifest, results: Path) -> list[str]:
    faults: list[Fault] = list(manifest.faults)
    lines = [line for draft in manifest.lines if (line := drafted(draft, results, faults)) is not None]
    return [*map(str, faults), *map(str, duplicate_faults([line.line for line in lines], results))]


def in_order(manifest: Manifest, results: Path) -> list[Drafted]:
    faults: list[Fault] = list(manifest.faults)
    found = [drafted(draft, results, faults) for draft in manifest.lines]
    assert not faults
    return [line for line in found if line is not None]


def test_a_csv_names_recordings_outputs_and_options(tmp_path: Path) -> None:
    recorded(tmp_path, "rec/a.wav", "rec/b.wav")
    table = tmp_path / "lines.csv"
    table.write_text(
        "clip,name,formats,emotion,in_seconds,layers,gaze\n"
        'rec/a.wav,intro/a,"csv,ma","joy=0.6,anger=0.1",0.5,"blinks=0.5,head=off","-10,5@1-2;0,0"\n'
        "\nrec/b.wav,,,,,,\n",
        "utf-8",
    )
    first, second = in_order(read_manifest(table, {"fps": "24"}, tmp_path / "out"), tmp_path / "out")
    assert first.line.outputs == ("intro/a.csv", "intro/a.ma")
    assert second.line.outputs == ("b.a2ftake", "b.ma")
    assert first.line.place == "line 2"
    assert second.line.place == "line 4"
    assert first.job.clip.in_seconds == 0.5
    assert first.job.settings.emotion == {"joy": 0.6, "anger": 0.1}
    assert {target.x for target in first.job.settings.layers.targets} == {-10, 0}
    assert first.job.settings.layers.head.strength == 0
    assert second.job.settings.rate == 24


def test_a_row_wins_over_the_command_line_which_wins_over_the_defaults_of_the_table(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav")
    table = tmp_path / "lines.json"
    data = {"defaults": {"fps": 25, "seed": 1, "tail": 0}, "lines": [{"clip": "a.wav", "fps": 50}]}
    table.write_text(json.dumps(data), "utf-8")
    (line,) = in_order(read_manifest(table, {"seed": "7", "fps": "24"}, tmp_path / "out"), tmp_path / "out")
    assert line.line.options == {"fps": "50", "seed": "7", "tail": "0"}


def test_json_values_are_what_they_look_like(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav")
    table = tmp_path / "lines.json"
    row = {"clip": "a.wav", "emotion": {"joy": 0.5}, "layer": {"head": False}, "gaze": ["1,2", "3,4@1-2"],
           "formats": ["take"], "keep_existing": ["eyes"]}  # fmt: skip
    table.write_text(json.dumps([row]), "utf-8")
    (line,) = in_order(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    assert line.job.settings.emotion == {"joy": 0.5}
    assert line.job.settings.layers.head.strength == 0
    assert len(line.job.settings.layers.targets) == 2
    assert line.job.keep_existing == {"eyes"}


def test_a_folder_gives_every_recording_in_it_with_what_lies_beside(tmp_path: Path) -> None:
    recorded(
        tmp_path, "rec/b.mp3", "rec/a.WAV", "rec/deep/er/a.wav", "rec/note.txt", "rec/.hidden.wav", "rec/out/x.wav"
    )
    (tmp_path / "rec" / "b.txt").write_text("Good morning.", "utf-8")
    (tmp_path / "rec" / "b.TextGrid").write_text("x", "utf-8")
    manifest = read_manifest(tmp_path / "rec", {}, tmp_path / "rec" / "out")
    lines = in_order(manifest, tmp_path / "rec" / "out")
    assert [line.line.name for line in lines] == ["a", "b", "deep/er/a"]
    assert lines[1].job.settings.transcript is not None
    assert lines[1].line.phones.endswith("b.TextGrid")
    assert lines[0].job.settings.transcript is None


def test_all_faults_of_a_table_are_found_at_once_with_their_places(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav", "b.wav")
    table = tmp_path / "lines.csv"
    table.write_text(
        "clip,emotoin,fps,emotion,formats,rig,look,name,seed\n"
        "a.wav,,thirty,joy,,,,,\n"
        "gone.wav,,,,,,,,\n"
        "a.wav,,,,bmp,gone.ma,Nonesuch,../up,x\n"
        ",,,,,,,,\n"
        "b.wav,,,,,,,,\n"
        "b.wav,,,,,,,,\n"
        ",,,,csv,,,,\n",
        "utf-8",
    )
    found = all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    text = "\n".join(found)
    for place, words in (
        ("line 1, column 2", "There is no column 'emotoin'. Did you mean 'emotion'?"),
        ("line 2, column 'fps'", "'thirty' is not a usable frame rate."),
        ("line 2, column 'emotion'", "'joy' does not set an emotion."),
        ("line 3, column 'clip'", "gone.wav' does not exist."),
        ("line 4, column 'formats'", "'bmp' is no format."),
        ("line 4, column 'rig'", "gone.ma' does not exist."),
        ("line 4, column 'look'", "There is no look 'Nonesuch'."),
        ("line 4, column 'name'", "'../up' is no name"),
        ("line 4, column 'seed'", "invalid int value: 'x'"),
        ("line 7", "'b.a2ftake' is written by line 6 too."),
        ("line 8", "It names no recording."),
    ):
        assert any(entry.startswith(f"{place}: ") and words in entry for entry in found), f"{place}: {words}\n{text}"
    assert len(found) == 11, text


def test_a_rate_that_is_not_the_rigs_is_a_fault_where_a_scene_is_wanted(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav")
    write_head_scene(tmp_path / "bob.ma", tiny_head(), (), timeline=Timeline(Fraction(30), 1, 3))
    table = tmp_path / "lines.csv"
    table.write_text("clip,name,rig,fps\na.wav,x,bob.ma,24\na.wav,y,bob.ma,30\na.wav,z,bob.ma,\n", "utf-8")
    (fault,) = all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    assert fault.startswith("line 2, column 'fps': ")
    assert "bob.ma' runs at 30 frames per second, 24 are asked for" in fault
    assert fault.endswith(" Leave fps out, or give fps 30.")


@pytest.mark.parametrize("name", ["plan", "summary", "reports/x", "CON:", "a/../../b", "/etc/x", "x."])
def test_outputs_stay_in_their_folder_and_off_the_batchs_own_files(tmp_path: Path, name: str) -> None:
    recorded(tmp_path, "a.wav", "b.wav")
    table = tmp_path / "lines.json"
    rows = [{"clip": "a.wav", "name": name, "formats": "json"}, {"clip": "b.wav", "name": "x"}]
    table.write_text(json.dumps(rows), "utf-8")
    assert len(all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")) == 1


def test_names_that_differ_by_case_alone_are_one_file_elsewhere(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav", "b.wav")
    table = tmp_path / "lines.csv"
    table.write_text("clip,name\na.wav,Line\nb.wav,line\n", "utf-8")
    (fault,) = all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    assert "written by line 2 too" in fault


def test_an_output_is_never_a_recording(tmp_path: Path) -> None:
    recorded(tmp_path, "a.json")
    table = tmp_path / "lines.csv"
    table.write_text("clip,formats\na.json,json\n", "utf-8")
    (fault,) = all_faults(read_manifest(table, {}, tmp_path), tmp_path)
    assert "is the recording" in fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no lines"),
        ("clip,clip\na,b\n", "two columns 'clip'"),
        ("clip\na.wav,b.wav\n", "Line 2 of the table"),
        ('clip\n"a\n', "has no lines|does not exist|not valid CSV|more cells"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    table = tmp_path / "lines.csv"
    table.write_text(text, "utf-8")
    try:
        found = "\n".join(all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out"))
    except UserError as error:
        found = str(error)
        assert "lines.csv" in found
    assert any(word in found for word in words.split("|"))


@pytest.mark.parametrize("text", ["{", "[1]", '{"lines": 1}', '{"lines": [], "jobs": []}', '{"x": []}', "[" * 9999])
def test_what_is_no_json_table_is_refused_by_name(tmp_path: Path, text: str) -> None:
    table = tmp_path / "lines.json"
    table.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"lines\.json"):
        read_manifest(table, {}, tmp_path / "out")


def test_json_lines_are_counted_in_the_file(tmp_path: Path) -> None:
    table = tmp_path / "lines.json"
    table.write_text(
        '{"defaults": {"lines": [1]},\n "lines":\n [\n  {"clip": "a\\n.wav"},\n\n  {"clip":\n "b"}]}', "utf-8"
    )
    manifest = read_manifest(table, {}, tmp_path / "out")
    assert [line.place for line in manifest.lines] == ["line 4", "line 6"]


@pytest.mark.skipif(find_spec("yaml") is None, reason="needs PyYAML (extra 'yaml')")
def test_yaml_is_read_as_json_is(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav")
    table = tmp_path / "lines.yaml"
    table.write_text(
        "defaults:\n  fps: 24\nlines:\n  - clip: a.wav\n    emotion: {joy: 0.5}\n  - clip: gone.wav\n", "utf-8"
    )
    manifest = read_manifest(table, {}, tmp_path / "out")
    assert [line.place for line in manifest.lines] == ["line 4", "line 6"]
    (fault,) = all_faults(manifest, tmp_path / "out")
    assert fault.startswith("line 6, column 'clip'")


@pytest.mark.skipif(find_spec("yaml") is not None, reason="PyYAML is installed")
def test_yaml_without_its_package_names_the_extra(tmp_path: Path) -> None:
    table = tmp_path / "lines.yaml"
    table.write_text("- clip: a.wav\n", "utf-8")
    with pytest.raises(A2FError, match=r"\[yaml\]"):
        read_manifest(table, {}, tmp_path / "out")


def test_columns_have_the_names_of_both_commands() -> None:
    assert column_of("character") == column_of("rig") == column_of("--rig") == "rig"
    assert column_of("Start Frame") == "start_frame"
    assert column_of("in_seconds") == "in"
    with pytest.raises(UserError, match="single run"):
        column_of("rerun")


def test_a_line_is_the_job_that_its_words_make(tmp_path: Path) -> None:
    options = {"gaze": ("-10,5",), "tail": "0.5", "emotion_file": "none", "param": ("lowerFaceStrength=1.2",)}
    assert words_of(options)[0] == "--gaze=-10,5"
    job, remarks = line_job(tmp_path / "--a.wav", options, [tmp_path / "a.csv"])
    assert job.settings.tail_seconds == 0.5
    assert job.settings.parameters == {"lowerFaceStrength": 1.2}
    assert job.clip.path == str(tmp_path / "--a.wav")
    assert remarks == ()


def test_files_start_at_the_table_and_words_do_not(tmp_path: Path) -> None:
    assert option_value("rig", "bob.ma", tmp_path) == str(tmp_path / "bob.ma")
    assert option_value("transcript", "a.txt", tmp_path) == str(tmp_path / "a.txt")
    assert option_value("transcript", "Good morning.", tmp_path) == "Good morning."
    assert option_value("emotion_file", "none", tmp_path) == "none"
    assert option_value("model", "default", tmp_path) == "default"


def excel_like() -> dict[str, bytes]:
    return {
        "with a byte order mark": "\ufeffclip;name\r\na.wav;ü\r\n".encode(),
        "with its separator told": b"sep=;\r\nclip;name\r\na.wav;\xc3\xbc\r\n",
        "Unicode text": "clip\tname\r\na.wav\tü\r\n".encode("utf-16"),
        "from an old Mac": "clip,name\ra.wav,ü\r".encode(),
        "below empty rows": ";\r\n\r\nclip;name\r\na.wav;ü\r\n".encode(),
    }


@pytest.mark.parametrize("kind", excel_like())
def test_tables_are_read_as_spreadsheets_save_them(tmp_path: Path, kind: str) -> None:
    recorded(tmp_path, "a.wav")
    table = tmp_path / "lines.csv"
    table.write_bytes(excel_like()[kind])
    (line,) = in_order(read_manifest(table, {"formats": "csv"}, tmp_path / "out"), tmp_path / "out")
    assert line.line.outputs == ("ü.csv",)


def test_a_table_in_another_encoding_is_told_how_to_save_it(tmp_path: Path) -> None:
    table = tmp_path / "lines.csv"
    table.write_bytes("clip,name\na.wav,ü\n".encode("cp1252"))
    with pytest.raises(UserError, match=r"no text in UTF-8.*'CSV UTF-8'"):
        read_manifest(table, {}, tmp_path / "out")


def test_a_recording_is_no_table(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav")
    with pytest.raises(UserError, match=r"is a recording.*a2f animate"):
        read_manifest(tmp_path / "a.wav", {}, tmp_path / "out")


def test_rows_on_one_line_are_told_by_their_number(tmp_path: Path) -> None:
    table = tmp_path / "lines.json"
    table.write_text('[{"clip": "a.wav"}, {"clip": "b.wav"}]', "utf-8")
    manifest = read_manifest(table, {}, tmp_path / "out")
    assert [line.place for line in manifest.lines] == ["entry 1", "entry 2"]


def test_names_that_differ_by_how_letters_are_composed_are_one_file_elsewhere(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav")
    table = tmp_path / "lines.csv"
    table.write_text("clip,name\na.wav,caf\u00e9\na.wav,cafe\u0301\n", "utf-8")
    (fault,) = all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    assert fault.startswith("line 3: ")
    assert "written by line 2" in fault


def test_an_output_is_not_a_folder_of_others(tmp_path: Path) -> None:
    recorded(tmp_path, "a.wav")
    table = tmp_path / "lines.csv"
    table.write_text("clip,name,formats\na.wav,d,ma\na.wav,D.ma/x,csv\n", "utf-8")
    (fault,) = all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    assert fault.startswith("line 2: 'd.ma' is a folder of line 3.")


@pytest.mark.parametrize("row", ["a.wav," + "x" * 260, "a.wav,deep/" + "ü" * 130 + "/x"])
def test_names_that_no_file_can_have_are_faults(tmp_path: Path, row: str) -> None:
    recorded(tmp_path, "a.wav")
    table = tmp_path / "lines.csv"
    table.write_text(f"clip,name\n{row}\n", "utf-8")
    (fault,) = all_faults(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    assert "too long for a file's name: 260 bytes" in fault


def test_a_path_is_the_same_however_it_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path, "rec/a.wav", "rec/words.txt", "elsewhere/deep/x.txt")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    table = tmp_path / "lines.csv"
    table.write_text("clip,transcript\nrec/a.wav,rec/words.txt\n", "utf-8")
    (plain,) = in_order(read_manifest(table, {}, tmp_path / "out"), tmp_path / "out")
    monkeypatch.chdir(tmp_path / "rec")
    (other,) = in_order(read_manifest(Path("..") / "rec" / ".." / "lines.csv", {}, tmp_path / "out"), tmp_path / "out")
    assert other.line == plain.line
    through = tmp_path / "link" / ".." / "deep"
    assert plain_path(through) == through, "not tmp_path / 'deep', which is somewhere else"


def test_the_same_fault_of_many_lines_is_said_once() -> None:
    faults = [Fault(f"line {n}, column 'rig'", "It is not there.") for n in range(2, 8)]
    error = ManifestError([*faults, Fault("line 9", "Another."), Fault("line 11", "Another.")])
    assert [str(fault) for fault in error.faults] == [
        "line 2, line 3, line 4 and 3 more, column 'rig': It is not there.",
        "line 9, line 11: Another.",
    ]
    assert error.message.startswith("2 faults")


@pytest.mark.parametrize(
    ("column", "value", "formats"), [("rig", "bob.ma", "ma"), ("markers", "bob.csv", "csv"), ("", "", "csv")]
)
def test_an_output_is_nothing_that_the_batch_reads(tmp_path: Path, column: str, value: str, formats: str) -> None:
    recorded(tmp_path, "a.wav", "bob.csv")
    (tmp_path / "bob.ma").write_text("//Maya ASCII 2025 scene\n", "utf-8")
    (tmp_path / "bob.csv").write_text("name,start,end\none,0,0.1\n", "utf-8")
    table = tmp_path / ("bob.csv" if not column else "lines.csv")
    table.write_text(f"clip,name,formats,{column or 'seed'}\na.wav,bob,{formats},{value}\n", "utf-8")
    (draft,) = read_manifest(table, {}, tmp_path).lines
    faults: list[Fault] = []
    line = drafted(draft, tmp_path, faults)
    assert line is not None, faults
    (fault,) = duplicate_faults([line.line], tmp_path, table)
    assert fault.message.startswith(f"'{tmp_path / 'bob'}.{formats}' is the ")
