"""What the worker can be asked for: one handler per request name. The service calls them one at a time.

``solve``        clip + settings -> take
``emotion``      clip + settings -> what the voice says of the emotion, over time, and how sure that is
``pose_frame``   clip + settings + seconds -> the channels at that moment, without a solve
``still``        attribute values + size -> a picture of our head
``peaks``        clip + number of columns -> what to draw of the stretch, and what kind of recording it is
``maya_audio``   clip + folder -> a sound file that Maya plays
``movie``        attribute samples + clip -> an MP4
``fit``          a rig's description + landmarks -> a fit by shape, written, and how good it is
``retarget``     take + fit -> values of the rig's attributes
``export``       our head or a rig, attribute samples -> a USD or glTF file (``export_check`` asks beforehand)
``rig_read``     a glTF or USD file -> a rig description; ``rig_picture`` draws one
``pack_check``, ``pack_warm``, ``pack_solve``   many clips + settings -> what is wrong with them, and their takes
``report``       takes (+ sound, phones or words) -> verdicts, and a picture of them
``models_list``, ``models_info``, ``models_check``, ``doctor``   what there is
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.emotion_keys import keys_from_data
from maya_a2f.core.emotion_settings import EmotionAuto, auto_from_data
from maya_a2f.core.layers import layers_from_data
from maya_a2f.core.style_settings import checked_style
from maya_a2f.core.transcript import Transcript
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Content, Reply
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.audio_copy import maya_audio
from maya_a2f.worker.audio_stretch import LONGEST_SECONDS, Stretch
from maya_a2f.worker.emotion.automatic import EMOTION_RATE
from maya_a2f.worker.frame_pose import FramePoser
from maya_a2f.worker.pack_requests import PackAnswers
from maya_a2f.worker.peaks import MOST_COLUMNS, Outlines
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.service import Context, Handler, Request
from maya_a2f.worker.solve_request import SolveRequest

_PACKAGES = ("numpy", "scipy", "soundfile", "onnxruntime", "onnxruntime-gpu", "av", "moderngl", "PySide6-Essentials",
             "pocketsphinx", "torch", "tensorrt", "tensorrt-rtx")  # fmt: skip

_MOVIE_SOUND_HZ = 48000


def handlers() -> Mapping[str, Handler]:
    """Request name -> handler; they share one pipeline, so that a model is loaded once."""
    pipeline = Pipeline()
    outlines = Outlines()
    poser = FramePoser(pipeline)
    drawers: dict[tuple[str, ...], Any] = {}
    packs = PackAnswers(pipeline, _solve_request)

    def solve(request: Request, context: Context) -> Reply:
        content = pipeline.solved_file(_solve_request(request), context.progress, context.cancelled)
        return Reply({}, {"take": Blob.of(content)})

    def peaks(request: Request, context: Context) -> Reply:
        return _peaks(outlines, request, context)

    return {
        "solve": solve,
        "emotion": lambda request, context: _emotion(pipeline, request, context),
        "pose_frame": lambda request, context: _pose_frame(poser, request, context),
        "still": lambda request, context: _still(drawers, request),
        "peaks": peaks,
        "maya_audio": _maya_audio,
        "movie": _movie,
        "fit": _fit,
        "retarget": _retarget,
        "report": _report,
        "pack_check": packs.check,
        "pack_warm": packs.warm,
        "pack_solve": packs.solve,
        "models_list": _models_list,
        "models_info": _models_info,
        "models_check": _models_check,
        "doctor": _doctor,
        **_rig_handlers(),
    }


def _rig_handlers() -> Mapping[str, Handler]:
    """Their modules are loaded with the first such request."""

    def handler(name: str) -> Handler:
        def handle(request: Request, context: Context) -> Reply:
            from maya_a2f.worker.rigs.requests import rig_handlers

            return rig_handlers()[name](request, context)

        return handle

    return {name: handler(name) for name in ("rig_read", "export_check", "export", "rig_picture")}


def _emotion(pipeline: Pipeline, request: Request, context: Context) -> Reply:
    """``strengths`` (frames, emotions) at ``rate``, of the voice alone: nothing set by hand is mixed in yet."""
    voice = pipeline.voice(_solve_request(request), context.progress, context.cancelled)
    fields = {
        "names": list(voice.track.names),
        "rate": [EMOTION_RATE.numerator, EMOTION_RATE.denominator],
        "run_seconds": voice.run_seconds,
        "heard": voice.record(),
        "notes": list(voice.notes()),
    }
    blobs = {"strengths": Blob.of(np.ascontiguousarray(voice.track.vectors)), "certainty": Blob.of(voice.certainty)}
    return Reply(fields, blobs)


def _pose_frame(poser: FramePoser, request: Request, context: Context) -> Reply:
    posed = poser.pose(_solve_request(request), request.number("seconds"), context.cancelled, context.progress)
    return Reply(
        {
            "frame": posed.frame,
            "frames": posed.frames,
            "channels": posed.channels,
            "inferred_frames": posed.inferred_frames,
            "is_settled": posed.is_settled,
            "notes": list(posed.notes),
        }
    )


def _still(drawers: dict[tuple[str, ...], Any], request: Request) -> Reply:
    """``drawers`` keeps what draws a head open from one picture to the next, one at most."""
    from maya_a2f.preview.still import StillDrawer

    head = (request.text("head_folder"), request.text("joint_suffix"), request.text("shapes_suffix"))
    if head not in drawers:
        for old in [*drawers]:
            drawers.pop(old).close()
        drawers[head] = StillDrawer(Path(head[0]), joint_suffix=head[1], shapes_suffix=head[2])
    drawer: StillDrawer = drawers[head]
    picture = drawer.draw(request.numbers("values"), (request.integer("width"), request.integer("height")))
    return Reply({"renderer": drawer.renderer, "note": drawer.note}, {"picture": Blob.of(picture)})


def _solve_request(request: Request) -> SolveRequest:
    settings = Content(request.table("settings"))
    path, in_seconds, out_seconds = _clip(request)
    return SolveRequest(
        clip_path=path,
        in_seconds=in_seconds,
        out_seconds=out_seconds,
        model=settings.text("model"),
        identity=settings.text("identity", ""),
        engine=settings.text("engine", ""),
        precision=settings.text("precision", ""),
        rate=_rate(settings.items("rate")),
        emotion=settings.numbers("emotion"),
        emotion_keys=keys_from_data(settings.items("emotion_keys", ())),
        emotion_auto=auto_from_data(settings.table("emotionAuto", EmotionAuto().to_fields())),
        parameters=settings.numbers("parameters"),
        layers=layers_from_data(settings.fields.get("layers", {})),
        style=checked_style(settings.table("style", {})),
        tail_seconds=settings.number("tail_seconds"),
        transcript=_transcript(settings),
        model_folders=_model_folders(request),
        cache_folder=Path(request.text("cache_folder")),
    )


def _transcript(settings: Content) -> Transcript | None:
    if settings.fields.get("transcript") is None:
        return None
    fields = Content(settings.table("transcript"))
    return Transcript(fields.text("text"), fields.text("language"))


def _clip(request: Request) -> tuple[Path, float, float | None]:
    clip = Content(request.table("clip"))
    out_seconds = None if clip.fields.get("out_seconds") is None else clip.number("out_seconds")
    return Path(clip.text("path")), clip.number("in_seconds"), out_seconds


def _rate(pair: list[Any]) -> Fraction:
    numerator, denominator = (Content({"rate": part}).integer("rate", minimum=1) for part in pair)
    return Fraction(numerator, denominator)


def _model_folders(request: Request) -> tuple[Path, ...]:
    return tuple(map(Path, request.texts("model_folders")))


def _peaks(outlines: Outlines, request: Request, context: Context) -> Reply:
    path, in_seconds, out_seconds = _clip(request)
    Stretch(str(path), in_seconds, out_seconds).check()
    count = request.integer("count", minimum=0, maximum=MOST_COLUMNS)
    outline = outlines.outline(path, context.progress, context.cancelled)
    columns = outline.columns(in_seconds, out_seconds, count)
    fields = {
        "duration_seconds": outline.duration_seconds,
        "sample_count": outline.cells.sample_count,
        "rate_hz": outline.rate_hz,
        "channels": outline.channels,
        "format": outline.format_words,
        "loudest": outline.loudest,
        "longest_seconds": LONGEST_SECONDS,
        "warnings": list(outline.warnings),
    }
    return Reply(fields, {"peaks": Blob.of(columns.extremes), "rms": Blob.of(columns.rms)})


def _maya_audio(request: Request, context: Context) -> Reply:
    path, in_seconds, out_seconds = _clip(request)
    context.progress("Preparing the sound", 0, 0)
    made = maya_audio(path, request.text("folder"), in_seconds=in_seconds, out_seconds=out_seconds)
    fields = dataclasses.asdict(made) | {"path": str(made.path)}
    return Reply(fields)


def _movie(request: Request, context: Context) -> Reply:
    from maya_a2f.preview.head_mesh import load_head_mesh
    from maya_a2f.preview.movie import render_movie
    from maya_a2f.preview.posing import HeadPoser

    blob = request.blob("samples", "f8", 2)
    samples = np.frombuffer(blob.data, "<f8").reshape(blob.shape)
    path, in_seconds, out_seconds = _clip(request)
    sound = load_audio(
        path,
        rate_hz=_MOVIE_SOUND_HZ,
        in_seconds=in_seconds,
        out_seconds=out_seconds,
        cancelled=context.cancelled,
        spool_folder=Path(tempfile.gettempdir()),
    )
    head = load_head_mesh(Path(request.text("head_folder")))
    report = render_movie(
        head,
        dict(zip(request.texts("attributes"), samples, strict=True)),
        _rate(request.items("rate")),
        (sound.samples[:, None], sound.rate_hz),
        Path(request.text("path")),
        on_progress=lambda done, total: context.progress("Rendering", done, total),
        cancelled=context.cancelled,
        poser=HeadPoser(
            head,
            joint_suffix=request.text("joint_suffix"),
            shapes_suffix=request.text("shapes_suffix"),
            local_translations=True,
        ),
    )
    return Reply({"frames": report.frames, "renderer": report.renderer, "note": report.note})


def _fit(request: Request, context: Context) -> Reply:
    from maya_a2f.worker.fitting.requests import answer_fit

    return answer_fit(request, context)


def _retarget(request: Request, context: Context) -> Reply:
    from maya_a2f.worker.fitting.requests import answer_retarget

    return answer_retarget(request, context)


def _report(request: Request, context: Context) -> Reply:
    from maya_a2f.quality.request import report

    return report(request, context.progress, context.cancelled)


def _models_list(request: Request, context: Context) -> Reply:
    from maya_a2f.worker.installed_models import installed_packages

    found = installed_packages(_model_folders(request))
    return Reply({"packages": [{"name": p.name, "kind": p.kind, "folder": str(p.folder)} for p in found]})


def _models_info(request: Request, context: Context) -> Reply:
    from maya_a2f.worker.installed_models import resolve_model
    from maya_a2f.worker.package_check import check_package

    folder = resolve_model(request.text("model"), _model_folders(request))
    report = check_package(folder, request.text("identity", ""), is_quick=request.flag("is_quick", False))
    return Reply({"report": report.to_dict()})


def _models_check(request: Request, context: Context) -> Reply:
    from maya_a2f.worker.package_check import check_package

    context.progress("Checking", 0, 0)
    report = check_package(Path(request.text("folder")))
    return Reply({"report": report.to_dict()})


def _doctor(request: Request, context: Context) -> Reply:
    from maya_a2f.worker.engines.selection import chosen_words, list_engines
    from maya_a2f.worker.engines.tensorrt_engine import plans_words
    from maya_a2f.worker.installed_models import installed_packages

    engines = list_engines()
    return Reply(
        {
            "packages": [[name, _version(name)] for name in _PACKAGES],
            "engines": [{"name": engine.title, "why": engine.why} for engine in engines],
            "chosen": chosen_words(engines),
            "plans": [list(row) for row in plans_words()],
            "renderer": _renderer_words(Path(request.text("head_folder"))),
            "models": [{"name": p.name, "folder": str(p.folder)} for p in installed_packages(_model_folders(request))],
        }
    )


def _renderer_words(head_folder: Path) -> str:
    """Which renderer a movie would get on this machine."""
    from maya_a2f.preview.head_mesh import load_head_mesh
    from maya_a2f.preview.renderer import open_renderer
    from maya_a2f.preview.surface import build_surface

    with open_renderer(build_surface(load_head_mesh(head_folder)), (64, 64)) as drawer:
        return f"{drawer.name}. {drawer.note}" if drawer.note else drawer.name


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
