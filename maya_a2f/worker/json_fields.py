"""Typed values out of a package's JSON files. Rules: specification, model-package.md section 2.

A missing key or a wrong type is a fault, unknown keys are ignored, any number serves where a number is wanted. Faults
are gathered, so that a check can name all of them; :meth:`JsonFields.finish` raises them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from maya_a2f.worker.package_faults import BadPackageError, PackageError, package_fault

_LARGEST_FILE_BYTES = 16 * 1024 * 1024
_LARGEST_NUMBER = 3.4e38  # what the reference can hold: float32
_MISSING = object()
_T = TypeVar("_T")


class JsonFields:
    """A JSON file whose keys are asked for by dotted path (``"params.num_verts_skin"``, ``"blendshapePaths.0.skin"``).

    A question with a bad answer records a fault and returns a harmless value of the right type; call :meth:`finish`
    before using any of them. The constructor raises :class:`BadPackageError` when the file holds no JSON object.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._faults: list[PackageError] = []
        self._root = _read_object(path)

    def finish(self) -> None:
        """Raise :class:`BadPackageError` if any answer was bad."""
        if self._faults:
            raise BadPackageError(self._faults)

    def fault(self, what: str, *, code: str) -> None:
        """Record that the file is wrong in a way only the caller can see."""
        self._faults.append(package_fault(self.path, what, code=code))

    def has(self, key: str) -> bool:
        """Whether the key is there with any value but null."""
        return self._find(key) not in (_MISSING, None)

    def is_object(self, key: str) -> bool:
        """Whether an object is there; anything else but nothing and null is a fault."""
        value = self._find(key)
        if value is _MISSING or value is None or isinstance(value, dict):
            return isinstance(value, dict)
        self._wrong(key, value, "an object", None)
        return False

    def peek(self, key: str) -> str:
        """A string, or an empty one where there is none; no fault is recorded."""
        value = self._find(key)
        return value if isinstance(value, str) else ""

    def text(self, key: str) -> str:
        """A string."""
        value = self._required(key)
        return value if isinstance(value, str) else self._wrong(key, value, "a text", "")

    def file_name(self, key: str) -> str:
        """A string that is not empty; an empty one means that a fault was recorded."""
        value = self._required(key)
        return value if isinstance(value, str) and value else self._wrong(key, value, "the name of a file", "")

    def number(self, key: str, *, default: float | None = None) -> float:
        """A finite number; with a ``default`` the key may be missing."""
        if default is not None and self._find(key) is _MISSING:
            return default
        value = self._required(key)
        number = _finite(value)
        return self._wrong(key, value, "a number", 0.0) if number is None else number

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._required(key)
        return value if isinstance(value, bool) else self._wrong(key, value, "true or false", False)

    def integer(self, key: str, *, minimum: int, maximum: int) -> int:
        """A whole number within the inclusive bounds."""
        value = self._required(key)
        number = _finite(value)
        if number is None or number != int(number):
            return self._wrong(key, value, "a whole number", minimum)
        if not minimum <= number <= maximum:
            return self._wrong(key, value, f"from {minimum} to {maximum}", minimum)
        return int(number)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        value = self._required(key)
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            return tuple(value)
        return self._wrong(key, value, "a list of texts", ())

    def length(self, key: str) -> int:
        """How many entries a list has."""
        value = self._required(key)
        return len(value) if isinstance(value, list) else self._wrong(key, value, "a list", 0)

    def numbers(self, key: str, *, count: int | None = None) -> tuple[float, ...]:
        """A list of finite numbers, ``count`` of them if given."""
        value = self._required(key)
        numbers = [_finite(entry) for entry in value] if isinstance(value, list) else [None]
        if any(number is None for number in numbers):
            return self._wrong(key, value, "a list of numbers", (0.0,) * (count or 0))
        if count is not None and len(numbers) != count:
            self.fault(f"'{key}' has {len(numbers)} entries, but {count} are needed", code="list_length")
            return (0.0,) * count
        return tuple(number for number in numbers if number is not None)

    def integers(self, key: str, *, count: int) -> tuple[int, ...]:
        """A list of ``count`` whole numbers."""
        numbers = self.numbers(key, count=count)
        if any(number != int(number) for number in numbers):
            self.fault(f"'{key}' holds numbers that are not whole", code="wrong_type")
        return tuple(int(number) for number in numbers)

    def _required(self, key: str) -> Any:
        value = self._find(key)
        if value is _MISSING:
            self.fault(f"the key '{key}' is missing", code="key_missing")
        return value

    def _wrong(self, key: str, value: Any, wanted: str, harmless: _T) -> _T:
        if value is not _MISSING:  # a missing key has its fault already
            self.fault(f"'{key}' is {_shortened(value)}, but must be {wanted}", code="wrong_type")
        return harmless

    def _find(self, key: str) -> Any:
        value: Any = self._root
        for part in key.split("."):
            if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            elif isinstance(value, dict) and part in value:
                value = value[part]
            else:
                return _MISSING
        return value


def _read_object(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise BadPackageError(
                [package_fault(path, "it is far too large for a description", code="json_unreadable")]
            )
        root = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        why = f"it cannot be read ({error.strerror or error})"
        raise BadPackageError([package_fault(path, why, code="file_unreadable")]) from error
    # ValueError covers bad JSON, bad UTF-8 and numbers with thousands of digits.
    except (ValueError, RecursionError, MemoryError) as error:
        why = f"it is not valid JSON ({str(error)[:120] or type(error).__name__})"
        raise BadPackageError([package_fault(path, why, code="json_unreadable")]) from error
    if not isinstance(root, dict):
        raise BadPackageError([package_fault(path, "it does not hold a JSON object", code="json_unreadable")])
    return root


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) <= _LARGEST_NUMBER else None  # NaN and infinity fail too


def _shortened(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 40 else text[:37] + "..."
