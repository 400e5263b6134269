"""Build the default head: ``python -m maya_a2f.training.head.build [--out DIR]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from maya_a2f.training.head.asset import write_asset
from maya_a2f.training.head.measures import measure_shapes
from maya_a2f.training.head.model import build_head

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "presets" / "default_head"


def main(arguments: list[str] | None = None) -> int:
    """Write the asset and print what it holds."""
    parser = argparse.ArgumentParser(description="Build the default head and print its measures.")
    parser.add_argument("--out", type=Path, default=DEFAULT_FOLDER, help="folder for head.json and head.npz")
    options = parser.parse_args(arguments)
    head = build_head()
    paths = write_asset(head, options.out)
    print(f"{'mesh':12} {'vertices':>8} {'quads':>6} {'shapes':>6}")
    for mesh in head.meshes.values():
        print(f"{mesh.name:12} {len(mesh.points):8d} {len(mesh.quads):6d} {len(mesh.shapes):6d}")
    print(f"{'all':12} {sum(len(m.points) for m in head.meshes.values()):8d}")
    print(f"\n{'shape':20} {'lip gap cm':>10} {'width cm':>9}")
    for name, value in measure_shapes(head).items():
        if abs(value.gap_cm) > 0.005 or abs(value.width_cm) > 0.005:
            print(f"{name:20} {value.gap_cm:+10.2f} {value.width_cm:+9.2f}")
    for path in paths:
        print(f"{path} {path.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
