"""A Maya ASCII scene in memory: its statements verbatim, and the nodes, attributes and connections they make."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from maya_a2f.core.frame_rate import rate_of_maya_unit
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.ma_statements import Statement, tokens, words

_INDEXED = re.compile(r"(.*)\[(\d+)(?::(\d+))?\]")
_OTHER_UNITS = {"sec": Fraction(1), "min": Fraction(1, 60), "hour": Fraction(1, 3600), "millisec": Fraction(1000)}
_LINEAR_UNITS = {
    "mm": 0.1, "millimeter": 0.1, "cm": 1.0, "centimeter": 1.0, "m": 100.0, "meter": 100.0, "in": 2.54,
    "inch": 2.54, "ft": 30.48, "foot": 30.48, "yd": 91.44, "yard": 91.44,
}  # fmt: skip
# Scenes are saved with short attribute names; some tools write long ones.
_SHORT_NAMES = {
    "vrts": "vt", "edge": "ed", "face": "fc", "pnts": "pt", "uvSet": "uvst", "uvSetName": "uvsn",
    "uvSetPoints": "uvsp", "weight": "w", "inputTarget": "it", "inputTargetGroup": "itg", "inputTargetItem": "iti",
    "inputPointsTarget": "ipt", "inputComponentsTarget": "ict", "inputGeomTarget": "igt",
    "attributeAliasList": "aal", "inbetweenInfoGroup": "ibig", "inbetweenInfo": "ibi", "inbetweenTargetName": "ibtn",
    "keyTimeValue": "ktv", "keyTanInType": "kit", "keyTanOutType": "kot", "keyTanInX": "kix", "keyTanInY": "kiy",
    "keyTanOutX": "kox", "keyTanOutY": "koy", "tangentType": "tan", "weightedTangents": "wgt", "preInfinity": "pre",
    "postInfinity": "pst", "translate": "t", "rotate": "r", "scale": "s", "jointOrient": "jo", "rotateOrder": "ro",
    "filename": "f", "offset": "o", "sourceStart": "ss", "sourceEnd": "se", "endFrame": "ef",
    "intermediateObject": "io", "before": "b", "scriptType": "st", "output": "o",
}  # fmt: skip


def short_attribute(name: str) -> str:
    """An attribute path with the short names of those read here: ``.weight[3]`` -> ``.w[3]``."""
    parts = []
    for part in name.split("."):
        word, bracket, rest = part.partition("[")
        parts.append(_SHORT_NAMES.get(word, word) + bracket + rest)
    return ".".join(parts)


@dataclass
class SetAttr:
    """One ``setAttr`` on a node."""

    name: str
    """With the leading dot, short where known: ``.ktv[0:2]``."""
    type: str
    """What stands after ``-type``; empty for plain numbers."""
    statement: Statement
    value_start: int
    """Where the value starts in the statement's source."""
    value_end: int

    @property
    def text(self) -> str:
        """The value as in the file."""
        return self.statement.source[self.value_start : self.value_end]

    @property
    def base(self) -> str:
        """The name without its last index: ``.ktv``."""
        match = _INDEXED.fullmatch(self.name)
        return match.group(1) if match else self.name

    @property
    def index_range(self) -> tuple[int, int] | None:
        """First and last index, or None where the name ends without one."""
        match = _INDEXED.fullmatch(self.name)
        if match is None:
            return None
        first = int(match.group(2))
        return first, int(match.group(3) or first)

    def numbers(self) -> list[float]:
        """The value's numbers; yes/on/true are 1, no/off/false 0. Raises :class:`HostError` ``scene.damaged``."""
        texts = self.text.split()
        try:
            return list(map(float, texts))
        except ValueError:
            pass
        try:
            return [_switch(text) for text in texts]
        except ValueError as error:
            raise self.damaged(str(error)) from error

    def number(self) -> float:
        """The only number."""
        values = self.numbers()
        if len(values) != 1 or not math.isfinite(values[0]):
            raise self.damaged(f"one finite number is needed, {self.text.strip()[:40]!r} is there")
        return values[0]

    def flag(self) -> bool:
        """A yes/no value."""
        return self.number() != 0.0

    def string(self) -> str:
        """A string value; parts joined with + in parentheses are put together."""
        return _decoded("".join(word for word, is_string in tokens(self.text) if is_string))

    def words(self) -> list[str]:
        """Words and strings of the value."""
        return words(self.text)

    def damaged(self, why: str) -> HostError:
        """The error for a value that makes no sense."""
        return HostError(
            f"Line {self.statement.line} of the scene ('{self.name}') cannot be read: {why}.",
            code="scene.damaged",
            hint="Save the scene again from Maya.",
        )


@dataclass
class SceneNode:
    """One node with everything set on it."""

    type: str
    """Node type; empty for a node that exists already (``select -ne``)."""
    name: str
    path: str
    """Full path with bars; the bare name for nodes outside of the hierarchy."""
    parent: str | None
    """Full path of the parent."""
    shared: bool
    statements: list[Statement] = field(default_factory=list)
    """All statements about it, ``createNode`` first."""
    attributes: list[SetAttr] = field(default_factory=list)
    """In order of the file."""
    uid: str = ""

    def find(self, name: str) -> SetAttr | None:
        """The last ``setAttr`` of exactly that name."""
        found = [attribute for attribute in self.attributes if attribute.name == name]
        return found[-1] if found else None

    def having_base(self, base: str) -> Iterator[SetAttr]:
        """Every ``setAttr`` with an index on ``base``."""
        return (item for item in self.attributes if item.base == base and item.index_range is not None)

    def number(self, name: str, default: float) -> float:
        """A number, or its default where it was never set."""
        found = self.find(name)
        return found.number() if found and found.text.strip() else default

    def string(self, name: str, default: str = "") -> str:
        """A string, or its default."""
        found = self.find(name)
        return found.string() if found else default

    def vector(self, name: str, default: tuple[float, float, float]) -> tuple[float, float, float]:
        """Three numbers set together (``.t``) or one by one (``.tx`` …)."""
        x, y, z = default
        for attribute in self.attributes:
            if attribute.name == name and attribute.text.strip():
                values = attribute.numbers()
                if len(values) != 3 or not all(map(math.isfinite, values)):
                    raise attribute.damaged("three finite numbers are needed")
                x, y, z = values
            elif attribute.name == f"{name}x" and attribute.text.strip():
                x = attribute.number()
            elif attribute.name == f"{name}y" and attribute.text.strip():
                y = attribute.number()
            elif attribute.name == f"{name}z" and attribute.text.strip():
                z = attribute.number()
        return x, y, z


@dataclass(frozen=True)
class Connection:
    """One ``connectAttr``."""

    source: str
    destination: str
    next_available: bool


@dataclass
class Scene:
    """A scene file. Unchanged statements are written back byte for byte."""

    name: str
    statements: list[Statement]
    nodes: list[SceneNode]
    connections: list[Connection]
    maya_version: str
    """As in ``requires maya``, such as ``2025ff03``; empty where the file does not say."""
    codeset: str
    time_unit: str
    linear_unit: str
    angle_unit: str
    file_info: dict[str, str]
    requires: list[tuple[str, str]]
    references: list[str]
    """Files that ``file -r`` and ``file -rdi`` name, each once."""
    has_end: bool
    """Whether the file closes with its end comment; without one it may have been cut between two statements."""
    by_name: dict[str, list[SceneNode]] = field(default_factory=dict)
    """Nodes by their bare names."""

    def to_bytes(self) -> bytes:
        """The file; identical to what was read where nothing was changed."""
        return "".join(statement.source for statement in self.statements).encode("latin-1")

    @property
    def rate(self) -> Fraction:
        """Frames per second of the scene's time unit. Raises ``scene.unit``."""
        rate = _OTHER_UNITS.get(self.time_unit) or rate_of_maya_unit(self.time_unit)
        if rate is None or rate <= 0:
            raise HostError(
                f"'{self.name}' counts time in '{self.time_unit}', which is not known.",
                code="scene.unit",
                hint="Save the scene with one of Maya's frame rates.",
            )
        return rate

    @property
    def centimetres_per_unit(self) -> float:
        """Size of the linear unit. Raises ``scene.unit``."""
        if self.linear_unit not in _LINEAR_UNITS:
            raise HostError(
                f"'{self.name}' measures in '{self.linear_unit}', which is not known.",
                code="scene.unit",
                hint="Save the scene in centimetres.",
            )
        return _LINEAR_UNITS[self.linear_unit]

    def add_node(self, node: SceneNode) -> None:
        """Take up a node that was read."""
        self.nodes.append(node)
        self.by_name.setdefault(node.name.removeprefix(":"), []).append(node)

    def find_nodes(self, name: str) -> list[SceneNode]:
        """Nodes a name, partial path or full path stands for, in order of the file."""
        found = self.by_name.get(name.rpartition("|")[2].removeprefix(":"), [])
        if name.startswith("|"):
            return [node for node in found if node.path == name]
        if "|" in name:
            return [node for node in found if node.path.endswith("|" + name)]
        return list(found)

    def of_type(self, *types: str) -> list[SceneNode]:
        """Nodes of any of these types."""
        return [node for node in self.nodes if node.type in types]

    def node(self, name: str) -> SceneNode:
        """The node of a name or path. Raises ``scene.no_node`` where there is none or more than one."""
        found = self.find_nodes(name)
        if len(found) != 1:
            many = "has no node" if not found else f"has {len(found)} nodes"
            raise HostError(f"'{self.name}' {many} '{name}'.", code="scene.no_node", hint="Give the node's full path.")
        return found[0]

    def destinations(self, plug: str) -> list[str]:
        """Plugs that a plug drives."""
        return [link.destination for link in self.connections if link.source == plug]

    def source(self, plug: str) -> str | None:
        """The plug that drives a plug."""
        found = [link.source for link in self.connections if link.destination == plug]
        return found[0] if found else None

    @property
    def playback(self) -> tuple[float, float] | None:
        """First and last frame of playback as the configuration script sets them; None where it does not."""
        for node in self.of_type("script"):
            script = node.string(".b")
            first = re.search(r"playbackOptions\b.*?-min (\S+)", script)
            last = re.search(r"playbackOptions\b.*?-max (\S+)", script)
            if node.name.endswith("sceneConfigurationScriptNode") and first and last:
                try:
                    return float(first.group(1)), float(last.group(1))
                except ValueError:
                    return None
        return None

    def replace_statements(self, node: SceneNode, attributes: Sequence[SetAttr], sources: Sequence[str]) -> None:
        """Take ``attributes`` of a node out of the file and put new statements after what is left of it.

        The sources are complete statements without line breaks around them. The node's own attribute list is not
        read again; read the bytes anew for that.
        """
        gone = {id(attribute.statement) for attribute in attributes}
        node.statements = [statement for statement in node.statements if id(statement) not in gone]
        node.attributes = [attribute for attribute in node.attributes if id(attribute.statement) not in gone]
        anchor = node.statements[-1]
        self.statements[:] = [statement for statement in self.statements if id(statement) not in gone]
        node.statements += self._insert(anchor, sources)

    def append_nodes(self, sources: Sequence[str]) -> None:
        """Put statements of new nodes after the last node that the file creates."""
        created = {id(statement) for node in self.nodes if node.type for statement in node.statements}
        anchors = [statement for statement in self.statements if id(statement) in created]
        self._insert(anchors[-1], sources)

    def append_connections(self, sources: Sequence[str]) -> None:
        """Put ``connectAttr`` statements after the last one, or at the end of a file that has none."""
        real = [statement for statement in self.statements if statement.command]
        connecting = [statement for statement in real if statement.command == "connectAttr"]
        self._insert((connecting or real)[-1], sources)

    @property
    def newline(self) -> str:
        """How the file ends its lines."""
        return "\r\n" if any("\r\n" in statement.source for statement in self.statements[:3]) else "\n"

    def _insert(self, anchor: Statement, sources: Sequence[str]) -> list[Statement]:
        """Put complete statements, after one of the file; they take its lines' ends and code page."""
        newline = self.newline
        added = [
            Statement(self.encoded(("\n" + source).replace("\n", newline)), anchor.line, source.split(None, 1)[0])
            for source in sources
        ]
        position = next(at for at, statement in enumerate(self.statements) if statement is anchor) + 1
        self.statements[position:position] = added
        return added

    def encoded(self, text: str) -> str:
        """Text in the file's code page, in the latin-1 clothing that statements wear.

        Raises :class:`HostError` ``scene.letters`` for letters that the code page does not have.
        """
        try:
            return text.encode(_codec(self.codeset)).decode("latin-1")
        except UnicodeEncodeError as error:
            letters = text[error.start : error.end]
            raise HostError(
                f"'{self.name}' is saved with the code page '{self.codeset or 'ASCII'}', which has no '{letters}'.",
                code="scene.letters",
                hint="Use a path without such letters for the recording, or save the scene in Maya with UTF-8.",
            ) from error


def node_of_plug(plug: str) -> str:
    """``|a|b.t[0].tx`` -> ``|a|b``."""
    bar = plug.rfind("|") + 1
    dot = plug.find(".", bar)
    return plug if dot < 0 else plug[:dot]


def _codec(codeset: str) -> str:
    """Python's name of a code page as ``//Codeset:`` gives it: ``UTF-8``, ``1252``, ``ISO-8859-1`` …; UTF-8 without."""
    if not codeset:
        return "utf-8"
    for name in (codeset, f"cp{codeset}"):
        try:
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
    return "ascii"


def _switch(text: str) -> float:
    if text in ("yes", "on", "true"):
        return 1.0
    if text in ("no", "off", "false"):
        return 0.0
    return float(text)


def _decoded(text: str) -> str:
    """Strings are kept as bytes in latin-1 clothing; show what they mean."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
