"""A package of the published size: 61 520 skin and 5 602 tongue vertices, 272 + 10 components, random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.package_factory import make_package

SKIN_VERTICES, TONGUE_VERTICES = 61_520, 5_602
SKIN_SHAPES, TONGUE_SHAPES = 272, 10
MASK_VERTICES = 10_085


def make_published_package(folder: Path) -> Path:
    """Write the package (about 330 MB); needs torch for the network. Returns the folder."""
    from maya_a2f.training.published import PublishedShape, export_published

    folder.mkdir(parents=True, exist_ok=True)
    network = folder / "network.onnx"
    export_published(network, PublishedShape(skin=SKIN_SHAPES, tongue=TONGUE_SHAPES))
    content = network.read_bytes()
    make_package(
        folder,
        vertices=SKIN_VERTICES,
        tongue_vertices=TONGUE_VERTICES,
        skin_shapes=SKIN_SHAPES,
        tongue_shapes=TONGUE_SHAPES,
        network=content,
        actor="mark-sized",
    )
    _thin_mask(folder / "bs_skin.npz")
    return folder


def _thin_mask(path: Path) -> None:
    """Give the skin the published number of masked vertices."""
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    points = arrays["neutral"].reshape(-1, 3)
    arrays["frontalMask"] = np.sort(np.argsort(-points[:, 2])[:MASK_VERTICES]).astype(np.int32)
    np.savez(path, allow_pickle=False, **arrays)
