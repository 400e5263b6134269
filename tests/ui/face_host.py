"""A panel host without a program: characters from a dict, a live rig that is a dict of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from maya_a2f.core.ports import AudioNode, BakeReport, Host
from maya_a2f.core.rig import Rig
from maya_a2f.errors import HostError
from maya_a2f.host.memory import MemoryHost
from maya_a2f.ui.panel_host import Abilities, BakeChoice, BakedResult, FoundCharacter

ABILITIES = Abilities(plays_sound=False, has_layers=True, picks_from_selection=True, writes_file=False, live_rig=True)


class FaceHost:
    """Implements :class:`~maya_a2f.ui.panel_host.PanelHost` for tests of the character section."""

    title = "Test"

    def __init__(self, *found: FoundCharacter, abilities: Abilities = ABILITIES) -> None:
        self.found = {character.name: character for character in found}
        self.selected = ""
        self.abilities = abilities
        self.fixed: list[tuple[str, tuple[str, ...]]] = []
        self.values: dict[str, float] = {}
        """What the live rig shows, where it is not at rest."""
        self.shown: list[dict[str, float]] = []

    def pick(self) -> FoundCharacter:
        if not self.selected:
            raise HostError(
                "No character is selected.", code="character.unselected", hint="Select any part of the character."
            )
        return self.character(self.selected)

    def characters(self) -> list[str]:
        return list(self.found)

    def character(self, name: str) -> FoundCharacter:
        if name not in self.found:
            raise HostError(f"There is no character '{name}'.", code="character.missing", hint="Pick another.")
        return self.found[name]

    def fix(self, character: str, attributes: Sequence[str]) -> FoundCharacter:
        self.fixed.append((character, tuple(attributes)))
        found = self.character(character)
        blocked = {name: why for name, why in found.blocked.items() if name not in attributes}
        fixable = {name: what for name, what in found.fixable.items() if name not in attributes}
        self.found[character] = replace(found, blocked=blocked, fixable=fixable)
        return self.found[character]

    def show_values(self, character: str, values: Mapping[str, float]) -> None:
        self.character(character)
        self.values.update(values)
        self.shown.append(dict(values))

    def put_back(self) -> None:
        self.values.clear()

    def rate(self) -> Fraction:
        return Fraction(24)

    def rates(self) -> list[Fraction]:
        return [Fraction(24)]

    def set_rate(self, rate: Fraction) -> None:
        pass

    def current_frame(self) -> float:
        return 1.0

    def set_current_frame(self, frame: float) -> None:
        pass

    def play(self, first_frame: float, last_frame: float) -> None:
        pass

    def stop(self) -> None:
        pass

    def sound_folder(self) -> Path:
        return Path.cwd()

    def layers(self) -> list[str]:
        return []

    def show_sound(self, audio: AudioNode) -> None:
        pass

    def bake_target(self, character: str, choice: BakeChoice) -> Host:
        return MemoryHost(Rig("", ()))

    def results(self, character: str) -> list[BakedResult]:
        return []

    def remove(self, result: BakedResult, *, force: bool = False) -> BakeReport:
        return BakeReport(())

    def watch(self, on_frame: Callable[[float], None], on_scene: Callable[[str], None]) -> Callable[[], None]:
        return lambda: None

    def remember(self, key: str, text: str) -> None:
        pass

    def recall(self, key: str) -> str:
        return ""

    def later(self, call: Callable[[], None]) -> None:
        call()
