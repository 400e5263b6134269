"""What a fit by shape asks of the program around the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from maya_a2f.core.rig import Triple
from maya_a2f.core.rig_description import RigDescription


@runtime_checkable
class SamplesRigs(Protocol):
    """A host in which controls can be moved and the mesh be read; then the panel offers a fit by shape."""

    def picked_vertices(self) -> list[str]:
        """Selected vertices, ``mesh.vtx[12]``."""

    def sample_rig(
        self,
        character: str,
        landmarks: Mapping[str, str],
        on_control: Callable[[int, int, str], bool],
        attributes: Sequence[str] = (),
    ) -> RigDescription:
        """What these controls (or all of them) do to the face; ``on_control`` (done, of how many, name) says whether to
        go on.

        Raises :class:`~maya_a2f.errors.HostError` ``sampling.*`` or as reading the character does.
        """


@runtime_checkable
class PlacesVertices(Protocol):
    """A host that knows where picked vertices are; then landmarks on the wrong sides are noticed before a fit."""

    def vertex_places(self, vertices: Mapping[str, str]) -> dict[str, Triple]:
        """Name -> position in the world, right-handed axes, of ``mesh.vtx[12]``; those that are gone are left out."""


@runtime_checkable
class ReadsPoses(Protocol):
    """A host in which a character can be posed by hand; then a pose can be an example ("this is the jaw open")."""

    def pose_values(self, character: str) -> dict[str, float]:
        """Attribute -> value now, degrees, centimetres or weights, of a character as it was picked.

        Raises :class:`~maya_a2f.errors.HostError` ``character.gone``.
        """
