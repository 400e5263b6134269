"""A batch killed at random moments, again and again: ``python -m benchmarks.batch_kills``.

A batch of short recordings on the default model runs undisturbed once. Then the same batch runs into another folder, is
killed (SIGKILL) at a random moment, and started again, until it has been killed as often as was asked and is done. Says
whether every output has the bytes of the undisturbed run, whether a line that was done was ever written again, and
whether a temporary file is left.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.batch_throughput import make_recordings
from maya_a2f.errors import A2FError
from maya_a2f.farm.folder_lock import folder_lock
from maya_a2f.farm.plan import read_plan
from maya_a2f.farm.records import read_record
from maya_a2f.settings import checkout_folder


def main() -> int:
    """Kill, compare, print; 0 when all is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=60, help="recordings of 1 to 4 s (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=20, help="how often (default: %(default)s)")
    parser.add_argument("--formats", default="take,csv,ma", help="outputs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        os.environ.update(MAYA_A2F_CACHE=str(work / "cache"), PYTHONPATH=str(checkout_folder()))
        recordings = work / "recordings"
        make_recordings(recordings, options.clips)
        begun = time.monotonic()
        run(recordings, work / "whole", options.formats).wait()
        whole = time.monotonic() - begun
        print(f"undisturbed: {whole:.1f} s, {len(digests(work / 'whole'))} files", flush=True)
        rewritten, kills = killed(recordings, work / "killed", options, whole)
        same = digests(work / "killed") == digests(work / "whole") != {}
        left = [str(path) for path in (work / "killed").rglob(".*") if path.name != ".batch.lock"]
    print(f"killed {kills} times; bytes {'the same' if same else 'DIFFERENT'}; lines written twice: {rewritten}; "
          f"temporary files left: {len(left)}")  # fmt: skip
    return 0 if same and not rewritten and not left else 1


def killed(recordings: Path, out: Path, options: argparse.Namespace, whole: float) -> tuple[int, int]:
    """(lines that were written again though they were done, kills): until all is done.

    Moments are spread over what the undisturbed run took, so that every stage is hit.
    """
    draw = np.random.default_rng(options.seed)
    rewritten = kills = 0
    known: dict[str, int] = {}
    while True:
        process = run(recordings, out, options.formats)
        if kills < options.kills:
            moment = draw.uniform(0.0, whole)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
                print(f"kill {kills} after {moment:.2f} s: ", end="")
        code = process.wait()
        with folder_lock(out):  # what the run had started has noticed that it is gone
            done = finished(out)
        rewritten += sum(done.get(name) != stamp for name, stamp in known.items())
        known = done
        print(f"{len(done)} files of lines that are done", flush=True)
        if code == 0 and kills >= options.kills:
            return rewritten, kills
        if code == 0:  # done before it had been killed often enough: some lines are to be done again
            for path in sorted(out.rglob("*.a2ftake"))[:: max(1, options.clips // 20)]:
                path.unlink()
            known = finished(out)


def run(recordings: Path, out: Path, formats: str) -> subprocess.Popen[bytes]:
    """The command, begun."""
    words = ["batch", str(recordings), "-o", str(out), "--formats", formats, "--quiet"]
    return subprocess.Popen([sys.executable, "-m", "maya_a2f.cli.main", *words], stderr=subprocess.DEVNULL)


def digests(out: Path) -> dict[str, str]:
    """Every output -> SHA-256."""
    files = [path for ending in ("a2ftake", "csv", "ma") for path in out.rglob(f"*.{ending}")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def finished(out: Path) -> dict[str, int]:
    """Outputs of lines that are done, record and all files -> when they were written."""
    try:
        plan = read_plan(out / "plan.json")
    except A2FError:
        return {}
    lines = [line for line in plan.lines if (read_record(out, line) or {}).get("state") == "done"]
    made = [line.output_paths(out) for line in lines]
    return {path.name: path.stat().st_mtime_ns for paths in made if all(map(Path.exists, paths)) for path in paths}


if __name__ == "__main__":
    sys.exit(main())
