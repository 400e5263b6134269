"""A long recording as lines: each is solved with its own settings, then all are one take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maya_a2f import __version__, outputs, run
from maya_a2f.core.clip import Clip, clip_fields
from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.frame_rate import frame_seconds
from maya_a2f.core.layers import LayerSettings, layers_data, layers_from_data, with_targets
from maya_a2f.core.line_assembly import PlacedTake, assembled
from maya_a2f.core.markers import MarkedLine, lines_within
from maya_a2f.core.tail import tail_frame_count
from maya_a2f.core.take import Take
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import A2FError, UserError
from maya_a2f.link.messages import Progress
from maya_a2f.settings import SolveSettings
from maya_a2f.steps import Steps, WorkerRequest, asked

_TRACK_HZ, _TRACK_FRAMES = 30, 5000
_HAIR_SECONDS = 2e-4
"""Lines end so much before their last frame is over: rounded to samples, they would else have a frame too many."""


@dataclass(frozen=True)
class LineJob:
    """One line, ready to be solved by itself."""

    name: str
    clip: Clip
    """Its stretch of the recording; starts and ends on frames of the whole."""
    settings: SolveSettings
    first_frame: int
    """Of the whole."""


def line_jobs(
    clip: Clip, settings: SolveSettings, lines: Sequence[MarkedLine]
) -> Steps[tuple[tuple[LineJob, ...], int]]:
    """Every line with its stretch and settings, and how many frames the clip has.

    Raises :class:`UserError` ``markers.outside`` for a line that is not in the clip, ``markers.transcript`` for a
    transcript of the whole.
    """
    if settings.transcript is not None:
        raise UserError(
            "A transcript of the whole recording cannot be used with markers.",
            code="markers.transcript",
            hint='Give every line its own "transcript" in the markers.',
        )
    end = yield from _end_seconds(clip)
    spans = lines_within(lines, clip.in_seconds, end, clip.path)
    jobs: list[LineJob] = []
    for line, (start, stop) in zip(lines, spans, strict=True):
        # Lines start and end on frames of the whole, so that their takes are stretches of it.
        first = round((start - clip.in_seconds) * settings.rate)
        last = max(first + 1, round((stop - clip.in_seconds) * settings.rate))
        first = max(first, jobs[-1].first_frame + 1) if jobs else first
        own = replace(
            clip,
            in_seconds=clip.in_seconds + float(frame_seconds(first, settings.rate)),
            out_seconds=min(end, clip.in_seconds + float(frame_seconds(last, settings.rate)) - _HAIR_SECONDS),
        )
        jobs.append(
            LineJob(line.name, own, line_settings(settings, line, own.in_seconds - clip.in_seconds, clip.path), first)
        )
    frames = -int(-(end - clip.in_seconds) * settings.rate // 1)
    return tuple(jobs), max(frames, 1)


def line_settings(
    settings: SolveSettings, line: MarkedLine, offset_seconds: float, recording: str = ""
) -> SolveSettings:
    """The settings of the whole with the line's own over them; times count from the line's start."""
    keys = tuple(EmotionKey(key.seconds - offset_seconds, key.strengths) for key in settings.emotion_keys)
    return replace(
        settings,
        emotion={**settings.emotion, **line.emotion},
        emotion_keys=keys,
        emotion_auto=_compared_with(settings.emotion_auto, recording),
        parameters={**settings.parameters, **line.parameters},
        layers=_line_layers(settings.layers, line, offset_seconds),
        style={**settings.style, **line.style},
        transcript=Transcript(line.transcript, line.language) if line.transcript else None,
    )


def _compared_with(auto: EmotionAuto, recording: str) -> EmotionAuto:
    """A line is too short to be its own baseline: its voice is compared with the whole recording."""
    if not recording or not auto.is_on:
        return auto
    return replace(auto, baseline=auto.baseline or str(Path(recording).absolute()))


def solve_lines(clip: Clip, settings: SolveSettings, lines: Sequence[MarkedLine]) -> Steps[Take]:
    """The continuous take of a marked recording: the lines as marked, rest between them. Raises :class:`A2FError`
    naming the line."""
    jobs, frames = yield from line_jobs(clip, settings, lines)
    placed: list[PlacedTake] = []
    for number, job in enumerate(jobs):
        yield Progress(f"Line {number + 1} of {len(jobs)}, '{job.name}'", number, len(jobs))
        placed.append(PlacedTake(job.name, job.first_frame, (yield from solve_line(job))))
    tail = tail_frame_count(settings.tail_seconds, settings.rate)
    if settings.look is not None:  # it may have a tail of its own
        tail = placed[-1].take.tail_frames
    return assembled(placed, frames, tail, settings.rate, _made_by(clip, jobs, placed))


def animate_split(job: run.AnimateJob) -> Steps[list[run.AnimateResult]]:
    """Every line of a marked recording for itself: ``OUT.ma`` becomes ``OUT_name.ma`` for each.

    All outputs are checked before any work. Raises as :func:`maya_a2f.run.animate`; the error says which lines are
    there already.
    """
    lines, _ = yield from line_jobs(job.clip, job.settings, job.lines)
    jobs = [
        replace(
            job,
            clip=line.clip,
            settings=line.settings,
            lines=(),
            outputs=tuple(path.with_name(f"{path.stem}_{line.name}{path.suffix}") for path in job.outputs),
        )
        for line in lines
    ]
    for one in jobs:
        outputs.check(one)
    results: list[run.AnimateResult] = []
    for number, (line, one) in enumerate(zip(lines, jobs, strict=True)):
        yield Progress(f"Line {number + 1} of {len(jobs)}, '{line.name}'", number, len(jobs))
        try:
            results.append((yield from run.animate(one)))
        except A2FError as error:
            done = f" {number} of {len(jobs)} lines are done." if number else ""
            error.message = f"Line '{line.name}': {error.message}{done}"
            raise
    return results


def solve_line(job: LineJob) -> Steps[Take]:
    """The take of one line. Raises :class:`A2FError` naming it."""
    try:
        return (yield from run.solve(job.clip, job.settings))
    except A2FError as error:
        error.message = f"Line '{job.name}': {error.message}"
        raise


def _end_seconds(clip: Clip) -> Steps[float]:
    """Where the clip ends in the recording."""
    whole = replace(clip, in_seconds=0.0, out_seconds=None)
    reply = yield from asked(WorkerRequest("peaks", {"clip": clip_fields(whole), "count": 0}))
    length = reply.number("duration_seconds")
    return length if clip.out_seconds is None else min(clip.out_seconds, length)


def _line_layers(layers: LayerSettings, line: MarkedLine, offset_seconds: float) -> LayerSettings:
    data = layers_data(layers)
    for name, value in line.layers.items():
        data[name] = {**data.get(name, {}), **value} if isinstance(value, dict) else value
    made = layers_from_data(data)
    if made.saccades.seed == layers.saccades.seed:  # a package's track of eye darts goes on from line to line
        place = (layers.saccades.seed + round(offset_seconds * _TRACK_HZ)) % _TRACK_FRAMES
        made = replace(made, saccades=replace(made.saccades, seed=place))
    if "targets" in line.layers.get("gaze", {}):
        return made
    shifted = []
    for target in made.targets:
        if target.start_seconds is None:
            shifted.append(target)
            continue
        start = target.start_seconds - offset_seconds
        stop = None if target.end_seconds is None else target.end_seconds - offset_seconds
        if stop is None or stop > 0:
            shifted.append(replace(target, start_seconds=max(0.0, start), end_seconds=stop))
    return with_targets(made, tuple(shifted))


def _made_by(clip: Clip, jobs: Sequence[LineJob], placed: Sequence[PlacedTake]) -> dict[str, Any]:
    """What made the whole: as its first line says, with the clip's own stretch and what differs from line to line."""
    first = dict(placed[0].take.made_by)
    audio = dict(first.get("audio", {}))
    audio |= {"path": str(clip.path), "in_seconds": clip.in_seconds, "out_seconds": clip.out_seconds}
    own = ("emotion", "emotion_auto", "parameters", "layers", "style", "transcript", "alignment")
    kept = {name: value for name, value in first.items() if name not in own}
    return {
        **kept,
        "version": __version__,
        "audio": {name: value for name, value in audio.items() if name not in ("hash", "duration_seconds")},
        "emotion": {},
        "parameters": {},
        "lines": [
            {
                "name": job.name,
                "first_frame": job.first_frame,
                "frames": line.take.clip_frame_count,
                "in_seconds": job.clip.in_seconds,
                "out_seconds": job.clip.out_seconds,
                "audio_hash": line.take.made_by.get("audio", {}).get("hash"),
                **{name: line.take.made_by[name] for name in own if name in line.take.made_by and name != "alignment"},
            }
            for job, line in zip(jobs, placed, strict=True)
        ],
    }
