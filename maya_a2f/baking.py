"""Take -> keys on a character: retarget, choose keys, lay the sound, hand both to a host.

Generators of steps (:mod:`maya_a2f.steps`), cut so finely that whoever drives them between two events of a user
interface never holds it up; only the host's own bake is one call.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from maya_a2f.core.clip import Clip, clip_fields
from maya_a2f.core.key_reduction import (
    DEFAULT_TOLERANCE,
    closure_samples,
    every_key,
    reduced_keys,
    sample_frames,
    tolerance_for,
)
from maya_a2f.core.ports import AudioNode, BakeReport, Host, Timeline
from maya_a2f.core.retarget import RetargetResult
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.core.rig_map import RigMap
from maya_a2f.core.take import Take
from maya_a2f.link.messages import Progress
from maya_a2f.steps import Steps, WorkerRequest, asked


@dataclass(frozen=True)
class KeySettings:
    """A key on every frame, or as few as a tolerance allows."""

    reduced: bool = False
    tolerance: float = DEFAULT_TOLERANCE
    """Largest error of a weight; see :func:`maya_a2f.core.key_reduction.tolerance_for` for the other kinds."""


@dataclass(frozen=True)
class LaidSound:
    """The sound that a host is given."""

    audio: AudioNode
    copied: bool
    """A copy of the recording in a form Maya plays, rather than the recording itself."""
    note: str
    """Why there is a copy; empty where there is none."""


def keyed_curves(
    take: Take, retargeted: RetargetResult, rig_map: RigMap, start_frame: float, keys: KeySettings
) -> Steps[list[KeyedCurve]]:
    """Keys for every track, on the frames from ``start_frame`` on; a step per curve.

    With reduced keys, the closures of the lips keep theirs on every attribute that jaw or mouth channels drive.
    """
    frames = sample_frames(take.frame_count, start_frame, Fraction(1))
    closures = closure_samples(take.tracks) if keys.reduced else ()
    curves: list[KeyedCurve] = []
    for count, track in enumerate(retargeted.tracks):
        yield Progress("Choosing keys", count, len(retargeted.tracks))
        if not keys.reduced:
            curves.append(every_key(track, frames))
            continue
        protected = closures if _moves_lips(rig_map, track.attribute) else ()
        tolerance = tolerance_for(track.kind, keys.tolerance)
        curves.append(reduced_keys(track, frames, tolerance, protected=protected))
    return curves


def _moves_lips(rig_map: RigMap, attribute: str) -> bool:
    """Whether a channel of jaw or mouth drives the attribute: only those get keys on the closures. Joints and controls
    of a fit are no lines of the map, and may."""
    drive = rig_map.drives.get(attribute)
    return drive is None or any(channel.startswith(("jaw", "mouth")) for channel in rig_map.channels_of(drive))


def sound_for(clip: Clip, rate: Fraction, folder: Path) -> Steps[LaidSound]:
    """The clip's sound in a form that Maya plays; where a copy is needed, the worker writes it into ``folder``."""
    reply = yield from asked(WorkerRequest("maya_audio", {"clip": clip_fields(clip), "folder": str(folder)}))
    length = float(Fraction(reply.integer("sample_count"), reply.integer("rate_hz")) * rate)
    audio = AudioNode(reply.text("path"), clip.start_frame, length)
    copied = reply.flag("copied")
    return LaidSound(audio, copied, reply.text("note") if copied else "")


@contextlib.contextmanager
def copies_taken_back(folder: Path) -> Iterator[Callable[[LaidSound], None]]:
    """Tell the function given of sounds laid inside the block: when it fails, copies of them go that were not there
    before.
    """
    there = set(folder.glob("*.wav"))
    laid: list[LaidSound] = []
    try:
        yield laid.append
    except BaseException:
        for path in (Path(sound.audio.path) for sound in laid if sound.copied):
            if path not in there:
                path.unlink(missing_ok=True)
        raise


def timeline_of(take: Take, start_frame: float) -> Timeline:
    """The stretch of the time line that a take covers."""
    return Timeline(take.rate, start_frame, start_frame + max(0, take.frame_count - 1))


def bake_curves(
    take: Take,
    curves: list[KeyedCurve],
    host: Host,
    sound: LaidSound | None,
    start_frame: float,
    about: Mapping[str, str] | None = None,
) -> Steps[BakeReport]:
    """Hand the keys to the host in one call; ``about`` is kept with them.

    Raises :class:`HostError`; then nothing was changed.

    There is no step after the bake: a cancel there would come too late to say that nothing was changed.
    """
    yield Progress("Writing keys", 0, 1)
    return host.bake(
        curves,
        timeline=timeline_of(take, start_frame),
        audio=None if sound is None else sound.audio,
        metadata={"a2fTake": made_by_text(take), **(about or {})},
    )


def made_by_text(take: Take) -> str:
    """What made the take, as compact JSON of plain ASCII."""
    return json.dumps(take.made_by, ensure_ascii=True, separators=(",", ":"))
