"""The worker kept for a series of jobs, so that the model is loaded once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from maya_a2f import api, retargeting, run, settings
from maya_a2f.characters import ENDINGS, choose_map, open_character
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.emotion_keys import EmotionKey, check_names, keys_from_data
from maya_a2f.core.emotion_settings import EmotionAuto, checked_auto
from maya_a2f.core.ports import BakeReport
from maya_a2f.core.rerun import DEFAULT_FADE_FRAMES
from maya_a2f.core.retarget import RetargetResult
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap
from maya_a2f.core.take import Take, read_take, write_take
from maya_a2f.errors import HostError, UserError
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.messages import Message, Progress
from maya_a2f.scripting.animation import AnimationResult, animation, baked, check_files, clip_of
from maya_a2f.scripting.job import AnimationJob, Name, job_from
from maya_a2f.scripting.recipe import recorded_options
from maya_a2f.scripting.target import character_files, find_target, in_maya, map_for, rig_of, scene_rate
from maya_a2f.steps import Steps

OnProgress = Callable[[Progress], None]
Result = TypeVar("Result")


class Session:
    """Jobs one after the other, with one worker, which starts with the first request and ends with :meth:`close`.

    Use it in a ``with`` block. Everything blocks; call it from Maya's main thread. Every error is an
    :class:`~maya_a2f.errors.A2FError`, Ctrl-C among them (:class:`~maya_a2f.errors.Cancelled`); the scene is then as
    it was.
    """

    def __init__(self, *, on_progress: OnProgress | None = None, cancelled: Callable[[], bool] | None = None) -> None:
        """``on_progress`` is told of every step; ``cancelled`` is asked about 20 times a second."""
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._worker: WorkerClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker. A later job starts one again."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    @property
    def worker_id(self) -> int | None:
        """Process id of the worker; None while there is none."""
        return self._worker.process_id if self._worker is not None else None

    def animate(self, clip: Name, character: str | None = None, **options: Any) -> AnimationResult:
        """As :func:`maya_a2f.animate`."""
        return self.run(job_from({"clip": clip, "character": character, **options}))

    def run(self, job: AnimationJob) -> AnimationResult:
        """Do a whole job."""
        return self._drive(animation(job, find_target(job)))

    def rerun(
        self,
        result: Any,
        character: str | None = None,
        *,
        range: Sequence[float] | str | None = None,
        regions: Sequence[str] | str = (),
        take_over: Sequence[str] | str = (),
        fade: int = DEFAULT_FADE_FRAMES,
        **changes: Any,
    ) -> AnimationResult:
        """As :func:`maya_a2f.rerun`."""
        _needs_maya()
        from maya_a2f.host.maya import metadata

        known = _one_result(result, character)
        options = {**recorded_options(metadata.metadata_of(known.node)), **metadata.place_of(known)}
        given = {"only_frames": range, "only_regions": regions, "take_over": take_over, "fade_frames": fade}
        return self.run(job_from({**options, **given, **changes, "result": known.name}))

    def solve(self, clip: Name, **options: Any) -> Take:
        """As :func:`maya_a2f.solve`."""
        job = job_from({"clip": clip, **options})
        check_files(job)
        rate = scene_rate(job)
        start = job.wanted_start()
        stretch = job.clip_at(1.0 if start is None else start)
        take = self._drive(run.solve_marked(stretch, job.solve_settings(rate), job.given_lines()))
        if job.take_path is not None:
            write_take(take, Path(job.take_path))
        return take

    def bake(
        self, take: Take | Name, character: str | None = None, *, tracks: RetargetResult | None = None, **options: Any
    ) -> AnimationResult:
        """As :func:`maya_a2f.bake`."""
        take = take if isinstance(take, Take) else read_take(Path(take))
        job = job_from({"character": character, **options})
        target = find_target(job if job.clip is not None or in_maya() else dataclasses.replace(job, clip=""))
        clip = job.clip_at(target.start_frame) if job.clip is not None else clip_of(take, target.start_frame)
        if job.clip is None and settings.worker_python() is None:
            clip = None  # the keys need no worker; only the sound would
        return self._drive(baked(job, target, take, clip, tracks))

    def _drive(self, steps: Steps[Result]) -> Result:
        return api.drive(steps, self, on_progress=self._on_progress, cancelled=self._cancelled)

    def request(
        self,
        name: str,
        fields: Mapping[str, Any],
        blobs: Mapping[str, Blob],
        *,
        on_progress: OnProgress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Message:
        """Ask the worker; it is opened when first asked."""
        if self._worker is None:
            self._worker = api.open_worker()
        return self._worker.request(name, fields, blobs, on_progress=on_progress, cancelled=cancelled)


def retarget(
    take: Take | Name, character: str | Rig | None = None, rig_map: Name | RigMap | None = None
) -> RetargetResult:
    """What each attribute of a character does in a take; nothing is written.

    ``character`` is named as in :func:`~maya_a2f.scripting.animate`, or is a rig; outside Maya also a character's file
    as ``a2f animate --rig`` takes it (.ma, .npz, .a2frig.npz, glTF, USD). Without a map it is matched by name. A map
    that names a fit is solved in a worker, any other here; glTF and USD are read in the worker.
    """
    take = take if isinstance(take, Take) else read_take(Path(take))
    with Session() as session:
        if isinstance(character, str) and character.lower().endswith(ENDINGS) and not in_maya():
            return api.drive(_retarget_file(take, Path(character), rig_map), session)
        rig = character if isinstance(character, Rig) else rig_of(character)
        job = AnimationJob(character=None if isinstance(character, Rig) else character, rig_map=rig_map)
        chosen = map_for(rig, job.given_map(), take, character_files(job), job.map_folder())
        return api.drive(retargeting.retarget(take, chosen.rig_map, rig, chosen.folder), session)


def _retarget_file(take: Take, path: Path, given: Name | RigMap | None) -> Steps[RetargetResult]:
    """A character in a file, by the map that ``a2f animate --rig`` would choose for it."""
    found = yield from open_character(path)
    notes: tuple[str, ...] = ()
    if isinstance(given, RigMap):
        chosen = map_for(found.rig, given, take, (path.absolute(),))
        rig_map, folder = chosen.rig_map, chosen.folder
    else:
        picked = choose_map(found, None if given is None else Path(given), tuple(take.tracks))
        rig_map, folder, notes = picked.rig_map, picked.folder, picked.notes
    result = yield from retargeting.retarget(take, rig_map, found.rig, folder)
    return dataclasses.replace(result, notes=(*notes, *result.notes))


def results(character: str | None = None) -> list[Any]:
    """Results that lie in the scene, or on one character: :class:`maya_a2f.host.maya.metadata.Result`."""
    _needs_maya()
    from maya_a2f.host.maya import metadata
    from maya_a2f.host.maya.find_character import find_character
    from maya_a2f.host.maya.host import MayaHost

    return metadata.results() if character is None else MayaHost(find_character(character)).results()


def remove(result: Any, character: str | None = None, *, force: bool = False) -> BakeReport:
    """Take exactly the keys of a result (of :func:`results`, or by name) out of the scene again; one undo step.

    Curves edited since keep their keys and are named, unless ``force``. Raises :class:`UserError` ``result.*``.
    """
    _needs_maya()
    from maya_a2f.host.maya.removing import remove_result

    return remove_result(_one_result(result, character), force=force)


def _one_result(result: Any, character: str | None) -> Any:
    """A result by its name, or as it was given. Raises :class:`UserError` ``result.*``."""
    if not isinstance(result, str):
        return result
    there = results(character)
    found = [item for item in there if item.name == result]
    if len(found) != 1:
        known = ", ".join(f"'{item.name}' on '{item.character}'" for item in there)
        raise UserError(
            f"There {'are several results' if found else 'is no result'} '{result}' in the scene.",
            code="result.several" if found else "result.missing",
            hint=f"Results: {known}. Give the character too." if known else "Nothing of ours is in the scene.",
        )
    return found[0]


def emotion_control(
    character: str | None = None,
    *,
    emotion: Mapping[str, float] | None = None,
    emotion_keys: Sequence[EmotionKey | Mapping[str, Any]] = (),
    from_voice: float = 0.0,
    start_frame: float | None = None,
) -> str:
    """The node in Maya whose attributes say what a character feels; made where there is none, as one undo step.

    Its ten emotions (0…1) can be keyed; their curves and its ``fromVoice`` feed every later :func:`animate` of the
    character that does not say itself what is felt. What is given here is set on a new one; keys count from
    ``start_frame`` (None: the first frame of the playback range). Raises :class:`UserError` ``emotion.*``,
    :class:`HostError` ``emotion.control_exists`` where there is one and something is to be set.
    """
    _needs_maya()
    from maya_a2f.host.maya import emotion_control as control
    from maya_a2f.host.maya import scene
    from maya_a2f.host.maya.find_character import find_character

    keys = keys_from_data([_key_data(key) for key in emotion_keys])
    constant = keys_from_data([{"seconds": 0.0, "strengths": dict(emotion or {})}])[0].strengths
    checked_auto(EmotionAuto(from_voice))
    check_names((*constant, *(name for key in keys for name in key.strengths)))
    name = find_character(character).name
    there = control.control_of(name)
    if there is not None and not constant and not keys and not from_voice:
        return there
    start = scene.first_frame() if start_frame is None else start_frame
    lower = {emotion.lower(): value for emotion, value in constant.items()}
    return control.make_control(name, EmotionDirection("script", lower, keys, from_voice), start)


def _key_data(key: EmotionKey | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"seconds": key.seconds, "strengths": dict(key.strengths)} if isinstance(key, EmotionKey) else key


def _needs_maya() -> None:
    if not in_maya():
        raise HostError(
            "Results lie in a scene, and this is not Maya.", code="script.no_scene", hint="Run this in Maya or mayapy."
        )
