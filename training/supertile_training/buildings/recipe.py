"""All runs of the building network: python -m supertile_training.buildings.recipe --data D --inputs I --runs R

The folds: places left out in turn, which choose thresholds and rule for
places never trained on. First weights for each split (`within`, `places`), of
all inputs mixed, as long as the folds; then from them one run for every input
and split, equally long and with the same windows. `places-misr` is what may ship.
A run that is complete is left as it is, one that was cut off goes on.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import yaml

# In this order, so that the runs that matter most are there first.
ORDER = (("places", "misr"), ("places", "bicubic"), ("within", "misr"), ("within", "bicubic"), ("places", "planet"),
         ("within", "planet"), ("places", "concat4"), ("within", "concat4"), ("places", "sisr"), ("within", "sisr"))


def minutes_done(run: Path) -> float:
    path = run / "progress.json"
    return json.loads(path.read_text())["minutes"] if path.exists() else 0.0


def steps(budget: dict, runs: Path) -> list[dict]:
    """Every run in order: out, split, input, minutes, rate, start (weights or None)."""
    def step(name: str, split: str, kind: str, part: str, start: str | None = None) -> dict:
        return {"out": runs / name, "split": split, "input": kind, **budget[part], "start": start and runs / start / "last.safetensors"}

    made = [step(name, name, "mixed", "first") for name in budget["folds"]]
    made += [step(split, split, "mixed", "first") for split in ("places", "within")]
    return made + [step(f"{split}-{kind}", split, kind, "each", split) for split, kind in ORDER]


def command(step: dict, args) -> list[str]:
    line = [sys.executable, "-m", "supertile_training.buildings.train", "--config", args.config, "--data", args.data,
            "--inputs", args.inputs, "--out", step["out"], "--split", step["split"], "--input", step["input"],
            "--minutes", step["minutes"], "--rate", step["rate"]]
    return [str(word) for word in line + (["--start-from", step["start"]] if step["start"] else [])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("configs/buildings.yaml"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True, help="folder of the draws (buildings.inputs)")
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--only", nargs="*", help="names of runs, in place of all")
    args = parser.parse_args()
    budget = yaml.safe_load(args.config.read_text())["recipe"]
    for step in steps(budget, args.runs):
        if args.only and step["out"].name not in args.only:
            continue
        if minutes_done(step["out"]) < step["minutes"] - 0.1:
            subprocess.run(command(step, args), check=True)


if __name__ == "__main__":
    main()
