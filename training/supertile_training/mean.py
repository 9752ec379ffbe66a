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


def mean_of(run: Path, before: Path, out: Path):
    """Raises ValueError where the run did not start from those weights: means of strangers are no network."""
    facts = json.loads((run / "progress.json").read_text())
    if facts.get("startedFrom") != sha256(before):
        raise ValueError(f"{run} did not start from {before}")
    name = f"{yaml.safe_load((run / 'config.yaml').read_text())['name']}.safetensors"
    one, other = load_file(str(run / name)), load_file(str(before))
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / "config.yaml", out / "config.yaml")
    save_file({key: (0.5 * (one[key] + other[key])).contiguous() for key in one}, str(out / name))
    (out / "progress.json").write_text(json.dumps(facts | {"weights": "the mean of this run's and of those it started from"}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--before", type=Path, required=True, help="the weights (.safetensors) that the run started from")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    try:
        mean_of(args.run, args.before, args.out)
    except (ValueError, OSError) as problem:
        parser.exit(1, f"{problem}\n")


if __name__ == "__main__":
    main()
