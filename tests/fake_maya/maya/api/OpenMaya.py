"""``maya.api.OpenMaya``: the part the module uses. Whatever is not here is an AttributeError."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from tests import maya_matrices as mm
from tests.fake_maya import guard
from tests.fake_maya.model import geometry
from tests.fake_maya.model.node_types import inherits
from tests.fake_maya.model.scene import Node, Plug
from tests.fake_maya.model.units import MTIME_UNITS, nearest_tick, unit_rate
from tests.fake_maya.session import current

_EDITING = "changed the scene through the API outside an undoable command"


def check_editing() -> None:
    """API edits are not undoable: they may come from a plug-in command only."""
    if not current().inside_api_command:
        raise RuntimeError(f"Something {_EDITING}")


class MObject:
    """A node."""

    __slots__ = ("_data", "_node")

    def __init__(self, source: Any = None) -> None:
        self._node: Node | None = source._node if isinstance(source, MObject) else source
        self._data: Any = getattr(source, "_data", None)

    def isNull(self) -> bool:
        return self._node is None and self._data is None

    def hasFn(self, kind: int) -> bool:
        return self._node is not None and kind in _fn_types(self._node)

    @property
    def apiTypeStr(self) -> str:
        return f"k{self._node.type[0].upper()}{self._node.type[1:]}" if self._node else "kInvalid"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MObject) and other._node is self._node

    def __hash__(self) -> int:
        return id(self._node)


class MFn:
    """Constants."""

    kDependencyNode = 4
    kAnimCurve = 7
    kTransform = 110
    kJoint = 121
    kMesh = 296
    kBlendShape = 336
    kExpression = 327
    kPairBlend = 928
    kConstraint = 933
    kAnimLayer = 1020


def _fn_types(node: Node) -> set[int]:
    table = {"animCurve": MFn.kAnimCurve, "transform": MFn.kTransform, "joint": MFn.kJoint, "mesh": MFn.kMesh,
             "blendShape": MFn.kBlendShape, "expression": MFn.kExpression, "pairBlend": MFn.kPairBlend,
             "constraint": MFn.kConstraint, "animLayer": MFn.kAnimLayer}  # fmt: skip
    return {MFn.kDependencyNode, *(number for kind, number in table.items() if inherits(node.type, kind))}


def _rate(unit: int) -> Fraction:
    """Units per second; with the fault, 23.976 as its three digits say."""
    return Fraction("23.976") if unit == 43 and "rounded rate" in current().faults else unit_rate(unit)


class MTime:
    """A time, held in ticks."""

    __slots__ = ("_ticks", "_unit")
    kInvalid, kHours, kMinutes, kSeconds, kMilliseconds = 0, 1, 2, 3, 4
    k24FPS, k25FPS, k30FPS, k60FPS = 6, 7, 8, 11
    k23_976FPS, k29_97FPS, k29_97DF = 43, 44, 45

    def __init__(self, value: Any = 0.0, unit: int = 6) -> None:
        if isinstance(value, MTime):
            self._ticks, self._unit = value._ticks, value._unit
        else:
            self._unit = unit
            self._ticks = nearest_tick(float(value), _rate(unit))

    def asUnits(self, unit: int) -> float:
        return float(self._ticks * _rate(unit) / TICKS_PER_SECOND)

    @staticmethod
    def uiUnit() -> int:
        name = current().scene.time_unit
        return next(number for number, unit in MTIME_UNITS.items() if unit == name)

    @property
    def value(self) -> float:
        return float(self._ticks * unit_rate(self._unit) / TICKS_PER_SECOND)

    @property
    def unit(self) -> int:
        return self._unit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MTime) and other._ticks == self._ticks

    def __hash__(self) -> int:
        return hash(self._ticks)

    def __lt__(self, other: MTime) -> bool:
        return self._ticks < other._ticks

    def __le__(self, other: MTime) -> bool:
        return self._ticks <= other._ticks


def time_of(ticks: float) -> MTime:
    """An MTime on a tick (not a name of Maya's; for the fake itself)."""
    time = MTime()
    time._ticks = int(ticks)
    time._unit = MTime.kSeconds
    return time


class _Array(list):  # type: ignore[type-arg]
    """The arrays behave like lists."""


class MTimeArray(_Array):
    def __init__(self, items: Iterable[MTime] = ()) -> None:
        super().__init__(items)
        if not all(isinstance(item, MTime) for item in self):
            raise TypeError("MTimeArray takes MTime objects")


class MDoubleArray(_Array):
    def __init__(self, items: Iterable[float] = ()) -> None:
        super().__init__(float(item) for item in items)


class MIntArray(_Array):
    def __init__(self, items: Iterable[int] = ()) -> None:
        super().__init__(int(item) for item in items)


class MPlug:
    """A plug."""

    __slots__ = ("_plug",)
    kFreeToChange, kNotFreeToChange, kChildrenNotFreeToChange = 0, 1, 2

    def __init__(self, plug: Plug | MPlug | None = None) -> None:
        self._plug: Plug | None = plug._plug if isinstance(plug, MPlug) else plug

    @property
    def isNull(self) -> bool:
        return self._plug is None

    @property
    def isLocked(self) -> bool:
        uuid, path = self._known()
        return path in current().scene.nodes[uuid].locked_paths  # its own lock: parents are asked separately

    @property
    def isChild(self) -> bool:
        uuid, path = self._known()
        return bool(current().scene.nodes[uuid].attribute(path).parent)

    def parent(self) -> MPlug:
        uuid, path = self._known()
        parent = current().scene.nodes[uuid].attribute(path).parent
        if not parent:
            raise TypeError("plug is not a child")
        return MPlug((uuid, parent))

    def array(self) -> MPlug:
        uuid, path = self._known()
        if not path.endswith("]"):
            raise TypeError("plug is not an element")
        return MPlug((uuid, path.partition("[")[0]))

    @property
    def isKeyable(self) -> bool:
        return current().scene.is_keyable(self._known())

    @property
    def isDestination(self) -> bool:
        return self._known() in current().scene.connections

    @property
    def isFromReferencedFile(self) -> bool:
        scene = current().scene
        source = scene.connections.get(self._known())
        return source is not None and bool(scene.nodes[source[0]].reference)

    @property
    def isElement(self) -> bool:
        return self._known()[1].endswith("]")

    @property
    def isProxy(self) -> bool:
        uuid, path = self._known()
        return current().scene.nodes[uuid].attribute(path).proxy and "no proxies" not in current().faults

    def isFreeToChange(self, checkAncestors: bool = True, checkChildren: bool = True) -> int:
        scene = current().scene
        plug = self._known()
        node = scene.nodes[plug[0]]
        source = scene.connections.get(plug)
        driven = source is not None and not scene.nodes[source[0]].type.startswith("animCurveT")
        return 1 if scene.is_locked(plug) or node.locked or driven else 0

    def node(self) -> MObject:
        return MObject(current().scene.nodes[self._known()[0]])

    def name(self) -> str:
        scene = current().scene
        plug = self._known()
        return f"{scene.nodes[plug[0]].name}.{plug[1]}"

    def partialName(
        self, includeNodeName: bool = False, useAlias: bool = False, useLongNames: bool = False, **more: bool
    ) -> str:
        scene = current().scene
        full = scene.plug_name(self._known(), alias=useAlias)
        return full if includeNodeName else full.partition(".")[2]

    def logicalIndex(self) -> int:
        return int(self._known()[1].partition("[")[2].rstrip("]"))

    def source(self) -> MPlug:
        return MPlug(current().scene.connections.get(self._known()))

    def destinations(self) -> list[MPlug]:
        known = self._known()
        return [MPlug(to) for to, source in current().scene.connections.items() if source == known]

    def elementByLogicalIndex(self, index: int) -> MPlug:
        uuid, path = self._known()
        if not current().scene.nodes[uuid].attribute(path).multi or path.endswith("]"):
            raise TypeError("plug is not an array")
        return MPlug((uuid, f"{path}[{index}]"))

    def asMObject(self) -> MObject:
        """Evaluates: a matrix as it is now, or that a mesh was asked for."""
        uuid, path = self._known()
        scene = current().scene
        node = scene.nodes[uuid]
        found = MObject()
        if path == "matrix":
            found._data = geometry.local_matrix(scene, node)
        elif path == "worldMatrix[0]":
            found._data = geometry.world_matrix(scene, node)
        elif path == "outMesh":
            if "stale meshes" not in current().faults:
                current().evaluated[uuid] = geometry.mesh_points(scene, node)
            found._data = node
        else:
            raise RuntimeError("(kInvalidParameter): Object is incompatible with this method")
        return found

    def asDouble(self) -> float:
        return float(current().scene.value(self._known()))

    def asInt(self) -> int:
        return int(current().scene.value(self._known()))

    def asBool(self) -> bool:
        return bool(current().scene.value(self._known()))

    def asString(self) -> str:
        return str(current().scene.value(self._known()))

    def setDouble(self, value: float) -> MPlug:
        scene = current().scene
        if current().may_preview and not current().inside_api_command:
            return self._show(float(value))
        check_editing()
        if scene.is_locked(self._known()) or self._known() in scene.connections:
            raise RuntimeError("(kFailure): Unexpected Internal Failure")
        scene.set_value(self._known(), float(value))
        return self

    def _show(self, value: float) -> MPlug:
        """Past undo: a free plug holds the value, a keyed one until the next evaluation. Weights are floats."""
        scene = current().scene
        if self.isFreeToChange() != MPlug.kFreeToChange:
            raise RuntimeError("(kFailure): Unexpected Internal Failure")
        plug = self._known()
        if plug[1].startswith("weight["):
            value = struct.unpack("f", struct.pack("f", value))[0]
        if plug in scene.connections:
            scene.shown[plug] = value
        else:
            scene.nodes[plug[0]].values[plug[1]] = value
        return self

    def _known(self) -> Plug:
        if self._plug is None or self._plug[0] not in current().scene.nodes:
            raise RuntimeError("(kInvalidParameter): Object is incompatible with this method")
        return self._plug

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MPlug) and other._plug == self._plug

    def __hash__(self) -> int:
        return hash(self._plug)


class MObjectHandle:
    """Says whether a node is still there."""

    def __init__(self, item: MObject) -> None:
        self._node = item._node

    def isValid(self) -> bool:
        return self._node is not None and current().scene.nodes.get(self._node.uuid) is self._node

    def isAlive(self) -> bool:
        return self._node is not None


class MMessage:
    """Ends callbacks."""

    @staticmethod
    def removeCallback(id: int) -> None:
        if id not in current().scene_callbacks:
            raise RuntimeError("(kInvalidParameter): Invalid callback id")
        del current().scene_callbacks[id]


class MSceneMessage:
    """Callbacks about files."""

    kBeforeNew, kAfterNew, kBeforeOpen, kAfterOpen, kBeforeSave, kMayaExiting = 1, 2, 5, 6, 12, 30

    @staticmethod
    def addCallback(message: int, function: Any, clientData: Any = None) -> int:
        number = current().next_number()
        current().scene_callbacks[number] = (message, function)
        return number


class MUuid:
    """A UUID."""

    def __init__(self, text: str = "") -> None:
        self._text = text

    def asString(self) -> str:
        return self._text


class MFnDependencyNode:
    """Function set for any node."""

    def __init__(self, item: MObject) -> None:
        if not isinstance(item, MObject) or item._node is None:
            raise ValueError("(kInvalidParameter): Argument must be a node")
        self._node = item._node

    def name(self) -> str:
        return self._node.name

    def uniqueName(self) -> str:
        return current().scene.display_name(self._node)

    def uuid(self) -> MUuid:
        return MUuid(self._node.uuid)

    def object(self) -> MObject:
        return MObject(self._node)

    def getAliasList(self) -> list[tuple[str, str]]:
        return list(self._node.aliases.items())

    def findPlug(self, attribute: str, wantNetworkedPlug: bool) -> MPlug:
        path = current().scene.path_of(self._node, attribute)
        if path is None:
            raise RuntimeError("(kInvalidParameter): Cannot find item of required type")
        return MPlug((self._node.uuid, path))

    @property
    def typeName(self) -> str:
        return self._node.type

    @property
    def isLocked(self) -> bool:
        return self._node.locked

    @property
    def isFromReferencedFile(self) -> bool:
        return bool(self._node.reference)


class MSelectionList:
    """Objects by name."""

    def __init__(self) -> None:
        self._items: list[tuple[Node, str]] = []

    def add(self, item: str) -> MSelectionList:
        scene = current().scene
        if not isinstance(item, str):
            raise TypeError("the fake adds names only")
        try:
            if "." in item:
                plug = scene.plug(item)
                self._items.append((scene.nodes[plug[0]], plug[1]))
            else:
                self._items.append((scene.node(item), ""))
        except (RuntimeError, ValueError):
            raise RuntimeError("(kInvalidParameter): Object does not exist") from None
        return self

    def length(self) -> int:
        return len(self._items)

    def getPlug(self, index: int) -> MPlug:
        node, path = self._items[index]
        if not path:
            raise TypeError("item is not a plug")
        return MPlug((node.uuid, path))

    def getDagPath(self, index: int) -> MDagPath:
        node = self._items[index][0]
        if not node.is_dag:
            raise TypeError("item is not a DAG path")
        return MDagPath(node)

    def getDependNode(self, index: int) -> MObject:
        return MObject(self._items[index][0])


class MMatrix:
    """Sixteen numbers for row vectors."""

    def __init__(self, values: Any = None) -> None:
        self._rows = mm.identity() if values is None else [list(values[at : at + 4]) for at in (0, 4, 8, 12)]

    def __getitem__(self, at: int) -> float:
        return float(self._rows[at // 4][at % 4])

    def __len__(self) -> int:
        return 16

    def __mul__(self, other: MMatrix) -> MMatrix:
        return MMatrix(mm.flat(mm.times(self._rows, other._rows)))

    def getElement(self, row: int, col: int) -> float:
        return float(self._rows[row][col])

    def det4x4(self) -> float:
        return mm.determinant(self._rows)

    def inverse(self) -> MMatrix:
        return MMatrix(mm.flat(mm.inverse(self._rows)))


class MFnMatrixData:
    """What a matrix attribute holds."""

    def __init__(self, item: MObject) -> None:
        if not isinstance(item, MObject) or not isinstance(item._data, list):
            raise ValueError("(kInvalidParameter): Argument must be matrix data")
        self._rows = item._data

    def matrix(self) -> MMatrix:
        return MMatrix(mm.flat(self._rows))


class MDagPath:
    """A node with its parents."""

    def __init__(self, node: Any = None) -> None:
        self._node: Node = node._node if isinstance(node, MDagPath) else node

    def fullPathName(self) -> str:
        return self._node.path

    def node(self) -> MObject:
        return MObject(self._node)


class MSpace:
    """Constants."""

    kInvalid, kTransform, kPreTransform, kObject, kPostTransform, kWorld = 0, 1, 2, 2, 3, 4


class MPoint:
    """A place."""

    __slots__ = ("w", "x", "y", "z")

    def __init__(self, x: float = 0.0, y: float = 0.0, z: float = 0.0, w: float = 1.0) -> None:
        self.x, self.y, self.z, self.w = x, y, z, w


class MPointArray(_Array):
    """Points."""


class MFnMesh:
    """Function set for meshes. Points are those of the last evaluation of ``outMesh``: whoever does not pull it sees
    the mesh as it was when it was first asked for."""

    def __init__(self, item: MDagPath) -> None:
        if not isinstance(item, MDagPath) or item._node.type != "mesh":
            raise ValueError("(kInvalidParameter): Argument must be the DAG path of a mesh")
        self._node = item._node

    @property
    def numVertices(self) -> int:
        return len(self._points())

    def getPoints(self, space: int = MSpace.kObject) -> MPointArray:
        points = self._points()
        if space == MSpace.kWorld:
            world = geometry.world_matrix(current().scene, self._node)
            points = [mm.point(point, world) for point in points]
        elif space != MSpace.kObject:
            raise ValueError("(kInvalidParameter): space")
        return MPointArray(MPoint(*point) for point in points)

    def getVertices(self) -> tuple[MIntArray, MIntArray]:
        counts, corners = geometry.faces(current().scene, self._node)
        return MIntArray(counts), MIntArray(corners)

    def _points(self) -> list[tuple[float, float, float]]:
        seen = current().evaluated
        if self._node.uuid not in seen:
            seen[self._node.uuid] = geometry.mesh_points(current().scene, self._node)
        return seen[self._node.uuid]


class MDGModifier:
    """Queued changes."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, ...]] = []
        self._connected: list[Plug] = []
        self._done: list[tuple[Any, Any]] = []
        self._undone: list[tuple[Any, Any]] = []

    def createNode(self, kind: str) -> MObject:
        node = current().scene.unattached(kind, "")
        self._waiting.append(("create", node))
        return MObject(node)

    def deleteNode(self, item: MObject) -> MDGModifier:
        self._waiting.append(("delete", item._node))
        return self

    def renameNode(self, item: MObject, name: str) -> MDGModifier:
        self._waiting.append(("rename", item._node, name))
        return self

    def connect(self, source: MPlug, destination: MPlug) -> MDGModifier:
        self._waiting.append(("connect", source._plug, destination._plug))
        return self

    def disconnect(self, source: MPlug, destination: MPlug) -> MDGModifier:
        self._waiting.append(("disconnect", source._plug, destination._plug))
        return self

    def newPlugValueDouble(self, plug: MPlug, value: float) -> MDGModifier:
        self._waiting.append(("value", plug._plug, value))
        return self

    def doIt(self) -> MDGModifier:
        """Perform what was not yet performed; after undoIt, everything again."""
        check_editing()
        for _, redo in self._undone:
            redo()
        self._done, self._undone = [*self._done, *self._undone], []
        scene = current().scene
        scene.recording, scene.journal = True, []
        try:
            for operation in self._waiting:
                self._perform(operation)
        finally:
            scene.recording = False
            self._done += scene.journal
            scene.journal, self._waiting = [], []
        return self

    def undoIt(self) -> MDGModifier:
        check_editing()
        scene = current().scene
        shown = {plug: scene.value(plug) for plug in self._connected if plug in scene.connections}
        for undo, _ in reversed(self._done):
            undo()
        for plug, value in shown.items():  # a plug that loses its source keeps the last value it had
            if plug not in scene.connections:
                scene.nodes[plug[0]].values[plug[1]] = value
        self._done, self._undone = [], [*self._done, *self._undone]
        if "new uuid" in current().faults:
            for node in list(scene.nodes.values()):
                if node.curve is not None:
                    fresh = scene.new_uuid()
                    scene.connections = {
                        to: (fresh, path) if uuid == node.uuid else (uuid, path)
                        for to, (uuid, path) in scene.connections.items()
                    }
                    scene.nodes[fresh] = scene.nodes.pop(node.uuid)
                    node.uuid = fresh
        return self

    def _perform(self, operation: tuple[Any, ...]) -> None:
        scene = current().scene
        word, *rest = operation
        if word == "create":
            scene.attach(rest[0])
        elif word == "delete":
            if rest[0].reference:
                raise RuntimeError("(kFailure): a referenced node cannot be deleted")
            scene.delete(rest[0])
        elif word == "rename":
            scene.rename(rest[0], rest[1])
        elif word == "connect":
            if "late connection" in current().faults:
                return
            if scene.is_locked(rest[1]):
                raise RuntimeError("(kFailure): the destination is locked")
            scene.connect(rest[0], rest[1])
            self._connected.append(rest[1])
        elif word == "disconnect":
            scene.disconnect(rest[1])
        else:
            scene.set_value(rest[0], rest[1])


class MArgList:
    """Arguments of a command."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items = list(items)

    def __len__(self) -> int:
        return len(self._items)

    def asString(self, index: int) -> str:
        if not isinstance(self._items[index], str):
            raise TypeError("no string")
        return self._items[index]


class MPxCommand:
    """Base of commands."""

    def __init__(self) -> None:
        self._result: Any = None

    def doIt(self, args: MArgList) -> None:
        raise NotImplementedError

    def redoIt(self) -> None:
        return None

    def undoIt(self) -> None:
        return None

    def isUndoable(self) -> bool:
        return False

    def setResult(self, value: Any) -> None:
        self._result = value


class MFnPlugin:
    """Registers what a plug-in brings."""

    def __init__(self, plugin: Any, vendor: str = "Unknown", version: str = "Unknown") -> None:
        self._plugin = plugin

    def registerCommand(self, name: str, creator: Any, syntax: Any = None) -> MFnPlugin:
        if name in current().plugin_commands:
            raise RuntimeError(f"(kFailure): '{name}' is registered already")
        current().plugin_commands[name] = creator
        return self

    def deregisterCommand(self, name: str) -> MFnPlugin:
        del current().plugin_commands[name]
        return self


for _kind in (
    MObject,
    MTime,
    MTimeArray,
    MDoubleArray,
    MPlug,
    MFnDependencyNode,
    MSelectionList,
    MDGModifier,
    MArgList,
    MFnPlugin,
    MFnMesh,
    MFnMatrixData,
    MMatrix,
    MDagPath,
):
    guard.guarded_class(_kind)
