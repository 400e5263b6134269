"""``a2f batch`` on this machine: what is made, what goes on, what is refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from maya_a2f.cli.main import main
from maya_a2f.core.take import read_take
from maya_a2f.farm import planning
from maya_a2f.farm.folder_lock import folder_lock
from maya_a2f.farm.plan import read_plan
from maya_a2f.farm.records import drop_record
from maya_a2f.outputs import HEAD_FOLDER
from tests.farm.batches import environment, make_models, make_recordings

QUICK = ("--no-verdicts", "--pictures", "0")
Batch = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = make_models(tmp_path_factory.mktemp("models"))
    with environment(MAYA_A2F_MODEL_PATH=folder, MAYA_A2F_CACHE=tmp_path_factory.mktemp("cache")):
        yield


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A folder with seven recordings in 'rec'."""
    make_recordings(tmp_path / "rec")
    return tmp_path


@pytest.fixture
def batch(capsys: pytest.CaptureFixture[str]) -> Batch:
    """Run ``a2f batch`` on the model 'tiny' with one worker; returns exit code, standard output, standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        given = [str(word) for word in words]
        try:
            code = main(["batch", *given, "--model", "tiny", *([] if "--jobs" in given else ["--jobs", "1"])])
        except SystemExit as left:
            code = int(left.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def told(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def files(folder: Path) -> dict[str, bytes]:
    """What a batch made, by name: outputs alone."""
    own = {"plan.json", "summary.html", "summary.json"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in own and "reports" not in path.parts and path.name[0] != "."
    }


def stamps(folder: Path) -> dict[str, int]:
    return {name: (folder / name).stat().st_mtime_ns for name in files(folder)}


def manifest(show: Path, *rows: str, head: str = "clip,name") -> Path:
    path = show / "lines.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def test_a_folder_becomes_takes_scenes_reports_and_a_summary(show: Path, batch: Batch) -> None:
    (show / "rec" / "deep").mkdir()
    shutil.move(show / "rec" / "line 3 ü.wav", show / "rec" / "deep" / "three.wav")
    out = show / "out"
    code, said, _ = batch(show / "rec", "-o", out, "--formats", "take,csv,ma")
    assert code == 0
    assert "7 of 7 lines done" in said
    made = files(out)
    assert len(made) == 21
    assert {"deep/three.a2ftake", "deep/three.csv", "deep/three.ma", "line 1 ü.ma"} <= set(made)
    take = read_take(out / "deep" / "three.a2ftake")
    assert take.clip_frame_count == 12
    assert take.made_by["engine"].endswith("1 thread")
    report = told(out / "reports" / "deep" / "three.json")
    assert (report["state"], report["frames"], report["error"]) == ("done", 12, None)
    assert {entry["path"] for entry in report["outputs"]} == {f"deep/three.{end}" for end in ("a2ftake", "csv", "ma")}
    assert report["verdict"]["verdict"] in ("good", "look at", "bad", "not measured")
    page = (out / "summary.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 7
    assert "http" not in page.replace("http-equiv", "")
    summary = told(out / "summary.json")
    assert (summary["state"], summary["done"], summary["failed"]) == ("done", 7, 0)


def test_packing_workers_and_neighbours_change_no_byte(show: Path, batch: Batch) -> None:
    rec = show / "rec"
    whole, apart = show / "a" / "out", show / "b" / "out"
    assert batch(rec, "-o", whole, "--formats", "take,csv", *QUICK)[0] == 0
    assert batch(rec, "-o", apart, "--formats", "take,csv", *QUICK, "--plan-only")[0] == 0
    plan = read_plan(apart / "plan.json")
    done = whole / "reports"
    assert plan.packs == read_plan(whole / "plan.json").packs
    kept = [line for line in plan.lines if line.number in (2, 5)]
    for line in kept:  # two lines are there: the others are inferred in batches with holes
        (apart / "reports").mkdir(exist_ok=True)
        shutil.copy(done / f"{line.name}.json", apart / "reports")
        for output in line.outputs:
            shutil.copy(whole / output, apart / output)
    before = stamps(apart)
    assert batch(rec, "-o", apart, "--formats", "take,csv", *QUICK, "--jobs", "2")[0] == 0
    assert files(apart) == files(whole)
    after = stamps(apart)
    assert {name: after[name] for name in before} == before, "what was done is not done again"


def test_lines_that_share_their_windows_and_lines_that_do_not_go_side_by_side(show: Path, batch: Batch) -> None:
    clips = sorted(path.name for path in (show / "rec").iterdir())
    rows = [f"rec/{clip},line {count},default,{(24, 25, 30)[count % 3]}" for count, clip in enumerate(clips)]
    table = manifest(show, *rows, head="clip,name,model,fps")
    one, two = show / "one", show / "two"
    assert batch(table, "-o", one, "--formats", "csv", *QUICK)[0] == 0
    assert batch(table, "-o", two, "--formats", "csv", *QUICK, "--plan-only")[0] == 0
    done = one / "reports"
    (two / "reports").mkdir(exist_ok=True)
    for number in (1, 4):  # of either kind one is there
        shutil.copy(done / f"line {number}.json", two / "reports")
        shutil.copy(one / f"line {number}.csv", two)
    assert batch(table, "-o", two, "--formats", "csv", *QUICK, "--jobs", "2")[0] == 0
    assert files(two) == files(one)
    assert len(files(one)) == 7


def test_a_failed_line_stops_no_other_and_is_tried_again(show: Path, batch: Batch) -> None:
    broken = show / "rec" / "line 4 ü.wav"
    content = broken.read_bytes()
    out = show / "out"
    broken.write_bytes(content[:44] + b"\x00" * 16)
    batch(show / "rec", "-o", out, "--formats", "csv", *QUICK, "--plan-only")
    broken.write_bytes(content[:20])  # after it was planned
    code, said, heard = batch("--plan", out / "plan.json", "--pack", 0)
    assert (code, "6 done, 1 failed" in said) == (2, True), said + heard
    failed = told(out / "reports" / "line 4 ü.json")
    assert failed["state"] == "failed"
    assert failed["error"]["code"] == "batch.recording"
    code, said, _ = batch("--plan", out / "plan.json", "--finish")
    assert code == 2
    assert "1 failed" in said
    page = (out / "summary.html").read_text("utf-8")
    rows = page[page.index("<tbody>") :]
    assert rows.index("line 4") < rows.index("line 1"), "failures first"
    broken.write_bytes(content)
    code, said, heard = batch(show / "rec", "-o", out, "--formats", "csv", *QUICK)
    assert code == 0
    assert "6 of 7 lines are done already" in heard
    assert len(files(out)) == 7


def test_a_changed_manifest_redoes_only_what_changed(show: Path, batch: Batch) -> None:
    rows = [f"rec/line {n} ü.wav,n{n}," for n in range(1, 6)]
    table = manifest(show, *rows, head="clip,name,emotion")
    out = show / "out"
    assert batch(table, "-o", out, "--formats", "csv", *QUICK)[0] == 0
    before, bytes_before = stamps(out), files(out)
    rows[1] = "rec/line 2 ü.wav,n2,joy=1"
    manifest(show, *rows[:4], "rec/line 6 ü.wav,n6,", head="clip,name,emotion")
    code, _, heard = batch(table, "-o", out, "--formats", "csv", *QUICK)
    assert code == 0
    assert "3 of 5 lines are done already" in heard
    after = stamps(out)
    assert {name for name in after if after[name] != before.get(name)} == {"n2.csv", "n6.csv"}
    assert files(out)["n2.csv"] != bytes_before["n2.csv"]
    assert "n5.csv" in after, "what the manifest no longer names is left alone"


def test_a_changed_recording_is_noticed(show: Path, batch: Batch) -> None:
    table = manifest(show, "rec/line 1 ü.wav,a", "rec/line 2 ü.wav,b")
    out = show / "out"
    batch(table, "-o", out, "--formats", "csv", *QUICK)
    before = stamps(out)
    shutil.copy(show / "rec" / "line 3 ü.wav", show / "rec" / "line 1 ü.wav")
    assert batch(table, "-o", out, "--formats", "csv", *QUICK)[0] == 0
    after = stamps(out)
    assert [name for name in after if after[name] != before[name]] == ["a.csv"]


def test_a_map_saved_beside_a_character_is_noticed(show: Path, batch: Batch) -> None:
    table = manifest(show, "rec/line 1 ü.wav,bob")
    assert batch(table, "-o", show / "rigs", "--formats", "ma", *QUICK)[0] == 0
    table = manifest(show, "rec/line 2 ü.wav,a,rigs/bob.ma", "rec/line 3 ü.wav,b,", head="clip,name,rig")
    out = show / "out"
    assert batch(table, "-o", out, "--formats", "ma", *QUICK)[0] == 0
    before = stamps(out)
    assert batch(table, "-o", out, "--formats", "ma", *QUICK)[0] == 0
    assert stamps(out) == before
    shutil.copy(HEAD_FOLDER / "rig_map.json", show / "rigs" / "bob.json")
    assert batch(table, "-o", out, "--formats", "ma", *QUICK)[0] == 0
    after = stamps(out)
    assert [name for name in after if after[name] != before[name]] == ["a.ma"]


def test_what_somebody_edited_is_left_alone_and_what_is_gone_is_made_again(show: Path, batch: Batch) -> None:
    table = manifest(show, "rec/line 1 ü.wav,a", "rec/line 2 ü.wav,b")
    out = show / "out"
    batch(table, "-o", out, "--formats", "csv", *QUICK)
    made = files(out)
    (out / "a.csv").write_text("mine", "utf-8")
    (out / "b.csv").unlink()
    code, _, heard = batch(table, "-o", out, "--formats", "csv", *QUICK)
    assert code == 0
    assert "'a' was changed since it was made" in heard
    assert files(out) == {"a.csv": b"mine", "b.csv": made["b.csv"]}
    assert batch(table, "-o", out, "--formats", "csv", *QUICK, "--overwrite")[0] == 0
    assert files(out) == made


def test_verify_reads_files_that_look_untouched(show: Path, batch: Batch) -> None:
    table = manifest(show, "rec/line 1 ü.wav,a", "rec/line 2 ü.wav,b")
    out = show / "out"
    batch(table, "-o", out, "--formats", "csv", *QUICK)
    path, before = out / "a.csv", (out / "a.csv").stat()
    with path.open("r+b") as stream:
        stream.write(b"#")
    os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert "was changed" not in batch(table, "-o", out, "--formats", "csv", *QUICK)[2]
    code, _, heard = batch(table, "-o", out, "--formats", "csv", *QUICK, "--verify")
    assert (code, "'a' was changed since it was made" in heard, "'b' was changed" in heard) == (0, True, False)


def test_faults_are_said_together_and_nothing_is_started(show: Path, batch: Batch) -> None:
    (show / "rec" / "no.wav").write_text("no sound", "utf-8")
    out = show / "out"
    out.mkdir()
    (out / "c.csv").write_text("somebody's", "utf-8")
    table = manifest(
        show,
        "rec/line 1 ü.wav,a,,,",
        "rec/line 1 ü.wav,a,,,",
        "rec/line 2 ü.wav,c,,,",
        "rec/no.wav,d,,,",
        "rec/line 3 ü.wav,e,nosuch,,",
        "rec/line 3 ü.wav,f,,bliss=1,",
        "rec/line 3 ü.wav,g,,,9",
        "rec/gone.wav,h,,,",
        head="clip,name,model,emotion,in",
    )
    code, _, heard = batch(table, "-o", out, "--formats", "csv")
    assert code == 2
    for words in (
        "line 3: 'a.csv' is written by line 2 too",
        "line 4: ",
        "c.csv' is already there",
        "line 5: ",
        "line 6: There is no model 'nosuch'",
        "line 7: The model of 'tiny' knows no emotion 'bliss'",
        "line 8: The in point (9 s) lies at or behind the end of",
        "line 9, column 'clip'",
    ):
        assert words in heard, f"{words}\n{heard}"
    assert "7 faults in the manifest; nothing was started" in heard
    assert set(files(out)) == {"c.csv"}
    assert not (out / "plan.json").exists()


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(show: Path, batch: Batch) -> None:
    out = show / "out"
    code, said, _ = batch(show / "rec", "-o", out, "--formats", "take", "--dry-run")
    assert code == 0
    assert "pack 0: 7 lines" in said
    assert "7 lines, " in said
    assert not out.exists()
    batch(show / "rec", "-o", out, "--formats", "take", *QUICK)
    code, said, _ = batch(show / "rec", "-o", out, "--formats", "take", "--dry-run")
    assert "7 done already" in said


@pytest.mark.parametrize(("below", "words"), [("", "is a file"), ("x/y", "is a file"), (None, "is empty")])
def test_results_go_to_a_folder(show: Path, batch: Batch, below: str | None, words: str) -> None:
    out = "" if below is None else show / "rec" / "line 1 ü.wav" / below
    code, _, heard = batch(show / "rec", "-o", out, "--dry-run")
    assert (code, words in heard) == (2, True)


def test_two_runs_in_one_folder_are_kept_apart(show: Path, batch: Batch) -> None:
    out = show / "out"
    with folder_lock(out):
        code, _, heard = batch(show / "rec", "-o", out, "--formats", "csv", *QUICK)
    assert code == 2
    assert f"in use by process {os.getpid()}" in heard
    assert batch(show / "rec", "-o", out, "--formats", "csv", *QUICK)[0] == 0, "a lock that nobody holds is free"


def test_packs_share_a_folder_and_a_whole_run_waits_for_none_of_them(show: Path, batch: Batch) -> None:
    out = show / "out"
    batch(show / "rec", "-o", out, "--formats", "csv", *QUICK, "--plan-only")
    with folder_lock(out, shared=True):
        assert batch("--plan", out / "plan.json", "--pack", "0")[0] == 0
    assert batch("--plan", out / "plan.json", "--pack", "5")[0] == 2


def test_leftovers_of_a_killed_run_go_and_files_of_others_stay(show: Path, batch: Batch) -> None:
    out = show / "out"
    table = manifest(show, "rec/line 1 ü.wav,a")
    batch(table, "-o", out, "--formats", "csv", *QUICK)
    for name in (".a.csv.abcd1234.csv", ".b.csv.abcd1234.csv", ".hidden", ".a.csv.swp"):
        (out / name).write_text("x", "utf-8")
    (out / "reports" / ".a.json.abcd_234.json").write_text("x", "utf-8")
    batch(table, "-o", out, "--formats", "csv", *QUICK)
    hidden = {path.name for path in out.rglob(".*")}
    assert hidden == {".b.csv.abcd1234.csv", ".hidden", ".a.csv.swp", ".batch.lock"}


def test_marked_lines_and_long_recordings_go_by_themselves(show: Path, batch: Batch) -> None:
    markers = show / "marks.json"
    lines = [{"name": "one", "start": 0.0, "end": 0.2}, {"name": "two", "start": 0.25, "end": 0.5}]
    markers.write_text(json.dumps({"schema": "a2f.markers/1", "lines": lines}), "utf-8")
    table = manifest(show, "rec/line 2 ü.wav,a,marks.json", "rec/line 1 ü.wav,b,", head="clip,name,markers")
    code, said, heard = batch(table, "-o", show / "out", "--formats", "take", *QUICK)
    assert code == 0, said + heard
    assert read_take(show / "out" / "a.a2ftake").made_by["lines"][1]["name"] == "two"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="ends a process as POSIX does")
def test_ctrl_c_ends_a_run_that_goes_on_later(show: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "maya_a2f.cli.main", "batch", str(show / "rec"), "-o", str(show / "out"),
               "--model", "tiny", "--formats", "csv", "--jobs", "1", *QUICK]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for text in process.stderr:
        if text.startswith("Animating"):
            break
    process.send_signal(signal.SIGINT)
    _, heard = process.communicate(timeout=60)
    assert process.returncode in (0, 6), heard
    if process.returncode == 6:
        assert "The same command goes on from here" in heard
        assert told(show / "out" / "summary.json")["state"] == "cancelled"
    again = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr
    assert len(files(show / "out")) == 7


def test_sounds_beside_scenes_are_no_recordings(show: Path, batch: Batch) -> None:
    for path in sorted((show / "rec").iterdir())[2:]:
        path.unlink()
    rate, sound = 16000, (show / "rec" / "a b.wav")
    soundfile.write(sound, np.zeros(rate // 4), rate, subtype="FLOAT")  # Maya plays no floats
    soundfile.write(show / "rec" / "a b.0123abcd.wav", np.zeros(rate // 4), rate)
    for out in (show / "rec", show / "rec" / ".." / "rec" / "out", show / "rec" / "out2"):
        assert batch(show / "rec", "-o", out, "--formats", "ma", *QUICK)[0] == 0
        before = stamps(out)
        assert len(list(out.glob("a b.*.wav"))) == (2 if out == show / "rec" else 1)
        code, said, heard = batch(show / "rec", "-o", out, "--formats", "ma", *QUICK)
        assert (code, "4 of 4 lines done" in said, "4 of 4 lines are done already" in heard) == (0, True, True)
        assert stamps(out) == before


def test_a_sound_that_a_scene_needs_is_made_again(show: Path, batch: Batch) -> None:
    soundfile.write(show / "rec" / "line 1 ü.wav", np.zeros(4000), 16000, subtype="FLOAT")
    table = manifest(show, "rec/line 1 ü.wav,intro/a", "rec/line 2 ü.wav,intro/b")
    out = show / "out"
    assert batch(table, "-o", out, "--formats", "ma", *QUICK)[0] == 0
    made = files(out)
    (copy,) = (out / "intro").glob("*.wav")
    copy.unlink()
    code, _, heard = batch(table, "-o", out, "--formats", "ma", *QUICK)
    assert (code, "1 of 2 lines are done already" in heard) == (0, True)
    assert files(out) == made


def test_what_somebody_edited_is_kept_when_the_line_changes_too(show: Path, batch: Batch) -> None:
    table = manifest(show, "rec/line 1 ü.wav,a", "rec/line 2 ü.wav,b")
    out = show / "out"
    batch(table, "-o", out, "--formats", "csv", *QUICK)
    made = files(out)
    (out / "a.csv").write_text("mine", "utf-8")
    code, said, heard = batch(table, "-o", out, "--formats", "csv", "--fps", "24", *QUICK)
    assert code == 0
    assert "'a' was changed since it was made and is left alone" in heard
    assert "1 of 2 lines done; 1 to do" in said
    assert files(out)["a.csv"] == b"mine"
    assert files(out)["b.csv"] != made["b.csv"]
    assert "2 of 2 lines done" in batch(table, "-o", out, "--formats", "csv", "--fps", "24", *QUICK, "--overwrite")[1]
    assert files(out)["a.csv"] != b"mine"


def test_a_line_that_was_ended_while_it_was_done_again_counts_as_nobodys_edit(show: Path, batch: Batch) -> None:
    table = manifest(show, "rec/line 1 ü.wav,a")
    out = show / "out"
    batch(table, "-o", out, "--formats", "csv,json", *QUICK)
    batch(table, "-o", out, "--formats", "csv,json", "--fps", "24", *QUICK, "--plan-only")
    plan = read_plan(out / "plan.json")
    drop_record(out, plan.line(1))  # as before the first file is replaced
    (out / "a.csv").write_text("new", "utf-8")
    assert batch(table, "-o", out, "--formats", "csv,json", "--fps", "24", *QUICK)[1].startswith("1 of 1 lines done")
    assert files(out)["a.csv"] != b"new"


def test_tables_take_turns_in_one_folder(show: Path, batch: Batch) -> None:
    monday = manifest(show, "rec/line 1 ü.wav,a").rename(show / "monday.csv")
    tuesday = manifest(show, "rec/line 2 ü.wav,b").rename(show / "tuesday.csv")
    out = show / "out"
    for table in (monday, tuesday):
        assert batch(table, "-o", out, "--formats", "csv", *QUICK)[0] == 0
    code, _, heard = batch(monday, "-o", out, "--formats", "csv", *QUICK)
    assert (code, "1 of 1 lines are done already" in heard) == (0, True)


def test_a_damaged_plan_or_report_costs_nothing_but_work(show: Path, batch: Batch) -> None:
    table = manifest(show, "rec/line 1 ü.wav,a", "rec/line 2 ü.wav,b")
    out = show / "out"
    batch(table, "-o", out, "--formats", "csv", *QUICK)
    made = files(out)
    (out / "plan.json").write_text("{", "utf-8")
    code, _, heard = batch(table, "-o", out, "--formats", "csv", *QUICK)
    assert (code, "It is made again" in heard, "2 of 2 lines are done already" in heard) == (0, True, True)
    key = read_plan(out / "plan.json").line(1).key
    damaged = {"schema": "a2f.batch_line/1", "key": key, "state": "done"}
    (out / "reports" / "a.json").write_text(json.dumps(damaged), "utf-8")
    code, _, heard = batch(table, "-o", out, "--formats", "csv", *QUICK)
    assert (code, "1 of 2 lines are done already" in heard, files(out)) == (0, True, made)


def test_lines_whose_takes_are_made_differently_now_are_done_again(
    show: Path, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = manifest(show, "rec/line 1 ü.wav,a")
    keys = []
    for recipe in (planning.TAKE_RECIPE, planning.TAKE_RECIPE, planning.TAKE_RECIPE + 1):
        monkeypatch.setattr(planning, "TAKE_RECIPE", recipe)
        batch(table, "-o", show / "out", "--formats", "csv", *QUICK, "--plan-only")
        keys.append(read_plan(show / "out" / "plan.json").line(1).key)
    assert (keys[0] == keys[1], keys[1] == keys[2]) == (True, False)


def test_phones_that_change_are_heard_of(show: Path, batch: Batch) -> None:
    phones = show / "rec" / "line 1 ü.TextGrid"
    phones.write_text("no phones", "utf-8")
    table = manifest(show, "rec/line 1 ü.wav,a,rec/line 1 ü.TextGrid", head="clip,name,phones")
    out = show / "out"
    for text in ("no phones", "none either"):
        phones.write_text(text, "utf-8")
        code, said, _ = batch(table, "-o", out, "--formats", "csv", "--pictures", "0")
        assert (code, "1 not measured" in said, " s." in said) == (0, True, True)
        assert "cannot be read as a TextGrid" in (out / "summary.html").read_text("utf-8")
    assert "done already" in batch(table, "-o", out, "--formats", "csv", "--pictures", "0")[2]
