"""``a2f rig``: what a character's file holds, which channels would drive it, and a fit by shape."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from maya_a2f.api import Asked, drive, open_worker
from maya_a2f.characters import CharacterFile, choose_map, open_character
from maya_a2f.cli.console import Console, say
from maya_a2f.cli.options import add_common
from maya_a2f.cli.rig_tables import inspection, match_lines, picture_labels, table
from maya_a2f.core.head import load_head
from maya_a2f.core.lip_seal import lip_openings, sealed
from maya_a2f.core.readiness import STANDARD_CHANNELS
from maya_a2f.core.rig_description import (
    ENDING,
    RigDescription,
    rig_description_bytes,
    write_rig_description,
)
from maya_a2f.core.rig_map import RigMap, write_rig_map
from maya_a2f.core.rig_map_folders import signed
from maya_a2f.core.rig_map_model import FIT_ENDING
from maya_a2f.errors import UserError
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import WorkerClient
from maya_a2f.outputs import HEAD_FOLDER

_EPILOG = """\
examples:
  a2f rig inspect bob.ma                            every attribute, its limits, what it moves, what is locked
  a2f rig inspect bob.glb --picture bob.png         and a picture of every shape
  a2f rig match bob.ma -o bob.json                  a rig map by name, to correct and keep beside the scene
  a2f rig fit bob.npz --landmarks bob_marks.json -o bob.json      a map by shape, for names that say nothing

A rig is a Maya scene (.ma), a described rig (.a2frig.npz), a plain .npz (neutral, delta_NAME, quads, triangles), glTF
(.glb, .gltf, .vrm) or USD (.usd, .usda, .usdc, .usdz).
"""


def add_parser(commands: Any) -> None:
    """Add ``rig`` to the command line."""
    parser = commands.add_parser(
        "rig",
        help="look into a character's file, match or fit it",
        description="Look into a character's file, and make a rig map for it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    inspect = actions.add_parser("inspect", help="what the file holds")
    inspect.add_argument("-o", "--output", metavar=f"NAME{ENDING}", type=Path, help="write the rig's description too")
    match = actions.add_parser("match", help="which channels drive it, by name")
    match.add_argument("-o", "--output", metavar="MAP", type=Path, help="write the rig map (JSON)")
    match.add_argument(
        "--landmarks",
        metavar="FILE",
        type=Path,
        help='keep its lips as far apart as ours: vertices, a JSON file {"lipUpper": 17, "lipLower": 21}',
    )
    fit = actions.add_parser("fit", help="which controls make our motion on its face, by shape")
    fit.add_argument("-o", "--output", metavar="MAP", type=Path, required=True, help="the rig map; the fit lies beside")
    fit.add_argument(
        "--landmarks",
        metavar="FILE",
        type=Path,
        required=True,
        help='vertices by name, a JSON file: {"noseTip": 17, …}',
    )
    fit.add_argument(
        "--seal", metavar="ATTRIBUTE=X", action="append", default=[], help="the pose in which this mouth is closed"
    )
    fit.add_argument("--accept", action="store_true", help="use the fit even if it came out badly")
    for action, run in ((inspect, run_inspect), (match, run_match), (fit, run_fit)):
        action.add_argument("rig", metavar="RIG", type=Path, help="the character: a file as listed by 'a2f rig --help'")
        action.add_argument("--namespace", metavar="NAME", default=None, help="which character of a scene with several")
        action.add_argument("--picture", metavar="PNG", type=Path, help="draw what was found")
        action.add_argument("--overwrite", action="store_true", help="replace files that are already there")
        add_common(action)
        action.set_defaults(run=run)


def run_inspect(options: argparse.Namespace, console: Console) -> int:
    """``a2f rig inspect RIG``."""
    _check_outputs(options)
    if options.output is not None and not options.output.name.endswith(ENDING):
        raise UserError(
            f"'{options.output}' is no name for a rig description.", code="output.format", hint=f"End it with {ENDING}."
        )
    with _LateWorker() as worker:
        character = _opened(options, worker, console)
        needed = options.output is not None or options.picture is not None
        described, why = _described(character, needed=needed, skins=options.output is not None)
        say("\n".join(inspection(character, described)))
        if described is not None and options.output is not None:
            write_rig_description(described, options.output)
        if described is not None and options.picture is not None:
            _draw(worker, described, [], options.picture, console)
    _tell(console, [*character.notes, *(described.notes if described is not None else ()), *why])
    return 0


def run_match(options: argparse.Namespace, console: Console) -> int:
    """``a2f rig match RIG``."""
    _check_outputs(options)
    with _LateWorker() as worker:
        character = _opened(options, worker, console)
        chosen = choose_map(character, None, STANDARD_CHANNELS, seal=options.landmarks is None)
        say("\n".join(match_lines(character, chosen, STANDARD_CHANNELS)))
        rig_map = chosen.rig_map
        if options.landmarks is not None:
            described, _ = _described(character, needed=True)
            if described is not None:
                ours = lip_openings(load_head(HEAD_FOLDER))
                rig_map = sealed(rig_map, ours, described, _landmarks(options.landmarks))
        if options.output is not None:
            write_rig_map(signed(rig_map, character.rig), options.output)
            say(f"\n{options.output}")
        if options.picture is not None:
            described, _ = _described(character, needed=True)
            if described is not None:
                labels = picture_labels(chosen.rig_map, chosen.report.matches)
                _draw(worker, described, labels, options.picture, console)
    _tell(console, [*character.notes, *chosen.notes])
    return 0


def run_fit(options: argparse.Namespace, console: Console) -> int:
    """``a2f rig fit RIG``: exit code 0 for a good fit or an accepted one, 2 for a bad one."""
    _check_outputs(options)
    fit_file = options.output.with_name(f"{options.output.stem}{FIT_ENDING}")
    _check_free(fit_file, options.overwrite)
    marks = _landmarks(options.landmarks)
    with _LateWorker() as worker, tempfile.TemporaryDirectory() as folder:
        character = _opened(options, worker, console)
        described, _ = _described(character, needed=True, skins=True)
        if described is None:
            raise AssertionError("a needed description is there")
        rig_file = Path(folder) / f"rig{ENDING}"
        write_rig_description(described, rig_file)
        fields = {
            "rig": str(rig_file),
            "head_folder": str(HEAD_FOLDER),
            "landmarks": marks or dict(described.landmarks),
            "seal": _seal(options.seal),
            "path": str(fit_file.absolute()),
            "picture": "" if options.picture is None else str(options.picture.absolute()),
            "accept": options.accept,
        }
        reply = worker.request("fit", fields, {}, on_progress=console.progress)
    rig_map = RigMap(character.rig.name, {}, fit=fit_file.name)
    write_rig_map(signed(rig_map, character.rig), options.output)
    console.close()
    rows = [("region", "left undone")]
    rows += [(name, f"{100 * value:.1f} %") for name, value in reply.numbers("regions").items()]
    say("\n".join(table(rows)))
    rows = [("control", "residual")]
    rows += [(str(name), f"{100 * float(value):.1f} %") for name, value in reply.items("controls")]
    say("\n" + "\n".join(table(rows)))
    say(f"\n{options.output}\n{fit_file}")
    problems = list(reply.texts("problems"))
    _tell(console, [*character.notes, *reply.texts("notes"), *problems])
    if problems and not options.accept:
        raise UserError(
            f"The fit of '{options.rig}' came out badly and will not be baked: {' '.join(problems)}",
            code="fit.poor",
            hint="Correct the landmarks, or add --accept --overwrite to use it as it is.",
        )
    return 0


class _LateWorker:
    """A worker that starts with the first request: most rigs need none."""

    def __init__(self) -> None:
        self._client: WorkerClient | None = None

    def __enter__(self) -> _LateWorker:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._client is not None:
            self._client.close()

    def request(self, name: str, fields: Any, blobs: Any, **options: Any) -> Any:
        """As :meth:`WorkerClient.request`."""
        if self._client is None:
            self._client = open_worker()
        return self._client.request(name, fields, blobs, **options)


def _opened(options: argparse.Namespace, worker: Asked, console: Console) -> CharacterFile:
    return drive(open_character(options.rig, options.namespace), worker, on_progress=console.progress)


def _described(
    character: CharacterFile, *, needed: bool, skins: bool = False
) -> tuple[RigDescription | None, list[str]]:
    """The face, or why there is none. Raises :class:`UserError` ``rig.*`` where it is needed."""
    try:
        return character.description(skins=skins), []
    except UserError as error:
        if needed:
            raise
        return None, [str(error)]


def _draw(worker: Asked, described: RigDescription, labels: list[dict[str, str]], path: Path, console: Console) -> None:
    blobs = {"description": Blob.of(rig_description_bytes(described))}
    fields = {"path": str(path.absolute()), "labels": labels}
    reply = worker.request("rig_picture", fields, blobs, on_progress=console.progress)
    console.close()
    say(f"\n{path}  ({reply.integer('drawn')} controls)")
    if reply.integer("left_out"):
        console.note(f"{reply.integer('left_out')} controls found no room in the picture.")


def _check_outputs(options: argparse.Namespace) -> None:
    for path in (options.output, options.picture):
        if path is not None:
            _check_free(path, options.overwrite)
    if options.picture is not None and options.picture.suffix.lower() != ".png":
        raise UserError(f"'{options.picture}' is no .png.", code="output.format", hint="Name the picture NAME.png.")


def _check_free(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise UserError(
            f"'{path}' is already there.", code="output.exists", hint="Choose another name, or add --overwrite."
        )


def _landmarks(path: Path) -> dict[str, int]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"The landmarks '{path}' cannot be read: {getattr(error, 'strerror', None) or error}.",
            code="landmarks.bad",
            hint='Give a JSON file such as {"noseTip": 17, "chin": 204}.',
        ) from error
    data = data.get("landmarks", data) if isinstance(data, dict) else data
    if not isinstance(data, dict) or not all(type(vertex) is int and vertex >= 0 for vertex in data.values()):
        raise UserError(
            f"The landmarks '{path}' are no names with a vertex each.",
            code="landmarks.bad",
            hint='Give a JSON file such as {"noseTip": 17, "chin": 204}.',
        )
    return data


def _seal(words: list[str]) -> dict[str, float]:
    values = {}
    for word in words:
        name, _, text = word.rpartition("=")
        try:
            values[name] = float(text)
        except ValueError:
            name = ""
        if not name:
            raise UserError(
                f"'{word}' does not set an attribute.", code="option.bad", hint="Write --seal ATTRIBUTE=NUMBER."
            )
    return values


def _tell(console: Console, notes: list[str]) -> None:
    console.close()
    for note in dict.fromkeys(notes):
        console.note(note)
