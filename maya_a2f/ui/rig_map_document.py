"""The rig map that is being edited, with undo: what the table shows and the section hands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from maya_a2f.core.matching import Match, MatchReport, Question, judged, open_questions
from maya_a2f.core.mirroring import Axes, Side, guessed_axes, mirrored_drive, mirrored_name, side_of
from maya_a2f.core.readiness import STANDARD_CHANNELS
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap, with_drives
from maya_a2f.core.rig_map_table import TableSource
from maya_a2f.errors import UserError

_NOBODY = Rig("", ())
_NOTHING = RigMap("", {})
_FIELDS = ("gains", "offset", "limits", "muted", "curve", "rest")


class RigMapDocument(QObject):
    """A rig, a map for it, and the undo stack of the map's edits."""

    opened = Signal()
    """Another rig, map or list of channels: nothing of before holds."""
    changed = Signal(object)
    """Attributes (a set) whose drive an edit, undo or redo changed; empty where only the eyes' signs did."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.axes: Axes = "same"
        self.edits_both_sides = False
        self._rig, self._map = _NOBODY, _NOTHING
        self._attributes: dict[str, RigAttribute] = {}
        self._channels: tuple[str, ...] = STANDARD_CHANNELS
        self._blocked: Mapping[str, str] = {}
        self._matched = MatchReport(_NOTHING, (), ())
        self._matches: dict[str, Match] | None = None
        self._questions: dict[str, Question] | None = None

    @property
    def rig(self) -> Rig:
        """The character's rig; empty where there is none."""
        return self._rig

    @property
    def rig_map(self) -> RigMap:
        """The map as it is now."""
        return self._map

    @property
    def channels(self) -> tuple[str, ...]:
        """What the model gives."""
        return self._channels

    @property
    def blocked(self) -> Mapping[str, str]:
        """Attribute -> why it can't take keys."""
        return self._blocked

    @property
    def matches(self) -> Mapping[str, Match]:
        """How sure each drive is."""
        if self._matches is None:
            self._matches = judged(self._map, self._matched)
        return self._matches

    @property
    def questions(self) -> Mapping[str, Question]:
        """Attribute -> what is asked about it; those that the map leaves open."""
        if self._questions is None:
            self._questions = {item.attribute: item for item in open_questions(self._map, self._matched)}
        return self._questions

    @property
    def drivers(self) -> tuple[str, ...]:
        """What may stand in a drive: the model's channels, and those that the map derives from them."""
        return (*self._channels, *(name for name in self._map.derived if name not in self._channels))

    @property
    def source(self) -> TableSource:
        """What the table is made from."""
        return TableSource(self._rig, self._map, self._channels, self.matches, self._blocked, frozenset(self.questions))

    def attribute(self, name: str) -> RigAttribute | None:
        """An attribute of the rig; None where only the map names it."""
        return self._attributes.get(name)

    def open(self, rig: Rig, rig_map: RigMap, matched: MatchReport, blocked: Mapping[str, str]) -> None:
        """Edit another map; its edits can't be undone into the one before."""
        self.stack.clear()
        self._rig, self._map, self._matched, self._blocked = rig, rig_map, matched, dict(blocked)
        self._attributes = {attribute.name: attribute for attribute in rig.attributes}
        self._forget_matches()
        self.axes = guessed_axes(rig_map.drives)
        self.opened.emit()

    def read_anew(self, rig: Rig, matched: MatchReport, blocked: Mapping[str, str]) -> None:
        """The same character, read again: the map and its undo stack stay."""
        self._rig, self._matched, self._blocked = rig, matched, dict(blocked)
        self._attributes = {attribute.name: attribute for attribute in rig.attributes}
        self._forget_matches()
        self.opened.emit()

    def close(self) -> None:
        """No character."""
        self.open(_NOBODY, _NOTHING, MatchReport(_NOTHING, (), ()), {})

    def set_channels(self, channels: Sequence[str], matched: MatchReport) -> None:
        """What the model gives, and what it would match by name."""
        self._channels, self._matched = tuple(channels), matched
        self._forget_matches()
        self.opened.emit()

    def edit(self, changes: Mapping[str, Drive | None], words: str) -> None:
        """Change drives as one undo step called ``words``; with both sides, their twins along."""
        if self.edits_both_sides:
            changes = {**self._twin_changes(changes), **changes}
        self.replace_map(with_drives(self._map, changes), words)

    def replace_map(self, rig_map: RigMap, words: str) -> None:
        """Another map as one undo step; nothing where it is the same."""
        if rig_map != self._map or [*rig_map.drives] != [*self._map.drives]:
            self.stack.push(_Swap(self._take, self._map, rig_map, words))

    def mirror(self, attributes: Sequence[str]) -> int:
        """Copy drives to the other side as one undo step; how many were. A drive that is empty empties its twin.

        Raises :class:`UserError` ``rig_map.mirror`` where none of the attributes has a twin.
        """
        twins = {name: twin for name in attributes if (twin := self.twin(name)) is not None}
        if not twins:
            what = f"'{attributes[0]}' has" if len(attributes) == 1 else "None of the chosen rows has"
            raise UserError(
                f"{what} no other side in this rig.",
                code="rig_map.mirror",
                hint="Sides are told by names: Left and Right, _L and _R, l_ and r_, lf and rt.",
            )
        drives = self._map.drives
        changes = {
            twin: mirrored_drive(drives[name], name, self.axes) if name in drives else None
            for name, twin in twins.items()
        }
        self.replace_map(with_drives(self._map, changes), f"mirror {len(changes)} attributes")
        return len(changes)

    def mirror_side(self, side: Side) -> int:
        """Copy every driven attribute of a side to the other. Raises as :meth:`mirror`."""
        at = 0 if side == "left" else 1
        said = {pair[at] for pair in self._map.mirror} - {pair[1 - at] for pair in self._map.mirror}
        names = [name for name in self._map.drives if name in said or side_of(name) == side]
        return self.mirror(names or [f"{side} side"])

    def answer(self, attributes: Sequence[str], choice: int = 0) -> int:
        """Drive attributes by a candidate of their questions, as one undo step; how many were."""
        return self._answer(attributes, choice, is_muted=False)

    def leave_at_rest(self, attributes: Sequence[str]) -> int:
        """Answer questions with no: the attributes get a muted drive, so that nobody asks again; how many were."""
        return self._answer(attributes, 0, is_muted=True)

    def _answer(self, attributes: Sequence[str], choice: int, *, is_muted: bool) -> int:
        questions = self.questions
        chosen = {
            name: questions[name].candidates[choice].drive
            for name in attributes
            if name in questions and choice < len(questions[name].candidates)
        }
        if is_muted:
            chosen = {name: replace(drive, muted=True) for name, drive in chosen.items()}
        if chosen:
            words = next(iter(chosen)) if len(chosen) == 1 else f"{len(chosen)} attributes"
            self.replace_map(with_drives(self._map, chosen), f"{'leave' if is_muted else 'drive'} {words}")
        return len(chosen)

    def twin(self, attribute: str) -> str | None:
        """The attribute's twin, in the rig or in the map: the one that the map says, else the one of its name."""
        for left, right in self._map.mirror:
            if attribute in (left, right):
                return right if attribute == left else left
        name = mirrored_name(attribute)
        return name if name is not None and (name in self._attributes or name in self._map.drives) else None

    def set_eye_signs(self, pitch: int, yaw: int) -> None:
        """The signs of the eyes' rotations as one undo step."""
        self.replace_map(replace(self._map, pitch_sign=pitch, yaw_sign=yaw), "flip the eyes")

    def _twin_changes(self, changes: Mapping[str, Drive | None]) -> dict[str, Drive | None]:
        """What the edit means for the other side: only the fields that it changed."""
        found: dict[str, Drive | None] = {}
        for name, drive in changes.items():
            twin = self.twin(name)
            if twin is None:
                continue
            before, other = self._map.drives.get(name), self._map.drives.get(twin)
            if drive is None or before is None or other is None:
                found[twin] = None if drive is None else mirrored_drive(drive, name, self.axes)
                continue
            mirrored = mirrored_drive(drive, name, self.axes)
            fields = {
                field: getattr(mirrored, field) for field in _FIELDS if getattr(drive, field) != getattr(before, field)
            }
            found[twin] = replace(other, **fields)
        return found

    def _forget_matches(self) -> None:
        self._matches = self._questions = None

    def _take(self, rig_map: RigMap) -> None:
        old, new = self._map.drives, rig_map.drives
        self._map = rig_map
        self._forget_matches()
        self.changed.emit({name for name in {**old, **new} if old.get(name) != new.get(name)})


class _Swap(QUndoCommand):
    """One map in another's place; maps are never changed, so undo restores exactly."""

    def __init__(self, take: Callable[[RigMap], None], before: RigMap, after: RigMap, words: str) -> None:
        super().__init__(words)
        self._take, self._before, self._after = take, before, after

    def redo(self) -> None:
        """The new map."""
        self._take(self._after)

    def undo(self) -> None:
        """The old map."""
        self._take(self._before)
