"""What the panel asks of the program it is docked in. Maya's side is in ``host/maya/desktop``, the standalone one in
``ui/standalone_host.py``.

All calls come from the user interface's thread and return at once. What fails raises
:class:`~maya_a2f.errors.A2FError`; then nothing was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.ports import AudioNode, BakeReport, Host, KeptKeys
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.core.rig import Rig
from maya_a2f.errors import A2FError


@dataclass(frozen=True)
class FoundCharacter:
    """A character the panel can drive."""

    name: str
    """As the host knows it; unique among its characters."""
    rig: Rig
    remarks: tuple[str, ...] = ()
    """What is worth knowing before a bake, a sentence each: an envelope at 0, a muted layer."""
    blocked: Mapping[str, str] = field(default_factory=dict)
    """Attribute -> why it can't take keys ("it is locked"); the panel shows it in the row and leaves it out."""
    fixable: Mapping[str, str] = field(default_factory=dict)
    """Attribute -> what :meth:`PanelHost.fix` would do, as a button's words ("Unlock")."""
    files: tuple[Path, ...] = ()
    """Scene files that it is in or comes from: its rig map may lie beside them."""


@dataclass(frozen=True)
class BakeChoice:
    """How keys land, as chosen in the panel; hosts ignore what they don't have."""

    mode: str = "replace"
    """``replace`` or ``insert``."""
    layer: str = ""
    """Animation layer to write to; empty is none."""
    new_layer: bool = False
    """Make ``layer`` for this result."""
    force: bool = False
    """Replace keys that were edited since they were baked."""
    result: str = ""
    """Name of the result; empty names it after the sound. A result of the same name is replaced."""
    fit_range: bool = True
    """Set the playback range to the clip."""
    channels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Attribute -> channels that drive it, for the record."""
    keep_existing: frozenset[str] = frozenset()
    """Regions whose attributes are left alone where they carry animation that no run of ours wrote."""
    scope: RerunScope = field(default_factory=RerunScope)
    """How much of an earlier result of that name is renewed, and whose edits are given up."""


@dataclass(frozen=True)
class BakedResult:
    """Keys that lie on a character from an earlier bake."""

    name: str
    character: str
    first_frame: float
    last_frame: float
    made_by: Mapping[str, object] = field(default_factory=dict)
    """What made them: clip, model, settings, version."""
    start_frame: float | None = None
    """Frame on which its clip starts; None where that is not known."""


@dataclass(frozen=True)
class Abilities:
    """What this host can do; the panel hides or explains the rest."""

    plays_sound: bool
    """The host's own time line plays the sound (Maya's time slider)."""
    has_layers: bool
    picks_from_selection: bool
    writes_file: bool
    """A bake writes a file (standalone), so the panel asks where to."""
    live_rig: bool
    """:meth:`PanelHost.show_values` moves something the user sees."""


class PanelHost(Protocol):
    """The program around the panel."""

    @property
    def title(self) -> str:
        """ "Maya 2026", "Scene file"."""

    @property
    def abilities(self) -> Abilities:
        """What it can do."""

    def pick(self) -> FoundCharacter:
        """The selected character. Raises :class:`~maya_a2f.errors.HostError` with what to select instead."""

    def characters(self) -> list[str]:
        """Names of the characters that can be picked without selecting them (namespaces, earlier results)."""

    def character(self, name: str) -> FoundCharacter:
        """A character of :meth:`characters`, read anew. Raises :class:`~maya_a2f.errors.HostError`."""

    def fix(self, character: str, attributes: Sequence[str]) -> FoundCharacter:
        """Do what :attr:`FoundCharacter.fixable` offers, as one undo step; the character read anew."""

    def rate(self) -> Fraction:
        """Frames per second of the scene. Raises :class:`~maya_a2f.errors.HostError` ``scene.rate`` where it counts
        time in something that is no frame rate.
        """

    def rates(self) -> list[Fraction]:
        """Rates that can be chosen; one entry where the scene decides."""

    def set_rate(self, rate: Fraction) -> None:
        """Choose one of :meth:`rates`."""

    def current_frame(self) -> float:
        """The frame shown."""

    def set_current_frame(self, frame: float) -> None:
        """Show a frame."""

    def play(self, first_frame: float, last_frame: float) -> None:
        """Play the stretch on the host's time line."""

    def stop(self) -> None:
        """Stop playing."""

    def sound_folder(self) -> Path:
        """Where a copy of a sound belongs that the host can't play as it is."""

    def layers(self) -> list[str]:
        """Animation layers of the scene."""

    def show_sound(self, audio: AudioNode) -> None:
        """Lay the sound on the time line without any keys."""

    def show_values(self, character: str, values: Mapping[str, float]) -> None:
        """Move the rig to values (attribute -> degrees, centimetres or weight) without keys or undo steps.

        The first call remembers what was there; :meth:`put_back` restores it. Attributes that can't be moved are left.
        """

    def put_back(self) -> None:
        """Undo every :meth:`show_values` since the last one; nothing where there was none."""

    def bake_target(self, character: str, choice: BakeChoice) -> Host:
        """The host port that :func:`maya_a2f.baking.bake_curves` writes to."""

    def results(self, character: str) -> list[BakedResult]:
        """What lies on the character from earlier bakes."""

    def remove(self, result: BakedResult, *, force: bool = False) -> BakeReport:
        """Take exactly these keys out again. Refuses curves edited since, by name, unless forced."""

    def watch(self, on_frame: Callable[[float], None], on_scene: Callable[[str], None]) -> Callable[[], None]:
        """Call ``on_frame`` when the frame changes, ``on_scene`` with a word when the scene does: ``"new"`` (another
        scene), ``"rate"``, ``"selection"``, ``"audio"`` (a sound moved or trimmed). Returns a function that stops it.
        """

    def remember(self, key: str, text: str) -> None:
        """Keep a text with the user's preferences."""

    def recall(self, key: str) -> str:
        """A text kept by :meth:`remember`; empty where there is none."""

    def later(self, call: Callable[[], None]) -> None:
        """Run ``call`` when the program is idle next."""


@runtime_checkable
class KnowsEmotion(Protocol):
    """A host in which emotions can be keyed on attributes; then the panel offers to, and reads them for every run."""

    def emotion_direction(self, character: str, start_frame: float) -> EmotionDirection | None:
        """What the attributes of a character say for a clip that starts there; None where it has none.

        Raises :class:`HostError` ``emotion.*``.
        """

    def make_emotion_control(self, character: str, direction: EmotionDirection, start_frame: float) -> str:
        """Make the attributes, with what is set here on them, one undo step; the node's name. Raises as above."""

    def remove_emotion_control(self, character: str) -> None:
        """Delete the attributes, one undo step."""


@runtime_checkable
class KnowsSounds(Protocol):
    """A host on whose time line sounds can be moved; then the panel offers to move keys along with them."""

    def sound_shift(self, result: BakedResult) -> float | None:
        """Frames by which the sound of a result was moved since its keys were written; None where it is gone."""

    def follow_sound(self, result: BakedResult) -> BakeReport:
        """Move exactly the keys of a result to where its sound lies now. Raises :class:`HostError` ``result.*``."""


def rate_or(host: PanelHost, otherwise: Fraction) -> Fraction:
    """The scene's rate; ``otherwise`` where the scene has none (it counts in seconds or hours)."""
    try:
        return host.rate()
    except A2FError:
        return otherwise


@runtime_checkable
class KnowsEdits(Protocol):
    """A host whose results can be edited by hand and made again around the edits."""

    def find_edits(self, result: BakedResult) -> Iterator[KeptKeys | None]:
        """Curve by curve what was edited since, None for one that was not. Raises :class:`HostError` ``result.gone``.

        Each step is a few milliseconds at most.
        """

    def selected_range(self) -> tuple[float, float] | None:
        """First and last frame selected on the time slider; None where none is."""
