"""A first look at the takes of a batch: the verdict of ``a2f report``, and small pictures of the face.

Both are remarks: a take that cannot be judged or drawn is still a take.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.head import Head, load_head
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap, read_rig_map
from maya_a2f.core.take import Take
from maya_a2f.errors import A2FError
from maya_a2f.worker.audio import Audio
from maya_a2f.worker.transcript.alignment import Alignment

_SIDE = 96
"""Pixels that the whole head is drawn on."""
_FACE = (slice(14, 80), slice(15, 81))
"""What is kept of them: rows, columns."""
_PNG_EFFORT = 4
"""A fiftieth larger than at the usual 6, in half the time."""
_MOST_FINDINGS = 4


@dataclass(frozen=True)
class ShownHead:
    """Our head, and how a scene names its parts."""

    folder: Path
    joint_suffix: str
    shapes_suffix: str
    rig: Rig


class Reviewer:
    """Judges and draws takes on our head; what is costly is made once."""

    def __init__(self, shown: ShownHead) -> None:
        self._shown = shown

    @cached_property
    def _head(self) -> Head:
        return load_head(self._shown.folder)

    @cached_property
    def _drawer(self) -> Any:
        from maya_a2f.preview.still import StillDrawer

        shown = self._shown
        return StillDrawer(shown.folder, joint_suffix=shown.joint_suffix, shapes_suffix=shown.shapes_suffix)

    @cached_property
    def _rig_map(self) -> RigMap:
        return read_rig_map(self._shown.folder / "rig_map.json")

    def make_ready(self, *, judged: bool, pictures: int) -> None:
        """Load what verdicts and pictures need."""
        if judged:
            from maya_a2f.quality import take_verdict  # noqa: F401

            self._head.mesh("face")
        if pictures:
            with contextlib.suppress(A2FError):
                self._drawer.draw({}, (_SIDE, _SIDE))

    def verdict(self, take: Take, audio: Audio, alignment: Alignment | None, phones: str) -> dict[str, Any] | None:
        """``{"verdict": "look at", "findings": [{"title", "verdict", "why"}, …]}``, the gravest first; None where
        the take cannot be judged."""
        from maya_a2f.quality.take_verdict import take_verdict

        try:
            report = take_verdict(take, audio, self._head, alignment, Path(phones) if phones else None)
        except A2FError as error:
            return {"verdict": "not measured", "findings": [], "note": str(error)}
        graved = sorted(
            (measure for measure in report.measures if measure.verdict in ("bad", "look at")),
            key=lambda measure: measure.verdict != "bad",
        )
        findings = [
            {"title": measure.title, "verdict": measure.verdict, "why": measure.why}
            for measure in graved[:_MOST_FINDINGS]
        ]
        return {"verdict": report.verdict, "findings": findings}

    def pictures(self, takes: Sequence[Take], count: int) -> list[bytes]:
        """For each take a strip of ``count`` pictures as a PNG: the widest open mouth of each stretch of the clip.

        Takes of the same channels are posed together, which costs hardly more than one of them.
        """
        made: dict[int, bytes] = {}
        alike: dict[tuple[str, ...], list[int]] = {}
        for place, take in enumerate(takes):
            alike.setdefault(tuple(take.tracks), []).append(place)
        for places in alike.values():
            made |= zip(places, self._strips([takes[place] for place in places], count), strict=True)
        return [made[place] for place in range(len(takes))]

    def _strips(self, takes: Sequence[Take], count: int) -> Iterator[bytes]:
        from maya_a2f.preview.png import png_bytes

        frames = [widest_frames(take, count) for take in takes]
        tracks = {
            name: [take.tracks[name][at] for take, shown in zip(takes, frames, strict=True) for at in shown]
            for name in takes[0].tracks
        }
        few = replace(takes[0], tracks=tracks, tail_frames=0)
        driven = retargeted(few, self._rig_map, self._shown.rig).tracks
        samples = {track.attribute: track.samples for track in driven}
        size = (_SIDE, _SIDE)
        drawn = self._drawer.draw_each(samples, size) if samples else itertools.repeat(self._drawer.draw({}, size))
        for shown in frames:
            pictures = [picture[_FACE] for picture in itertools.islice(drawn, len(shown))]
            yield png_bytes(np.concatenate(pictures, axis=1), _PNG_EFFORT)


def widest_frames(take: Take, count: int) -> list[int]:
    """The frame of each of ``count`` equal stretches at which the jaw is open widest."""
    jaw: Sequence[float] = take.tracks.get("jawOpen") or [0.0] * take.frame_count
    edges = [round(take.clip_frame_count * at / count) for at in range(count + 1)]
    return [
        max(range(start, max(end, start + 1)), key=lambda frame: jaw[min(frame, len(jaw) - 1)])
        for start, end in itertools.pairwise(edges)
        if start < take.frame_count
    ]
