"""Shelves, menus, controls, script jobs, playing, preferences: the user interface as plain records."""

from __future__ import annotations

from typing import Any

from tests.fake_maya.commands.registry import behaviour, names_in, or_none
from tests.fake_maya.model.interface import Job, Widget
from tests.fake_maya.session import Session


def _widget(session: Session, name: str, kind: str = "") -> Widget:
    found = session.widgets.get(name)
    if found is None or (kind and found.kind != kind):
        raise RuntimeError(f"{kind or 'Control'}: Object '{name}' not found.")
    return found


def _made(session: Session, kind: str, name: str, flags: dict[str, Any]) -> str:
    """A new widget; Maya's names of widgets are unique."""
    if session.batch:
        raise RuntimeError(f"{kind}: there is no user interface in batch")
    if name and name in session.widgets:
        raise RuntimeError(f"Object's name '{name}' is not unique.")
    parent = flags.pop("parent", session.current_parent)
    if not parent or (parent not in session.widgets and parent != "MayaWindow"):
        raise RuntimeError(f"{kind}: Object '{parent}' not found.")
    name = name or f"{kind}{session.next_number()}"
    session.widgets[name] = Widget(kind, name, parent, flags)
    return name


def _ui(kind: str, session: Session, mode: str, args: tuple[Any, ...], flags: dict[str, Any]) -> Any:
    name = next(names_in(args), "")
    if flags.get("exists"):
        return name in session.widgets and session.widgets[name].kind == kind
    if mode == "c":
        return _made(session, kind, name, flags)
    widget = _widget(session, name, kind)
    if mode == "e":
        widget.flags.update(flags)
        return name
    asked = next(iter(flags))
    if asked == "childArray":
        return or_none([other.name for other in session.widgets.values() if other.parent == name])
    if asked == "numberOfChildren":
        return sum(other.parent == name for other in session.widgets.values())
    return widget.flags.get(asked) or ("" if asked in ("docTag", "label", "command", "image") else None)


@behaviour
def shelfTabLayout(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    return _ui("shelfTabLayout", session, mode, args, flags)


@behaviour
def shelfLayout(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    return _ui("shelfLayout", session, mode, args, flags)


@behaviour
def shelfButton(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    return _ui("shelfButton", session, mode, args, flags)


@behaviour
def menu(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    return _ui("menu", session, mode, args, flags)


@behaviour
def menuItem(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    return _ui("menuItem", session, mode, args, flags)


@behaviour
def text(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    return _ui("text", session, mode, args, flags)


@behaviour
def workspaceControl(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if mode == "c" and "exists" not in flags:
        flags.setdefault("parent", "MayaWindow")
    return _ui("workspaceControl", session, mode, args, flags)


@behaviour
def deleteUI(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    kinds = {"layout": ("shelfLayout", "shelfTabLayout"), "menu": ("menu",), "menuItem": ("menuItem",),
             "control": ("shelfButton", "workspaceControl", "text")}  # fmt: skip
    wanted = [kind for flag in flags if flags[flag] for kind in kinds[flag]]
    for name in names_in(args):
        widget = _widget(session, name)
        if wanted and widget.kind not in wanted:
            raise RuntimeError(f"deleteUI: '{name}' is a {widget.kind}")
        session.delete_widget(name)


@behaviour
def scriptJob(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if "exists" in flags:
        return flags["exists"] in session.jobs
    if "kill" in flags:
        job = session.jobs.get(flags["kill"])
        if job is None:
            raise RuntimeError(f"scriptJob: there is no job {flags['kill']}")
        if job.running:
            raise RuntimeError("scriptJob: a job cannot end itself while it runs")
        del session.jobs[flags["kill"]]
        return None
    if session.batch:
        return 0  # documented: does nothing in batch
    session.notice()  # what happened before is not told
    kind = next(flag for flag in ("event", "attributeChange", "conditionTrue", "conditionFalse") if flag in flags)
    trigger, call = flags[kind]
    if kind == "event" and trigger not in session.EVENTS:
        raise RuntimeError(f"scriptJob: unknown event '{trigger}'")
    if kind.startswith("condition") and trigger != "playingBack":
        raise RuntimeError(f"scriptJob: unknown condition '{trigger}'")
    if not callable(call):
        raise TypeError("the fake takes callables only")
    job = Job(kind, trigger, call, bool(flags.get("runOnce")), bool(flags.get("killWithScene")))
    if kind == "attributeChange":
        job.seen = session.scene.value(session.scene.plug(trigger))
    number = session.next_number()
    session.jobs[number] = job
    return number


@behaviour
def evalDeferred(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    (call,) = args
    if not callable(call):
        raise TypeError("the fake defers callables only")
    (session.deferred_last if flags.get("lowestPriority") else session.deferred).append(call)


@behaviour
def play(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if session.batch:
        raise RuntimeError("play: there is nothing to play on in batch")
    if mode == "q":
        return session.playing
    if flags.get("state", True):
        session.playing = True
        session.tell("conditionTrue", "playingBack")
    elif session.playing:
        session.playing = False
        session.tell("conditionFalse", "playingBack")
    return None


@behaviour
def internalVar(session: Session, mode: str, *args: Any, **flags: Any) -> str:
    if flags.get("userAppDir"):
        return f"{session.user_folder.as_posix()}/"
    raise NotImplementedError(f"internalVar: {sorted(flags)}")


@behaviour
def workspace(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if mode == "q" and flags.get("rootDirectory"):
        return session.project
    if "fileRuleEntry" in flags:
        return "" if "no sound rule" in session.faults else session.file_rules.get(flags["fileRuleEntry"], "")
    raise NotImplementedError(f"workspace: {sorted(flags)}")


@behaviour
def dgdirty(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    for name in names_in(args):
        session.scene.shown.pop(session.scene.plug(name), None)


@behaviour
def deformer(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    return blendShape(session, mode, *args, **flags)


@behaviour
def blendShape(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    node = scene.node(next(names_in(args)))
    if mode == "q" and flags.get("geometry"):
        shapes = [
            scene.nodes[to[0]]
            for to, source in scene.connections.items()
            if source[0] == node.uuid and source[1].startswith("outputGeometry")
        ]
        return or_none([scene.display_name(shape) for shape in shapes])
    raise NotImplementedError(f"blendShape: {sorted(flags)}")


@behaviour
def confirmDialog(session: Session, mode: str, *args: Any, **flags: Any) -> str:
    if session.batch:
        raise RuntimeError("confirmDialog: there is no user interface in batch")
    session.asked.append(flags)
    return session.answers.pop(0) if session.answers else flags.get("dismissString", "dismiss")


@behaviour
def inViewMessage(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    session.messages.append(flags["assistMessage"])
