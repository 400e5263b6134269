"""Takes of the kind that ``a2f animate`` makes, for benchmarks that judge them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from maya_a2f import settings
from maya_a2f.core.take import Take
from maya_a2f.core.transcript import Transcript
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest


def request_of(
    sound: Path,
    cache: Path,
    *,
    model: str = settings.DEFAULT_MODEL,
    model_folders: tuple[Path, ...] | None = None,
    emotion: Mapping[str, float] | None = None,
    transcript: Transcript | None = None,
    out_seconds: float | None = None,
) -> SolveRequest:
    """A recording up to ``out_seconds`` at 30 frames a second, parameters as the package says, a tail of 0.2 s."""
    return SolveRequest(
        clip_path=sound,
        in_seconds=0.0,
        out_seconds=out_seconds,
        model=model,
        rate=Fraction(30),
        emotion=emotion or {},
        parameters={},
        tail_seconds=0.2,
        model_folders=settings.model_folders() if model_folders is None else model_folders,
        cache_folder=cache,
        transcript=transcript,
    )


def solved(
    pipeline: Pipeline,
    sound: Path,
    cache: Path,
    *,
    model: str = settings.DEFAULT_MODEL,
    emotion: Mapping[str, float] | None = None,
    transcript: Transcript | None = None,
    out_seconds: float | None = None,
) -> Take:
    """The take of :func:`request_of`."""
    request = request_of(sound, cache, model=model, emotion=emotion, transcript=transcript, out_seconds=out_seconds)
    return pipeline.solve(request, lambda *progress: None, lambda: False)
