"""The mean of a run's weights and those it started from: python -m supertile_training.mean --run R --before WEIGHTS --out O

What a network learns of simulated revisits it can take too far for real ones; between the two it may be better at both
(Wortsman et al. 2022). Writes a folder that `export` takes as a run.
"""

import argparse
import json
import shutil
from pathlib import Path

import yaml
from safetensors.torch import load_file, save_file

from .weights import sha256


def facts_of(run: Path) -> tuple[dict, Path]:
    """What a run says of itself, and its weights."""
    name = yaml.safe_load((run / "config.yaml").read_text())["name"]
    return json.loads((run / "progress.json").read_text()), run / f"{name}.safetensors"


def mean_of(run: Path, before: Path, out: Path, share: float = 0.5, through: list[Path] = ()):
    """`share` of the run's weights, the rest of those before.

    through: the runs between, newest first. Raises ValueError where one did
    not start from the other: means of strangers are no network.
    """
    facts, weights = facts_of(run)
    start = facts.get("startedFrom")
    for between in through:
        earlier, its = facts_of(between)
        if start != sha256(its):
            raise ValueError(f"{run} did not start from {its}")
        start = earlier.get("startedFrom")
    if start != sha256(before):
        raise ValueError(f"{run} did not start from {before}")
    name = weights.name
    one, other = load_file(str(weights)), load_file(str(before))
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / "config.yaml", out / "config.yaml")
    save_file({key: (share * one[key] + (1 - share) * other[key]).contiguous() for key in one}, str(out / name))
    (out / "progress.json").write_text(json.dumps(facts | {
        "weights": f"the mean of this run's ({share:g}) and of those {'it started from' if not through else 'before the run before it'}"}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--before", type=Path, required=True, help="the weights (.safetensors) that the run started from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.5, help="of the run's weights in the mean, 0 to 1")
    parser.add_argument("--through", type=Path, nargs="*", default=[], help="runs between, newest first")
    args = parser.parse_args()
    try:
        mean_of(args.run, args.before, args.out, args.share, args.through)
    except (ValueError, OSError) as problem:
        parser.exit(1, f"{problem}\n")


if __name__ == "__main__":
    main()
