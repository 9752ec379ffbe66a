"""What is measured of one engine, and what follows from it."""

from dataclasses import dataclass, field
from statistics import median

import numpy as np


@dataclass
class Error:
    """A peer's output against double precision, in the network's normalised units."""

    maximum: float  # absolute
    rms: float  # relative to the RMS of the output

    @staticmethod
    def of(output: np.ndarray, exact: np.ndarray) -> "Error":
        difference = output.astype(np.float64) - exact
        return Error(float(np.abs(difference).max()), float(np.sqrt((difference**2).mean() / (exact**2).mean())))

    def ratios(self, other: "Error") -> tuple[float, float]:
        """How many times the other's: (maximum, RMS)."""
        return self.maximum / other.maximum, self.rms / other.rms


@dataclass
class Measurement:
    """Seconds a window, round by round."""

    name: str
    threads: int
    detail: str = ""
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)  # GFLOP/s of multiply-adds, Supertile alone
    error: Error | None = None
    others: dict[str, Error] = field(default_factory=dict)  # of the variants that are slower

    @property
    def median(self) -> float:
        return median(self.seconds)

    def times(self, other: "Measurement") -> float:
        """How many times the other's median time this one's is."""
        return self.median / other.median

    def range_of_times(self, other: "Measurement") -> tuple[float, float]:
        """The least and the greatest ratio of one round."""
        ratios = [mine / theirs for mine, theirs in zip(self.seconds, other.seconds)]
        return min(ratios), max(ratios)

    def rate(self, operations: float) -> float:
        """Effective GFLOP/s."""
        return operations / self.median / 1e9


@dataclass
class Results:
    """Everything that the tables tell."""

    machine: dict[str, str]
    window: int  # low-resolution pixels a side
    operations: float  # for one window
    cores: int
    all_cores: list[Measurement] = field(default_factory=list)
    one_core: list[Measurement] = field(default_factory=list)
    one_worker: Measurement | None = None  # Supertile, in the rounds of all cores
    kernels: list[Measurement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def peak_multiple(self, measurement: Measurement) -> float:
        """The effective rate in multiples of the multiply-add rate of as many threads, the median of all rounds."""
        runs = [*self.all_cores, *self.one_core, *self.kernels, *([self.one_worker] if self.one_worker else [])]
        peaks = [peak for run in runs if run.threads == measurement.threads for peak in run.peaks]
        return measurement.rate(self.operations) / median(peaks)


def named(measurements: list[Measurement], *names: str) -> Measurement | None:
    """The fastest of those with one of the names."""
    return fastest([m for m in measurements if m.name in names])


def fastest(measurements: list[Measurement]) -> Measurement | None:
    return min(measurements, key=lambda m: m.median, default=None)
