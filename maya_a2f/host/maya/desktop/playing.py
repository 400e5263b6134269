"""Playing a stretch on Maya's time line, and giving the animator the range back."""

from __future__ import annotations

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.host.maya.outside_stubs import start_ending_job
from maya_a2f.host.maya.units import scene_rate, ticks_of_frame, time_of_ticks


class Player:
    """Maya's own playback, so that the sound is heard; the range is set for its time and put back."""

    def __init__(self) -> None:
        self._before: tuple[OpenMaya.MTime, OpenMaya.MTime] | None = None
        self._own: tuple[OpenMaya.MTime, OpenMaya.MTime] | None = None

    def play(self, first_frame: float, last_frame: float) -> None:
        """Play from the current frame, or from the first where that lies outside. Nothing in batch."""
        if cmds.about(batch=True):
            return
        control = OpenMayaAnim.MAnimControl
        rate = scene_rate()
        first, last = (time_of_ticks(ticks_of_frame(frame, rate)) for frame in (first_frame, last_frame))
        self.stop()
        self._before, self._own = (control.minTime(), control.maxTime()), (first, last)
        control.setMinMaxTime(first, last)
        now = control.currentTime()
        if now < first or last < now:
            control.setCurrentTime(first)
        cmds.play(forward=True)
        start_ending_job(ends="playingBack", call=self._give_range_back)

    def stop(self) -> None:
        """Stop, and put the range back."""
        if not cmds.about(batch=True) and cmds.play(query=True, state=True):
            cmds.play(state=False)
        self._give_range_back()

    def forget(self) -> None:
        """Another scene was opened: it has a range of its own."""
        self._before = self._own = None

    def _give_range_back(self) -> None:
        """Also when playing was stopped by Maya's own button; a range that somebody else set since stays."""
        before, own, self._before, self._own = self._before, self._own, None, None
        control = OpenMayaAnim.MAnimControl
        if before is not None and (control.minTime(), control.maxTime()) == own:
            control.setMinMaxTime(*before)
