"""All runs of the building network: python -m supertile_training.buildings.recipe --data D --inputs I --runs R

First `features`: what HRNet learns from ImageNet's, without labels. Then for
each split (the folds, places left out in turn, which choose thresholds and
rule for places never trained on; `places`; `within`) teachers, of which one
may go on from another (`after`), what they say (soft.py), and weights of all
inputs mixed that begin with the features and learn from labels and teachers,
in one or several runs, each from the weights of the one before (`SPLIT-1`,
...; the last is `SPLIT`). Then from them one run for every input and split,
equally long and with the same windows. `places` is what may ship: the folds
are such runs.
A run that is complete is left as it is, one that was cut off goes on: another
recipe needs another folder.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from .configuration import read

# In this order, so that the runs that matter most are there first.
ORDER = (("places", "misr"), ("places", "bicubic"), ("within", "misr"), ("within", "bicubic"), ("places", "planet"),
         ("within", "planet"), ("places", "concat4"), ("within", "concat4"), ("places", "sisr"), ("within", "sisr"))
WEIGHTS = "last.safetensors"


def minutes_done(run: Path) -> float:
    path = run / "progress.json"
    return json.loads(path.read_text())["minutes"] if path.exists() else 0.0


def budgets_of(split: str) -> str:
    """Folds stand for new places."""
    return "within" if split == "within" else "places"


def steps(recipe: dict, runs: Path) -> list[dict]:
    """Every step in order: module, out, makes (a file in out), options; of runs also split, input, minutes and start."""
    def learn(name: str, split: str, kind: str, budget: dict, **options) -> dict:
        options = {"split": split, "input": kind, **budget, **options}
        before = options.pop("after", None)
        if before:
            options["start-from"] = runs / f"{split}-{before}" / WEIGHTS
        return {"module": "train", "out": runs / name, "makes": WEIGHTS, "minutes": budget["minutes"], "split": split,
                "input": options["input"], "start": options.get("start-from") or options.get("features"), "options": options}

    features = recipe["features"]
    made = [{"module": "pretrain", "out": runs / "features", "makes": WEIGHTS, "minutes": features["minutes"], "options": features}]
    soft = {}
    for split in (*recipe["folds"], "places", "within"):
        budgets = recipe[budgets_of(split)]
        teachers = [runs / f"{split}-{name}" for name in budgets["teachers"]]
        soft[split] = teachers[0] / "soft.pt"
        made += [learn(run.name, split, "mixed", budget) for run, budget in zip(teachers, budgets["teachers"].values())]
        made.append({"module": "soft", "out": teachers[0], "makes": "soft.pt", "options": {}, "runs": teachers})
        start = {"features": runs / "features" / WEIGHTS}
        for number, budget in enumerate(budgets["first"], 1):
            name = split if number == len(budgets["first"]) else f"{split}-{number}"
            made.append(learn(name, split, "mixed", budget, soft=soft[split], **start))
            start = {"start-from": runs / name / WEIGHTS}
    for split, kind in ORDER:
        options = {"start-from": runs / split / WEIGHTS, "soft": soft[split]}
        made.append(learn(f"{split}-{kind}", split, kind, recipe[split]["each"], **options))
    return made


def is_done(step: dict) -> bool:
    return (step["out"] / step["makes"]).exists() and minutes_done(step["out"]) >= step.get("minutes", 0) - 0.1


def command(step: dict, args) -> list[str]:
    line = [sys.executable, "-m", f"supertile_training.buildings.{step['module']}", "--data", args.data]
    line += ["--run", *step["runs"]] if step["module"] == "soft" else ["--out", step["out"]]
    line += ["--inputs", args.inputs] if step["module"] != "pretrain" else []
    line += ["--config", args.config] if step["module"] != "soft" else []
    for name, value in step["options"].items():
        line += [f"--{name}"] if value is True else [f"--{name}", value]
    return [str(word) for word in line]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("configs/buildings.yaml"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True, help="folder of the draws (buildings.inputs)")
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--only", nargs="*", help="names of runs, in place of all")
    args = parser.parse_args()
    try:
        recipe = read(args.config)["recipe"]
    except (ValueError, OSError) as problem:
        parser.exit(1, f"{problem}\n")
    for step in steps(recipe, args.runs):
        if args.only and step["out"].name not in args.only:
            continue
        if not is_done(step):
            subprocess.run(command(step, args), check=True)


if __name__ == "__main__":
    main()
