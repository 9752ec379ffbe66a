"""The paper's Tables 3 and 4 for the building network: python -m supertile_training.buildings.table --data D --inputs I --runs R --out F

Reads the weights of `runs/SPLIT-INPUT`, chooses threshold and rule on the
validation part of each split, scores the test part, writes results.json.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import torch
import yaml
from safetensors.torch import load_file

from ..hrnet import HRNet, folded
from .card import CLASSES, normaliser
from .evaluate import Scored, maps_of
from .inputs import INPUTS, load_inputs
from .places import read_places, scored_areas


def trained(run: Path, weights: str = "last"):
    """(folded network, its input from reflectance) of a run."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    network = HRNet(config["network"]["inputs"], len(CLASSES), config["network"]["variant"])
    network.load_state_dict(load_file(str(run / f"{weights}.safetensors")))
    return folded(network.eval()), normaliser(config["normalisation"])


def score_run(network, normalised, images, draw, split: str, kind: str) -> dict:
    """Rule and threshold from the validation part, scores of the test part; each image of the test part too."""
    areas = {part: scored_areas(images, split, part) for part in ("validation", "test")}
    scored = {part: Scored(images, areas[part]) for part in areas}
    maps = maps_of(network, normalised, images, {n for a in areas.values() for n in a}, draw, kind)
    threshold, rule = scored["validation"].best_threshold(maps), scored["validation"].best_rule(maps)
    parts = {part: {"iou": s.pixels(maps, threshold), "buildings": s.buildings(maps, rule)} for part, s in scored.items()}
    test = scored["test"]
    each = {n: {"iou": test.pixels(maps, threshold, [n]), "buildings": test.buildings(maps, rule, [n])} for n in test.areas}
    return {"split": split, "input": kind, "threshold": threshold, "rule": asdict(rule), **parts, "images": each}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    images, draw = read_places(args.data), load_inputs(args.inputs)[0]
    rows = []
    for split in ("within", "places"):
        for kind in INPUTS:
            run = args.runs / f"{split}-{kind}"
            if not (run / "last.safetensors").exists():
                continue
            row = score_run(*trained(run), images, draw, split, kind)
            row["training"] = json.loads((run / "progress.json").read_text())
            rows.append(row)
            t = row["test"]
            print(f"{split:7} {kind:8} IoU {t['iou']['mean']:.3f} building {t['iou']['building']:.3f}  "
                  f"P {t['buildings']['precision']:.2f} R {t['buildings']['recall']:.2f} F1 {t['buildings']['f1']:.3f}  "
                  f"{row['threshold']} {row['rule']}", flush=True)
    args.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
