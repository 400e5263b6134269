"""What is to be felt in a recording, kept beside it: ``line_042.emotion.json`` for ``line_042.wav``. Version 1::

    {
     "schema": "a2f.emotion/1",
     "clip": {"name": "line_042.wav", "sha256": "9f86…"},
     "emotion": {"sadness": 0.2},
     "keys": [{"seconds": 0.5, "strengths": {"joy": 0.8}}],
     "auto": {"strength": 0.5}
    }

Times are seconds from the start of the *recording*, so that they hold for every stretch of it. ``clip`` says which
recording is meant: by the digest of its bytes where there is one (it may then have another name), else by its name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.emotion_keys import EmotionKey, key_fields, keys_from_data
from maya_a2f.core.emotion_settings import EmotionAuto, auto_from_data
from maya_a2f.errors import UserError

SCHEMA = "a2f.emotion/1"
SUFFIX = ".emotion.json"
NO_FILE = "none"
"""Instead of a file's name: use none, also where one lies beside the recording."""
_KEYS = {"schema", "clip", "emotion", "keys", "auto"}
_LARGEST_BYTES = 16 * 2**20
_HEX_DIGITS = 64


@dataclass(frozen=True)
class EmotionSidecar:
    """The content of the file."""

    clip_name: str
    """File name of the recording; empty where only the digest is given."""
    clip_sha256: str = ""
    """Of the recording's bytes, in hex; empty where only the name is given."""
    emotion: Mapping[str, float] = field(default_factory=dict)
    """Emotion -> 0…1 where no key says otherwise."""
    keys: tuple[EmotionKey, ...] = ()
    """In seconds of the file."""
    auto: EmotionAuto | None = None
    """How much comes from the voice; None leaves that to whoever animates."""

    def keys_from(self, in_seconds: float) -> tuple[EmotionKey, ...]:
        """The keys for a clip that starts there."""
        return tuple(replace(key, seconds=key.seconds - in_seconds) for key in self.keys)


def sidecar_of(clip: str | Path, given: str | Path | None = None) -> tuple[Path, EmotionSidecar] | None:
    """(path, content) of the file for a recording: the one that is given, else the one beside it, else None.

    Raises :class:`UserError` ``emotion.sidecar_unreadable``, ``emotion.sidecar_bad``, ``emotion.sidecar_newer``, and
    ``emotion.sidecar_other`` for a file that belongs to another recording.
    """
    if given is not None and str(given) == NO_FILE:
        return None
    path = sidecar_beside(Path(clip)) if given is None else Path(given)
    if path is None:
        return None
    sidecar = read_sidecar(path)
    check_clip(sidecar, path, Path(clip))
    return path, sidecar


def sidecar_beside(clip: Path) -> Path | None:
    """``line.emotion.json`` or ``line.wav.emotion.json`` beside ``line.wav``, the first that is there."""
    names = (f"{clip.stem}{SUFFIX}", f"{clip.name}{SUFFIX}")
    try:
        return next((path for name in names if (path := clip.with_name(name)).is_file()), None)
    except (OSError, ValueError):  # a clip's name that no file can have: the solve says so
        return None


def read_sidecar(path: Path) -> EmotionSidecar:
    """Read and check a file. Raises as :func:`sidecar_of`, and :class:`UserError` ``emotion.*`` for what is in it."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _bad(path, "it is far too large")
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(
            f"The emotion file '{path}' cannot be read: {error.strerror or error}.",
            code="emotion.sidecar_unreadable",
            hint="Check the path; it is a JSON text file.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _bad(path, f"it is not valid JSON ({str(error)[:120]})") from error
    return sidecar_from_data(data, path)


def sidecar_from_data(data: Any, path: Path) -> EmotionSidecar:
    """Validate JSON data; ``path`` is only for messages."""
    if not isinstance(data, dict):
        raise _bad(path, "it is not an object in braces")
    schema = data.get("schema")
    if isinstance(schema, str) and schema.startswith("a2f.emotion/") and schema != SCHEMA:
        raise UserError(
            f"The emotion file '{path}' was written by a newer version ({schema}).",
            code="emotion.sidecar_newer",
            hint="Update maya_a2f, or write the file again with this version.",
        )
    if schema != SCHEMA:
        raise _bad(path, f'"schema" is {schema!r}, expected "{SCHEMA}"')
    if unknown := sorted(set(data) - _KEYS):
        raise _bad(path, f'it has "{unknown[0]}", which is not one of {", ".join(sorted(_KEYS))}')
    clip = data.get("clip", {})
    name, digest = (clip.get("name", ""), clip.get("sha256", "")) if isinstance(clip, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(digest, str) or not (name or digest):
        raise _bad(path, '"clip" must hold the "name" of the recording, or its "sha256"')
    if digest and (len(digest) != _HEX_DIGITS or not set(digest.lower()) <= set("0123456789abcdef")):
        raise _bad(path, '"clip" / "sha256" is no SHA-256 in hex')
    emotion = data.get("emotion", {})
    if not isinstance(emotion, dict):
        raise _bad(path, '"emotion" must be an object in braces')
    (constant,) = keys_from_data([{"seconds": 0.0, "strengths": emotion}])
    return EmotionSidecar(
        clip_name=name,
        clip_sha256=digest.lower(),
        emotion=dict(constant.strengths),
        keys=keys_from_data(data.get("keys", [])),
        auto=None if data.get("auto") is None else _auto(data["auto"], path),
    )


def _auto(data: Any, path: Path) -> EmotionAuto:
    """A baseline's relative path starts at the file's folder."""
    auto = auto_from_data(data)
    return replace(auto, baseline=str(path.absolute().parent / auto.baseline)) if auto.baseline else auto


def check_clip(sidecar: EmotionSidecar, path: Path, clip: Path) -> None:
    """Raises :class:`UserError` ``emotion.sidecar_other`` where the file is not about ``clip``."""
    if sidecar.clip_sha256:
        try:
            is_other = clip_digest(clip) != sidecar.clip_sha256
        except OSError:
            return  # the recording itself cannot be read: whoever reads it says so
        why = "the content of the recording is not the one it was made for"
    else:
        is_other = sidecar.clip_name.casefold() != clip.name.casefold()
        why = f"it is about '{sidecar.clip_name}'"
    if is_other:
        raise UserError(
            f"The emotion file '{path}' does not belong to '{clip.name}': {why}.",
            code="emotion.sidecar_other",
            hint="Give the file of this recording, correct its \"clip\", or leave it out ('--emotion-file none').",
        )


def clip_digest(clip: Path) -> str:
    """SHA-256 of a recording's bytes, in hex. Raises OSError."""
    with clip.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sidecar_text(sidecar: EmotionSidecar) -> str:
    """The file's content."""
    clip = {"name": sidecar.clip_name, "sha256": sidecar.clip_sha256}
    data: dict[str, Any] = {"schema": SCHEMA, "clip": {name: text for name, text in clip.items() if text}}
    data["emotion"] = dict(sidecar.emotion)
    data["keys"] = key_fields(sidecar.keys)
    if sidecar.auto is not None:
        data["auto"] = sidecar.auto.to_fields()
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def write_sidecar(sidecar: EmotionSidecar, path: Path) -> None:
    """Write the file whole or not at all. Raises :class:`HostError` ``file.*``."""
    write_atomically(path, sidecar_text(sidecar).encode())


def _bad(path: Path, why: str) -> UserError:
    return UserError(
        f"The emotion file '{path}' cannot be used: {why}.",
        code="emotion.sidecar_bad",
        hint="Correct that place in the file (docs/emotion.md shows one).",
    )
