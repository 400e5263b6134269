"""The looks that ship, as a picture: ``python -m benchmarks.look_sheet [OUT.jpg]``.

Animates the demo recording with every look and draws each at the same moments, head motion and all. Prints how many of
the p, b and m still close the lips, and how far jaw, brows and head go.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.emotion_sheet import DEMO, drawn, figures, poses
from maya_a2f.api import drive, open_worker
from maya_a2f.core.clip import Clip
from maya_a2f.core.look import NO_LOOK, find_looks
from maya_a2f.core.take import Take
from maya_a2f.run import solve
from maya_a2f.settings import SolveSettings, look_folders

MOMENTS = (0.55, 1.62, 2.37, 3.3, 4.1, 6.3)
REACHES = ("jawOpen", "mouthFunnel", "mouthLowerDownLeft", "browInnerUp", "head.rotateX")


def reach(take: Take, name: str) -> float:
    """The 95th percentile of a channel's size."""
    sizes = sorted(map(abs, take.tracks[name]))
    return sizes[round(0.95 * (len(sizes) - 1))]


def main() -> None:
    """Print the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", nargs="?", type=Path, default=Path("docs/images/looks.jpg"))
    options = parser.parse_args()
    words = DEMO.with_suffix(".txt").read_text("utf-8").split("\n\n")[0]
    cells = []
    print(f"{'look':18}{'closure_recall':>15}{'false_closures':>15}" + "".join(f"{name:>20}" for name in REACHES))
    with tempfile.TemporaryDirectory() as folder, open_worker() as worker:
        for entry in find_looks(Path("none"), look_folders()[-1:])[0]:
            look = entry.look
            take = drive(solve(Clip(str(DEMO)), SolveSettings(look=None if look.name == NO_LOOK else look)), worker)
            found = figures(take, DEMO, words, Path(folder))
            reaches = "".join(f"{reach(take, name):20.3f}" for name in REACHES)
            print(f"{look.name:18}{found['closure_recall']:15.3f}{found['false_closures']:15.3f}{reaches}", flush=True)
            frames = [round(seconds * take.rate) for seconds in MOMENTS]
            shown = zip(MOMENTS, poses(take, frames, turns=True), strict=True)
            cells += [(f"{look.name} {seconds:.1f} s", values) for seconds, values in shown]
    drawn(cells, options.out, len(MOMENTS))


if __name__ == "__main__":
    main()
