"""``a2f animate``: a recording becomes a keyed scene, a movie, curves or a take."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya_a2f.api import drive, open_worker
from maya_a2f.cli.console import Console, say
from maya_a2f.cli.emotion_options import add_emotion_options, emotion_choice
from maya_a2f.cli.layer_options import add_layer_options, kept_of, layers_of, unseen_gazes
from maya_a2f.cli.options import add_common, finite_frame, finite_seconds, parse_assignments, parse_keys
from maya_a2f.cli.rerun_options import add_rerun_options, scope_of
from maya_a2f.core.clip import Clip
from maya_a2f.core.frame_rate import describe_rate, parse_frame_rate
from maya_a2f.core.markers_reading import read_markers
from maya_a2f.core.style_settings import checked_style
from maya_a2f.core.take import Take
from maya_a2f.core.transcript import Transcript, read_transcript
from maya_a2f.errors import UserError
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.line_runs import animate_split
from maya_a2f.looks import found_look
from maya_a2f.run import AnimateJob, AnimateResult, animate
from maya_a2f.settings import DEFAULT_MODEL, SolveSettings

_EPILOG = """\
examples:
  a2f animate line_042.wav -o line_042.ma                       a Maya scene: head, keys, sound, range
  a2f animate line_042.wav -o line_042.ma -o line_042.mp4       and a movie to look at
  a2f animate take.m4a -o take.csv --fps 24 --emotion joy=0.6   curves for another program
  a2f animate line_042.wav -o line_042.ma --rig bob.ma          a keyed copy of a character's own scene
  a2f animate line_042.wav -o line_042.ma --transcript "My baby bought a map."      exact lip closures
  a2f animate line_042.wav -o line_042.ma --rerun --emotion joy=0.6    again, around what was edited in the scene
  a2f animate session.wav -o session.ma --markers lines.csv     many lines, each with its own settings
"""


def add_parser(commands: Any) -> None:
    """Add ``animate`` to the command line."""
    parser = commands.add_parser(
        "animate",
        help="turn a recording into a keyed face",
        description="Turn a recording of speech into a keyed face.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_files(parser)
    add_options(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add everything that says how a recording is animated; a batch has the same as columns."""
    _add_timing(parser.add_argument_group("timing"))
    _add_direction(parser.add_argument_group("performance"))
    add_layer_options(parser.add_argument_group("eyes and head"))
    _add_lines(parser.add_argument_group("lines of a long recording"))
    _add_keys(parser.add_argument_group("keys"))


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", help="the recording: wav, flac, ogg, mp3, aiff, m4a …")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        action="append",
        required=True,
        type=Path,
        help="what to write; the ending decides: .ma (keyed Maya scene), .mp4 (movie with sound), .usda/.usdc/.glb "
        "(animated meshes), .csv, .json, .a2ftake. May be given several times.",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are already there")


def _add_timing(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--fps",
        metavar="RATE",
        default=None,
        help="frames per second: 24, 25, 30, 29.97, 24000/1001 … (default: the scene's with --rig NAME.ma, else 30)",
    )
    group.add_argument(
        "--start-frame",
        metavar="N",
        type=finite_frame,
        default=1.0,
        help="timeline frame on which the clip starts (default: 1)",
    )
    group.add_argument(
        "--in",
        dest="in_seconds",
        metavar="SECONDS",
        type=finite_seconds,
        default=0.0,
        help="start of the stretch to use (default: the beginning)",
    )
    group.add_argument(
        "--out",
        dest="out_seconds",
        metavar="SECONDS",
        type=finite_seconds,
        default=None,
        help="end of the stretch to use (default: the end)",
    )
    group.add_argument(
        "--tail",
        metavar="SECONDS",
        type=finite_seconds,
        default=SolveSettings.tail_seconds,
        help="time after the clip in which the face comes to rest; 0 is off (default: %(default)s)",
    )


def _add_direction(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--model",
        metavar="NAME|DIR",
        default=DEFAULT_MODEL,
        help="the model package: a name from 'a2f models list', or a folder (default: %(default)s)",
    )
    group.add_argument(
        "--identity",
        metavar="NAME",
        default="",
        help="whose face, for a model that has several ('a2f models info NAME' lists them; default: its first)",
    )
    group.add_argument(
        "--engine",
        metavar="NAME",
        default="",
        help="what the network runs in: tensorrt, tensorrt-rtx, onnxruntime-cuda or onnxruntime-cpu (default: the best "
        "one here, see 'a2f doctor')",
    )
    group.add_argument(
        "--precision",
        choices=("fp32", "tf32", "fp16", "bf16"),
        default="",
        help="the lowest precision the network may run in where the engine knows it (default: fp32)",
    )
    add_emotion_options(group)
    group.add_argument(
        "--param",
        metavar="NAME=X",
        action="append",
        default=[],
        help="face parameters, for example lowerFaceStrength=1.2 ('a2f models info NAME' lists them)",
    )
    group.add_argument(
        "--look",
        metavar="NAME|FILE",
        default=None,
        help="a look to start from: Subtle, Neutral, Broadcast, Cartoon, Whisper, Shout, Mumble, Over-articulated, one "
        "of your own, or a .look.json file; the other options go over it",
    )
    group.add_argument(
        "--style",
        metavar="NAME=X",
        action="append",
        default=[],
        help="exaggeration (0 to 2), jawStyle and lipStyle (-1 mumbles, 1 over-articulates), lipLead, jawLead, "
        "tongueLead and browLead (ms ahead of the sound), and for channels and regions NAME.gain, .offset, .lowest, "
        ".highest and .mute; for example jawStyle=-0.4,lipLead=30,browInnerUp.gain=1.5. Lips that close still close",
    )
    group.add_argument(
        "--transcript",
        metavar="TEXT|FILE",
        default=None,
        help="what is said in the clip: the words in quotes, or a text file. Lips then close where it has p, b and "
        "m; a transcript of something else is noticed and not used",
    )
    group.add_argument(
        "--language",
        metavar="CODE",
        default=None,
        help="language of the transcript: en, de, fr, es, pt-br … (default: en)",
    )


def _add_lines(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--markers",
        metavar="FILE",
        type=Path,
        default=None,
        help="where the lines of the recording lie, and what differs in each: JSON, CSV (name,start,end,emotion,…), a "
        "TextGrid, or a WAV with cue points. Between lines the face is at rest",
    )
    group.add_argument(
        "--split", action="store_true", help="with --markers: every line for itself, OUT.ma becomes OUT_NAME.ma"
    )


def _add_keys(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--keys",
        metavar="every|reduced[=TOLERANCE]",
        default="every",
        help="a key on every frame, or only as many as the tolerance needs (default: every)",
    )
    group.add_argument(
        "--rig",
        metavar="CHARACTER",
        type=Path,
        default=None,
        help="put the keys on this character instead of our head: a .ma scene (-o gets a keyed copy of it), or a face "
        "with shapes as .npz, .glb or .usd (for -o .usda, .usdc, .glb); 'a2f rig' shows what is in it",
    )
    group.add_argument(
        "--namespace", metavar="NAME", default=None, help="which character of a --rig scene that has several"
    )
    group.add_argument(
        "--rig-map",
        metavar="FILE",
        type=Path,
        default=None,
        help="the rig map for --rig (default: the one saved for it, else matched by name), or another one for our head",
    )
    add_rerun_options(group)


def run(options: argparse.Namespace, console: Console) -> int:
    """Run the command; returns the exit code."""
    job, remarks = job_of(options)
    if options.split and not job.lines:
        raise UserError("--split needs the lines of the recording.", code="markers.none", hint="Add --markers FILE.")
    with open_worker() as worker:
        if options.split:
            results = drive(animate_split(job), worker, on_progress=console.progress)
        else:
            results = [drive(animate(job), worker, on_progress=console.progress)]
    console.close()
    for note in remarks:
        console.note(note)
    seconds = sum(float(result.take.clip_frame_count / result.take.rate) for result in results)
    for note in () if options.split else unseen_gazes(job.settings.layers, seconds):
        console.note(note)
    for note in dict.fromkeys(note for result in results for note in result.notes):
        console.note(note)
    if not options.quiet:
        say("\n".join(map(summary, results)))
    return 0


def job_of(options: argparse.Namespace) -> tuple[AnimateJob, tuple[str, ...]]:
    """The job that the options ask for, and remarks on where it has its settings from. Raises :class:`UserError`."""
    emotion = emotion_choice(options)
    job = AnimateJob(
        clip=Clip(options.clip, options.in_seconds, options.out_seconds, options.start_frame),
        settings=SolveSettings(
            model=options.model,
            identity=options.identity,
            engine=options.engine,
            precision=options.precision,
            rate=_rate(options),
            emotion=emotion.emotion,
            emotion_keys=emotion.keys,
            emotion_auto=emotion.auto,
            parameters=parse_assignments(options.param, "parameter"),
            layers=layers_of(options),
            look=found_look(options.look) if options.look else None,
            style=checked_style(parse_assignments(options.style, "style")),
            tail_seconds=options.tail,
            transcript=_transcript(options),
        ),
        outputs=tuple(options.output),
        keys=parse_keys(options.keys),
        rig_map_path=options.rig_map,
        rig_path=options.rig,
        namespace=options.namespace,
        overwrite=options.overwrite,
        rerun=scope_of(options),
        result=options.result,
        keep_existing=kept_of(options),
        lines=() if options.markers is None else read_markers(options.markers, options.clip),
    )
    return job, (emotion.note,) if emotion.note else ()


def _rate(options: argparse.Namespace) -> Fraction:
    """As asked for; else that of the scene to be renewed or of the character's scene, else the usual one."""
    if options.fps is not None:
        return parse_frame_rate(options.fps)
    renewed = [path for path in options.output if path.suffix.lower() == ".ma" and path.is_file()]
    if options.rerun and renewed:
        return read_scene(renewed[0]).rate
    if options.rig is not None and options.rig.suffix.lower() == ".ma":
        return read_scene(options.rig).rate
    return SolveSettings.rate


def _transcript(options: argparse.Namespace) -> Transcript | None:
    if options.transcript is not None:
        return read_transcript(options.transcript, options.language or "en")
    if options.language is not None:
        raise UserError(
            "--language says how a transcript is spoken, and there is no transcript.",
            code="transcript.none",
            hint="Add --transcript TEXT|FILE, or leave --language out.",
        )
    return None


def summary(result: AnimateResult) -> str:
    """What was made, in a few lines."""
    take = result.take
    lines = [
        f"{take.clip_frame_count} frame{'s' if take.clip_frame_count != 1 else ''} at {describe_rate(take.rate)} fps"
        + (f" and {take.tail_frames} to come to rest" if take.tail_frames else "")
        + f", {_model_words(take)}, {take.made_by.get('engine', '?')}"
    ]
    lines += [f"  {written.path}  ({written.what})" for written in result.written]
    return "\n".join(lines)


def _model_words(take: Take) -> str:
    package = take.made_by.get("package", {})
    whose = f" ({package['identity']})" if package.get("identity") else ""
    return f"model '{package.get('name', '?')}'{whose}"
