"""The worker's answers for batches: ``pack_check`` before anything is done, ``pack_solve`` for a part of a pack.

``pack_check``: ``lines``, each with the ``clip`` and ``settings`` of a ``solve`` and its ``number``. The reply has for
every line an ``error`` or its ``frames``, ``seconds`` and whether it ``fits`` among others, and for every model its
``digest``.

``pack_warm``: the ``clip`` and ``settings`` of a line to come, and what of ``pack_solve`` is not about single lines.

``pack_solve``: the same ``lines``, each with ``first_row`` and ``rows`` of the part and ``is_packed``; ``sound_folder``
where its scene needs a sound (else empty); ``phones`` (a TextGrid, else empty). ``batch_frames``; ``judged``: whether
every take is judged; ``pictures``: how many of each line, ``pictures_of``: of ``all`` or of those ``worth a look``;
``head_folder``, ``joint_suffix``, ``shapes_suffix`` and ``rig`` (name, kind and rest of every attribute): who is drawn.
The reply has for every line an ``error``, or ``seconds``, ``sound`` (as ``maya_audio`` answers, or null) and
``verdict`` (or null), and blobs ``take.NUMBER`` and ``picture.NUMBER``; ``digest`` is the model's.
"""

from __future__ import annotations

import ctypes
import dataclasses
import importlib.util
import math
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya_a2f.core.face_parameters import validated_parameters
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.tail import tail_frame_count
from maya_a2f.core.take import Take
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import A2FError, Cancelled, EngineError, UserError, extra_hint
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Content, Message, Reply
from maya_a2f.worker.audio_copy import maya_audio
from maya_a2f.worker.audio_source import open_audio
from maya_a2f.worker.audio_stretch import Stretch
from maya_a2f.worker.engines.selection import list_engines
from maya_a2f.worker.face_model import described_network
from maya_a2f.worker.installed_models import resolve_model
from maya_a2f.worker.long_take import LONG_SECONDS
from maya_a2f.worker.pack_review import Reviewer, ShownHead
from maya_a2f.worker.pack_solving import LineTake, PackLine, solved_lines
from maya_a2f.worker.package import NetworkInfo
from maya_a2f.worker.package_hash import package_hash, read_known_digests, write_known_digests
from maya_a2f.worker.pipeline import Pipeline, emotion_of
from maya_a2f.worker.service import Context, Request
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.transcript.alignment import is_english

ReadRequest = Callable[[Message], SolveRequest]
_NETWORK_RATE_HZ = 16000
_MOST_PICTURES = 6


class PackAnswers:
    """Shares the pipeline, and so the loaded model, with single solves."""

    def __init__(self, pipeline: Pipeline, read_request: ReadRequest) -> None:
        """``read_request`` makes a solve's request of its fields."""
        self._pipeline = pipeline
        self._read_request = read_request
        self._reviewer: Reviewer | None = None

    def solve(self, request: Request, context: Context) -> Reply:
        """Answer ``pack_solve``."""
        told = [Content(line) for line in request.items("lines")]
        lines = [
            PackLine(
                line.integer("number"),
                self._line_request(line, request),
                line.integer("first_row", minimum=0),
                line.integer("rows", minimum=0),
                line.flag("is_packed"),
            )
            for line in told
        ]
        by_number = {line.integer("number"): line for line in told}
        answers: list[dict[str, Any]] = []
        blobs: dict[str, Blob] = {}
        shown: dict[int, Take] = {}
        started = time.perf_counter()
        batch_frames = request.integer("batch_frames", minimum=1)
        for found in solved_lines(self._pipeline, lines, batch_frames, context.progress, context.cancelled):
            answer = self._finished(found, by_number[found.line.number], request, blobs, shown)
            now = time.perf_counter()
            answers.append({"number": found.line.number, "seconds": round(now - started, 4), **answer})
            started = now
        if shown:
            context.progress("Drawing", 0, 0)
            context.check_cancelled()
            self._draw(shown, request, blobs)
        digest = self._pipeline.model(lines[0].request, context.progress, context.cancelled).digest if lines else ""
        return Reply({"lines": answers, "digest": digest}, blobs)

    def _finished(
        self, found: LineTake, told: Content, request: Request, blobs: dict[str, Blob], shown: dict[int, Take]
    ) -> dict[str, Any]:
        if found.error is not None:
            return {"error": found.error.to_dict()}
        try:
            sound = self._sound(found, told.text("sound_folder"))
        except Cancelled:
            raise
        except A2FError as error:
            return {"error": error.to_dict()}
        blobs[f"take.{found.line.number}"] = Blob.of(found.content)
        return {"error": None, "sound": sound, "verdict": self._reviewed(found, told, request, shown)}

    @staticmethod
    def _sound(found: LineTake, folder: str) -> dict[str, Any] | None:
        if not folder:
            return None
        asked = found.line.request
        made = maya_audio(asked.clip_path, folder, in_seconds=asked.in_seconds, out_seconds=asked.out_seconds)
        return dataclasses.asdict(made) | {"path": str(made.path)}

    def _reviewed(
        self, found: LineTake, told: Content, request: Request, shown: dict[int, Take]
    ) -> dict[str, Any] | None:
        """The verdict; the take among those to be drawn. One that cannot be judged is no failure of its line."""
        take, prepared = found.take, found.prepared
        if take is None or prepared is None:
            return None
        verdict = None
        if request.flag("judged"):
            transcript = found.line.request.transcript
            alignment = None if transcript is None else self._pipeline.known_alignment(prepared.audio, transcript)
            verdict = self._reviewer_for(request).verdict(take, prepared.audio, alignment, told.text("phones"))
        is_shown = request.text("pictures_of") == "all" or (verdict or {}).get("verdict") in ("bad", "look at")
        if is_shown and take.clip_frame_count:
            shown[found.line.number] = take
        return verdict

    def _draw(self, shown: dict[int, Take], request: Request, blobs: dict[str, Blob]) -> None:
        """Pictures among the blobs; a take that cannot be drawn has none, and leaves the others theirs."""
        count = request.integer("pictures", minimum=0, maximum=_MOST_PICTURES)
        if not count:
            return
        try:
            pictures = self._reviewer_for(request).pictures(list(shown.values()), count)
        except A2FError:
            for number, take in shown.items() if len(shown) > 1 else ():
                self._draw({number: take}, request, blobs)
        else:
            blobs.update({f"picture.{number}": Blob.of(png) for number, png in zip(shown, pictures, strict=True)})

    def _reviewer_for(self, request: Request) -> Reviewer:
        if self._reviewer is None:
            rig = Rig("", tuple(RigAttribute(name, kind, rest) for name, kind, rest in request.items("rig")))
            folder = Path(request.text("head_folder"))
            shown = ShownHead(folder, request.text("joint_suffix"), request.text("shapes_suffix"), rig)
            self._reviewer = Reviewer(shown)
        return self._reviewer

    def _line_request(self, line: Content, request: Request) -> SolveRequest:
        shared = {name: request.fields[name] for name in ("model_folders", "cache_folder")}
        return self._read_request(Message(fields={**line.fields, **shared}))

    def warm(self, request: Request, context: Context) -> Reply:
        """Answer ``pack_warm``: what the first part of a pack would wait for is made ready."""
        asked = self._line_request(Content(request.fields), request)
        self._pipeline.model(asked, context.progress, context.cancelled)
        reviewer = self._reviewer_for(request)
        reviewer.make_ready(judged=request.flag("judged"), pictures=request.integer("pictures"))
        return Reply({})

    def check(self, request: Request, context: Context) -> Reply:
        """Answer ``pack_check``."""
        models: dict[str, dict[str, Any]] = {}
        infos: dict[tuple[str, str], NetworkInfo | None] = {}
        answers = []
        lines = [Content(line) for line in request.items("lines")]
        for count, line in enumerate(lines):
            context.progress("Checking", count, len(lines))
            context.check_cancelled()
            try:
                asked = self._line_request(line, request)
                if asked.model not in models:
                    models[asked.model] = _described(asked)
                if "error" in models[asked.model]:
                    answer: dict[str, Any] = {"error": models[asked.model]["error"]}
                else:
                    face = (asked.model, asked.identity.lower())
                    if face not in infos:
                        infos[face] = _network_of(Path(models[asked.model]["folder"]), asked.identity)
                    answer = {"error": None, **_checked(asked, infos[face])}
            except A2FError as error:
                answer = {"error": error.to_dict()}
            answers.append({"number": line.integer("number"), **answer})
        context.progress("Checking", len(lines), len(lines))
        chosen = next((engine.name for engine in list_engines() if engine.selected), "")
        return Reply({"lines": answers, "models": models, "engine": chosen, "devices": _devices(chosen)})


def _described(asked: SolveRequest) -> dict[str, Any]:
    """Facts of the model that a request names."""
    try:
        folder = resolve_model(asked.model, asked.model_folders)
        known_path = asked.cache_folder / "package_digests.json"
        known = read_known_digests(known_path)
        count = len(known)
        digest = package_hash(folder, known)
        if len(known) != count:
            write_known_digests(known_path, known)
    except A2FError as error:
        return {"error": error.to_dict()}
    return {"digest": digest, "folder": str(folder)}


def _network_of(folder: Path, identity: str) -> NetworkInfo | None:
    """What its network is told; None where that is of another kind. Raises :class:`UserError` ``model.*``."""
    try:
        return described_network(folder, identity)
    except EngineError:
        return None


def _checked(asked: SolveRequest, info: NetworkInfo | None) -> dict[str, Any]:
    """Frames and length of a clip by its header. Raises :class:`A2FError` for what a solve would refuse."""
    validated_parameters(asked.parameters)
    tail_frame_count(asked.tail_seconds, asked.rate)
    if info is not None:
        emotion_of(asked, info)
    stretch = Stretch(str(asked.clip_path), asked.in_seconds, asked.out_seconds)
    stretch.check()
    rate_hz = _NETWORK_RATE_HZ if info is None else info.samplerate
    with open_audio(asked.clip_path) as source:
        start, stop = stretch.bounds(source.rate_hz)
        declared = source.declared_samples
        if declared is None:
            declared = sum(len(block) for block in source.blocks())
        end = declared if stop is None else min(stop, declared)
        if start >= declared:
            raise UserError(
                f"The in point ({asked.in_seconds:g} s) lies at or behind the end of '{asked.clip_path}', which is "
                f"{declared / source.rate_hz:.3f} s long.",
                code="clip.in_out",
                hint="Set in and out points that enclose some sound.",
            )
        heard = max(0, end - start)
        samples = math.ceil(Fraction(heard * rate_hz, source.rate_hz))
        seconds = heard / source.rate_hz
    return {
        "frames": math.ceil(samples * asked.rate / rate_hz),
        "seconds": round(seconds, 3),
        "fits": seconds <= LONG_SECONDS or asked.transcript is not None,
        "no_aligner": _missing_aligner(asked.transcript),
    }


def _missing_aligner(transcript: Transcript | None) -> dict[str, str] | None:
    """The error of a transcript that nothing here could align."""
    if transcript is None or not is_english(transcript.language) or importlib.util.find_spec("pocketsphinx"):
        return None
    return EngineError(
        "English transcripts need pocketsphinx, which is not installed.",
        code="transcript.no_recogniser",
        hint=extra_hint("transcript"),
    ).to_dict()


def _devices(engine: str) -> int:
    """GPUs that the engine could use."""
    if engine in ("", "onnxruntime-cpu"):
        return 0
    count = ctypes.c_int(0)
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        is_known = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    except (OSError, AttributeError):
        return 1
    return max(1, count.value) if is_known else 1
