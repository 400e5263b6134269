"""A take that somebody else solved goes onto a character under a bare mayapy: no site-packages, no worker."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import maya_a2f
from maya_a2f.core.take import Take, write_take
from tests.fake_maya import scene_files
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.scenes import build_head, keys_in

REPOSITORY = Path(maya_a2f.__file__).resolve().parent.parent
SCRIPT = """
import sys
import maya.standalone
maya.standalone.initialize(name="python")
from maya import cmds
import maya_a2f

scene, take, out = sys.argv[1:]
cmds.file(scene, open=True, force=True)
done = maya_a2f.bake(take, "bob", start_frame=10)
assert done.sound is None
cmds.file(rename=out)
cmds.file(save=True, type="mayaAscii")
foreign = {"numpy", "scipy", "PySide6", "shiboken6", "onnxruntime"} & {name.partition(".")[0] for name in sys.modules}
assert not foreign, foreign
assert not [name for name in sys.modules if name.startswith(("maya_a2f.ui", "maya_a2f.worker"))]
print(done.keys)
"""


def test_a_published_take_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    scene = Scene()
    scene.time_unit = "ntsc"
    build_head(scene, namespace="bob")
    scene_files.write(scene, tmp_path / "shot.ma", "mayaAscii")
    take = Take(Fraction(30), {"jawOpen": [0.0, 0.25, 0.5]}, made_by={"audio": {"path": "/elsewhere/line.wav"}})
    write_take(take, tmp_path / "line.a2ftake")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAYA_A2F")}
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests" / "fake_maya")])
    environment |= {"PYTHONPATH": paths, "FAKE_MAYA": "mayapy"}
    words = [str(tmp_path / name) for name in ("shot.ma", "line.a2ftake", "out.ma")]
    ran = subprocess.run(
        [sys.executable, "-S", "-c", SCRIPT, *words], env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "3"
    assert keys_in(scene_files.read(tmp_path / "out.ma")) == {
        "bob:face_shapes.jawOpen": [(10, 0), (11, 0.25), (12, 0.5)]
    }
