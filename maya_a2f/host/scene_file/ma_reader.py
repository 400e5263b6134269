"""Reading Maya ASCII scenes: everything is kept verbatim, and the subset the project works with is understood."""

from __future__ import annotations

import re
from pathlib import Path

from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.ma_scene import Connection, Scene, SceneNode, SetAttr, short_attribute
from maya_a2f.host.scene_file.ma_statements import Statement, flag_values, split_statements, words

LARGEST_SCENE_BYTES = 2**31
_SET_ATTR = re.compile(
    r'setAttr\b(?P<flags>[^"]*?)(?:-type\s+"(?P<early>[^"]*)"\s*(?P<more>[^"]*))?'
    r'"(?P<name>(?:[^"\\]|\\.)*)"\s*(?:-type\s+"(?P<late>[^"]*)")?',
    re.DOTALL,
)
_BINARY_STARTS = (b"FOR4", b"FOR8", b"FORM")


def read_scene(path: Path) -> Scene:
    """Read a scene.

    Raises :class:`HostError` ``scene.missing``, ``scene.binary`` (a ``.mb`` or no text), ``scene.not_maya``,
    ``scene.truncated`` or ``scene.too_large``.
    """
    try:
        if path.stat().st_size > LARGEST_SCENE_BYTES:
            raise HostError(
                f"'{path}' is larger than {LARGEST_SCENE_BYTES} bytes.",
                code="scene.too_large",
                hint="Export the character on its own and use that scene.",
            )
        content = path.read_bytes()
    except OSError as error:
        raise HostError(
            f"The scene '{path}' cannot be read: {error.strerror or error}.",
            code="scene.missing",
            hint="Check the path.",
        ) from error
    return scene_from_bytes(content, str(path))


def scene_from_bytes(content: bytes, name: str = "scene") -> Scene:
    """The scene in ``content``; ``name`` is what errors call it. Raises as :func:`read_scene`."""
    if content[:4] in _BINARY_STARTS:
        raise HostError(
            f"'{name}' is a Maya binary scene.",
            code="scene.binary",
            hint="Save it as Maya ASCII (.ma) first.",
        )
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\x00" in content or not start.startswith(b"//Maya ASCII"):
        raise HostError(
            f"'{name}' is no Maya ASCII scene.",
            code="scene.not_maya",
            hint="Choose a .ma file saved by Maya.",
        )
    text = content.decode("latin-1")
    return _Reader(split_statements(text, name), text, name).scene


class _Reader:
    """Builds the scene statement by statement."""

    def __init__(self, statements: list[Statement], text: str, name: str) -> None:
        codeset = re.search(r"^//Codeset: *(\S+)", text[:4096], re.MULTILINE)
        end = re.search(r"^// End of ", statements[-1].source, re.MULTILINE)
        self.scene = Scene(
            name=name, statements=statements, nodes=[], connections=[], maya_version="",
            codeset=codeset.group(1) if codeset else "", time_unit="film", linear_unit="centimeter",
            angle_unit="degree", file_info={}, requires=[], references=[], has_end=end is not None,
        )  # fmt: skip
        self._current: SceneNode | None = None
        self._existing: dict[str, SceneNode] = {}
        handlers = {
            "createNode": self._create_node,
            "select": self._select,
            "setAttr": self._set_attr,
            "addAttr": self._keep_with_node,
            "rename": self._rename,
            "lockNode": self._keep_with_node,
            "connectAttr": self._connect,
            "currentUnit": self._units,
            "requires": self._requires,
            "fileInfo": self._file_info,
            "file": self._file,
        }
        for statement in statements:
            handler = handlers.get(statement.command)
            if handler is not None:
                handler(statement)

    def _create_node(self, statement: Statement) -> None:
        arguments = words(statement.body)[1:]
        node_type = arguments[0] if arguments else ""
        name = next(iter(flag_values(arguments, "-n", "-name")), node_type)
        parents = flag_values(arguments, "-p", "-parent")
        parent = self._path_of(parents[0]) if parents else None
        in_hierarchy = parent is not None or self._is_dag(node_type)
        path = f"{parent or ''}|{name}" if in_hierarchy else name
        shared = any(word in ("-s", "-shared") for word in arguments)
        self._current = SceneNode(node_type, name, path, parent, shared, [statement])
        self.scene.add_node(self._current)

    def _path_of(self, name: str) -> str:
        """Full path of a parent; the last node made under that name, as it stands where none is known."""
        found = self.scene.find_nodes(name)
        return found[-1].path if found else ("|" + name.removeprefix("|"))

    @staticmethod
    def _is_dag(node_type: str) -> bool:
        return node_type in ("transform", "joint", "camera", "mesh", "locator")

    def _select(self, statement: Statement) -> None:
        arguments = words(statement.body)[1:]
        name = arguments[-1] if arguments else ""
        if "-ne" not in arguments or not name:
            self._current = None
            return
        if name not in self._existing:
            self._existing[name] = SceneNode("", name, name, None, True)
            self.scene.add_node(self._existing[name])
        self._current = self._existing[name]
        self._current.statements.append(statement)

    def _set_attr(self, statement: Statement) -> None:
        if self._current is None:
            return
        source = statement.source
        match = _SET_ATTR.search(source)
        if match is None:
            return
        value_end = len(source.rstrip()) - 1
        kind = match.group("late") or match.group("early") or ""
        name = match.group("name")
        self._current.statements.append(statement)
        if name.startswith("."):
            self._current.attributes.append(SetAttr(short_attribute(name), kind, statement, match.end(), value_end))

    def _keep_with_node(self, statement: Statement) -> None:
        if self._current is not None:
            self._current.statements.append(statement)

    def _rename(self, statement: Statement) -> None:
        self._keep_with_node(statement)
        uid = flag_values(words(statement.body), "-uid", "-uuid")
        if self._current is not None and uid:
            self._current.uid = uid[0]

    def _connect(self, statement: Statement) -> None:
        arguments = words(statement.body)[1:]
        plugs = [word for word in arguments if "." in word and not word.startswith("-")]
        if len(plugs) >= 2:
            self.scene.connections.append(
                Connection(plugs[0], plugs[1], any(word in ("-na", "-nextAvailable") for word in arguments))
            )

    def _units(self, statement: Statement) -> None:
        arguments = words(statement.body)
        scene = self.scene
        scene.linear_unit = next(iter(flag_values(arguments, "-l", "-linear")), scene.linear_unit)
        scene.angle_unit = next(iter(flag_values(arguments, "-a", "-angle")), scene.angle_unit)
        scene.time_unit = next(iter(flag_values(arguments, "-t", "-time")), scene.time_unit)

    def _requires(self, statement: Statement) -> None:
        arguments = words(statement.body)[1:]
        if len(arguments) < 2:
            return
        product, version = arguments[-2], arguments[-1]
        self.scene.requires.append((product, version))
        if product == "maya":
            self.scene.maya_version = version

    def _file_info(self, statement: Statement) -> None:
        arguments = words(statement.body)[1:]
        if len(arguments) >= 2:
            self.scene.file_info[arguments[-2]] = arguments[-1].encode("latin-1").decode("utf-8", "replace")

    def _file(self, statement: Statement) -> None:
        arguments = words(statement.body)[1:]
        if arguments and arguments[-1] not in self.scene.references:
            self.scene.references.append(arguments[-1])
