"""A panel host that keeps everything in memory and can be told what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya_a2f.core.channels import ARKIT_CHANNELS
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.ports import AudioNode, BakeReport, KeptKeys, SkippedCurve, Timeline
from maya_a2f.core.rig import KeyedCurve, Rig, RigAttribute
from maya_a2f.errors import HostError
from maya_a2f.host.memory import MemoryHost
from maya_a2f.ui.panel_host import Abilities, BakeChoice, BakedResult, FoundCharacter

FACE = FoundCharacter(
    "hero",
    Rig("hero", tuple(RigAttribute(f"face.{name}", "weight", lowest=0.0, highest=1.0) for name in ARKIT_CHANNELS)),
)


LIKE_MAYA = Abilities(plays_sound=True, has_layers=True, picks_from_selection=True, writes_file=False, live_rig=True)


@dataclass
class FakePanelHost:
    """Looks like Maya: layers, results, a scene with a rate of its own."""

    found: dict[str, FoundCharacter] = field(default_factory=lambda: {"hero": FACE})
    texts: dict[str, str] = field(default_factory=dict)
    scene_rate: Fraction = Fraction(30)
    folder: Path = Path()
    bake_error: Exception | None = None
    remove_error: HostError | None = None
    frame: float = 1.0
    shown: dict[str, float] = field(default_factory=dict)
    bakes: list[tuple[BakeChoice, MemoryHost]] = field(default_factory=list)
    baked: list[BakedResult] = field(default_factory=list)
    edits: dict[str, list[KeptKeys]] = field(default_factory=dict)
    range: tuple[float, float] | None = None
    removed: list[tuple[str, bool]] = field(default_factory=list)
    sound_moved: float | None = 0.0
    followed: list[str] = field(default_factory=list)
    directions: dict[str, EmotionDirection] = field(default_factory=dict)
    put_back_count: int = 0
    bake_seconds: Callable[[], None] = lambda: None
    title: str = "Fake"
    abilities: Abilities = LIKE_MAYA
    _frame_watchers: list[Callable[[float], None]] = field(default_factory=list)
    _scene_watchers: list[Callable[[str], None]] = field(default_factory=list)

    def pick(self) -> FoundCharacter:
        return self.character("hero")

    def characters(self) -> list[str]:
        return [*self.found]

    def character(self, name: str) -> FoundCharacter:
        if name not in self.found:
            raise HostError(f"'{name}' is not in the scene any more.", code="character.gone", hint="Pick another.")
        return self.found[name]

    def fix(self, character: str, attributes: Sequence[str]) -> FoundCharacter:
        self.found[character] = replace(self.found[character], blocked={}, fixable={})
        return self.found[character]

    def emotion_direction(self, character: str, start_frame: float) -> EmotionDirection | None:
        return self.directions.get(character)

    def make_emotion_control(self, character: str, direction: EmotionDirection, start_frame: float) -> str:
        self.directions[character] = replace(direction, source="feelings")
        return "feelings"

    def remove_emotion_control(self, character: str) -> None:
        del self.directions[character]

    def rate(self) -> Fraction:
        return self.scene_rate

    def rates(self) -> list[Fraction]:
        return [self.scene_rate]

    def set_rate(self, rate: Fraction) -> None:
        raise HostError("The scene decides.", code="scene.rate_fixed")

    def current_frame(self) -> float:
        return self.frame

    def set_current_frame(self, frame: float) -> None:
        self.frame = frame
        for tell in [*self._frame_watchers]:
            tell(frame)

    def play(self, first_frame: float, last_frame: float) -> None:
        pass

    def stop(self) -> None:
        pass

    def sound_folder(self) -> Path:
        return self.folder

    def sound_shift(self, result: BakedResult) -> float | None:
        return self.sound_moved

    def follow_sound(self, result: BakedResult) -> BakeReport:
        if self.remove_error is not None:
            raise self.remove_error
        self.followed.append(result.name)
        self.sound_moved = 0.0
        return BakeReport(("face.jawOpen", "face.jawLeft"))

    def find_edits(self, result: BakedResult) -> Iterator[KeptKeys | None]:
        yield from self.edits.get(result.name, ())
        yield None

    def selected_range(self) -> tuple[float, float] | None:
        return self.range

    def layers(self) -> list[str]:
        return ["mouth"]

    def show_sound(self, audio: AudioNode) -> None:
        pass

    def show_values(self, character: str, values: Mapping[str, float]) -> None:
        self.character(character)
        self.shown.update(values)

    def put_back(self) -> None:
        self.shown.clear()
        self.put_back_count += 1

    def bake_target(self, character: str, choice: BakeChoice) -> FakeTarget:
        return FakeTarget(self, self.character(character), choice)

    def results(self, character: str) -> list[BakedResult]:
        return [result for result in self.baked if result.character == character]

    def remove(self, result: BakedResult, *, force: bool = False) -> BakeReport:
        if self.remove_error is not None and not force:
            raise self.remove_error
        self.removed.append((result.name, force))
        self.baked.remove(result)
        return BakeReport(("face.jawOpen",))

    def watch(self, on_frame: Callable[[float], None], on_scene: Callable[[str], None]) -> Callable[[], None]:
        self._frame_watchers.append(on_frame)
        self._scene_watchers.append(on_scene)

        def stop() -> None:
            self._frame_watchers.remove(on_frame)
            self._scene_watchers.remove(on_scene)

        return stop

    def tell(self, what: str) -> None:
        """Something happened in the scene."""
        for tell in [*self._scene_watchers]:
            tell(what)

    @property
    def is_watched(self) -> bool:
        return bool(self._frame_watchers or self._scene_watchers)

    def remember(self, key: str, text: str) -> None:
        self.texts[key] = text

    def recall(self, key: str) -> str:
        return self.texts.get(key, "")

    def later(self, call: Callable[[], None]) -> None:
        call()


@dataclass
class FakeTarget:
    """Bakes into memory, or fails and changes nothing."""

    host: FakePanelHost
    character: FoundCharacter
    choice: BakeChoice

    def rig(self) -> Rig:
        return self.character.rig

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        self.host.bake_seconds()
        self.host.character(self.character.name)
        if self.host.bake_error is not None:
            raise self.host.bake_error
        memory = MemoryHost(self.character.rig)
        report = memory.bake(curves, timeline=timeline, audio=audio, metadata=metadata)
        self.host.bakes.append((self.choice, memory))
        made: dict[str, Any] = json.loads((metadata or {}).get("a2fTake", "{}"))
        result = BakedResult(
            self.choice.result or "line", self.character.name, timeline.first_frame, timeline.last_frame, made
        )
        self.host.baked = [each for each in self.host.baked if each.name != result.name] + [result]
        return replace(report, skipped=(*report.skipped, SkippedCurve("face.locked_by_host", "it is locked")))
