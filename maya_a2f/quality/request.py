"""The worker's answer to ``report``.

Fields of the request: ``takes`` (paths), ``audio``, ``phones`` (paths; empty: none), ``transcript`` (the words; empty:
none), ``language``, ``start_frame``, ``rate`` ([numerator, denominator]; empty: what the file says),
``mouth_close_contains_jaw``, ``head_folder``, ``picture`` (path; empty: none).
Fields of the reply: ``text``, ``json``, ``verdicts`` (one per take), ``picture_size`` (empty without a picture).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from maya_a2f.core.head import load_head
from maya_a2f.core.transcript import Transcript
from maya_a2f.link.messages import Message, Reply
from maya_a2f.quality.judging import JudgeRequest, judge_take
from maya_a2f.quality.report import reports_json
from maya_a2f.quality.report_text import reports_text

Progress = Callable[[str, float, float], None]


def report(request: Message, progress: Progress, cancelled: Callable[[], bool]) -> Reply:
    """Judge every take of the request. Raises as :func:`judge_take` and :func:`write_picture`."""
    head = load_head(Path(request.text("head_folder")))
    takes = request.texts("takes")
    judged = []
    for index, take in enumerate(takes):
        progress("Judging", index, len(takes))
        judged.append(judge_take(_judge_request(request, take), head, cancelled))
    progress("Judging", len(takes), len(takes))
    reports = [found for found, _ in judged]
    size: tuple[int, ...] = ()
    if request.text("picture"):
        from maya_a2f.quality.picture import write_picture

        progress("Drawing", 0, 0)
        size = write_picture(judged, Path(request.text("picture")))
    return Reply(
        {
            "text": reports_text(reports),
            "json": reports_json(reports),
            "verdicts": [found.verdict for found in reports],
            "picture_size": list(size),
        }
    )


def _judge_request(request: Message, take: str) -> JudgeRequest:
    words = request.text("transcript")
    rate = request.items("rate")
    return JudgeRequest(
        take_path=Path(take),
        audio_path=_path(request, "audio"),
        phones_path=_path(request, "phones"),
        transcript=Transcript(words, request.text("language")) if words else None,
        start_frame=request.number("start_frame"),
        rate=Fraction(int(rate[0]), int(rate[1])) if rate else None,
        mouth_close_contains_jaw=request.flag("mouth_close_contains_jaw"),
    )


def _path(request: Message, name: str) -> Path | None:
    return Path(request.text(name)) if request.text(name) else None
