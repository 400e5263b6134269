"""How keys land, as the caller wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.host.maya.layers import LayerChoice


@dataclass(frozen=True)
class BakeOptions:
    """How keys land."""

    mode: Literal["replace", "insert"] = "replace"
    """Replace the keys from the first to the last new one, or leave those in between that are on other frames."""
    layer: LayerChoice | None = None
    """None writes to the curves themselves; where an attribute is layered already, to the base layer, or to the layer
    that has the keys of the earlier run."""
    weighted: bool = False
    """Weighted tangents on new curves; curves that are there keep what they have."""
    force: bool = False
    """Replace keys of an earlier run even where they were edited since."""
    result: str = ""
    """Name of the result in the scene; empty names it after the sound. A result of the same name is renewed."""
    fit_range: bool = False
    """Set the playback range to the time line given."""
    show_sound: bool = True
    channels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Attribute -> channels that drove it, for the record."""
    keep_existing: frozenset[str] = frozenset()
    """Regions (:data:`maya_a2f.core.face_regions.REGIONS`) whose attributes are left alone where they carry animation
    that no run of ours has written; a layer that is asked for lies over it and takes keys all the same."""
    scope: RerunScope = field(default_factory=RerunScope)
    """How much of an earlier result is renewed, and whose edits are given up."""

    @property
    def whole_scope(self) -> RerunScope:
        """The scope with ``force`` in it."""
        return replace(self.scope, takes_all=True) if self.force else self.scope
