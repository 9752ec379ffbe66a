"""The tables, in Markdown."""

from statistics import median

from results import Measurement, Results, fastest, named

TILE = 10980  # pixels at 10 m a side
SPEEDS = ((("OpenVINO, latency", "OpenVINO, throughput"), 2.6), (("ONNX Runtime",), 3.0), (("PyTorch",), 3.5))
FAMILIES = (("F4", "f4-", 2.0), ("F6", "f6-", 2.4))
ERROR_LIMIT, SCALING = 3.0, 1.85


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table; all but the first column are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def tile_minutes(measurement: Measurement, results: Results) -> str:
    """Extrapolated to a whole tile."""
    return f"{measurement.median * (TILE / results.window) ** 2 / 60:.1f}"


def slashed(ratios: tuple[float, float]) -> str:
    return " / ".join(f"{ratio:.2f}" for ratio in ratios)


def spread(measurement: Measurement) -> str:
    return f"{min(measurement.seconds):.3f} - {max(measurement.seconds):.3f}"


def engine_row(m: Measurement, all_of_them: list[Measurement], results: Results) -> list[str]:
    """An engine's line of the tables."""
    supertile, pytorch = named(all_of_them, "Supertile"), named(all_of_them, "PyTorch")
    against, multiple, ratio = "-", "-", "-"
    if supertile:
        against = f"{m.times(supertile):.2f}"
        multiple = f"{results.peak_multiple(m):.2f}"
    if pytorch:
        ratio = slashed(m.error.ratios(pytorch.error))
    return [
        f"{m.name} ({m.detail})", str(m.threads), str(len(m.seconds)), f"{m.median:.3f}", spread(m),
        f"{m.rate(results.operations):.0f}", against, multiple, f"{m.error.maximum:.1e}", f"{m.error.rms:.1e}", ratio,
        tile_minutes(m, results),
    ]


def engine_table(measurements: list[Measurement], results: Results) -> list[str]:
    """The engines that run the network, fastest first."""
    chosen = sorted((m for m in measurements if m.error), key=lambda m: m.median)
    header = ["engine", "threads", "rounds", "s / window", "least - most", "effective GF/s", "Supertile is x faster",
              "x FMA peak", "max error", "relative RMS error", "errors / PyTorch's", "min / tile"]
    return table(header, [engine_row(m, chosen, results) for m in chosen])


def carn_table(results: Results) -> list[str]:
    """The single-image alternative, where it was given."""
    rows = []
    for measurements in (results.all_cores, results.one_core):
        network, supertile = named(measurements, "CARN"), named(measurements, "Supertile")
        if network:
            rows.append([f"CARN ({network.detail})", str(network.threads), f"{network.median:.3f}", spread(network),
                         tile_minutes(network, results),
                         f"{network.times(supertile):.2f}" if supertile else "-"])
    if not rows:
        return []
    header = ["network", "threads", "s / window", "least - most", "min / tile", "its time / Supertile's"]
    return ["## A single-image network", "",
            f"CARN under ONNX Runtime on one image of {results.window} x {results.window} pixels, no halo: another "
            "network, which uses one date, not eight.", "", *table(header, rows)]


def kernel_table(results: Results) -> list[str]:
    """Supertile's kernels with all cores."""
    if not results.kernels:
        return []
    rows = [[m.name, f"{m.median:.3f}", spread(m), f"{m.rate(results.operations):.0f}",
             f"{results.peak_multiple(m):.2f}", f"{m.error.maximum:.1e}", f"{m.error.rms:.1e}"]
            for m in sorted(results.kernels, key=lambda m: m.median)]
    header = ["kernel", "s / window", "least - most", "effective GF/s", "x FMA peak", "max error", "relative RMS error"]
    return [f"## Supertile's kernels, {results.cores} workers", "", *table(header, rows)]


def target_row(what: str, limit: str, measured: str, passes: bool) -> list[str]:
    return [what, limit, measured, "pass" if passes else "**falls short**"]


def speed_rows(supertile: Measurement, results: Results) -> list[list[str]]:
    """Against each peer at its best; PyTorch as it comes, without its compiler."""
    rows = []
    for names, wanted in SPEEDS:
        best = named(results.all_cores, *names)
        if best:
            least, most = best.range_of_times(supertile)
            measured = f"{best.times(supertile):.2f} ({least:.2f} - {most:.2f})"
            rows.append(target_row(f"Times as fast as {best.name}", f">= {wanted}", measured,
                                   best.times(supertile) >= wanted))
    return rows


def family_rows(results: Results) -> list[list[str]]:
    """Each family's fastest kernel against the multiply-add peak."""
    rows = []
    for family, prefix, wanted in FAMILIES:
        best = fastest([m for m in results.kernels if m.name.startswith(prefix)])
        what, limit = f"{family} in multiples of the FMA peak", f">= {wanted}"
        if best:
            multiple = results.peak_multiple(best)
            rows.append(target_row(f"{what} ({best.name})", limit, f"{multiple:.2f}", multiple >= wanted))
        else:
            rows.append([what, limit, "no kernel here", "not measured"])
    return rows


def error_row(supertile: Measurement, pytorch: Measurement) -> list[str]:
    """Against PyTorch as measured; the ratios to its other variant are told too."""
    ratios = supertile.error.ratios(pytorch.error)
    measured = [f"{slashed(ratios)} ({pytorch.detail})"]
    measured += [f"{slashed(supertile.error.ratios(error))} ({name})" for name, error in pytorch.others.items()]
    return target_row("Output error in multiples of PyTorch's, greatest / RMS", f"<= {ERROR_LIMIT}",
                      ", ".join(measured), max(ratios) <= ERROR_LIMIT)


def target_table(results: Results) -> list[str]:
    """What is aimed at, and what was measured."""
    supertile, pytorch = named(results.all_cores, "Supertile"), named(results.all_cores, "PyTorch")
    if not supertile:
        return []
    rows = speed_rows(supertile, results) + family_rows(results)
    if pytorch:
        rows.append(error_row(supertile, pytorch))
    if results.one_worker:
        scaling = results.one_worker.times(supertile)
        least, most = results.one_worker.range_of_times(supertile)
        rows.append(target_row(f"Scaling from 1 to {results.cores} workers", f">= {SCALING}",
                               f"{scaling:.2f} ({least:.2f} - {most:.2f})", scaling >= SCALING))
    return ["## Targets", "", *table(["target", "wanted", "measured (least - most of a round)", "verdict"], rows)]


def scaling_table(results: Results) -> list[str]:
    """One worker and all of them, measured in the same rounds."""
    one, all_workers = results.one_worker, named(results.all_cores, "Supertile")
    if not one or not all_workers:
        return []
    rows = [[str(m.threads), f"{m.median:.3f}", spread(m), f"{m.rate(results.operations):.0f}",
             f"{median(m.peaks):.0f}", f"{one.times(m):.2f}"] for m in (one, all_workers)]
    header = ["workers", "s / window", "least - most", "effective GF/s", "FMA peak GF/s", "x one worker"]
    return ["## Supertile's workers", "", *table(header, rows)]


def explanation(results: Results) -> list[str]:
    """How to read the tables."""
    supertile = named(results.all_cores, "Supertile")
    peak = [f"- FMA peak: what {results.cores} workers multiply and add in vector registers alone, measured in the "
            f"same runs of Supertile: {median(supertile.peaks):.0f} GF/s (median)."] if supertile else []
    return [
        f"- One window is {results.window} x {results.window} low-resolution pixels of 8 views, three bands, twice the "
        "resolution. Every engine gets the same views with 16 pixels of halo around; it is credited with no more than "
        "the window.",
        f"- Effective GF/s: {results.operations / 1e9:.1f} x 10^9 floating-point operations of the direct convolutions "
        "a window, over the seconds; an algorithm that needs fewer may exceed what the processor multiplies and adds.",
        *peak,
        "- All in single precision, weights and input the same. Errors are of the network's output, normalised "
        "units, against PyTorch in double precision; errors / PyTorch's: the greatest, then the RMS.",
        "- Engines run in turn within every round; seconds are the median of the rounds. Supertile computes one window "
        "a worker at the same time, OpenVINO's throughput mode one a thread; the others put all threads on one.",
        "- PyTorch and ONNX Runtime run the faster of two variants (memory layout; activation), chosen before the "
        "rounds and named in brackets. The target for PyTorch is for PyTorch without its compiler.",
        "- OpenVINO is held to float32; left to itself it takes bfloat16 where the processor has it.",
        "- One process a core could bring a peer to its rate on one core times the cores at best: see the table of one "
        "core.",
        f"- Minutes a tile are extrapolated by area to {TILE} x {TILE} pixels, the network alone.",
        *(f"- {note}" for note in results.notes), "",
    ]


def markdown(results: Results) -> str:
    """The whole report."""
    lines = ["# Supertile beside its peers", "", *(f"- {k}: {v}" for k, v in results.machine.items()), ""]
    lines += ["## How it was measured", "", *explanation(results)]
    lines += target_table(results)
    lines += [f"## {results.cores} cores", "", *engine_table(results.all_cores, results)]
    if results.one_core:
        lines += ["## One core", "", *engine_table(results.one_core, results)]
    lines += kernel_table(results) + scaling_table(results) + carn_table(results)
    return "\n".join(lines).rstrip() + "\n"
