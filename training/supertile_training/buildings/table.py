"""The paper's Tables 3 and 4 for the building network: python -m supertile_training.buildings.table --data D --inputs I --runs R --out F

Reads the weights of `runs/SPLIT-INPUT`, chooses threshold and rule (within
scenes on all but the test part, for places never trained on from the runs that
left places out in turn, `runs/foldN`), scores the test part, writes
results.json.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import torch

from .evaluate import Scored, maps_of
from .inputs import CHANNELS, INPUTS, load_inputs
from .places import FOLDS, choosing_areas, read_places, scored_areas
from .runs import trained


def fold_maps(folds: list[Path], images, draw, kind: str) -> tuple[dict, dict]:
    """What each fold's network says of the places that it never saw: areas and maps, by name of image."""
    if not folds:
        raise ValueError(f"no run left places out: thresholds for new places need {' or '.join(FOLDS)} (buildings.recipe) beside the other runs")
    areas, maps = {}, {}
    for fold in folds:
        unseen = scored_areas(images, fold.name, "validation")
        areas |= unseen
        maps |= maps_of(*trained(fold, channels=CHANNELS[kind]), images, unseen, draw, kind)
    return areas, maps


def score_run(network, normalised, images, draw, split: str, kind: str, folds: list[Path]) -> dict:
    """Threshold and rule, scores of what chose them and of the test part; each image of the test part too.

    Within scenes all but the test part chooses, for places never trained on the places that `folds` left out.
    """
    areas = {part: scored_areas(images, split, part) for part in ("validation", "test")}
    choosing = choosing_areas(images) if split == "within" else {}
    maps = maps_of(network, normalised, images, {n for a in (*areas.values(), choosing) for n in a}, draw, kind)
    scored = {part: Scored(images, areas[part]) for part in areas}
    if split == "places":
        unseen, choosing_maps = fold_maps(folds, images, draw, kind)
        chooser = Scored(images, unseen)
    else:
        chooser, choosing_maps = Scored(images, choosing), maps
    threshold, rule = chooser.best_threshold(choosing_maps), chooser.best_rule(choosing_maps)
    parts = {part: {"iou": s.pixels(maps, threshold), "buildings": s.buildings(maps, rule)} for part, s in scored.items()}
    test = scored["test"]
    each = {n: {"iou": test.pixels(maps, threshold, [n]), "buildings": test.buildings(maps, rule, [n])} for n in test.areas}
    chosen_by = {"iou": chooser.pixels(choosing_maps, threshold), "buildings": chooser.buildings(choosing_maps, rule)}
    return {"split": split, "input": kind, "threshold": threshold, "rule": asdict(rule), "chosenBy": chosen_by, **parts, "images": each}


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
    folds = [args.runs / name for name in FOLDS if (args.runs / name / "last.safetensors").exists()]
    rows = []
    for split in ("within", "places"):
        for kind in INPUTS:
            run = args.runs / f"{split}-{kind}"
            if not (run / "last.safetensors").exists():
                continue
            row = score_run(*trained(run), images, draw, split, kind, folds)
            row["training"] = json.loads((run / "progress.json").read_text())
            rows.append(row)
            t = row["test"]
            print(f"{split:7} {kind:8} IoU {t['iou']['mean']:.3f} building {t['iou']['building']:.3f}  "
                  f"P {t['buildings']['precision']:.2f} R {t['buildings']['recall']:.2f} F1 {t['buildings']['f1']:.3f}  "
                  f"{row['threshold']} {row['rule']}", flush=True)
    args.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
