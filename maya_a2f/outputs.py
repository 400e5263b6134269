"""Writing a take in the format that a file's ending names. Every file appears whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maya_a2f import baking
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.clip import clip_fields
from maya_a2f.core.frame_rate import describe_rate, maya_time_unit
from maya_a2f.core.handing_over import kept_words, skipped_words
from maya_a2f.core.head import Head, kept_head
from maya_a2f.core.ports import Host, keys_written
from maya_a2f.core.rerun_scope import check_frames
from maya_a2f.core.retarget import RetargetResult
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_description import rig_description_bytes
from maya_a2f.core.rig_map import RigMap, read_rig_map, with_translations_scaled
from maya_a2f.core.take import Take, write_take
from maya_a2f.core.take_text import take_csv, take_json
from maya_a2f.errors import A2FError, HostError, UserError
from maya_a2f.host.scene_file.head_rig import blend_shape_node, head_rig, joint_node
from maya_a2f.link.blob import Blob
from maya_a2f.retargeting import retarget
from maya_a2f.steps import Steps, WorkerRequest, asked

if TYPE_CHECKING:  # Characters and scenes are much to load, and many runs have neither.
    from maya_a2f.characters import CharacterFile, ChosenMap
    from maya_a2f.run import AnimateJob

FACE_MESH = "face"
_SAME_SIZE = 1e-4
HEAD_FOLDER = Path(__file__).resolve().parent / "presets" / "default_head"

Writing = Steps[tuple[str, list[str]]]
"""Yields steps; returns what was written, in words, and remarks."""


def check(job: AnimateJob) -> None:
    """Refuse a job whose outputs could not be written, before any work.

    Raises :class:`UserError` ``output.*`` for an unknown format, an existing file, the recording itself, a name given
    twice or a rate the format cannot hold, ``rig_map.*`` for a map that does not fit the head; :class:`HostError`
    ``file.unwritable`` for a folder that is missing or read-only.
    """
    if not job.outputs:
        raise UserError("No output was given.", code="output.none", hint="Add -o NAME.ma (or .mp4, .csv, .json).")
    _check_rerun(job)
    recording = Path(job.clip.path).resolve()
    seen: set[Path] = set()
    for path in job.outputs:
        _check_one(path, job.overwrite or _is_renewed(path, job), job.settings.rate)
        real = path.resolve()
        if real == recording:
            raise UserError(
                f"'{path}' is the recording itself.", code="output.is_clip", hint="Choose another name for the output."
            )
        if real in seen:
            raise UserError(f"'{path}' is given twice as an output.", code="output.twice", hint="Remove one of them.")
        seen.add(real)
    if job.rig_path is not None:
        _check_for_rig(job.rig_path, job.outputs)
    elif job.namespace is not None:
        raise UserError(
            "A namespace is part of a character's scene, and there is none.",
            code="rig.none",
            hint="Add --rig CHARACTER.ma.",
        )
    elif job.rig_map_path is not None:
        _check_rig_map(job.rig_map_path, job.outputs)


def _is_renewed(path: Path, job: AnimateJob) -> bool:
    return job.rerun is not None and path.suffix.lower() == ".ma"


def _check_rerun(job: AnimateJob) -> None:
    if job.rerun is None:
        return
    scene = _first_ending(job.outputs, ".ma")
    if scene is None or not scene.is_file():
        what = "there is no .ma output" if scene is None else f"'{scene}' is not there"
        raise UserError(
            f"Nothing can be renewed: {what}.",
            code="rerun.no_scene",
            hint="Name the scene of the earlier run with -o, or leave --rerun out.",
        )


def _check_for_rig(rig: Path, outputs: Sequence[Path]) -> None:
    """Which outputs a character of the user's own can have."""
    from maya_a2f import characters

    if rig.suffix.lower() not in characters.SCENES and (scene := _first_ending(outputs, ".ma")) is not None:
        raise UserError(
            f"'{scene}' would be a keyed copy of the character's scene, and '{rig}' is no Maya scene.",
            code="output.not_scene",
            hint="Give the character as .ma, or write .usda, .usdc or .glb.",
        )
    if (movie := _first_ending(outputs, ".mp4")) is not None:
        raise UserError(
            f"'{movie}' would show our own head: movies of other characters are not drawn.",
            code="output.not_with_rig",
            hint="Leave --rig out for a movie, or write .glb and open it in a viewer.",
        )
    if not any(output.suffix.lower() in _DRAWN for output in outputs):
        raise UserError(
            f"The character '{rig}' would not be used: it matters for .ma, .usda, .usdc and .glb only.",
            code="rig.unused",
            hint="Add such an output, or leave --rig out.",
        )


def _first_ending(outputs: Sequence[Path], ending: str) -> Path | None:
    return next((path for path in outputs if path.suffix.lower() == ending), None)


def _check_rig_map(path: Path, outputs: Sequence[Path]) -> None:
    rig_map, head = read_rig_map(path), kept_head(HEAD_FOLDER)
    known = {attribute.name for attribute in head_rig(head).attributes}
    missing = [name for name in rig_map.drives if name not in known]
    if missing:
        raise UserError(
            f"The rig map '{path}' drives '{missing[0]}', which the head '{head.name}' does not have.",
            code="rig_map.missing_attribute",
            hint="Correct the map, or use the one that ships.",
        )
    if not any(output.suffix.lower() in _DRAWN for output in outputs):
        raise UserError(
            f"The rig map '{path}' would not be used: it matters for .ma, .mp4, .usda, .usdc and .glb only.",
            code="rig_map.unused",
            hint="Add such an output, or leave --rig-map out.",
        )


@contextlib.contextmanager
def all_or_none(paths: Sequence[Path], scene: Scene) -> Iterator[None]:
    """Take back what the block wrote when it fails: files that were not there before go, replaced ones are named."""
    before = {path: _stamp(path) for path in paths}
    try:
        yield
    except BaseException as error:
        replaced = [path for path in paths if before[path] is not None and _stamp(path) != before[path]]
        for path in (*(path for path in paths if before[path] is None), *scene.side_files):
            path.unlink(missing_ok=True)
        if replaced and isinstance(error, A2FError):
            names = ", ".join(f"'{path}'" for path in replaced)
            error.message = f"{error.message.removesuffix('; nothing was changed.')}; already replaced: {names}."
        raise


def _stamp(path: Path) -> tuple[int, int] | None:
    """Changes when the file is replaced; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _check_one(path: Path, overwrite: bool, rate: Fraction) -> None:
    if path.suffix.lower() not in _WRITERS:
        raise UserError(
            f"'{path}' has no ending that names a format.",
            code="output.format",
            hint=f"Use one of {', '.join(_WRITERS)}.",
        )
    if path.suffix.lower() == ".ma" and maya_time_unit(rate) is None:
        raise UserError(
            f"Maya has no time unit for {describe_rate(rate)} frames per second, so '{path}' cannot be written.",
            code="rate.not_in_maya",
            hint="Choose 24, 25, 30, 48, 50, 60, 23.976, 29.97, 59.94 or another rate of Maya's list.",
        )
    if path.is_dir():
        raise UserError(f"'{path}' is a folder.", code="output.folder", hint="Give a file name.")
    if path.exists() and not overwrite:
        raise UserError(
            f"'{path}' is already there.", code="output.exists", hint="Choose another name, or add --overwrite."
        )
    folder = path.absolute().parent
    if not folder.is_dir():
        raise HostError(
            f"'{path}' cannot be written: the folder '{folder}' does not exist.",
            code="file.unwritable",
            hint="Create the folder or choose another.",
        )
    if not os.access(folder, os.W_OK):
        raise HostError(
            f"'{path}' cannot be written: the folder '{folder}' is read-only.",
            code="file.unwritable",
            hint="Choose a folder you may write to.",
        )


def write(path: Path, scene: Scene) -> Writing:
    """Write one output."""
    return (yield from _WRITERS[path.suffix.lower()](path, scene))


class Scene:
    """A take on our head, or on a character in a file: what several outputs share."""

    def __init__(self, job: AnimateJob, take: Take, character: CharacterFile | None = None) -> None:
        self.job = job
        self.take = take
        self.character = character
        self.retargeted = RetargetResult((), (), ())
        """Tracks for the rig; there once it is :meth:`prepared`."""
        self.side_files: list[Path] = []
        """Files written beside an output: copies of the sound."""

    @cached_property
    def head(self) -> Head:
        """The head that ships."""
        return kept_head(HEAD_FOLDER)

    @cached_property
    def rig(self) -> Rig:
        """What the head or the character offers."""
        return head_rig(self.head) if self.character is None else self.character.rig

    @cached_property
    def chosen(self) -> ChosenMap | None:
        """Which map drives the character; None for our head."""
        if self.character is None:
            return None
        from maya_a2f import characters

        return characters.choose_map(self.character, self.job.rig_map_path, self.take.tracks)

    @cached_property
    def rig_map(self) -> RigMap:
        """The map that drives the character, or the head: scaled to it when the model's own head has another size."""
        if self.chosen is not None:
            return self.chosen.rig_map
        rig_map = read_rig_map(self.job.rig_map_path or HEAD_FOLDER / "rig_map.json")
        return rig_map if self.size_ratio == 1.0 else with_translations_scaled(rig_map, self.size_ratio)

    @cached_property
    def size_ratio(self) -> float:
        """Our head's size over the model's, both as the diagonal of the skin's bounding box; 1 for our own head."""
        size = self.take.made_by.get("package", {}).get("head_size")
        ratio = bounding_diagonal(self.head.mesh(FACE_MESH).points) / float(size) if size else 1.0
        return 1.0 if abs(ratio - 1.0) < _SAME_SIZE else ratio

    def prepared(self) -> Steps[Scene]:
        """Retarget the take, where an output shows it. Raises :class:`UserError` ``rig_map.*`` or ``fit.*``."""
        if any(path.suffix.lower() in _DRAWN for path in self.job.outputs):
            folder = None if self.chosen is None else self.chosen.folder
            if self.chosen is None and self.job.rig_map_path is not None:
                folder = self.job.rig_map_path.absolute().parent
            self.retargeted = yield from retarget(self.take, self.rig_map, self.rig, folder)
            self._check_driven()
        return self

    def _check_driven(self) -> None:
        """Refuse a character that nothing would move. Raises :class:`UserError` ``rig_map.silent``."""
        if self.retargeted.tracks or not self.retargeted.silent_attributes:
            return
        raise UserError(
            f"The rig map drives nothing: the take does not have {_listed(self._silent_channels())}.",
            code="rig_map.silent",
            hint="Correct the channels' names in the map; 'a2f rig match' lists those that there are.",
        )

    def _silent_channels(self) -> list[str]:
        drives = self.rig_map.drives
        followed = (drives[name].gains for name in self.retargeted.silent_attributes if name in drives)
        return sorted(set(itertools.chain.from_iterable(followed)))

    @property
    def remarks(self) -> list[str]:
        """What is worth saying of who is shown and of the map that drives it."""
        if self.character is None or self.chosen is None:
            return [*self._head_remarks(), *self._silence_remarks()]
        driven = f"{len(self.retargeted.tracks)} of {len(self.rig.attributes)} attributes are driven"
        return [
            f"'{self.character.path.name}': {driven}, {self.chosen.how}.",
            *self.chosen.notes,
            *self.retargeted.notes,
            *self._missing_remarks(),
            *self._silence_remarks(),
        ]

    def _missing_remarks(self) -> list[str]:
        missing = self.retargeted.missing_attributes
        if not missing:
            return []
        return [f"The rig map names {_listed(missing)}, which the character does not have."]

    def _silence_remarks(self) -> list[str]:
        """What a map of the user's own asks for and the model does not give."""
        silent = self.retargeted.silent_attributes
        if not silent or self.job.rig_map_path is None:
            return []
        return [
            f"No keys for {_listed(silent)} of the rig map: the model does not give {_listed(self._silent_channels())}."
        ]

    def _head_remarks(self) -> list[str]:
        package = self.take.made_by.get("package", {})
        if package.get("skin_vertices") == self.head.mesh(FACE_MESH).vertex_count and self.size_ratio == 1.0:
            return []
        return [
            f"A model package holds no faces to draw: '{package.get('name')}' drives the head '{self.head.name}', "
            f"movements of the jaw scaled by {self.size_ratio:.3g}."
        ]


def bounding_diagonal(points: Sequence[float]) -> float:
    """Diagonal of the bounding box of flat x y z points, in their unit."""
    lowest, highest = ([fold(points[axis::3]) for axis in range(3)] for fold in (min, max))
    return math.dist(lowest, highest)


def _write_take(path: Path, scene: Scene) -> Writing:
    yield from ()
    write_take(scene.take, path)
    return f"take, {len(scene.take.tracks)} channels", []


def _write_csv(path: Path, scene: Scene) -> Writing:
    yield from ()
    write_atomically(path, take_csv(scene.take).encode())
    return f"{scene.take.frame_count} rows, {len(scene.take.tracks)} channels", []


def _write_json(path: Path, scene: Scene) -> Writing:
    yield from ()
    write_atomically(path, take_json(scene.take).encode())
    return f"{scene.take.frame_count} frames, {len(scene.take.tracks)} channels", []


def _write_scene(path: Path, scene: Scene) -> Writing:
    job, take = scene.job, scene.take
    folder, start = path.absolute().parent, job.clip.start_frame
    if job.rerun is not None:
        check_frames(job.rerun, start, start + take.frame_count - 1)
    there = set(folder.glob("*.wav"))
    sound = yield from baking.sound_for(job.clip, take.rate, folder)
    if sound.copied and Path(sound.audio.path) not in there:
        scene.side_files.append(Path(sound.audio.path))
    curves = yield from baking.keyed_curves(take, scene.retargeted, scene.rig_map, start, job.keys)
    host = _scene_host(path, scene)
    report = yield from baking.bake_curves(take, curves, host, sound, start)
    if not report.written and job.rerun is None:
        why = " ".join(skipped_words(report.skipped)) or "The take drives nothing of it."
        raise UserError(
            f"Nothing of '{scene.rig.name}' would get keys. {why}",
            code="rig.nothing_written",
            hint="Choose a character with a face, or a rig map that names what is to follow (--rig-map FILE).",
        )
    keys = keys_written(report, curves)
    remarks = [*scene.remarks, *report.notes, *skipped_words(report.skipped)]
    remarks += [kept_words(kept) for kept in report.kept if kept.attribute in report.written]
    if job.rerun is not None and (unknown := sorted(job.rerun.take_over - {curve.attribute for curve in curves})):
        remarks.append(f"Edits of {_listed(unknown)} were to be taken over; this run has no such attribute.")
    if sound.copied:
        remarks.append(f"{sound.note} Maya's sound is the copy '{Path(sound.audio.path).name}'.")
    return f"Maya scene, {keys} keys on {len(report.written)} curves", remarks


def _scene_host(path: Path, scene: Scene) -> Host:
    from maya_a2f.host.scene_file.host import SceneFileHost
    from maya_a2f.host.scene_file.keyed_scene import KeyedSceneHost
    from maya_a2f.host.scene_file.scene_rerun import FileBakeOptions

    job, channels = scene.job, {**scene.rig_map.named_channels(), **scene.retargeted.channels}
    if scene.character is None and job.rerun is None:
        return SceneFileHost(path, scene.head, overwrite=job.overwrite, channels=channels, result=job.result)
    options = FileBakeOptions(job.result, channels, keep_existing=job.keep_existing, scope=job.rerun)
    if scene.character is None or job.rerun is not None:
        return KeyedSceneHost(path, path, namespace=job.namespace, overwrite=True, options=options)
    return KeyedSceneHost(scene.character.path, path, namespace=job.namespace, overwrite=job.overwrite, options=options)


def _write_export(path: Path, scene: Scene) -> Writing:
    job, take, tracks = scene.job, scene.take, scene.retargeted.tracks
    values = array("d", itertools.chain.from_iterable(track.samples for track in tracks))
    blobs = {"samples": Blob.from_floats(values, (len(tracks), take.frame_count), "f8")}
    fields: dict[str, Any] = {
        "path": str(path.absolute()),
        "rate": [take.rate.numerator, take.rate.denominator],
        "start_frame": job.clip.start_frame,
        "frames": take.frame_count,
        "attributes": [track.attribute for track in tracks],
        "sound": str(Path(job.clip.path).absolute()),
        "sound_frame": job.clip.start_frame - float(job.clip.in_seconds * take.rate),
    }
    remarks = scene.remarks
    if scene.character is None:
        suffixes = {"joint_suffix": joint_node(""), "shapes_suffix": blend_shape_node("")}
        fields |= {"head_folder": str(HEAD_FOLDER), **suffixes}
    else:
        described = scene.character.description()
        blobs["description"] = Blob.of(rig_description_bytes(described, str(scene.character.path)))
        fields["source"] = str(scene.character.path.absolute())
        remarks = [*remarks, *described.notes]
    reply = yield from asked(WorkerRequest("export", fields, blobs))
    kind = "glTF" if path.suffix.lower() == ".glb" else "USD"
    joints = reply.integer("joints")
    counted = ((reply.integer("meshes"), "mesh", "es"), (reply.integer("shapes"), "shape", "s"), (joints, "joint", "s"))
    parts = ", ".join(f"{count} {one}{'' if count == 1 else many}" for count, one, many in counted if count)
    return f"{kind}, {take.frame_count} frames, {parts}", [*remarks, *reply.texts("notes")]


def export_checks(outputs: Sequence[Path]) -> Steps[None]:
    """Ask the worker for what an export needs, before any work. Raises :class:`EngineError` ``usd.missing``."""
    for path in outputs:
        if path.suffix.lower() in _USD:
            yield from asked(WorkerRequest("export_check", {"path": str(path)}))
            return


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _write_movie(path: Path, scene: Scene) -> Writing:
    tracks = scene.retargeted.tracks
    values = array("d", itertools.chain.from_iterable(track.samples for track in tracks))
    reply = yield from asked(
        WorkerRequest(
            "movie",
            {
                "head_folder": str(HEAD_FOLDER),
                "joint_suffix": joint_node(""),
                "shapes_suffix": blend_shape_node(""),
                "path": str(path.absolute()),
                "rate": [scene.take.rate.numerator, scene.take.rate.denominator],
                "attributes": [track.attribute for track in tracks],
                "clip": clip_fields(scene.job.clip),
            },
            {"samples": Blob.from_floats(values, (len(tracks), scene.take.frame_count), "f8")},
        )
    )
    note = reply.text("note")
    what = f"movie, {reply.integer('frames')} frames, {reply.text('renderer')}"
    return what, [*scene.remarks, *([note] if note else [])]


_NAMED = 5
_USD = (".usda", ".usdc", ".usd")
_DRAWN = (".ma", ".mp4", ".glb", *_USD)
_WRITERS: dict[str, Callable[[Path, Scene], Writing]] = {
    ".ma": _write_scene,
    ".mp4": _write_movie,
    ".glb": _write_export,
    ".usda": _write_export,
    ".usdc": _write_export,
    ".usd": _write_export,
    ".csv": _write_csv,
    ".json": _write_json,
    ".a2ftake": _write_take,
}
