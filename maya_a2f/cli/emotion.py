"""``a2f emotion``: what is heard in a voice, as words, or as a file of keys beside the recording to be edited."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from maya_a2f import run
from maya_a2f.api import open_worker
from maya_a2f.cli.console import Console, say
from maya_a2f.cli.emotion_options import strength
from maya_a2f.cli.options import add_common, parse_assignments
from maya_a2f.core.clip import Clip
from maya_a2f.core.emotion_courses import keys_of_courses
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.emotion_sidecar import EmotionSidecar, clip_digest, write_sidecar
from maya_a2f.errors import UserError
from maya_a2f.link.messages import Message
from maya_a2f.settings import DEFAULT_MODEL, SolveSettings

_WIDTH = 48
_MARKS = " .:-=+*#%@"


def add_parser(commands: Any) -> None:
    """Add ``emotion`` to the command line."""
    parser = commands.add_parser(
        "emotion",
        help="what is heard in a voice, and keys made of it",
        description="Say what emotion is heard in a voice, how sure that is, and write it as keys to be edited.",
    )
    parser.add_argument("clip", metavar="CLIP", help="the recording")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write keys; CLIP.emotion.json beside it is then used"
    )
    parser.add_argument("--share", metavar="STRENGTH", type=strength, default=1.0, help="gain on the keys (default: 1)")
    parser.add_argument("--model", metavar="NAME|DIR", default=DEFAULT_MODEL, help="the face's model package")
    parser.add_argument("--emotion-model", metavar="NAME|DIR", default="", help="who hears: see 'a2f animate --help'")
    parser.add_argument(
        "--emotion-setting",
        metavar="NAME=X,…",
        action="append",
        default=[],
        help="how it is heard: see docs/emotion.md",
    )
    parser.add_argument("--emotion-baseline", metavar="FILE", help="a neutral recording of the same speaker")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    add_common(parser)
    parser.set_defaults(run=run_emotion)


def run_emotion(options: argparse.Namespace, console: Console) -> int:
    """Run the command; returns the exit code."""
    if options.output is not None and options.output.exists() and not options.overwrite:
        raise UserError(
            f"'{options.output}' is already there.", code="output.exists", hint="Choose another name, or --overwrite."
        )
    baseline = "" if options.emotion_baseline is None else str(Path(options.emotion_baseline).absolute())
    settings = parse_assignments(options.emotion_setting, "emotion setting")
    auto = EmotionAuto(1.0, options.emotion_model, settings, baseline)
    fields = run.solve_fields(Clip(options.clip), SolveSettings(model=options.model, emotion_auto=auto))
    with open_worker() as worker:
        reply = worker.request("emotion", fields, {}, on_progress=console.progress)
    console.close()
    courses, rate = _courses(reply)
    if not options.quiet:
        say("\n".join(described(reply, courses, rate)))
    if options.output is not None:
        keys = keys_of_courses(courses, rate, options.share)
        path = Path(options.clip)
        write_sidecar(EmotionSidecar(path.name, clip_digest(path), keys=keys), options.output)
        count = sum(len(key.strengths) for key in keys)
        if not options.quiet:
            say(f"  {options.output}  ({count} key{'s' if count != 1 else ''})")
    return 0


def described(reply: Message, courses: dict[str, list[float]], rate: float) -> list[str]:
    """Who listened, how sure, and a row of marks for every emotion that is more than a trace."""
    heard = reply.table("heard")
    certainty = heard.get("certainty")
    lines = [f"Heard by {heard.get('description', '?')}."]
    if isinstance(certainty, dict):
        lines.append(f"Certainty {certainty['mean']:.2f} on average.")
    seconds = max(map(len, courses.values()), default=0) / rate
    rows = [
        f"  {name:<12} {max(samples):.2f}  |{marks(samples)}|"
        for name, samples in sorted(courses.items(), key=lambda item: -max(item[1], default=0.0))
        if max(samples, default=0.0) >= 0.02
    ]
    return (
        [*lines, *rows, f"  over {seconds:.1f} s"] if rows else [*lines, "Nothing stands out: the face stays neutral."]
    )


def marks(samples: list[float]) -> str:
    """The course in a few letters, the darker the stronger."""
    count = len(samples)
    width = min(_WIDTH, count)
    peaks = [max(samples[at * count // width : (at + 1) * count // width]) for at in range(width)]
    return "".join(_MARKS[min(len(_MARKS) - 1, int(value * len(_MARKS)))] for value in peaks)


def _courses(reply: Message) -> tuple[dict[str, list[float]], float]:
    numerator, denominator = reply.items("rate")
    blob = reply.blob("strengths", "f4", 2)
    values, width = blob.to_array(), blob.shape[1]
    courses = {name: list(values[at::width]) for at, name in enumerate(reply.texts("names"))}
    return courses, float(numerator) / float(denominator)
