"""A network in TensorRT or TensorRT for RTX: its plan found or built, checked against the processor, and opened."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from maya_a2f import settings
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import A2FError, EngineError
from maya_a2f.worker.engines.accuracy import Accuracy, measured_accuracy
from maya_a2f.worker.engines.build_settings import build_settings
from maya_a2f.worker.engines.gpu_facts import Gpu, present_gpu
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.plan_building import Recipe, build_plan
from maya_a2f.worker.engines.plan_cache import PlanCache, Watch, plan_key
from maya_a2f.worker.engines.plan_file import Plan
from maya_a2f.worker.engines.plan_running import OpenedPlan, PlanRefusedError
from maya_a2f.worker.engines.tensorrt_library import Library, installed_version, load_library
from maya_a2f.worker.engines.tensorrt_network import TensorRTNetwork


@dataclass(frozen=True)
class PlanMaker:
    """Finds or builds plans of one library for one kind of GPU."""

    library: Library
    gpu: Gpu
    cache: PlanCache
    watch: Watch = field(default_factory=Watch)

    def recipe(self, network: NetworkFile, precision: str) -> Recipe:
        """What a plan of ``network`` is built from. Raises :class:`EngineError` ``engine.bad_build_info``."""
        return Recipe(network, build_settings(network.build_info, network.signature), precision, self.gpu)

    def made_for(self, recipe: Recipe) -> dict[str, Any]:
        """Everything a plan depends on: a change of any of it makes another plan."""
        return {
            "network": recipe.network.digest(),
            "tensors": [
                f"{s.name}{s.words}" for s in (*recipe.network.signature.inputs, *recipe.network.signature.outputs)
            ],
            "settings": recipe.settings.to_dict(),
            "precision": recipe.precision,
            "library": self.library.name,
            "library_version": installed_version(self.library),
            "gpu": self.gpu.name,
            "compute_capability": list(self.gpu.compute_capability),
            "driver": self.gpu.driver,
        }

    def plan(self, recipe: Recipe) -> Plan:
        """The plan, from the cache or built. Raises as :meth:`PlanCache.plan` and
        :func:`~maya_a2f.worker.engines.plan_building.build_plan`."""
        made_for = self.made_for(recipe)
        key = plan_key(made_for)
        return self.cache.plan(key, lambda: self._built(recipe, key, made_for), self.watch)

    def _built(self, recipe: Recipe, key: str, made_for: dict[str, Any]) -> Plan:
        trt = load_library(self.library)
        timings = self._timing_path(recipe)
        built = build_plan(trt, self.library, recipe, _content(timings), self.watch)
        if built.timings:
            _keep_somewhere(timings, built.timings)
        header = {
            "key": key,
            "made_for": made_for,
            "network": recipe.network.path.name,
            "built": datetime.now(UTC).isoformat(timespec="seconds"),
            "build_seconds": round(built.seconds, 2),
            "accuracy": None,
        }
        return Plan(header, built.content)

    def _timing_path(self, recipe: Recipe) -> list[Path]:
        kind = "".join(character if character.isalnum() else "-" for character in self.gpu.name)
        name = f"{self.library.name}-{installed_version(self.library)}-{kind}.timing"
        return [folder / name for folder in self.cache.folders]


def plan_folders() -> tuple[Path, ...]:
    """Where built plans are looked for and kept: in the module, and where that can't be written, in the cache."""
    return (settings.checkout_folder() / "engines" / "plans", settings.cache_folder() / "plans")


def plans_words() -> tuple[tuple[str, str], ...]:
    """(folder, how many plans it holds) of the folders that hold any."""
    found = []
    for folder in plan_folders():
        sizes = [path.stat().st_size for path in folder.glob("*.plan")] if folder.is_dir() else []
        if sizes:
            found.append((str(folder), f"{len(sizes)} of together {sum(sizes) / 2**20:.0f} MB"))
    return tuple(found)


def open_tensorrt(library: Library, network: NetworkFile, precision: str, watch: Watch) -> TensorRTNetwork:
    """The network in ``library`` on this machine's GPU; its plan is looked for and kept in :func:`plan_folders`.

    A precision that is too inaccurate for this network is replaced by float32, which the description says. Raises
    :class:`Cancelled`, :class:`EngineError` ``engine.*``.
    """
    gpu = present_gpu()
    if gpu is None:
        raise EngineError("There is no NVIDIA GPU that can be used.", code="engine.no_gpu")
    _free_kept_memory()
    maker = PlanMaker(library, gpu, PlanCache(plan_folders()), watch)
    remark = ""
    if precision != "float32":
        opened, accuracy = _opened(maker, network, precision)
        if opened is not None:
            return opened
        percent = f"{accuracy.largest:.1%}" if accuracy.largest < 10 else "far more than everything"
        remark = f"{precision} would be off by {percent} of the motion's range"
    opened, accuracy = _opened(maker, network, "float32", remark)
    if opened is not None:
        return opened
    raise EngineError(
        f"{library.title} gives results for the network '{network.path}' that are off by {accuracy.largest:.2%} of the "
        "motion's range.",
        code="engine.inaccurate",
        hint="Update the NVIDIA driver or the library, or choose another engine.",
    )


def _opened(
    maker: PlanMaker, network: NetworkFile, precision: str, remark: str = ""
) -> tuple[TensorRTNetwork | None, Accuracy]:
    """The network, opened, and how accurate it is; None where that is too little. Of a plan that was found to be too
    inaccurate only that is kept, and nothing is opened again."""
    plan, opened = _accepted(maker, network, precision)
    known = _known_accuracy(plan)
    if opened is None:
        assert known is not None
        return None, known
    compiled = maker.cache.runtime_files(plan.key)
    opened.use_runtime_cache(_content(compiled))
    words = f"{maker.library.title} {installed_version(maker.library)} on the {maker.gpu.name}, {_title(precision)}"
    engine = TensorRTNetwork(
        network,
        opened,
        precision=precision,
        description=words + (f" ({remark})" if remark else ""),
        keep_runtime_cache=lambda content: _keep_somewhere(compiled, content),
    )
    if known is not None:
        return engine, known
    maker.watch.on_progress("Comparing the GPU's results with the processor's", 0, 0)
    accuracy = measured_accuracy(engine, network, precision)
    measured = Plan({**plan.header, "accuracy": accuracy.to_dict()}, plan.content)
    if accuracy.is_good:
        maker.cache.replace(measured)
        return engine, accuracy
    maker.cache.reject(measured)
    return None, accuracy


def _known_accuracy(plan: Plan) -> Accuracy | None:
    """As it was measured after the build."""
    known = plan.header.get("accuracy")
    return Accuracy(float(known["largest"]), float(known["limit"])) if isinstance(known, dict) else None


def _free_kept_memory() -> None:
    """The library does not take its memory from torch, and torch keeps that of the network that was open before."""
    with contextlib.suppress(Exception):
        import torch

        torch.cuda.empty_cache()


def _accepted(maker: PlanMaker, network: NetworkFile, precision: str) -> tuple[Plan, OpenedPlan | None]:
    """The plan, opened; None where it is known to be too inaccurate. One that the library refuses is built anew,
    once."""
    recipe = maker.recipe(network, precision)
    trt = load_library(maker.library)
    plan = maker.plan(recipe)
    tries = max(2, 1 + maker.cache.copies(plan.key))
    while True:
        known = _known_accuracy(plan)
        if known is not None and not known.is_good:
            return plan, None
        try:
            return plan, OpenedPlan(trt, maker.library, plan.content, network.path, network.signature)
        except PlanRefusedError as refusal:
            maker.cache.forget(plan.key)
            tries -= 1
            if not tries:
                raise EngineError(
                    f"{maker.library.title} does not accept the plan it has just built for the {maker.gpu.name}.",
                    code="engine.plan_refused",
                    hint="Update the NVIDIA driver or the library, or choose another engine.",
                    details=str(refusal),
                ) from refusal
        plan = maker.plan(recipe)


def _title(precision: str) -> str:
    return {"float32": "fp32", "tf32": "TF32"}.get(precision, precision)


def _content(paths: Sequence[Path]) -> bytes:
    """Of the first of the files that can be read; empty where none can."""
    for path in paths:
        with contextlib.suppress(OSError):
            return path.read_bytes()
    return b""


def _keep_somewhere(paths: Sequence[Path], content: bytes) -> None:
    """Write the first of the files that can be written; they only save time, so nothing is raised."""
    for path in paths:
        with contextlib.suppress(OSError, A2FError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
            return
