"""Statements of a Maya ASCII file, in the order Maya saves them: header, nodes, existing nodes, connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from maya_a2f.host.scene_file.ma_text import exact_number, quoted, wrapped

MAYA_VERSION = "2022"
"""Newer versions open older scenes; this is the oldest whose wiring the scenes use."""
CHARACTERS_PER_STRING = 1000
NUMBERS_PER_STATEMENT = 500
"""Maya cuts long multi attributes into statements of this many numbers (250 keys, 166 points, 500 faces)."""


def array_statements(
    attribute: str, values: Sequence[float], width: int, number: Callable[[float], str], kind: str = ""
) -> list[str]:
    """``setAttr`` of a multi attribute, ``width`` numbers per element, cut into statements as Maya cuts long ones."""
    return word_statements(attribute, list(map(number, values)), width, kind)


def word_statements(attribute: str, words: Sequence[str], width: int, kind: str = "") -> list[str]:
    """:func:`array_statements` of numbers that are text already."""
    count = len(words) // width
    typed = f' -type "{kind}" ' if kind else "  "
    statements, pieces = multi_pieces(attribute, count, NUMBERS_PER_STATEMENT // width)
    for target, first, last in pieces:
        statements.append(f"\tsetAttr {target}{typed}{wrapped(words[first * width : (last + 1) * width])};")
    return statements


def multi_pieces(
    attribute: str, count: int, largest: int, flags: str = ""
) -> tuple[list[str], list[tuple[str, int, int]]]:
    """How Maya cuts a multi attribute of ``count`` elements: statements that come first, and the pieces.

    A piece is what stands between ``setAttr`` and the value, with its first and last element. Up to ``largest``
    elements share one statement that also says how many there are; more are announced first and then follow piece by
    piece.
    """
    size = f"-s {count} " if count > 1 else ""
    if count <= largest:
        index = "0" if count == 1 else f"0:{count - 1}"
        return [], [(f'{size}{flags}"{attribute}[{index}]"', 0, count - 1)] if count else []
    pieces = []
    for first in range(0, count, largest):
        last = min(first + largest, count) - 1
        index = str(first) if first == last else f"{first}:{last}"
        pieces.append((f'"{attribute}[{index}]"', first, last))
    return [f'\tsetAttr {size}{flags}"{attribute}";'], pieces


class SceneText:
    """Gathers a scene's statements and gives its text."""

    def __init__(self, name: str, time_unit: str, file_info: Mapping[str, str]) -> None:
        self._header = [
            f"//Maya ASCII {MAYA_VERSION} scene",
            "//Name: " + name.replace("\n", " "),
            "//Codeset: UTF-8",
            f'requires maya "{MAYA_VERSION}";',
            f"currentUnit -l centimeter -a degree -t {time_unit};",
        ]
        self._header += [f"fileInfo {quoted(key)} {quoted(value)};" for key, value in file_info.items()]
        self._name = name
        self._nodes: list[str] = []
        self._existing: list[str] = []
        self._connections: list[str] = []

    def create_node(self, node_type: str, name: str, parent: str | None = None, *, shared: bool = False) -> None:
        """Start a node; the attributes set next are its own."""
        flags = ("-s " if shared else "") + f"-n {quoted(name)}" + (f" -p {quoted(parent)}" if parent else "")
        self._nodes.append(f"createNode {node_type} {flags};")

    def set_uid(self, uid: str) -> None:
        """The UUID of the node started last, by which it is known after it was renamed."""
        self._nodes.append(f'\trename -uid "{uid}";')

    def set_attr(self, attribute: str, value: str, *, flags: str = "") -> None:
        """``setAttr`` on the node started last; ``value`` is ready text, with its ``-type`` where it has one."""
        self._nodes.append(f'\tsetAttr {flags}"{attribute}" {value};')

    def set_string(self, attribute: str, value: str) -> None:
        """A string attribute; a long one is put together from parts, as Maya saves them."""
        parts = [value[at : at + CHARACTERS_PER_STRING] for at in range(0, len(value), CHARACTERS_PER_STRING)] or [""]
        literal = "\n\t\t+ ".join(map(quoted, parts))
        if len(parts) > 1:
            literal = f"(\n\t\t{literal})"
        self.set_attr(attribute, f'-type "string" {literal}')

    def set_vector(self, attribute: str, value: Iterable[float], kind: str = "double3") -> None:
        """Three numbers."""
        self.set_attr(attribute, f'-type "{kind}" {" ".join(map(exact_number, value))} ')

    def set_array(
        self,
        attribute: str,
        values: Sequence[float],
        width: int,
        number: Callable[[float], str],
        kind: str = "",
    ) -> None:
        """A multi attribute of ``width`` numbers per element."""
        self._nodes += array_statements(attribute, values, width, number, kind)

    def set_words(self, attribute: str, words: Sequence[str], width: int) -> None:
        """:meth:`set_array` of numbers that are text already."""
        self._nodes += word_statements(attribute, words, width)

    def add_statement(self, text: str) -> None:
        """Any other statement about the node started last."""
        self._nodes.append(f"\t{text}")

    def on_existing(self, node: str, statements: Sequence[str]) -> None:
        """``select -ne`` an existing node and set its attributes."""
        self._existing += [f"select -ne {node};", *(f"\t{statement}" for statement in statements)]

    def connect(self, source: str, destination: str, *, next_available: bool = False) -> None:
        """Connect two plugs."""
        self._connections.append(f'connectAttr "{source}" "{destination}"{" -na" if next_available else ""};')

    def relate(self, kind: str, *plugs: str) -> None:
        """A ``relationship``: light links."""
        self._connections.append(f'relationship "{kind}" ' + " ".join(f'"{plug}"' for plug in plugs) + ";")

    def include(self, other: SceneText) -> None:
        """All statements of another scene, after those that are there."""
        self._nodes += other._nodes
        self._existing += other._existing
        self._connections += other._connections

    @property
    def node_statements(self) -> tuple[str, ...]:
        """Nodes and their attributes so far, to go into another scene."""
        return tuple(self._nodes)

    @property
    def connection_statements(self) -> tuple[str, ...]:
        """Connections so far."""
        return tuple(self._connections)

    def to_bytes(self) -> bytes:
        """The whole file."""
        lines = [*self._header, *self._nodes, *self._existing, *self._connections, f"// End of {self._name}", ""]
        return "\n".join(lines).encode()
