"""What each control does to the face: moved through its range, the evaluated mesh read, everything put back.

Values go into plugs past undo and are put back (see :class:`.desktop.shown_values.ShownValues`). One state is one
``getPoints`` per mesh. Locked, connected and driven controls are recorded and left alone.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.core.rig_description import Control, ControlKind, ControlSample, RigDescription, write_rig_description
from maya_a2f.errors import HostError
from maya_a2f.host.maya.desktop.shown_values import ShownValues
from maya_a2f.host.maya.face_meshes import FaceMeshes, face_shapes
from maya_a2f.host.maya.scan import Character, ScannedAttribute

Progress = Callable[[int, int, str], bool]
"""(controls done, of how many, the next one) -> whether to go on."""
ROTATE_REACH = (10.0, 25.0)
"""Degrees to either side of rest."""
TRANSLATE_REACH = 0.03
"""Of the face's size; a first try, changed where a control moves the face by much more or less."""
SCALAR_REACH = 1.0
_STILL = 1e-5
"""Offsets below this part of the face's size are none."""
_STRAIGHT = 0.01
"""A half-way sample that differs by less than this part of the whole way is left out."""
_WHOLE = 0.98
"""A control that moves more of the face than this, each vertex alike, carries the head: it is none of the face's."""
_ALIKE = 0.02


@dataclass(frozen=True)
class _Way:
    """One side of a control's range: from rest to the end."""

    values: tuple[float, ...]
    """From near to far."""


def sampled_rig(
    character: Character,
    *,
    meshes: Sequence[str] = (),
    attributes: Sequence[str] = (),
    landmarks: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> RigDescription:
    """Sample a character's controls.

    ``meshes`` are the face's (default: those that its shapes or its jaw move), ``attributes`` the controls by the rig's
    names (default: all), ``landmarks`` name -> ``mesh.vtx[12]``. The scene is left as it was, also where it breaks off.
    Raises :class:`HostError` ``sampling.no_mesh``, ``sampling.vertex``, ``sampling.attribute``, ``sampling.stopped``.
    """
    wanted = set(attributes)
    unknown = sorted(wanted - set(character.by_name))
    if unknown:
        raise HostError(
            f"'{character.name}' has no attribute '{unknown[0]}'.",
            code="sampling.attribute",
            hint="Read the character again, or choose another control.",
        )
    face = FaceMeshes(face_shapes(character, meshes))
    spots = {name: face.vertex(place) for name, place in (landmarks or {}).items()}
    chosen = [item for item in character.attributes if not item.follows and (not wanted or item.name in wanted)]
    free = [item for item in chosen if item.state.freedom in ("free", "keyed")]
    shown = ShownValues()
    try:
        return _Sampler(character, face, shown).description(chosen, free, spots, progress)
    finally:
        shown.put_back()


def write_sampled_rig(description: RigDescription, path: Path) -> None:
    """Write ``NAME.a2frig.npz``. Raises as :func:`~maya_a2f.core.rig_description.write_rig_description`."""
    write_rig_description(description, path)


class _Sampler:
    """Moves one control after the other."""

    def __init__(self, character: Character, face: FaceMeshes, shown: ShownValues) -> None:
        self._character = character
        self._face = face
        self._shown = shown
        self._notes = list(character.warnings)
        self._rest = array("d")
        self._size = 1.0

    def description(
        self,
        chosen: Sequence[ScannedAttribute],
        free: Sequence[ScannedAttribute],
        landmarks: Mapping[str, int],
        progress: Progress | None,
    ) -> RigDescription:
        """Everything at rest first, then each control out and back."""
        self._shown.show(self._character, {item.name: item.rest for item in free})
        self._rest = self._face.points()
        bad = next((at for at, value in enumerate(self._rest) if not math.isfinite(value)), None)
        if bad is not None or not self._rest:
            raise HostError(
                f"The face of '{self._character.name}' has no usable points at rest.",
                code="sampling.no_mesh",
                hint="Choose the meshes of its face, and repair the one that shows nothing.",
            )
        self._size = math.dist(*([end(self._rest[axis::3]) for axis in range(3)] for end in (min, max))) or 1.0
        moving = {item.name for item in free}
        controls: list[Control] = []
        for done, item in enumerate(chosen):
            if progress is not None and not progress(done, len(chosen), item.name):
                raise HostError(
                    "The sampling was stopped; the rig is as it was.",
                    code="sampling.stopped",
                    hint="Start it again when you like.",
                )
            control = self._sampled(item) if item.name in moving else self._locked(item)
            if control is not None:
                controls.append(control)
        return RigDescription(
            self._character.name,
            array("f", self._rest),
            array("i", self._face.counts),
            array("i", self._face.corners),
            tuple(controls),
            dict(landmarks),
            1.0,
            tuple(self._notes),
            self._face.parts,
        )

    def _locked(self, item: ScannedAttribute) -> Control:
        self._notes.append(f"'{item.name}' was not moved: {item.state.reason or 'it lies on an animation layer'}.")
        return Control(item.name, _kind(item), item.rest, item.lowest, item.highest, locked=True)

    def _sampled(self, item: ScannedAttribute) -> Control | None:
        samples: list[ControlSample] = []
        for way in self._ways(item):
            samples += self._along(item, way)
        self._move(item, item.rest)
        if not samples:
            self._notes.append(f"'{item.name}' moves nothing of the face.")
            return None
        if all(self._carries(sample) for sample in samples):
            self._notes.append(f"'{item.name}' moves the whole head and is left out.")
            return None
        ordered = tuple(sorted(samples, key=lambda sample: sample.value))
        return Control(item.name, _kind(item), item.rest, item.lowest, item.highest, samples=ordered)

    def _along(self, item: ScannedAttribute, way: _Way) -> Iterator[ControlSample]:
        """The end of a way, and what lies before it where the face does not go there in a straight line."""
        *between, end = way.values
        last = self._at(item, end)
        if last is None or not last.indices:
            return
        for value in between:
            sample = self._at(item, value)
            if sample is not None and not self._is_straight(item.rest, sample, last):
                yield sample
        yield last

    def _at(self, item: ScannedAttribute, value: float) -> ControlSample | None:
        self._move(item, value)
        points = self._face.points()
        indices, deltas = array("i"), array("f")
        least = _STILL * self._size
        for at in range(0, len(points), 3):
            x, y, z = (
                points[at] - self._rest[at],
                points[at + 1] - self._rest[at + 1],
                points[at + 2] - self._rest[at + 2],
            )
            if abs(x) > least or abs(y) > least or abs(z) > least:
                indices.append(at // 3)
                deltas.extend((x, y, z))
        if not all(map(math.isfinite, deltas)):
            self._notes.append(f"'{item.name}' at {value:g} breaks the mesh; that value is left out.")
            return None
        return ControlSample(value, indices, deltas)

    def _move(self, item: ScannedAttribute, value: float) -> None:
        self._shown.show(self._character, {item.name: value})

    def _ways(self, item: ScannedAttribute) -> Iterator[_Way]:
        """Down and up from rest, as far as the control goes; without limits as far as its kind usually does."""
        if _kind(item) == "weight":
            yield _Way((0.5, 1.0))
            return
        reaches = self._reaches(item)
        for sign, limit in ((-1.0, item.lowest), (1.0, item.highest)):
            steps = [item.rest + sign * reach for reach in reaches]
            if limit is not None:
                room = limit - item.rest
                if sign * room <= 0:
                    continue
                if sign * room < reaches[-1] or _kind(item) == "scalar":
                    steps = [item.rest + room / 2, limit]
            yield _Way(tuple(steps))

    def _reaches(self, item: ScannedAttribute) -> tuple[float, ...]:
        if item.kind == "rotate":
            return ROTATE_REACH
        if item.kind == "translate":
            far = self._fitting_reach(item, TRANSLATE_REACH * self._size)
            return far / 2, far
        return SCALAR_REACH / 2, SCALAR_REACH

    def _fitting_reach(self, item: ScannedAttribute, first: float) -> float:
        """A slider on a picture moves the face by more than itself, one on a large panel by less."""
        value = item.rest + (first if item.highest is None or item.highest >= item.rest + first else -first)
        if item.lowest is not None and value < item.lowest:
            return first
        sample = self._at(item, value)
        furthest = max(map(abs, sample.deltas), default=0.0) if sample is not None else 0.0
        if furthest <= _STILL * self._size:
            return first
        return first * min(20.0, max(0.05, first / furthest))

    def _is_straight(self, rest: float, sample: ControlSample, end: ControlSample) -> bool:
        share = (sample.value - rest) / (end.value - rest)
        expected = dict(zip(end.indices, _triples(end.deltas), strict=True))
        found = dict(zip(sample.indices, _triples(sample.deltas), strict=True))
        longest = max(math.hypot(*offset) for offset in expected.values())
        none = (0.0, 0.0, 0.0)
        for vertex in expected.keys() | found.keys():
            a, b = found.get(vertex, none), expected.get(vertex, none)
            if any(abs(x - share * y) > _STRAIGHT * longest for x, y in zip(a, b, strict=True)):
                return False
        return True

    def _carries(self, sample: ControlSample) -> bool:
        """Whether (nearly) every vertex goes along, all distances kept: the head as a whole."""
        count = len(self._rest) // 3
        if len(sample.indices) < _WHOLE * count or count < 8:
            return False
        moved = {
            vertex: tuple(self._rest[3 * vertex + axis] + offset[axis] for axis in range(3))
            for vertex, offset in zip(sample.indices, _triples(sample.deltas), strict=True)
        }
        known = sorted(moved)
        picked = [known[round(step * (len(known) - 1) / 7)] for step in range(8)]
        for a in picked:
            for b in picked:
                before = math.dist(self._rest[3 * a : 3 * a + 3], self._rest[3 * b : 3 * b + 3])
                if abs(math.dist(moved[a], moved[b]) - before) > _ALIKE * TRANSLATE_REACH * self._size:
                    return False
        return True


def _kind(item: ScannedAttribute) -> ControlKind:
    if item.kind != "weight":
        return item.kind
    return "weight" if item.plug.startswith("weight[") else "scalar"


def _triples(flat: Sequence[float]) -> Iterator[tuple[float, float, float]]:
    return zip(flat[0::3], flat[1::3], flat[2::3], strict=True)
