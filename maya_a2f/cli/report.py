"""``a2f report``: is this animation good, and where should one look?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maya_a2f.api import open_worker
from maya_a2f.cli.console import Console, say
from maya_a2f.cli.options import add_common, finite_frame
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.frame_rate import parse_frame_rate
from maya_a2f.core.transcript import read_transcript
from maya_a2f.errors import HostError, UserError
from maya_a2f.outputs import HEAD_FOLDER

_FORMATS = (".png", ".json", ".txt")

_EPILOG = """\
examples:
  a2f report line_042.a2ftake                                    verdicts from the sound the take was made from
  a2f report line_042.a2ftake --phones line_042.TextGrid -o line_042.png
  a2f report line_042.a2ftake --transcript "Good morning!" -o line_042.json -o line_042.txt
  a2f report old.csv new.csv --audio line_042.wav -o compare.png   two versions under each other
"""


def add_parser(commands: Any) -> None:
    """Add ``report`` to the command line."""
    parser = commands.add_parser(
        "report",
        help="judge an animation: closures, timing, stillness, smoothness; and where to look",
        description="Judge an animation of speech and say where to look. Any program's ARKit curves can be judged.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("takes", metavar="TAKE", nargs="+", type=Path, help=".a2ftake, or a CSV with ARKit names")
    parser.add_argument(
        "--audio", metavar="CLIP", type=Path, help="the recording (default: the one the take was made from)"
    )
    parser.add_argument(
        "--transcript", metavar="TEXT|FILE", help="what is said; gives the measures on closures and rounding"
    )
    parser.add_argument("--language", metavar="CODE", default="en", help="of the transcript (default: %(default)s)")
    parser.add_argument("--phones", metavar="TEXTGRID", type=Path, help="a Praat TextGrid with a tier of phones")
    parser.add_argument(
        "-o", "--output", metavar="OUT", action="append", default=[], type=Path,
        help="what to write: .png (one picture), .json, .txt. May be given several times.",
    )  # fmt: skip
    parser.add_argument("--fps", metavar="RATE", help="frames per second of a CSV without times in seconds")
    parser.add_argument(
        "--start-frame", metavar="N", type=finite_frame, default=1.0,
        help="timeline frame on which the clip starts (default: 1)",
    )  # fmt: skip
    parser.add_argument(
        "--mouthclose-contains-jaw", action="store_true",
        help="the curves are of NVIDIA's sample service, whose mouthClose contains jawOpen",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace files that are already there")
    add_common(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    """Run the command; returns 0 whatever the verdict: a report is no error."""
    check_outputs(options.output, _inputs(options), options.overwrite)
    pictures = [path for path in options.output if path.suffix.lower() == ".png"]
    with open_worker() as worker:
        reply = worker.request("report", _fields(options, pictures), on_progress=console.progress)
    console.close()
    contents = {".json": reply.text("json"), ".txt": reply.text("text")}
    for path in options.output:
        if path not in pictures:
            write_atomically(path, contents[path.suffix.lower()].encode())
    if not options.quiet:
        say(reply.text("text").rstrip("\n"))
        for path in options.output:
            say(f"  {path}")
    return 0


def _fields(options: argparse.Namespace, pictures: Sequence[Path]) -> dict[str, Any]:
    rate = parse_frame_rate(options.fps) if options.fps else None
    transcript = read_transcript(options.transcript, options.language) if options.transcript is not None else None
    return {
        "takes": [_absolute(take) for take in options.takes],
        "audio": _absolute(options.audio),
        "phones": _absolute(options.phones),
        "transcript": transcript.text if transcript else "",
        "language": transcript.language if transcript else "",
        "start_frame": options.start_frame,
        "rate": [rate.numerator, rate.denominator] if rate else [],
        "mouth_close_contains_jaw": options.mouthclose_contains_jaw,
        "head_folder": str(HEAD_FOLDER),
        "picture": _absolute(pictures[0]) if pictures else "",
    }


def _inputs(options: argparse.Namespace) -> list[Path]:
    return [path for path in (*options.takes, options.audio, options.phones) if path is not None]


def _absolute(path: Path | None) -> str:
    return str(path.absolute()) if path is not None else ""


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], overwrite: bool) -> None:
    """Refuse what could not be written, before any work. Raises :class:`UserError` ``output.*``, :class:`HostError`."""
    for path in outputs:
        if path.suffix.lower() not in _FORMATS:
            raise UserError(
                f"'{path}' has no ending that names a format of a report.",
                code="output.format",
                hint=f"Use one of {', '.join(_FORMATS)}.",
            )
        if path.resolve() in [given.resolve() for given in inputs]:
            raise UserError(f"'{path}' is read by the report.", code="output.is_clip", hint="Choose another name.")
        if path.is_dir():
            raise UserError(f"'{path}' is a folder.", code="output.folder", hint="Give a file name.")
        if path.exists() and not overwrite:
            raise UserError(
                f"'{path}' is already there.", code="output.exists", hint="Choose another name, or add --overwrite."
            )
        folder = path.absolute().parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise HostError(
                f"'{path}' cannot be written: the folder '{folder}' does not exist or is read-only.",
                code="file.unwritable",
                hint="Create the folder or choose another.",
            )
    if sum(path.suffix.lower() == ".png" for path in outputs) > 1 or len({p.resolve() for p in outputs}) < len(outputs):
        raise UserError("One picture and each file once, please.", code="output.twice", hint="Remove one of them.")
