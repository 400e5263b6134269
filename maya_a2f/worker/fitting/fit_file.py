"""A fit as a file, ``NAME.a2ffit.npz``, beside the rig map that names it.

``fit`` (uint8) is UTF-8 JSON: schema, names, settings, quality. The other arrays are float32, float64 or int32, never
pickled; sizes are checked against the JSON before anything is used.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.columns import Piece
from maya_a2f.worker.fitting.fit_data import REGION_NAMES, Fit, FitSettings, FittedControl, Grams, Lips, Quality

SCHEMA = "a2f.fit/1"
_LARGEST_BYTES = 512 * 2**20
_GRAMS = ("controls", "cross", "shapes")


def write_fit(fit: Fit, path: Path) -> None:
    """Write the file whole or not at all. Raises :class:`~maya_a2f.errors.HostError` where that cannot be."""
    head = {
        "schema": SCHEMA,
        "name": fit.name,
        "source": fit.source,
        "controls": [_open(asdict(control)) for control in fit.controls],
        "pieces": [asdict(piece) for piece in fit.pieces],
        "shapes": list(fit.shapes),
        "regions": list(fit.by_region),
        "settings": asdict(fit.settings),
        "quality": asdict(fit.quality),
        "notes": list(fit.notes),
        "accepted": fit.is_accepted,
    }
    text = np.frombuffer(json.dumps(head, ensure_ascii=False, allow_nan=False).encode(), np.uint8)
    arrays: dict[str, Any] = {"fit": text, "pairs": fit.pairs.astype(np.int32), "vertex_cross": fit.vertex_cross}
    for name, grams in (("total", fit.total), *fit.by_region.items()):
        arrays |= {f"grams.{name}.{part}": getattr(grams, part) for part in _GRAMS}
    arrays |= {f"lips.{part}": getattr(fit.lips, part) for part in ("controls", "shapes", "ratio", "seal")}
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    write_atomically(path, stream.getvalue())


def read_fit(path: Path) -> Fit:
    """Read a fit. Raises :class:`UserError` ``fit.missing``, ``fit.newer`` or ``fit.damaged``, naming the file."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError("it is larger than any fit")
        with np.load(path, allow_pickle=False) as archive:
            return _parsed(archive, path)
    except OSError as error:
        raise UserError(
            f"The fit '{path}' cannot be read: {error.strerror or error}.",
            code="fit.missing",
            hint="Copy it beside the rig map, or fit the rig again.",
        ) from error
    except KeyError as error:
        raise _damaged(path, f"{error.args[0]!r} is missing") from error
    except (TypeError, ValueError, AttributeError, EOFError, zipfile.BadZipFile, OverflowError) as error:
        raise _damaged(path, str(error)) from error


def _parsed(archive: Any, path: Path) -> Fit:
    if sum(info.file_size for info in archive.zip.infolist()) > _LARGEST_BYTES:
        raise ValueError("it unpacks to more than any fit")
    head = json.loads(bytes(archive["fit"]).decode("utf-8"))
    schema = head["schema"]
    if schema != SCHEMA:
        if str(schema).startswith("a2f.fit/"):
            raise UserError(
                f"The fit '{path}' was written by a newer version ({schema}).",
                code="fit.newer",
                hint="Update maya_a2f, or fit the rig again with this version.",
            )
        raise ValueError(f"its schema is {schema!r}, expected {SCHEMA!r}")
    controls = tuple(_control(entry) for entry in head["controls"])
    if not controls or not head["pieces"] or not head["shapes"]:
        raise ValueError("it has no controls or no shapes")
    pieces = tuple(_piece(entry, len(controls)) for entry in head["pieces"])
    shapes = tuple(map(str, head["shapes"]))
    k, s = len(pieces), len(shapes)

    def numbers(name: str, *shape: int | None) -> Any:
        values = archive[name]
        fits = values.ndim == len(shape) and all(w is None or w == g for w, g in zip(shape, values.shape, strict=True))
        if values.dtype.kind not in "fi" or not fits:
            raise ValueError(f"'{name}' has the shape {values.shape}, which does not fit")
        if not np.isfinite(values).all():
            raise ValueError(f"'{name}' holds values that are not finite numbers")
        return values

    def grams(name: str) -> Grams:
        parts = ((k, k), (k, s), (s, s))
        found = (numbers(f"grams.{name}.{part}", *shape) for part, shape in zip(_GRAMS, parts, strict=True))
        return Grams(*(part.astype(np.float64) for part in found))

    rows = numbers("lips.controls", None, k)
    count = len(rows)
    lips = Lips(
        rows.astype(np.float64),
        numbers("lips.shapes", count, s).astype(np.float64),
        numbers("lips.ratio", count).astype(np.float64),
        numbers("lips.seal", k).astype(np.float64),
    )
    pairs = numbers("pairs", None, 2).astype(np.int64)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= k):
        raise ValueError("'pairs' names a piece that is not there")
    regions = [str(name) for name in head["regions"]]
    if not set(regions) <= set(REGION_NAMES):
        raise ValueError("it names unknown regions")
    quality = dict(head["quality"])
    return Fit(
        name=str(head["name"]),
        controls=controls,
        pieces=pieces,
        shapes=shapes,
        total=grams("total"),
        by_region={name: grams(name) for name in regions},
        lips=lips,
        pairs=pairs,
        vertex_cross=numbers("vertex_cross", k, None, 3).astype(np.float32),
        settings=FitSettings(**head["settings"]),
        quality=Quality(
            **{
                **quality,
                "matched": {name: tuple(same) for name, same in quality["matched"].items()},
                "problems": tuple(map(str, quality["problems"])),
            }
        ),
        source=str(head["source"]),
        notes=tuple(map(str, head["notes"])),
        is_accepted=head["accepted"] is True,
    )


def _control(entry: Mapping[str, Any]) -> FittedControl:
    control = FittedControl(
        str(entry["attribute"]),
        str(entry["kind"]),
        _finite(entry["rest"]),
        -math.inf if entry["lowest"] is None else _finite(entry["lowest"]),
        math.inf if entry["highest"] is None else _finite(entry["highest"]),
        _finite(entry["residual"]),
    )
    if control.lowest > control.highest:
        raise ValueError(f"'{control.attribute}' has its lowest value above its highest")
    return control


def _piece(entry: Mapping[str, Any], count: int) -> Piece:
    control, order = int(entry["control"]), int(entry["order"])
    if not 0 <= control < count:
        raise ValueError("a piece belongs to no control")
    return Piece(control, _finite(entry["start"]), _finite(entry["end"]), order, _finite(entry["most"]))


def _open(entry: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinities."""
    return {key: None if isinstance(value, float) and math.isinf(value) else value for key, value in entry.items()}


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no finite number")
    return number


def _damaged(path: Path, why: str) -> UserError:
    return UserError(
        f"The fit '{path}' cannot be used: {why}.",
        code="fit.damaged",
        hint="Copy it again, or fit the rig again.",
    )
