"""Supertile, measured through `supertile bench --input`."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Run:
    """One call of the program."""

    kernel: str
    seconds: float  # a window, all workers together
    peak: float  # GFLOP/s of multiply-adds of so many workers, measured in the same call


class Supertile:
    """The program on one stack."""

    def __init__(self, program: Path, folder: Path, stack: Path):
        self.program, self.stack = program, stack
        self.target = folder / "supertile.f32"

    def call(self, *arguments: str, kernel: str = "") -> str:
        """What the program prints; `kernel` forces one."""
        environment = {k: v for k, v in os.environ.items() if k != "SUPERTILE_KERNEL"}
        if kernel:
            environment["SUPERTILE_KERNEL"] = kernel
        command = [str(self.program), *arguments]
        return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    def version(self) -> str:
        return self.call("--version").strip()

    def kernels(self) -> list[str]:
        """The kernels that this machine runs."""
        return self.call("bench", "--list-kernels").split()

    def run(self, workers: int, kernel: str = "") -> Run:
        """Warms up and computes one window a worker."""
        figures = json.loads(self.call(
            "bench", "--input", str(self.stack), "--output", str(self.target), "--rounds", "1",
            "--workers", str(workers), "--json", kernel=kernel))
        seconds = figures["round_seconds"][0] / figures["windows_per_round"]
        return Run(figures["kernel"], seconds, figures["fma_peak_gflops"])

    def output(self, bands: int, side: int) -> np.ndarray:
        """(bands, side, side) of the last run."""
        return np.fromfile(self.target, "<f4").reshape(bands, side, side)
