"""Which engine runs, and in plain words why a better one does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from maya_a2f import settings
from maya_a2f.errors import A2FError, Cancelled, EngineError, UserError
from maya_a2f.worker.engines.gpu_facts import driver_obstacle, present_gpu, too_old
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork, gpu_is_built_in, runtime_cuda_major
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.engines.regression import RegressionEngine
from maya_a2f.worker.engines.signature import regression_signature
from maya_a2f.worker.engines.tensorrt_library import TENSORRT, TENSORRT_RTX, Library, library_obstacle
from maya_a2f.worker.engines.torch_facts import torch_obstacle
from maya_a2f.worker.package import RegressionPackage

PRECISIONS = {"fp32": "float32", "tf32": "tf32", "fp16": "fp16", "bf16": "bf16"}
"""What a user may ask for, and what engines call it."""
_NOT_THE_ENGINES_FAULT = frozenset({"engine.network_misfit"})


@dataclass(frozen=True)
class EngineWish:
    """What is asked for."""

    engine: str = ""
    """A name; empty for the best one here, or the one that MAYA_A2F_ENGINE names."""
    precision: str = ""
    """``fp32`` (also when empty), ``tf32``, ``fp16`` or ``bf16``: the lowest that is good enough. An engine that does
    not know it, or a network that suffers from it, runs in fp32."""


@dataclass(frozen=True)
class EngineStatus:
    """One line of ``a2f doctor``."""

    name: str
    """``tensorrt``, ``tensorrt-rtx``, ``onnxruntime-cuda``, ``onnxruntime-cpu``."""
    title: str
    """For people."""
    would_run: bool
    """Whether it can run here."""
    selected: bool
    """Whether it is the one that runs when nothing else is asked for."""
    why: str
    """What it is good for, or why it cannot run and what to do about it."""


@dataclass(frozen=True)
class _Opening:
    """What every way of opening a network is given."""

    network: NetworkFile
    precision: str
    threads: int | None
    watch: Watch
    remark: str = ""


@dataclass(frozen=True)
class _Kind:
    """One engine: whether it can run here, and how it is opened."""

    name: str
    title: str
    obstacle: Callable[[], str]
    """Why it cannot run, in words; empty when nothing is known against it."""
    open: Callable[[_Opening], NamedEngine] = field(repr=False)


def list_engines() -> tuple[EngineStatus, ...]:
    """Every engine, the fastest first; selected is the one in MAYA_A2F_ENGINE where it can run, else the fastest."""
    found = [(kind, kind.obstacle()) for kind in _KINDS]
    able = [kind.name for kind, why_not in found if not why_not]
    wanted = settings.wanted_engine().lower()
    best = wanted if wanted in able else able[0]
    return tuple(
        EngineStatus(kind.name, kind.title, not why_not, kind.name == best, why_not or _strength(kind.name))
        for kind, why_not in found
    )


def chosen_words(engines: tuple[EngineStatus, ...]) -> str:
    """What a network would run on, of :func:`list_engines`, for people."""
    wanted = settings.wanted_engine()
    if not wanted:
        return next(engine.title for engine in engines if engine.selected)
    for engine in engines:
        if engine.name == wanted.lower():
            return (
                engine.title if engine.would_run else f"nothing: MAYA_A2F_ENGINE asks for {engine.title}. {engine.why}"
            )
    return f"nothing: MAYA_A2F_ENGINE asks for '{wanted}', which is no engine"


def choose_engine(
    package: RegressionPackage,
    *,
    wanted: str | None = None,
    precision: str = "",
    threads: int | None = None,
    watch: Watch | None = None,
) -> RegressionEngine:
    """Open the package's network in the best engine here, or in the one called ``wanted``. Raises as
    :func:`choose_network`."""
    network = NetworkFile(package.network_path, regression_signature(package.info))
    chosen = choose_network(network, EngineWish(wanted or "", precision), threads=threads, watch=watch)
    return RegressionEngine(chosen)


def choose_network(
    network: NetworkFile, wish: EngineWish | None = None, *, threads: int | None = None, watch: Watch | None = None
) -> NamedEngine:
    """Open ``network`` in the best engine here, or in the one asked for; TensorRT's plan is built where there is none.

    An engine that cannot run or fails is passed over, and the chosen one's ``passed_over`` says why; one that was asked
    for by name is not. Raises :class:`UserError` ``engine.unknown`` or ``engine.unknown_precision`` for names that are
    none, :class:`EngineError` ``engine.unavailable`` for an engine that cannot run here, what opening raises, and
    :class:`Cancelled`.
    """
    wish = wish or EngineWish()
    precision = _known_precision(wish.precision)
    opening = _Opening(network, precision, threads, watch or Watch())
    wanted = wish.engine or settings.wanted_engine()
    if wanted:
        return _wanted_kind(wanted).open(opening)
    passed_over: list[str] = []
    failed: list[str] = []
    for kind in _KINDS[:-1]:
        why = kind.obstacle()
        if not why:
            try:
                engine = kind.open(opening)
            except EngineError as error:
                if error.code in _NOT_THE_ENGINES_FAULT:
                    raise
                why = error.message
                failed.append(f"{kind.title}: {why}")
            else:
                engine.passed_over = tuple(passed_over)
                return engine
        passed_over.append(f"{kind.title}: {why}")
    last = _KINDS[-1].open(_Opening(network, precision, threads, opening.watch, " ".join(failed)))
    last.passed_over = tuple(passed_over)
    return last


def engine_title(name: str) -> str:
    """What people call the engine ``name``."""
    return next(kind.title for kind in _KINDS if kind.name == name)


def _known_precision(name: str) -> str:
    """The engines' word. Raises :class:`UserError` ``engine.unknown_precision``."""
    if (name or "fp32").lower() not in PRECISIONS:
        raise UserError(
            f"There is no precision '{name}'.",
            code="engine.unknown_precision",
            hint=f"Write one of {', '.join(PRECISIONS)}.",
        )
    return PRECISIONS[(name or "fp32").lower()]


def _wanted_kind(wanted: str) -> _Kind:
    for kind in _KINDS:
        if kind.name == wanted.strip().lower():
            why = kind.obstacle()
            if not why:
                return kind
            raise EngineError(
                f"The engine '{wanted}' cannot run here: {why}",
                code="engine.unavailable",
                hint="Leave the engine to the program, or see 'a2f doctor'.",
            )
    raise UserError(
        f"There is no engine '{wanted}'.",
        code="engine.unknown",
        hint="The engines are " + ", ".join(kind.name for kind in _KINDS) + ".",
    )


def _tensorrt_obstacle(library: Library) -> str:
    why = driver_obstacle()
    gpu = present_gpu()
    if why or gpu is None:
        return why or "The NVIDIA driver found no GPU it can use."
    return library_obstacle(library, gpu) or torch_obstacle(library.extra)


def _cuda_obstacle() -> str:
    if not gpu_is_built_in():
        return driver_obstacle() or (
            "The installed ONNX Runtime is the one for processors; the package 'onnxruntime-gpu' would bring this."
        )
    gpu = present_gpu()
    major = runtime_cuda_major()
    return driver_obstacle() or (too_old(gpu, major, "the installed ONNX Runtime") if gpu is not None else "")


def _open_tensorrt(library: Library, opening: _Opening) -> NamedEngine:
    from maya_a2f.worker.engines.tensorrt_engine import open_tensorrt

    try:
        return open_tensorrt(library, opening.network, opening.precision, opening.watch)
    except A2FError:
        raise
    except Exception as error:  # of the library, of torch, of onnx: whatever it is, another engine may run
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EngineError(
            f"{library.title} failed while the network '{opening.network.path}' was opened: {words[:200]}.",
            code="engine.library_failed",
            hint="Update the NVIDIA driver, torch or the library, or choose another engine.",
            details=repr(error),
        ) from error


def _open_cuda(opening: _Opening) -> NamedEngine:
    if opening.watch.cancelled():
        raise Cancelled()
    network = opening.network
    is_tf32 = opening.precision == "tf32"
    remark = "" if is_tf32 else _not_reduced(opening.precision)
    return OnnxRuntimeNetwork(network.path, network.signature, provider="cuda", is_tf32=is_tf32, remark=remark)


def _open_cpu(opening: _Opening) -> NamedEngine:
    network = opening.network
    remark = "; ".join(filter(None, (opening.remark, _not_reduced(opening.precision))))
    return OnnxRuntimeNetwork(network.path, network.signature, threads=opening.threads, remark=remark)


def _not_reduced(precision: str) -> str:
    return "" if precision == "float32" else f"in fp32: it does not know {precision}"


_KINDS = (
    _Kind(
        "tensorrt", "TensorRT", lambda: _tensorrt_obstacle(TENSORRT), lambda opening: _open_tensorrt(TENSORRT, opening)
    ),
    _Kind(
        "tensorrt-rtx",
        "TensorRT for RTX",
        lambda: _tensorrt_obstacle(TENSORRT_RTX),
        lambda opening: _open_tensorrt(TENSORRT_RTX, opening),
    ),
    _Kind("onnxruntime-cuda", "ONNX Runtime on an NVIDIA GPU", _cuda_obstacle, _open_cuda),
    _Kind("onnxruntime-cpu", "ONNX Runtime on the processor", lambda: "", _open_cpu),
)
"""The fastest first; the last one runs anywhere."""


def _strength(name: str) -> str:
    return "It runs on any machine." if name == "onnxruntime-cpu" else "It runs on the NVIDIA GPU of this machine."
