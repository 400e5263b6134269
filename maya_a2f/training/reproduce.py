"""Everything from text to package in one resumable command.

``python -m maya_a2f.training.reproduce FOLDER --package engines/default`` speaks the corpus, makes the data set, trains
and exports; what ``FOLDER`` already holds is kept, so that a stopped run goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from maya_a2f.training.configuration import Configuration, read_configuration
from maya_a2f.training.corpus.synthesis import build_corpus
from maya_a2f.training.dataset import build_dataset
from maya_a2f.training.export_package import export_package
from maya_a2f.training.train import Trainer


def reproduce(configuration: Configuration, folder: Path, package: Path) -> None:
    """Corpus, data set and run under ``folder``; the finished package in ``package``."""
    settings = configuration.corpus
    engines = frozenset(settings.engines)
    for line in build_corpus(folder / "corpus", configuration.seed, settings.minutes, engines, settings.processes):
        print(line, flush=True)
    for line in build_dataset(
        folder / "corpus", folder / "dataset", settings.copies, configuration.seed, settings.processes
    ):
        print(line, flush=True)
    run = folder / "run"
    Trainer(configuration, folder / "dataset", run).train()
    export_package(run / "best.npz", package, configuration.network, best_scores(run))


def best_scores(run: Path) -> dict[str, Any]:
    """The log entry of the checkpoint in ``best.npz``: held-out voices, abused, judged on the network's own lip gap."""
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    checks = [entry for entry in entries if entry["kind"] == "validation"]
    best = max(checks, key=lambda entry: float(entry["overall"]))
    return {f"held-out synthetic voices, abused: {k}": v for k, v in best.items() if k not in ("kind", "overall")}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the default model package from nothing.")
    parser.add_argument("folder", type=Path, help="Work folder for about 8 GB of speech and features.")
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path(__file__).parent / "default.toml")
    options = parser.parse_args()
    reproduce(read_configuration(options.config), options.folder, options.package)


if __name__ == "__main__":
    main()
