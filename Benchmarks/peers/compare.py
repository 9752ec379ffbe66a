"""Supertile beside PyTorch, ONNX Runtime and OpenVINO on the same network, weights, input and cores.

Writes a Markdown table and the raw numbers as JSON beside it.
"""

import argparse
import json
import logging
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

import engines
import machine
import report
import scene
from engines import Engine
from network import ROOT, central, double_reference, export, load_window, operations, paired, with_leaky_relu
from results import Error, Measurement, Results
from supertile import Supertile

MODEL = ROOT / "models/highresnet-rgb-x2.json"
HALO = 16  # low-resolution pixels, the network's reach with 8 views
PEERS = ("PyTorch", "PyTorch, torch.compile", "ONNX Runtime", "OpenVINO, latency", "OpenVINO, throughput")
ONE_CORE_PEERS = ("PyTorch", "PyTorch, torch.compile", "ONNX Runtime", "OpenVINO, latency")
SHORT_ROUNDS = 2  # of one core and of the kernels


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Comparison:
    """The input, the exact output, and what is measured so far."""

    def __init__(self, options: argparse.Namespace, folder: Path):
        self.options, self.folder = options, folder
        self.card = json.loads(MODEL.read_text())
        self.supertile: Supertile | None = None
        self.results = Results(
            machine.describe(), options.window, operations(self.card, len(scene.SHIFTS)) * options.window**2,
            options.cores)
        self.exact = self.prepare()
        if options.supertile:
            self.supertile = Supertile(options.supertile, folder, folder / engines.STACK)
            self.results.machine["Supertile"] = self.supertile.version()

    def prepare(self) -> np.ndarray:
        """Writes what the engines read; the exact output of the window."""
        say("== input, ONNX network, double precision")
        (self.folder / engines.CARD).write_text(json.dumps(self.card | {"window": self.options.window}))
        stack = scene.normalised_stack(self.card, self.options.window + 2 * HALO)
        scene.write_stack(stack, self.folder / engines.STACK)
        export(load_window(self.card), paired(stack), self.folder / engines.NETWORK)
        with_leaky_relu(self.folder / engines.NETWORK, self.folder / engines.LEAKY)
        if self.options.carn:
            shutil.copyfile(self.options.carn, self.folder / engines.CARN)
        return central(double_reference(self.card, stack), 2 * self.options.window)

    def error(self, output: np.ndarray) -> Error:
        return Error.of(central(output, 2 * self.options.window), self.exact)

    def start(self, names: tuple[str, ...], threads: int) -> list[tuple[Engine, Measurement]]:
        """The peers that start, warmed up, with the error of each; why another does not is noted."""
        started = []
        for name in names:
            try:
                engine = Engine(name, self.folder, threads)
            except RuntimeError as problem:
                say(f"not measured: {problem}")
                self.results.notes.append(f"Not measured, {threads} threads: {str(problem).splitlines()[0]}")
                continue
            measurement = Measurement(name, threads, engine.detail)
            if name != "CARN":
                errors = {variant: self.error(output) for variant, output in engine.ask("outputs").items()}
                measurement.error = errors.pop(engine.detail)
                measurement.others = errors
            started.append((engine, measurement))
            say(f"{name}, {threads} threads: {engine.detail}")
        return started

    def run_supertile(self, measurement: Measurement, kernel: str = "") -> None:
        """One more round of Supertile; its error with the first."""
        run = self.supertile.run(measurement.threads, kernel)
        measurement.seconds.append(run.seconds)
        measurement.peaks.append(run.peak)
        measurement.detail = run.kernel
        if measurement.error is None:
            output = self.supertile.output(len(self.card["bands"]), 2 * self.options.window)
            measurement.error = self.error(output)

    def rounds(self, names: tuple[str, ...], threads: int, count: int, workers: tuple[int, ...]) -> list[Measurement]:
        """Every peer and Supertile with each number of workers in turn, `count` times."""
        names += ("CARN",) if self.options.carn else ()
        peers = self.start(names, threads)
        ours = [Measurement("Supertile", w) for w in workers if self.supertile]
        for index in range(count):
            for engine, measurement in peers:
                measurement.seconds.append(engine.ask("seconds"))
            for measurement in ours:
                self.run_supertile(measurement)
            measured = ours + [m for _, m in peers]
            say(f"round {index + 1}: " + ", ".join(f"{m.name} {m.threads}: {m.seconds[-1]:.3f} s" for m in measured))
        for engine, _ in peers:
            engine.close()
        return ours + [m for _, m in peers]

    def kernel_rounds(self, count: int) -> list[Measurement]:
        """Every kernel that this machine runs, all workers."""
        measurements = [Measurement(name, self.options.cores) for name in self.supertile.kernels()]
        for _ in range(count):
            for measurement in measurements:
                self.run_supertile(measurement, measurement.name)
        return measurements

    def measure(self) -> Results:
        """All the tables' numbers."""
        cores, rounds, results = self.options.cores, self.options.rounds, self.results
        results.machine["Rounds"] = f"{rounds}; of one core and of the kernels {min(rounds, SHORT_ROUNDS)}"
        say(f"== {cores} cores")
        measured = self.rounds(PEERS, cores, rounds, (cores, 1) if cores > 1 else (cores,))
        results.one_worker = next((m for m in measured if m.name == "Supertile" and m.threads < cores), None)
        results.all_cores = [m for m in measured if m is not results.one_worker]
        if cores > 1:
            say("== one core")
            results.one_core = self.rounds(ONE_CORE_PEERS, 1, min(rounds, SHORT_ROUNDS), (1,))
        if self.supertile:
            say("== kernels")
            results.kernels = self.kernel_rounds(min(rounds, SHORT_ROUNDS))
        return results


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--supertile", type=Path, help="the program")
    parser.add_argument("--without-supertile", action="store_true", help="the peers alone")
    parser.add_argument("--carn", type=Path, help="the single-image network (ONNX)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--window", type=int, default=256, help="low-resolution pixels a side, without the halo")
    parser.add_argument("--cores", type=int, default=machine.cores(), help="threads and workers")
    parser.add_argument("--output", type=Path, default=ROOT / "Benchmarks/results/peers.md")
    options = parser.parse_args()
    if options.without_supertile:
        options.supertile = None
    elif not options.supertile:
        parser.error("--supertile PROGRAM or --without-supertile")
    return options


def main() -> None:
    logging.disable(logging.WARNING)  # the exporter's, about packages that are not needed
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        results = Comparison(options, Path(folder)).measure()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(report.markdown(results))
    raw = options.output.with_suffix(".json")
    raw.write_text(json.dumps(asdict(results), indent=1) + "\n")
    print(options.output.read_text())
    say(f"table {options.output}, raw numbers {raw}")


if __name__ == "__main__":
    main()
