"""Take's channels + joint drives + rig -> tracks of the joints' own channels.

Jaw, eyes, tongue and aims are where the pose has them in the head: what a driven joint above already does is taken out.
Turns and moves of one's own come on top of what carries the joint. The rest is brought into the joint's own space
(specification, maya.md section 6) and written as angles in its rotate order, near those of the frame before, and as
translations below its parent.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maya_a2f.core.euler_track import euler_track
from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.joint_maths import JointPlace, joint_places, reverse
from maya_a2f.core.joint_motion import MotionMaker
from maya_a2f.core.rig import AttributeTrack, Rig, RigAttribute
from maya_a2f.core.rigid_motion import RigidMotion, after, carried, placed, relative, seen_from

_NOTED_ERROR = math.radians(0.5)


@dataclass(frozen=True)
class JointTracks:
    """Tracks of joints, and what could not be driven."""

    tracks: tuple[AttributeTrack, ...]
    missing: tuple[str, ...] = ()
    """Joints the section names and the rig does not have, or whose place it does not know."""
    silent: tuple[str, ...] = ()
    """Joints whose channels the take does not have."""
    muted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is not quite as the pose has it, a sentence each."""


def joint_tracks(
    channels: Mapping[str, Sequence[float]],
    frame_count: int,
    section: JointSection,
    rig: Rig,
    taken: Iterable[str] = (),
) -> JointTracks:
    """Drive a rig's joints.

    ``channels`` are the take's, eye signs applied, and may hold derived ones; attributes in ``taken`` are driven by
    something else and get no track here. Raises :class:`~maya_a2f.errors.UserError` ``joints.flat``.
    """
    places = joint_places(rig)
    attributes = {attribute.name: attribute for attribute in rig.attributes}
    maker = MotionMaker(channels, frame_count, section, places)
    missing, silent, muted = list[str](), list[str](), list[str]()
    motions: dict[str, RigidMotion] = {}
    notes: list[str] = []
    for name, drive in section.drives.items():
        lacking = [other for other in (name, *_named(drive)) if other not in places]
        if drive.muted:
            muted.append(name)
        elif lacking:
            missing.append(name)
            if lacking[0] != name:
                notes.append(f"The joint '{name}' is not driven: its drive names '{lacking[0]}', which is not there.")
        else:
            motion = maker.motion(name, drive)
            if motion is None:
                silent.append(name)
            else:
                motions[name] = motion
    busy = frozenset(taken)
    tracks: list[AttributeTrack] = []
    for name in places:
        if name not in motions:
            continue
        place, drive, motion = places[name], section.drives[name], motions[name]
        above = _nearest_above(place, places, motions, section)
        if above is not None and _is_local(drive):
            motions[name] = carried(above, motion)
        elif above is not None:
            motion = relative(above, motion)
        columns, error = _columns(place, drive, motion)
        tracks += _limited(columns, name, drive, attributes, busy)
        if error > _NOTED_ERROR:
            notes.append(
                f"The joint '{name}' goes through gimbal lock (rotate order {place.order}) and is up to "
                f"{math.degrees(error):.1f} degrees off there; another rotate order would keep it exact."
            )
        if place.is_sheared and "rotate" in drive.written:
            notes.append(f"The joint '{name}' stands below uneven scales: it turns as nearly as it can.")
    return JointTracks(tuple(tracks), tuple(missing), tuple(silent), tuple(muted), tuple(notes))


def _columns(place: JointPlace, drive: JointDrive, motion: RigidMotion) -> tuple[dict[str, array[float]], float]:
    """The joint's channels over time, degrees and centimetres, and how far it is turned wrongly at worst, radians."""
    columns: dict[str, array[float]] = {}
    error = 0.0
    if "rotate" in drive.written:
        turns = after(seen_from(motion.turns, reverse(place.frame)), place.turn)
        angles = euler_track(turns, place.order, place.rotate)
        error = angles.largest_error
        for axis, track in zip("XYZ", (angles.x, angles.y, angles.z), strict=True):
            columns[f"rotate{axis}"] = array("d", map(math.degrees, track))
    if "translate" in drive.written:
        local = placed(motion.points(place.origin), place.parent_inverse, place.shift)
        for axis, values in zip("XYZ", zip(*local, strict=True), strict=True):
            columns[f"translate{axis}"] = array("d", values)
    return columns, error


def _limited(
    columns: Mapping[str, array[float]],
    name: str,
    drive: JointDrive,
    attributes: Mapping[str, RigAttribute],
    taken: frozenset[str],
) -> list[AttributeTrack]:
    """Tracks of the attributes that the rig has, within the map's limits and their own."""
    tracks = []
    for channel, samples in columns.items():
        attribute = attributes.get(f"{name}.{channel}")
        if attribute is None or attribute.name in taken:
            continue
        low, high = drive.limits.get(channel, (-math.inf, math.inf))
        low = max(low, -math.inf if attribute.lowest is None else attribute.lowest)
        high = min(high, math.inf if attribute.highest is None else attribute.highest)
        if (low, high) != (-math.inf, math.inf):
            samples = array("d", [min(high, max(low, value)) for value in samples])
        tracks.append(AttributeTrack(attribute.name, attribute.kind, samples))
    return tracks


def _is_local(drive: JointDrive) -> bool:
    """Whether a drive is meant on top of what carries the joint; the others say where it is in the head."""
    return drive.motion in (None, "head") and not drive.aim


def _nearest_above(
    place: JointPlace, places: Mapping[str, JointPlace], motions: Mapping[str, RigidMotion], section: JointSection
) -> RigidMotion | None:
    """The motion in the head of the nearest driven joint above; the head's own carries all alike."""
    above = place.joint.parent
    while above is not None and above in places:
        if above in motions:
            return None if section.drives[above].motion == "head" else motions[above]
        above = places[above].joint.parent
    return None


def _named(drive: JointDrive) -> tuple[str, ...]:
    """Other joints that a drive needs."""
    return tuple(item for item in (*drive.centres, drive.pivot) if isinstance(item, str))
