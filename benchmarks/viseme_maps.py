"""Rigs that have only whole mouth shapes, driven by name: how much of the lips' motion is left, and whether they close.

    python -m benchmarks.viseme_maps FACE.npz TAKE.a2ftake …

FACE.npz has ``neutral`` and ``delta_<name>`` of ICT FaceKit. Each viseme set is modelled from that face's own shapes
as an artist would sculpt it; its rig is matched by its names alone and driven through the map that results. The same
take on all of the face's shapes is what it is compared with. Lips count as closed below 15 % of the 95th percentile of
the gap, as apart above 30 %.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maya_a2f.core.matching import matched_by_name
from maya_a2f.core.readiness import STANDARD_CHANNELS
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.take import Take, read_take

Floats = npt.NDArray[np.float64]

UPPER, LOWER, CORNERS = (5711, 5533, 6216), (5966, 5517, 6470), (5708, 6213)
"""Inner lip and corner points of ICT FaceKit."""
_CLOSED_SHARE, _APART_SHARE = 0.15, 0.30
_WIDTHS = (20, 22, 10, 8, 8, 8, 10, 8)

_M = {"mouthPress*": 0.7, "mouthRollUpper": 0.15, "mouthRollLower": 0.15}
_F = {"mouthRollLower": 0.6, "mouthUpperUp*": 0.25, "jawOpen": 0.04}
_S = {"jawOpen": 0.04, "mouthStretch*": 0.4, "mouthLowerDown*": 0.4, "mouthUpperUp*": 0.2}
_SH = {"jawOpen": 0.06, "mouthFunnel": 0.7}
_AH = {"jawOpen": 0.45, "mouthLowerDown*": 0.3, "mouthUpperUp*": 0.15}
_EH = {"jawOpen": 0.28, "mouthStretch*": 0.5, "mouthSmile*": 0.2, "mouthLowerDown*": 0.2}
_EE = {"jawOpen": 0.12, "mouthStretch*": 0.6, "mouthSmile*": 0.2, "mouthLowerDown*": 0.3}
_OH = {"jawOpen": 0.32, "mouthFunnel": 0.5, "mouthPucker": 0.4}
_OO = {"jawOpen": 0.12, "mouthPucker": 0.9}
_L = {"jawOpen": 0.18, "mouthLowerDown*": 0.15}

SETS: dict[str, dict[str, Mapping[str, float]]] = {
    "Oculus 15": {
        f"viseme_{name}": shape
        for name, shape in {
            "sil": {}, "PP": _M, "FF": _F, "TH": _L, "DD": _L, "kk": _L, "CH": _SH, "SS": _S, "nn": _L,
            "RR": {"jawOpen": 0.1, "mouthFunnel": 0.3}, "aa": _AH, "E": _EH, "I": _EE, "O": _OH, "U": _OO,
        }.items()
    },
    "VRM A I U E O": {"A": _AH, "I": _EE, "U": _OO, "E": _EH, "O": _OH},
    "Mouth shapes A to X": {
        "A": _M, "B": _S, "C": {"jawOpen": 0.25, "mouthLowerDown*": 0.2}, "D": _AH, "E": _OH, "F": _OO, "G": _F,
        "H": _L, "X": {},
    },
    "Preston Blair": {
        "AI": _AH, "E": _EH, "O": _OH, "U": _OO, "WQ": _OO, "L": _L, "FV": _F, "MBP": _M, "etc": _S, "rest": {},
    },
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print a table."""
    if len(arguments) < 2:
        print(__doc__)
        return 2
    face = _Face(Path(arguments[0]))
    rows = []
    for path in map(Path, arguments[1:]):
        take = read_take(path)
        gap, width = face.lips({name: np.asarray(samples) for name, samples in take.tracks.items()}, take.frame_count)
        level = float(np.percentile(gap, 95))
        closed, apart = gap <= _CLOSED_SHARE * level, gap >= _APART_SHARE * level
        for name, shapes in SETS.items():
            weights, matched = _driven(take, shapes)
            own_gap, own_width = face.lips(weights, take.frame_count)
            own_closed = own_gap <= _CLOSED_SHARE * level
            rows.append(
                (
                    path.stem,
                    name,
                    f"{matched} of {len(shapes)}",
                    f"{own_closed[closed].mean():.3f}",
                    f"{own_closed[apart].mean():.3f}",
                    f"{np.corrcoef(gap, own_gap)[0, 1]:.2f}",
                    f"{np.percentile(own_gap, 95) / level:.2f}",
                    f"{np.corrcoef(width, own_width)[0, 1]:.2f}",
                )
            )
    for cells in [("take", "mouth shapes", "driven", "closed", "false", "gap r", "gap size", "width r"), *rows]:
        print("".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)))
    return 0


class _Face:
    def __init__(self, path: Path) -> None:
        with np.load(path) as data:
            points = [*UPPER, *LOWER, *CORNERS]
            self._neutral = data["neutral"][points].astype(float)
            self._deltas = {name[6:]: data[name][points].astype(float) for name in data.files if name[:6] == "delta_"}

    def lips(self, weights: Mapping[str, Floats], count: int) -> tuple[Floats, Floats]:
        """Gap between the inner lips, 0 at rest, and the mouth's width, in the face's units, per frame."""
        points = np.repeat(self._neutral[None], count, axis=0)
        for name, delta in self._deltas.items():
            own = name.replace("_L", "Left").replace("_R", "Right")
            found = weights.get(own, weights.get(name.rpartition("_")[0]))
            if found is not None:
                points += found[:, None, None] * delta
        gap = points[:, :3, 1].mean(1) - points[:, 3:6, 1].mean(1)
        rest = self._neutral[:3, 1].mean() - self._neutral[3:6, 1].mean()
        return gap - rest, np.linalg.norm(points[:, 6] - points[:, 7], axis=1)


def _driven(take: Take, shapes: Mapping[str, Mapping[str, float]]) -> tuple[dict[str, Floats], int]:
    """The face's own weights that a rig of these shapes makes, and how many shapes the names drive."""
    rig = Rig("mouth", tuple(RigAttribute(f"mouth.{name}", "weight", lowest=0.0, highest=1.0) for name in shapes))
    rig_map = matched_by_name(rig, STANDARD_CHANNELS).rig_map
    weights: dict[str, Floats] = {}
    for track in retargeted(take, rig_map, rig).tracks:
        samples = np.asarray(track.samples)
        for pattern, amount in shapes[track.attribute.partition(".")[2]].items():
            for name in [pattern.replace("*", side) for side in ("Left", "Right")] if "*" in pattern else [pattern]:
                weights[name] = weights.get(name, np.zeros(take.frame_count)) + amount * samples
    return weights, len(rig_map.drives)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
