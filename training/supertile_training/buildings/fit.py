"""Where a network's errors come from: python -m supertile_training.buildings.fit --data D --inputs I --runs R

Two tables. Mean IoU and F1 of the within-scenes run on what it learnt from, on the
validation and on the test part, image by image: a place that is missed even
where it was learnt is no matter of generalisation. And the places that folds
left out: one threshold for all of them beside a threshold for each image,
chosen by the image's own probabilities.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from .evaluate import THRESHOLDS, Scored, maps_of
from .inputs import INPUTS, load_inputs
from .instances import PolygonRule
from .places import FOLDS, SUBSETS, read_places
from .scores import class_iou, confusion
from .runs import trained
from .table import fold_maps


def expected_dice_threshold(p: np.ndarray) -> float:
    """The threshold with the highest expected Dice coefficient, if every pixel is building with its probability.

    With the k most probable pixels taken that is 2 sum of their p / (k + sum of all p). The k-th is the last that is
    taken; the threshold lies half way to the next.
    """
    falling = np.sort(p, axis=None)[::-1].astype(np.float64)
    sums = np.cumsum(falling)
    k = int(np.argmax(2 * sums / (np.arange(1, falling.size + 1) + sums[-1])))
    following = falling[k + 1] if k + 1 < falling.size else 0.0
    return float((falling[k] + following) / 2)


def fitted(images, maps: dict, threshold: float, rule: PolygonRule) -> dict:
    """subset -> (class IoU of all images, F1 of their buildings, name -> class IoU of one image)."""
    found = {}
    for subset in SUBSETS:
        areas = {i.name: i.subset(subset) & i.valid for i in images}
        scored = Scored(images, {name: area for name, area in areas.items() if bool(area.any())})
        found[subset] = scored.pixels(maps, threshold), scored.buildings(maps, rule)["f1"], {n: scored.pixels(maps, threshold, [n]) for n in scored.areas}
    return found


def own_thresholds(scored: Scored, maps: dict) -> tuple[dict, dict]:
    """Thresholds of the images by their own probabilities: name -> threshold, and the class IoU they give together."""
    thresholds = {n: expected_dice_threshold(scored.inside(maps, n)[0][scored.areas[n]]) for n in scored.areas}
    counts = [confusion(scored.inside(maps, n)[0] > t, scored.truth[n], scored.areas[n]) for n, t in thresholds.items()]
    return thresholds, class_iou(sum(counts))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--input", choices=INPUTS, default="misr")
    parser.add_argument("--run", type=Path, help="the within-scenes run, in place of RUNS/within-INPUT; it is scored alone")
    parser.add_argument("--places", nargs="+", help="score it on these places")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    draw = load_inputs(args.inputs)[0]
    print_fit(args.run or args.runs / f"within-{args.input}", read_places(args.data, args.places), draw, args.input)
    if not args.run:
        print_thresholds([args.runs / name for name in FOLDS if (args.runs / name / "last.safetensors").exists()],
                         read_places(args.data), draw, args.input)


def print_fit(run: Path, images, draw, kind: str):
    maps = maps_of(*trained(run), images, {i.name for i in images}, draw, kind)
    areas = {i.name: i.subset("validation") & i.valid for i in images}
    validation = Scored(images, {name: area for name, area in areas.items() if bool(area.any())})
    threshold, rule = validation.best_threshold(maps), validation.best_rule(maps)
    found = fitted(images, maps, threshold, rule)
    print(f"within scenes, {run.name}, threshold {threshold}: mean IoU and F1 " +
          ", ".join(f"{s} {iou['mean']:.3f} {f1:.3f}" for s, (iou, f1, _) in found.items()))
    for image in images:
        print(f"  {image.name:24}" + "".join(f"  {s} {each[image.name]['mean']:.3f}" for s, (_, _, each) in found.items() if image.name in each))


def print_thresholds(folds: list[Path], images, draw, kind: str):
    areas, maps = fold_maps(folds, images, draw, kind)
    scored = Scored(images, areas)
    best = scored.best_threshold(maps)
    thresholds, own = own_thresholds(scored, maps)
    print(f"places left out, {kind}: one threshold {best} (the best of {THRESHOLDS[0]} to {THRESHOLDS[-1]}): mean IoU {scored.pixels(maps, best)['mean']:.3f}; each image its own: {own['mean']:.3f}")
    for name, t in thresholds.items():
        p = scored.inside(maps, name)[0][scored.areas[name]]
        built = scored.truth[name].sum() / scored.areas[name].sum()
        print(f"  {name:24}  {100 * built:4.1f} % built, mean probability {p.mean():.3f}, own threshold {t:.2f}")


if __name__ == "__main__":
    main()
