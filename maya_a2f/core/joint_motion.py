"""Joint drive + take's channels -> a rigid motion of the rig's world, x -> turn·x + shift, frame by frame."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence

from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.joint_maths import (
    UNTURNED,
    JointPlace,
    Quaternion,
    cross,
    matrix_of_turn,
    matrix_times,
    plus,
    product,
    reverse,
    turn_of_matrix,
    turn_of_vector,
    turned,
    vector_of_turn,
)
from maya_a2f.core.rig import Triple
from maya_a2f.core.rigid_motion import RigidMotion, about, carried, euler_turns, seen_from, transformed
from maya_a2f.core.tongue_line import tongue_motion


def character_turn(section: JointSection) -> Quaternion:
    """From our head's axes (left, up, forward) to the rig's world."""
    up = _unit(section.up)
    left = _unit(cross(up, section.forward))
    forward = cross(left, up)
    return turn_of_matrix(
        (left[0], up[0], forward[0], left[1], up[1], forward[1], left[2], up[2], forward[2]),
    )


class MotionMaker:
    """Makes the rigid motion of each drive."""

    def __init__(
        self,
        channels: Mapping[str, Sequence[float]],
        frame_count: int,
        section: JointSection,
        places: Mapping[str, JointPlace],
    ) -> None:
        self._channels = channels
        self._count = frame_count
        self._section = section
        self._places = places
        self._axes = character_turn(section)
        self._parts: dict[str, list[Quaternion] | None] = {}
        self._stretches: dict[tuple[float, float], tuple[list[Quaternion], list[Triple]] | None] = {}

    def motion(self, name: str, drive: JointDrive) -> RigidMotion | None:
        """None where the take has none of the channels."""
        place = self._places[name]
        if drive.aim:
            return self._aim(place, drive)
        if drive.space == "joint":
            return self._own_space(place, drive)
        turns, slides = self._rigid(drive), self._slides(drive)
        if turns is None and slides is None and not self._has(drive.turn):
            return None
        pivot = place.origin if drive.pivot is None else self._point(drive.pivot)
        if drive.motion == "jaw" and drive.pivot is None and self._section.jaw_pivot is not None:
            pivot = self._section.jaw_pivot
        turns = turns or [UNTURNED] * self._count
        turns = self._with_extra(turns, drive)
        slides = slides or [(0.0, 0.0, 0.0)] * self._count
        motion = about(pivot, turns, slides)
        return self._on_jaw(motion, place) if drive.motion == "tongue" else motion

    def _rigid(self, drive: JointDrive) -> list[Quaternion] | None:
        """Turns of the drive's part in the rig's world, times its gain."""
        if drive.motion is None:
            return None
        if drive.motion == "tongue":
            found = self._tongue(drive.span)
            turns = None if found is None else seen_from(found[0], self._axes)
        else:
            turns = self._part(drive.motion)
        if turns is None or drive.gain == 1.0:
            return turns
        return [_share(turn, drive.gain) for turn in turns]

    def _part(self, part: str) -> list[Quaternion] | None:
        if part not in self._parts:
            angles = [self._channels.get(f"{part}.rotate{axis}") for axis in "XYZ"]
            self._parts[part] = None if not any(angles) else self._turns_of(angles)
        return self._parts[part]

    def _turns_of(self, angles: Sequence[Sequence[float] | None]) -> list[Quaternion]:
        still = array("d", bytes(8 * self._count))
        columns = [still if track is None else track for track in angles]
        return seen_from(euler_turns(zip(*columns, strict=True)), self._axes)

    def _tongue(self, span: tuple[float, float]) -> tuple[list[Quaternion], list[Triple]] | None:
        if span not in self._stretches:
            self._stretches[span] = tongue_motion(self._channels, self._count, *span)
        return self._stretches[span]

    def _slides(self, drive: JointDrive) -> list[Triple] | None:
        """Translations in the rig's world, centimetres of the rig."""
        size = self._section.scale * drive.gain
        slides: list[Triple] | None = None
        if drive.motion == "tongue":
            found = self._tongue(drive.span)
            slides = None if found is None else self._directions(found[1], size)
        elif drive.motion is not None:
            tracks = [self._channels.get(f"{drive.motion}.translate{axis}") for axis in "XYZ"]
            if any(tracks):
                still = array("d", bytes(8 * self._count))
                columns = [still if track is None else track for track in tracks]
                slides = self._directions(zip(*columns, strict=True), size)
        if not self._has(drive.move):
            return slides
        sums = self._directions(self._vectors(drive.move), 1.0)
        return sums if slides is None else [plus(a, b) for a, b in zip(slides, sums, strict=True)]

    def _with_extra(self, turns: list[Quaternion], drive: JointDrive) -> list[Quaternion]:
        """The drive's own turns on top: added as rotation vectors, so that none of the two comes first."""
        if not self._has(drive.turn):
            return turns
        extra = [turned(self._axes, _in_radians(vector)) for vector in self._vectors(drive.turn)]
        if drive.motion is None:
            return [turn_of_vector(vector) for vector in extra]
        return [turn_of_vector(plus(vector_of_turn(a), b)) for a, b in zip(turns, extra, strict=True)]

    def _own_space(self, place: JointPlace, drive: JointDrive) -> RigidMotion | None:
        """Turns about the joint's own axes at rest, moves along its translate channels."""
        if not self._has(drive.turn) and not self._has(drive.move):
            return None
        rest = place.turn
        to_world = product(place.frame, rest)
        turns = [
            product(product(to_world, turn_of_vector(_in_radians(vector))), reverse(to_world))
            for vector in self._vectors(drive.turn)
        ]
        slides = [matrix_times(place.parent[0], vector) for vector in self._vectors(drive.move)]
        return about(place.origin, turns, slides)

    def _aim(self, place: JointPlace, drive: JointDrive) -> RigidMotion | None:
        found = [(self._part(eye), self._point(centre)) for eye, centre in zip(drive.aim, drive.centres, strict=True)]
        eyes = [(turns, plus(place.origin, centre, -1.0)) for turns, centre in found if turns is not None]
        if not eyes:
            return None
        shifts = []
        for frame in range(self._count):
            ways = [plus(turned(_share_of(turns, frame, drive.gain), arm), arm, -1.0) for turns, arm in eyes]
            x, y, z = (sum(column) / len(ways) for column in zip(*ways, strict=True))
            shifts.append((x, y, z))
        return RigidMotion([UNTURNED] * self._count, shifts)

    def _on_jaw(self, motion: RigidMotion, place: JointPlace) -> RigidMotion:
        """The tongue goes with the jaw, whichever of the rig's joints hang below which."""
        turns, drive = self._part("jaw"), JointDrive(motion="jaw")
        slides = self._slides(drive)
        if turns is None and slides is None:
            return motion
        jaw = next((name for name, other in self._section.drives.items() if other.motion == "jaw"), None)
        pivot = self._section.jaw_pivot
        if pivot is None:
            pivot = place.origin if jaw is None or jaw not in self._places else self._places[jaw].origin
        still = (0.0, 0.0, 0.0)
        below = about(pivot, turns or [UNTURNED] * self._count, slides or [still] * self._count)
        return carried(below, motion)

    def _has(self, vectors: Mapping[str, Triple]) -> bool:
        return any(channel in self._channels for channel in vectors)

    def _vectors(self, vectors: Mapping[str, Triple]) -> list[Triple]:
        """Σ channel · vector per frame."""
        columns = []
        for at in range(3):
            values = array("d", bytes(8 * self._count))
            for channel, vector in vectors.items():
                if vector[at] and channel in self._channels:
                    gain, track = vector[at], self._channels[channel]
                    values = array("d", [value + gain * more for value, more in zip(values, track, strict=True)])
            columns.append(values)
        return list(zip(*columns, strict=True))

    def _point(self, place: Triple | str) -> Triple:
        return self._places[place].origin if isinstance(place, str) else place

    def _directions(self, vectors: Iterable[Sequence[float]], size: float) -> list[Triple]:
        """Vectors along our head's axes, along the rig's."""
        a, b, c, d, e, f, g, h, i = (size * value for value in matrix_of_turn(self._axes))
        return transformed(vectors, (a, b, c, d, e, f, g, h, i))


def _share_of(turns: Sequence[Quaternion], frame: int, gain: float) -> Quaternion:
    return turns[frame] if gain == 1.0 else _share(turns[frame], gain)


def _share(turn: Quaternion, gain: float) -> Quaternion:
    x, y, z = vector_of_turn(turn)
    return turn_of_vector((gain * x, gain * y, gain * z))


def _in_radians(vector: Triple) -> Triple:
    return math.radians(vector[0]), math.radians(vector[1]), math.radians(vector[2])


def _unit(vector: Triple) -> Triple:
    size = math.hypot(*vector)
    return vector[0] / size, vector[1] / size, vector[2] / size
